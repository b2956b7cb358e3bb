//! Rows as columns: plain text that can be searched with grep, no boxes.

use crate::terminal::{styled, visible};
use anstyle::Style;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Two spaces stand between columns.
const GAP: usize = 2;

/// What a column does where the rows are wider than the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// Its cells are never cut; one that is wider than this pushes the rest of its row to the right.
    Whole(usize),
    /// Its cells may be cut, the widest column first, down to this width.
    Cut(usize),
}

/// One cell.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// A cell; characters that would move the terminal's cursor are shown as escapes.
    pub(crate) fn new(style: Style, text: &str) -> Self {
        Self { text: visible(text), style }
    }

    /// A cell in the terminal's own style.
    pub(crate) fn plain(text: &str) -> Self {
        Self::new(Style::new(), text)
    }
}

/// How wide each column of some rows is, so that they and other rows can be in line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout<const N: usize> {
    fits: [Fit; N],
    widths: [usize; N],
    line: usize,
}

impl<const N: usize> Layout<N> {
    /// As wide as the widest cells, as far as the line has room for them.
    pub(crate) fn of(rows: &[[Cell; N]], fits: [Fit; N], line: usize) -> Self {
        let widest = |column: usize| rows.iter().map(|row| row[column].text.width()).max().unwrap_or(0);
        let mut widths: [usize; N] = std::array::from_fn(|column| match fits[column] {
            Fit::Whole(most) => widest(column).min(most),
            Fit::Cut(_) => widest(column),
        });
        while widths.iter().sum::<usize>() + GAP * (N - 1) > line {
            let can_shrink = |column: &usize| matches!(fits[*column], Fit::Cut(least) if widths[*column] > least);
            let Some(column) = (0..N).filter(can_shrink).max_by_key(|column| widths[*column]) else { break };
            widths[column] -= 1;
        }
        Self { fits, widths, line }
    }

    /// One row with its newline, without spaces at its end. A cell uses what the later cells of its row leave empty.
    pub(crate) fn row(&self, cells: &[Cell; N]) -> String {
        let mut line = String::new();
        let (mut at, mut column_start) = (0, 0);
        for (column, cell) in cells.iter().enumerate() {
            let start = if at == 0 { 0 } else { column_start.max(at + GAP) };
            let later: usize = cells[column + 1..]
                .iter()
                .map(|later| later.text.width())
                .filter(|width| *width > 0)
                .map(|width| width + GAP)
                .sum();
            let text = match self.fits[column] {
                Fit::Whole(_) => cell.text.clone(),
                Fit::Cut(_) => cut(&cell.text, self.widths[column].max(self.line.saturating_sub(start + later))),
            };
            if !text.is_empty() {
                line.push_str(&" ".repeat(start - at));
                at = start + text.width();
                line.push_str(&if cell.style.is_plain() { text } else { styled(cell.style, &text) });
            }
            column_start += self.widths[column] + GAP;
        }
        line.push('\n');
        line
    }
}

/// The text in at most so many columns, with `…` where it was cut.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let fits = |letter: &char| {
        used += letter.width().unwrap_or(0);
        used <= width
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// The text broken between words so that it fits the line, every line but the first indented.
pub(crate) fn wrapped(text: &str, line: usize, indent: usize) -> String {
    let mut wrapped = String::new();
    let mut used = indent;
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 && used + 1 + word.width() > line {
            wrapped.push('\n');
            wrapped.push_str(&" ".repeat(indent));
            used = indent;
        } else if number > 0 {
            wrapped.push(' ');
            used += 1;
        }
        wrapped.push_str(word);
        used += word.width();
    }
    wrapped
}

/// A word in a style and what it is about, broken to the line. The word is styled when the line is broken already, as
/// a style has no width.
pub(crate) fn labelled(style: Style, word: &str, said: &str, line: usize, indent: usize) -> String {
    let broken = wrapped(&format!("{word} {}", visible(said)), line, indent);
    format!("{}{}", styled(style, word), &broken[word.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[[&str; 3]], line: usize) -> String {
        let fits = [Fit::Whole(8), Fit::Cut(6), Fit::Cut(4)];
        let rows: Vec<_> = rows.iter().map(|row| row.map(Cell::plain)).collect();
        let layout = Layout::of(&rows, fits, line);
        rows.iter().map(|cells| layout.row(cells)).collect()
    }

    #[test]
    fn the_widest_column_is_cut_first_and_names_never() {
        insta::assert_snapshot!(table(&[
            ["POOL", "sqlite:////var/lib/shop/shop.db", "str"],
            ["A_VERY_LONG_NAME", "日本語日本語日本語日本語日本語", "Optional[str]"],
            ["EMPTY", "", ""],
            ["ALONE", "sqlite:////var/lib/shop/shop.db", ""],
            ["BELL", "a\u{1b}[31m\n", "int"],
        ], 40), @r"
        POOL      sqlite:////var/lib/shop/…  str
        A_VERY_LONG_NAME  日本語日本語日…  Optional[str]
        EMPTY
        ALONE     sqlite:////var/lib/shop/shop.…
        BELL      a\u{1b}[31m\n    int
        ");
    }
}
