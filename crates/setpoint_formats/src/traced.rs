use setpoint_model::ByteSpan;
use std::ops::Range;

/// Text whose every byte knows which bytes of the file it came from, through quotes, escapes and continued lines.
/// It may itself be parsed again (a shell line inside a unit's `ExecStart=`), and the places stay true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traced {
    text: String,
    /// One for each byte of the text.
    origins: Vec<ByteSpan>,
}

/// A word of a command line or a list: its text without the quotes, and the bytes it was written as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What the program gets.
    pub text: Traced,
    /// As written, quotes included.
    pub span: ByteSpan,
}

impl Traced {
    /// Text that stands in the file exactly so, from the byte `start` on.
    pub fn verbatim(text: &str, start: usize) -> Self {
        let origins = (start..start + text.len()).map(|at| ByteSpan { start: at, end: at + 1 }).collect();
        Self { text: text.to_owned(), origins }
    }

    /// Text with one origin for each of its bytes.
    pub(crate) fn with_origins(text: String, origins: Vec<ByteSpan>) -> Self {
        debug_assert_eq!(text.len(), origins.len());
        Self { text, origins }
    }

    /// The text alone.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True if there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The bytes of the file from the first to the last that gave text; `None` for no text.
    pub fn span(&self) -> Option<ByteSpan> {
        Some(ByteSpan { start: self.origins.first()?.start, end: self.origins.last()?.end })
    }

    /// The bytes of the file that gave `range`; an empty range lies just before its place.
    pub fn span_of(&self, range: Range<usize>) -> ByteSpan {
        self.part(range.clone()).span().unwrap_or_else(|| {
            let at = match self.origins.get(range.start) {
                Some(origin) => origin.start,
                None => self.origins.last().map_or(0, |origin| origin.end),
            };
            ByteSpan { start: at, end: at }
        })
    }

    /// A part of the text with its places. A range that is not on character boundaries gives nothing.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        match self.text.get(range.clone()) {
            Some(text) => Self { text: text.to_owned(), origins: self.origins[range].to_vec() },
            None => Self::default(),
        }
    }

    /// The text without white space at its ends.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        let start = self.text.len() - self.text.trim_start().len();
        self.part(start..start + self.text.trim().len())
    }

    /// Takes the last character away.
    pub(crate) fn pop(&mut self) {
        self.text.pop();
        self.origins.truncate(self.text.len());
    }

    /// Adds a character that the bytes `origin` stand for.
    pub fn push(&mut self, character: char, origin: ByteSpan) {
        self.text.push(character);
        self.origins.resize(self.text.len(), origin);
    }

    /// Adds text that the bytes `origin` stand for, such as a variable's value.
    pub fn push_str(&mut self, text: &str, origin: ByteSpan) {
        self.text.push_str(text);
        self.origins.resize(self.text.len(), origin);
    }

    /// Adds other text with its own places.
    pub fn append(&mut self, other: &Traced) {
        self.text.push_str(&other.text);
        self.origins.extend_from_slice(&other.origins);
    }

    /// Each character with its offset in the text and the bytes it came from.
    pub fn characters(&self) -> impl Iterator<Item = (usize, char, ByteSpan)> {
        self.text.char_indices().map(|(at, character)| {
            let last = at + character.len_utf8() - 1;
            (at, character, ByteSpan { start: self.origins[at].start, end: self.origins[last].end })
        })
    }
}

impl Word {
    /// The word as a program gets it.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::Traced;
    use setpoint_model::ByteSpan;

    #[test]
    fn a_part_knows_its_bytes_behind_an_escape() {
        let mut text = Traced::verbatim("a=", 10);
        text.push('\t', ByteSpan { start: 12, end: 14 });
        text.push('ä', ByteSpan { start: 14, end: 16 });
        assert_eq!(text.part(2..5).span(), Some(ByteSpan { start: 12, end: 16 }));
        assert_eq!(text.span_of(5..5), ByteSpan { start: 16, end: 16 });
        assert!(text.part(4..5).is_empty(), "half a character is no text");
    }
}
