//! `environment=A="1",B=two`: `supervisor/datatypes.py`, `dict_of_key_value_pairs`, which splits with Python's `shlex` in
//! its own, older way: quotes belong to the word, and anything but letters and a few signs is a word of its own.

use super::cover;
use crate::command_line::SetVariable;
use crate::{Complaint, Traced, Word};
use setpoint_model::ByteSpan;

/// The variables; what stands behind the first that cannot be read is lost, and supervisord refuses the file.
pub(super) fn parse(text: &Traced, complaints: &mut Vec<Complaint>) -> Vec<SetVariable> {
    let (words, is_open) = words(text);
    if let (true, Some(span)) = (is_open, text.span()) {
        complaints.push(Complaint::new("a quote of `environment` is not closed", "the quote again at the end", span));
        return Vec::new();
    }
    let mut variables = Vec::new();
    let mut rest = words.as_slice();
    while !rest.is_empty() {
        let [name, equals, value, others @ ..] = rest else {
            complaints.push(unreadable(rest[0].span));
            break;
        };
        if equals.as_str() != "=" {
            complaints.push(unreadable(name.span));
            break;
        }
        let stripped = value.as_str().trim_matches(['\'', '"']);
        let start = value.as_str().find(stripped).unwrap_or_default();
        variables.push(SetVariable {
            name: name.as_str().to_owned(),
            value: Word { text: value.text.part(start..start + stripped.len()), span: cover(name.span, value.span) },
        });
        // Whatever one word stands there is taken for the comma.
        rest = others.get(1..).unwrap_or_default();
    }
    variables
}

fn unreadable(span: ByteSpan) -> Complaint {
    let what = "`environment` cannot be read from here on, and supervisord refuses it";
    Complaint::new(what, "`NAME=\"value\",NAME=\"value\"`, with quotes around what is more than letters", span)
}

/// Letters of a word: `shlex.wordchars` and those that supervisord adds.
fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_/.+-():".contains(letter)
}

/// The words, and whether a quote is open at the end.
fn words(text: &Traced) -> (Vec<Word>, bool) {
    let mut words: Vec<Word> = Vec::new();
    let mut letters = text.characters().peekable();
    while let Some((_, letter, origin)) = letters.next() {
        if letter.is_ascii_whitespace() {
            continue;
        }
        if letter == '#' {
            while letters.next_if(|(_, next, _)| *next != '\n').is_some() {}
            continue;
        }
        let mut word = Word { text: Traced::default(), span: origin };
        word.text.push(letter, origin);
        let is_quote = |letter: char| matches!(letter, '\'' | '"');
        if is_quote(letter) {
            let mut is_closed = false;
            for (_, next, origin) in letters.by_ref() {
                word.text.push(next, origin);
                word.span.end = origin.end;
                is_closed = next == letter;
                if is_closed {
                    break;
                }
            }
            words.push(word);
            if !is_closed {
                return (words, true);
            }
            continue;
        }
        if is_of_word(letter) {
            while let Some((_, next, origin)) = letters.next_if(|(_, next, _)| is_of_word(*next) || is_quote(*next)) {
                word.text.push(next, origin);
                word.span.end = origin.end;
            }
        }
        words.push(word);
    }
    (words, false)
}
