//! From wanted values to a plan: the first draft of each that, as far as a capture of the site with it can tell, gives that
//! default that value and no other default another one.

use crate::draft::{Draft, drafts};
use crate::settling::{settle, units_in};
use crate::{FileEdit, Plan, Wanted};
use setpoint_capture::{Captured, Request, Scrubber};
use setpoint_host::{Host, OverlayHost};
use setpoint_model::{
    ByteSpan, Effective, Held, Layer, Mechanism, NamedDefault, Place, Problem, ProcessState, Reading, Retry,
    SiteProcesses, Snapshot, Value,
};
use std::path::{Path, PathBuf};

/// A default and the value that it is to have. The value may be a secret, and is printed nowhere.
pub struct Assignment {
    /// The default's name or one of its aliases.
    pub name: String,
    /// The value as a text.
    pub value: String,
}

/// A plan, and what else of it a person wants to know before it begins.
pub struct Planned {
    /// What is done.
    pub plan: Plan,
    /// For each default that was asked for, where its value comes to stand.
    pub drafts: Vec<Draft>,
    /// The texts of the files that are edited.
    pub texts: Vec<FileTexts>,
    /// Defaults that follow those that were asked for, since they have their value from them.
    pub following: Vec<String>,
    /// The site as it would be.
    pub after: Snapshot,
    /// Finds its secrets, the new ones among them.
    pub scrubber: Scrubber,
}

impl Planned {
    /// Edits one more file, which no service takes up: the register, the lock. Nothing where it has that text already.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn also(&mut self, host: &dyn Host, path: &Path, after: &str) -> Result<(), Problem> {
        let refused = |refusal: setpoint_host::Refusal| refusal.problem();
        let Some(edit) = FileEdit::replace(host, path, after.as_bytes(), None).map_err(refused)? else { return Ok(()) };
        let before = host.read(&edit.path, u64::MAX).map_err(refused)?;
        self.texts.push(FileTexts { path: edit.path.clone(), before, after: after.as_bytes().to_vec() });
        self.plan.edits.push(edit);
        Ok(())
    }

    /// The machine as it would be.
    pub fn over<'h>(&self, host: &'h dyn Host) -> OverlayHost<'h> {
        self.texts.iter().fold(OverlayHost::over(host), |overlay, file| overlay.with(&file.path, file.after.clone()))
    }
}

/// A file that is edited. Its texts may hold secrets, and are printed nowhere as they are.
pub struct FileTexts {
    /// Where it is.
    pub path: PathBuf,
    /// As it is.
    pub before: Vec<u8>,
    /// As it is to be.
    pub after: Vec<u8>,
}

/// What is to be done for the defaults to have these values.
///
/// # Errors
/// There is no such default, it has that value already, or no edit gives it that value.
pub fn plan(
    host: &dyn Host,
    request: &Request,
    before: &Snapshot,
    assignments: &[Assignment],
    process: Option<&str>,
) -> Result<Planned, Problem> {
    let mut chosen = Chosen {
        host,
        request,
        drafts: Vec::new(),
        defaults: Vec::new(),
        following: Vec::new(),
        after: by_files(before.clone()),
        scrubber: None,
    };
    process.map_or(Ok(()), |process| refuse_unknown_process(before, process))?;
    for assignment in assignments {
        chosen.add(assignment, process)?;
    }
    chosen.planned(before)
}

/// The drafts that were chosen, and the site as they would leave it: each value is tried on the site with those before it.
struct Chosen<'a> {
    host: &'a dyn Host,
    request: &'a Request,
    drafts: Vec<Draft>,
    defaults: Vec<Wanted>,
    following: Vec<String>,
    after: Snapshot,
    scrubber: Option<Scrubber>,
}

