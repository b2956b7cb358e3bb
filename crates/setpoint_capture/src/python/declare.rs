//! What every mechanism needs to make a declaration of an expression.

use crate::{Clear, Declaration, Sensitive};
use setpoint_model::Mechanism;
use setpoint_python::ast::{Expr, Ranged};
use setpoint_python::{Frame, Object, Program};

/// A declaration of `name` at `at`, in the frame around it: no default, not required, no aliases.
pub(super) fn declaration(
    program: &Program<'_>,
    mechanism: Mechanism,
    name: &str,
    at: &impl Ranged,
    frame: &Frame<'_>,
) -> Declaration {
    let place = program.module(frame.file()).map(|module| module.place(at.range()));
    Declaration {
        name: name.to_owned(),
        aliases: Vec::new(),
        variables: Vec::new(),
        ignores_case: false,
        mechanism,
        type_name: None,
        value: Clear::Nothing,
        text: Sensitive::new(String::new()),
        required: false,
        secret: false,
        description: None,
        place: place.unwrap_or_else(|| setpoint_model::Place::file(program.sources().path(frame.file()))),
        symbol: frame.symbol(),
    }
}

/// What an object is as a declared value: a constant, or known only when the code runs.
pub(super) fn clear(object: Option<&Object<'_>>) -> Clear {
    match object.and_then(Object::to_value) {
        Some(value) => Clear::Constant(Sensitive::new(value)),
        None => Clear::Dynamic,
    }
}

/// The default `expression` of a declaration: its folded value, its text, and its place.
pub(super) fn give<'s>(declaration: &mut Declaration, program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) {
    declaration.value = clear(program.fold(expression, frame).as_ref());
    show(declaration, program, expression, frame);
}

/// The text and place of a default whose value is known already.
pub(super) fn show(declaration: &mut Declaration, program: &Program<'_>, expression: &Expr, frame: &Frame<'_>) {
    if let Some(module) = program.module(frame.file()) {
        declaration.text = Sensitive::new(module.text(expression.range()).to_owned());
        declaration.place = module.place(expression.range());
    }
}
