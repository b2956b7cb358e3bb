//! Whether an expression is the environment, by more than its name: a copy with more in it, a parameter's default, an
//! attribute that `__init__` sets.

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
            Expr::Call(call) => {
                self.is_referred_to(expression, frame)
                    || match (&*call.func, &*call.arguments.args) {
                        (Expr::Name(name), [copied, ..]) if name.id.as_str() == "dict" => {
                            self.is_environment(copied, frame)
                        }
                        (Expr::Attribute(method), []) if method.attr.as_str() == "copy" => {
                            self.is_environment(&method.value, frame)
                        }
                        _ => false,
                    }
            }
            Expr::BinOp(union) if union.op == Operator::BitOr => {
                self.is_environment(&union.left, frame) || self.is_environment(&union.right, frame)
            }
            Expr::Dict(dict) => {
                let spread = dict.items.iter().filter(|item| item.key.is_none());
                spread.into_iter().any(|item| self.is_environment(&item.value, frame))
            }
            // `given or os.environ`: what is left when nothing is given.
            Expr::BoolOp(operation) if operation.op == BoolOp::Or => {
                operation.values.last().is_some_and(|last| self.is_environment(last, frame))
            }
            Expr::If(choice) => self.is_environment(&choice.body, frame) || self.is_environment(&choice.orelse, frame),
            _ => false,
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
            Stmt::FunctionDef(function) if function.name.as_str() == "__init__" => {
                function.body.iter().find_map(|statement| set_on_itself(statement, name)).map(|value| (value, function))
            }
            _ => None,
        });
        match set {
            Some((value, definition)) => {
                let body = FunctionRef { definition, frame: Frame::of(Arc::clone(around)) }.body();
                self.is_environment(value, &body)
            }
            None => around.bindings(name).last().is_some_and(|binding| match binding.bound {
                Bound::Value(value) => self.is_environment(value, &Frame::of(Arc::clone(around))),
                _ => false,
            }),
        }
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
