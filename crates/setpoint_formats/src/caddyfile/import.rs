//! The tokens of a configuration in the order in which Caddy reads them, each `import` replaced by what it stands for
//! (`doImport` in `caddyconfig/caddyfile/parse.go` upstream).

use super::lexer::{Token, tokens};
use crate::{Complaint, Files, glob};
use setpoint_model::{ByteSpan, Place, Problem};
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// How many tokens all imports together may look at or bring. Snippets that import each other twice grow without
/// bound.
const IMPORTED: usize = 200_000;
/// How many tokens an import counts for by itself: what brings nothing may still list a folder.
const IMPORT: usize = 20;
/// Bytes of a word that count as another token.
const LONG: usize = 64;
/// How deep imports may stand in imports, which nobody writes by hand.
const DEEPEST: usize = 1_000;
/// Bytes of a word that arguments are put into.
const LONGEST: usize = 16 << 10;
/// How many problems are worth reading.
const PROBLEMS: usize = 20;

/// One file, however often it is imported.
#[derive(Debug)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its name in places.
    pub shown: String,
    /// Its bytes.
    pub text: Vec<u8>,
}

/// An import that is under way.
struct Import {
    /// The one in whose tokens its `import` stands; 0 for none.
    within: usize,
    /// The path, or the snippet's name in parentheses.
    source: String,
}

/// A snippet or a file by its name, with its tokens.
type Source = (String, Result<Rc<Vec<Token>>, Box<Problem>>);

/// The tokens that are still to be read.
pub(super) struct Stream<'a> {
    reader: &'a dyn Files,
    pub(super) files: Vec<SourceFile>,
    waiting: VecDeque<Token>,
    snippets: HashMap<String, Rc<Vec<Token>>>,
    /// What was read, so that no file is read twice.
    read: HashMap<PathBuf, Result<Rc<Vec<Token>>, Box<Problem>>>,
    imports: Vec<Import>,
    imported: usize,
    /// True if what is left was given up, so that nobody knows what it would close.
    pub(super) is_stopped: bool,
    pub(super) not_followed: Vec<Token>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Stream<'a> {
    pub(super) fn of(start: &Path, reader: &'a dyn Files) -> Self {
        let mut stream = Self {
            reader,
            files: Vec::new(),
            waiting: VecDeque::new(),
            snippets: HashMap::new(),
            read: HashMap::new(),
            imports: Vec::new(),
            imported: 0,
            is_stopped: false,
            not_followed: Vec::new(),
            problems: Vec::new(),
        };
        // It cannot be imported: that is said where it is tried.
        stream.read.insert(start.to_owned(), Ok(Rc::default()));
        match stream.read(start) {
            Ok(tokens) => stream.waiting = tokens.into(),
            Err(problem) => stream.problems.push(*problem),
        }
        stream
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.waiting.front()
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        self.waiting.pop_front()
    }

    /// The rest of the line behind a token, up to a brace that opens a block.
    pub(super) fn rest_of_line(&mut self, behind: &Token) -> Vec<Token> {
        let mut rest: Vec<Token> = Vec::new();
        while let Some(next) = self.waiting.front()
            && !next.is_on_new_line_after(rest.last().unwrap_or(behind))
            && !next.opens()
            && !next.closes()
        {
            rest.extend(self.waiting.pop_front());
        }
        rest
    }

    /// Takes the `{` that follows on the same line.
    pub(super) fn opening_brace(&mut self, behind: &Token) -> Option<Token> {
        let opens = self.waiting.front().is_some_and(|next| next.opens() && !next.is_on_new_line_after(behind));
        opens.then(|| self.waiting.pop_front()).flatten()
    }

    /// The tokens up to the brace that closes the block, which is taken too.
    pub(super) fn block(&mut self, brace: &Token) -> Vec<Token> {
        let mut inside = Vec::new();
        let mut depth = 0_usize;
        while let Some(token) = self.waiting.pop_front() {
            if token.closes() && depth == 0 {
                return inside;
            }
            depth = if token.opens() { depth + 1 } else { depth - usize::from(token.closes()) };
            inside.push(token);
        }
        self.complain("a block is never closed", "`}`", brace);
        inside
    }

    pub(super) fn define(&mut self, name: &str, body: Vec<Token>) {
        self.snippets.insert(name.to_owned(), Rc::new(body));
    }

    /// Puts what an `import` stands for in front of the tokens that are still to be read.
    pub(super) fn import(&mut self, import: &Token) {
        let mut arguments = self.rest_of_line(import);
        let last = arguments.last().unwrap_or(import).clone();
        let brace = self.opening_brace(&last);
        let block = brace.map(|brace| self.block(&brace)).unwrap_or_default();
        if arguments.is_empty() {
            return self.complain("an import names nothing", "a snippet or a file", import);
        }
        let named = arguments.remove(0);
        let (sources, is_snippet) = match self.snippets.get(&named.text) {
            Some(body) => (vec![(format!("({})", named.text), Ok(Rc::clone(body)))], true),
            None => (self.files_of(&named), false),
        };
        // What snippets of a file stand for is known when they are imported themselves.
        let fills_in = is_snippet || !arguments.is_empty() || !block.is_empty();
        let mut brought = Vec::new();
        self.imported += IMPORT;
        for (source, tokens) in sources {
            if self.is_under_way(import.line.import, &source) {
                self.complain("an import imports itself", "a snippet or file that is not being read already", &named);
                continue;
            }
            match tokens {
                Ok(tokens) => {
                    self.imports.push(Import { within: import.line.import, source });
                    let line = self.imports.len();
                    for token in tokens.iter().cloned() {
                        let filled_in = if fills_in { fill_in(token, &arguments, &block) } else { vec![token] };
                        let cost: usize = filled_in.iter().map(|token| 1 + token.text.len() / LONG).sum();
                        self.imported += cost.max(1);
                        if self.imported > IMPORTED {
                            break;
                        }
                        brought.extend(filled_in.into_iter().map(|mut token| {
                            token.line.import = line;
                            token
                        }));
                    }
                }
                Err(problem) if self.problems.len() < PROBLEMS => {
                    let place = self.place(&named);
                    self.problems.push(problem.at(place));
                }
                Err(_) => {}
            }
        }
        if self.imported > IMPORTED {
            let expected = format!("at most {IMPORTED} words with all that is imported");
            return self.stop("the files import each other too often", &expected, &named);
        }
        brought.into_iter().rev().for_each(|token| self.waiting.push_front(token));
    }

    fn files_of(&mut self, named: &Token) -> Vec<Source> {
        let from = self.files[named.file].path.clone();
        // A path from the environment is not known.
        let located = if named.has_variable { None } else { self.reader.locate(Path::new(&named.text), &from) };
        let Some(path) = located else {
            self.not_followed.push(named.clone());
            return Vec::new();
        };
        let paths = if glob::is_pattern(named.text.as_bytes()) {
            glob::expand(&path, &|folder| self.reader.list(folder))
        } else {
            vec![path]
        };
        let sources = paths.into_iter().map(|path| {
            self.imported += IMPORT;
            let known = self.read.get(&path).cloned();
            let tokens = known.unwrap_or_else(|| self.read(&path).map(Rc::new));
            self.read.insert(path.clone(), tokens.clone());
            (path.display().to_string(), tokens)
        });
        sources.collect()
    }

    fn is_under_way(&self, within: usize, source: &str) -> bool {
        let import = |number: usize| number.checked_sub(1).and_then(|at| self.imports.get(at));
        let mut around = std::iter::successors(import(within), |inner| import(inner.within)).enumerate();
        let is_start = self.files.first().is_some_and(|file| file.path.as_os_str() == source);
        is_start || around.any(|(depth, import)| import.source == source || depth == DEEPEST)
    }

    fn read(&mut self, path: &Path) -> Result<Vec<Token>, Box<Problem>> {
        let text = self.reader.read(path)?;
        let shown = self.reader.shown(path);
        let (tokens, complaints) = tokens(&text, self.files.len());
        let said = complaints.into_iter().take(PROBLEMS);
        self.problems.extend(said.map(|complaint| complaint.problem(&shown, &text)));
        self.files.push(SourceFile { path: path.to_owned(), shown, text });
        Ok(tokens)
    }

    /// Reads no further.
    pub(super) fn stop(&mut self, what: &str, expected: &str, about: &Token) {
        self.complain(what, expected, about);
        self.waiting.clear();
        self.is_stopped = true;
    }

    pub(super) fn complain(&mut self, what: &str, expected: &str, about: &Token) {
        if self.problems.len() < PROBLEMS {
            let SourceFile { shown, text, .. } = &self.files[about.file];
            self.problems.push(Complaint::new(what, expected, about.span).problem(shown, text));
        }
    }

    fn place(&self, token: &Token) -> Place {
        place(&self.files, token.file, token.span)
    }
}

