//! Calls of Starlette's configuration: `config = Config(".env", env_prefix="SHOP_")`, `config("DEBUG", cast=bool, default=False)`.

use super::called::Called;
use super::words::Word;
use super::{Found, casts, declare};
use setpoint_model::Mechanism;
use setpoint_python::{Frame, Object, Program};

pub(super) const WORDS: [Word<'static>; 1] = [Word::Named("starlette.config")];

pub(super) fn visit<'s>(program: &Program<'s>, called: &Called<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Some((config, None | Some("get"))) = called.on_instance_of(program, "starlette.config.Config") else { return };
    let prefix = match config.call.arguments.find_argument_value("env_prefix", 2) {
        Some(prefix) => program.fold(prefix, &config.frame),
        None => Some(Object::Text(String::new())),
    };
    let name = called.argument("key", 0).and_then(|name| program.fold(name, frame));
    let (Some(Object::Text(prefix)), Some(Object::Text(name))) = (prefix, name) else { return };

    let name = format!("{prefix}{name}");
    let mut declaration = declare::variable(program, Mechanism::Starlette, &name, called.call, frame);
    if let Some(cast) = called.argument("cast", 1) {
        let cast_to = program.fold(cast, frame);
        let cast_to = cast_to.as_ref().and_then(Object::external);
        declaration.secret = cast_to == Some("starlette.datastructures.Secret");
        declaration.type_name = match cast_to {
            Some("starlette.datastructures.CommaSeparatedStrings") => Some("list".to_owned()),
            _ => casts::name_of(program, cast, frame),
        };
    }
    match called.argument("default", 2) {
        Some(default) => declare::give(&mut declaration, program, default, frame),
        None => declaration.required = !frame.guarded,
    }
    found.declarations.push(declaration);
}
