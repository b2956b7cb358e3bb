use crate::{Traced, Word};
use setpoint_model::ByteSpan;

/// The words of a text as Python's `shlex.split` makes them, which gunicorn uses for `GUNICORN_CMD_ARGS`: a shell's
/// quotes, and none of its expansions, operators or comments. An open quote, for which Python raises, takes the rest.
pub fn shlex_split(text: &Traced) -> Vec<Word> {
    let mut words = Vec::new();
    let mut open: Option<Word> = None;
    let mut quote = None;
    let mut letters = text.characters().peekable();
    while let Some((_, letter, origin)) = letters.next() {
        if quote.is_none() && matches!(letter, ' ' | '\t' | '\r' | '\n') {
            words.extend(open.take());
            continue;
        }
        let word = open.get_or_insert_with(|| Word { text: Traced::default(), span: origin });
        word.span.end = origin.end;
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None | Some('"'), '\\') => {
                // In double quotes a backslash escapes only the quote and itself.
                let escapes = |next: &(usize, char, ByteSpan)| quote.is_none() || matches!(next.1, '"' | '\\');
                match letters.next_if(escapes) {
                    Some((_, next, end)) => {
                        word.span.end = end.end;
                        word.text.push(next, ByteSpan { start: origin.start, end: end.end });
                    }
                    None => word.text.push(letter, origin),
                }
            }
            (_, letter) => word.text.push(letter, origin),
        }
    }
    words.extend(open);
    words
}
