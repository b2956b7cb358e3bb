//! Any bytes as the Python files of a service, captured whole: parsed, every mechanism's declarations found,
//! constants folded across the files, and merged.

#![no_main]

use libfuzzer_sys::fuzz_target;
use setpoint_capture::{Request, capture};
use setpoint_host::{
    Act, Details, FileLock, Host, Kind, Listed, LiveHost, Output, Refusal, Source, Space, Status, TemporaryFolder, Unreached,
};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Parts the files of one input.
const NEXT_FILE: &[u8] = b"\n#FILE\n";
/// What the files are called, one after the other, so that they can import each other and be told apart by name.
const NAMES: [&str; 6] = ["settings.py", "base.py", "main.py", "models.py", "manage.py", "__init__.py"];
const ROOT: &str = "/srv/shop";

/// A machine that has nothing but one folder of Python files.
struct Memory(Vec<Vec<u8>>);

impl Memory {
    fn file(&self, path: &Path) -> Result<&Vec<u8>, Refusal> {
        let name = path.strip_prefix(ROOT).ok().and_then(Path::to_str);
        let number = NAMES.iter().position(|known| Some(*known) == name);
        number.and_then(|number| self.0.get(number)).ok_or_else(|| Refusal::Missing(path.to_owned()))
    }
}

impl Host for Memory {
    fn read(&self, path: &Path, _limit: u64) -> Result<Vec<u8>, Refusal> {
        self.file(path).cloned()
    }

    fn read_end(&self, path: &Path, _limit: u64) -> Result<(Vec<u8>, bool), Refusal> {
        self.file(path).map(|bytes| (bytes.clone(), false))
    }

    fn space(&self, path: &Path) -> Result<Space, Refusal> {
        Err(Refusal::Missing(path.to_owned()))
    }

    fn lookup(&self, name: &str, _limit: Duration) -> Result<Vec<IpAddr>, Unreached> {
        Err(Unreached::NoSuchName(name.to_owned()))
    }

    fn connect(&self, address: SocketAddr, _limit: Duration) -> Result<TcpStream, Unreached> {
        Err(Unreached::NoWay(address.to_string()))
    }

    fn list(&self, folder: &Path) -> Result<Vec<Listed>, Refusal> {
        if folder != Path::new(ROOT) {
            return Err(Refusal::Missing(folder.to_owned()));
        }
        let listed = |name: &&str| Listed { name: (*name).into(), kind: Kind::File };
        Ok(NAMES.iter().take(self.0.len()).map(listed).collect())
    }

    fn status(&self, path: &Path) -> Result<Status, Refusal> {
        let (kind, length) = if path == Path::new(ROOT) {
            (Kind::Folder, 0)
        } else {
            (Kind::File, self.file(path)?.len() as u64)
        };
        Ok(Status { kind, length, mode: 0o644, user: 0, group: 0, modified: 0 })
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Refusal> {
        self.status(path).map(|_| path.to_owned())
    }

    fn details(&self, path: &Path) -> Result<Details, Refusal> {
        Err(Refusal::Missing(path.to_owned()))
    }

    fn source(&self, path: &Path) -> Source {
        LiveHost.source(path)
    }

    fn link_target(&self, path: &Path) -> Result<PathBuf, Refusal> {
        Err(Refusal::Missing(path.to_owned()))
    }

    fn run(&self, program: &str, _arguments: &[&str], _limit: Duration) -> Result<Output, Refusal> {
        Err(Refusal::Missing(program.into()))
    }

    fn now(&self) -> jiff::Zoned {
        jiff::Zoned::default()
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn random(&self) -> Result<[u8; 16], Refusal> {
        Ok(*b"no secret's key.")
    }

    fn owner(&self) -> (u32, u32) {
        (0, 0)
    }

    fn lock(&self, path: &Path) -> Result<Option<FileLock>, Refusal> {
        Err(Refusal::Denied(path.to_owned()))
    }

    fn sleep(&self, _duration: Duration) {}

    fn act(&self, act: &Act<'_>) -> Result<(), Refusal> {
        Err(Refusal::Denied(act.path().to_owned()))
    }

    fn temporary_folder(&self) -> Result<TemporaryFolder, Refusal> {
        Err(Refusal::Denied(PathBuf::from("/tmp")))
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut files = Vec::new();
    let mut rest = bytes;
    while files.len() + 1 < NAMES.len()
        && let Some(at) = rest.windows(NEXT_FILE.len()).position(|window| window == NEXT_FILE)
    {
        files.push(rest[..at].to_vec());
        rest = &rest[at + NEXT_FILE.len()..];
    }
    files.push(rest.to_vec());
    let request = Request { root: Some(PathBuf::from(ROOT)), ..Request::default() };
    let snapshot = capture(&Memory(files), &request).expect("the folder is there").snapshot;
    assert!(snapshot.defaults.is_sorted_by(|one, two| (&one.name, one.mechanism) <= (&two.name, two.mechanism)));
});
