use crate::lines::Lines;
use crate::outline::{self, Outlined};
use crate::{Marks, Unreadable, nesting};
use ruff_python_ast::{ModModule, Stmt, StmtFunctionDef};
use ruff_python_parser::{Mode, ParseError, ParseOptions, Parsed};
use ruff_text_size::{Ranged, TextRange};
use setpoint_model::{ByteSpan, Place};
use std::borrow::Cow;
use std::sync::OnceLock;

/// One parsed file. A file with syntax errors is parsed as far as it goes.
///
/// The bodies of functions that nobody has asked for are not parsed until somebody does.
#[derive(Debug)]
pub struct Module {
    path: String,
    text: String,
    lines: OnceLock<Lines>,
    syntax: ModModule,
    errors: Vec<ParseError>,
    /// The functions that were put off, in order.
    later: Vec<Later>,
}

/// A function whose body stands as `...` in the tree until it is asked for.
#[derive(Debug)]
struct Later {
    function: Outlined,
    /// `None` where its text is no function after all.
    parsed: OnceLock<Option<Box<StmtFunctionDef>>>,
}

impl Module {
    /// Parses a file, and of its functions those that hold one of the marks.
    pub(crate) fn new(path: &str, bytes: Vec<u8>, marks: &Marks) -> Result<Box<Self>, Unreadable> {
        let text = String::from_utf8(bytes).map_err(|_| Unreadable::NotText)?;
        if u32::try_from(text.len()).is_err() || memchr::memchr(0, text.as_bytes()).is_some() {
            return Err(Unreadable::NotText);
        }
        let mut later = outline::functions(&text).unwrap_or_default();
        later.retain(|function| !marks.any_within(function.body));
        let put_off: usize = later.iter().map(|function| function.body.len().to_usize()).sum();
        let mut parsed = parse(&without(&text, &later), None, text.len() - put_off)?;
        if parsed.has_syntax_errors() && !later.is_empty() {
            // What is wrong may be that the functions were not told apart.
            later.clear();
            parsed = parse(&text, None, text.len())?;
        }
        let errors = parsed.errors().to_vec();
        let later = later.into_iter().map(|function| Later { function, parsed: OnceLock::new() }).collect();
        let (path, lines) = (path.to_owned(), OnceLock::new());
        Ok(Box::new(Self { path, text, lines, syntax: parsed.into_syntax(), errors, later }))
    }

    /// The path relative to the root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The statements at the top.
    pub fn body(&self) -> &[Stmt] {
        &self.syntax.body
    }

    /// The statements of a function of this module.
    pub(crate) fn body_of<'s>(&'s self, definition: &'s StmtFunctionDef) -> &'s [Stmt] {
        match self.later(definition) {
            Some(later) => later.body(&self.text),
            None => &definition.body,
        }
    }

    /// Where the statements of a function of this module stand, without parsing them.
    pub(crate) fn range_of_body(&self, definition: &StmtFunctionDef) -> TextRange {
        match (self.later(definition), &*definition.body) {
            (Some(later), _) => later.function.body,
            (None, [first, .., last]) => first.range().cover(last.range()),
            (None, [only]) => only.range(),
            (None, []) => TextRange::empty(definition.end()),
        }
    }

    fn later(&self, definition: &StmtFunctionDef) -> Option<&Later> {
        let [Stmt::Expr(only)] = &*definition.body else { return None };
        let start = only.range().start();
        let at = self.later.binary_search_by_key(&start, |later| later.function.body.start()).ok()?;
        Some(&self.later[at])
    }

    /// The places where one of these words stands in the text.
    pub fn marks(&self, words: &[&str]) -> Marks {
        let finds = words.iter().map(|word| memchr::memmem::find_iter(self.text.as_bytes(), word.as_bytes()));
        Marks::at(finds.flatten())
    }

    /// All of the source text.
    pub fn source(&self) -> &str {
        &self.text
    }

    /// The source text of a node.
    pub fn text(&self, ranged: impl Ranged) -> &str {
        &self.text[ranged.range()]
    }

    /// Where a node stands.
    pub fn place(&self, ranged: impl Ranged) -> Place {
        let range: TextRange = ranged.range();
        let (start, end) = (range.start().to_usize(), range.end().to_usize());
        let (line, column) = self.lines.get_or_init(|| Lines::of(&self.text)).place(&self.text, start);
        Place { file: self.path.clone(), line, column, span: Some(ByteSpan { start, end }) }
    }

    /// What the parser complains about, with the places; the rest of the file was read all the same.
    pub fn syntax_errors(&self) -> impl Iterator<Item = (String, Place)> + '_ {
        self.errors.iter().map(|error| (error.error.to_string(), self.place(error.location)))
    }
}

impl Later {
    fn body(&self, text: &str) -> &[Stmt] {
        let parsed = self.parsed.get_or_init(|| {
            let Outlined { definition, body } = self.function;
            let range = TextRange::new(definition, body.end());
            let parsed = parse(text, Some(range), range.len().to_usize()).ok()?;
            match parsed.into_suite().into_iter().next() {
                Some(Stmt::FunctionDef(function)) => Some(Box::new(function)),
                _ => None,
            }
        });
        parsed.as_ref().map_or(&[], |function| &function.body)
    }
}

/// Parses a text, or a range of it as if that were all of it; of which so many bytes are more than filling.
fn parse(text: &str, range: Option<TextRange>, length: usize) -> Result<Parsed<ModModule>, Unreadable> {
    if length > nesting::SHORT && nesting::is_too_deep(range.map_or(text, |range| &text[range])) {
        return Err(Unreadable::TooDeep);
    }
    let options = ParseOptions::from(Mode::Module);
    let parsed = match range {
        None => ruff_python_parser::parse_unchecked(text, options).try_into_module().ok_or(Unreadable::NotText)?,
        // A cell of a notebook is a part whose nodes have their places in the whole.
        Some(range) => ruff_python_parser::parse_cells_unchecked(text, [range], &options),
    };
    if nesting::exceeds(parsed.tokens().iter().map(ruff_python_ast::token::Token::kind)) {
        // Dropping it would need as much stack as it is deep; it is short, and is kept to the end of the program.
        std::mem::forget(parsed);
        return Err(Unreadable::TooDeep);
    }
    Ok(parsed)
}

/// The text with `...` for the bodies of these functions and everything else where it was: what fills up their place is
/// a comment, which costs the parser nothing.
fn without<'t>(text: &'t str, functions: &[Outlined]) -> Cow<'t, str> {
    const INSTEAD: &str = "...#";
    const BLANKS: &str = "                                                                ";
    if functions.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut left = String::with_capacity(text.len());
    for Outlined { body, .. } in functions {
        left.push_str(&text[left.len()..body.start().to_usize()]);
        left.push_str(INSTEAD);
        while left.len() < body.end().to_usize() {
            left.push_str(&BLANKS[..BLANKS.len().min(body.end().to_usize() - left.len())]);
        }
    }
    left.push_str(&text[left.len()..]);
    Cow::Owned(left)
}
