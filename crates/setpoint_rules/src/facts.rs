use setpoint_model::register::{DefaultEntry, DocumentedValue, Register};
use setpoint_model::{NamedDefault, Outcome, Snapshot, Standing};
use std::cell::Cell;
use std::path::Path;

/// All that a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What was captured.
    pub snapshot: &'a Snapshot,
    /// What people wrote down; `None` where there is no register, and then no rule asks for documentation.
    pub register: Option<&'a Register>,
    /// What came of the register's checks, as far as they were run.
    pub outcomes: &'a [Outcome],
    /// What the environment needs of this machine and what that has of it; empty where this need not be its machine.
    pub machine: &'a [Standing],
    /// The day for which waivers are judged.
    pub today: jiff::civil::Date,
    /// Set as soon as a rule asks for what a library has itself that is not installed here.
    pub(crate) missed: Option<&'a Cell<bool>>,
}

impl<'a> Facts<'a> {
    /// What there is to judge.
    pub fn new(snapshot: &'a Snapshot, register: Option<&'a Register>, today: jiff::civil::Date) -> Self {
        Self { snapshot, register, outcomes: &[], machine: &[], today, missed: None }
    }

    /// The same, knowing what came of the register's checks.
    #[must_use]
    pub fn knowing(self, outcomes: &'a [Outcome]) -> Self {
        Self { outcomes, ..self }
    }

    /// The same, knowing what this machine has of what the environment needs.
    #[must_use]
    pub fn on(self, machine: &'a [Standing]) -> Self {
        Self { machine, ..self }
    }

    /// The default of that name; that a rule asked for one which nobody can know here is noted.
    pub(crate) fn default_named(self, name: &str) -> Option<&'a NamedDefault> {
        let default = self.snapshot.defaults.iter().find(|default| default.name == name);
        if let (None, Some(missed), Some(absent)) = (default, self.missed, &self.snapshot.site.absent_libraries)
            && absent.defaults.contains(name)
        {
            missed.set(true);
        }
        default
    }

    /// The register's entry for a default, under whichever of its names.
    pub(crate) fn entry(self, default: &NamedDefault) -> Option<&'a DefaultEntry> {
        self.register?.entry_of(default)
    }

    /// What the register says that a default is in the environment that was looked at.
    pub(crate) fn documented(self, default: &NamedDefault) -> Option<DocumentedValue<'a>> {
        self.register?.documented_value(default, self.snapshot.site.environment.as_deref())
    }

    /// True if all of the code was read and understood.
    pub(crate) fn is_code_understood(self) -> bool {
        let is_code = |file: &str| Path::new(file).extension().is_some_and(|extension| extension == "py");
        let place = |problem: &'a setpoint_model::Problem| problem.place.as_ref();
        !self.snapshot.problems.iter().any(|problem| place(problem).is_some_and(|at| is_code(&at.file)))
    }

    /// True if something that may set or declare a default could not be read, or is not here.
    pub(crate) fn is_incomplete(self) -> bool {
        self.snapshot.unread().next().is_some() || !self.snapshot.site.absent_files.is_empty()
    }
}