impl<'a> Chosen<'a> {
    /// Chooses the first draft of a value that gives its default that value and no other default another one.
    fn add(&mut self, assignment: &Assignment, process: Option<&str>) -> Result<(), Problem> {
        let default = match self.after.find(&assignment.name) {
            Some(default) => default,
            None => &of_program(&self.after, &assignment.name)?,
        };
        let process = process_of(default, process)?;
        refuse_the_same(default, process, &assignment.value)?;
        crate::empty::refuse(self.host, &self.after, default, &assignment.value)?;
        let mut refused = Vec::new();
        let mut found = None;
        for draft in drafts(&self.over(), &self.after, default, process, &assignment.value)? {
            let tried = self.over().with(&draft.path, draft.text.clone());
            let mut captured = setpoint_capture::capture(&tried, self.request)?;
            captured.snapshot = by_files(captured.snapshot);
            match verdict(&self.after, &captured.snapshot, default, process, &assignment.value, &draft.place) {
                Ok(others) => {
                    found = Some((draft, captured, others));
                    break;
                }
                Err(why) => {
                    let why = format!("{}: {why}", draft.place.in_brief());
                    if !refused.contains(&why) {
                        refused.push(why);
                    }
                }
            }
        }
        let Some((draft, Captured { snapshot, scrubber, .. }, others)) = found else {
            return Err(no_edit(&assignment.name, &refused));
        };
        let shown = |snapshot: &Snapshot| {
            let effective = snapshot.find(&default.name).and_then(|default| in_process(default, process));
            effective.map(|effective| effective.value.shown())
        };
        self.defaults.push(Wanted {
            name: default.name.clone(),
            before: shown(&self.after),
            after: shown(&snapshot)
                .unwrap_or_else(|| if default.secret { String::new() } else { assignment.value.clone() }),
            is_secret: default.secret,
        });
        self.following.extend(others);
        self.drafts.push(draft);
        self.after = snapshot;
        self.scrubber = Some(scrubber);
        Ok(())
    }

    /// The machine with the drafts in place. A later draft of a file was made of the text of the one before.
    fn over(&self) -> OverlayHost<'a> {
        let overlay = OverlayHost::over(self.host);
        self.drafts.iter().fold(overlay, |overlay, draft| overlay.with(&draft.path, draft.text.clone()))
    }

    fn planned(mut self, before: &Snapshot) -> Result<Planned, Problem> {
        let Some(scrubber) = self.scrubber else {
            return Err(Problem::input("nothing was asked for", "NAME=VALUE", Retry::SafeOnceMended));
        };
        self.following.retain(|name| self.defaults.iter().all(|wanted| wanted.name != *name));
        self.following.sort();
        self.following.dedup();
        let texts = texts(self.host, &self.drafts)?;
        let mut edits = Vec::new();
        for file in &texts {
            let edit = FileEdit::replace(self.host, &file.path, &file.after, None);
            edits.extend(edit.map_err(|refusal| refusal.problem())?);
        }
        let wanted = self.defaults.iter().map(|wanted| format!("{} = {}", wanted.name, wanted.after));
        let title: Vec<String> = wanted.collect();
        let has_units = !self.request.units.is_empty();
        let settle = if has_units { settle(self.host, before, &self.drafts)? } else { Vec::new() };
        let plan = Plan {
            title: title.join(", "),
            site: PathBuf::from(&before.site.root),
            site_units: self.request.units.clone(),
            environment: before.site.environment.clone(),
            defaults: self.defaults,
            edits,
            units: units_in(&settle),
            settle,
            ..Plan::default()
        };
        Ok(Planned { plan, drafts: self.drafts, texts, following: self.following, after: self.after, scrubber })
    }
}

/// The site as its files have it. What a process holds that was started before they were changed is no place to edit.
fn by_files(mut snapshot: Snapshot) -> Snapshot {
    let processes = SiteProcesses::of_files(&snapshot.site);
    for default in &mut snapshot.defaults {
        let all = default.readings.len();
        default.readings.retain(|reading| reading.layer != Layer::Process);
        if default.readings.len() < all {
            default.choose_again(&processes);
        }
    }
    snapshot
}

