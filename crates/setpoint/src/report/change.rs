//! What a change is to do, how it ended, and which there were.

use crate::report::columns::{Cell, Fit, Layout};
use crate::report::hidden::Secrets;
use crate::survey::Survey;
use crate::terminal::{ERROR, FAINT, STRONG, Ui, WARNING, styled, visible};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use setpoint_change::{FileTexts, Journal, Plan, Planned, Settle, State};
use setpoint_model::Problem;
use std::ops::Range;
use std::path::Path;

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();

/// The plan, and the lines of each file that change. Secrets are hidden in both.
pub(crate) fn plan(survey: &Survey, planned: &Planned) -> String {
    let mut text = String::new();
    for (wanted, draft) in planned.plan.defaults.iter().zip(&planned.drafts) {
        let before = wanted.before.as_deref().unwrap_or("(not set)");
        text += &format!("{}  {} → {}\n", styled(STRONG, &wanted.name), visible(before), visible(&wanted.after));
        let how = if draft.replaces { "stands in" } else { "is added to" };
        text += &format!("  {how} {} ({})\n", draft.place.in_brief(), draft.layer.as_str());
    }
    if !planned.following.is_empty() {
        text += &format!("  with it: {}\n", planned.following.join(", "));
    }
    text += &differences(survey, planned, Dress::Coloured);
    text += "\n";
    text += &saves(&planned.plan);
    for settle in &planned.plan.settle {
        text += &format!("then  {}\n", sentence(settle));
    }
    if planned.plan.settle.is_empty() {
        text += "then  nothing: no unit that was named runs from these files\n";
    }
    text + &format!("it is {}; watched for {} s\n", planned.plan.class.sentence(), planned.plan.window.as_secs())
}

fn saves(plan: &Plan) -> String {
    let saves = plan.saves.as_ref().map(|saves| format!("save  {}; and prove it\n", visible(&saves.sentence())));
    saves.unwrap_or_default()
}

fn sentence(settle: &Settle) -> String {
    match settle {
        Settle::ReloadManager => "systemctl daemon-reload".to_owned(),
        Settle::Reload(unit) => format!("systemctl reload {unit}"),
        Settle::Restart(unit) => format!("systemctl restart {unit}"),
        Settle::Command { forward, .. } => forward.clone(),
    }
}

/// The plan of a deployment.
pub(crate) fn deployment(plan: &Plan) -> String {
    let mut text = String::new();
    for settle in &plan.settle {
        text += &format!("run   {}\n", sentence(settle));
        if let Settle::Command { back, .. } = settle {
            text += &format!("back  {back}\n");
        }
    }
    if let Some(revision) = &plan.revision {
        text += &format!("from  {}\n", revision.commit);
    }
    for guard in &plan.guards {
        text += &format!("keep  {}\n", guard.path.display());
    }
    text += &saves(plan);
    if let Some(proof) = plan.proof {
        text += &format!("its way back was proven by rehearsal {proof}\n");
    }
    text + &format!("it is {}; watched for {} s\n", plan.class.sentence(), plan.window.as_secs())
}

/// Whether lines are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dress {
    Plain,
    Coloured,
}

/// The lines of each file that differ, without its secrets.
pub(crate) fn differences(survey: &Survey, planned: &Planned, dress: Dress) -> String {
    planned.texts.iter().map(|file| difference(survey, planned, file, dress)).collect()
}

