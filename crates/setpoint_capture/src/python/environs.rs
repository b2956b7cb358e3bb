//! Calls of environs: `env = Env()`, `env.int("WORKERS", 2)`, `with env.prefixed("SHOP_"): env("HOST")` (the methods of
//! `environs.Env`).

use super::called::{Called, Callee};
use super::words::Word;
use super::{Found, declare};
use setpoint_model::Mechanism;
use setpoint_python::{Frame, Instance, Object, Program};

pub(super) const WORDS: [Word<'static>; 1] = [Word::Named("environs")];

/// The methods that read a variable; those that `add_parser` adds are not known.
const METHODS: [&str; 21] = [
    "str",
    "int",
    "bool",
    "float",
    "decimal",
    "list",
    "dict",
    "json",
    "datetime",
    "date",
    "time",
    "timedelta",
    "path",
    "log_level",
    "uuid",
    "url",
    "enum",
    "dj_db_url",
    "dj_email_url",
    "dj_cache_url",
    "get",
];

pub(super) fn visit<'s>(program: &Program<'s>, called: &Called<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Some((env, method)) = env_of(program, called) else { return };
    if method.is_some_and(|method| !METHODS.contains(&method)) {
        return;
    }
    let Some(own) = env.map_or_else(|| Some(String::new()), |env| prefix_of(program, env)) else { return };
    let name = called.argument("name", 0).and_then(|name| program.fold(name, frame));
    let (Some(Object::Text(name)), Some(around)) = (name, found.prefixes.around(called.call)) else { return };

    let name = format!("{own}{around}{name}");
    let mut declaration = declare::variable(program, Mechanism::Environs, &name, called.call, frame);
    declaration.type_name = method.map(|method| match method {
        "path" => "Path".to_owned(),
        "dj_db_url" | "dj_email_url" | "dj_cache_url" => "url".to_owned(),
        method => method.to_owned(),
    });
    // The default may be given as `...`, which is none.
    match called.argument("default", 1).filter(|default| !default.is_ellipsis_literal_expr()) {
        Some(default) => declare::give(&mut declaration, program, default, frame),
        None => declaration.required = !frame.guarded,
    }
    found.declarations.push(declaration);
}

/// The reader's own instance, or none for the one that environs itself makes (`from environs import env`), and the
/// method that is called.
fn env_of<'s, 'c>(
    program: &Program<'s>,
    called: &'c Called<'s>,
) -> Option<(Option<&'c Instance<'s>>, Option<&'c str>)> {
    match &called.callee {
        Callee::External(name) => match name.strip_prefix("environs.env")? {
            "" => Some((None, None)),
            method => Some((None, Some(method.strip_prefix('.')?))),
        },
        Callee::Instance(..) => {
            let classes = ["environs.Env", "environs.FileAwareEnv"];
            let (env, method) = classes.iter().find_map(|class| called.on_instance_of(program, class))?;
            Some((Some(env), method))
        }
    }
}

/// `Env(prefix="SHOP_")`; `None` where it is not known.
fn prefix_of<'s>(program: &Program<'s>, env: &Instance<'s>) -> Option<String> {
    match env.call.arguments.find_keyword("prefix") {
        None => Some(String::new()),
        Some(prefix) => program.fold(&prefix.value, &env.frame)?.as_text().map(str::to_owned),
    }
}
