//! Statements that say what holds where a variable is not set, right after it was read:
//!
//! ```python
//! port = os.getenv("PORT")
//! if port is None:
//!     port = 8000
//! ```
//!
//! The same with `if not port`, with `return 8000`, with `if not (port := os.getenv("PORT"))`, and with
//! `try: port = os.environ["PORT"]` and `except KeyError: port = 8000`. A default that the read itself gives is kept: what
//! stands behind it holds only for a variable that is set to nothing.

use super::{Casts, cast_of, innermost};
use setpoint_python::ast::{CmpOp, ExceptHandler, Expr, Ranged, Stmt, UnaryOp};

/// Notes the fallbacks among the statements of a body, each of which stands right behind its read.
pub(super) fn note_body<'s>(casts: &mut Casts<'s>, body: &'s [Stmt]) {
    for pair in body.windows(2) {
        if let [read, Stmt::If(choice)] = pair
            && let Some((name, value)) = assigned(read)
            && tested(&choice.test).is_some_and(|nothing| is_name(nothing, name))
        {
            note(casts, value, instead(&choice.body, name));
        }
    }
}

/// Notes the fallback that this statement is.
pub(super) fn note_statement<'s>(casts: &mut Casts<'s>, statement: &'s Stmt) {
    match statement {
        Stmt::If(choice) => {
            if let Some(Expr::Named(named)) = tested(&choice.test)
                && let Expr::Name(name) = &*named.target
            {
                note(casts, &named.value, instead(&choice.body, name.id.as_str()));
            }
        }
        Stmt::Try(attempt) => {
            if let ([read], [ExceptHandler::ExceptHandler(handler)]) = (&*attempt.body, &*attempt.handlers)
                && let Some((name, value)) = assigned(read)
                && handler.type_.as_deref().is_some_and(|caught| is_name(caught, "KeyError"))
            {
                note(casts, value, instead(&handler.body, name));
            }
        }
        _ => {}
    }
}

fn note<'s>(casts: &mut Casts<'s>, read: &'s Expr, instead: Option<&'s Expr>) {
    if let Some(instead) = instead {
        casts.stand_ins.insert(within_casts(read).range(), instead);
    }
}

/// `os.environ["A"]` of `int(os.environ["A"])`
fn within_casts(expression: &Expr) -> &Expr {
    let (expression, _) = innermost(expression);
    match expression {
        Expr::Call(call) => match (&*call.func, &*call.arguments.args) {
            (Expr::Name(name), [inner]) if cast_of(name.id.as_str()).is_some() => within_casts(inner),
            _ => expression,
        },
        _ => expression,
    }
}

/// `name = value`
fn assigned(statement: &Stmt) -> Option<(&str, &Expr)> {
    match statement {
        Stmt::Assign(assign) => match &*assign.targets {
            [Expr::Name(name)] => Some((name.id.as_str(), &*assign.value)),
            _ => None,
        },
        Stmt::AnnAssign(assign) => Some((assign.target.as_name_expr()?.id.as_str(), assign.value.as_deref()?)),
        _ => None,
    }
}

/// What a test finds to be nothing: `x` of `not x`, `x is None` and `x == ""`.
fn tested(test: &Expr) -> Option<&Expr> {
    match test {
        Expr::UnaryOp(operation) if operation.op == UnaryOp::Not => Some(&operation.operand),
        Expr::Compare(comparison) => match (&*comparison.ops, &*comparison.comparators) {
            ([CmpOp::Is | CmpOp::Eq], [Expr::NoneLiteral(_)]) => Some(&comparison.left),
            ([CmpOp::Eq], [Expr::StringLiteral(literal)]) if literal.value.is_empty() => Some(&comparison.left),
            _ => None,
        },
        _ => None,
    }
}

/// What a body gives instead, as its last statement: to the name, or to the caller.
fn instead<'s>(body: &'s [Stmt], name: &str) -> Option<&'s Expr> {
    match body.last()? {
        Stmt::Return(returned) => returned.value.as_deref(),
        last => assigned(last).filter(|(target, _)| *target == name).map(|(_, value)| value),
    }
}

fn is_name(expression: &Expr, name: &str) -> bool {
    expression.as_name_expr().is_some_and(|expression| expression.id.as_str() == name)
}
