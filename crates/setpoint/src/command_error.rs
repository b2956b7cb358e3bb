//! What a command gives back: an exit code, or the problems that stopped it.

use crate::report::hidden::Secrets;
use crate::report::nagios::State;
use crate::report::problem;
use crate::terminal::{NOTE, Ui};
use setpoint_host::Refusal;
use setpoint_model::{Problem, ProblemKind, Severity};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// All is well.
    Fine,
    /// Findings or failed checks; a lock or page that is stale.
    Findings,
    /// The input or the register is wrong.
    Input,
    /// The machine refused.
    Machine,
    /// A change was rolled back, and everything is as found.
    RolledBack,
    /// A change was rolled back, and something is not as found.
    RolledBackUnverified,
    /// A change was never applied.
    NeverApplied,
    /// What a monitoring system is told, which has codes of its own.
    Monitored(State),
}

impl Exit {
    /// The process's exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Input => 2,
            Exit::Machine => 3,
            Exit::RolledBack => 4,
            Exit::RolledBackUnverified => 5,
            Exit::NeverApplied => 6,
            Exit::Monitored(state) => state.code(),
        }
    }

    /// The code that such problems mean where they stop the work.
    pub(crate) fn of(problems: &[Problem]) -> Self {
        let one = |problem: &Problem| match problem.kind {
            ProblemKind::Input => Exit::Input,
            ProblemKind::Machine => Exit::Machine,
        };
        problems.iter().map(one).max().unwrap_or(Exit::Fine)
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum CommandError {
    /// What went wrong, and advice that belongs to none of it alone.
    Stopped { problems: Vec<Problem>, hints: Vec<String> },
    /// Nobody reads the output any more (`setpoint capture | head`), which is no failure.
    ReaderGone,
}

impl CommandError {
    /// The same with advice.
    #[must_use]
    pub(crate) fn hinted(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Stopped { problems, mut hints } => {
                hints.push(hint.into());
                Self::Stopped { problems, hints }
            }
            Self::ReaderGone => Self::ReaderGone,
        }
    }

    /// In one sentence.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Stopped { problems, .. } => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            Self::ReaderGone => "nobody reads the output".to_owned(),
        }
    }

    /// Tells the person, and says with which code to end.
    pub(crate) fn report(&self, ui: &Ui<'_>) -> Exit {
        match self {
            Self::Stopped { problems, hints } => {
                problem::report(ui, Severity::Error, &ui.root, problems, &Secrets::default());
                for hint in hints {
                    ui.say("");
                    ui.tell_labelled(NOTE, "hint:", hint);
                }
                Exit::of(problems)
            }
            Self::ReaderGone => Exit::Fine,
        }
    }
}

impl From<Problem> for CommandError {
    fn from(problem: Problem) -> Self {
        vec![problem].into()
    }
}

impl From<Vec<Problem>> for CommandError {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Stopped { problems, hints: Vec::new() }
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        refusal.problem().into()
    }
}
