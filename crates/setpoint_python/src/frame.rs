use crate::{FileId, Object, Scope, ScopeKind};
use std::collections::HashMap;
use std::sync::Arc;

/// Where an expression is evaluated: the scopes around it and, inside a function that is being called with known
/// arguments, those.
#[derive(Clone, Debug)]
pub struct Frame<'s> {
    /// The innermost scope.
    pub scope: Arc<Scope<'s>>,
    /// The arguments of the innermost function by parameter; `None` for one that is not known. `None` for all
    /// where the function is only looked at.
    pub arguments: Option<Arc<HashMap<&'s str, Option<Object<'s>>>>>,
    /// It stands in a `try` that catches a `KeyError`: what is missing there is not required.
    pub guarded: bool,
}

impl<'s> Frame<'s> {
    /// A frame without arguments.
    pub(crate) fn new(scope: Arc<Scope<'s>>) -> Self {
        Self { scope, arguments: None, guarded: false }
    }

    /// The module.
    pub fn file(&self) -> FileId {
        self.scope.file
    }

    /// The frame of a scope by itself.
    pub fn of(scope: Arc<Scope<'s>>) -> Self {
        Self::new(scope)
    }

    /// The frame of a scope that is entered.
    pub(crate) fn within(scope: Scope<'s>) -> Self {
        Self::new(Arc::new(scope))
    }

    /// `Settings.validate` for what stands in that method; `None` at a module's top.
    pub fn symbol(&self) -> Option<String> {
        let mut names = Vec::new();
        let mut scope = Some(&self.scope);
        while let Some(inner) = scope {
            match inner.kind {
                ScopeKind::Class(definition) => names.push(definition.name.as_str()),
                ScopeKind::Function(definition) => names.push(definition.name.as_str()),
                ScopeKind::Module | ScopeKind::Lambda(_) | ScopeKind::Comprehension(_) => {}
            }
            scope = inner.parent.as_ref();
        }
        names.reverse();
        (!names.is_empty()).then(|| names.join("."))
    }

    /// The class whose body or method this is inside of, if any.
    pub fn class(&self) -> Option<&Arc<Scope<'s>>> {
        let mut scope = Some(&self.scope);
        while let Some(inner) = scope {
            if matches!(inner.kind, ScopeKind::Class(_)) {
                return Some(inner);
            }
            scope = inner.parent.as_ref();
        }
        None
    }
}
