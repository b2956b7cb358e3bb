//! What Flask's configuration is loaded from: `app.config.from_object("shop.config")`, `from_object(Production)`,
//! `from_pyfile("config.py")`.

use super::Found;
use super::settings_module::{self, Settings};
use super::words::Word;
use setpoint_model::Mechanism;
use setpoint_python::ast::{BoolOp, Expr, ExprCall, Ranged};
use setpoint_python::{Bound, Frame, Node, Object, Program};

// Not `config.from_object`: words are found without overlap, and `app.config` is one of the catalog.
pub(super) const WORDS: [Word<'static>; 2] = [Word::Anywhere("from_object"), Word::Anywhere("from_pyfile")];

pub(super) fn visit<'s>(program: &Program<'s>, node: &Node<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Node::Expression(Expr::Call(call)) = node else { return };
    let Expr::Attribute(method) = &*call.func else { return };
    let is_configuration = matches!(&*method.value, Expr::Attribute(of) if of.attr.as_str() == "config")
        || matches!(&*method.value, Expr::Name(of) if of.id.as_str() == "config");
    if !is_configuration {
        return;
    }
    let Some(argument) = call.arguments.args.first() else { return };
    let declared = match method.attr.as_str() {
        "from_object" => settings_module::declare_object(program, settings(), source(program, argument, frame), frame),
        "from_pyfile" => from_pyfile(program, argument, frame),
        _ => return,
    };
    found.declarations.extend(declared);
}

/// Flask takes the names in upper case.
fn settings() -> Settings<'static> {
    Settings::in_upper_case(Mechanism::FlaskConfig)
}

/// The object itself; where a variable names it, what it names by default.
fn source<'s>(program: &Program<'s>, argument: &'s Expr, frame: &Frame<'s>) -> Option<Object<'s>> {
    match program.fold(argument, frame) {
        Some(Object::Instance(instance)) if matches!(instance.of.external(), Some("os.environ.get" | "os.getenv")) => {
            let call: &ExprCall = instance.call;
            return program.fold(call.arguments.find_argument_value("default", 1)?, &instance.frame);
        }
        Some(object) => return Some(object),
        None => {}
    }
    match argument {
        // `given or os.environ.get("SHOP_CONFIG", "shop.config")`: what is left when nothing is given.
        Expr::BoolOp(operation) if operation.op == BoolOp::Or => source(program, operation.values.last()?, frame),
        Expr::Name(name) => {
            frame.scope.bindings(name.id.as_str()).iter().rev().find_map(|binding| match binding.bound {
                Bound::Value(value) if binding.at <= name.range().start() => source(program, value, frame),
                _ => None,
            })
        }
        _ => None,
    }
}

fn from_pyfile<'s>(program: &Program<'s>, argument: &'s Expr, frame: &Frame<'s>) -> Vec<crate::Declaration> {
    let name = program.fold(argument, frame);
    let stem = name.as_ref().and_then(Object::as_text).and_then(|name| name.strip_suffix(".py"));
    let file = stem.and_then(|stem| program.find_module(&stem.replace('/', "."), frame.file()));
    file.map(|file| settings_module::declare_module(program, settings(), file)).unwrap_or_default()
}
