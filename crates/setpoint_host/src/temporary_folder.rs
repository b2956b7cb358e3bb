use crate::{Refusal, ending};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder that is gone, with all that is in it, once nobody has this any more, or a signal has ended the process.
#[derive(Debug)]
pub struct TemporaryFolder {
    path: PathBuf,
    /// `None` once it is being removed.
    folder: Option<TempDir>,
}

impl TemporaryFolder {
    /// Made where the system keeps such folders (`TMPDIR`, else `/tmp`), with mode 0700.
    pub(crate) fn make() -> Result<Self, Refusal> {
        let only_ours = Permissions::from_mode(0o700);
        let made = ending::unless_ending(|| {
            let made = tempfile::Builder::new().prefix("setpoint-").permissions(only_ours).tempdir();
            made.inspect(|folder| ending::hold_folder(folder.path()))
        });
        made.map(|folder| Self { path: folder.path().to_owned(), folder: Some(folder) })
            .map_err(|error| Refusal::Failed { what: "a temporary folder".to_owned(), because: error.to_string() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        ending::unless_ending(|| {
            drop(self.folder.take());
            ending::let_go_of_folder(&self.path);
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::{Host as _, LiveHost};

    #[test]
    fn it_is_gone_with_what_is_in_it() {
        let folder = LiveHost.temporary_folder().unwrap();
        let path = folder.path().to_owned();
        LiveHost.write(&path.join("below/file"), b"text").unwrap();
        assert!(LiveHost.status(&path).is_ok_and(|status| status.mode & 0o777 == 0o700));
        drop(folder);
        assert!(LiveHost.status(&path).is_err());
    }
}
