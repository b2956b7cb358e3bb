//! Where two texts of one page differ, in a few lines.

use crate::prose::cut;
use std::fmt::Write as _;

/// Lines shown of each side.
const LINES: usize = 5;
/// Characters shown of a line.
const WIDTH: usize = 110;

/// From the first line that differs to the last one: the line's number, then `-` what is there and `+` what belongs
/// there. `None` if the two are the same.
pub fn difference(there: &str, fresh: &str) -> Option<String> {
    if there == fresh {
        return None;
    }
    let (there, fresh): (Vec<&str>, Vec<&str>) = (there.split('\n').collect(), fresh.split('\n').collect());
    let same_before = there.iter().zip(&fresh).take_while(|(one, two)| one == two).count();
    let (there, fresh) = (&there[same_before..], &fresh[same_before..]);
    let same_after = there.iter().rev().zip(fresh.iter().rev()).take_while(|(one, two)| one == two).count();
    let (there, fresh) = (&there[..there.len() - same_after], &fresh[..fresh.len() - same_after]);
    let mut shown = format!("line {}:\n", same_before + 1);
    for (sign, lines) in [('-', there), ('+', fresh)] {
        for line in lines.iter().take(LINES) {
            let _ = writeln!(shown, "{sign} {}", cut(line, WIDTH));
        }
        if lines.len() > LINES {
            let _ = writeln!(shown, "{sign} … and {} more lines", lines.len() - LINES);
        }
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn the_same_text_has_none() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
    }

    #[test]
    fn only_the_lines_that_differ_are_shown() {
        insta::assert_snapshot!(difference("a\nb\nc\n", "a\nB\nB2\nc\n").unwrap(), @r"
        line 2:
        - b
        + B
        + B2
        ");
    }

    #[test]
    fn a_missing_end_is_a_difference() {
        insta::assert_snapshot!(difference("a", "a\n").unwrap(), @r"
        line 2:
        + 
        ");
    }
}
