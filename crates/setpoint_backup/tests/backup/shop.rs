//! A service's folder with all that a backup must know of a file, and a repository for it.

use setpoint_backup::{Settings, Store, Wanted};
use setpoint_host::{Access, Act, Host as _, LiveHost};
use setpoint_model::Problem;
use setpoint_model::register::Repository;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub(crate) struct Shop {
    /// Removes itself when the test ends.
    folder: TempDir,
}

impl Shop {
    /// A folder with files, links, modes and times of all kinds.
    pub(crate) fn new() -> Self {
        let shop = Self { folder: tempfile::tempdir().unwrap() };
        shop.write("etc/shop.env", "A=1\n");
        shop.write("etc/empty", "");
        shop.write("srv/static/a name with spaces and ü", "text");
        // Of several pieces, which do not all compress.
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        let big: Vec<u8> = std::iter::repeat_with(&mut noise).take(5 << 20).collect();
        shop.write("srv/big", big);
        LiveHost.make_folder(&shop.path("srv/nothing in it")).unwrap();
        for act in [
            Act::Link { path: &shop.path("etc/link"), target: Path::new("shop.env") },
            Act::Link { path: &shop.path("etc/broken link"), target: Path::new("/is/not/there") },
            Act::Name { from: &shop.path("srv/big"), to: &shop.path("srv/big twin") },
            Act::Own { path: &shop.path("etc/shop.env"), access: Access { mode: 0o4640, owner: None } },
            Act::Attribute { path: &shop.path("etc/shop.env"), name: "user.why", value: b"because" },
            Act::Date { path: &shop.path("etc/shop.env"), modified: "1999-12-31T23:59:59.123456789Z".parse().unwrap() },
            Act::Date { path: &shop.path("srv"), modified: "2001-02-03T04:05:06Z".parse().unwrap() },
        ] {
            LiveHost.act(&act).unwrap();
        }
        if LiveHost.owner().0 == 0 {
            let access = Access { mode: 0o600, owner: Some((1234, 5678)) };
            LiveHost.act(&Act::Own { path: &shop.path("etc/empty"), access }).unwrap();
        }
        shop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        LiveHost.resolve(self.folder.path()).unwrap().join("machine").join(name)
    }

    /// Beside the machine.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        LiveHost.resolve(self.folder.path()).unwrap().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        LiveHost.write(&self.path(name), bytes.as_ref()).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        String::from_utf8(LiveHost.read(&self.path(name), 1 << 30).unwrap()).unwrap()
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            repository: Repository::Folder(self.beside("repository").display().to_string()),
            region: None,
            credentials_file: None,
            password_file: None,
            root: self.path(""),
            state: self.beside("state"),
        }
    }

    pub(crate) fn store(&self) -> Store<'static> {
        Store::open_or_make(&LiveHost, self.settings(), None).unwrap()
    }

    pub(crate) fn wanted() -> Wanted {
        Wanted { include: vec!["etc".to_owned(), "srv".to_owned()], ..Wanted::default() }
    }

    /// Makes a backup of all; its id.
    pub(crate) fn back_up(&self) -> String {
        self.store().create(&Self::wanted()).unwrap().id
    }

    /// Runs restic on the repository, where it is installed; what it printed.
    pub(crate) fn restic(&self, arguments: &[&str]) -> Option<String> {
        if !setpoint_testkit::tool_is_here("restic") {
            return None;
        }
        let said = self.restic_command(arguments).output().unwrap();
        let text = [said.stdout, said.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(said.status.success(), "restic {arguments:?}: {text}");
        Some(text)
    }
}

impl Shop {
    pub(crate) fn restic_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("restic");
        command.arg("--no-cache").arg("--repo").arg(self.beside("repository"));
        command.arg("--password-file").arg(self.beside("state/backup-password")).args(arguments);
        command
    }
}

/// All below a folder, one line each: kind, mode, owner, time, length or target, and a sum of the content.
pub(crate) fn picture(folder: &Path) -> String {
    let mut lines = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for listed in LiveHost.list(&current).unwrap() {
            let path = current.join(&listed.name);
            let details = LiveHost.details(&path).unwrap();
            let content = match details.kind {
                setpoint_host::Kind::File => {
                    let bytes = LiveHost.read(&path, 1 << 30).unwrap();
                    format!(
                        "{} {:?}",
                        bytes.len(),
                        bytes.iter().fold(7_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte))
                    )
                }
                setpoint_host::Kind::Link => LiveHost.link_target(&path).unwrap().display().to_string(),
                _ => String::new(),
            };
            lines.push(format!(
                "{} {:?} {:o} {}:{} {} {content} {:?}",
                path.strip_prefix(folder).unwrap().display(),
                details.kind,
                details.mode,
                details.user,
                details.group,
                details.modified,
                details.attributes,
            ));
            if details.kind == setpoint_host::Kind::Folder {
                folders.push(path);
            }
        }
    }
    lines.sort_unstable();
    lines.join("\n")
}

/// What failed, what was expected, and whether a retry is safe, without this test's folder.
pub(crate) fn told(shop: &Shop, problem: &Problem) -> String {
    let hint = problem.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("{:?}: {problem}{hint}", problem.kind).replace(&shop.beside("").display().to_string(), "/")
}
