use setpoint_model::{Phase, PhaseName};
use std::time::Duration;

/// How long each part of a try took. Parts that come again, since a redirect was followed, are added up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Phases(Vec<Phase>);

impl Phases {
    pub(crate) fn add(&mut self, name: PhaseName, took: Duration) {
        match self.0.iter_mut().find(|phase| phase.name == name) {
            Some(phase) => phase.took += took,
            None => self.0.push(Phase { name, took }),
        }
    }

    /// How long that part took, if there was one.
    pub(crate) fn of(&self, name: PhaseName) -> Option<Duration> {
        self.0.iter().find(|phase| phase.name == name).map(|phase| phase.took)
    }

    pub(crate) fn into_list(self) -> Vec<Phase> {
        self.0
    }
}
