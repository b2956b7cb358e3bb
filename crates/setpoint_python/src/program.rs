use crate::imports::Roots;
use crate::memo::{ByName, Memo};
use crate::{ClassRef, FileId, Frame, FunctionRef, Module, Object, Scope, Sources};
use ruff_python_ast::Stmt;
use std::collections::HashSet;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};

/// Names at the end of modules: unbound, bound to something that is not known, or to an object.
type Members<'s> = ByName<Option<Option<Object<'s>>>>;

/// The modules of a tree together: names are followed from one to another.
pub struct Program<'s> {
    pub(crate) sources: &'s Sources<'s>,
    scopes: Vec<OnceLock<Option<Arc<Scope<'s>>>>>,
    /// The module of a dotted name, as the importing file sees it.
    pub(crate) roots: Roots<'s>,
    /// What a name stands for at the end of a module.
    pub(crate) members: Members<'s>,
    /// The same where only names are followed.
    pub(crate) references: Members<'s>,
    /// The names of all folders that hold modules.
    pub(crate) folders: HashSet<&'s str>,
    /// For each file, those that its statements import.
    pub(crate) imports: Vec<OnceLock<Box<[FileId]>>>,
    /// For each file, how many of its expressions used up their fuel.
    pub(crate) exhausted: Vec<AtomicU32>,
    /// The ancestry of a class, by the address of its definition.
    pub(crate) ancestries: Memo<usize, Arc<Vec<Object<'s>>>>,
    /// The body of a class, by the same.
    class_scopes: Memo<usize, Arc<Scope<'s>>>,
}

impl<'s> Program<'s> {
    /// The program of these files; nothing is parsed yet.
    pub fn new(sources: &'s Sources<'s>) -> Self {
        Self {
            sources,
            scopes: sources.ids().map(|_| OnceLock::new()).collect(),
            folders: sources.ids().flat_map(|file| sources.path(file).rsplit('/').skip(1)).collect(),
            imports: sources.ids().map(|_| OnceLock::new()).collect(),
            exhausted: sources.ids().map(|_| AtomicU32::new(0)).collect(),
            roots: Roots::of(sources),
            members: ByName::new(sources.ids().len()),
            references: ByName::new(sources.ids().len()),
            ancestries: Memo::default(),
            class_scopes: Memo::default(),
        }
    }

    /// The files.
    pub fn sources(&self) -> &'s Sources<'s> {
        self.sources
    }

    /// The parsed file; see [`Sources::module`].
    pub fn module(&self, file: FileId) -> Option<&'s Module> {
        self.sources.module(file).ok()
    }

    /// The statements of a function.
    pub fn body(&self, function: &FunctionRef<'s>) -> &'s [Stmt] {
        let definition = function.definition;
        self.module(function.frame.file()).map_or(&definition.body, |module| module.body_of(definition))
    }

    /// The frame inside a function.
    pub fn inside(&self, function: &FunctionRef<'s>) -> Frame<'s> {
        Frame::within(Scope::function(function.definition, self.body(function), &function.frame.scope))
    }

    /// The frame inside a class, whose attributes are asked for one by one.
    pub fn inside_class(&self, class: &ClassRef<'s>) -> Frame<'s> {
        let key = class.identity();
        let scope = self.class_scopes.get(&key).unwrap_or_else(|| {
            let scope = Arc::new(Scope::class(class.definition, &class.frame.scope));
            self.class_scopes.put(key, Arc::clone(&scope));
            scope
        });
        Frame::new(scope)
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
