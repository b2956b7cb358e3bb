//! Options of Tornado: `define("port", default=8888, help="…")` (`tornado.options`). An operator sets one on the command
//! line or in a file that the service reads; dashes and underscores in its name are the same.

use super::called::Called;
use super::click::help_of;
use super::words::Word;
use super::{Found, casts, declare};
use crate::Clear;
use setpoint_model::{Mechanism, Value};
use setpoint_python::{Frame, Object, Program};

pub(super) const WORDS: [Word<'static>; 1] = [Word::Named("tornado.options")];

pub(super) fn visit<'s>(program: &Program<'s>, called: &Called<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let defines = match called.function() {
        Some(name) => matches!(name, "tornado.options.define" | "tornado.options.options.define"),
        None => called
            .on_instance_of(program, "tornado.options.OptionParser")
            .is_some_and(|(_, method)| method == Some("define")),
    };
    if !defines {
        return;
    }
    let Some(Object::Text(name)) = called.argument("name", 0).and_then(|name| program.fold(name, frame)) else {
        return;
    };
    let option = format!("--{}", name.replace('_', "-"));
    let mut declaration = declare::declaration(program, Mechanism::TornadoOptions, &option, called.call, frame);
    declaration.aliases = if name.contains('_') { vec![format!("--{name}")] } else { Vec::new() };
    declaration.description = help_of(program, called.call, frame);
    let multiple = called.argument("multiple", 5).and_then(|multiple| program.fold(multiple, frame));
    let multiple = multiple.and_then(|multiple| multiple.truth()) == Some(true);
    match called.argument("default", 1) {
        Some(default) => {
            declare::give(&mut declaration, program, default, frame);
            // Without a type, the default's own is taken.
            declaration.type_name =
                program.fold(default, frame).and_then(|default| type_of(&default)).map(str::to_owned);
        }
        None => declaration.value = Clear::from(if multiple { Value::List(Vec::new()) } else { Value::Null }),
    }
    if let Some(written) = called.argument("type", 2) {
        declaration.type_name = casts::name_of(program, written, frame);
    }
    found.declarations.push(declaration);
}

fn type_of(default: &Object<'_>) -> Option<&'static str> {
    Some(match default {
        Object::Bool(_) => "bool",
        Object::Int(_) => "int",
        Object::Float(_) => "float",
        Object::Text(_) => "str",
        Object::Duration(_) => "timedelta",
        _ => return None,
    })
}
