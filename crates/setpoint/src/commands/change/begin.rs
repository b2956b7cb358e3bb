//! The change itself: plan, show, ask, and walk through the steps.

use super::{Args, changes, document, exit_of, in_words};
use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::report::change::{self as report, Dress};
use crate::survey::{self, Survey};
use crate::terminal::{ERROR, NOTE, Ui, WARNING};
use crate::{assertions, commands};
use setpoint_capture::{Libraries, Processes};
use setpoint_change::{
    Assignment, Changes, Event, Evidence, Fault, Journal, Look, Plan, Planned, Settle, Step, Steps, Switch, Told,
};
use setpoint_host::PutOff;
use setpoint_model::{Problem, Retry, Severity};
use std::path::Path;
use std::time::Duration;

/// How often a site is looked at before it is said to be ill, and how long apart.
const LOOKS: usize = 3;
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let assignments = assignments(ui, &args.assignments)?;
    let survey = survey::take(ui, &args.site, Processes::LookedAt, Libraries::Read)?;
    survey.may_be_added_to()?;
    let mut planned =
        setpoint_change::plan(ui.host, &survey.request, &survey.snapshot, &assignments, args.process.as_deref())?;
    planned.plan.why.clone_from(&args.why);
    planned.plan.owner = args.owner.clone().or_else(|| survey.register.as_ref()?.service.as_ref()?.owner.clone());
    planned.plan.window = Duration::from_secs(args.window);
    document::along(ui, &survey, &mut planned)?;
    planned.plan.shown = report::differences(&survey, &planned, Dress::Plain);
    let not_asked = setpoint_change::validate(ui.host, &planned)?;
    if args.print_runbook {
        ui.print(&setpoint_change::by_hand(&planned.plan))?;
        return Ok(Exit::Fine);
    }
    ui.print(&report::plan(&survey, &planned))?;
    not_asked.iter().for_each(|sentence| ui.tell_labelled(NOTE, "note:", sentence));
    refuse_new_errors(ui, &survey, &planned)?;
    if args.dry_run {
        return Ok(Exit::Fine);
    }
    if !args.yes && !ui.ask("Apply it?")? {
        ui.say("nothing was changed");
        return Ok(Exit::NeverApplied);
    }
    walk(ui, &survey, &planned.plan)
}

/// The names and values. A value that is read from standard input is on no command line, which others can see.
fn assignments(ui: &Ui<'_>, given: &[String]) -> Result<Vec<Assignment>, CommandError> {
    given
        .iter()
        .map(|text| {
            let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
                let what = format!("`{text}` gives nothing a value");
                return Err(Problem::input(what, "NAME=VALUE", Retry::SafeOnceMended).into());
            };
            let value = if value == "-" { ui.read_line(&format!("{name}: "))? } else { value.to_owned() };
            if value.contains(['\n', '\0']) {
                let what = format!("the value of `{name}` has more than one line");
                return Err(Problem::input(what, "a value of one line", Retry::SafeOnceMended).into());
            }
            Ok(Assignment { name: name.to_owned(), value })
        })
        .collect()
}

/// What the rules would find in the site as it would be, and do not find in it as it is.
fn refuse_new_errors(ui: &Ui<'_>, survey: &Survey, planned: &Planned) -> Result<(), CommandError> {
    let day = ui.host.now().date();
    let judge = |snapshot| setpoint_rules::judge(setpoint_rules::Facts::new(snapshot, survey.register.as_ref(), day));
    let before = judge(&survey.snapshot);
    // What is documented is changed with the value.
    let is_drift = |code: &str| code == "SP002";
    let is_new = |finding: &setpoint_model::Finding| {
        let same = |old: &setpoint_model::Finding| old.code == finding.code && old.subject == finding.subject;
        finding.waived.is_none() && !is_drift(finding.code) && !before.iter().any(same)
    };
    let new: Vec<_> = judge(&planned.after).into_iter().filter(is_new).collect();
    for finding in &new {
        ui.tell_labelled(NOTE, "would find:", &format!("{} {}: {}", finding.code, finding.name, finding.message));
    }
    match new.iter().find(|finding| finding.severity == Severity::Error) {
        None => Ok(()),
        Some(finding) => {
            let what = format!("the change would bring an error: {}", finding.message);
            let problem = Problem::input(what, "a value without one", Retry::SafeOnceMended);
            Err(problem
                .hint(format!("`setpoint explain {}`; a waiver in the register accepts it", finding.code))
                .into())
        }
    }
}

