//! Whether an expression is the environment, by more than its name: a copy with more in it, a parameter's default, an
//! attribute that `__init__` sets.

use super::called::last_name;
use setpoint_python::ast::{BoolOp, Expr, ExprAttribute, ExprCall, Operator, Stmt};
use setpoint_python::{Bound, Frame, FunctionRef, Program, ScopeKind};
use std::cell::Cell;
use std::sync::Arc;

/// How many expressions one question may look at; what is built of more is hardly the environment.
const MOST_STEPS: u32 = 40;

/// True for `os.environ` under any name, for a copy of it, and for what has all that is in it.
pub(super) fn is_environment<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> bool {
    Question { program, steps: Cell::new(MOST_STEPS) }.is_environment(expression, frame)
}

/// The call by which `functools.partial` was told what to call, and its frame: `read = partial(os.getenv)`.
pub(super) fn partial<'s>(
    program: &Program<'s>,
    function: &'s Expr,
    frame: &Frame<'s>,
) -> Option<(&'s ExprCall, Frame<'s>)> {
    let (Expr::Call(call), written_in) = program.written(function, frame)? else { return None };
    let made_by = program.refer(&call.func, &written_in)?;
    (made_by.external() == Some("functools.partial")).then_some((call, written_in))
}

struct Question<'p, 's> {
    program: &'p Program<'s>,
    steps: Cell<u32>,
}

impl<'s> Question<'_, 's> {
    fn is_environment(&self, expression: &'s Expr, frame: &Frame<'s>) -> bool {
        let Some(left) = self.steps.get().checked_sub(1) else { return false };
        self.steps.set(left);
        match expression {
            Expr::Name(_) => {
                self.is_referred_to(expression, frame)
                    || self
                        .program
                        .written(expression, frame)
                        .is_some_and(|(written, frame)| is_built(written) && self.is_environment(written, &frame))
            }
            Expr::Attribute(attribute) => {
                self.is_referred_to(expression, frame) || self.is_set_in_class(attribute, frame)
            }
            _ => {
                (expression.is_call_expr() && self.is_referred_to(expression, frame))
                    || made_of(expression).into_iter().any(|part| self.is_environment(part, frame))
            }
        }
    }

    fn is_referred_to(&self, expression: &'s Expr, frame: &Frame<'s>) -> bool {
        self.program.refer(expression, frame).is_some_and(|object| object.external() == Some("os.environ"))
    }

    /// `self.env`, which `__init__` or the class's own body sets.
    fn is_set_in_class(&self, attribute: &'s ExprAttribute, frame: &Frame<'s>) -> bool {
        let ScopeKind::Function(method) = frame.scope.kind else { return false };
        let Some(around) = frame.scope.parent.as_ref() else { return false };
        let ScopeKind::Class(class) = around.kind else { return false };
        let itself = method.parameters.iter_non_variadic_params().next();
        let is_itself = attribute
            .value
            .as_name_expr()
            .is_some_and(|name| itself.is_some_and(|itself| itself.parameter.name.as_str() == name.id.as_str()));
        if !is_itself {
            return false;
        }
        let name = attribute.attr.as_str();
        let set = class.body.iter().find_map(|statement| match statement {
            Stmt::FunctionDef(definition) if definition.name.as_str() == "__init__" => {
                let function = FunctionRef { definition, frame: Frame::of(Arc::clone(around)) };
                let mut statements = self.program.body(&function).iter();
                statements.find_map(|statement| set_on_itself(statement, name)).map(|value| (value, function))
            }
            _ => None,
        });
        match set {
            Some((value, function)) => self.is_environment(value, &self.program.inside(&function)),
            None => around.bindings(name).last().is_some_and(|binding| match binding.bound {
                Bound::Value(value) => self.is_environment(value, &Frame::of(Arc::clone(around))),
                _ => false,
            }),
        }
    }
}

/// True if the expression may be the environment by the environment's own name, which is seen without following any.
pub(super) fn is_named(expression: &Expr) -> bool {
    last_name(expression) == Some("environ") || made_of(expression).into_iter().any(is_named)
}

/// The parts of which one must be the environment for the whole to be it, too.
fn made_of(expression: &Expr) -> Vec<&Expr> {
    match expression {
        Expr::Call(call) => match (&*call.func, &*call.arguments.args) {
            (Expr::Name(name), [copied, ..]) if name.id.as_str() == "dict" => vec![copied],
            (Expr::Attribute(method), []) if method.attr.as_str() == "copy" => vec![&method.value],
            _ => Vec::new(),
        },
        Expr::BinOp(union) if union.op == Operator::BitOr => vec![&union.left, &union.right],
        Expr::Dict(dict) => dict.items.iter().filter(|item| item.key.is_none()).map(|item| &item.value).collect(),
        // `given or os.environ`: what is left when nothing is given.
        Expr::BoolOp(operation) if operation.op == BoolOp::Or => operation.values.last().into_iter().collect(),
        Expr::If(choice) => vec![&choice.body, &choice.orelse],
        _ => Vec::new(),
    }
}

/// True for what may be made of the environment; a plain name or attribute was followed already.
fn is_built(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::BinOp(_) | Expr::Dict(_) | Expr::BoolOp(_) | Expr::If(_) | Expr::Call(_) | Expr::Attribute(_)
    )
}

/// The value of `self.name = value`.
fn set_on_itself<'s>(statement: &'s Stmt, name: &str) -> Option<&'s Expr> {
    let (target, value) = match statement {
        Stmt::Assign(assign) => (assign.targets.first()?, &*assign.value),
        Stmt::AnnAssign(assign) => (&*assign.target, assign.value.as_deref()?),
        _ => return None,
    };
    let attribute = target.as_attribute_expr()?;
    (attribute.attr.as_str() == name && attribute.value.is_name_expr()).then_some(value)
}
