use setpoint_model::{ByteSpan, Place, Problem, Retry};

/// What a parser could not understand, before it is known which file the text came from. Its sentences never
/// quote a value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What is wrong, as a sentence without a full stop.
    pub what: String,
    /// What was expected instead.
    pub expected: String,
    /// The bytes it is about.
    pub span: ByteSpan,
}

impl Complaint {
    /// A complaint about these bytes.
    pub fn new(what: impl Into<String>, expected: impl Into<String>, span: ByteSpan) -> Self {
        Self { what: what.into(), expected: expected.into(), span }
    }

    /// The problem that it is in the text of `file`. Reading again gives the same until the text is mended.
    pub fn problem(self, file: &str, text: &[u8]) -> Problem {
        Problem::input(self.what, self.expected, Retry::SafeOnceMended).at(Place::in_text(file, text, self.span))
    }
}
