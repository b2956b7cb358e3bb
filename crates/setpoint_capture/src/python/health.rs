//! Routes by which others ask whether the service is well: `@app.get("/health")`, `Route("/healthz", healthz)`. They are
//! looked for in files that a process surely imports, which were parsed to find that out.
//!
//! A route is known by its path. Whatever else is given such a path, `app.mount("/health", …)` say, is noted as a route
//! of which nothing is known, so that nobody believes to know them all.

mod around;
mod handler;
mod path;

use super::called::attribute_of_instance;
use super::scan::in_parallel;
use around::Around;
use handler::Handled;
use path::{Path, Router};
use setpoint_model::{HealthRoute, Place};
use setpoint_python::ast::{Expr, ExprCall, Ranged};
use setpoint_python::{Frame, FunctionRef, Instance, Node, Object, Program};
use std::collections::{BTreeMap, BTreeSet};

/// Applications of FastAPI, Starlette and Flask.
const APPLICATIONS: [&str; 5] = [
    "fastapi.FastAPI",
    "fastapi.applications.FastAPI",
    "starlette.applications.Starlette",
    "flask.Flask",
    "flask.app.Flask",
];

/// What holds some of an application's routes.
const ROUTERS: [&str; 5] = [
    "fastapi.APIRouter",
    "fastapi.routing.APIRouter",
    "starlette.routing.Router",
    "flask.Blueprint",
    "flask.blueprints.Blueprint",
];

/// Their methods that decorate a handler with a path.
const DECORATORS: [&str; 5] = ["get", "head", "post", "route", "api_route"];

/// Their methods, and functions, that are given a path and behind it, or under one of these names, a handler: by their
/// last names, since the full ones hardly matter to what is given a path of health.
const ADDERS: [(&str, &str, usize); 5] = [
    ("add_api_route", "endpoint", 1),
    ("add_route", "route", 1),
    ("add_url_rule", "view_func", 2),
    ("Route", "endpoint", 1),
    ("APIRoute", "endpoint", 1),
];

/// A route and what it belongs to.
struct Route<'s> {
    place: Place,
    path: String,
    handler: Option<FunctionRef<'s>>,
    /// The router, where it is on one.
    router: Option<Instance<'s>>,
    /// Something else than a route decorates the handler, or the route is given more than a path that matters.
    is_wrapped: bool,
}

/// The routes, by place.
pub(super) fn read(program: &Program<'_>, imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<HealthRoute> {
    let files: BTreeSet<&String> = imports.values().flatten().collect();
    let files: Vec<_> = files.into_iter().filter_map(|path| program.sources().find(path)).collect();
    let routes = in_parallel(&files, |file| {
        let mut routes = Vec::new();
        let marks = program.module(*file).map(|module| module.marks(&path::WORDS));
        if let Some(marks) = marks.filter(|marks| !marks.is_empty()) {
            program.walk_marked(*file, &marks, &mut |node, frame| match node {
                Node::Function(function) => routes.extend(decorated(program, &function, frame)),
                Node::Expression(Expr::Call(call)) => routes.extend(added(program, call, frame)),
                Node::Expression(_) | Node::Statement(_) | Node::Class(_) | Node::Body(_) => {}
            });
        }
        routes
    });
    let routes: Vec<Route<'_>> = routes.into_iter().flatten().collect();
    if routes.is_empty() {
        return Vec::new();
    }
    let around = Around::of(program, &files);
    let mut routes: Vec<HealthRoute> = routes.iter().map(|route| known(program, route, &around, imports)).collect();
    routes.sort_by(|one, two| one.place.cmp(&two.place));
    routes
}

fn known<'s>(
    program: &Program<'s>,
    route: &Route<'s>,
    around: &Around<'s>,
    imports: &BTreeMap<String, BTreeSet<String>>,
) -> HealthRoute {
    let handler = route.handler.as_ref().filter(|_| !around.lies_elsewhere(route.router.as_ref()));
    let does = handler.map(|handler| Handled::of_request(program, handler)).unwrap_or_default();
    let importing = imports.iter().filter(|(_, files)| files.contains(&route.place.file));
    HealthRoute {
        place: route.place.clone(),
        path: route.path.clone(),
        is_constant: does.is_constant && !route.is_wrapped && !around.may_ask_for(route.router.as_ref()),
        runs: does.runs,
        may_fail: does.may_fail,
        guarded: does.guarded,
        imported_by: importing.map(|(process, _)| process.clone()).collect(),
    }
}

/// The routes that decorators make of a function.
fn decorated<'s>(program: &Program<'s>, function: &FunctionRef<'s>, frame: &Frame<'s>) -> Vec<Route<'s>> {
    let decorators = &function.definition.decorator_list;
    let mut routes = Vec::new();
    for decorator in decorators {
        let Expr::Call(call) = &decorator.expression else { continue };
        let Expr::Attribute(method) = &*call.func else { continue };
        if !DECORATORS.contains(&method.attr.as_str()) {
            continue;
        }
        let Some(written) = path_of(call, "path").or_else(|| path_of(call, "rule")) else { continue };
        let owner = program.fold(&method.value, frame);
        let on = owner.as_ref().and_then(|owner| router(program, owner));
        let path = match (&on, &owner) {
            (Some(on), _) => Path::of(&full_path(program, on, written), kind(program, on)),
            (None, Some(Object::Attribute(..)) | None) => Path::of(written, Router::Unknown),
            (None, Some(_)) => continue,
        };
        let Some(path) = path else { continue };
        routes.extend(route(program, call, frame, path, Some(function.clone()), on));
    }
    let others = decorators.len() - routes.len();
    routes.iter_mut().for_each(|route| route.is_wrapped |= others > 0);
    routes
}