/// The lines that differ, between those that begin and end both texts alike.
fn difference(survey: &Survey, planned: &Planned, file: &FileTexts, dress: Dress) -> String {
    let styled = |style: Style, text: String| if dress == Dress::Plain { text } else { styled(style, text) };

    let name = file.path.strip_prefix(&survey.root).unwrap_or(&file.path).display().to_string();
    let (before, after): (Vec<&[u8]>, Vec<&[u8]>) = (lines(&file.before), lines(&file.after));
    let start = before.iter().zip(&after).take_while(|(one, two)| one == two).count();
    let ends = before[start..].iter().rev().zip(after[start..].iter().rev());
    let end = ends.take_while(|(one, two)| one == two).count();
    let mut text = format!("\n{}\n", styled(FAINT, format!("{name}:{}", start + 1)));
    let new = Secrets::of(&planned.after, &planned.scrubber);
    for (sign, style, secrets, all, lines) in [
        ("-", REMOVED, survey.secrets(), &file.before, start..before.len() - end),
        ("+", ADDED, new, &file.after, start..after.len() - end),
    ] {
        let shown = shown(&secrets, &name, all, lines);
        text.extend(shown.iter().map(|line| format!("{}\n", styled(style, format!("{sign}{}", visible(line))))));
    }
    text
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// Lines without what nobody may see of them.
fn shown(secrets: &Secrets<'_>, name: &str, text: &[u8], wanted: Range<usize>) -> Vec<String> {
    let mut start = 0;
    let mut shown = Vec::new();
    for (number, line) in lines(text).into_iter().enumerate() {
        let range = start..start + line.len();
        start = range.end;
        if !wanted.contains(&number) {
            continue;
        }
        let mut at = range.start;
        let mut kept = String::new();
        for hidden in secrets.ranges(name, text, range.clone()) {
            kept += &String::from_utf8_lossy(&text[at..hidden.start.max(at)]);
            kept += "***";
            at = hidden.end.max(at);
        }
        kept += &String::from_utf8_lossy(&text[at.min(range.end)..range.end]);
        shown.push(kept.trim_end_matches('\n').to_owned());
    }
    shown
}

/// How a change ended.
pub(crate) fn end(number: u64, journal: &Journal, note: &Path) -> String {
    let state = journal.state();
    let title = journal.plan().map(|plan| plan.title.as_str()).unwrap_or_default();
    let mut text = format!("{}: change {number}, {}\n", styled(style(state), state.name()), visible(title));
    for difference in journal.differences() {
        text += &format!("  not as found: {difference}\n");
    }
    if let Some(command) = journal.bringing_data_back().filter(|_| state.is_put_back()) {
        text += &format!("  data were left as they are; as found: `{command}`\n");
    }
    text + &format!("  note: {}\n", note.display())
}

fn style(state: State) -> Style {
    match state {
        State::Kept => ADDED.bold(),
        State::RolledBack | State::NeverApplied => WARNING,
        _ => ERROR,
    }
}

/// One change for a program.
#[derive(Serialize)]
pub(crate) struct Listed {
    number: u64,
    /// As the table says it, or `unreadable`.
    state: &'static str,
    begun: Option<String>,
    title: Option<String>,
    environment: Option<String>,
}

/// The same of a change.
pub(crate) fn listed((number, journal): &(u64, Result<Journal, Problem>)) -> Listed {
    let journal = journal.as_ref().ok();
    let plan = journal.and_then(Journal::plan);
    Listed {
        number: *number,
        state: journal.map_or("unreadable", |journal| journal.state().name()),
        begun: journal.and_then(|journal| Some(journal.records().first()?.at.to_string())),
        title: plan.map(|plan| plan.title.clone()),
        environment: plan.and_then(|plan| plan.environment.clone()),
    }
}

/// A line for each.
pub(crate) fn list(ui: &Ui<'_>, changes: &[(u64, Result<Journal, Problem>)]) -> String {
    let rows: Vec<[Cell; 4]> = changes
        .iter()
        .map(listed)
        .zip(changes)
        .map(|(listed, (_, journal))| {
            let begun = listed.begun.map(|begun| begun.chars().take(16).collect::<String>().replace('T', " "));
            [
                Cell::plain(&listed.number.to_string()),
                Cell::plain(&begun.unwrap_or_default()),
                Cell::new(journal.as_ref().map_or(ERROR, |journal| style(journal.state())), listed.state),
                Cell::plain(&visible(&listed.title.unwrap_or_default())),
            ]
        })
        .collect();
    let layout = Layout::of(&rows, [Fit::Whole(6), Fit::Whole(16), Fit::Whole(26), Fit::Cut(20)], ui.width);
    rows.iter().map(|row| layout.row(row)).collect()
}
