//! Options of argparse and configargparse: `parser.add_argument("--workers", type=int, default=2)`.

use super::Found;
use super::click::{OptionNames, help_of};
use super::declare;
use super::words::Word;
use crate::options::Takes;
use crate::{Clear, OptionUse, Sensitive};
use setpoint_model::{Mechanism, Value};
use setpoint_python::ast::Expr;
use setpoint_python::{Frame, Node, Object, Program};

pub(super) const WORDS: [Word<'static>; 1] = [Word::Anywhere("add_argument(")];

pub(super) fn visit<'s>(program: &Program<'s>, node: &Node<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Node::Expression(Expr::Call(call)) = node else { return };
    let Expr::Attribute(method) = &*call.func else { return };
    if method.attr.as_str() != "add_argument" {
        return;
    }
    let texts = call.arguments.args.iter().filter_map(|argument| program.fold(argument, frame));
    let texts: Vec<String> = texts.filter_map(|text| text.as_text().map(str::to_owned)).collect();
    let Some(names) = OptionNames::of(&texts) else { return };
    let keyword = |name: &str| call.arguments.find_keyword(name).map(|keyword| &keyword.value);
    let action = keyword("action").and_then(|value| program.fold(value, frame));
    // A class of one's own does what it likes.
    let is_word = action.as_ref().and_then(Object::as_text).is_some();
    let action = action.as_ref().and_then(Object::as_text).unwrap_or("store");
    let mut declaration = declare::declaration(program, mechanism(program, frame), &names.longest, call, frame);
    declaration.aliases = names.others;
    declaration.description = help_of(program, call, frame);
    declaration.variables = match keyword("env_var").and_then(|value| program.fold(value, frame)) {
        Some(Object::Text(variable)) => vec![variable],
        _ => Vec::new(),
    };
    declaration.type_name = match keyword("type") {
        Some(written) => program.module(frame.file()).map(|module| module.text(written).to_owned()),
        None => action.starts_with("store_").then(|| "bool".to_owned()).filter(|_| action != "store_const"),
    };
    let takes = match action {
        "store" => Some(Takes::Text),
        "append" => Some(Takes::Several),
        "store_true" => Some(Takes::Nothing(true)),
        "store_false" => Some(Takes::Nothing(false)),
        _ => None,
    };
    declaration.option = takes
        .filter(|_| keyword("nargs").is_none() && keyword("action").is_none_or(|_| is_word))
        .map(|takes| OptionUse { takes, off: Vec::new() });
    match (keyword("default"), action) {
        // They only do something, and have no value.
        (_, "help" | "version") => {}
        (Some(default), _) => {
            let suppressed = program
                .fold(default, frame)
                .is_some_and(|value| value.external().is_some_and(|name| name.ends_with(".SUPPRESS")));
            if !suppressed {
                declare::give(&mut declaration, program, default, frame);
            }
        }
        (None, "store_true") => declaration.value = Clear::Constant(Sensitive::new(Value::Bool(false))),
        (None, "store_false") => declaration.value = Clear::Constant(Sensitive::new(Value::Bool(true))),
        (None, _) => {
            let required = keyword("required").and_then(|value| program.fold(value, frame));
            declaration.required = required.and_then(|value| value.truth()) == Some(true);
        }
    }
    found.declarations.push(declaration);
}

/// A parser is handed around as an argument more often than not; the module that imports configargparse uses it.
fn mechanism(program: &Program<'_>, frame: &Frame<'_>) -> Mechanism {
    let imports = program.member(frame.file(), "configargparse").flatten();
    match imports.as_ref().and_then(Object::external) {
        Some(name) if name.starts_with("configargparse") => Mechanism::Configargparse,
        _ => Mechanism::Argparse,
    }
}
