use crate::nesting;
use ruff_python_ast::{ModModule, Stmt};
use ruff_python_parser::{ParseOptions, Parsed};
use ruff_text_size::{Ranged, TextRange, TextSize};
use setpoint_model::{ByteSpan, Place};
use std::sync::OnceLock;

/// A Python file of the tree, by its position in the list of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub(crate) u32);

/// The files of a tree. A file is loaded and parsed when it is first asked for, by whichever thread asks.
pub struct Sources<'h> {
    files: Vec<File>,
    load: Box<Load<'h>>,
}

type Load<'h> = dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'h;

struct File {
    path: String,
    module: OnceLock<Result<Box<Module>, Unreadable>>,
}

/// Why a file is not parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It could not be loaded.
    NotLoaded,
    /// It is not UTF-8 text, or longer than 4 GiB.
    NotText,
    /// It nests deeper than Python itself compiles.
    TooDeep,
}

/// One parsed file. A file with syntax errors is parsed as far as it goes.
#[derive(Debug)]
pub struct Module {
    path: String,
    text: String,
    lines: Vec<TextSize>,
    parsed: Parsed<ModModule>,
}

impl<'h> Sources<'h> {
    /// `paths` are relative to the root, with `/`; `load` gives a file's bytes, or nothing where it cannot.
    pub fn new(mut paths: Vec<String>, load: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'h) -> Self {
        paths.sort_unstable();
        paths.dedup();
        let files = paths.into_iter().map(|path| File { path, module: OnceLock::new() }).collect();
        Self { files, load: Box::new(load) }
    }

    /// Every file, in the order of the paths.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = FileId> + use<'_, 'h> {
        (0..self.files.len()).map(|index| FileId(u32::try_from(index).unwrap_or(u32::MAX)))
    }

    /// The path as it was given.
    pub fn path(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].path
    }

    /// The file with that path.
    pub fn find(&self, path: &str) -> Option<FileId> {
        let index = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        u32::try_from(index).ok().map(FileId)
    }

    /// The parsed file.
    ///
    /// # Errors
    /// If it is no Python that can be looked at.
    pub fn module(&self, file: FileId) -> Result<&Module, Unreadable> {
        self.module_by(file, |path| (self.load)(path).ok_or(Unreadable::NotLoaded))
    }

    /// The file parsed from bytes that are at hand already, so that they are not loaded twice.
    ///
    /// # Errors
    /// As for [`Sources::module`].
    pub fn module_from(&self, file: FileId, bytes: Vec<u8>) -> Result<&Module, Unreadable> {
        self.module_by(file, |_| Ok(bytes))
    }

    fn module_by(
        &self,
        file: FileId,
        load: impl FnOnce(&str) -> Result<Vec<u8>, Unreadable>,
    ) -> Result<&Module, Unreadable> {
        let File { path, module } = &self.files[file.0 as usize];
        let module = module.get_or_init(|| load(path).and_then(|bytes| Module::new(path, bytes)));
        module.as_deref().map_err(|unreadable| *unreadable)
    }
}

impl Module {
    fn new(path: &str, bytes: Vec<u8>) -> Result<Box<Self>, Unreadable> {
        let text = String::from_utf8(bytes).map_err(|_| Unreadable::NotText)?;
        if u32::try_from(text.len()).is_err() || text.contains('\0') {
            return Err(Unreadable::NotText);
        }
        if text.len() > nesting::SHORT && nesting::is_too_deep(&text) {
            return Err(Unreadable::TooDeep);
        }
        let parsed = ruff_python_parser::parse_unchecked(&text, ParseOptions::from(ruff_python_parser::Mode::Module));
        let parsed = parsed.try_into_module().ok_or(Unreadable::NotText)?;
        if nesting::exceeds(parsed.tokens().iter().map(ruff_python_ast::token::Token::kind)) {
            // Dropping it would need as much stack as it is deep; it is short, and is kept to the end of the program.
            std::mem::forget(parsed);
            return Err(Unreadable::TooDeep);
        }
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        let lines = starts.filter_map(|at| u32::try_from(at).ok()).map(TextSize::new).collect();
        Ok(Box::new(Self { path: path.to_owned(), text, lines, parsed }))
    }

    /// The path relative to the root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The statements at the top.
    pub fn body(&self) -> &[Stmt] {
        self.parsed.suite()
    }

    /// True if the text holds this word anywhere.
    pub fn mentions(&self, word: &str) -> bool {
        memchr::memmem::find(self.text.as_bytes(), word.as_bytes()).is_some()
    }

    /// The source text of a node.
    pub fn text(&self, ranged: impl Ranged) -> &str {
        &self.text[ranged.range()]
    }

    /// Where a node stands.
    pub fn place(&self, ranged: impl Ranged) -> Place {
        let range: TextRange = ranged.range();
        let line = self.lines.partition_point(|start| *start <= range.start());
        let before = &self.text[TextRange::new(self.lines[line - 1], range.start())];
        Place {
            file: self.path.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX),
            span: Some(ByteSpan { start: range.start().to_usize(), end: range.end().to_usize() }),
        }
    }

    /// What the parser complains about, with the places; the rest of the file was read all the same.
    pub fn syntax_errors(&self) -> impl Iterator<Item = (String, Place)> + '_ {
        self.parsed.errors().iter().map(|error| (error.error.to_string(), self.place(error.location)))
    }
}
