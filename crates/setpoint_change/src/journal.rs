//! The record of one change: a line for each thing that happened, with a checksum over it and all before it, synced before
//! anything is done that it speaks of. A line that was cut off by a crash was never acted upon, and is dropped.

use crate::bytes::digest;
use crate::machine::{State, next};
use crate::{Event, Evidence, Left, Plan};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use setpoint_host::{Act, Host, Refusal};
use setpoint_model::{Place, Problem, Retry};
use std::path::{Path, PathBuf};

/// The form in which journals are written. It is raised when an older program would misread what is new; a journal of an
/// older form is read as long as anybody may have one.
pub(crate) const FORMAT: u32 = 1;
/// A journal is of a few kilobytes; its plan can hold a few whole files.
const LONGEST: u64 = 256 << 20;
/// The characters of SHA-256 that stand before a line: enough that no accident gives them.
const SUM: usize = 16;

/// An event and when it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// The journal of one change, open for more.
#[derive(Clone, Debug)]
pub struct Journal {
    path: PathBuf,
    records: Vec<Record>,
    state: State,
    sum: String,
    /// The checksum of the first line.
    first: String,
    /// The bytes of the file that are whole lines.
    length: u64,
    /// The file holds the beginning of a line behind them.
    torn: bool,
}

/// What a line of a journal is.
enum Line {
    Understood(Box<Record>),
    /// As it was written, by a program that writes otherwise.
    Foreign,
    /// Not as it was written.
    Broken,
}

