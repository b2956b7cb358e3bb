//! One side of a difference: what a person named, and the defaults that it has.

use super::{package, revision};
use crate::checkout;
use crate::command_error::{CommandError, Exit};
use crate::terminal::Ui;
use package::Package;
use setpoint_capture::{Captured, Libraries, Processes, Request, capture, capture_installed};
use setpoint_host::{Kind, TemporaryFolder};
use setpoint_model::{Place, Problem, Retry};
use setpoint_register::lock::State;
use std::path::{Path, PathBuf};

/// Longer than any lock, in bytes.
const LONGEST_LOCK: u64 = 64 << 20;

/// What a person named.
#[derive(Debug)]
pub(super) enum Operand<'a> {
    /// `uvicorn==0.30.0`
    Package(Package<'a>),
    /// A folder of code.
    Folder(PathBuf),
    /// A virtual environment: a folder with a `pyvenv.cfg` (PEP 405).
    Environment(PathBuf),
    /// A file.
    Lock(PathBuf),
    /// Anything else.
    Revision(&'a str),
}

/// The defaults of a state.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) state: State,
    /// The captures that it comes from, with the folder of each; none of a lock.
    pub(super) captured: Vec<(Captured, PathBuf)>,
    /// Where a revision was unpacked; its lines are quoted until the end.
    _unpacked: Option<TemporaryFolder>,
}

impl<'a> Operand<'a> {
    pub(super) fn of(ui: &Ui<'_>, named: &'a str) -> Result<Self, CommandError> {
        if let Some((name, version)) = named.split_once("==") {
            return Ok(Self::Package(Package::of(name, version)?));
        }
        let path = PathBuf::from(named);
        match ui.host.status(&path) {
            Ok(status) => Ok(match status.kind {
                Kind::Folder if ui.host.status(&path.join("pyvenv.cfg")).is_ok() => Self::Environment(path),
                Kind::Folder => Self::Folder(path),
                Kind::File | Kind::Link | Kind::Socket | Kind::Other => Self::Lock(path),
            }),
            Err(refusal) if !refusal.is_missing() => Err(refusal.into()),
            Err(_) if named.starts_with(['.', '/', '~']) || named.is_empty() => {
                let what = format!("`{named}`: there is no such file or folder");
                Err(Problem::input(what, EXPECTED, Retry::SafeOnceMended).into())
            }
            Err(_) => Ok(Self::Revision(named)),
        }
    }
}

/// What a state may be.
pub(super) const EXPECTED: &str =
    "a git revision, a folder, a virtual environment, a `setpoint.lock`, or `PACKAGE==VERSION`";

/// Captures a state; `other` is what it is compared with.
pub(super) fn take(ui: &Ui<'_>, operand: &Operand<'_>, other: &Operand<'_>) -> Result<Taken, CommandError> {
    match operand {
        Operand::Package(package) => {
            let folder = package::unpacked(ui, package)?;
            of_package(ui, &folder)
        }
        Operand::Folder(folder) => of_code(ui, folder, Libraries::Read, Files::NotIgnored),
        Operand::Environment(folder) if let Operand::Package(package) = other => {
            // A package is compared with what is installed of it, and read as it is.
            let copied = ui.host.temporary_folder()?;
            package::copy_installed(ui, package, folder, copied.path())?;
            let taken = of_package(ui, copied.path())?;
            Ok(Taken { _unpacked: Some(copied), ..taken })
        }
        Operand::Environment(folder) => {
            let mut taken = Taken::default();
            taken.add(capture_installed(ui.host, folder)?, folder);
            Ok(taken)
        }
        Operand::Lock(file) => Ok(Taken { state: read_lock(ui, file)?, ..Taken::default() }),
        Operand::Revision(named) => {
            let beside = match other {
                Operand::Folder(folder) => Some(folder.as_path()),
                Operand::Package(package) if package.is_called(named) => {
                    return Err(package::without_version(ui, named).into());
                }
                Operand::Package(_) | Operand::Environment(_) | Operand::Lock(_) | Operand::Revision(_) => None,
            };
            let unpacked = ui.host.temporary_folder()?;
            let folder = revision::unpack(ui, named, beside, unpacked.path())?;
            let taken = of_code(ui, &folder, Libraries::Read, Files::All)?;
            Ok(Taken { _unpacked: Some(unpacked), ..taken })
        }
    }
}

/// A folder that holds one distribution: what its own code declares, and the defaults that it gives to others.
fn of_package(ui: &Ui<'_>, folder: &Path) -> Result<Taken, CommandError> {
    let mut taken = of_code(ui, folder, Libraries::LeftOut, Files::All)?;
    taken.add(capture_installed(ui.host, folder)?, folder);
    Ok(taken)
}

/// Which files of a folder are the state's.
#[derive(Clone, Copy, Debug)]
enum Files {
    /// All of them: what was unpacked is what was packed, wherever it lies.
    All,
    /// Those that git does not ignore; the others are a developer's own.
    NotIgnored,
}

fn of_code(ui: &Ui<'_>, folder: &Path, libraries: Libraries, files: Files) -> Result<Taken, CommandError> {
    let root = Some(folder.to_owned());
    // What a state has must not depend on what runs at the moment.
    let request = Request { root, processes: Processes::LeftOut, libraries, ..Request::default() };
    let captured = capture(ui.host, &request)?;
    let tree = match files {
        Files::All => checkout::whole_tree(&captured.snapshot),
        Files::NotIgnored => checkout::tree(ui.host, &captured.snapshot),
    };
    let state = State::of_snapshot(&tree);
    Ok(Taken { state, captured: vec![(captured, folder.to_owned())], _unpacked: None })
}

/// Whatever the file holds is not quoted: where it is no lock, nobody knows what it is.
fn read_lock(ui: &Ui<'_>, file: &Path) -> Result<State, CommandError> {
    let bytes = ui.host.read(file, LONGEST_LOCK)?;
    let read = String::from_utf8(bytes).ok().and_then(|text| State::of_lock(&text).ok());
    read.ok_or_else(|| {
        let what = format!("`{}` is no lock that can be read", file.display());
        let expected = "a `setpoint.lock` as this version of `setpoint capture --write` writes it";
        Problem::input(what, expected, Retry::SafeOnceMended).at(Place::file(file.display().to_string())).into()
    })
}

impl Taken {
    fn add(&mut self, captured: Captured, folder: &Path) {
        self.state = std::mem::take(&mut self.state).and(State::of_snapshot(&captured.snapshot));
        self.captured.push((captured, folder.to_owned()));
    }

    /// What the state could not be read of makes the difference uncertain.
    pub(super) fn exit(&self) -> Exit {
        let unread = self.captured.iter().any(|(captured, _)| captured.snapshot.unread().next().is_some());
        if unread { Exit::Machine } else { Exit::Fine }
    }
}
