use crate::Refusal;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// A file that one process has for itself (flock(2)). The kernel gives it back when the process ends, so that nothing has to
/// be cleared away after a crash.
#[derive(Debug)]
pub struct FileLock(#[expect(dead_code, reason = "it is held, not looked at")] File);

impl FileLock {
    pub(crate) fn take(path: &Path) -> Result<Option<Self>, Refusal> {
        let refused = |error: &std::io::Error| Refusal::from_io(path, error);
        // Not for others to open, since who can open it can hold it.
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        // A pipe of that name would block for ever.
        let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
        let file = options.custom_flags(flags).open(path);
        let file = file.map_err(|error| refused(&error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(refused(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Host as _, LiveHost};

    #[test]
    fn one_has_it_at_a_time() {
        let folder = LiveHost.temporary_folder().unwrap();
        let path = folder.path().join("lock");
        let held = LiveHost.lock(&path).unwrap();
        assert!(held.is_some() && LiveHost.lock(&path).unwrap().is_none());
        drop(held);
        assert!(LiveHost.lock(&path).unwrap().is_some());
    }
}
