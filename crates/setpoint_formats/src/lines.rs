use setpoint_model::{ByteSpan, Place};

/// Where the lines of a text start, so that a file of many items is not counted through again for each of them.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// The lines of a text.
    pub fn of(text: &[u8]) -> Self {
        let behind_newline = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(behind_newline).collect() }
    }

    /// The same as [`Place::in_text`], of the same text.
    pub fn place(&self, file: &str, text: &[u8], span: ByteSpan) -> Place {
        let start = span.start.min(text.len());
        let line = self.starts.partition_point(|line| *line <= start);
        let before = text.get(self.starts[line - 1]..start).unwrap_or_default();
        let column = 1 + String::from_utf8_lossy(before).chars().count();
        Place {
            file: file.to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            span: Some(span),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use proptest::prelude::*;
    use setpoint_model::{ByteSpan, Place};

    proptest! {
        #[test]
        fn places_are_those_of_the_model(text in "[a\u{e4}\\n\\r]{0,40}", at in 0..50usize) {
            let span = ByteSpan { start: at, end: at + 1 };
            prop_assert_eq!(Lines::of(text.as_bytes()).place("a", text.as_bytes(), span), Place::in_text("a", text.as_bytes(), span));
        }
    }
}
