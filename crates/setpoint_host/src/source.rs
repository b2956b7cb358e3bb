use crate::Refusal;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// A file that is to be read piece by piece. It can go to another thread, which opens it there.
#[derive(Clone, Debug)]
pub struct Source(PathBuf);

impl Source {
    pub(crate) fn of(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Opens it.
    ///
    /// # Errors
    /// There is no such file, it is none, or this user may not read it.
    pub fn open(&self) -> Result<impl Read + Send + 'static, Refusal> {
        let refused = |error| Refusal::from_io(&self.0, &error);
        // A pipe of that name would block for ever (open(2), `O_NONBLOCK`), and a link is not followed by mistake.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        let file = File::options().read(true).custom_flags(flags).open(&self.0).map_err(refused)?;
        if !file.metadata().map_err(refused)?.is_file() {
            let because = "not a regular file".to_owned();
            return Err(Refusal::Failed { what: self.0.display().to_string(), because });
        }
        Ok(file)
    }
}
