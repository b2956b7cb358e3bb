//! Lays what the deployment sets over what the code declares: one default per name and mechanism, its readings in
//! order of precedence, and the one that wins.
//!
//! Every step is a walk over hash maps, so that the time grows with the number of readings alone, and the result is
//! sorted, so that the order in which threads found things cannot show.

mod draft;
mod join;
mod merge;
mod precedence;

#[cfg(test)]
mod tests;

use crate::library_call;
use crate::python::Code;
use crate::redact::{Nature, Redactor, Scrubber, Written};
use crate::site::Found;
use setpoint_host::Host;
use setpoint_model::{Argument, LibraryCall, NamedDefault, Problem, Seen, SiteProcesses, Snapshot, is_secret_name};

pub(crate) fn resolve(host: &dyn Host, found: Found, code: Code) -> Snapshot {
    let Found { root: _, mut site, deployment, live } = found;
    site.python_files = code.files;
    site.dynamic_reads = code.dynamic_reads;
    let mut redactor = Redactor::new(host.random());
    let drafts = merge::merge(code.declarations, deployment.assignments, &live);
    let processes = SiteProcesses::seen(&site.processes, |name| {
        let seen = live.iter().find(|live| live.process == name);
        let seen = seen
            .map(|live| Seen { environment: live.environment.is_some(), command_line: live.command_line.is_some() });
        seen.unwrap_or_default()
    });
    let mut defaults: Vec<_> = drafts.into_iter().map(|draft| draft.finish(&mut redactor, &processes)).collect();
    defaults.sort_by(|one, two| (&one.name, one.mechanism).cmp(&(&two.name, two.mechanism)));
    let mut calls: Vec<_> = code.calls.iter().map(|call| show_call(call, &mut redactor)).collect();
    calls.sort_by(|one, two| one.place.cmp(&two.place));
    let scrubber = redactor.scrubber();
    defaults.iter_mut().for_each(|default| scrub_default(default, &scrubber));
    let mut problems = deployment.problems;
    problems.extend(code.problems);
    problems.iter_mut().for_each(|problem| scrub_problem(problem, &scrubber));
    sort(&mut problems);
    Snapshot { version: 1, site, defaults, calls, problems }
}

/// A call with the secrets among its arguments hidden.
fn show_call(call: &library_call::LibraryCall, redactor: &mut Redactor) -> LibraryCall {
    let arguments = call.arguments.iter().map(|argument| {
        let from = argument.from.as_ref();
        let secret =
            is_secret_name(&argument.name) || from.is_some_and(|from| from.secret || is_secret_name(&from.name));
        let nature = if secret { Nature::Secret } else { Nature::Unknown };
        let shown = redactor.show(&argument.value, &argument.text, nature, Written::Code);
        Argument {
            name: argument.name.clone(),
            value: shown.held,
            text: shown.text,
            from: from.map(|from| from.name.clone()),
        }
    });
    LibraryCall {
        function: call.function.to_owned(),
        place: call.place.clone(),
        symbol: call.symbol.clone(),
        bound_to: call.bound_to.clone(),
        arguments: arguments.collect(),
        open: call.open,
    }
}

/// By place; those that concern no file come first, in the order in which they were met.
fn sort(problems: &mut Vec<Problem>) {
    problems.sort_by(|one, two| one.place.cmp(&two.place));
    problems.dedup();
}

/// A secret that was hidden where it is set may be quoted by a description, a symbol or another reading's text.
fn scrub_default(default: &mut NamedDefault, scrubber: &Scrubber) {
    let texts = default.readings.iter_mut().flat_map(|reading| [Some(&mut reading.text), reading.symbol.as_mut()]);
    for text in texts.flatten().chain(default.description.as_mut()).chain(default.type_name.as_mut()) {
        scrub(text, scrubber);
    }
}

/// Sources do not quote values in a problem; a problem that came from another program's words may.
fn scrub_problem(problem: &mut Problem, scrubber: &Scrubber) {
    for text in [&mut problem.what, &mut problem.expected].into_iter().chain(problem.hint.as_mut()) {
        scrub(text, scrubber);
    }
}

fn scrub(text: &mut String, scrubber: &Scrubber) {
    if let Some(scrubbed) = scrubber.scrub(text) {
        *text = scrubbed;
    }
}