/// A setting of a program that nothing sets and whose own default is not known, so that it is no default of the capture.
/// Whether there is such a setting the capture with the draft tells.
fn of_program(snapshot: &Snapshot, name: &str) -> Result<NamedDefault, Problem> {
    let programs =
        [Mechanism::Systemd, Mechanism::Nginx, Mechanism::Gunicorn, Mechanism::Uvicorn, Mechanism::Hypercorn];
    let program =
        name.split_once('.').and_then(|(program, _)| programs.into_iter().find(|known| known.as_str() == program));
    let is_here = |mechanism: &Mechanism| {
        let runs = |process: &ProcessState| process.program.as_deref() == Some(mechanism.as_str());
        snapshot.defaults.iter().any(|default| default.mechanism == *mechanism)
            || snapshot.site.processes.iter().any(runs)
    };
    let Some(mechanism) = program.filter(is_here) else { return Err(unknown(snapshot, name)) };
    Ok(NamedDefault::unset(name, Layer::Library, mechanism))
}

fn unknown(snapshot: &Snapshot, name: &str) -> Problem {
    let near = setpoint_model::nearest(name, snapshot.defaults.iter().map(|default| default.name.as_str()));
    let what = format!("there is no default `{name}`");
    let problem = Problem::input(what, "a name that `setpoint capture --all` lists", Retry::SafeOnceMended);
    match near {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    }
}

fn refuse_unknown_process(snapshot: &Snapshot, process: &str) -> Result<(), Problem> {
    let processes: Vec<&str> = snapshot.site.processes.iter().map(|process| process.name.as_str()).collect();
    if processes.contains(&process) {
        return Ok(());
    }
    let what = format!("there is no process `{process}`");
    let expected = match processes.as_slice() {
        [] => "no `--process`: the site has none that is known".to_owned(),
        names => format!("one of {}", names.join(", ")),
    };
    Err(Problem::input(what, expected, Retry::SafeOnceMended))
}

/// The process that is meant. Where processes hold different values somebody has to say which.
fn process_of<'p>(default: &NamedDefault, process: Option<&'p str>) -> Result<Option<&'p str>, Problem> {
    let differing: Vec<&str> = default.per_process.iter().map(|(name, _)| name.as_str()).collect();
    if process.is_some() || default.exceptions().next().is_none() {
        return Ok(process);
    }
    let what = format!("`{}` differs between {}", default.name, differing.join(" and "));
    Err(Problem::input(what, "`--process NAME`, which says whose is to change", Retry::SafeOnceMended))
}

fn in_process<'d>(default: &'d NamedDefault, process: Option<&str>) -> Option<&'d Effective> {
    process.map_or(default.effective.as_ref(), |process| default.effective_in(process))
}

fn holds(default: &NamedDefault, process: Option<&str>, value: &str) -> Option<bool> {
    match in_process(default, process).map(|effective| &effective.value) {
        Some(Held::Constant(held)) => Some(default.comparison().is_same(held, &Value::Text(value.to_owned()))),
        // Only that it is set is known.
        Some(Held::Secret(_)) => None,
        Some(Held::Dynamic | Held::Nothing) | None => Some(false),
    }
}

fn refuse_the_same(default: &NamedDefault, process: Option<&str>, value: &str) -> Result<(), Problem> {
    if holds(default, process, value) != Some(true) {
        return Ok(());
    }
    let what = format!("`{}` is {value} already", default.name);
    let problem = Problem::input(what, "another value", Retry::SafeOnceMended);
    Err(match in_process(default, process) {
        Some(effective) => problem.at(effective.place.clone()),
        None => problem,
    })
}

