//! Text that people wrote: the only markup in it is `code` between backticks.

/// A piece of such a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Plain words.
    Words(&'a str),
    /// What stood between two backticks.
    Code(&'a str),
}

/// The text in pieces. A backtick without a partner is a backtick.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while let Some(open) = rest.find('`') {
        let Some(length) = rest[open + 1..].find('`') else { break };
        let code = &rest[open + 1..open + 1 + length];
        pieces.extend((open > 0).then(|| Piece::Words(&rest[..open])));
        pieces.extend((!code.is_empty()).then_some(Piece::Code(code)));
        rest = &rest[open + length + 2..];
    }
    pieces.extend((!rest.is_empty()).then_some(Piece::Words(rest)));
    pieces
}

/// The text on one line: every run of white space is one space, and control characters are gone.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(char::is_control, "")
}

/// The first `most` characters, with `…` where more follow.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Piece::{Code, Words};
    use super::{cut, one_line, pieces};

    #[test]
    fn code_stands_between_backticks() {
        assert_eq!(pieces("drop `-k` from the unit"), [Words("drop "), Code("-k"), Words(" from the unit")]);
        assert_eq!(pieces("`a``b`"), [Code("a"), Code("b")]);
        assert_eq!(pieces("a lone ` stays"), [Words("a lone ` stays")]);
    }

    #[test]
    fn lines_become_one_and_long_ones_are_cut() {
        assert_eq!(one_line(" a\n\tb\u{1b}[0m "), "a b[0m");
        assert_eq!(cut("äöüß", 3), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
