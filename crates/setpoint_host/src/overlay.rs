use crate::{
    Act, Details, FileLock, Host, Kind, Listed, Output, Refusal, Source, Space, Status, TemporaryFolder, Unreached,
};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A machine as it would be with other texts in some of its files: what is asked of it is answered as if they were written.
/// Nothing can be changed through it.
pub struct OverlayHost<'h> {
    below: &'h dyn Host,
    /// By the resolved path.
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl<'h> OverlayHost<'h> {
    /// The machine as it is.
    pub fn over(below: &'h dyn Host) -> Self {
        Self { below, files: BTreeMap::new() }
    }

    /// The same with a text in a file.
    #[must_use]
    pub fn with(mut self, path: &Path, text: Vec<u8>) -> Self {
        self.files.insert(self.real(path), text);
        self
    }

    fn real(&self, path: &Path) -> PathBuf {
        self.below.resolve(path).unwrap_or_else(|_| path.to_owned())
    }

    fn text(&self, path: &Path) -> Option<&Vec<u8>> {
        // Most files are others', and resolving a path costs more than reading a small file.
        let name = path.file_name()?;
        let may_be =
            self.files.keys().any(|known| known.file_name() == Some(name)) || self.below.link_target(path).is_ok();
        if may_be { self.files.get(&self.real(path)) } else { None }
    }
}

impl Host for OverlayHost<'_> {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Refusal> {
        match self.text(path) {
            Some(text) if text.len() as u64 > limit => {
                Err(Refusal::TooLong { path: path.to_owned(), length: text.len() as u64, limit })
            }
            Some(text) => Ok(text.clone()),
            None => self.below.read(path, limit),
        }
    }

    fn read_end(&self, path: &Path, limit: u64) -> Result<(Vec<u8>, bool), Refusal> {
        let Some(text) = self.text(path) else { return self.below.read_end(path, limit) };
        let start = text.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok((text[start..].to_vec(), start > 0))
    }

    fn space(&self, path: &Path) -> Result<Space, Refusal> {
        self.below.space(path)
    }

    fn list(&self, folder: &Path) -> Result<Vec<Listed>, Refusal> {
        let mut listed = self.below.list(folder)?;
        let folder = self.real(folder);
        for path in self.files.keys().filter(|path| path.parent() == Some(&folder)) {
            let name = path.file_name().unwrap_or_default();
            if listed.iter().all(|entry| entry.name != name) {
                listed.push(Listed { name: name.to_owned(), kind: Kind::File });
            }
        }
        listed.sort_unstable_by(|one, two| one.name.cmp(&two.name));
        Ok(listed)
    }

    fn status(&self, path: &Path) -> Result<Status, Refusal> {
        let Some(text) = self.text(path) else { return self.below.status(path) };
        let length = text.len() as u64;
        match self.below.status(path) {
            Ok(status) => Ok(Status { length, ..status }),
            Err(refusal) if refusal.is_missing() => {
                let (user, group) = self.below.owner();
                let modified = self.below.now().timestamp().as_second();
                Ok(Status { kind: Kind::File, length, mode: 0o644, user, group, modified })
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Refusal> {
        match self.below.resolve(path) {
            Err(refusal) if refusal.is_missing() && self.files.contains_key(path) => Ok(path.to_owned()),
            resolved => resolved,
        }
    }

    fn details(&self, path: &Path) -> Result<Details, Refusal> {
        self.below.details(path)
    }

    fn source(&self, path: &Path) -> Source {
        self.below.source(path)
    }

    fn link_target(&self, path: &Path) -> Result<PathBuf, Refusal> {
        self.below.link_target(path)
    }

    fn run(&self, program: &str, arguments: &[&str], limit: Duration) -> Result<Output, Refusal> {
        self.below.run(program, arguments, limit)
    }

    fn lookup(&self, name: &str, limit: Duration) -> Result<Vec<IpAddr>, Unreached> {
        self.below.lookup(name, limit)
    }

    fn connect(&self, address: SocketAddr, limit: Duration) -> Result<TcpStream, Unreached> {
        self.below.connect(address, limit)
    }

    fn now(&self) -> jiff::Zoned {
        self.below.now()
    }

    fn elapsed(&self) -> Duration {
        self.below.elapsed()
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.below.variable(name)
    }

    fn random(&self) -> Result<[u8; 16], Refusal> {
        self.below.random()
    }

    fn owner(&self) -> (u32, u32) {
        self.below.owner()
    }

    fn lock(&self, path: &Path) -> Result<Option<FileLock>, Refusal> {
        Err(nothing_is_changed(path))
    }

    fn sleep(&self, duration: Duration) {
        self.below.sleep(duration);
    }

    fn act(&self, act: &Act<'_>) -> Result<(), Refusal> {
        Err(nothing_is_changed(act.path()))
    }

    fn temporary_folder(&self) -> Result<TemporaryFolder, Refusal> {
        self.below.temporary_folder()
    }
}

fn nothing_is_changed(path: &Path) -> Refusal {
    let because = "a machine that is only imagined is not changed".to_owned();
    Refusal::Failed { what: path.display().to_string(), because }
}

#[cfg(test)]
mod tests {
    use crate::{Host as _, LiveHost, OverlayHost};

    #[test]
    fn its_files_are_read_and_none_is_written() {
        let folder = LiveHost.temporary_folder().unwrap();
        let (file, link, new) = (folder.path().join("a"), folder.path().join("link"), folder.path().join("new"));
        LiveHost.write(&file, b"old").unwrap();
        std::os::unix::fs::symlink("a", &link).unwrap();
        let overlay = OverlayHost::over(&LiveHost).with(&file, b"longer".to_vec()).with(&new, b"x".to_vec());
        assert_eq!(overlay.read(&file, 10).unwrap(), b"longer");
        assert_eq!(overlay.read(&link, 10).unwrap(), b"longer");
        assert_eq!(overlay.status(&link).unwrap().length, 6);
        assert_eq!(overlay.status(&new).unwrap().length, 1);
        assert_eq!(overlay.list(folder.path()).unwrap().len(), 3);
        assert_eq!(overlay.read_end(&file, 2).unwrap(), (b"er".to_vec(), true));
        assert!(overlay.write(&file, b"no").is_err());
        assert_eq!(LiveHost.read(&file, 10).unwrap(), b"old");
    }
}