/// Whether a capture with the draft shows what was wanted; then the other defaults whose value changed with it.
fn verdict(
    before: &Snapshot,
    after: &Snapshot,
    wanted: &NamedDefault,
    process: Option<&str>,
    value: &str,
    edited: &Place,
) -> Result<Vec<String>, String> {
    let same = |default: &&NamedDefault| default.name == wanted.name && default.mechanism == wanted.mechanism;
    // A block of nginx that comes to say what the main way says has no name of its own any more.
    let joined = |default: &&NamedDefault| {
        let stands_there = |reading: &Reading| overlap(&reading.place, edited);
        is_same_directive(default, wanted) && default.readings.iter().any(stands_there)
    };
    let now = after.defaults.iter().find(same).or_else(|| after.defaults.iter().find(joined));
    let Some(now) = now else { return Err("it would be gone".to_owned()) };
    if holds(now, process, value) == Some(false) {
        let held = in_process(now, process).map_or("not set".to_owned(), |effective| effective.value.shown());
        return Err(format!("it would be {held}"));
    }
    if after.problems.len() > before.problems.len() {
        let new = after.problems.iter().find(|problem| !before.problems.iter().any(|old| old.what == problem.what));
        return Err(new.map_or("a file could not be read then".to_owned(), |problem| problem.what.clone()));
    }
    let place = in_process(now, process).map(|effective| &effective.place);
    let mut following = Vec::new();
    for default in &after.defaults {
        let old = before.defaults.iter().find(|old| old.name == default.name && old.mechanism == default.mechanism);
        let is_known = old.map_or_else(|| stood_there(before, default), |old| is_same_everywhere(old, default));
        if same(&default) || is_known {
            continue;
        }
        // What has its value from the same bytes follows, and so does what holds them, as a command line holds its options.
        let follows = default.readings.iter().any(|reading| place.is_some_and(|place| overlap(&reading.place, place)));
        if !follows {
            return Err(format!("`{}` would change too", default.name));
        }
        following.push(default.name.clone());
    }
    Ok(following)
}

/// True for a default that has a name of its own now and no other value than at the same places before: what a block of nginx
/// says is a default of its own only where the main way of requests says otherwise.
fn stood_there(before: &Snapshot, new: &NamedDefault) -> bool {
    let readings = || before.defaults.iter().filter(|old| is_same_directive(old, new)).flat_map(|old| &old.readings);
    // Its line may be another one: the edit may be above it.
    let stood = |reading: &Reading| {
        let same = |old: &Reading| {
            old.place.file == reading.place.file
                && old.symbol == reading.symbol
                && old.process == reading.process
                && old.text == reading.text
                && old.value == reading.value
        };
        readings().any(same)
    };
    !new.readings.is_empty() && new.readings.iter().all(stood)
}

/// True for one directive of nginx in two blocks, or in one and on the main way.
fn is_same_directive(one: &NamedDefault, other: &NamedDefault) -> bool {
    let own = |name: &str| name.rsplit_once("].").or_else(|| name.split_once('.')).map(|(_, own)| own.to_owned());
    one.mechanism == Mechanism::Nginx && other.mechanism == Mechanism::Nginx && own(&one.name) == own(&other.name)
}

fn overlap(one: &Place, other: &Place) -> bool {
    let share = |one: ByteSpan, other: ByteSpan| one.start < other.end && other.start < one.end;
    one.file == other.file && one.span.zip(other.span).is_some_and(|(one, other)| share(one, other))
}

fn is_same_everywhere(old: &NamedDefault, new: &NamedDefault) -> bool {
    let same = |one: Option<&Effective>, other: Option<&Effective>| match (one, other) {
        (Some(one), Some(other)) => match (&one.value, &other.value) {
            // A capture has a key of its own for what it cannot show.
            (Held::Secret(_), Held::Secret(_)) => true,
            (one, other) => old.comparison().holds_same(one, other),
        },
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    same(old.effective.as_ref(), new.effective.as_ref())
        && old.per_process.iter().all(|(process, one)| same(Some(one), new.effective_in(process)))
}

fn no_edit(name: &str, refused: &[String]) -> Problem {
    let problem = Problem::input(
        format!("no edit gives `{name}` that value and leaves all else as it is"),
        "a value that its place can hold",
        Retry::SafeOnceMended,
    );
    match refused {
        [] => problem,
        refused => problem.hint(format!("tried {}", refused.join("; "))),
    }
}

/// The texts of each file that is changed: as it is, and as it is to be.
fn texts(host: &dyn Host, chosen: &[Draft]) -> Result<Vec<FileTexts>, Problem> {
    let mut texts: Vec<FileTexts> = Vec::new();
    for draft in chosen {
        if let Some(file) = texts.iter_mut().find(|file| file.path == draft.path) {
            file.after.clone_from(&draft.text);
        } else {
            let before = host.read(&draft.path, u64::MAX).map_err(|refusal| refusal.problem())?;
            texts.push(FileTexts { path: draft.path.clone(), before, after: draft.text.clone() });
        }
    }
    Ok(texts)
}
