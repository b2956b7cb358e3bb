//! What the service's code gives to the functions of libraries, as one process has it.

use crate::Facts;
use crate::setting::Setting;
use setpoint_model::{Backend, Held, Layer, LibraryCall, Mechanism};

/// Folders of what people start by hand. Tests are not read at all.
const BY_HAND: [&str; 6] = ["scripts", "script", "tools", "benchmarks", "notebooks", "playground"];
/// Files that never serve anybody.
const TOOLS: [&str; 4] = ["setup.py", "noxfile.py", "fabfile.py", "manage.py"];

/// What a call gives for an argument.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given<'a> {
    /// Surely nothing: the function's own default holds.
    Nothing,
    /// Something that only running the code tells, or perhaps nothing; of a URL the kind of server may be known.
    Unknown(Option<Backend>),
    /// A secret, of which only the kind of server may be known.
    Secret(Option<Backend>),
    /// This.
    Known(Setting<'a>),
}

impl<'a> Given<'a> {
    /// What is known to be given.
    pub(crate) fn known(self) -> Option<Setting<'a>> {
        match self {
            Given::Known(setting) => Some(setting),
            Given::Nothing | Given::Unknown(_) | Given::Secret(_) => None,
        }
    }

    /// The kind of server that it names, where it is a URL.
    pub(crate) fn backend(self) -> Option<Backend> {
        match self {
            Given::Known(setting) => Backend::of_url(&setting.text()),
            Given::Secret(backend) | Given::Unknown(backend) => backend,
            Given::Nothing => None,
        }
    }
}

impl<'a> Facts<'a> {
    /// The calls of libraries in the code of the service, without what people start by hand.
    pub(crate) fn service_calls(self) -> impl Iterator<Item = &'a LibraryCall> {
        self.snapshot.calls.iter().filter(|call| !call.imported_by.is_empty() || !is_by_hand(call))
    }

    /// Those of these functions.
    pub(crate) fn calls_of(self, functions: &'a [&'a str]) -> impl Iterator<Item = &'a LibraryCall> {
        self.service_calls().filter(|call| functions.contains(&call.function.as_str()))
    }

    /// What a call gives for an argument, under the first of its names that it is given by, in a process.
    pub(crate) fn given(self, call: &'a LibraryCall, names: &[&str], process: &str) -> Given<'a> {
        let Some(argument) = names.iter().find_map(|name| call.argument(name)) else {
            return if call.open { Given::Unknown(None) } else { Given::Nothing };
        };
        let default = argument.from.as_deref().and_then(|from| self.snapshot.find(from));
        match default {
            Some(default) => match default.effective_in(process).or(default.effective.as_ref()) {
                Some(effective) => match (&effective.value, Setting::new(default, effective)) {
                    (Held::Secret(fingerprint), _) => Given::Secret(fingerprint.backend),
                    (_, Some(setting)) => Given::Known(setting),
                    (_, None) => Given::Unknown(None),
                },
                None => Given::Unknown(None),
            },
            None => match &argument.value {
                Held::Constant(value) => Given::Known(Setting {
                    name: &argument.name,
                    place: &call.place,
                    layer: Layer::Code,
                    mechanism: Mechanism::Library,
                    value,
                }),
                Held::Secret(fingerprint) => Given::Secret(fingerprint.backend),
                Held::Dynamic | Held::Nothing => Given::Unknown(argument.backend),
            },
        }
    }

    /// The same, and the installed library's own default where the call surely gives nothing.
    pub(crate) fn given_or_built_in(
        self,
        call: &'a LibraryCall,
        names: &[&str],
        process: &str,
        default: &str,
    ) -> Given<'a> {
        match self.given(call, names, process) {
            Given::Nothing => self.built_in(default).map_or(Given::Unknown(None), Given::Known),
            given @ (Given::Unknown(_) | Given::Secret(_) | Given::Known(_)) => given,
        }
    }

    /// The installed library's own default.
    pub(crate) fn built_in(self, name: &str) -> Option<Setting<'a>> {
        let default = self.default_named(name)?;
        let reading = default.readings.iter().find(|reading| reading.layer == Layer::Library)?;
        let Held::Constant(value) = &reading.value else { return None };
        Some(Setting {
            name: &default.name,
            place: &reading.place,
            layer: reading.layer,
            mechanism: reading.mechanism,
            value,
        })
    }

    /// True for production, as far as is known: an environment that is called so, or none that was said.
    pub(crate) fn is_production(self) -> bool {
        let environment = self.snapshot.site.environment.as_deref();
        environment.is_none_or(|name| ["production", "prod", "live"].contains(&name))
    }
}

/// A process that surely makes the call, or else no name.
pub(crate) fn caller(call: &LibraryCall) -> &str {
    call.imported_by.first().map_or("", String::as_str)
}

fn is_by_hand(call: &LibraryCall) -> bool {
    let mut parts = call.place.file.rsplit('/');
    parts.next().is_some_and(|file| TOOLS.contains(&file)) || parts.any(|folder| BY_HAND.contains(&folder))
}
