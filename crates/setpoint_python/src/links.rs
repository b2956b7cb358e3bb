//! Follows long chains of imports link by link, so that how far a name is followed does not depend on who asked first:
//! a link that is too far from the question is found out by itself, kept, and the question asked again.

use crate::FileId;
use crate::fold::{FUEL, Folder};
use std::collections::HashSet;

/// Steps that all the asking for one question may take: a chain that people write takes a few hundred.
const MOST_STEPS: u32 = FUEL;

/// A name of a module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Link {
    pub(crate) file: FileId,
    pub(crate) name: String,
}

/// What was done for one question.
struct Asked {
    tried: HashSet<Link>,
    steps_left: u32,
}

/// Asks a folder that `new` makes, again and again until it needs no further link.
pub(crate) fn ask<'p, 's: 'p, T>(new: impl Fn() -> Folder<'p, 's>, ask: impl Fn(&Folder<'p, 's>) -> T) -> T {
    let mut asked = Asked { tried: HashSet::new(), steps_left: MOST_STEPS };
    loop {
        let folder = new();
        let found = ask(&folder);
        match asked.further(&folder) {
            Some(link) => find_out(&new, link, &mut asked),
            None => return found,
        }
    }
}

/// Finds a link out, after those that it needs.
fn find_out<'p, 's: 'p>(new: &impl Fn() -> Folder<'p, 's>, link: Link, asked: &mut Asked) {
    let mut waiting = vec![link];
    while let Some(link) = waiting.last().cloned() {
        let folder = new();
        folder.member(link.file, &link.name);
        asked.tried.insert(link);
        match asked.further(&folder) {
            Some(further) => waiting.push(further),
            None => {
                waiting.pop();
            }
        }
    }
}

impl Asked {
    /// The link that a folder needs; none that was tried, since what needs itself is not known.
    fn further(&mut self, folder: &Folder<'_, '_>) -> Option<Link> {
        self.steps_left = self.steps_left.saturating_sub(folder.steps());
        folder.needs().filter(|link| self.steps_left > 0 && !self.tried.contains(link))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Object, Program, Sources};

    /// What the first module's name is, after these modules were asked.
    fn check(length: usize, last: &str, asked: &[usize]) -> String {
        let path = |at: usize| format!("m{at}.py");
        let text = |path: &str| {
            let at: usize = path.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().ok()?;
            let text = if at == length { last.to_owned() } else { format!("from m{} import A\nB = A\n", at + 1) };
            Some(text.into_bytes())
        };
        let sources = Sources::new((0..=length).map(path).collect(), text);
        let program = Program::new(&sources);
        let ask = |at: usize| program.member(sources.find(&path(at))?, "A");
        asked.iter().for_each(|at| drop(ask(*at)));
        let found: Option<Option<Object<'_>>> = ask(0);
        format!("{:?}", found.map(|found| found.and_then(|found| found.to_value())))
    }

    #[test]
    fn a_long_chain_ends_at_the_same_whoever_asked_first() {
        let orders: [&[usize]; 4] = [&[], &[100], &[149, 75, 10], &[50, 150]];
        for order in orders {
            assert_eq!(check(150, "A = 'end'\n", order), "Some(Some(Text(\"end\")))", "{order:?}");
        }
    }

    #[test]
    fn a_chain_that_is_a_ring_ends() {
        let orders: [&[usize]; 3] = [&[], &[100], &[150, 1]];
        for order in orders {
            assert_eq!(check(150, "from m0 import A\n", order), "Some(None)", "{order:?}");
        }
    }
}
