//! Modules, classes and objects whose names are settings: Django's settings module, and what Flask's and Celery's
//! configuration is loaded from.

use super::declare;
use crate::{Clear, Declaration};
use setpoint_model::Mechanism;
use setpoint_python::ast::{Expr, Ranged};
use setpoint_python::{Bound, ClassRef, FileId, Frame, Object, Program, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// Which names are settings, and of which default: `CELERY_TASK_TIME_LIMIT` is `celery.task_time_limit`.
#[derive(Clone, Copy)]
pub(super) struct Settings<'n> {
    pub(super) mechanism: Mechanism,
    pub(super) named: &'n dyn Fn(&str) -> Option<String>,
}

impl Settings<'_> {
    /// Those of Django and Flask, which take just the names in upper case.
    pub(super) fn in_upper_case(mechanism: Mechanism) -> Self {
        Self { mechanism, named: &|name| is_upper_case(name).then(|| name.to_owned()) }
    }
}

/// Declares the settings among the names of a module, those that a star import brings among them.
pub(super) fn declare_module(program: &Program<'_>, settings: Settings<'_>, file: FileId) -> Vec<Declaration> {
    let mut names = BTreeMap::new();
    collect(program, settings, file, &mut names, &mut BTreeSet::new());
    let declared = names.into_iter().filter_map(|(name, at)| {
        let frame = program.frame(at)?;
        let value = program.member(file, name)?;
        declare_name(program, settings, name, &frame, value.as_ref())
    });
    declared.collect()
}

/// Declares the settings among the attributes of a class and its bases.
pub(super) fn declare_class<'s>(
    program: &Program<'s>,
    settings: Settings<'_>,
    class: &ClassRef<'s>,
) -> Vec<Declaration> {
    let mut declared: BTreeMap<&str, Declaration> = BTreeMap::new();
    for ancestor in program.ancestry(class).iter() {
        let Object::Class(ancestor) = ancestor else { continue };
        let frame = program.inside_class(ancestor);
        for (name, _) in frame.scope.names() {
            if declared.contains_key(name) || (settings.named)(name).is_none() {
                continue;
            }
            let value = program.class_member(ancestor, name);
            declared.extend(declare_name(program, settings, name, &frame, value.as_ref()).map(|each| (name, each)));
        }
    }
    declared.into_values().collect()
}

/// Declares the settings of an object that configuration is loaded from: a module, a class, an instance of one, or its
/// dotted name.
pub(super) fn declare_object<'s>(
    program: &Program<'s>,
    settings: Settings<'_>,
    object: Option<Object<'s>>,
    frame: &Frame<'s>,
) -> Vec<Declaration> {
    match object {
        Some(Object::Module(file)) => declare_module(program, settings, file),
        Some(Object::Class(class)) => declare_class(program, settings, &class),
        Some(Object::Instance(instance)) => match &instance.of {
            Object::Class(class) => declare_class(program, settings, class),
            _ => Vec::new(),
        },
        Some(Object::Text(dotted)) => {
            if let Some(file) = program.find_module(&dotted, frame.file()) {
                return declare_module(program, settings, file);
            }
            let member = dotted
                .rsplit_once('.')
                .or_else(|| dotted.rsplit_once(':'))
                .and_then(|(module, name)| program.member(program.find_module(module, frame.file())?, name)?);
            match member {
                Some(Object::Class(class)) => declare_class(program, settings, &class),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

/// The names with the module that binds each last.
fn collect<'s>(
    program: &Program<'s>,
    settings: Settings<'_>,
    file: FileId,
    names: &mut BTreeMap<&'s str, FileId>,
    seen: &mut BTreeSet<FileId>,
) {
    let Some(frame) = program.frame(file).filter(|_| seen.insert(file)) else { return };
    for base in program.star_imports(&frame) {
        collect(program, settings, base, names, seen);
    }
    for (name, _) in frame.scope.names() {
        if (settings.named)(name).is_some() && last_value(&frame.scope, name).is_some() {
            names.insert(name, file);
        }
    }
}

fn is_upper_case(name: &str) -> bool {
    name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase) && !name.starts_with('_')
}

fn declare_name<'s>(
    program: &Program<'s>,
    settings: Settings<'_>,
    name: &str,
    frame: &Frame<'s>,
    value: Option<&Object<'s>>,
) -> Option<Declaration> {
    let expression = last_value(&frame.scope, name)?;
    let mut declaration =
        declare::declaration(program, settings.mechanism, &(settings.named)(name)?, &expression.range(), frame);
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
