//! That what is shown may not hold, said once where something could not be read.

use crate::report::columns::wrapped;
use crate::terminal::{Ui, WARNING, styled, visible};
use setpoint_model::Snapshot;
use std::collections::BTreeSet;

/// No more files than this are named; each of them is told at the end.
const NAMED: usize = 3;

/// How the sentence begins.
const WORDS: &str = "not surely known:";

/// One sentence with what could not be read; nothing where everything was.
pub(crate) fn sentence(ui: &Ui<'_>, snapshot: &Snapshot) -> String {
    let of_file = snapshot.unread().map(|problem| problem.place.as_ref().map(|place| place.file.as_str()));
    let distinct: BTreeSet<Option<&str>> = of_file.collect();
    if distinct.is_empty() {
        return String::new();
    }
    let named: Vec<String> = distinct.iter().flatten().take(NAMED).map(|file| format!("`{}`", visible(file))).collect();
    let what = match (named.as_slice(), distinct.len() - named.len()) {
        ([], _) => "part of the machine".to_owned(),
        ([one], 0) => one.clone(),
        ([most @ .., last], 0) => format!("{} and {last}", most.join(", ")),
        (named, more) => format!("{} and {more} more", named.join(", ")),
    };
    let said = format!("{WORDS} {what} could not be read, and may set what is shown here otherwise");
    let broken = wrapped(&said, ui.width, 2);
    format!("{}{}\n", styled(WARNING, WORDS), &broken[WORDS.len()..])
}
