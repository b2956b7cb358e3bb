use crate::Assignment;
use setpoint_model::Problem;
use std::path::Path;

/// The file that a source reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// Where it is on the machine.
    pub(crate) path: &'a Path,
    /// Its name in places: relative to the root where it lies below it, absolute elsewhere.
    pub(crate) shown: &'a str,
    /// The unit whose process it concerns; `None` where it concerns all.
    pub(crate) process: Option<&'a str>,
}

/// What a source read: assignments in the order in which they take effect, a later one over an earlier one of the
/// same layer, and what it could not read or understand.
#[derive(Debug, Default)]
pub(crate) struct Deployment {
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) problems: Vec<Problem>,
}

impl Deployment {
    /// Lays another source's findings after these.
    pub(crate) fn extend(&mut self, other: Deployment) {
        self.assignments.extend(other.assignments);
        self.problems.extend(other.problems);
    }
}
