use crate::node::Node;
use crate::shapes::Reference;
use regex::Regex;
use setpoint_model::register::UnsoundCheck;
use setpoint_model::{ByteSpan, Place, Problem, Retry};
use std::collections::{BTreeSet, HashMap};

/// Where the problems of one file are collected while it is read.
pub(crate) struct Report {
    file: String,
    text: String,
    /// The first byte of every line.
    lines: Vec<usize>,
    /// Lines that are no TOML; what else seems wrong on them is a consequence.
    broken: BTreeSet<u32>,
    problems: Vec<Reported>,
    /// The key of the entry that is being read, or compared with others.
    entry: Option<ByteSpan>,
    /// What is to be known of each check where its entry turns out to be wrong.
    checks: Vec<UnsoundCheck>,
    /// How many of the problems the schema cannot know.
    beyond_schema: usize,
    /// Names of other entries, to be looked up once all are read.
    references: Vec<Referred>,
    expressions: HashMap<&'static str, Option<Regex>>,
}

/// A problem, and whose it is.
pub(crate) struct Reported {
    pub(crate) problem: Problem,
    /// The key of the entry that it was met in; `None` for what is no TOML, of which nobody knows yet where it belongs.
    pub(crate) entry: Option<ByteSpan>,
}

/// A name of another entry.
pub(crate) struct Referred {
    pub(crate) kind: Reference,
    pub(crate) name: String,
    pub(crate) place: Place,
    /// The key of the entry that names it.
    pub(crate) entry: Option<ByteSpan>,
}

/// True for a line with the header of a table.
pub(crate) fn is_header(line: &str) -> bool {
    line.trim_start().starts_with('[')
}

impl Report {
    pub(crate) fn new(file: &str, text: &str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
            lines,
            broken: BTreeSet::new(),
            problems: Vec::new(),
            entry: None,
            checks: Vec::new(),
            beyond_schema: 0,
            references: Vec::new(),
            expressions: HashMap::new(),
        }
    }

    /// The same as [`Place::in_text`], without counting the lines again for each of ten thousand entries.
    pub(crate) fn place(&self, span: ByteSpan) -> Place {
        let line = self.lines.partition_point(|start| *start <= span.start);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = 1 + self.text.get(start..span.start).map_or(0, |before| before.chars().count());
        Place {
            file: self.file.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            span: Some(span),
        }
    }

    /// A line that is no TOML. What stands below a table's header that is none is taken for another table's.
    pub(crate) fn broken(&mut self, span: ByteSpan, what: impl Into<String>, expected: impl Into<String>) {
        let place = self.place(span);
        self.broken.insert(place.line);
        let start = self.lines.partition_point(|start| *start <= span.start).checked_sub(1);
        let start = start.and_then(|line| self.lines.get(line)).copied().unwrap_or_default();
        let mut lines = self.text.get(start..).unwrap_or_default().lines();
        if lines.next().is_some_and(is_header) {
            let below = lines.take_while(|line| !is_header(line)).count();
            self.broken.extend((place.line..).skip(1).take(below));
        }
        self.push(Problem::input(what, expected, Retry::SafeOnceMended).at(place));
    }

    fn push(&mut self, problem: Problem) {
        self.problems.push(Reported { problem, entry: self.entry });
    }

    /// Whatever is reported by the work is about the entry of that key.
    pub(crate) fn within<T>(&mut self, entry: ByteSpan, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.entry.replace(entry);
        let done = work(self);
        self.entry = outer;
        done
    }

    /// Keeps what is to be known of a check where its entry turns out to be wrong.
    pub(crate) fn leave(&mut self, rest: UnsoundCheck) {
        self.checks.push(rest);
    }

    /// What was kept of each check.
    pub(crate) fn take_checks(&mut self) -> Vec<UnsoundCheck> {
        std::mem::take(&mut self.checks)
    }

    /// Something that has not the shape that the schema demands.
    pub(crate) fn misshapen(
        &mut self,
        span: ByteSpan,
        what: impl Into<String>,
        expected: impl Into<String>,
        hint: Option<String>,
    ) {
        let place = self.place(span);
        if self.broken.contains(&place.line) {
            return;
        }
        let problem = Problem::input(what, expected, Retry::SafeOnceMended).at(place);
        self.push(Problem { hint, ..problem });
    }

    /// Something of the right shape that makes no sense.
    pub(crate) fn senseless(&mut self, place: Place, what: impl Into<String>, expected: impl Into<String>) {
        if self.broken.contains(&place.line) {
            return;
        }
        self.beyond_schema += 1;
        self.push(Problem::input(what, expected, Retry::SafeOnceMended).at(place));
    }

    /// A value of another kind than expected.
    pub(crate) fn wrong(&mut self, node: &Node<'_>, expected: impl Into<String>) {
        self.misshapen(node.span, format!("{node} is {}", node.shown()), expected, None);
    }

    /// Notes that another entry is named here.
    pub(crate) fn refer(&mut self, kind: Reference, name: &str, span: ByteSpan) {
        let place = self.place(span);
        self.references.push(Referred { kind, name: name.to_owned(), place, entry: self.entry });
    }

    /// Every entry that was named, and where.
    pub(crate) fn take_references(&mut self) -> Vec<Referred> {
        std::mem::take(&mut self.references)
    }

    /// True if the pattern of the schema matches the text.
    pub(crate) fn matches(&mut self, pattern: &'static str, text: &str) -> bool {
        let compiled = self.expressions.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
        compiled.as_ref().is_some_and(|expression| expression.is_match(text))
    }

    /// Every problem in the order of the file.
    pub(crate) fn into_problems(self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.problems.into_iter().map(|reported| reported.problem).collect();
        problems.sort_by(|one, two| one.place.cmp(&two.place));
        problems
    }

    /// Every problem so far, in the order in which it was met.
    pub(crate) fn reported(&self) -> &[Reported] {
        &self.problems
    }

    /// How many problems a schema could have found.
    #[cfg(test)]
    pub(crate) fn misshapen_count(&self) -> usize {
        self.problems.len() - self.beyond_schema
    }
}
