//! The list of mechanisms: what each looks for, and what it is shown.

use super::called::{Called, Depth, last_name_of_call};
use super::library_calls::LibraryCalls;
use super::scan::Worth;
use super::words::{Spotted, Word};
use super::{
    Code, Found, argparse, casts, celery_config, click, decouple, dj_database_url, django_environ, django_settings,
    dotenv_files, environ, environs, flask_config, journal_mode, library_calls, prefixes, pydantic_settings, starlette,
    tornado_options, traitlets, typer,
};
use setpoint_python::{FileId, Frame, Node, Program};
use std::collections::{BTreeSet, HashSet};

/// What a mechanism is shown of a file.
enum Shown {
    /// Every part.
    Parts(for<'s> fn(&Program<'s>, &Node<'s>, &Frame<'s>, &mut Found<'s>)),
    /// The classes of a file that says a base's name.
    Classes(for<'s> fn(&Program<'s>, &Node<'s>, &mut Found<'s>)),
    /// The calls of functions of libraries with these names.
    Functions(&'static [&'static str], for<'s> fn(&Program<'s>, &Called<'s>, &Frame<'s>, &mut Found<'s>)),
    /// Those, and the calls of objects that a library makes.
    Objects(for<'s> fn(&Program<'s>, &Called<'s>, &Frame<'s>, &mut Found<'s>)),
    /// What is known when all files are.
    Whole,
}

impl Shown {
    /// How far calls must be followed for it.
    fn depth(&self) -> Option<Depth> {
        match self {
            Shown::Functions(..) => Some(Depth::Functions),
            Shown::Objects(_) => Some(Depth::Objects),
            Shown::Parts(_) | Shown::Classes(_) | Shown::Whole => None,
        }
    }

    /// The names of the functions that are looked for.
    fn functions(&self) -> &'static [&'static str] {
        match self {
            Shown::Functions(names, _) => names,
            Shown::Parts(_) | Shown::Classes(_) | Shown::Objects(_) | Shown::Whole => &[],
        }
    }
}

/// One way in which code declares a default.
struct Mechanism {
    /// A file without any of these words is not parsed for it, and a tree without any has nothing of it.
    words: &'static [Word<'static>],
    shown: Shown,
}

const MECHANISMS: [Mechanism; 18] = [
    Mechanism { words: &environ::WORDS, shown: Shown::Parts(environ::visit) },
    Mechanism { words: &pydantic_settings::WORDS, shown: Shown::Classes(pydantic_settings::visit) },
    Mechanism { words: &click::WORDS, shown: Shown::Parts(click::visit) },
    Mechanism { words: &argparse::WORDS, shown: Shown::Parts(argparse::visit) },
    Mechanism { words: &traitlets::WORDS, shown: Shown::Classes(traitlets::visit) },
    Mechanism { words: &django_settings::WORDS, shown: Shown::Whole },
    Mechanism { words: &flask_config::WORDS, shown: Shown::Parts(flask_config::visit) },
    Mechanism { words: &typer::WORDS, shown: Shown::Parts(typer::visit) },
    Mechanism { words: &django_environ::WORDS, shown: Shown::Objects(django_environ::visit) },
    Mechanism { words: &environs::WORDS, shown: Shown::Objects(environs::visit) },
    Mechanism { words: &decouple::WORDS, shown: Shown::Objects(decouple::visit) },
    Mechanism { words: &starlette::WORDS, shown: Shown::Objects(starlette::visit) },
    Mechanism { words: &tornado_options::WORDS, shown: Shown::Objects(tornado_options::visit) },
    Mechanism {
        words: &dj_database_url::WORDS,
        shown: Shown::Functions(&dj_database_url::FUNCTIONS, dj_database_url::visit),
    },
    Mechanism { words: &dotenv_files::WORDS, shown: Shown::Functions(&dotenv_files::FUNCTIONS, dotenv_files::visit) },
    Mechanism { words: &dotenv_files::KEYWORDS, shown: Shown::Parts(dotenv_files::visit_node) },
    Mechanism { words: &celery_config::WORDS, shown: Shown::Objects(celery_config::visit) },
    Mechanism { words: &journal_mode::WORDS, shown: Shown::Parts(journal_mode::visit) },
];

/// Words of which a file must hold one to be worth parsing.
pub(super) fn words(followed: LibraryCalls) -> impl Iterator<Item = Word<'static>> {
    MECHANISMS.iter().flat_map(|mechanism| mechanism.words).copied().chain(library_calls::words(followed))
}

