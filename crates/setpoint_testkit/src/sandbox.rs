use std::fmt;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A temporary folder in which the built binary runs: nothing of the person's own environment reaches it.
///
/// ```ignore
/// let shop = Sandbox::new(env!("CARGO_BIN_EXE_setpoint")).file("settings.py", "DEBUG = True\n");
/// assert_snapshot!(shop.run("capture"), @"…");
/// ```
#[derive(Debug)]
pub struct Sandbox {
    /// Removes itself when the test ends.
    temporary: TempDir,
    folder: PathBuf,
    binary: PathBuf,
    variables: Vec<(String, String)>,
    filters: Vec<(String, String)>,
}

/// All that a run of the binary gave: exit code, standard output, standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Sandbox {
    /// An empty folder for runs of the binary at that path.
    ///
    /// # Panics
    /// If no temporary folder can be made.
    #[must_use]
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        // In `/tmp` wherever `TMPDIR` is: messages are broken to lines, and its name has the same length everywhere.
        let temporary = tempfile::tempdir_in("/tmp").expect("a temporary folder");
        // The folder's real name, since that is what the binary prints; its last part is the same in every run.
        let folder = temporary.path().canonicalize().expect("the folder that was just made").join("sandbox");
        std::fs::create_dir(&folder).expect("a folder in a new one");
        let filters = vec![(folder.display().to_string(), "[ROOT]".to_owned())];
        Self { temporary, folder, binary: binary.into(), variables: Vec::new(), filters }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The same with a file, in folders that are made where they are missing.
    ///
    /// # Panics
    /// If it cannot be written.
    #[must_use]
    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.write(name, bytes);
        self
    }

    /// Writes or replaces a file between two runs.
    ///
    /// # Panics
    /// If it cannot be written.
    #[expect(clippy::disallowed_methods, reason = "tests prepare the machine that the door then opens on")]
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(self.path())).expect("folders in the sandbox");
        std::fs::write(&path, bytes).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    }

    /// A file's text after a run.
    ///
    /// # Panics
    /// If it is not there or no UTF-8.
    #[expect(clippy::disallowed_methods, reason = "tests look at what the binary wrote")]
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_else(|error| panic!("cannot read {name}: {error}"))
    }

    /// The same with every file of a folder copied in but a virtual environment, which is there for whoever made it;
    /// symbolic links stay links.
    ///
    /// # Panics
    /// If the folder cannot be copied.
    #[must_use]
    pub fn folder(self, from: &Path) -> Self {
        copy(from, self.path());
        self
    }

    /// The same with a variable in the binary's environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with a text that differs between runs shown as another in every picture.
    #[must_use]
    pub fn filter(mut self, text: &str, shown: &str) -> Self {
        self.filters.push((text.to_owned(), shown.to_owned()));
        self
    }

    /// Runs the binary in the folder. The arguments are split at spaces; there is no shell and no quoting.
    ///
    /// # Panics
    /// If the binary cannot be started.
    #[expect(clippy::disallowed_methods, reason = "running the binary is what this is for")]
    pub fn run(&self, arguments: &str) -> Picture {
        self.picture(Command::new(&self.binary).args(arguments.split_whitespace()))
    }

    /// The same with arguments that may have spaces.
    ///
    /// # Panics
    /// If the binary cannot be started.
    #[expect(clippy::disallowed_methods, reason = "running the binary is what this is for")]
    pub fn run_words(&self, arguments: &[&str]) -> Picture {
        self.picture(Command::new(&self.binary).args(arguments))
    }

    /// The same as a user whom file permissions bind: as root, whom they do not, with the rights of `nobody`.
    ///
    /// # Panics
    /// If the binary cannot be started, or as root the folder cannot be opened to others.
    #[expect(clippy::disallowed_methods, reason = "running the binary is what this is for")]
    pub fn run_as_ordinary_user(&self, arguments: &str) -> Picture {
        let outer = self.temporary.path();
        if outer.metadata().expect("the sandbox's own folder").uid() != 0 {
            return self.run(arguments);
        }
        std::fs::set_permissions(outer, Permissions::from_mode(0o755)).expect("a folder that others may enter");
        // The binary may lie where others may not go.
        let binary = outer.join("binary");
        std::fs::copy(&self.binary, &binary).expect("a copy of the binary");
        let nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
        self.picture(Command::new("setpriv").args(nobody).arg(binary).args(arguments.split_whitespace()))
    }

    fn picture(&self, command: &mut Command) -> Picture {
        let said = command
            .current_dir(self.path())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let filtered = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.filters.iter().fold(text, |text, (from, to)| text.replace(from, to))
        };
        Picture { code: said.status.code(), stdout: filtered(&said.stdout), stderr: filtered(&said.stderr) }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folders in the sandbox");
    let entries = from.read_dir().unwrap_or_else(|error| panic!("cannot list {}: {error}", from.display()));
    for entry in entries {
        let entry = entry.expect("an entry of a folder");
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().expect("the kind of a folder's entry");
        if entry.file_name() == ".venv" {
            continue;
        }
        if kind.is_dir() {
            copy(&source, &target);
        } else if kind.is_symlink() {
            let points_to = source.read_link().expect("where a link points");
            std::os::unix::fs::symlink(points_to, target).expect("a link in the sandbox");
        } else {
            std::fs::copy(&source, &target).expect("a copy of a file");
        }
    }
}

/// Exit code, then the two streams, each only where it has something.
impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit: {code}")?,
            None => writeln!(f, "exit: ended by a signal")?,
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{text}")?;
                if !text.ends_with('\n') {
                    writeln!(f, "\\ no newline")?;
                }
            }
        }
        Ok(())
    }
}
