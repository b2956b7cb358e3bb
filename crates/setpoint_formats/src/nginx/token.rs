use setpoint_model::ByteSpan;
use std::borrow::Cow;

/// One word of a directive: its name or an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What nginx gets: without the quotes, escapes resolved. Any bytes.
    pub value: Vec<u8>,
    /// As written, quotes included.
    pub span: ByteSpan,
    /// How it is quoted, for an editor that keeps it so.
    pub quoting: Quoting,
}

/// How a word is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// Not at all.
    Bare,
    /// `'like this'`
    Single,
    /// `"like this"`
    Double,
}

impl Token {
    /// The value as text; bytes that are not UTF-8 are shown as `\u{fffd}`.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }

    /// True if nginx reads exactly this word.
    pub fn is(&self, word: &str) -> bool {
        self.value == word.as_bytes()
    }
}

/// The word that nginx gets for what is written between the quotes, or for a bare word. Five escapes are resolved
/// whatever the quoting; a backslash before anything else stays.
pub(super) fn unescaped(written: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(written.len());
    let mut rest = written;
    while let [first, after @ ..] = rest {
        let (byte, length) = match (first, after.first()) {
            (b'\\', Some(byte @ (b'"' | b'\'' | b'\\'))) => (*byte, 2),
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            (b'\\', Some(b'n')) => (b'\n', 2),
            (byte, _) => (*byte, 1),
        };
        value.push(byte);
        rest = &rest[length..];
    }
    value
}

/// The word as it is written so that nginx gets `value` back: bare where that is possible, else in double quotes.
pub fn written(value: &[u8]) -> Vec<u8> {
    let bare =
        !value.is_empty() && !value.iter().any(|byte| b" \t\r\n;{}\\\"'#".contains(byte)) && !value.starts_with(b")");
    if bare {
        return value.to_vec();
    }
    let mut text = vec![b'"'];
    for byte in value {
        if matches!(byte, b'"' | b'\\') {
            text.push(b'\\');
        }
        text.push(*byte);
    }
    text.push(b'"');
    text
}

#[cfg(test)]
mod tests {
    use super::{unescaped, written};
    use crate::nginx::parse;
    use proptest::prelude::*;

    #[test]
    fn five_escapes_and_no_more() {
        assert_eq!(unescaped(br#"a\"b\'c\\d\te\rf\ng\.h\"#), b"a\"b'c\\d\te\rf\ng\\.h\\");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in prop::collection::vec(any::<u8>(), 0..40)) {
            let text = [b"set ".as_slice(), &written(&value), b";"].concat();
            let (tree, complaints) = parse(&text);
            prop_assert_eq!(&complaints, &[]);
            prop_assert_eq!(&tree.directives()[0].arguments[0].value, &value);
        }
    }
}
