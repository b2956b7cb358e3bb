use super::LONGEST;
use setpoint_formats::environment_file::{self, is_variable_name};
use setpoint_host::Host;
use setpoint_model::{Held, Layer, Need, Needed, Snapshot, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What those of the needed files set that are files of variables.
pub(super) fn needs(host: &dyn Host, snapshot: &Snapshot, needs: &[Need]) -> Vec<Need> {
    let files = needs.iter().filter(|need| matches!(need.what, Needed::File { .. })).map(|need| need.name.as_str());
    files.filter_map(|file| variables(host, snapshot, file)).collect()
}

fn variables(host: &dyn Host, snapshot: &Snapshot, file: &str) -> Option<Need> {
    let root = Path::new(&snapshot.site.root);
    let shown = Path::new(file).strip_prefix(root).map_or_else(|_| file.to_owned(), |file| file.display().to_string());
    let sets = |layer: Layer| matches!(layer, Layer::EnvironmentFile | Layer::Dotenv);
    let mut readings = snapshot.defaults.iter().flat_map(|default| &default.readings);
    if !readings.any(|reading| sets(reading.layer) && reading.place.file == shown) {
        return None;
    }
    let names = names(host, Path::new(file))?;
    let values = names.into_iter().map(|name| (name.clone(), value(snapshot, &shown, &name)));
    let values: BTreeMap<String, Option<Value>> = values.collect();
    Some(Need { name: file.to_owned(), what: Needed::Variables { values } })
}

/// The variables that a file sets; `None` where it cannot be read.
pub(super) fn names(host: &dyn Host, file: &Path) -> Option<BTreeSet<String>> {
    let bytes = host.read(file, LONGEST).ok()?;
    let (settings, _) = environment_file::parse(&bytes);
    Some(settings.into_iter().map(|setting| setting.key).filter(|name| is_variable_name(name)).collect())
}

/// What the file sets a variable to, where that may be shown. Nobody knows whether a variable that nothing declares is
/// a secret.
fn value(snapshot: &Snapshot, shown: &str, name: &str) -> Option<Value> {
    let mut called = snapshot.defaults.iter().filter(|default| default.is_called(name)).peekable();
    called.peek()?;
    let mut held = None;
    for default in called {
        let mut readings = default.readings.iter().filter(|reading| reading.place.file == shown);
        match readings.next_back().map(|reading| &reading.value) {
            Some(Held::Constant(value)) if !default.secret => held = Some(value.clone()),
            Some(_) => return None,
            None => {}
        }
    }
    held
}