/// The route that a call adds. One that is no such call, and is given a path of health all the same, is one of which
/// nothing is known.
fn added<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Option<Route<'s>> {
    let name = super::called::last_name(&call.func)?;
    let Some((_, handler, at)) = ADDERS.iter().find(|(adder, ..)| *adder == name) else {
        return unclear(program, call, frame);
    };
    let written = path_of(call, "path").or_else(|| path_of(call, "rule"))?;
    let router = match &*call.func {
        Expr::Attribute(method) => program.fold(&method.value, frame).and_then(|owner| router(program, &owner)),
        _ => None,
    };
    let path = match &router {
        Some(router) => Path::of(&full_path(program, router, written), kind(program, router))?,
        // `Route("/health", health)` stands in a list that an application is given.
        None => Path::of(written, Router::Part)?,
    };
    let handler = call.arguments.find_argument_value(handler, *at);
    let handler = handler.and_then(|handler| match program.fold(handler, frame)? {
        Object::Function(function) => Some(function),
        _ => None,
    });
    let is_decorated = handler.as_ref().is_some_and(|handler| !handler.definition.decorator_list.is_empty());
    let mut route = route(program, call, frame, path, handler, router)?;
    route.is_wrapped |= is_decorated;
    Some(route)
}

/// Calls that are no route whatever they are given: of clients and texts, and the decorators, which are read by themselves.
const NO_ROUTES: [&str; 16] = [
    "get",
    "head",
    "post",
    "put",
    "route",
    "api_route",
    "startswith",
    "endswith",
    "find",
    "count",
    "removeprefix",
    "format",
    "urljoin",
    "info",
    "debug",
    "print",
];

fn unclear<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Option<Route<'s>> {
    if NO_ROUTES.contains(&super::called::last_name(&call.func)?) {
        return None;
    }
    let arguments = &call.arguments;
    let mut given = arguments.args.iter().chain(arguments.keywords.iter().map(|keyword| &keyword.value));
    let path = given.find_map(|value| Path::of(literal(value)?, Router::Unknown))?;
    // The prefix of a router is known with each of its routes.
    if program.fold(&call.func, frame).is_some_and(|of| is_one_of(program, &of, &ROUTERS)) {
        return None;
    }
    route(program, call, frame, path, None, None)
}

fn route<'s>(
    program: &Program<'s>,
    call: &'s ExprCall,
    frame: &Frame<'s>,
    path: Path,
    handler: Option<FunctionRef<'s>>,
    router: Option<Instance<'s>>,
) -> Option<Route<'s>> {
    Some(Route {
        place: program.module(frame.file())?.place(call.range()),
        handler: handler.filter(|_| path.is_clear),
        path: path.text,
        router,
        is_wrapped: call.arguments.keywords.iter().any(|keyword| {
            keyword.arg.as_ref().is_none_or(|name| matches!(name.as_str(), "dependencies" | "middleware"))
        }),
    })
}

/// The application or router that an object is.
fn router<'s>(program: &Program<'s>, object: &Object<'s>) -> Option<Instance<'s>> {
    let Object::Instance(instance) = object else { return None };
    let is = [&APPLICATIONS[..], &ROUTERS[..]].iter().any(|names| is_one_of(program, &instance.of, names));
    is.then(|| (**instance).clone())
}

fn kind<'s>(program: &Program<'s>, router: &Instance<'s>) -> Router {
    if is_one_of(program, &router.of, &APPLICATIONS) { Router::Whole } else { Router::Part }
}

/// True for one of these classes, and for a class that inherits from one.
fn is_one_of<'s>(program: &Program<'s>, class: &Object<'s>, names: &[&str]) -> bool {
    match class {
        Object::External(name) => names.contains(&name.as_str()),
        Object::Class(class) => program.inherits(class, |base| names.contains(&base)),
        _ => false,
    }
}

/// A path behind the prefix of its router. A prefix that is not known is as one that is a variable.
fn full_path<'s>(program: &Program<'s>, router: &Instance<'s>, path: &str) -> String {
    let keywords = router.call.arguments.keywords.iter();
    let prefix = keywords
        .filter(|keyword| keyword.arg.as_ref().is_some_and(|name| matches!(name.as_str(), "prefix" | "url_prefix")))
        .map(|keyword| program.fold(&keyword.value, &router.frame))
        .map(|prefix| prefix.as_ref().and_then(Object::as_text).map_or("/{}".to_owned(), str::to_owned));
    prefix.last().unwrap_or_default() + path
}

fn path_of<'s>(call: &'s ExprCall, name: &str) -> Option<&'s str> {
    literal(call.arguments.find_argument_value(name, 0)?)
}

fn literal(expression: &Expr) -> Option<&str> {
    expression.as_string_literal_expr().map(|literal| literal.value.to_str())
}

/// The instance that an object is, or is an attribute of.
fn instance_of(object: Object<'_>) -> Option<Instance<'_>> {
    match object {
        Object::Instance(instance) => Some(*instance),
        object => attribute_of_instance(object).map(|(instance, _)| *instance),
    }
}
