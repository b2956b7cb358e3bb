//! What is written into the journal.

use crate::journal::FORMAT;
use crate::machine::Happening;
use crate::{Left, Plan, Step};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One thing that happened to a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// It was decided what is to be done.
    Planned {
        /// In which form the journal is written.
        #[serde(default)]
        format: u32,
        /// All of it.
        plan: Box<Plan>,
    },
    /// A step begins: from here on it may have done any part of what it does.
    Started {
        /// Which.
        step: Step,
    },
    /// A step ended well.
    Done {
        /// Which.
        step: Step,
        /// What shows it.
        evidence: Evidence,
    },
    /// A command is about to be run.
    Runs {
        /// As it would be typed.
        command: String,
    },
    /// A command was run.
    Ran {
        /// As it would be typed.
        command: String,
        /// Its exit code; `None` if a signal or the time limit ended it.
        code: Option<i32>,
        /// How long it took.
        took: Duration,
    },
    /// The dead man's switch is armed: a timer undoes the change when it runs out.
    Armed {
        /// The timer's unit.
        unit: String,
        /// When it runs out.
        until: jiff::Timestamp,
    },
    /// A step failed.
    Failed {
        /// Which.
        step: Step,
        /// What failed, what was expected, whether a retry is safe.
        because: String,
    },
    /// Somebody said that it is well, over a new connection.
    Confirmed,
    /// The change is not undone any more unless somebody asks.
    Kept,
    /// Somebody asks for it to be undone.
    UndoAsked {
        /// Who or what.
        because: String,
    },
    /// The command that undoes a deployment has ended; what it left is looked at before anything else is put back.
    TakenBack {
        /// What is not as it was found; nothing if all is.
        left: Vec<String>,
    },
    /// The command that undoes a deployment was not run.
    NothingToTakeBack {
        /// What shows that there is nothing.
        because: String,
    },
    /// Everything that could be put back was.
    Restored {
        /// What is not as it was found; nothing if all is.
        differences: Vec<String>,
        /// Of a deployment, what is there then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<Left>,
    },
}

/// What shows that a step was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Evidence {
    /// What was there.
    Captured(AsFound),
    /// Where the backup is, and what was compared.
    Backup {
        /// The id by which it is found again; `None` where the journal is all that was wanted.
        id: Option<String>,
        /// What of the journal and the backup was compared, a sentence each.
        verified: Vec<String>,
    },
    /// What a deployment left.
    Left(Left),
    /// What was measured or seen: a name and a value that may be shown.
    Facts {
        /// In the order in which they are told.
        facts: Vec<(String, String)>,
    },
}

/// The site before a change, as far as it is compared afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsFound {
    /// The capture as a text: what is effective, and where it stands. Of a secret it has a hash with [`Journal::key`].
    ///
    /// [`Journal::key`]: crate::Journal::key
    pub capture: String,
    /// The units that the change touches.
    pub units: Vec<UnitState>,
    /// What was not as it should be already.
    pub faults: Vec<String>,
    /// Measurements.
    pub facts: Vec<(String, String)>,
}

/// A unit at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitState {
    /// Its name.
    pub name: String,
    /// `ActiveState` of systemctl(1): `active`, `inactive`, `failed`.
    pub active: String,
    /// `NRestarts`: how often systemd has started it again by itself.
    pub restarts: u64,
}

impl Event {
    /// The first of every journal.
    pub fn planned(plan: Plan) -> Self {
        Self::Planned { format: FORMAT, plan: Box::new(plan) }
    }

    /// What it means for the state.
    pub(crate) fn happening(&self) -> Happening {
        match self {
            Self::Planned { .. } => Happening::Planned,
            Self::Started { step } => Happening::Started(*step),
            Self::Done { step, .. } => Happening::Done(*step),
            Self::Runs { .. }
            | Self::Ran { .. }
            | Self::TakenBack { .. }
            | Self::NothingToTakeBack { .. }
            | Self::Armed { .. }
            | Self::Confirmed => Happening::Remarked,
            Self::Failed { .. } => Happening::Failed,
            Self::Kept => Happening::Kept,
            Self::UndoAsked { .. } => Happening::UndoAsked,
            Self::Restored { differences, .. } => Happening::Restored { verified: differences.is_empty() },
        }
    }
}
