mod disk;

use crate::{
    Act, Details, FileLock, Host, Listed, LiveHost, Output, Refusal, Source, Space, Status, TemporaryFolder, Unreached,
};
use disk::Disk;
use jiff::SignedDuration;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A whole small machine as a folder: absolute paths are looked up below it, and a program's output is the file
/// `cmd/PROGRAM ARGUMENTS` (with `/` written as `_`), its first line the exit code.
pub struct FixtureHost {
    folder: PathBuf,
    programs: Option<Programs>,
    disk: Mutex<Option<Disk>>,
    /// How long was waited, by which its clock goes on.
    waited: Mutex<Duration>,
    /// By how much somebody has set its clock.
    jumped: Mutex<SignedDuration>,
    /// How many more acts and programs it does before it dies.
    left: Mutex<Option<usize>>,
}

/// Stands for the programs of the machine: what one says, or `None` where the folder has its output.
pub type Programs = Box<dyn Fn(&str, &[&str]) -> Option<Output> + Send + Sync>;

/// What a [`FixtureHost`] that dies panics with: what came after it never happened.
#[derive(Debug)]
pub struct Killed;

impl FixtureHost {
    /// The machine in that folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        let folder = folder.canonicalize().unwrap_or(folder);
        Self {
            folder,
            programs: None,
            disk: Mutex::default(),
            waited: Mutex::default(),
            jumped: Mutex::default(),
            left: Mutex::default(),
        }
    }

    /// The same with programs.
    #[must_use]
    pub fn with_programs(self, programs: Programs) -> Self {
        Self { programs: Some(programs), ..self }
    }

    /// From here on it remembers what would outlast a loss of power.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn begin_power(&self) -> std::io::Result<()> {
        *lock(&self.disk) = Some(Disk::of(&self.folder)?);
        Ok(())
    }

    /// The power goes: what was not synced since [`FixtureHost::begin_power`] lasts only where `lasts` says so.
    ///
    /// # Errors
    /// The folder cannot be read or written.
    pub fn lose_power(&self, lasts: &mut dyn FnMut() -> bool) -> std::io::Result<()> {
        let disk = lock(&self.disk).take();
        disk.map_or(Ok(()), |disk| disk.lose_power(&self.folder, lasts))
    }

    /// Somebody sets its clock by so much.
    pub fn set_clock(&self, by: SignedDuration) {
        *lock(&self.jumped) += by;
    }

    /// After so many more acts and programs whoever uses it is killed, by a panic with [`Killed`]; never with `None`.
    pub fn dies_after(&self, acts: Option<usize>) {
        *lock(&self.left) = acts;
    }

    /// True if this is where it dies.
    fn is_last(&self) -> bool {
        let mut left = lock(&self.left);
        match left.as_mut() {
            None => false,
            Some(0) => true,
            Some(more) => {
                *more -= 1;
                false
            }
        }
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for FixtureHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FixtureHost").field("folder", &self.folder).finish_non_exhaustive()
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

    fn details(&self, path: &Path) -> Result<Details, Refusal> {
        LiveHost.details(&self.inside(path))
    }

    fn source(&self, path: &Path) -> Source {
        LiveHost.source(&self.inside(path))
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Refusal> {
        LiveHost.resolve(&self.inside(path)).map(|path| self.outside(&path))
    }

    fn link_target(&self, path: &Path) -> Result<PathBuf, Refusal> {
        LiveHost.link_target(&self.inside(path)).map(|path| self.outside(&path))
    }

    fn run(&self, program: &str, arguments: &[&str], _limit: Duration) -> Result<Output, Refusal> {
        if self.is_last() {
            std::panic::panic_any(Killed);
        }
        if let Some(said) = self.programs.as_ref().and_then(|programs| programs(program, arguments)) {
            return Ok(said);
        }
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
        let begin =
            jiff::civil::date(2026, 11, 1).at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap_or_default();
        begin.saturating_add(*lock(&self.waited)).saturating_add(*lock(&self.jumped))
    }

    fn elapsed(&self) -> Duration {
        *lock(&self.waited)
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn random(&self) -> Result<[u8; 16], Refusal> {
        Ok(*b"a fixture's key.")
    }

    fn owner(&self) -> (u32, u32) {
        LiveHost.owner()
    }

    fn lock(&self, path: &Path) -> Result<Option<FileLock>, Refusal> {
        LiveHost.lock(&self.inside(path))
    }

    fn sleep(&self, duration: Duration) {
        *lock(&self.waited) += duration;
    }

    fn act(&self, act: &Act<'_>) -> Result<(), Refusal> {
        let (one, two);
        let inside = match *act {
            Act::Name { from, to } => {
                (one, two) = (self.inside(from), self.inside(to));
                Act::Name { from: &one, to: &two }
            }
            Act::Rename { from, to } => {
                (one, two) = (self.inside(from), self.inside(to));
                Act::Rename { from: &one, to: &two }
            }
            act => {
                one = self.inside(act.path());
                act.at(&one)
            }
        };
        if self.is_last() {
            // Of what is written last, a part can be there.
            if let Act::Append { path, bytes } = inside {
                let _ = LiveHost.act(&Act::Append { path, bytes: &bytes[..bytes.len() / 2] });
            }
            std::panic::panic_any(Killed);
        }
        // Nothing of a test has to outlast the machine that it runs on.
        if !matches!(inside, Act::Sync { .. } | Act::SyncDisk { .. }) {
            LiveHost.act(&inside)?;
        }
        let followed = lock(&self.disk).as_mut().map_or(Ok(()), |disk| disk.follow(&inside));
        followed.map_err(|error| Refusal::from_io(inside.path(), &error))
    }

    fn temporary_folder(&self) -> Result<TemporaryFolder, Refusal> {
        LiveHost.temporary_folder()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Access, FixtureHost, Host as _, Killed, LiveHost};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::Path;

    const FILE: &str = "/etc/shop/shop.env";

    /// Writes a file over another, is killed after so many acts and loses its power; what is there then, and whether it was
    /// killed.
    fn written(dies_after: usize, lasts: bool) -> (Vec<u8>, bool) {
        let folder = LiveHost.temporary_folder().unwrap();
        let host = FixtureHost::new(folder.path());
        host.write(Path::new(FILE), b"old").unwrap();
        host.begin_power().unwrap();
        host.dies_after(Some(dies_after));
        let ended = catch_unwind(AssertUnwindSafe(|| host.write(Path::new(FILE), b"new")));
        let killed = ended.is_err_and(|panic| panic.is::<Killed>());
        host.dies_after(None);
        host.lose_power(&mut || lasts).unwrap();
        (host.read(Path::new(FILE), 100).unwrap(), killed)
    }

    #[test]
    fn a_file_is_old_or_new_wherever_it_ends() {
        let mut all = Vec::new();
        for lasts in [false, true] {
            for acts in 0.. {
                let (text, killed) = written(acts, lasts);
                assert!(text == b"old" || text == b"new", "{text:?} after {acts}");
                all.push((lasts, text, killed));
                if !killed {
                    // What returned is there to stay.
                    assert_eq!(all.last().unwrap().1, b"new");
                    break;
                }
            }
        }
        assert!(all.iter().any(|(_, text, killed)| *killed && text == b"new"));
        assert!(all.iter().any(|(_, text, _)| text == b"old"));
    }

    #[test]
    fn what_was_not_synced_is_lost() {
        let folder = LiveHost.temporary_folder().unwrap();
        let host = FixtureHost::new(folder.path());
        host.begin_power().unwrap();
        host.append(Path::new("/journal"), b"one\n").unwrap();
        host.act(&crate::Act::Append { path: Path::new("/journal"), bytes: b"two\n" }).unwrap();
        host.act(&crate::Act::Create { path: Path::new("/other") }).unwrap();
        host.lose_power(&mut || false).unwrap();
        assert_eq!(host.read(Path::new("/journal"), 100).unwrap(), b"one\n");
        assert!(host.status(Path::new("/other")).is_err());
    }

    #[test]
    fn what_a_killed_write_left_is_swept() {
        let folder = LiveHost.temporary_folder().unwrap();
        let host = FixtureHost::new(folder.path());
        host.write_with(Path::new(FILE), b"old", Access::PRIVATE).unwrap();
        host.dies_after(Some(2));
        assert!(catch_unwind(AssertUnwindSafe(|| host.write(Path::new(FILE), b"new"))).is_err());
        host.dies_after(None);
        let count = || host.list(Path::new("/etc/shop")).unwrap().len();
        assert_eq!(count(), 2);
        host.sweep(Path::new(FILE)).unwrap();
        assert_eq!(count(), 1);
    }
}
