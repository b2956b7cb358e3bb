//! The record of one change: a line for each thing that happened, with a checksum over it and all before it, synced before
//! anything is done that it speaks of. A line that was cut off by a crash was never acted upon, and is dropped.

use crate::bytes::digest;
use crate::machine::{State, next};
use crate::{Event, Evidence, Plan};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use setpoint_host::{Act, Host, Refusal};
use setpoint_model::{Place, Problem, Retry};
use std::path::{Path, PathBuf};

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
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    records: Vec<Record>,
    state: State,
    sum: String,
    /// The bytes of the file that are whole lines.
    length: u64,
    /// The file holds the beginning of a line behind them.
    torn: bool,
}

impl Journal {
    /// A journal that does not exist yet.
    pub fn new(path: PathBuf) -> Self {
        Self { path, records: Vec::new(), state: State::New, sum: String::new(), length: 0, torn: false }
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
                Some(record) => journal.take(record, line.len()),
                None if lines.peek().is_none() => journal.torn = true,
                None => return Err(damaged(path, number + 1)),
            }
        }
        Ok(journal)
    }

    fn read_line(&mut self, line: &[u8]) -> Option<Record> {
        let text = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
        let (sum, json) = text.split_once(' ')?;
        if sum != sum_of(&self.sum, json) {
            return None;
        }
        let record = serde_json::from_str(json).ok()?;
        sum.clone_into(&mut self.sum);
        Some(record)
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
        self.sum = sum;
        self.take(record, line.len());
        Ok(())
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
            Event::Planned { plan } => Some(&**plan),
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
            Event::Restored { differences } => Some(differences.as_slice()),
            _ => None,
        });
        last.unwrap_or_default()
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
            "nothing is done on such a ground; the files that the change touched are named in the journal's first line",
        )
}
