//! What is said of routes elsewhere than where they are made: what runs before their handlers, which are middlewares,
//! hooks and dependencies of whole routers, and the prefixes below which routers are brought into an application.

use super::handler::Handled;
use super::path::{Path, Router};
use super::{in_parallel, instance_of};
use crate::python::called::last_name;
use setpoint_python::ast::{Expr, ExprCall};
use setpoint_python::{FileId, Frame, FunctionRef, Instance, Node, Object, Program};

/// Words of which a file that says such a thing has one.
const WORDS: [&str; 5] = ["iddleware", "before_", "dependencies", "include_router", "register_blueprint"];

/// Modules whose middlewares ask nobody.
const HARMLESS: [&str; 5] = ["fastapi.", "starlette.", "uvicorn.", "asgi_correlation_id.", "flask_cors."];

/// What is around the handlers.
#[derive(Default)]
pub(super) struct Around<'s> {
    /// Something that may ask somebody runs before every handler.
    asks_for_all: bool,
    /// It runs before those of these routers.
    asks_for: Vec<Instance<'s>>,
    /// The routers that lie below a prefix of something else than the whole service.
    elsewhere: Vec<Instance<'s>>,
}

/// What a part of the code says of routes.
enum Says<'s> {
    AsksForAll,
    AsksFor(Instance<'s>),
    LiesElsewhere(Instance<'s>),
}

impl<'s> Around<'s> {
    pub(super) fn of(program: &Program<'s>, files: &[FileId]) -> Self {
        let found = in_parallel(files, |file| {
            let mut found = Vec::new();
            let marks = program.module(*file).map(|module| module.marks(&WORDS));
            if let Some(marks) = marks.filter(|marks| !marks.is_empty()) {
                program.walk_marked(*file, &marks, &mut |node, frame| match node {
                    Node::Function(function) => found.extend(decorated(program, &function)),
                    Node::Expression(Expr::Call(call)) => {
                        found.extend(called(program, call, frame));
                        found.extend(brought(program, call, frame));
                    }
                    Node::Expression(_) | Node::Statement(_) | Node::Class(_) | Node::Body(_) => {}
                });
            }
            found
        });
        let mut around = Self::default();
        for says in found.into_iter().flatten() {
            match says {
                Says::AsksForAll => around.asks_for_all = true,
                Says::AsksFor(router) => around.asks_for.push(router),
                Says::LiesElsewhere(router) => around.elsewhere.push(router),
            }
        }
        around
    }

    /// True if something that runs before the handlers of this router may ask somebody.
    pub(super) fn may_ask_for(&self, router: Option<&Instance<'s>>) -> bool {
        self.asks_for_all || router.is_some_and(|router| is_among(router, &self.asks_for))
    }

    /// True if the paths of this router begin with more than is known where they are made.
    pub(super) fn lies_elsewhere(&self, router: Option<&Instance<'s>>) -> bool {
        router.is_some_and(|router| is_among(router, &self.elsewhere))
    }
}

fn is_among(router: &Instance<'_>, routers: &[Instance<'_>]) -> bool {
    routers.iter().any(|other| std::ptr::eq(other.call, router.call))
}

/// `@app.middleware("http")`, `@app.before_request`
fn decorated<'s>(program: &Program<'s>, function: &FunctionRef<'s>) -> Option<Says<'s>> {
    let is_hook = function.definition.decorator_list.iter().any(|decorator| {
        let decorator = decorator.expression.as_call_expr().map_or(&decorator.expression, |call| &*call.func);
        decorator.is_attribute_expr() && last_name(decorator).is_some_and(is_hook)
    });
    (is_hook && !Handled::of(program, function).is_constant).then_some(Says::AsksForAll)
}

fn is_hook(name: &str) -> bool {
    matches!(name, "middleware" | "before_request" | "before_app_request")
}

fn called<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Option<Says<'s>> {
    let given = |place: usize| call.arguments.args.get(place);
    let has =
        |name: &str| call.arguments.keywords.iter().any(|keyword| keyword.arg.as_ref().is_some_and(|it| it == name));
    let Some(name) = last_name(&call.func) else {
        // `app.middleware("http")(function)`
        let hook = call.func.as_call_expr().and_then(|hook| last_name(&hook.func))?;
        return (is_hook(hook) && asks(program, given(0), frame)).then_some(Says::AsksForAll);
    };
    match name {
        "add_middleware" | "Middleware" => {
            asks(program, given(0).or_else(|| call.arguments.find_argument_value("middleware_class", 0)), frame)
                .then_some(Says::AsksForAll)
        }
        "before_request" | "before_app_request" if !call.arguments.is_empty() => {
            asks(program, given(0), frame).then_some(Says::AsksForAll)
        }
        // Which routers it brings matters only where it brings more than them.
        "include_router" if has("dependencies") => {
            let router = given(0).and_then(|router| program.fold(router, frame)).and_then(instance_of);
            Some(router.map_or(Says::AsksForAll, Says::AsksFor))
        }
        "APIRouter" if has("dependencies") => {
            let of = program.fold(&call.func, frame)?;
            Some(Says::AsksFor(Instance { of, call, frame: frame.clone() }))
        }
        "FastAPI" | "Starlette" if has("dependencies") => Some(Says::AsksForAll),
        _ => None,
    }
}

/// `app.include_router(users.router, prefix="/users")`
fn brought<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Option<Says<'s>> {
    if !matches!(last_name(&call.func)?, "include_router" | "register_blueprint") {
        return None;
    }
    let mut keywords = call.arguments.keywords.iter();
    let is_prefix = |name: &str| matches!(name, "prefix" | "url_prefix");
    let prefix = keywords.find(|keyword| keyword.arg.as_ref().is_some_and(|name| is_prefix(name.as_str())))?;
    let prefix = program.fold(&prefix.value, frame);
    let path = prefix
        .as_ref()
        .and_then(Object::as_text)
        .and_then(|prefix| Path::of(&format!("{}/health", prefix.trim_end_matches('/')), Router::Part));
    if path.is_some_and(|path| path.is_clear) {
        return None;
    }
    let router = program.fold(call.arguments.args.first()?, frame).and_then(instance_of);
    router.map(Says::LiesElsewhere)
}

/// True unless what runs is known and asks nobody.
fn asks<'s>(program: &Program<'s>, runs: Option<&'s Expr>, frame: &Frame<'s>) -> bool {
    match runs.and_then(|runs| program.fold(runs, frame)) {
        Some(Object::External(name)) => !HARMLESS.iter().any(|module| name.starts_with(module)),
        Some(Object::Function(function)) => !Handled::of(program, &function).is_constant,
        Some(Object::Class(class)) => match program.class_member(&class, "dispatch") {
            Some(Object::Function(dispatch)) => !Handled::of(program, &dispatch).is_constant,
            _ => true,
        },
        _ => true,
    }
}