/// An error where a check of the change's environment fails now, over connections that are new.
pub(super) fn refuse_ill(ui: &Ui<'_>, journal: &Journal) -> Result<(), CommandError> {
    let Some(plan) = journal.plan() else { return Ok(()) };
    let site = SiteArguments { environment: plan.environment.clone(), ..SiteArguments::default() };
    let found = Ui { root: plan.site.clone(), ..*ui };
    let survey = survey::take(&found, &site, Processes::LeftOut, Libraries::LeftOut)?;
    let begun =
        journal.records().first().map_or_else(|| ui.host.now(), |record| record.at.to_zoned(jiff::tz::TimeZone::UTC));
    let before = setpoint_change::as_found(journal).map(|found| found.faults.clone()).unwrap_or_default();
    let look = look_thrice(&found, &survey, &begun, &before);
    let Some(Fault { of, why }) = look.faults.into_iter().next() else { return Ok(()) };
    Err(Problem::machine(format!("it is not well: {of}: {why}"), "checks that pass", Retry::Safe).into())
}

/// What fails of a site's checks in as many looks as a fault needs, and how many there are.
pub(crate) fn looked_at_thrice(ui: &Ui<'_>, survey: &Survey) -> (usize, Vec<String>) {
    let look = look_thrice(ui, survey, &ui.host.now(), &[]);
    (look.facts.len(), look.faults.into_iter().map(|fault| format!("{}: {}", fault.of, fault.why)).collect())
}

/// The first look that finds no fault but those that are known, or the last of three: one slow answer is not an illness.
fn look_thrice(ui: &Ui<'_>, survey: &Survey, since: &jiff::Zoned, known: &[String]) -> Look {
    let beside = || {
        let mut look = look(ui, survey, since);
        look.faults.retain(|fault| !known.contains(&fault.of));
        look
    };
    let mut found = beside();
    for _ in 1..LOOKS {
        if found.faults.is_empty() {
            break;
        }
        ui.host.sleep(BETWEEN_LOOKS);
        found = beside();
    }
    found
}

/// Goes through the steps, says how it ended, and writes the note.
pub(crate) fn walk(ui: &Ui<'_>, survey: &Survey, plan: &Plan) -> Result<Exit, CommandError> {
    walk_watching(ui, survey, plan, &Vec::new).map(|(_, exit)| exit)
}

/// The same, and each look asks for more faults; also says the change's number.
pub(crate) fn walk_watching(
    ui: &Ui<'_>,
    survey: &Survey,
    plan: &Plan,
    more: &dyn Fn() -> Vec<Fault>,
) -> Result<(u64, Exit), CommandError> {
    if survey.register.is_some() {
        setpoint_change::trust(ui.host, &survey.register_file)?;
    }
    for settle in &plan.settle {
        if let Settle::Command { forward, back, folder, .. } = settle {
            let folder = folder.as_ref().unwrap_or(&plan.site);
            setpoint_change::trust_script(ui.host, folder, forward)?;
            setpoint_change::trust_script(ui.host, folder, back)?;
        }
    }
    let changes = changes(ui)?;
    let turn = changes.take_turn(ui.host)?;
    // Files that nothing runs from are looked after by whoever edits them.
    let switch_of = |number| match plan.settle.as_slice() {
        [] => Switch::None,
        _ => commands::recover::switch(ui, &changes, number),
    };
    if let Switch::Timer { .. } = switch_of(0) {
        commands::recover::install(ui)?;
    }
    let (number, mut journal) = changes.begin(ui.host, &turn)?;
    journal.write(ui.host, Event::Planned { plan: Box::new(plan.clone()) })?;
    let switch = switch_of(number);
    let begun = ui.host.now();
    // Ctrl-C and a terminal that goes away put the change back, and do not leave it where it stands.
    let put_off = PutOff::begin();
    let steps = Steps {
        host: ui.host,
        capture: &|| commands::recover::capture(ui, &survey.request),
        backup: &|_| Ok(Evidence::Backup { id: None, verified: Vec::new() }),
        look: &|| {
            let mut look = look(ui, survey, &begun);
            look.faults.extend(more());
            look
        },
        is_stopped: &|| put_off.is_asked(),
        tell: &|told| tell(ui, number, told),
        switch: &switch,
    };
    let walked = steps.walk(&mut journal);
    Ok((number, end(ui, &changes, number, &mut journal, walked)?))
}

