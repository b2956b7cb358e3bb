use setpoint_model::Problem;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where a configuration's files come from: a machine, or a folder that holds a part of one.
pub trait Files {
    /// A file's bytes.
    fn read(&self, path: &Path) -> Result<Vec<u8>, Box<Problem>>;
    /// The names in a folder, none where it cannot be read.
    fn list(&self, folder: &Path) -> Vec<OsString>;
    /// Where the file or pattern of an `include` or `import` in `from` lies; `None` if it is not here, which is no fault.
    fn locate(&self, included: &Path, from: &Path) -> Option<PathBuf>;
    /// The file's name in places.
    fn shown(&self, path: &Path) -> String;
}
