mod acts;
mod closely;

use crate::source::{Wanted, open};
use crate::{
    Access, Act, Details, FileLock, Host, Kind, Listed, Output, Refusal, Source, Space, Status, TemporaryFolder,
    Unreached, act, details, ending, network, run,
};
use rustix::fs::OFlags;
use rustix::io::{Errno, retry_on_intr};
use rustix::rand::{GetRandomFlags, getrandom};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The machine that this program runs on.
#[derive(Debug, Default)]
pub struct LiveHost;

impl Host for LiveHost {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Refusal> {
        let mut bytes = Vec::new();
        self.read_into(&mut bytes, path, limit)?;
        Ok(bytes)
    }

    fn read_into(&self, buffer: &mut Vec<u8>, path: &Path, limit: u64) -> Result<(), Refusal> {
        buffer.clear();
        let refused = |error| Refusal::from_io(path, &error);
        let (file, status) = open(path, File::options().read(true), OFlags::empty(), Wanted::File).map_err(refused)?;
        if status.len() > limit {
            return Err(Refusal::TooLong { path: path.to_owned(), length: status.len(), limit });
        }
        buffer.reserve(usize::try_from(status.len()).unwrap_or(0));
        // Files of /proc say that they have no length; of any other that grows meanwhile, what was there is read.
        let most = if status.len() == 0 { limit.saturating_add(1) } else { status.len() };
        file.take(most).read_to_end(buffer).map_err(refused)?;
        let length = buffer.len() as u64;
        if length > limit {
            return Err(Refusal::TooLong { path: path.to_owned(), length, limit });
        }
        Ok(())
    }

    fn read_end(&self, path: &Path, limit: u64) -> Result<(Vec<u8>, bool), Refusal> {
        let refused = |error| Refusal::from_io(path, &error);
        let opened = open(path, File::options().read(true), OFlags::empty(), Wanted::File);
        let (mut file, status) = opened.map_err(refused)?;
        let length = status.len();
        let start = length.saturating_sub(limit);
        file.seek(SeekFrom::Start(start)).map_err(refused)?;
        let mut bytes = Vec::new();
        // What is written meanwhile is left for the next look.
        file.take(length - start).read_to_end(&mut bytes).map_err(refused)?;
        Ok((bytes, start > 0))
    }

    fn space(&self, path: &Path) -> Result<Space, Refusal> {
        let told = rustix::fs::statvfs(path).map_err(|error| Refusal::from_io(path, &error.into()))?;
        let used = told.f_blocks.saturating_sub(told.f_bfree);
        Ok(Space {
            size: (used + told.f_bavail) * told.f_frsize,
            free: told.f_bavail * told.f_frsize,
            inodes: told.f_files,
            inodes_free: told.f_favail,
        })
    }

    fn list(&self, folder: &Path) -> Result<Vec<Listed>, Refusal> {
        let refused = |error| Refusal::from_io(folder, &error);
        let mut listed = Vec::new();
        for entry in folder.read_dir().map_err(refused)? {
            let entry = entry.map_err(refused)?;
            let kind = kind(entry.file_type().map_err(refused)?);
            listed.push(Listed { name: entry.file_name(), kind });
        }
        listed.sort_unstable_by(|one, two| one.name.cmp(&two.name));
        Ok(listed)
    }

    fn status(&self, path: &Path) -> Result<Status, Refusal> {
        let status = path.metadata().map_err(|error| Refusal::from_io(path, &error))?;
        Ok(Status {
            kind: kind(status.file_type()),
            length: status.len(),
            mode: status.mode() & 0o7777,
            user: status.uid(),
            group: status.gid(),
            modified: status.mtime(),
        })
    }

    fn details(&self, path: &Path) -> Result<Details, Refusal> {
        details::look(path, kind)
    }

    fn source(&self, path: &Path) -> Source {
        Source::of(path)
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Refusal> {
        path.canonicalize().map_err(|error| Refusal::from_io(path, &error))
    }

    fn link_target(&self, path: &Path) -> Result<PathBuf, Refusal> {
        path.read_link().map_err(|error| Refusal::from_io(path, &error))
    }

    fn run(&self, program: &str, arguments: &[&str], limit: Duration) -> Result<Output, Refusal> {
        run::run(program, arguments, limit)
    }

    fn lookup(&self, name: &str, limit: Duration) -> Result<Vec<IpAddr>, Unreached> {
        network::lookup(name, limit)
    }

    fn connect(&self, address: SocketAddr, limit: Duration) -> Result<TcpStream, Unreached> {
        network::connect(address, limit)
    }

    fn now(&self) -> jiff::Zoned {
        jiff::Zoned::now()
    }

    fn elapsed(&self) -> Duration {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGAN.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn random(&self) -> Result<[u8; 16], Refusal> {
        let mut bytes = [0; 16];
        let refused = |error: Errno| Refusal::Failed { what: "getrandom".to_owned(), because: error.to_string() };
        // Before the kernel has gathered enough it waits, and only then can a signal interrupt it (getrandom(2)).
        let length = retry_on_intr(|| getrandom(&mut bytes, GetRandomFlags::empty())).map_err(refused)?;
        if length == bytes.len() { Ok(bytes) } else { Err(refused(Errno::AGAIN)) }
    }

    fn owner(&self) -> (u32, u32) {
        (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())
    }

    fn lock(&self, path: &Path) -> Result<Option<FileLock>, Refusal> {
        FileLock::take(path)
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn act(&self, act: &Act<'_>) -> Result<(), Refusal> {
        acts::perform(act)
    }

    fn act_closely(&self, act: &Act<'_>) -> Result<(), Refusal> {
        closely::perform(act)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Refusal> {
        // A signal that ends the process leaves no half of it beside the file.
        ending::unless_ending(|| act::replace(self, path, bytes, None))
    }

    fn write_with(&self, path: &Path, bytes: &[u8], access: Access) -> Result<(), Refusal> {
        ending::unless_ending(|| act::replace(self, path, bytes, Some(access)))
    }

    fn write_closely(&self, path: &Path, bytes: &[u8], access: Access) -> Result<(), Refusal> {
        ending::unless_ending(|| act::replace_resolved(self, path, bytes, Some(access)))
    }

    fn temporary_folder(&self) -> Result<TemporaryFolder, Refusal> {
        TemporaryFolder::make()
    }
}

fn kind(file_type: std::fs::FileType) -> Kind {
    if file_type.is_file() {
        Kind::File
    } else if file_type.is_dir() {
        Kind::Folder
    } else if file_type.is_symlink() {
        Kind::Link
    } else if file_type.is_socket() {
        Kind::Socket
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use crate::{Host as _, LiveHost, Refusal};
    use std::path::Path;

    #[test]
    fn a_long_file_is_refused_and_a_missing_one_said() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(matches!(LiveHost.read(&here, 3), Err(Refusal::TooLong { limit: 3, .. })));
        assert!(LiveHost.read(&here.with_extension("none"), 3).unwrap_err().is_missing());
        assert!(LiveHost.read(Path::new("/dev/zero"), 3).is_err());
    }
}
