//! The changes of a machine: a folder for each, by number, in one that only its owner may enter.

use crate::Journal;
use setpoint_host::{Access, Act, FileLock, Host, Kind};
use setpoint_model::{Place, Problem, Retry};
use std::path::{Path, PathBuf};

/// Where the changes of this machine are recorded.
#[derive(Clone, Debug)]
pub struct Changes {
    folder: PathBuf,
}

/// The only one who may begin or end a change on this machine, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "it is held, not looked at")] FileLock);

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
        let refused = |refusal: setpoint_host::Refusal| refusal.problem();
        host.make_folder(&self.folder).map_err(refused)?;
        let access = Access { mode: 0o700, owner: None };
        host.act(&Act::Own { path: &self.folder, access }).map_err(refused)?;
        let path = self.folder.join("lock");
        let turn = host.lock(&path).map_err(refused)?;
        turn.map(Turn).ok_or_else(|| {
            Problem::machine("another change is going on", "one change at a time", Retry::Safe)
                .at(Place::file(path.display().to_string()))
                .hint("`setpoint change list` shows it")
        })
    }

    /// The numbers of all changes, the oldest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn numbers(&self, host: &dyn Host) -> Result<Vec<u64>, Problem> {
        let listed = match host.list(&self.folder) {
            Ok(listed) => listed,
            Err(refusal) if refusal.is_missing() => return Ok(Vec::new()),
            Err(refusal) => return Err(refusal.problem()),
        };
        let folders = listed.iter().filter(|entry| entry.kind == Kind::Folder);
        let mut numbers: Vec<u64> = folders.filter_map(|entry| entry.name.to_str()?.parse().ok()).collect();
        numbers.sort_unstable();
        Ok(numbers)
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
        if let Some((number, journal)) = self.pending(host)?.into_iter().next() {
            let what = format!("change {number} has not ended: it is {}", journal.state().name());
            return Err(Problem::input(what, "no other change at the same time", Retry::SafeOnceMended)
                .hint(format!("`setpoint rollback {number}` undoes it")));
        }
        let number = self.numbers(host)?.last().map_or(1, |last| last + 1);
        let path = self.path(number);
        host.make_folder(path.parent().unwrap_or(&self.folder)).map_err(|refusal| refusal.problem())?;
        Ok((number, Journal::new(path)))
    }

    /// The changes that have begun and not ended.
    ///
    /// # Errors
    /// A journal cannot be read, or is damaged: what is not known to have ended may be pending.
    pub fn pending(&self, host: &dyn Host) -> Result<Vec<(u64, Journal)>, Problem> {
        let mut pending = Vec::new();
        for number in self.numbers(host)? {
            let journal = self.open(host, number)?;
            if journal.state().is_pending() {
                pending.push((number, journal));
            }
        }
        Ok(pending)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(number.to_string()).join("journal")
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
