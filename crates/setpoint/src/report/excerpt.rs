//! The lines of a file that a place means, with the place underlined and every secret replaced by `***`.

use crate::report::hidden::{self, Secrets};
use crate::terminal::{Ui, visible};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use setpoint_model::{ByteSpan, Place};
use std::ops::Range;
use std::path::Path;
use unicode_width::UnicodeWidthChar as _;

/// Files longer than this are not read again to quote a line of them.
const LIMIT: u64 = 8 << 20;
/// No more lines than this are quoted.
const LINES: usize = 6;
/// Lines are not cut to less, in columns.
const NARROWEST: usize = 40;
/// What stands between the number of a line and the line, in columns.
const GUTTER: usize = 3;
/// No line is that wide once it is cut, so that the renderer, which cuts at the beginning alone, cuts none.
const WIDE: usize = 100_000;

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
    let last = place.line as usize + text.matches('\n').count();
    let room = ui.width.max(NARROWEST).saturating_sub(last.to_string().len() + GUTTER);
    let (text, marked) = fitted(&text, marked, room);
    let snippet = Snippet::source(text)
        .line_start(place.line as usize)
        .path(visible(&place.file))
        .annotation(AnnotationKind::Primary.span(marked));
    let renderer = Renderer::styled().term_width(WIDE);
    renderer.render(&[Group::with_level(Level::NOTE).element(snippet)])
}

/// The text with each line cut to the room, and the mark in it. Of a line with the mark, the mark's beginning stays, and what
/// stands before it as far as there is room.
fn fitted(text: &str, marked: Range<usize>, room: usize) -> (String, Range<usize>) {
    let mut cut = String::new();
    let mut moved = marked.clone();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (begin, end) = (at, at + line.len());
        at = end;
        let whole = line.trim_end_matches(['\n', '\r']);
        let shown = window(whole, marked.start.saturating_sub(begin), room);
        let start = cut.len();
        let before = if shown.start > 0 { "…" } else { "" };
        let after = if shown.end < whole.len() { "…" } else { "" };
        cut.extend([before, &whole[shown.clone()], after, &line[whole.len()..]]);
        // A mark at the end of the text is of its last line.
        let is_of_line = |mark: usize| (begin..end).contains(&mark) || mark == end && end == text.len();
        let place = |mark: usize| {
            let inside = (mark - begin).clamp(shown.start, shown.end.max(shown.start));
            start + before.len() + inside - shown.start
        };
        if is_of_line(marked.start) {
            moved.start = place(marked.start);
        }
        if is_of_line(marked.end) {
            moved.end = place(marked.end);
        }
    }
    (cut, moved.start..moved.end.max(moved.start))
}

/// The bytes of a line that are shown, where so many columns are to be had.
fn window(line: &str, mark: usize, room: usize) -> Range<usize> {
    // A tab is shown as four spaces, and another control character as a sign for it.
    let columns = |letter: char| if letter == '\t' { 4 } else { letter.width().unwrap_or(1) };
    let width = |text: &str| text.chars().map(columns).sum::<usize>();
    let all = width(line);
    if all <= room {
        return 0..line.len();
    }
    let before = width(line.get(..mark).unwrap_or(line));
    // From the beginning where half of the line or more is left for what is marked; otherwise with a little before it.
    let first = if before <= room / 2 { 0 } else { (before - room / 4).min((all + 1).saturating_sub(room)) };
    // A sign stands for what is left out at an end.
    let most = room - 1 - usize::from(first > 0);
    let mut column = 0;
    let (mut start, mut end) = (line.len(), line.len());
    for (at, letter) in line.char_indices() {
        if column >= first && start == line.len() {
            start = at;
        }
        let next = column + columns(letter);
        if start < line.len() && next > first + most && next < all + usize::from(first == 0) {
            end = at;
            break;
        }
        column = next;
    }
    start..end
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

    /// The lines, and below each what is marked of it.
    fn cut(text: &str, marked: &str, room: usize) -> String {
        let start = text.find(marked).unwrap();
        let (cut, range) = fitted(text, start..start + marked.len(), room);
        for line in cut.lines() {
            assert!(line.chars().map(|letter| letter.width().unwrap_or(4)).sum::<usize>() <= room, "{line}");
        }
        format!("{cut}\n{}", &cut[range])
    }

    #[test]
    fn a_long_line_is_cut_around_what_is_marked() {
        let line = "POOL_SIZE = int(os.environ.get('SHOP_POOL_SIZE', '5')) # how many connections are open at once";
        insta::assert_snapshot!(cut(line, "POOL_SIZE", 40), @"
        POOL_SIZE = int(os.environ.get('SHOP_PO…
        POOL_SIZE
        ");
        insta::assert_snapshot!(cut(line, "SHOP_POOL_SIZE", 40), @"
        …iron.get('SHOP_POOL_SIZE', '5')) # how…
        SHOP_POOL_SIZE
        ");
        insta::assert_snapshot!(cut(line, "at once", 40), @"
        …# how many connections are open at once
        at once
        ");
        insta::assert_snapshot!(cut(line, "how many connections are open at once", 40), @"
        …, '5')) # how many connections are ope…
        how many connections are ope
        ");
        insta::assert_snapshot!(cut(line, line, 40), @"
        POOL_SIZE = int(os.environ.get('SHOP_PO…
        POOL_SIZE = int(os.environ.get('SHOP_PO
        ");
        insta::assert_snapshot!(cut("日本語日本語日本語日本語日本語日本語日本語日本語 = 1", "1", 40), @"
        …本語日本語日本語日本語日本語日本語 = 1
        1
        ");
        // What fits is left as it is, and each line of several is cut by itself.
        let lines = format!("short\n{line}\n\tend\n");
        insta::assert_snapshot!(cut(&lines, "end", 40), @"
        short
        …# how many connections are open at once
        	end

        end
        ");
        insta::assert_snapshot!(cut(&lines, "SHOP_POOL_SIZE', '5')) # how many connections are open at once\n\tend", 40), @"
        short
        …iron.get('SHOP_POOL_SIZE', '5')) # how…
        	end

        SHOP_POOL_SIZE', '5')) # how…
        	end
        ");
        for room in 40..100 {
            for at in 0..line.len() {
                cut(line, &line[at..], room);
            }
        }
    }

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
