//! What the body of a function says about what it returns.

use setpoint_python::ast::visitor::{self, Visitor};
use setpoint_python::ast::{Expr, Ranged, Stmt, TextRange};

/// What a function gives back.
#[derive(Default)]
pub(super) struct Returns<'s> {
    /// The names that it returns as they are.
    pub(super) names: Vec<&'s str>,
    /// What it returns without giving it a name.
    pub(super) values: Vec<&'s Expr>,
    /// What it gives a name.
    pub(super) kept: Vec<(&'s str, &'s Expr)>,
    /// What stands in a `try` that catches something.
    pub(super) tried: Vec<TextRange>,
}

impl<'s> Returns<'s> {
    pub(super) fn of(body: &'s [Stmt]) -> Self {
        let mut returns = Self::default();
        returns.visit_body(body);
        returns
    }
}

impl<'s> Visitor<'s> for Returns<'s> {
    fn visit_stmt(&mut self, statement: &'s Stmt) {
        match statement {
            Stmt::Return(returned) => match returned.value.as_deref() {
                Some(Expr::Name(name)) => self.names.push(name.id.as_str()),
                Some(Expr::If(choice)) => {
                    let sides = [&choice.body, &choice.orelse].into_iter().filter_map(|side| side.as_name_expr());
                    self.names.extend(sides.map(|name| name.id.as_str()));
                    self.values.extend([&*choice.body, &*choice.orelse]);
                }
                Some(value) => self.values.push(value),
                None => {}
            },
            Stmt::Assign(assign) => {
                let names = assign.targets.iter().filter_map(Expr::as_name_expr);
                self.kept.extend(names.map(|name| (name.id.as_str(), &*assign.value)));
            }
            Stmt::AnnAssign(assign) => {
                let name = assign.target.as_name_expr().map(|name| name.id.as_str());
                self.kept.extend(name.zip(assign.value.as_deref()));
            }
            Stmt::Try(attempt) if !attempt.handlers.is_empty() => {
                self.tried.extend(attempt.body.iter().map(Ranged::range));
                visitor::walk_stmt(self, statement);
            }
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            statement => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, _expression: &'s Expr) {}
}

/// The names in an expression.
#[derive(Default)]
pub(super) struct Names<'s> {
    names: Vec<&'s str>,
}

impl<'s> Names<'s> {
    pub(super) fn of(expression: &'s Expr) -> Vec<&'s str> {
        let mut names = Self::default();
        names.visit_expr(expression);
        names.names
    }
}

impl<'s> Visitor<'s> for Names<'s> {
    fn visit_expr(&mut self, expression: &'s Expr) {
        if let Expr::Name(name) = expression {
            self.names.push(name.id.as_str());
        }
        visitor::walk_expr(self, expression);
    }
}
