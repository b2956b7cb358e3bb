//! `os.environ` and `os.getenv` in every spelling: `os.environ["A"]`, `environ.get("A", "b")`, `getenv("A")`,
//! `.setdefault`, `.pop`, `"A" in os.environ`, under any name they were imported or assigned to.

use super::called::last_name;
use super::declare;
use super::helpers::{Helper, Source};
use super::made_name::{self, Name};
use super::words::Word;
use super::{Found, casts::Casts, environment};
use crate::Declaration;
use setpoint_model::{Mechanism, TypeOrigin};
use setpoint_python::ast::{CmpOp, Expr, ExprCall, ExprContext};
use setpoint_python::{Frame, Node, Object, Program};

pub(super) const WORDS: [Word<'static>; 2] = [Word::Environment("environ"), Word::Environment("getenv")];

/// One place that reads a variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read<'s> {
    /// The whole expression.
    pub(super) expression: &'s Expr,
    /// The variable's name.
    pub(super) name: &'s Expr,
    /// What is taken when it is not set.
    pub(super) default: Option<&'s Expr>,
    /// It fails when it is not set.
    pub(super) required: bool,
}

pub(super) fn visit<'s>(program: &Program<'s>, node: &Node<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Node::Expression(expression) = node else { return };
    if !(found.renames || names_environment(expression)) {
        return;
    }
    let Some(read) = read_of(program, expression, frame) else { return };
    let names = names_of(program, read.name, frame);
    if names.is_empty() {
        let casts = &found.casts;
        let parsed_as =
            casts.type_of(expression).filter(|_| casts.origin_of(expression) == TypeOrigin::Parsed && !frame.guarded);
        if let Some(helper) = Helper::of(program, read.name, frame, Source::Environment(read, parsed_as)) {
            found.words.insert(helper.word());
            found.helpers.push(helper);
        } else {
            found.dynamic_reads.extend(made_name::read_at(
                program,
                expression,
                &Name::of(program, read.name, frame),
                frame,
            ));
        }
    }
    // A loop that saves variables, hands them to a child process or asks which are there is no default of the service.
    let looped = program.fold(read.name, frame).is_none();
    if looped && (expression.is_compare_expr() || found.casts.is_handed_on(read.expression, read.name)) {
        return;
    }
    for name in names {
        let declaration = declare_read(program, &name, &read, frame, &found.casts);
        found.declarations.push(declaration);
    }
}

/// The names that the expression stands for, if all of them can be names of variables.
pub(super) fn names_of<'s>(program: &Program<'s>, name: &'s Expr, frame: &Frame<'s>) -> Vec<String> {
    let names = program.fold_each(name, frame);
    names.iter().filter_map(Object::as_text).filter(|name| is_variable(name)).map(str::to_owned).collect()
}

/// environ(7): a name has no `=`; one with white space is never meant.
pub(super) fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.contains(|letter: char| letter == '=' || letter.is_whitespace() || letter.is_control())
}

fn declare_read<'s>(
    program: &Program<'s>,
    name: &str,
    read: &Read<'s>,
    frame: &Frame<'s>,
    casts: &Casts<'s>,
) -> Declaration {
    let mut declaration = declare::declaration(program, Mechanism::Environ, name, read.expression, frame);
    declaration.variables = vec![name.to_owned()];
    declaration.required = read.required && !frame.guarded;
    declaration.type_name = casts.type_of(read.expression).map(str::to_owned);
    declaration.type_origin = casts.origin_of(read.expression);
    if let Some(default) = read.default {
        declare::give(&mut declaration, program, default, frame);
    }
    declare::fall_back(&mut declaration, program, casts.fallback_of(read.expression), frame);
    declare::stand_in(&mut declaration, program, casts.stand_in_of(read.expression), frame);
    declaration
}

/// True if this expression may read from the environment by the environment's own name, which is seen without following
/// any: most calls and subscripts do not.
fn names_environment(expression: &Expr) -> bool {
    match expression {
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method) => method.attr.as_str() == "getenv" || environment::is_named(&method.value),
            function => last_name(function) == Some("getenv"),
        },
        Expr::Subscript(subscript) => environment::is_named(&subscript.value),
        Expr::Compare(comparison) => comparison.comparators.iter().any(environment::is_named),
        _ => false,
    }
}

/// What this expression reads from the environment, if it does.
pub(super) fn read_of<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> Option<Read<'s>> {
    match expression {
        Expr::Call(call) => {
            let (function, told) = called(program, &call.func, frame)?;
            let (required_without_default, takes_default) = match function.as_str() {
                "os.getenv" | "os.environ.get" | "os.environ.setdefault" => (false, true),
                "os.environ.pop" => (true, true),
                "os.environ.__getitem__" => (true, false),
                _ => return None,
            };
            let name = call.arguments.find_argument_value("key", 0)?;
            let default = call.arguments.find_argument_value("default", 1);
            let default = default.or_else(|| Some(&told?.arguments.find_keyword("default")?.value));
            let default = default.filter(|_| takes_default);
            Some(Read { expression, name, default, required: required_without_default && default.is_none() })
        }
        Expr::Subscript(subscript) if subscript.ctx == ExprContext::Load => {
            is_environment(program, &subscript.value, frame).then_some(Read {
                expression,
                name: &subscript.slice,
                default: None,
                required: true,
            })
        }
        Expr::Compare(comparison) => match (&*comparison.ops, &*comparison.comparators) {
            ([CmpOp::In | CmpOp::NotIn], [environment]) if is_environment(program, environment, frame) => {
                Some(Read { expression, name: &comparison.left, default: None, required: false })
            }
            _ => None,
        },
        _ => None,
    }
}

/// The function's full name, and the call of `functools.partial` that it was made by.
fn called<'s>(program: &Program<'s>, function: &'s Expr, frame: &Frame<'s>) -> Option<(String, Option<&'s ExprCall>)> {
    let full = |function: &'s Expr, frame: &Frame<'s>| Some(program.refer(function, frame)?.external()?.to_owned());
    match function {
        Expr::Attribute(attribute) => {
            let method = attribute.attr.as_str();
            match method {
                "getenv" | "getenvb" => full(function, frame).map(|name| (name, None)),
                "get" | "pop" | "setdefault" | "__getitem__" => {
                    let of = environment::is_environment(program, &attribute.value, frame);
                    of.then(|| (format!("os.environ.{method}"), None))
                }
                _ => None,
            }
        }
        Expr::Name(_) => {
            if let Some(object) = program.refer(function, frame) {
                return object.external().map(|name| (name.to_owned(), None));
            }
            let (told, written_in) = environment::partial(program, function, frame)?;
            Some((full(told.arguments.args.first()?, &written_in)?, Some(told)))
        }
        _ => None,
    }
}

fn is_environment<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> bool {
    matches!(expression, Expr::Name(_) | Expr::Attribute(_) | Expr::Call(_))
        && environment::is_environment(program, expression, frame)
}
