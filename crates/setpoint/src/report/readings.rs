//! The readings of one default, the strongest first, each with its lines: together where the processes of the site
//! agree, else one process after the other.

use crate::report::columns::wrapped;
use crate::report::excerpt;
use crate::survey::Survey;
use crate::terminal::{FAINT, NOTE, STRONG, Ui, WARNING, styled, visible};
use anstyle::Style;
use setpoint_model::{Held, NamedDefault, Place, Reading, SiteProcesses};
use std::collections::HashSet;
use std::fmt::Write as _;

/// Processes in which the same readings end in the same way.
struct Group<'a> {
    /// Their names; none where all agree and nobody needs to be named.
    processes: Vec<&'a str>,
    /// The readings that concern them, the weakest first.
    readings: Vec<(&'a Reading, Verdict)>,
}

/// What becomes of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Wins,
    /// The code declares it here, nothing sets it, and other places of the code declare it too.
    Declared,
    /// A stronger one lies over it.
    Overridden,
    /// It is not looked at: a process was started before it was written, or it is taken away.
    DoesNotApply,
    /// It is another place of the code that declares the same name; none of them overrides the others.
    AlsoDeclared,
    NoValue,
    /// It is set for a process that is known not to run the code that reads it.
    NotRead,
}

impl Verdict {
    fn word(self) -> String {
        let (style, word): (Style, &str) = match self {
            Verdict::Wins => (NOTE, "wins"),
            Verdict::Declared => (NOTE, "declared"),
            Verdict::Overridden => (FAINT, "overridden"),
            Verdict::DoesNotApply => (FAINT, "does not apply"),
            Verdict::AlsoDeclared => (FAINT, "also declared"),
            Verdict::NoValue => (FAINT, "no value"),
            Verdict::NotRead => (FAINT, "not read"),
        };
        styled(style, word)
    }
}

/// The text of all of them.
pub(super) fn text(ui: &Ui<'_>, survey: &Survey, default: &NamedDefault) -> String {
    let mut text = String::new();
    let snapshot = &survey.snapshot;
    let built_of: Vec<&str> = snapshot.fields_set(default).iter().map(|field| field.name.as_str()).collect();
    if snapshot.is_set_by_fields(default) && !built_of.is_empty() {
        let said = format!("set by its fields: {}", visible(&built_of.join(", ")));
        let _ = writeln!(text, "\n{}", styled(NOTE, wrapped(&said, ui.width, 2)));
    } else if default.effective.is_none() {
        let needed = snapshot.is_missing(default) || (default.required && !snapshot.is_set_by_fields(default));
        let why = if needed { "nothing sets it, and the service needs it" } else { "nothing sets it" };
        let _ = writeln!(text, "\n{}", styled(WARNING, why));
    }
    let secrets = survey.secrets();
    let mut quoted = HashSet::new();
    for group in groups(survey, default) {
        write_heading(default, &group, &mut text);
        if group.has_rival_declarations(default) {
            let said =
                "nothing sets it, and it is declared with different defaults; each of these places goes by its own";
            let _ = writeln!(text, "\n{}", styled(WARNING, wrapped(said, ui.width, 0)));
        }
        for (reading, verdict) in group.readings.iter().rev() {
            // What is built of fields leaves its own default aside.
            let set_aside = *verdict == Verdict::Wins && snapshot.is_built_of_fields(default);
            let verdict = if set_aside { Verdict::DoesNotApply } else { *verdict };
            write_reading(reading, verdict, &group, &mut text);
            // Lines that concern several processes are read once.
            let is_new = quoted.insert(&reading.place);
            let lines = is_new.then(|| excerpt::of_reading(ui, &survey.root, &reading.place, &secrets)).flatten();
            let _ = writeln!(text, "{}", lines.unwrap_or_else(|| arrow(&reading.place)));
        }
    }
    text
}

fn write_heading(default: &NamedDefault, group: &Group<'_>, text: &mut String) {
    let Some(first) = group.processes.first() else { return };
    let held = default.effective_in(first).map_or(Held::Nothing, |effective| effective.value.clone());
    let is_read = group.readings.iter().any(|(_, verdict)| *verdict != Verdict::NotRead);
    let held = if is_read { held.shown() } else { "read by nothing".to_owned() };
    let heading = format!("in {}: {held}", group.processes.join(", "));
    let _ = writeln!(text, "\n{}", styled(STRONG, visible(&heading)));
}

fn write_reading(reading: &Reading, verdict: Verdict, group: &Group<'_>, text: &mut String) {
    let process = reading.process.as_deref().filter(|_| group.processes.is_empty());
    let where_: Vec<&str> = reading.symbol.as_deref().into_iter().chain(process).collect();
    let where_ = if where_.is_empty() { String::new() } else { format!(" ({})", where_.join(", ")) };
    let shown = match &reading.value {
        Held::Nothing => String::new(),
        Held::Dynamic => format!(": {} (dynamic)", reading.text.split_whitespace().collect::<Vec<_>>().join(" ")),
        Held::Constant(_) | Held::Secret(_) => format!(": {}", reading.value.shown()),
    };
    let _ = writeln!(text, "\n{}  {}{}{}", verdict.word(), reading.layer, visible(&where_), visible(&shown));
}

