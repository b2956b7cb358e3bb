//! The entries of hurl files, run as checks, where nothing of the register is asked but the environment's address.

use super::progress::watched;
use super::scrub::{for_each_text, scrub_text};
use super::target::Target;
use super::with_scene;
use crate::command_error::CommandError;
use crate::survey::Survey;
use crate::terminal::Ui;
use setpoint_checks::hurl::{Entry, HURL_VARIABLES};
use setpoint_model::register::Check;
use setpoint_model::{Outcome, Problem, Retry};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// A value that is shorter, in bytes, keeps nobody out, and stands in too many texts.
const SHORTEST_SECRET: usize = 4;
/// No hurl file is longer, in bytes.
const LONGEST_HURL: u64 = 4 << 20;

/// A hurl file that was read.
pub(crate) struct HurlFile {
    entries: Vec<Entry>,
    /// The values of variables that its entries hold, which may be secrets and are not shown.
    hidden: Vec<String>,
}

/// Reads the files.
pub(crate) fn open(
    ui: &Ui<'_>,
    survey: &Survey,
    target: &Target,
    files: &[PathBuf],
) -> Result<Vec<HurlFile>, CommandError> {
    let names = short_names(files);
    files.iter().zip(names).map(|(file, name)| open_one(ui, survey, target, file, &name)).collect()
}

fn open_one(ui: &Ui<'_>, survey: &Survey, target: &Target, file: &Path, name: &str) -> Result<HurlFile, CommandError> {
    let bytes = ui.host.read(file, LONGEST_HURL)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        let what = format!("`{}` is not UTF-8", file.display());
        Problem::input(what, "a hurl file, which is UTF-8", Retry::SafeOnceMended)
    })?;
    let hidden = RefCell::new(Vec::new());
    let url = target.environment().and_then(|environment| environment.url.as_ref());
    let variable = |name: &str| {
        if let Some(url) = url.filter(|_| name == "url") {
            return Some(url.trim_end_matches('/').to_owned());
        }
        // As hurl takes them.
        let value = HURL_VARIABLES.iter().find_map(|begin| ui.host.variable(&format!("{begin}{name}")))?;
        hidden.borrow_mut().extend((name != "url" && value.len() >= SHORTEST_SECRET).then(|| value.clone()));
        Some(value)
    };
    let shown = file.strip_prefix(&survey.root).unwrap_or(file).display().to_string();
    let entries = setpoint_checks::hurl::read(&shown, name, &text, &variable);
    if entries.is_empty() {
        let what = format!("`{}` has no entries", file.display());
        return Err(Problem::input(what, "a hurl file with a request", Retry::SafeOnceMended).into());
    }
    Ok(HurlFile { entries, hidden: hidden.into_inner() })
}

/// The names under which the entries of files are reported, as short as they differ: a file's own without what it ends with,
/// and with the folders around it where another has the same.
fn short_names(files: &[PathBuf]) -> Vec<String> {
    let stem = |file: &PathBuf| {
        if file.extension().is_some_and(|it| it == "hurl") { file.with_extension("") } else { file.clone() }
    };
    let stems: Vec<PathBuf> = files.iter().map(stem).collect();
    let end = |stem: &Path, parts: usize| -> PathBuf {
        let all: Vec<_> = stem.components().collect();
        all[all.len().saturating_sub(parts)..].iter().collect()
    };
    let short = |stem: &PathBuf| {
        let is_alone = |parts: &usize| {
            let mine = end(stem, *parts);
            stems.iter().filter(|other| *other != stem).all(|other| end(other, *parts) != mine)
        };
        let parts = (1..stem.components().count()).find(is_alone);
        parts.map_or_else(|| stem.clone(), |parts| end(stem, parts)).display().to_string()
    };
    stems.iter().map(short).collect()
}

impl HurlFile {
    /// The names of its entries.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(Entry::name)
    }

    /// Runs those that are named, or all where none is.
    pub(crate) fn run(&self, ui: &Ui<'_>, survey: &Survey, target: &Target, names: &[String]) -> Vec<Outcome> {
        let is_meant = |entry: &&Entry| names.is_empty() || names.iter().any(|name| name == entry.name());
        let entries: Vec<&Entry> = self.entries.iter().filter(is_meant).collect();
        let checks = entries.iter().filter_map(|entry| match entry {
            Entry::Check(check) => Some(&**check),
            Entry::NotRun(_) => None,
        });
        let checks: Vec<&Check> = checks.collect();
        let ran = with_scene(ui, survey, target.environment(), |scene| {
            watched(ui, checks.len(), |told| setpoint_checks::run(scene, &checks, told))
        });
        let mut ran = ran.into_iter();
        let outcomes = entries.iter().filter_map(|entry| match entry {
            Entry::Check(_) => ran.next(),
            Entry::NotRun(outcome) => Some((**outcome).clone()),
        });
        let mut outcomes: Vec<Outcome> = outcomes.collect();
        for outcome in &mut outcomes {
            for_each_text(outcome, &mut |text| {
                for value in self.hidden.iter().filter(|value| text.contains(*value)).collect::<Vec<_>>() {
                    *text = text.replace(value, "***");
                }
                scrub_text(text, survey);
            });
        }
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use super::short_names;
    use std::path::PathBuf;

    #[test]
    fn names_are_as_short_as_they_differ() {
        let names = |files: &[&str]| short_names(&files.iter().map(PathBuf::from).collect::<Vec<_>>()).join(" ");
        assert_eq!(names(&["/srv/shop/tests/smoke.hurl", "pages.hurl", "odd.txt"]), "smoke pages odd.txt");
        assert_eq!(names(&["/srv/a/smoke.hurl", "/srv/b/smoke.hurl", "smoke.hurl"]), "a/smoke b/smoke smoke");
        assert_eq!(names(&["a/x.hurl", "b/a/x.hurl", "x.hurl"]), "a/x b/a/x x");
    }
}
