//! What a request of a route runs, and whether that asks anybody for anything.
//!
//! Few things surely ask nobody: constants, the clock, the answer's own class, a function of the service that does no
//! more than that. Whatever else a handler says may ask somebody.

use super::is_one_of;
use crate::python::called::attribute_of_instance;
use setpoint_model::Place;
use setpoint_python::ast::visitor::{self, Visitor};
use setpoint_python::ast::{Expr, ExprAttribute, ExprCall, ExprContext, ExprName, Number, Ranged, Stmt, TextRange};
use setpoint_python::{Bound, ClassRef, Frame, FunctionRef, Instance, Object, Program};

/// How deep the service's own calls are followed.
const DEEPEST: usize = 2;
/// How many functions are followed; a handler of health that calls more knows what it does.
const MOST_FUNCTIONS: usize = 20;

/// What a function does when it is called.
#[derive(Debug, Default)]
pub(super) struct Handled {
    /// See [`setpoint_model::HealthRoute::runs`].
    pub(super) runs: Vec<Place>,
    /// It surely asks nobody for anything.
    pub(super) is_constant: bool,
    /// See [`setpoint_model::HealthRoute::may_fail`].
    pub(super) may_fail: bool,
    /// See [`setpoint_model::HealthRoute::guarded`].
    pub(super) guarded: Vec<Place>,
}

impl Handled {
    /// What the handler of a request does, whose parameters the framework fills: by asking somebody, perhaps.
    pub(super) fn of_request<'s>(program: &Program<'s>, handler: &FunctionRef<'s>) -> Self {
        let mut does = Self::of(program, handler);
        does.is_constant &= !is_filled_by_asking(program, handler);
        does
    }

    /// What a function does, whatever it is given.
    pub(super) fn of<'s>(program: &Program<'s>, function: &FunctionRef<'s>) -> Self {
        let handled = Self { is_constant: true, ..Self::default() };
        let mut reader = Reader { program, frame: program.inside(function), depth: 0, entered: Vec::new(), handled };
        reader.enter(function);
        reader.handled
    }
}

struct Reader<'p, 's> {
    program: &'p Program<'s>,
    /// The function at hand.
    frame: Frame<'s>,
    depth: usize,
    entered: Vec<FunctionRef<'s>>,
    handled: Handled,
}

