//! Finds the files worth parsing by the words in them, on every core.

use super::words::{Spotted, Words};
use super::{Found, tree};
use setpoint_host::{Host, Refusal};
use setpoint_model::{Place, Problem, Retry};
use setpoint_python::{FileId, Module, Sources, Unreadable};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A tree to scan.
pub(super) struct Scan<'a, 'h> {
    pub(super) host: &'a dyn Host,
    pub(super) root: &'a Path,
    pub(super) sources: &'a Sources<'h>,
}

/// A file that is worth reading.
#[derive(Debug)]
pub(super) struct Worth<'w> {
    pub(super) file: FileId,
    pub(super) spotted: Spotted<'w>,
}

impl Scan<'_, '_> {
    /// Those of the files in which one of the words matters, which are parsed already.
    pub(super) fn of_parsed<'w>(&self, words: &Words<'w>, files: &[FileId]) -> Vec<Worth<'w>> {
        let spotted = in_parallel(files, |file| words.spot(self.sources.module(*file).ok()?.source().as_bytes()));
        let found = files.iter().zip(spotted);
        found.filter_map(|(file, spotted)| Some(Worth { file: *file, spotted: spotted? })).collect()
    }

    /// The files beside those `seen` in which one of the words matters, parsed; and those that could not be read.
    pub(super) fn containing<'w>(&self, words: &Words<'w>, seen: &[FileId]) -> (Vec<Worth<'w>>, Vec<Problem>) {
        let seen: BTreeSet<FileId> = seen.iter().copied().collect();
        let files: Vec<FileId> = self.sources.ids().filter(|file| !seen.contains(file)).collect();
        let looked = in_parallel_with(&files, Vec::new, |file, buffer| self.look(*file, words, buffer));
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for (file, look) in files.into_iter().zip(looked) {
            match look {
                Ok(spotted) => found.extend(spotted.map(|spotted| Worth { file, spotted })),
                Err(problem) => problems.push(problem),
            }
        }
        (found, problems)
    }

    fn look<'w>(&self, file: FileId, words: &Words<'w>, buffer: &mut Vec<u8>) -> Result<Option<Spotted<'w>>, Problem> {
        let path = self.sources.path(file);
        match self.host.read_into(buffer, &self.root.join(path), tree::LONGEST_FILE) {
            Ok(()) => {}
            // A link that leads nowhere, or a file that went away, is no part of the service.
            Err(refusal) if refusal.is_missing() => return Ok(None),
            Err(Refusal::TooLong { .. }) => return Err(too_long(path)),
            Err(refusal) => return Err(Problem { place: Some(Place::file(path)), ..refusal.problem() }),
        }
        let Some(spotted) = words.spot(buffer) else { return Ok(None) };
        let parsed = self.sources.module_from(file, buffer.clone(), &spotted.marks);
        parsed.map(|_| Some(spotted)).map_err(|unreadable| not_python(path, unreadable))
    }
}

fn not_python(path: &str, unreadable: Unreadable) -> Problem {
    let (why, expected) = match unreadable {
        Unreadable::NotLoaded => ("it could not be loaded", "a file that can be read"),
        Unreadable::NotText => ("it has bytes that are no UTF-8 text", "source text in UTF-8"),
        Unreadable::TooDeep => ("its brackets or operators nest too deeply", "source text that Python itself compiles"),
    };
    let what = format!("`{path}` is not Python: {why}");
    Problem::input(what, expected, Retry::SafeOnceMended).at(Place::file(path))
}

/// Nobody writes so much by hand; it is data with a Python name.
fn too_long(path: &str) -> Problem {
    let what = format!("`{path}` was not read: it is longer than source text is");
    let expected = format!("at most {} bytes", tree::LONGEST_FILE);
    Problem::input(what, expected, Retry::SafeOnceMended).at(Place::file(path))
}

/// Reads each file, on every core; the results are in the order of the files.
pub(super) fn each<'s, T: Sync>(files: &[T], read: impl Fn(&T, &mut Found<'s>) + Sync) -> Vec<Found<'s>> {
    in_parallel(files, |file| {
        let mut found = Found::default();
        read(file, &mut found);
        found
    })
}

/// Bytes of stack: the syntax tree is walked by recursion, and hostile files nest deeply.
const STACK: usize = 256 << 20;

/// Gives back the memory of what was parsed, which takes a moment that nobody needs to wait for.
pub(super) fn give_back(modules: Vec<Module>) {
    // Where no thread can be had, they are dropped here, with what should have been done with them.
    drop(std::thread::Builder::new().stack_size(STACK).spawn(move || drop(modules)));
}

/// Maps on every core, keeping the order.
pub(super) fn in_parallel<T: Sync, R: Send>(items: &[T], map: impl Fn(&T) -> R + Sync) -> Vec<R> {
    in_parallel_with(items, || (), |item, ()| map(item))
}

/// As [`in_parallel`], with something that each core makes once and uses again and again.
fn in_parallel_with<T: Sync, R: Send, U>(
    items: &[T],
    make: impl Fn() -> U + Sync,
    map: impl Fn(&T, &mut U) -> R + Sync,
) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let work = || {
        let mut used = make();
        while let Some((index, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|index| Some((index, items.get(index)?)))
        {
            let result = map(item, &mut used);
            results.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..cores {
            let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            // Where no thread can be had, this one does the work.
            if thread.is_err() {
                work();
            }
        }
    });
    let mut results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
