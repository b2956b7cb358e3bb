//! The names of a scope in two tables, which take less room and time than a map of lists.

use crate::Binding;
use crate::scope::Collected;
use ruff_python_ast::StmtImportFrom;
use ruff_text_size::TextSize;

/// What a scope binds.
#[derive(Debug)]
pub(crate) struct Names<'s> {
    /// Each name, sorted, with where its bindings end.
    ends: Vec<(&'s str, usize)>,
    /// Those of one name after those of another, in the order of the source.
    bindings: Vec<Binding<'s>>,
    /// `from x import *`, in order.
    pub(crate) stars: Vec<(&'s StmtImportFrom, TextSize)>,
}

impl<'s> Names<'s> {
    pub(crate) fn new(collected: Collected<'s>) -> Self {
        let Collected { mut bound, stars } = collected;
        bound.sort_by_key(|(name, _)| *name);
        let mut names = Self { ends: Vec::new(), bindings: Vec::with_capacity(bound.len()), stars };
        for (name, binding) in bound {
            match names.ends.last_mut().filter(|(last, _)| *last == name) {
                Some((_, end)) => *end += 1,
                // A call cannot change what is not bound yet.
                None if binding.bound.is_of_call() => continue,
                None => names.ends.push((name, names.bindings.len() + 1)),
            }
            names.bindings.push(binding);
        }
        names
    }

    /// The places that bind a name, in order.
    pub(crate) fn of(&self, name: &str) -> &[Binding<'s>] {
        let at = self.ends.binary_search_by(|(other, _)| (*other).cmp(name));
        at.map_or(&[], |at| self.nth(at))
    }

    /// Every name with its places, sorted by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'s str, &[Binding<'s>])> {
        self.ends.iter().enumerate().map(|(at, (name, _))| (*name, self.nth(at)))
    }

    fn nth(&self, at: usize) -> &[Binding<'s>] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before].1);
        &self.bindings[start..self.ends[at].1]
    }
}