impl<'s> Reader<'_, 's> {
    fn enter(&mut self, function: &FunctionRef<'s>) {
        if self.entered.iter().any(|entered| std::ptr::eq(entered.definition, function.definition)) {
            return;
        }
        if self.depth > DEEPEST || self.entered.len() >= MOST_FUNCTIONS {
            self.handled.is_constant = false;
            return;
        }
        self.entered.push(function.clone());
        let body = self.program.body(function);
        let around = std::mem::replace(&mut self.frame, self.program.inside(function));
        self.depth += 1;
        let place = self.place(range_of(body));
        self.handled.runs.extend(place);
        self.visit_body(body);
        self.depth -= 1;
        self.frame = around;
    }

    fn place(&self, range: TextRange) -> Option<Place> {
        Some(self.program.module(self.frame.file())?.place(range))
    }

    fn may_ask_if(&mut self, asks: bool) {
        self.handled.is_constant &= !asks;
    }

    fn call(&mut self, call: &'s ExprCall) {
        match self.program.callee(call, &self.frame) {
            Some(Object::Function(function)) => {
                let is_plain = function.definition.decorator_list.is_empty();
                self.may_ask_if(!is_plain);
                self.enter(&function);
            }
            Some(Object::Class(class)) => {
                let asks = !holds_values(self.program, &class);
                self.may_ask_if(asks);
            }
            Some(Object::External(name)) => self.may_ask_if(!is_harmless(&name)),
            Some(of @ Object::Attribute(..)) => {
                let asks = !self.is_harmless_object(&of) && !self.is_of_a_local(&call.func);
                self.may_ask_if(asks);
            }
            _ => {
                let asks = !self.is_of_a_local(&call.func);
                self.may_ask_if(asks);
            }
        }
        self.visit_what_it_is_of(&call.func);
        visitor::walk_arguments(self, &call.arguments);
    }

    fn name(&mut self, name: &'s ExprName, whole: &'s Expr) {
        let text = name.id.as_str();
        let asks = !self.is_local(text) && !self.is_fixed(text, whole);
        self.may_ask_if(asks);
    }

    fn attribute(&mut self, attribute: &'s ExprAttribute, whole: &'s Expr) {
        let name = attribute.attr.as_str();
        self.handled.may_fail |= is_failure(name);
        let asks = !self.is_of_a_local(whole) && !self.is_fixed(name, whole);
        self.may_ask_if(asks);
        self.visit_what_it_is_of(whole);
    }

    /// Looks at the calls in front of a chain of attributes: `open_session()` of `open_session().execute`.
    fn visit_what_it_is_of(&mut self, mut whole: &'s Expr) {
        while let Expr::Attribute(attribute) = whole {
            whole = &attribute.value;
        }
        if !whole.is_name_expr() {
            self.visit_expr(whole);
        }
    }

    /// True for what is the same at all times: a function, a class, a constant by its name. A lower-case name of a
    /// module may be given something else while the service runs.
    fn is_fixed(&self, name: &str, whole: &'s Expr) -> bool {
        let Some(object) = self.program.fold(whole, &self.frame) else { return false };
        match object {
            Object::Text(_) | Object::Int(_) | Object::Float(_) => {
                name.chars().all(|letter| letter.is_uppercase() || letter.is_numeric() || letter == '_')
                    || (name.starts_with("__") && name.ends_with("__"))
            }
            Object::External(_) | Object::Class(_) | Object::Function(_) | Object::Module(_) | Object::Member(_) => {
                true
            }
            object => self.is_harmless_object(&object),
        }
    }

    /// True for what a harmless call gave, and for what it has: a logger, the time of start, the settings' version.
    fn is_harmless_object(&self, object: &Object<'s>) -> bool {
        let of = |instance: &Instance<'s>, attribute: Option<&str>| match &instance.of {
            Object::External(name) => {
                is_harmless(name)
                    || (is_one_of(self.program, &instance.of, &super::APPLICATIONS)
                        && matches!(attribute, Some("title" | "version")))
            }
            Object::Class(class) => holds_values(self.program, class),
            _ => false,
        };
        match object {
            Object::Instance(instance) => of(instance, None),
            Object::Attribute(inner, _) if inner.is_constant() => true,
            object @ Object::Attribute(..) => {
                attribute_of_instance(object.clone()).is_some_and(|(instance, path)| of(&instance, Some(&path)))
            }
            _ => false,
        }
    }

    /// True for a name of the function itself. What it is given was looked at where it was given.
    fn is_local(&self, name: &str) -> bool {
        let bindings = self.frame.scope.bindings(name);
        let is_imported =
            |bound: &Bound<'_>| matches!(bound, Bound::From(..) | Bound::Module(_) | Bound::Package(_) | Bound::Opaque);
        !matches!(name, "self" | "cls")
            && !bindings.is_empty()
            && !bindings.iter().any(|binding| is_imported(&binding.bound))
    }

    /// True for `request.headers.get`. What an application keeps for its handlers may be anything.
    fn is_of_a_local(&self, mut whole: &'s Expr) -> bool {
        loop {
            match whole {
                Expr::Name(name) => return self.is_local(name.id.as_str()),
                Expr::Attribute(attribute) if !matches!(attribute.attr.as_str(), "app" | "state") => {
                    whole = &attribute.value;
                }
                Expr::Subscript(subscript) => whole = &subscript.value,
                _ => return false,
            }
        }
    }
}