pub(super) fn place(files: &[SourceFile], file: usize, span: ByteSpan) -> Place {
    let SourceFile { shown, text, .. } = &files[file];
    Place::in_text(shown, text, span)
}

/// The token with the import's arguments in it. `{args[1:]}` stands for several, `{block}` for what stands between
/// the braces of the `import`.
fn fill_in(token: Token, arguments: &[Token], block: &[Token]) -> Vec<Token> {
    if token.text == "{block}" {
        return block.to_vec();
    }
    if let Some(range) = range(&token.text, arguments.len()) {
        let at = |argument: &Token| Token { line: token.line, ..argument.clone() };
        return arguments[range].iter().map(at).collect();
    }
    let Some(text) = replaced(&token.text, arguments) else { return vec![token] };
    let has_variable = token.has_variable || text.contains("{$");
    vec![Token { text, has_variable, ..token }]
}

/// The arguments that stand for the whole token: `{args[0]}`, the older `{args.0}`, `{args[1:]}`.
fn range(text: &str, count: usize) -> Option<std::ops::Range<usize>> {
    if let Some(at) = index(text) {
        return (at < count).then(|| at..at + 1);
    }
    let (start, end) = text.strip_prefix("{args[")?.strip_suffix("]}")?.split_once(':')?;
    let bound = |text: &str, otherwise: usize| if text.is_empty() { Some(otherwise) } else { text.parse().ok() };
    let (start, end) = (bound(start, 0)?, bound(end, count)?);
    (start <= end && end <= count).then_some(start..end)
}

fn index(placeholder: &str) -> Option<usize> {
    let inside = placeholder.strip_prefix("{args")?.strip_suffix('}')?;
    let number = inside.strip_prefix('.').or_else(|| inside.strip_prefix('[')?.strip_suffix(']'))?;
    number.parse().ok()
}

/// The text with each placeholder in it replaced; `None` where there is none.
fn replaced(text: &str, arguments: &[Token]) -> Option<String> {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("{args")
        && whole.len() < LONGEST
    {
        let Some(length) = rest[start..].find('}') else { break };
        let placeholder = &rest[start..=start + length];
        whole += &rest[..start];
        whole += index(placeholder).and_then(|at| arguments.get(at)).map_or(placeholder, |argument| &argument.text);
        rest = &rest[start + length + 1..];
    }
    (!whole.is_empty() || rest.len() < text.len()).then(|| whole + rest)
}
