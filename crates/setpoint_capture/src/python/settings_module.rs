//! Modules, classes and objects whose upper-case names are settings: Django's settings module, and what Flask's
//! configuration is loaded from.

use super::declare;
use crate::{Clear, Declaration};
use setpoint_model::Mechanism;
use setpoint_python::ast::{Expr, Ranged};
use setpoint_python::{Bound, ClassRef, FileId, Frame, Object, Program, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// Declares the upper-case names of a module, those that a star import brings among them.
pub(super) fn declare_module(program: &Program<'_>, mechanism: Mechanism, file: FileId) -> Vec<Declaration> {
    let mut names = BTreeMap::new();
    collect(program, file, &mut names, &mut BTreeSet::new());
    let declared = names.into_iter().filter_map(|(name, at)| {
        let frame = program.frame(at)?;
        let value = program.member(file, name)?;
        declare_name(program, mechanism, name, &frame, value.as_ref())
    });
    declared.collect()
}

/// Declares the upper-case attributes of a class and its bases.
pub(super) fn declare_class<'s>(program: &Program<'s>, mechanism: Mechanism, class: &ClassRef<'s>) -> Vec<Declaration> {
    let mut declared: BTreeMap<&str, Declaration> = BTreeMap::new();
    for ancestor in program.ancestry(class).iter() {
        let Object::Class(ancestor) = ancestor else { continue };
        let frame = ancestor.body();
        for (name, _) in frame.scope.names() {
            if declared.contains_key(name) || !is_setting(name) {
                continue;
            }
            let value = program.class_member(ancestor, name);
            declared.extend(declare_name(program, mechanism, name, &frame, value.as_ref()).map(|each| (name, each)));
        }
    }
    declared.into_values().collect()
}

/// The names with the module that binds each last.
fn collect<'s>(
    program: &Program<'s>,
    file: FileId,
    names: &mut BTreeMap<&'s str, FileId>,
    seen: &mut BTreeSet<FileId>,
) {
    let Some(frame) = program.frame(file).filter(|_| seen.insert(file)) else { return };
    for base in program.star_imports(&frame) {
        collect(program, base, names, seen);
    }
    for (name, _) in frame.scope.names() {
        if is_setting(name) && last_value(&frame.scope, name).is_some() {
            names.insert(name, file);
        }
    }
}

/// Django and Flask take just the names in upper case.
fn is_setting(name: &str) -> bool {
    name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase) && !name.starts_with('_')
}

fn declare_name<'s>(
    program: &Program<'s>,
    mechanism: Mechanism,
    name: &str,
    frame: &Frame<'s>,
    value: Option<&Object<'s>>,
) -> Option<Declaration> {
    let expression = last_value(&frame.scope, name)?;
    let mut declaration = declare::declaration(program, mechanism, name, &expression.range(), frame);
    declare::show(&mut declaration, program, expression, frame);
    declaration.value = declare::clear(value);
    // A function, class or module that happens to be in upper case is set, but to nothing that can be shown.
    if matches!(declaration.value, Clear::Dynamic) && expression.is_lambda_expr() {
        declaration.type_name = Some("callable".to_owned());
    }
    Some(declaration)
}

/// The expression that the name is bound to last, if it is bound to one.
fn last_value<'s>(scope: &Scope<'s>, name: &str) -> Option<&'s Expr> {
    scope.bindings(name).iter().rev().find_map(|binding| match binding.bound {
        Bound::Value(value) | Bound::Augmented(_, value) | Bound::Item(value, _) => Some(value),
        _ => None,
    })
}