impl<'s> Visitor<'s> for Reader<'_, 's> {
    fn visit_stmt(&mut self, statement: &'s Stmt) {
        match statement {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return self.may_ask_if(true),
            Stmt::Global(_) | Stmt::Nonlocal(_) => self.may_ask_if(true),
            Stmt::Raise(_) => self.handled.may_fail = true,
            Stmt::Try(attempt) if !attempt.handlers.is_empty() => {
                let guarded = self.place(range_of(&attempt.body));
                self.handled.guarded.extend(guarded);
            }
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'s Expr) {
        match expression {
            Expr::Call(call) => self.call(call),
            Expr::Name(name) if name.ctx == ExprContext::Load => self.name(name, expression),
            Expr::Attribute(attribute) if attribute.ctx == ExprContext::Load => self.attribute(attribute, expression),
            Expr::NumberLiteral(number) => {
                let status = match &number.value {
                    Number::Int(value) => value.as_u16(),
                    Number::Float(_) | Number::Complex { .. } => None,
                };
                self.handled.may_fail |= status.is_some_and(|status| (500..600).contains(&status));
            }
            Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Lambda(_) => {
                self.may_ask_if(true);
                visitor::walk_expr(self, expression);
            }
            expression => visitor::walk_expr(self, expression),
        }
    }

    fn visit_annotation(&mut self, _: &'s Expr) {}
}

fn range_of(body: &[Stmt]) -> TextRange {
    match body {
        [first, .., last] => first.range().cover(last.range()),
        [only] => only.range(),
        [] => TextRange::default(),
    }
}

/// `HTTP_503_SERVICE_UNAVAILABLE` of Starlette, and the names of `http.HTTPStatus`.
fn is_failure(name: &str) -> bool {
    name.starts_with("HTTP_5")
        || matches!(name, "INTERNAL_SERVER_ERROR" | "BAD_GATEWAY" | "SERVICE_UNAVAILABLE" | "GATEWAY_TIMEOUT")
}

/// True for functions that ask nobody.
fn is_harmless(name: &str) -> bool {
    const MODULES: [&str; 16] = [
        "datetime.",
        "fastapi.responses.",
        "http.HTTPStatus",
        "importlib.metadata.",
        "json.",
        "logging.",
        "loguru.",
        "math.",
        "platform.",
        "starlette.responses.",
        "structlog.",
        "sys.",
        "threading.get_",
        "time.",
        "uuid.",
        "zoneinfo.",
    ];
    const FUNCTIONS: [&str; 12] = [
        "fastapi.HTTPException",
        "fastapi.Response",
        "fastapi.exceptions.HTTPException",
        "flask.Response",
        "flask.abort",
        "flask.jsonify",
        "flask.make_response",
        "os.environ.get",
        "os.getenv",
        "os.getpid",
        "socket.gethostname",
        "starlette.exceptions.HTTPException",
    ];
    // A name without a module is a builtin, of which `open`, `input` and those that run texts look at something.
    let is_builtin = !name.contains('.') && !matches!(name, "open" | "input" | "exec" | "eval" | "__import__" | "next");
    is_builtin || MODULES.iter().any(|module| name.starts_with(module)) || FUNCTIONS.contains(&name)
}

/// True for a class that holds what it is given, and no more.
fn holds_values<'s>(program: &Program<'s>, class: &ClassRef<'s>) -> bool {
    const BASES: [&str; 6] = [
        "pydantic.BaseModel",
        "pydantic.BaseSettings",
        "pydantic_settings.BaseSettings",
        "typing.NamedTuple",
        "typing.TypedDict",
        "enum.Enum",
    ];
    let is_dataclass = class.definition.decorator_list.iter().any(|decorator| {
        let decorator = decorator.expression.as_call_expr().map_or(&decorator.expression, |call| &*call.func);
        let name = program.refer(decorator, &class.frame);
        name.as_ref().and_then(Object::external) == Some("dataclasses.dataclass")
    });
    is_dataclass || program.inherits(class, |base| BASES.contains(&base))
}

/// True unless the framework fills the parameters with the request itself or with a part of its query.
fn is_filled_by_asking<'s>(program: &Program<'s>, handler: &FunctionRef<'s>) -> bool {
    let parameters = &handler.definition.parameters;
    parameters.vararg.is_some()
        || parameters.kwarg.is_some()
        || parameters.iter_non_variadic_params().any(|parameter| {
            let is_value = parameter.default.as_deref().is_none_or(Expr::is_literal_expr);
            let is_plain = parameter.parameter.annotation.as_deref().is_none_or(|annotation| {
                let of = program.refer(annotation, &handler.frame);
                let name = of.as_ref().and_then(Object::external);
                name.is_some_and(|name| {
                    !name.contains('.') || name.ends_with(".Request") || name.ends_with(".Response")
                })
            });
            !(is_value && is_plain)
        })
}
