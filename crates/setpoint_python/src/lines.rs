/// How many lines end before each stretch of a text. Most files are asked for few places, and a count for each stretch
/// is made sooner than a list of all lines.
#[derive(Debug)]
pub(crate) struct Lines {
    /// How many lines end before each stretch.
    before: Vec<u32>,
}

/// Bytes of a stretch.
const STRETCH: usize = 1 << 12;

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        let mut ended = 0;
        let before = text.as_bytes().chunks(STRETCH).map(|stretch| {
            let before = ended;
            ended += count(stretch);
            before
        });
        Self { before: before.collect() }
    }

    /// The line of a byte of the text and its column in characters, both from 1.
    pub(crate) fn place(&self, text: &str, at: usize) -> (u32, u32) {
        let stretch = at / STRETCH;
        let bytes = &text.as_bytes()[..at];
        let line = match self.before.get(stretch) {
            Some(before) => before + count(&bytes[stretch * STRETCH..]),
            // The end of a text whose last stretch is full.
            None => count(bytes),
        };
        let start = memchr::memrchr(b'\n', bytes).map_or(0, |newline| newline + 1);
        let column = text[start..at].chars().count();
        (line + 1, u32::try_from(column + 1).unwrap_or(u32::MAX))
    }
}

fn count(bytes: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Lines, STRETCH};

    #[test]
    fn places_are_those_of_counting_through_the_text() {
        let text = "name = 'Überweisung'\n\n".repeat(2 * STRETCH / 23 + 1) + &"x".repeat(STRETCH);
        let text = &text[..3 * STRETCH];
        let lines = Lines::of(text);
        let (mut line, mut column) = (1, 1);
        for (at, letter) in text.char_indices().chain([(text.len(), 'x')]) {
            assert_eq!(lines.place(text, at), (line, column), "{at}");
            (line, column) = if letter == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
    }
}
