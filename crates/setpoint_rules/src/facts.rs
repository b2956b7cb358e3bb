use setpoint_model::register::{DefaultEntry, Register};
use setpoint_model::{NamedDefault, ProblemKind, Reading, Snapshot, Value};

/// All that a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What was captured.
    pub snapshot: &'a Snapshot,
    /// What people wrote down; `None` where there is no register, and then no rule asks for documentation.
    pub register: Option<&'a Register>,
    /// The day for which waivers are judged.
    pub today: jiff::civil::Date,
}

impl<'a> Facts<'a> {
    /// The register's entry for a default, under whichever of its names.
    pub(crate) fn entry(self, default: &NamedDefault) -> Option<&'a DefaultEntry> {
        self.register?.defaults.iter().find(|entry| default.is_called(&entry.name))
    }

    /// What the register says that a default is in the environment that was looked at: the environment's override,
    /// or that of the environment it is copied from, or else the entry's value.
    pub(crate) fn documented(self, default: &NamedDefault) -> Option<Documented<'a>> {
        let environment = self.snapshot.site.environment.as_deref();
        let (value, place) = self.register?.documented_value(default, environment)?;
        Some(Documented { value, place })
    }

    /// The fields of a settings class that is the type of this default, as `SHOP_PAYMENT__URL` is one of
    /// `SHOP_PAYMENT`: the default is set by setting them.
    pub(crate) fn fields(self, default: &NamedDefault) -> Vec<&'a NamedDefault> {
        let Some(class) = default.type_name.as_deref() else { return Vec::new() };
        let is_of_class = |reading: &Reading| {
            let around = reading.symbol.as_deref().and_then(|symbol| symbol.rsplit_once('.'));
            around.is_some_and(|(owner, _)| names_class(class, owner))
        };
        let is_field = |field: &&NamedDefault| {
            field.name.len() > default.name.len()
                && field.name.starts_with(&default.name)
                && field.readings.iter().any(is_of_class)
        };
        self.snapshot.defaults.iter().filter(is_field).collect()
    }

    /// True if something that may set or declare a default could not be read.
    pub(crate) fn is_incomplete(self) -> bool {
        self.snapshot.problems.iter().any(|problem| problem.kind == ProblemKind::Machine)
    }
}

/// A documented value and where it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Documented<'a> {
    pub(crate) value: &'a Value,
    pub(crate) place: &'a setpoint_model::Place,
}

/// True if a type's name, `Optional[Payment]` say, has the class among its words.
fn names_class(type_name: &str, class: &str) -> bool {
    type_name.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == class)
}