impl Journal {
    /// A journal that does not exist yet.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            records: Vec::new(),
            state: State::New,
            sum: String::new(),
            first: String::new(),
            length: 0,
            torn: false,
        }
    }

    /// Reads a journal. A file that is missing is one in which nothing happened.
    ///
    /// # Errors
    /// It cannot be read, or a line that is not its last is damaged.
    pub fn open(host: &dyn Host, path: &Path) -> Result<Self, Problem> {
        let mut journal = Self::new(path.to_owned());
        let bytes = match host.read(path, LONGEST) {
            Ok(bytes) => bytes,
            Err(refusal) if refusal.is_missing() => return Ok(journal),
            Err(refusal) => return Err(refusal.problem()),
        };
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate().peekable();
        while let Some((number, line)) = lines.next() {
            match journal.read_line(line) {
                Line::Understood(record) => journal.take(*record, line.len()),
                Line::Foreign => return Err(foreign(path, number + 1)),
                Line::Broken if lines.peek().is_none() => journal.torn = true,
                Line::Broken => return Err(damaged(path, number + 1)),
            }
        }
        Ok(journal)
    }

    fn read_line(&mut self, line: &[u8]) -> Line {
        let text = std::str::from_utf8(line).ok().and_then(|line| line.strip_suffix('\n'));
        let Some((sum, json)) = text.and_then(|text| text.split_once(' ')) else { return Line::Broken };
        if sum != sum_of(&self.sum, json) {
            return Line::Broken;
        }
        match serde_json::from_str(json) {
            Ok(Record { event: Event::Planned { format, .. }, .. }) if format > FORMAT => Line::Foreign,
            Ok(record) => {
                self.follow(sum.to_owned());
                Line::Understood(Box::new(record))
            }
            // It is as somebody wrote it, who says more than this program knows.
            Err(_) => Line::Foreign,
        }
    }

    fn take(&mut self, record: Record, length: usize) {
        self.state = next(self.state, record.event.happening());
        self.records.push(record);
        self.length += length as u64;
    }

    /// Writes down what happens, and returns once that would outlast a loss of power.
    ///
    /// # Errors
    /// It cannot be written, or cannot follow what the journal says already. Nothing must be done then of what it speaks.
    pub fn write(&mut self, host: &dyn Host, event: Event) -> Result<(), Problem> {
        let then = next(self.state, event.happening());
        if let State::Stuck { at, on } = then {
            let what = format!("the change is {at}, and \"{on}\" cannot follow");
            return Err(Problem::input(what, "a step that follows the one before", Retry::Unsafe).at(self.place()));
        }
        let record = Record { at: host.now().timestamp(), event };
        let json = serde_json::to_string(&record).map_err(|error| {
            Problem::machine(format!("cannot write down a step: {error}"), "a record as JSON", Retry::Unsafe)
        })?;
        let sum = sum_of(&self.sum, &json);
        let line = format!("{sum} {json}\n");
        self.append(host, line.as_bytes()).map_err(|refusal| {
            let what = format!("cannot write into the journal: {refusal}");
            Problem::machine(what, "room and permission for a few kilobytes", Retry::Unsafe).at(self.place())
        })?;
        self.follow(sum);
        self.take(record, line.len());
        Ok(())
    }

    fn follow(&mut self, sum: String) {
        if self.first.is_empty() {
            self.first.clone_from(&sum);
        }
        self.sum = sum;
    }

    fn append(&mut self, host: &dyn Host, line: &[u8]) -> Result<(), Refusal> {
        if self.torn {
            host.act(&Act::Truncate { path: &self.path, length: self.length })?;
        }
        // If this fails half-way, the half is cut off by the next.
        self.torn = true;
        host.append(&self.path, line)?;
        self.torn = false;
        Ok(())
    }

    /// What secrets are hashed with that are compared with those of the same change later: drawn from the first line, and so
    /// from all that was found. Who may read the journal may read the files that hold them.
    pub fn key(&self) -> [u8; 16] {
        let mut key = [0; 16];
        key.iter_mut().zip(self.first.bytes()).for_each(|(to, from)| *to = from);
        key
    }

    /// Where the change stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// When it was planned.
    pub fn begun(&self) -> Option<jiff::Zoned> {
        self.records.first().map(|record| record.at.to_zoned(jiff::tz::TimeZone::UTC))
    }

    /// Everything that happened.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// What is to be done, once that is decided.
    pub fn plan(&self) -> Option<&Plan> {
        self.records.iter().find_map(|record| match &record.event {
            Event::Planned { plan, .. } => Some(&**plan),
            _ => None,
        })
    }

    /// The backup that was made and proven before anything was changed.
    pub fn backup(&self) -> Option<&str> {
        self.records.iter().rev().find_map(|record| match &record.event {
            Event::Done { evidence: Evidence::Backup { id, .. }, .. } => id.as_deref(),
            _ => None,
        })
    }

    /// The command that brings back data that a deployment found; `None` where none were saved, or none could be altered.
    pub fn bringing_data_back(&self) -> Option<String> {
        let plan = self.plan().filter(|plan| plan.is_deployment())?;
        let databases = &plan.saves.as_ref().filter(|saves| !saves.databases.is_empty())?.databases;
        let mut command = format!("setpoint backup restore {}", self.backup()?.get(..8)?);
        databases.iter().for_each(|name| command += &format!(" --database {name}"));
        plan.environment.iter().for_each(|name| command += &format!(" --environment {name}"));
        Some(command)
    }

    /// The timers that were armed.
    pub(crate) fn timers(&self) -> impl Iterator<Item = &str> {
        self.records.iter().filter_map(|record| match &record.event {
            Event::Armed { unit, .. } => Some(unit.as_str()),
            _ => None,
        })
    }

    /// What was not as it was found when the change was last put back.
    pub fn differences(&self) -> &[String] {
        let last = self.records.iter().rev().find_map(|record| match &record.event {
            Event::Restored { differences, .. } => Some(differences.as_slice()),
            _ => None,
        });
        last.unwrap_or_default()
    }

    /// What a deployment or its way back left, whichever was last.
    pub(crate) fn left(&self) -> Option<&Left> {
        self.records.iter().rev().find_map(|record| match &record.event {
            Event::Done { evidence: Evidence::Left(left), .. } => Some(left),
            Event::Restored { left, .. } => left.as_ref(),
            _ => None,
        })
    }

    /// What happened since the way back was begun for the first time; nothing where it never was.
    pub(crate) fn way_back(&self) -> &[Record] {
        let begins = |record: &Record| matches!(record.event, Event::Failed { .. } | Event::UndoAsked { .. });
        self.records.iter().position(begins).map_or(&[], |at| &self.records[at..])
    }

    /// True if a command was begun of which nobody knows that it has come to its end.
    pub(crate) fn may_still_run(&self) -> bool {
        let last = self.records.iter().rev().find_map(|record| match &record.event {
            Event::Runs { .. } => Some(true),
            Event::Ran { code, .. } => Some(code.is_none()),
            _ => None,
        });
        last.unwrap_or(false)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn place(&self) -> Place {
        Place::file(self.path.display().to_string())
    }
}

fn sum_of(before: &str, json: &str) -> String {
    let mut sum = digest(format!("{before}\n{json}").as_bytes());
    sum.truncate(SUM);
    sum
}

fn damaged(path: &Path, line: usize) -> Problem {
    let place = Place { line: u32::try_from(line).unwrap_or(u32::MAX), ..Place::file(path.display().to_string()) };
    Problem::machine("the journal of a change is damaged", "each line as it was written", Retry::SafeOnceMended)
        .at(place)
        .hint(
            "nothing is done on such a ground; the files that the change touched are named in the journal's first line, and \
             `setpoint change set-aside NUMBER` lets other changes go on once you have looked at them",
        )
}

fn foreign(path: &Path, line: usize) -> Problem {
    let place = Place { line: u32::try_from(line).unwrap_or(u32::MAX), ..Place::file(path.display().to_string()) };
    let expected = format!("one of a setpoint that writes journals in form {FORMAT} or an older one");
    Problem::machine("the journal of a change was written by another version of setpoint", expected, Retry::Safe)
        .at(place)
        .hint(
            "use the version that made the change, or a newer one; `setpoint change set-aside NUMBER` leaves it unread",
        )
}
