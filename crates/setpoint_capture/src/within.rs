//! The guard against leaving the folder that was asked for: a name in one of its files, a way of `..` or a link may lead
//! anywhere on the machine, and what stands there is none of the folder's.

use setpoint_host::Host;
use setpoint_model::{Place, Problem, Retry};
use std::path::Path;

/// Where files may be read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Within<'a> {
    /// On all of the machine.
    Machine,
    /// In this folder alone, which is named without links.
    Folder(&'a Path),
}

impl Within<'_> {
    /// True for what is there and may be read.
    pub(crate) fn holds(self, host: &dyn Host, path: &Path) -> bool {
        host.resolve(path).is_ok_and(|real| self.contains(&real))
    }

    /// True for what may not be read. What is not there is where its name says; that it is missing is another fault.
    pub(crate) fn leads_outside(self, host: &dyn Host, path: &Path) -> bool {
        !host.resolve(path).map_or_else(|_| self.contains(path), |real| self.contains(&real))
    }

    fn contains(self, real: &Path) -> bool {
        match self {
            Self::Machine => true,
            Self::Folder(folder) => real.starts_with(folder),
        }
    }
}

/// What is wrong with the file that is called so in places.
pub(crate) fn not_in_folder(shown: &str) -> Problem {
    let what = format!("`{shown}` was not read: it is not in this folder");
    Problem::input(what, "the named file in the folder of the files that name it", Retry::SafeOnceMended)
        .at(Place::file(shown))
}
