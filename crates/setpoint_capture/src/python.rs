//! Reads declarations out of Python source, never importing it. One mechanism, one file.
//!
//! A tree is read in rounds. The first looks at the files that hold one of the mechanisms' words; what they define
//! (a settings base class, a helper around `os.environ`) gives the words of the next round, until nothing is new.

mod argparse;
mod called;
mod casts;
mod celery_config;
mod click;
mod declare;
mod decouple;
mod dj_database_url;
mod django_environ;
mod django_settings;
mod dotenv_files;
mod environ;
mod environment;
mod environs;
mod envvar_prefix;
mod flask_config;
mod health;
mod helpers;
mod journal_mode;
mod library_calls;
mod made_name;
mod mechanisms;
mod prefixes;
mod pydantic_settings;
mod reach;
mod scan;
mod searcher;
mod settings_module;
mod starlette;
mod tornado_options;
mod traitlets;
mod tree;
mod typer;
mod words;

pub(crate) use declare::clear;
pub(crate) use tree::python_files;

use crate::Declaration;
use crate::library_call::LibraryCall;
use crate::settings_class::SettingsClass;
pub(crate) use dotenv_files::{Named, Sought};
pub(crate) use library_calls::LibraryCalls;
use mechanisms::Present;
use setpoint_host::Host;
use setpoint_model::{DynamicRead, HealthRoute, Place, Problem, ProcessState, Retry};
use setpoint_python::{FileId, Program, Sources};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use words::{Word, Words};

/// What the code declares.
#[derive(Debug, Default)]
pub(crate) struct Code {
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) problems: Vec<Problem>,
    /// How many Python files were looked at.
    pub(crate) files: usize,
    /// See [`setpoint_model::Site::dynamic_reads`].
    pub(crate) dynamic_reads: Vec<DynamicRead>,
    /// The `.env` files that the code asks for, whether they are there or not.
    pub(crate) dotenv_files: Vec<Named>,
    /// Calls of the functions that the catalog of libraries knows.
    pub(crate) calls: Vec<LibraryCall>,
    /// See [`setpoint_model::Site::imports`].
    pub(crate) imports: BTreeMap<String, BTreeSet<String>>,
    /// See [`setpoint_model::Site::reach`].
    pub(crate) reach: BTreeMap<String, BTreeSet<String>>,
    /// See [`setpoint_model::Site::journal_modes`].
    pub(crate) journal_modes: Vec<Place>,
    /// See [`setpoint_model::Site::health_routes`].
    pub(crate) health_routes: Vec<HealthRoute>,
    /// The settings classes, each with its fields.
    pub(crate) settings: Vec<SettingsClass>,
}

/// What reading one file found.
#[derive(Debug, Default)]
struct Found<'s> {
    declarations: Vec<Declaration>,
    dynamic_reads: Vec<DynamicRead>,
    dotenv_files: Vec<Named>,
    problems: Vec<Problem>,
    calls: Vec<LibraryCall>,
    journal_modes: Vec<Place>,
    settings: Vec<SettingsClass>,
    /// The names of the file at hand that calls are bound to.
    bindings: library_calls::Bindings<'s>,
    /// Functions that read a variable which their caller names.
    helpers: Vec<helpers::Helper<'s>>,
    /// The definitions of helpers that a call is known to call.
    called_helpers: HashSet<usize>,
    /// The names of helpers in calls of which it is not known what they call.
    unresolved_calls: HashSet<&'s str>,
    /// Names whose users must be read, too: of helpers, of settings classes.
    words: BTreeSet<Word<'s>>,
    /// The file at hand gives names of its own to what the mechanism at hand looks for: `from os import getenv as read`.
    renames: bool,
    /// The casts around the reads of the file at hand.
    casts: casts::Casts<'s>,
    /// The prefixes that hold for parts of the file at hand.
    prefixes: prefixes::Prefixes,
}

/// How often what was found may lead to more; a helper of a helper of a helper is rare already.
const ROUNDS: usize = 6;

