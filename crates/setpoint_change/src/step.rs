use serde::{Deserialize, Serialize};

/// The five steps of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Capture the current behaviour.
    Capture,
    /// Make a safe backup.
    Backup,
    /// Test the smallest change: apply it, armed to be undone.
    Test,
    /// Watch after release.
    Watch,
    /// Write the final note.
    Note,
}

impl Step {
    /// What it does, for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Capture => "capture as found",
            Self::Backup => "backup",
            Self::Test => "apply",
            Self::Watch => "watch",
            Self::Note => "note",
        }
    }
}