/// Says how a change ended, and writes its note.
pub(crate) fn end(
    ui: &Ui<'_>,
    changes: &Changes,
    number: u64,
    journal: &mut Journal,
    walked: Result<(), Problem>,
) -> Result<Exit, CommandError> {
    if let Err(problem) = walked {
        let hint =
            format!("the journal is `{}`; `setpoint rollback {number}` goes on from it", journal.path().display());
        return Err(CommandError::from(problem).hinted(hint));
    }
    let note = changes.folder().join(number.to_string()).join("note.md");
    if let Err(problem) = write_note(ui, number, journal, &note) {
        // The change has ended all the same, and its journal says how.
        ui.tell_labelled(WARNING, "warning:", &format!("the note was not written: {problem}"));
    }
    ui.print(&report::end(number, journal, &note))?;
    Ok(exit_of(journal.state()))
}

fn write_note(ui: &Ui<'_>, number: u64, journal: &mut Journal, path: &Path) -> Result<(), Problem> {
    journal.write(ui.host, Event::Started { step: Step::Note })?;
    let text = setpoint_change::note(number, journal).unwrap_or_default();
    let written = ui.host.write_with(path, text.as_bytes(), setpoint_host::Access::PRIVATE);
    written.map_err(|refusal| refusal.problem())?;
    journal.write(ui.host, Event::Done { step: Step::Note, evidence: Evidence::Facts { facts: Vec::new() } })
}

/// One look at the site: the register's checks, and what its logs say of errors since the change began.
fn look(ui: &Ui<'_>, survey: &Survey, since: &jiff::Zoned) -> Look {
    let target = assertions::Target::of(survey, None);
    let mut outcomes = assertions::run(ui, survey, &target, &assertions::Selection::default()).outcomes;
    outcomes.extend(assertions::errors_in_logs(ui, survey, target.environment(), since));
    let mut look = Look::default();
    for outcome in &outcomes {
        if let setpoint_model::Conclusion::Failed { failures } = &outcome.conclusion
            && outcome.waived.is_none()
        {
            let why = failures.first().map_or(String::new(), |failure| failure.message.clone());
            look.faults.push(Fault { of: format!("check `{}`", outcome.check), why });
        }
        look.facts.push((format!("check `{}`", outcome.check), format!("{:.0} ms", outcome.took.as_secs_f64() * 1e3)));
    }
    look
}

fn tell(ui: &Ui<'_>, number: u64, told: Told<'_>) {
    match told {
        Told::Begins(step) => show(ui, &format!("change {number}: {} …", step.sentence())),
        Told::Ended(step) => {
            clear(ui);
            ui.say_to_who_waits(&format!("done: {}", step.sentence()));
        }
        Told::Failed(step, problem) => {
            clear(ui);
            ui.tell_labelled(ERROR, "failed:", &format!("{}: {problem}", step.sentence()));
        }
        Told::GoesBack => ui.say("rolling back …"),
        Told::Watching(left) => {
            let words = "`setpoint change confirm` keeps it, Ctrl-C puts it back";
            show(ui, &format!("change {number}: {} left; {words}", in_words(left)));
        }
    }
}

/// A line for who waits at a terminal, in the place of the one before.
fn show(ui: &Ui<'_>, text: &str) {
    if let Some(mut line) = ui.line() {
        line.write(text);
    }
}

fn clear(ui: &Ui<'_>) {
    if let Some(mut line) = ui.line() {
        line.clear();
    }
}
