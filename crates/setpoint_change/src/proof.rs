//! What a rehearsal has shown: a record beside its journal. A proof holds only where nothing speaks against it, and for as long
//! as it is fresh and the commands are those that were run.

use crate::bytes::digest;
use crate::walk::as_found;
use crate::{Changes, Event, Evidence, Footprint, Journal, Left, Plan, Revision, Settle};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use setpoint_host::{Access, Host};
use setpoint_model::{Place, Problem, Retry};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A proof is of a few kilobytes, with a line for each file of production.
const LONGEST: u64 = 16 << 20;
/// A script that is longer is none.
const LONGEST_SCRIPT: u64 = 16 << 20;

/// The record of a rehearsal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The number of the change that the rehearsal was.
    pub id: u64,
    /// When it ended.
    pub at: Timestamp,
    /// Where it was.
    pub environment: String,
    /// What that stands for.
    pub of: String,
    /// What was run.
    pub commands: Commands,
    /// How that ended: the command, its exit code, how long it took.
    pub ran: Vec<Ran>,
    /// The version of the code before the deployment.
    pub from: Option<String>,
    /// What the deployment changed.
    pub changed: Vec<String>,
    /// What was compared afterwards, in words.
    pub compared: Vec<String>,
    /// Defaults that production has otherwise: what the proof assumes does not matter.
    pub differing: Vec<String>,
    /// Production before it. After it, it was the same, or the proof is void.
    pub production: Footprint,
    /// Why it proves nothing; empty where it holds.
    pub void: Vec<String>,
}

/// A deployment and its way back, and the scripts that they name as they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commands {
    /// Forward.
    pub deploy: String,
    /// Back.
    pub rollback: String,
    /// The files that either names, and the SHA-256 of each.
    scripts: Vec<(PathBuf, String)>,
}

/// One command that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// As it would be typed.
    pub command: String,
    /// Its exit code; `None` if a signal or the time limit ended it.
    pub code: Option<i32>,
    /// How long it took.
    pub took: Duration,
}

/// All that a proof is made of besides the journal.
#[derive(Debug)]
pub struct Witness<'a> {
    /// What the environment stands for.
    pub of: &'a str,
    /// What was run.
    pub commands: Commands,
    /// Defaults that production has otherwise.
    pub differing: Vec<String>,
    /// Production before and after.
    pub production: (&'a Footprint, &'a Footprint),
    /// How many checks were run after the way back, and which failed.
    pub checks: usize,
    /// Those of them that fail.
    pub faults: Vec<String>,
}

impl Commands {
    /// Those of a plan, with the scripts in the folder in which they are run.
    ///
    /// # Errors
    /// A script cannot be read.
    pub fn of(host: &dyn Host, plan: &Plan) -> Result<Self, Problem> {
        let command = plan.settle.iter().find_map(|settle| match settle {
            Settle::Command { forward, back, folder, .. } => Some((forward, back, folder)),
            _ => None,
        });
        let Some((deploy, rollback, folder)) = command else {
            return Err(Problem::input("the plan runs no command", "that of a deployment", Retry::SafeOnceMended));
        };
        let folder = folder.as_ref().unwrap_or(&plan.site);
        let mut scripts = Vec::new();
        for path in crate::scripts::scripts(host, folder, &format!("{deploy}\n{rollback}")) {
            let text = host.read(&path, LONGEST_SCRIPT).map_err(|refusal| refusal.problem())?;
            scripts.push((path, digest(&text)));
        }
        Ok(Self { deploy: deploy.clone(), rollback: rollback.clone(), scripts })
    }
}

impl Proof {
    /// What a rehearsal that has ended has shown; `None` where it was never planned.
    pub fn of(id: u64, journal: &Journal, witness: Witness<'_>) -> Option<Self> {
        let plan = journal.plan()?;
        let last = journal.records().last()?;
        let changed = changed(journal, plan);
        let (before, after) = witness.production;
        let mut void = against(journal, plan, &changed);
        void.extend(witness.faults.iter().map(|fault| format!("after the way back: {fault}")));
        void.extend(before.differences(after).into_iter().map(|difference| format!("production: {difference}")));
        let mut compared = vec![format!("{} files byte for byte, with owner and mode", plan.guards.len())];
        compared.extend(
            plan.revision.as_ref().map(|Revision { folder, .. }| format!("the revision of `{}`", folder.display())),
        );
        let defaults = as_found(journal).map_or(0, |found| found.capture.lines().count());
        compared.push(format!("the capture, {defaults} effective values"));
        compared.push(format!("{} units, {} live checks", plan.units.len(), witness.checks));
        compared.push(before.sentence());
        Some(Self {
            id,
            at: last.at,
            environment: plan.environment.clone().unwrap_or_default(),
            of: witness.of.to_owned(),
            commands: witness.commands,
            ran: ran(journal),
            from: plan.revision.as_ref().map(|revision| revision.commit.clone()),
            changed,
            compared,
            differing: witness.differing,
            production: before.clone(),
            void,
        })
    }

    /// True where nothing speaks against it.
    pub fn holds(&self) -> bool {
        self.void.is_empty()
    }

