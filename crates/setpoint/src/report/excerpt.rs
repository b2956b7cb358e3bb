//! The lines of a file that a place means, with the place underlined and every secret replaced by `***`.

use crate::report::hidden::{self, Secrets};
use crate::terminal::{Ui, visible};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use setpoint_model::{ByteSpan, Place};
use std::ops::Range;
use std::path::Path;

/// Files longer than this are not read again to quote a line of them.
const LIMIT: u64 = 8 << 20;
/// No more lines than this are quoted.
const LINES: usize = 6;

/// The lines of a reading, or nothing where the file cannot be read or no span is known.
pub(crate) fn of_reading(ui: &Ui<'_>, root: &Path, place: &Place, secrets: &Secrets<'_>) -> Option<String> {
    let bytes = ui.host.read(&root.join(&place.file), LIMIT).ok()?;
    let (span, lines) = lines_of(&bytes, place)?;
    let hidden = secrets.ranges(&place.file, &bytes, lines.clone());
    Some(render(ui, place, &bytes, span, lines, &hidden))
}

/// The line of a problem. What could not be understood cannot be known not to be a secret, so only files are
/// quoted whose secrets can be told by their names or quotes: the register, and Python without its strings.
pub(crate) fn of_problem(ui: &Ui<'_>, root: &Path, place: &Place, secrets: &Secrets<'_>) -> Option<String> {
    let extension = Path::new(&place.file).extension()?.to_str()?;
    let bytes = ui.host.read(&root.join(&place.file), LIMIT).ok()?;
    let (span, lines) = lines_of(&bytes, place)?;
    let hidden = match extension {
        "py" => hidden::quoted(&bytes[lines.clone()], lines.start),
        "toml" => hidden::of_register(&bytes, lines.clone(), secrets),
        _ => return None,
    };
    Some(render(ui, place, &bytes, span, lines, &hidden))
}

/// The place's span, cut to the whole lines that are quoted.
fn lines_of(bytes: &[u8], place: &Place) -> Option<(ByteSpan, Range<usize>)> {
    let span = place.span.filter(|span| span.start <= span.end && span.end <= bytes.len())?;
    let start = bytes[..span.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let newline =
        |from: usize| bytes[from..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| from + at);
    let mut end = newline(span.start);
    for _ in 1..LINES {
        if end < span.end && end < bytes.len() {
            end = newline(end + 1);
        }
    }
    Some((ByteSpan { start: span.start, end: span.end.min(end) }, start..end))
}

fn render(
    ui: &Ui<'_>,
    place: &Place,
    bytes: &[u8],
    span: ByteSpan,
    lines: Range<usize>,
    hidden: &[Range<usize>],
) -> String {
    let (text, marked) = quote(bytes, span, lines, hidden);
    let snippet = Snippet::source(text)
        .line_start(place.line as usize)
        .path(visible(&place.file))
        .annotation(AnnotationKind::Primary.span(marked));
    let renderer = Renderer::styled().term_width(ui.width.max(60));
    renderer.render(&[Group::with_level(Level::NOTE).element(snippet)])
}

/// The lines as text, and the span in that text.
fn quote(bytes: &[u8], span: ByteSpan, lines: Range<usize>, hidden: &[Range<usize>]) -> (String, Range<usize>) {
    let mut text = String::new();
    let mut marked = None..None;
    let mut at = lines.start;
    // Between two hidden ranges the bytes are copied; a mark inside a hidden range moves to its edge.
    let stops = hidden.iter().cloned().chain(std::iter::once(lines.end..lines.end));
    for stop in stops {
        for (mark, wanted) in [(&mut marked.start, span.start), (&mut marked.end, span.end)] {
            if mark.is_none() && wanted <= stop.start {
                let before = String::from_utf8_lossy(&bytes[at..wanted.max(at)]);
                *mark = Some(text.len() + before.len());
            }
        }
        text.push_str(&String::from_utf8_lossy(&bytes[at..stop.start]));
        let edge = text.len();
        if !stop.is_empty() {
            text.push_str("***");
        }
        marked.start = marked.start.or((span.start < stop.end).then_some(edge));
        marked.end = marked.end.or((span.end <= stop.end).then_some(text.len()));
        at = stop.end;
    }
    let start = marked.start.unwrap_or(text.len());
    let end = marked.end.unwrap_or(text.len()).max(start);
    (text, start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_follows_what_is_hidden() {
        let bytes = b"x\nKEY=hunter2 # old: hunter1\n";
        let (span, lines) = (ByteSpan { start: 6, end: 13 }, 2..28);
        let (text, marked) = quote(bytes, span, lines.clone(), std::slice::from_ref(&(6..28)));
        assert_eq!((text.as_str(), &text[marked]), ("KEY=***", "***"));
        let (text, marked) = quote(bytes, ByteSpan { start: 2, end: 5 }, lines, &[6..13, 21..28]);
        assert_eq!((text.as_str(), &text[marked]), ("KEY=*** # old: ***", "KEY"));
    }
}
