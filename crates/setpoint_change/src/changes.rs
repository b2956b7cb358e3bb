//! The changes of a machine: a folder for each, by number, in one that only its owner may enter.

use crate::{Journal, State};
use setpoint_host::{Access, Act, FileLock, Host, Kind};
use setpoint_model::{Place, Problem, Retry};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the folder of a change is called that was set aside, behind its number.
const SET_ASIDE: &str = "-set-aside";

/// Where the changes of this machine are recorded.
#[derive(Clone, Debug)]
pub struct Changes {
    folder: PathBuf,
}

/// The only one who may begin or end a change on this machine, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "it is held, not looked at")] FileLock);

/// The changes that may still be going on.
#[derive(Debug, Default)]
pub struct Pending {
    /// Those that have begun and not ended.
    pub changes: Vec<(u64, Journal)>,
    /// Those whose journals cannot be read, so that nobody knows, and why.
    pub unreadable: Vec<(u64, Problem)>,
}

impl Changes {
    /// Those that are recorded in a folder.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Takes the turn. A change that another process is in the middle of keeps everybody else out.
    ///
    /// # Errors
    /// Another process has it, or the folder cannot be made or written.
    pub fn take_turn(&self, host: &dyn Host) -> Result<Turn, Problem> {
        self.try_turn(host)?.ok_or_else(|| {
            Problem::machine("another change is going on", "one change at a time", Retry::Safe)
                .at(Place::file(self.lock().display().to_string()))
                .hint("`setpoint change list` shows it; `setpoint change confirm` or `cancel` ends its watch")
        })
    }

    /// Takes the turn; `None` where another process has it.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn try_turn(&self, host: &dyn Host) -> Result<Option<Turn>, Problem> {
        let refused = |refusal: setpoint_host::Refusal| refusal.problem();
        host.make_folder(&self.folder).map_err(refused)?;
        let access = Access { mode: 0o700, owner: None };
        host.act(&Act::Own { path: &self.folder, access }).map_err(refused)?;
        Ok(host.lock(&self.lock()).map_err(refused)?.map(Turn))
    }

    fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// The numbers of all changes that were not set aside, the oldest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn numbers(&self, host: &dyn Host) -> Result<Vec<u64>, Problem> {
        Ok(self
            .names(host)?
            .iter()
            .filter_map(|name| name.parse().ok())
            .collect::<BTreeSet<u64>>()
            .into_iter()
            .collect())
    }

    /// The names of the folders of changes.
    fn names(&self, host: &dyn Host) -> Result<Vec<String>, Problem> {
        let listed = match host.list(&self.folder) {
            Ok(listed) => listed,
            Err(refusal) if refusal.is_missing() => return Ok(Vec::new()),
            Err(refusal) => return Err(refusal.problem()),
        };
        let folders = listed.iter().filter(|entry| entry.kind == Kind::Folder);
        Ok(folders.filter_map(|entry| entry.name.to_str().map(str::to_owned)).collect())
    }

    /// The journal of a change.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open(&self, host: &dyn Host, number: u64) -> Result<Journal, Problem> {
        Journal::open(host, &self.path(number))
    }

    /// The journal of a new change, in which nothing stands yet.
    ///
    /// # Errors
    /// A change before it has not ended, or the machine refuses.
    pub fn begin(&self, host: &dyn Host, _turn: &Turn) -> Result<(u64, Journal), Problem> {
        let Pending { changes, unreadable } = self.pending(host)?;
        if let Some((_, problem)) = unreadable.into_iter().next() {
            return Err(problem);
        }
        if let Some((number, journal)) = changes.into_iter().next() {
            let what = format!("change {number} has not ended: it is {}", journal.state().name());
            let keeps = if journal.state() == State::Applied { "`setpoint change confirm` keeps it, " } else { "" };
            return Err(Problem::input(what, "no other change at the same time", Retry::SafeOnceMended)
                .hint(format!("its process is gone; {keeps}`setpoint rollback {number}` undoes it")));
        }
        // The number of one that was set aside stands in notes and in backups, and is not given again.
        let given = |name: &String| name.strip_suffix(SET_ASIDE).unwrap_or(name).parse::<u64>().ok();
        let number = self.names(host)?.iter().filter_map(given).max().map_or(1, |last| last + 1);
        let path = self.path(number);
        host.make_folder(path.parent().unwrap_or(&self.folder)).map_err(|refusal| refusal.problem())?;
        Ok((number, Journal::new(path)))
    }

    /// The changes that have begun and not ended, and those of which nobody can say.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn pending(&self, host: &dyn Host) -> Result<Pending, Problem> {
        let mut pending = Pending::default();
        for number in self.numbers(host)? {
            match self.open(host, number) {
                Ok(journal) if journal.state().is_pending() => pending.changes.push((number, journal)),
                Ok(_) => {}
                Err(problem) => pending.unreadable.push((number, problem)),
            }
        }
        Ok(pending)
    }

    /// Lets others go on beside a change whose journal cannot be read; its new folder. Nothing of it is lost.
    ///
    /// # Errors
    /// There is no such change, its journal can be read, or the machine refuses.
    pub fn set_aside(&self, host: &dyn Host, _turn: &Turn, number: u64) -> Result<PathBuf, Problem> {
        if !self.numbers(host)?.contains(&number) {
            return Err(Problem::input(
                format!("there is no change {number}"),
                "a change of this machine",
                Retry::Safe,
            ));
        }
        if let Ok(journal) = self.open(host, number) {
            let what = format!("the journal of change {number} can be read: it is {}", journal.state().name());
            return Err(Problem::input(what, "one that is damaged, or of another version", Retry::Safe));
        }
        let from = self.folder.join(number.to_string());
        let to = self.folder.join(format!("{number}{SET_ASIDE}"));
        let refused = |refusal: setpoint_host::Refusal| refusal.problem();
        host.act(&Act::Rename { from: &from, to: &to }).map_err(refused)?;
        host.act(&Act::Sync { path: &self.folder }).map_err(refused)?;
        Ok(to)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(number.to_string()).join("journal")
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