    /// True if it has shown that the way back of these commands does not work.
    pub fn speaks_against(&self, commands: &Commands, of: &str) -> bool {
        !self.holds() && self.of == of && self.commands == *commands
    }

    /// Why it does not speak for a release; `None` if it does.
    pub fn refusal(&self, now: Timestamp, lasts: Duration, commands: &Commands, of: &str) -> Option<String> {
        let age = now.duration_since(self.at).unsigned_abs();
        if !self.holds() {
            Some(format!("rehearsal {} proved nothing: {}", self.id, self.void.join("; ")))
        } else if self.of != of {
            Some(format!("rehearsal {} was of `{}`", self.id, self.of))
        } else if self.commands != *commands {
            Some(format!("rehearsal {} was of another deployment or rollback command, or of other scripts", self.id))
        } else if age > lasts {
            let (age, lasts) = (in_words(age), in_words(lasts));
            Some(format!("rehearsal {} is too old: it ended {age} ago, and its proof lasts {lasts}", self.id))
        } else {
            None
        }
    }

    /// Writes it beside the journal of its change.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, host: &dyn Host, changes: &Changes) -> Result<(), Problem> {
        let text = serde_json::to_vec_pretty(self).map_err(|error| {
            Problem::machine(format!("cannot write down the proof: {error}"), "a proof as JSON", Retry::Safe)
        })?;
        host.write_with(&path(changes, self.id), &text, Access::PRIVATE).map_err(|refusal| refusal.problem())
    }

    /// Every proof of this machine, the newest first; in the place of one that cannot be read, why.
    ///
    /// # Errors
    /// The folder of the changes cannot be read.
    pub fn all(host: &dyn Host, changes: &Changes) -> Result<Vec<Result<Self, Problem>>, Problem> {
        let numbers = changes.numbers(host)?.into_iter().rev();
        Ok(numbers.filter_map(|number| Self::read(host, &path(changes, number)).transpose()).collect())
    }

    fn read(host: &dyn Host, path: &Path) -> Result<Option<Self>, Problem> {
        let bytes = match host.read(path, LONGEST) {
            Ok(bytes) => bytes,
            Err(refusal) if refusal.is_missing() => return Ok(None),
            Err(refusal) => return Err(refusal.problem()),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            let what = format!("the proof of a rehearsal cannot be understood: {error}");
            Problem::machine(what, "the file as it was written", Retry::SafeOnceMended)
                .at(Place::file(path.display().to_string()))
        })
    }
}

fn path(changes: &Changes, id: u64) -> PathBuf {
    changes.folder().join(Path::new(&id.to_string())).join("proof.json")
}

/// What speaks against the way back.
fn against(journal: &Journal, plan: &Plan, changed: &[String]) -> Vec<String> {
    let mut void = Vec::new();
    let mut was_taken_back = false;
    for record in journal.records() {
        match &record.event {
            Event::Done { evidence: Evidence::Captured(found), .. } => {
                void.extend(found.faults.iter().map(|fault| format!("staging was not well before: {fault}")));
            }
            Event::Failed { step, because } => void.push(format!("{}: {because}", step.sentence())),
            Event::TakenBack { left } => {
                was_taken_back = true;
                void.extend(left.iter().map(|left| format!("the way back left otherwise than it was found: {left}")));
            }
            Event::Restored { differences, .. } => void.extend(differences.iter().cloned()),
            _ => {}
        }
    }
    if changed.is_empty() && plan.revision.is_some() {
        void.push("the deployment changed nothing, so that there was nothing to take back".to_owned());
    } else if !was_taken_back {
        void.push("the way back was not run".to_owned());
    }
    void
}

/// What the deployment changed, of what is guarded.
fn changed(journal: &Journal, plan: &Plan) -> Vec<String> {
    let left = journal.records().iter().find_map(|record| match &record.event {
        Event::Done { evidence: Evidence::Left(left), .. } => Some(left),
        _ => None,
    });
    let Some(Left { files, revision, .. }) = left else { return Vec::new() };
    let others = plan.guards.iter().zip(files).filter(|(guard, (_, left))| !guard.was(left.as_ref()));
    let mut changed: Vec<String> = others.map(|(_, (path, _))| format!("`{}`", path.display())).collect();
    if let (Some(found), Some(now)) = (&plan.revision, revision) {
        if found.commit != now.commit {
            changed.push(format!("`{}`, which was at {} then", now.folder.display(), now.commit));
        }
        let guarded = |path: &PathBuf| plan.guards.iter().any(|guard| guard.path == *path);
        let touched = found.touched(now).into_iter().filter(|path| !guarded(path));
        changed.extend(touched.map(|path| format!("`{}`", path.display())));
    }
    changed
}

fn ran(journal: &Journal) -> Vec<Ran> {
    let ran = journal.records().iter().filter_map(|record| match &record.event {
        Event::Ran { command, code, took } => Some(Ran { command: command.clone(), code: *code, took: *took }),
        _ => None,
    });
    ran.collect()
}

/// How long, as a person says it.
fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}
