use crate::{Marks, Module};
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
        self.module_by(file, &Marks::NOWHERE, |path| (self.load)(path).ok_or(Unreadable::NotLoaded))
    }

    /// The file parsed from bytes that are at hand already, so that they are not loaded twice, and at once with the
    /// functions that hold one of the marks.
    ///
    /// # Errors
    /// As for [`Sources::module`].
    pub fn module_from(&self, file: FileId, bytes: Vec<u8>, marks: &Marks) -> Result<&Module, Unreadable> {
        self.module_by(file, marks, |_| Ok(bytes))
    }

    /// The modules that were parsed, with all the memory that they take.
    pub fn into_modules(self) -> Vec<Module> {
        let parsed = self.files.into_iter().filter_map(|file| file.module.into_inner()?.ok());
        parsed.map(|module| *module).collect()
    }

    fn module_by(
        &self,
        file: FileId,
        marks: &Marks,
        load: impl FnOnce(&str) -> Result<Vec<u8>, Unreadable>,
    ) -> Result<&Module, Unreadable> {
        let File { path, module } = &self.files[file.0 as usize];
        let module = module.get_or_init(|| load(path).and_then(|bytes| Module::new(path, bytes, marks)));
        module.as_deref().map_err(|unreadable| *unreadable)
    }
}
