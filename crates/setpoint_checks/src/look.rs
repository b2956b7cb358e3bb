use crate::phases::Phases;
use setpoint_model::{Evidence, Failure};

/// Evidence is cut to this many bytes.
const LONGEST_EVIDENCE: usize = 500;

/// What one try of a check saw.
#[derive(Debug, Default)]
pub(crate) struct Look {
    pub(crate) failures: Vec<Failure>,
    pub(crate) phases: Phases,
    pub(crate) evidence: Vec<Evidence>,
}

impl Look {
    /// A try that saw nothing but why it could not look.
    pub(crate) fn failed(failure: Failure) -> Self {
        Self { failures: vec![failure], ..Self::default() }
    }

    /// Adds what is wrong, if something is.
    pub(crate) fn expect(&mut self, failure: impl IntoIterator<Item = Failure>) {
        self.failures.extend(failure);
    }

    /// Keeps the beginning of what came back; nothing is no evidence.
    pub(crate) fn keep(&mut self, of: &'static str, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let cut = &bytes[..bytes.len().min(LONGEST_EVIDENCE)];
        let mut text = String::from_utf8_lossy(cut).into_owned();
        if cut.len() < bytes.len() {
            // A letter that was cut in two is no letter.
            text.truncate(text.trim_end_matches('\u{fffd}').len());
            text.push('…');
        }
        self.evidence.push(Evidence { of, text });
    }
}