/// The mechanisms that a tree may have something of.
pub(super) struct Present(Vec<&'static Mechanism>);

impl Present {
    /// Those whose words the tree holds.
    pub(super) fn by(words: &BTreeSet<Word<'_>>) -> Self {
        Self(MECHANISMS.iter().filter(|mechanism| mechanism.words.iter().any(|word| words.contains(word))).collect())
    }

    /// True if a file with these words may have a class that inherits from one that matters.
    pub(super) fn has_classes(&self, words: &BTreeSet<Word<'_>>) -> bool {
        let of_classes = self.0.iter().filter(|mechanism| matches!(mechanism.shown, Shown::Classes(_)));
        of_classes.flat_map(|mechanism| mechanism.words).any(|word| words.contains(word))
            || words.iter().any(|word| matches!(word, Word::Inherited(_)))
    }

    /// Shows a file's classes alone to the mechanisms that look at them.
    pub(super) fn read_classes<'s>(&self, program: &Program<'s>, worth: &Worth<'s>, found: &mut Found<'s>) {
        program.walk_marked(worth.file, &worth.spotted.marks, &mut |node, _| {
            for mechanism in &self.0 {
                if let (Shown::Classes(visit), Node::Class(_)) = (&mechanism.shown, &node) {
                    visit(program, &node, found);
                }
            }
        });
    }

    /// Shows the parts of a file to every mechanism whose words it holds, but for the functions that hold none of the
    /// marks.
    pub(super) fn read<'s>(&self, program: &Program<'s>, worth: &Worth<'s>, found: &mut Found<'s>) {
        let Worth { file, spotted: Spotted { marks, words, renamed } } = worth;
        let with_classes = self.has_classes(words);
        let has_any = |mechanism: &Mechanism, of: &BTreeSet<Word<'_>>| mechanism.words.iter().any(|it| of.contains(it));
        let shown = self.0.iter().filter(|mechanism| match mechanism.shown {
            Shown::Classes(_) => with_classes,
            Shown::Parts(_) | Shown::Functions(..) | Shown::Objects(_) => has_any(mechanism, words),
            Shown::Whole => false,
        });
        // With whether the file gives names of its own to what the mechanism looks for.
        let shown: Vec<(&Shown, bool)> =
            shown.map(|mechanism| (&mechanism.shown, has_any(mechanism, renamed))).collect();
        let renames_functions = shown.iter().any(|(shown, renames)| *renames && matches!(shown, Shown::Functions(..)));
        let depth = shown.iter().filter_map(|(shown, _)| shown.depth()).max();
        let functions: BTreeSet<&str> = shown.iter().flat_map(|(shown, _)| shown.functions()).copied().collect();
        let calls_libraries = words.iter().any(library_calls::is_word);
        let renames_libraries = renamed.iter().any(library_calls::is_word);
        if shown.is_empty() && !calls_libraries {
            return;
        }
        let of_libraries = if calls_libraries { library_calls::names_in(program, *file) } else { HashSet::new() };
        program.walk_marked(*file, marks, &mut |node, frame| {
            casts::visit(&node, found);
            if calls_libraries {
                library_calls::bind(&node, frame, found);
                library_calls::assign(program, &node, frame, found);
            }
            if depth == Some(Depth::Objects) {
                prefixes::visit(program, &node, frame, found);
            }
            let depth = depth.filter(|depth| {
                *depth == Depth::Objects
                    || renames_functions
                    || last_name_of_call(&node).is_some_and(|name| functions.contains(&name))
            });
            // `Celery[Task]("shop")` calls by no name, and is followed whatever it is.
            let may_call_library = calls_libraries
                && (renames_libraries || last_name_of_call(&node).is_none_or(|name| of_libraries.contains(name)));
            let depth = depth.max(may_call_library.then_some(Depth::Objects));
            let called = depth.and_then(|depth| Called::of(program, &node, frame, depth));
            if calls_libraries && let Some(called) = &called {
                library_calls::visit(program, called, frame, found);
            }
            for (shown, renames) in &shown {
                found.renames = *renames;
                match (shown, &called) {
                    (Shown::Parts(visit), _) => visit(program, &node, frame, found),
                    (Shown::Classes(visit), _) => visit(program, &node, found),
                    (Shown::Functions(_, visit) | Shown::Objects(visit), Some(called)) => {
                        visit(program, called, frame, found);
                    }
                    (Shown::Functions(..) | Shown::Objects(_), None) | (Shown::Whole, _) => {}
                }
            }
        });
    }
}

/// What can be read only when all files are known.
pub(super) fn read_whole(program: &Program<'_>, files: &[FileId], code: &mut Code) {
    django_settings::read(program, files, code);
    celery_config::read(program, files, code);
}