fn arrow(place: &Place) -> String {
    format!("  --> {}", visible(&place.to_string()))
}

/// All readings at once where the processes agree, else those of each process that disagrees.
fn groups<'a>(survey: &'a Survey, default: &'a NamedDefault) -> Vec<Group<'a>> {
    let processes = SiteProcesses::of_files(&survey.snapshot.site);
    let concerned = processes.concerned(&default.readings);
    if default.per_process.is_empty() {
        let readings = default.readings.iter().enumerate();
        let readings = readings.map(|(number, reading)| (reading, of_all(default, number, reading, &concerned)));
        return vec![Group { processes: Vec::new(), readings: with_rivals(readings.collect()) }];
    }
    let named = default.per_process.iter().map(|(process, _)| process.as_str());
    let without_value = concerned.iter().copied().filter(|process| default.effective_in(process).is_none());
    let mut groups: Vec<Group<'a>> = Vec::new();
    for process in named.chain(without_value) {
        let readings = in_process(default, process);
        match groups.iter_mut().find(|group| group.has_the_same(&readings)) {
            Some(group) => group.processes.push(process),
            None => groups.push(Group { processes: vec![process], readings }),
        }
    }
    for reading in &default.readings {
        let Some(process) = reading.process.as_deref().filter(|process| !concerned.contains(process)) else { continue };
        let is_of_it = |group: &&mut Group<'_>| group.processes == [process];
        match groups.iter_mut().find(is_of_it) {
            Some(group) => group.readings.push((reading, Verdict::NotRead)),
            None => groups.push(Group { processes: vec![process], readings: vec![(reading, Verdict::NotRead)] }),
        }
    }
    groups
}

/// The readings that concern one process, and what becomes of them there.
fn in_process<'a>(default: &'a NamedDefault, process: &str) -> Vec<(&'a Reading, Verdict)> {
    let winner = default.winner_in(Some(process));
    let readings = default.readings.iter().enumerate().filter(|(_, reading)| reading.concerns(Some(process)));
    with_rivals(readings.map(|(number, reading)| (reading, verdict(default, number, reading, winner))).collect())
}

/// The same, with a declaration that has others beside it called so: it wins over nothing.
fn with_rivals(mut readings: Vec<(&Reading, Verdict)>) -> Vec<(&Reading, Verdict)> {
    if readings.iter().any(|(_, verdict)| *verdict == Verdict::AlsoDeclared) {
        let wins = readings.iter_mut().filter(|(_, verdict)| *verdict == Verdict::Wins);
        wins.for_each(|(_, verdict)| *verdict = Verdict::Declared);
    }
    readings
}

/// What becomes of a reading where the processes agree: it wins if it does in any of them.
fn of_all(default: &NamedDefault, number: usize, reading: &Reading, processes: &[&str]) -> Verdict {
    if reading.process.as_deref().is_some_and(|process| !processes.is_empty() && !processes.contains(&process)) {
        return Verdict::NotRead;
    }
    let concerned = processes.iter().filter(|process| reading.concerns(Some(process)));
    let mut winners: Vec<Option<usize>> = concerned.map(|process| default.winner_in(Some(process))).collect();
    if winners.is_empty() {
        winners.push(default.winner_in(None));
    }
    let winner = winners.iter().find(|winner| **winner == Some(number)).or(winners.first()).copied().flatten();
    verdict(default, number, reading, winner)
}

fn verdict(default: &NamedDefault, number: usize, reading: &Reading, winner: Option<usize>) -> Verdict {
    match winner {
        _ if reading.value == Held::Nothing => Verdict::NoValue,
        Some(winner) if winner == number => Verdict::Wins,
        Some(winner) if winner > number => {
            let is_declaration = !reading.layer.is_deployment() && default.readings[winner].layer == reading.layer;
            if is_declaration { Verdict::AlsoDeclared } else { Verdict::Overridden }
        }
        Some(_) | None => Verdict::DoesNotApply,
    }
}

impl Group<'_> {
    fn has_the_same(&self, readings: &[(&Reading, Verdict)]) -> bool {
        self.readings.len() == readings.len()
            && self.readings.iter().zip(readings).all(|(one, two)| std::ptr::eq(one.0, two.0) && one.1 == two.1)
    }

    /// True if nothing sets it, and two places that declare it have different defaults.
    fn has_rival_declarations(&self, default: &NamedDefault) -> bool {
        let with = |wanted: Verdict| self.readings.iter().filter(move |(_, verdict)| *verdict == wanted);
        let mut rivals = with(Verdict::AlsoDeclared);
        rivals.any(|(other, _)| with(Verdict::Declared).any(|(one, _)| !default.agree(&other.value, &one.value)))
    }
}
