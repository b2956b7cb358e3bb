//! Loops over constants: what an expression is for each item.

use crate::fold::{Arguments, Folder};
use crate::{Bound, Frame, Object, ScopeKind, builtins};
use ruff_python_ast::Expr;
use std::sync::Arc;

impl<'s> Folder<'_, 's> {
    pub(crate) fn each(&self, expression: &'s Expr, frame: &Frame<'s>) -> Vec<Object<'s>> {
        if let Some(object) = self.expression(expression, frame) {
            return vec![object];
        }
        let mut names = Vec::new();
        names_in(expression, &mut names);
        for name in names {
            let Some((iterable, path, around)) = loop_of(name, frame) else { continue };
            let Some(items) = self.expression(iterable, &around).and_then(|items| builtins::iterate(&items)) else {
                continue;
            };
            let mut found = Vec::new();
            for item in items {
                let mut inner = frame.clone();
                let mut arguments = inner.arguments.as_deref().cloned().unwrap_or_default();
                arguments.insert(name, take(item, path));
                inner.arguments = Some(Arc::new(arguments));
                found.extend(self.expression(expression, &inner));
            }
            return found;
        }
        Vec::new()
    }
}

/// The loop that binds `name` where `frame` sees it, and the frame of its iterable.
fn loop_of<'s, 'f>(name: &str, frame: &'f Frame<'s>) -> Option<(&'s Expr, &'f [usize], Frame<'s>)> {
    let mut scope = &frame.scope;
    loop {
        if let Some(binding) = scope.bindings(name).last() {
            let Bound::Each(iterable, path) = &binding.bound else { return None };
            let around = match &scope.parent {
                Some(parent) if matches!(scope.kind, ScopeKind::Comprehension(_)) => Frame::new(Arc::clone(parent)),
                // What a function is given is known as long as nothing stands between.
                _ if Arc::ptr_eq(scope, &frame.scope) => frame.clone(),
                _ => Frame::new(Arc::clone(scope)),
            };
            return Some((iterable, path, around));
        }
        scope = scope.parent.as_ref()?;
    }
}

fn names_in<'s>(expression: &'s Expr, names: &mut Vec<&'s str>) {
    match expression {
        Expr::Name(name) => names.push(name.id.as_str()),
        Expr::Attribute(attribute) => names_in(&attribute.value, names),
        Expr::BinOp(operation) => {
            names_in(&operation.left, names);
            names_in(&operation.right, names);
        }
        Expr::Call(call) => {
            names_in(&call.func, names);
            call.arguments.args.iter().for_each(|argument| names_in(argument, names));
        }
        Expr::Subscript(subscript) => {
            names_in(&subscript.value, names);
            names_in(&subscript.slice, names);
        }
        Expr::FString(literal) => {
            for inner in literal.value.elements().filter_map(|element| element.as_interpolation()) {
                names_in(&inner.expression, names);
            }
        }
        _ => {}
    }
}

pub(crate) fn destructure<'s>(target: &'s Expr, item: Object<'s>, arguments: &mut Arguments<'s>) -> Option<()> {
    match target {
        Expr::Name(name) => {
            arguments.insert(name.id.as_str(), Some(item));
        }
        Expr::Tuple(tuple) => {
            let items = builtins::ordered(&item)?;
            if items.len() != tuple.elts.len() {
                return None;
            }
            for (target, item) in tuple.elts.iter().zip(items) {
                destructure(target, item, arguments)?;
            }
        }
        _ => return None,
    }
    Some(())
}

pub(crate) fn take<'s>(mut object: Object<'s>, path: &[usize]) -> Option<Object<'s>> {
    for index in path {
        object = builtins::ordered(&object)?.into_iter().nth(*index)?;
    }
    Some(object)
}
