use crate::{FileId, Frame, Module, Scope, Sources};
use std::sync::{Arc, OnceLock};

/// The modules of a tree together: names are followed from one to another.
pub struct Program<'s> {
    pub(crate) sources: &'s Sources<'s>,
    scopes: Vec<OnceLock<Option<Arc<Scope<'s>>>>>,
}

impl<'s> Program<'s> {
    /// The program of these files; nothing is parsed yet.
    pub fn new(sources: &'s Sources<'s>) -> Self {
        Self { sources, scopes: sources.ids().map(|_| OnceLock::new()).collect() }
    }

    /// The files.
    pub fn sources(&self) -> &'s Sources<'s> {
        self.sources
    }

    /// The parsed file; see [`Sources::module`].
    pub fn module(&self, file: FileId) -> Option<&'s Module> {
        self.sources.module(file)
    }

    /// The frame of a module's top level.
    pub fn frame(&self, file: FileId) -> Option<Frame<'s>> {
        let slot = &self.scopes[file.0 as usize];
        let scope = slot.get_or_init(|| {
            let module = self.module(file)?;
            Some(Arc::new(Scope::module(file, module.body())))
        });
        scope.clone().map(Frame::new)
    }
}
