//! What every mechanism needs to make a declaration of an expression.

use crate::{Clear, Declaration, Sensitive};
use setpoint_model::{Layer, Mechanism, TypeOrigin, Value};
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
        layer: Layer::Code,
        mechanism,
        type_name: None,
        type_origin: TypeOrigin::Parsed,
        choices: None,
        value: Clear::Nothing,
        text: Sensitive::new(String::new()),
        required: false,
        secret: false,
        option: None,
        nested: None,
        description: None,
        place: place.unwrap_or_else(|| setpoint_model::Place::file(program.sources().path(frame.file()))),
        symbol: frame.symbol(),
        process: None,
    }
}

/// A declaration of the environment variable `name`, which the expression at `at` reads.
pub(super) fn variable(
    program: &Program<'_>,
    mechanism: Mechanism,
    name: &str,
    at: &impl Ranged,
    frame: &Frame<'_>,
) -> Declaration {
    Declaration { variables: vec![name.to_owned()], ..declaration(program, mechanism, name, at, frame) }
}

/// What an object is as a declared value: a constant, or known only when the code runs.
pub(crate) fn clear(object: Option<&Object<'_>>) -> Clear {
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

/// As [`give`], but a default that is a function is what calling it gives.
pub(super) fn give_or_call<'s>(
    declaration: &mut Declaration,
    program: &Program<'s>,
    expression: &'s Expr,
    frame: &Frame<'s>,
) {
    let folded = program.fold(expression, frame);
    let object = match folded {
        Some(callable @ (Object::Lambda(..) | Object::Function(_) | Object::External(_))) => {
            program.call(&callable, &[])
        }
        folded => folded,
    };
    declaration.value = clear(object.as_ref());
    show(declaration, program, expression, frame);
}

/// The text and place of a default whose value is known already.
pub(super) fn show(declaration: &mut Declaration, program: &Program<'_>, expression: &Expr, frame: &Frame<'_>) {
    if let Some(module) = program.module(frame.file()) {
        declaration.text = Sensitive::new(module.text(expression.range()).to_owned());
        declaration.place = module.place(expression.range());
    }
}

/// `getenv("A") or "b"`: what is not set, or set to nothing, falls back to a constant that says more.
pub(super) fn fall_back<'s>(
    declaration: &mut Declaration,
    program: &Program<'s>,
    fallback: Option<&'s Expr>,
    frame: &Frame<'s>,
) {
    let Some(fallback) = fallback.filter(|_| !declaration.required && says_nothing(&declaration.value)) else { return };
    match clear(program.fold(fallback, frame).as_ref()) {
        Clear::Constant(constant) if *constant.reveal() == Value::Null => {}
        Clear::Dynamic if matches!(declaration.value, Clear::Constant(_)) => {}
        value => {
            declaration.value = value;
            show(declaration, program, fallback, frame);
        }
    }
}

/// `if port is None: port = 8000` behind a read without a default: the number or text that holds where the variable is
/// not set. What is no such value, such as a list, stands for something that was made of the variable.
pub(super) fn stand_in<'s>(
    declaration: &mut Declaration,
    program: &Program<'s>,
    stand_in: Option<&'s Expr>,
    frame: &Frame<'s>,
) {
    let Some(stand_in) = stand_in.filter(|_| !declaration.required) else { return };
    let Clear::Nothing = declaration.value else { return };
    let value = clear(program.fold(stand_in, frame).as_ref());
    let is_plain = match &value {
        Clear::Constant(constant) => match constant.reveal() {
            Value::Bool(_) | Value::Integer(_) | Value::Float(_) => true,
            Value::Text(text) => !text.is_empty(),
            Value::Null | Value::List(_) | Value::Map(_) => false,
        },
        Clear::Dynamic | Clear::Nothing => false,
    };
    if is_plain {
        declaration.value = value;
        show(declaration, program, stand_in, frame);
    }
}

/// No default, `None`, an empty text, or one that is not known.
pub(super) fn says_nothing(value: &Clear) -> bool {
    match value {
        Clear::Constant(constant) => match constant.reveal() {
            Value::Null => true,
            Value::Text(text) => text.is_empty(),
            Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::List(_) | Value::Map(_) => false,
        },
        Clear::Dynamic | Clear::Nothing => true,
    }
}