pub(crate) fn read(host: &dyn Host, root: &Path, processes: &[ProcessState], followed: LibraryCalls) -> Code {
    let (paths, mut problems) = tree::python_files(host, root);
    let sources = Sources::new(paths, |path| host.read(&root.join(path), tree::LONGEST_FILE).ok());
    let program = Program::new(&sources);
    let scan = scan::Scan { host, root, sources: &sources };
    let mut code = Code { files: sources.ids().len(), ..Code::default() };

    let mut words: BTreeSet<Word<'_>> = mechanisms::words(followed).collect();
    let mut looked_for = BTreeSet::new();
    let mut seen: Vec<FileId> = Vec::new();
    let mut with_classes: BTreeSet<FileId> = BTreeSet::new();
    let mut present = None;
    let mut helpers = helpers::Helpers::default();
    let mut pending = Vec::new();
    let (mut called, mut unresolved) = (HashSet::new(), HashSet::new());
    for _ in 0..ROUNDS {
        let searched = Words::new(words.iter().copied());
        let (fresh, refused) = searched.map(|words| scan.containing(&words, &seen)).unwrap_or_default();
        problems.extend(refused);
        let present = present.get_or_insert_with(|| {
            Present::by(&fresh.iter().flat_map(|worth| &worth.spotted.words).copied().collect())
        });
        let mut found = scan::each(&fresh, |worth, found| present.read(&program, worth, found));
        with_classes.extend(fresh.iter().filter(|worth| present.has_classes(&worth.spotted.words)).map(|it| it.file));
        // A class may inherit from one that was not known when its file was read.
        let inherited = words.iter().copied().filter(|word| matches!(word, Word::Inherited(_)));
        if let Some(inherited) = Words::new(inherited) {
            let others: Vec<FileId> = seen.iter().copied().filter(|file| !with_classes.contains(file)).collect();
            let others = scan.of_parsed(&inherited, &others);
            found.extend(scan::each(&others, |worth, found| present.read_classes(&program, worth, found)));
            with_classes.extend(others.iter().map(|worth| worth.file));
        }
        looked_for.append(&mut words);
        let fresh: Vec<FileId> = fresh.iter().map(|worth| worth.file).collect();
        pending.extend(found.iter_mut().flat_map(|found| found.helpers.drain(..)));
        let new = helpers.add(pending.drain(..));
        // The calls of a helper may stand in files that were read before it was known.
        for (files, helpers) in [(&seen, &new), (&fresh, &helpers)] {
            let Some(words) = Words::new(helpers.words()) else { continue };
            let calling = scan.of_parsed(&words, files);
            found.extend(scan::each(&calling, |worth, found| helpers::calls(&program, worth, helpers, found)));
        }
        words.extend(new.words());
        for found in found {
            code.declarations.extend(found.declarations);
            code.dynamic_reads.extend(found.dynamic_reads);
            code.dotenv_files.extend(found.dotenv_files);
            called.extend(found.called_helpers);
            unresolved.extend(found.unresolved_calls);
            problems.extend(found.problems);
            code.calls.extend(found.calls.into_iter().filter(|call| followed.include(call)));
            code.journal_modes.extend(found.journal_modes);
            code.settings.extend(found.settings);
            pending.extend(found.helpers);
            words.extend(found.words);
        }
        words = words.difference(&looked_for).copied().collect();
        seen.extend(fresh);
        if words.is_empty() && pending.is_empty() {
            break;
        }
    }
    code.dynamic_reads.extend(helpers.uncalled(&program, &called, &unresolved));
    code.dynamic_reads.sort_by(|one, two| one.place.cmp(&two.place));
    code.dynamic_reads.dedup();
    mechanisms::read_whole(&program, &seen, &mut code);
    library_calls::link(&program, &mut code);
    code.imports = reach::imports(&program, processes);
    code.reach = reach::reach(&program, processes);
    let imported = code.imports.values().flatten().filter_map(|path| sources.find(path));
    let read: BTreeSet<FileId> = seen.iter().copied().chain(imported).collect();
    problems.extend(read.into_iter().filter_map(|file| syntax_problem(&program, file)));
    code.problems = problems;
    reach::note(&code.imports, processes, &mut code.calls);
    code.health_routes = health::read(&program, &code.imports);
    drop((helpers, program));
    scan::give_back(sources.into_modules());
    code
}

/// The first syntax error of a file, of which the rest was read all the same.
fn syntax_problem(program: &Program<'_>, file: FileId) -> Option<Problem> {
    let (error, place) = program.module(file)?.syntax_errors().next()?;
    let what = format!("`{}` has a syntax error: {error}", program.sources().path(file));
    let problem = Problem::input(what, "Python that its interpreter accepts", Retry::SafeOnceMended);
    Some(problem.at(place).hint("what could be read of the file was read; defaults near the error may be missing"))
}

#[cfg(test)]
mod tests;
