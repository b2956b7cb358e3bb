//! The database of a Django service from one variable: `dj_database_url.config(default="sqlite:///shop.db")`. Without
//! the variable and a default there is no database, which the call itself does not refuse.

use super::called::Called;
use super::words::Word;
use super::{Found, declare};
use setpoint_model::Mechanism;
use setpoint_python::{Frame, Object, Program};

pub(super) const WORDS: [Word<'static>; 1] = [Word::Anywhere("dj_database_url")];

/// The function that reads the variable.
pub(super) const FUNCTIONS: [&str; 1] = ["config"];

pub(super) fn visit<'s>(program: &Program<'s>, called: &Called<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    if called.function() != Some("dj_database_url.config") {
        return;
    }
    let name = match called.argument("env", 0) {
        Some(name) => program.fold(name, frame),
        None => Some(Object::Text("DATABASE_URL".to_owned())),
    };
    let Some(Object::Text(name)) = name else { return };
    let mut declaration = declare::variable(program, Mechanism::DjDatabaseUrl, &name, called.call, frame);
    declaration.type_name = Some("url".to_owned());
    if let Some(default) = called.argument("default", 1) {
        declare::give(&mut declaration, program, default, frame);
    }
    found.declarations.push(declaration);
}
