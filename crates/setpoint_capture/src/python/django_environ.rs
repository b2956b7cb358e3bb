//! Calls of django-environ: `env = environ.Env(DEBUG=(bool, False))` and `env("DEBUG")`, `env.int("WORKERS", default=2)`,
//! `env.db()` (`environ.Env`'s methods and its `get_value`).

use super::called::Called;
use super::words::Word;
use super::{Found, casts, declare};
use setpoint_model::Mechanism;
use setpoint_python::ast::{Expr, ExprCall};
use setpoint_python::{Frame, Instance, Object, Program};

pub(super) const WORDS: [Word<'static>; 7] = [
    Word::Anywhere("env(\""),
    Word::Anywhere("env('"),
    Word::Anywhere("env.str("),
    Word::Anywhere("env.int("),
    Word::Anywhere("env.bool("),
    Word::Anywhere("env.list("),
    Word::Named("environ.Env"),
];

pub(super) fn visit<'s>(program: &Program<'s>, called: &Called<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Some((env, method)) = called.on_instance_of(program, "environ.Env") else { return };
    let Some(kind) = Kind::of(method) else { return };
    let name = match called.argument("var", 0) {
        Some(name) => program.fold(name, frame).as_ref().and_then(Object::as_text).map(str::to_owned),
        None => kind.variable().map(str::to_owned),
    };
    let (Some(name), Some(prefix)) = (name, found.prefixes.assigned_before(called.call)) else { return };
    let name = format!("{prefix}{name}");

    let scheme = Scheme::of(env, &name);
    let cast = kind.takes_cast().then(|| called.argument("cast", 1)).flatten();
    let given = called.argument("default", if kind.takes_cast() { 2 } else { 1 });
    let given = given.filter(|given| !is_not_set(program, given, frame));
    let mut declaration = declare::variable(program, Mechanism::DjangoEnviron, &name, called.call, frame);
    declaration.type_name = match kind {
        Kind::Named(name) => Some(name.to_owned()),
        Kind::Url(_) => Some("url".to_owned()),
        Kind::Plain => cast
            .and_then(|cast| casts::name_of(program, cast, frame))
            .or_else(|| casts::name_of(program, scheme.as_ref()?.cast?, &env.frame)),
    };
    match (given, scheme.and_then(|scheme| scheme.default)) {
        (Some(default), _) => declare::give(&mut declaration, program, default, frame),
        (None, Some(default)) => declare::give(&mut declaration, program, default, &env.frame),
        (None, None) => declaration.required = !frame.guarded,
    }
    found.declarations.push(declaration);
}

/// How a method reads its variable.
#[derive(Clone, Copy)]
enum Kind {
    /// `env("X")`: the cast is an argument, or the scheme's.
    Plain,
    /// `env.bool("X")`: the cast is the method's name.
    Named(&'static str),
    /// `env.db()`: a URL, in this variable if none is named.
    Url(&'static str),
}

impl Kind {
    fn of(method: Option<&str>) -> Option<Self> {
        Some(match method {
            None | Some("get_value") => Kind::Plain,
            Some("str" | "unicode") => Kind::Named("str"),
            Some("bytes") => Kind::Named("bytes"),
            Some("bool") => Kind::Named("bool"),
            Some("int") => Kind::Named("int"),
            Some("float") => Kind::Named("float"),
            Some("json") => Kind::Named("json"),
            Some("list") => Kind::Named("list"),
            Some("tuple") => Kind::Named("tuple"),
            Some("dict") => Kind::Named("dict"),
            Some("url") => Kind::Named("url"),
            Some("path") => Kind::Named("Path"),
            Some("db" | "db_url") => Kind::Url("DATABASE_URL"),
            Some("cache" | "cache_url") => Kind::Url("CACHE_URL"),
            Some("email" | "email_url") => Kind::Url("EMAIL_URL"),
            Some("search_url") => Kind::Url("SEARCH_URL"),
            Some("channels" | "channels_url") => Kind::Url("CHANNELS_URL"),
            Some(_) => return None,
        })
    }

    /// The variable that is read where the call names none.
    fn variable(self) -> Option<&'static str> {
        match self {
            Kind::Url(variable) => Some(variable),
            Kind::Plain | Kind::Named(_) => None,
        }
    }

    /// True if the second argument is a cast, not the default.
    fn takes_cast(self) -> bool {
        match self {
            Kind::Plain | Kind::Named("list" | "tuple" | "dict") => true,
            Kind::Named(_) | Kind::Url(_) => false,
        }
    }
}

/// What `Env(NAME=(cast, default))` or `Env(NAME=cast)` says about a variable.
struct Scheme<'s> {
    cast: Option<&'s Expr>,
    default: Option<&'s Expr>,
}

impl<'s> Scheme<'s> {
    fn of(env: &Instance<'s>, name: &str) -> Option<Self> {
        let call: &'s ExprCall = env.call;
        Some(match &call.arguments.find_keyword(name)?.value {
            Expr::Tuple(tuple) => Self { cast: tuple.elts.first(), default: tuple.elts.get(1) },
            cast => Self { cast: Some(cast), default: None },
        })
    }
}

/// `default=environ.Env.NOTSET` is as good as no default.
fn is_not_set<'s>(program: &Program<'s>, given: &'s Expr, frame: &Frame<'s>) -> bool {
    match program.fold(given, frame) {
        Some(Object::External(name)) => name == "environ.Env.NOTSET",
        Some(Object::Attribute(_, name)) => name == "NOTSET",
        _ => false,
    }
}
