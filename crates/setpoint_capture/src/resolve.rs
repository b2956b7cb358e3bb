//! Lays what the deployment sets over what the code declares: one default per name and mechanism, its readings in
//! order of precedence, and the one that wins.
//!
//! Every step is a walk over hash maps, so that the time grows with the number of readings alone, and the result is
//! sorted, so that the order in which threads found things cannot show.

mod draft;
mod join;
mod merge;
mod nested;
mod precedence;

#[cfg(test)]
mod tests;

use crate::Captured;
use crate::library_call;
use crate::python::Code;
use crate::redact::{HIDDEN, Nature, Redactor, Scrubber};
use crate::site::Found;
use setpoint_host::Host;
use setpoint_model::{
    Argument, Held, LibraryCall, NamedDefault, Problem, ProcessState, Seen, SiteProcesses, Snapshot, Written,
    is_secret_name,
};

pub(crate) fn resolve(host: &dyn Host, found: Found, code: Code, key: Option<[u8; 16]>) -> Result<Captured, Problem> {
    let Found { root: _, mut site, deployment, live, .. } = found;
    site.python_files = code.files;
    site.dynamic_reads = code.dynamic_reads;
    site.journal_modes = code.journal_modes;
    site.imports = code.imports;
    site.reach = code.reach;
    site.health_routes = code.health_routes;
    let mut redactor = Redactor::new(key.map_or_else(|| host.random(), Ok).map_err(|refusal| refusal.problem())?);
    let drafts = merge::merge(code.declarations, deployment.assignments, &live);
    let processes = SiteProcesses::seen(&site, |name| {
        let seen = live.iter().find(|live| live.process == name);
        let seen = seen
            .map(|live| Seen { environment: live.environment.is_some(), command_line: live.command_line.is_some() });
        seen.unwrap_or_default()
    });
    let mut defaults: Vec<_> = drafts.into_iter().map(|draft| draft.finish(&mut redactor, &processes)).collect();
    defaults.sort_by(|one, two| (&one.name, one.mechanism).cmp(&(&two.name, two.mechanism)));
    let mut calls: Vec<_> = code.calls.iter().map(|call| show_call(call, &mut redactor)).collect();
    calls.sort_by(|one, two| one.place.cmp(&two.place));
    let vault = redactor.take_vault();
    let scrubber = redactor.scrubber(defaults.iter().map(|default| default.name.as_str()));
    calls.iter_mut().for_each(|call| scrub_call(call, &scrubber));
    defaults.iter_mut().for_each(|default| scrub_default(default, &scrubber));
    site.processes.iter_mut().for_each(|process| scrub_process(process, &scrubber));
    site.health_routes.iter_mut().for_each(|route| scrub(&mut route.path, &scrubber));
    let mut problems = deployment.problems;
    problems.extend(code.problems);
    problems.iter_mut().for_each(|problem| scrub_problem(problem, &scrubber));
    sort(&mut problems);
    let snapshot = Snapshot { version: 1, site, defaults, calls, needs: Vec::new(), problems };
    Ok(Captured { snapshot, scrubber, vault, proof: None })
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
            backend: argument.backend,
        }
    });
    LibraryCall {
        function: call.function.to_owned(),
        place: call.place.clone(),
        symbol: call.symbol.clone(),
        bound_to: call.bound_to.clone(),
        arguments: arguments.collect(),
        open: call.open,
        imported_by: call.imported_by.clone(),
    }
}

/// What is hidden elsewhere may be repeated by an argument.
fn scrub_call(call: &mut LibraryCall, scrubber: &Scrubber) {
    for argument in &mut call.arguments {
        scrub(&mut argument.text, scrubber);
        if let Some(hidden) = scrubber.hide(&argument.value) {
            argument.value = hidden;
        }
    }
}

/// By place; those that concern no file come first, in the order in which they were met.
fn sort(problems: &mut Vec<Problem>) {
    problems.sort_by(|one, two| one.place.cmp(&two.place));
    problems.dedup();
}

/// A secret that was hidden where it is set may be repeated in another default's value, its text, a description. The
/// default's name and the files stay, since they are what it is found by.
fn scrub_default(default: &mut NamedDefault, scrubber: &Scrubber) {
    for reading in &mut default.readings {
        if let Some(hidden) = scrubber.hide(&reading.value) {
            reading.text = hidden.constant().map_or_else(|| HIDDEN.to_owned(), ToString::to_string);
            default.secret |= matches!(hidden, Held::Secret(_));
            reading.value = hidden;
        }
        scrub(&mut reading.text, scrubber);
        reading.symbol.iter_mut().for_each(|symbol| scrub(symbol, scrubber));
    }
    let per_process = default.per_process.iter_mut().map(|(_, effective)| effective);
    let won = default.effective.iter_mut().chain(per_process).map(|effective| &mut effective.value);
    for held in won.chain([&mut default.value]) {
        if let Some(hidden) = scrubber.hide(held) {
            *held = hidden;
        }
    }
    for text in default.aliases.iter_mut().chain(&mut default.description).chain(&mut default.type_name) {
        scrub(text, scrubber);
    }
}

/// What a process serves and listens on is taken from its command line and its server's configuration.
fn scrub_process(process: &mut ProcessState, scrubber: &Scrubber) {
    for text in process.app.iter_mut().chain(&mut process.interpreter).chain(&mut process.listens) {
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
