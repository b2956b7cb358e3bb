//! `os.environ` and `os.getenv` in every spelling: `os.environ["A"]`, `environ.get("A", "b")`, `getenv("A")`,
//! `.setdefault`, `.pop`, `"A" in os.environ`, under any name they were imported or assigned to.

use super::called::last_name;
use super::declare;
use super::helpers::{Helper, Source};
use super::words::Word;
use super::{Found, casts::Casts};
use crate::Declaration;
use setpoint_model::Mechanism;
use setpoint_python::ast::{CmpOp, Expr, ExprContext, Ranged};
use setpoint_python::{Frame, Node, Object, Program};

pub(super) const WORDS: [Word<'static>; 2] = [Word::Anywhere("environ"), Word::Anywhere("getenv")];

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
        if let Some(helper) = Helper::of(program, read.name, frame, Source::Environment(read)) {
            found.words.insert(helper.word());
            found.helpers.push(helper);
        } else {
            let place = program.module(frame.file()).map(|module| module.place(expression.range()));
            found.dynamic_reads.extend(place);
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
    if let Some(default) = read.default {
        declare::give(&mut declaration, program, default, frame);
    }
    declare::fall_back(&mut declaration, program, casts.fallback_of(read.expression), frame);
    declaration
}

/// True if this expression reads from the environment by its own name, which is seen without following any: most calls
/// and subscripts do not.
fn names_environment(expression: &Expr) -> bool {
    let is_environ = |expression: &Expr| {
        let expression = match expression {
            // `os.environ.copy()`, `dict(os.environ)`
            Expr::Call(call) => match (&*call.func, &*call.arguments.args) {
                (Expr::Attribute(method), []) => &method.value,
                (_, [argument]) => argument,
                _ => return false,
            },
            expression => expression,
        };
        last_name(expression) == Some("environ")
    };
    match expression {
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(method) => method.attr.as_str() == "getenv" || is_environ(&method.value),
            function => last_name(function) == Some("getenv"),
        },
        Expr::Subscript(subscript) => is_environ(&subscript.value),
        Expr::Compare(comparison) => comparison.comparators.iter().any(is_environ),
        _ => false,
    }
}

/// What this expression reads from the environment, if it does.
pub(super) fn read_of<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> Option<Read<'s>> {
    match expression {
        Expr::Call(call) => {
            let may = match &*call.func {
                Expr::Attribute(attribute) => {
                    matches!(
                        attribute.attr.as_str(),
                        "get" | "getenv" | "pop" | "setdefault" | "getenvb" | "__getitem__"
                    )
                }
                Expr::Name(_) => true,
                _ => false,
            };
            let function = may.then(|| program.refer(&call.func, frame)).flatten()?;
            let (required_without_default, takes_default) = match function.external()? {
                "os.getenv" | "os.environ.get" | "os.environ.setdefault" => (false, true),
                "os.environ.pop" => (true, true),
                "os.environ.__getitem__" => (true, false),
                _ => return None,
            };
            let name = call.arguments.find_argument_value("key", 0)?;
            let default = takes_default.then(|| call.arguments.find_argument_value("default", 1)).flatten();
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

fn is_environment<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> bool {
    matches!(expression, Expr::Name(_) | Expr::Attribute(_) | Expr::Call(_))
        && program.refer(expression, frame).is_some_and(|object| object.external() == Some("os.environ"))
}
