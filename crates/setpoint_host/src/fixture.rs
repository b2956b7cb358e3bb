use crate::{Host, Listed, LiveHost, Output, Refusal, Space, Status, TemporaryFolder, Unreached};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A whole small machine as a folder: absolute paths are looked up below it, and a program's output is the file
/// `cmd/PROGRAM ARGUMENTS` (with `/` written as `_`), its first line the exit code.
#[derive(Debug)]
pub struct FixtureHost {
    folder: PathBuf,
}

impl FixtureHost {
    /// The machine in that folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self { folder: folder.canonicalize().unwrap_or(folder) }
    }

    fn inside(&self, path: &Path) -> PathBuf {
        if path.starts_with(&self.folder) {
            return path.to_owned();
        }
        self.folder.join(path.strip_prefix("/").unwrap_or(path))
    }

    fn outside(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.folder).map_or_else(|_| path.to_owned(), |below| Path::new("/").join(below))
    }
}

impl Host for FixtureHost {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Refusal> {
        LiveHost.read(&self.inside(path), limit)
    }

    fn read_end(&self, path: &Path, limit: u64) -> Result<(Vec<u8>, bool), Refusal> {
        LiveHost.read_end(&self.inside(path), limit)
    }

    fn space(&self, path: &Path) -> Result<Space, Refusal> {
        LiveHost.space(&self.inside(path))
    }

    fn list(&self, folder: &Path) -> Result<Vec<Listed>, Refusal> {
        LiveHost.list(&self.inside(folder))
    }

    fn status(&self, path: &Path) -> Result<Status, Refusal> {
        LiveHost.status(&self.inside(path))
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Refusal> {
        LiveHost.resolve(&self.inside(path)).map(|path| self.outside(&path))
    }

    fn link_target(&self, path: &Path) -> Result<PathBuf, Refusal> {
        LiveHost.link_target(&self.inside(path)).map(|path| self.outside(&path))
    }

    fn run(&self, program: &str, arguments: &[&str], _limit: Duration) -> Result<Output, Refusal> {
        let command = [&[program], arguments].concat().join(" ");
        let file = self.folder.join("cmd").join(command.replace('/', "_"));
        let said = LiveHost.read(&file, u64::MAX).map_err(|_| Refusal::Missing(program.into()))?;
        let first = said.iter().position(|byte| *byte == b'\n').unwrap_or(said.len());
        let code = String::from_utf8_lossy(&said[..first]).trim().parse().ok();
        Ok(Output { code, stdout: said.get(first + 1..).unwrap_or_default().to_vec(), stderr: Vec::new() })
    }

    fn lookup(&self, name: &str, _limit: Duration) -> Result<Vec<IpAddr>, Unreached> {
        name.parse().map(|address| vec![address]).map_err(|_| Unreached::NoSuchName(name.to_owned()))
    }

    fn connect(&self, address: SocketAddr, _limit: Duration) -> Result<TcpStream, Unreached> {
        Err(Unreached::NoWay(address.to_string()))
    }

    fn now(&self) -> jiff::Zoned {
        jiff::civil::date(2026, 11, 1).at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap_or_default()
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn random(&self) -> [u8; 16] {
        *b"a fixture's key."
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
        LiveHost.write(&self.inside(path), bytes)
    }

    fn temporary_folder(&self) -> Result<TemporaryFolder, Refusal> {
        LiveHost.temporary_folder()
    }
}
