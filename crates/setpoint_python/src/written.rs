//! From a name to the expression that it was bound to, where its value alone would say too little: what `Annotated[…]`
//! adds to a type, or which function a `partial` calls.

use crate::{Bound, Frame, Program, Scope, ScopeKind};
use ruff_python_ast::Expr;
use std::sync::Arc;

/// A name of a name of a name is rare already.
const MOST_NAMES: usize = 10;

impl<'s> Program<'s> {
    /// The expression itself, or what the name that it is was bound to last, in this module or the one that it is
    /// imported from; with the frame in which that is read. `None` for a name that is bound to no expression.
    pub fn written(&self, expression: &'s Expr, frame: &Frame<'s>) -> Option<(&'s Expr, Frame<'s>)> {
        let (mut expression, mut frame) = (expression, frame.clone());
        for _ in 0..MOST_NAMES {
            let Expr::Name(name) = expression else { return Some((expression, frame)) };
            (expression, frame) = self.bound_expression(name.id.as_str(), &frame.scope)?;
        }
        None
    }

    fn bound_expression(&self, name: &'s str, scope: &Arc<Scope<'s>>) -> Option<(&'s Expr, Frame<'s>)> {
        let mut name = name;
        let mut scope = binding_scope(name, scope)?;
        for _ in 0..MOST_NAMES {
            match &scope.bindings(name).last()?.bound {
                Bound::Value(value) => return Some((value, Frame::of(scope))),
                Bound::Parameter(parameter) => {
                    return Some((parameter.default.as_deref()?, Frame::of(scope.parent.clone()?)));
                }
                Bound::From(import, imported) => {
                    let module = self.imported_module(import, scope.file).0?;
                    (name, scope) = (imported, self.frame(module)?.scope);
                }
                _ => return None,
            }
        }
        None
    }
}

/// The scope that binds the name for expressions in `scope`. A class body's names are not seen from its methods.
fn binding_scope<'s>(name: &str, scope: &Arc<Scope<'s>>) -> Option<Arc<Scope<'s>>> {
    let around = std::iter::successors(Some(scope), |scope| scope.parent.as_ref());
    let seen = around.filter(|around| Arc::ptr_eq(around, scope) || !matches!(around.kind, ScopeKind::Class(_)));
    seen.into_iter().find(|around| !around.bindings(name).is_empty()).cloned()
}
