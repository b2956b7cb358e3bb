//! Calls of python-decouple: `config("WORKERS", default=2, cast=int)`, of `decouple.config` or of a `Config` of one's own.

use super::called::{Called, Callee};
use super::words::Word;
use super::{Found, casts, declare};
use setpoint_model::Mechanism;
use setpoint_python::{Frame, Object, Program};

pub(super) const WORDS: [Word<'static>; 3] =
    [Word::Anywhere("config(\""), Word::Anywhere("config('"), Word::Named("decouple")];

pub(super) fn visit<'s>(program: &Program<'s>, called: &Called<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let reads = match &called.callee {
        Callee::External(name) => matches!(name.as_str(), "decouple.config" | "decouple.config.get"),
        Callee::Instance(..) => {
            let classes = ["decouple.Config", "decouple.AutoConfig"];
            let on = classes.iter().find_map(|class| called.on_instance_of(program, class));
            on.is_some_and(|(_, method)| matches!(method, None | Some("get")))
        }
    };
    if !reads {
        return;
    }
    let Some(Object::Text(name)) = called.argument("option", 0).and_then(|name| program.fold(name, frame)) else {
        return;
    };
    let mut declaration = declare::variable(program, Mechanism::Decouple, &name, called.call, frame);
    declaration.type_name = called.argument("cast", 2).and_then(|cast| casts::name_of(program, cast, frame));
    match called.argument("default", 1) {
        Some(default) => declare::give(&mut declaration, program, default, frame),
        None => declaration.required = !frame.guarded,
    }
    found.declarations.push(declaration);
}
