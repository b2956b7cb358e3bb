//! Visits every part of a module once, each with the frame in which it is evaluated.

use crate::{ClassRef, FileId, Frame, FunctionRef, Marks, Module, Program, Scope};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Comprehension, ExceptHandler, Expr, Stmt, StmtTry};
use ruff_text_size::Ranged as _;

/// A part of a module.
#[derive(Clone, Debug)]
pub enum Node<'s> {
    /// Any expression; inner ones follow.
    Expression(&'s Expr),
    /// Any statement that is no definition; its expressions follow.
    Statement(&'s Stmt),
    /// A class; its body follows.
    Class(ClassRef<'s>),
    /// A function or method; its body follows.
    Function(FunctionRef<'s>),
    /// The statements that stand together in a module, class or function, or in a branch of one; each follows.
    Body(&'s [Stmt]),
}

impl<'s> Program<'s> {
    /// Calls `visit` for every part of the module, outer parts before inner ones.
    pub fn walk(&self, file: FileId, visit: &mut dyn FnMut(Node<'s>, &Frame<'s>)) {
        self.walk_marked(file, &Marks::Everywhere, visit);
    }

    /// As [`Program::walk`], but for the bodies of functions, and the expressions, that hold none of the marks.
    pub fn walk_marked(&self, file: FileId, marks: &Marks, visit: &mut dyn FnMut(Node<'s>, &Frame<'s>)) {
        if let (Some(module), Some(frame)) = (self.module(file), self.frame(file)) {
            Walker { module, frame, marks, visit }.visit_body(module.body());
        }
    }
}

struct Walker<'v, 's> {
    module: &'s Module,
    frame: Frame<'s>,
    marks: &'v Marks,
    visit: &'v mut dyn FnMut(Node<'s>, &Frame<'s>),
}

impl<'s> Walker<'_, 's> {
    fn within(&mut self, scope: Scope<'s>, inner: impl FnOnce(&mut Self)) {
        let inside = Frame::within(scope);
        let around = std::mem::replace(&mut self.frame, inside);
        inner(self);
        self.frame = around;
    }

    fn comprehension(&mut self, generators: &'s [Comprehension], elements: &[&'s Expr]) {
        // The first iterable is evaluated outside, the rest within.
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        let scope = Scope::comprehension(generators, &self.frame.scope);
        self.within(scope, |walker| {
            for (index, generator) in generators.iter().enumerate() {
                if index > 0 {
                    walker.visit_expr(&generator.iter);
                }
                generator.ifs.iter().for_each(|test| walker.visit_expr(test));
            }
            elements.iter().for_each(|element| walker.visit_expr(element));
        });
    }
}

impl<'s> Visitor<'s> for Walker<'_, 's> {
    fn visit_body(&mut self, body: &'s [Stmt]) {
        (self.visit)(Node::Body(body), &self.frame);
        visitor::walk_body(self, body);
    }

    fn visit_stmt(&mut self, statement: &'s Stmt) {
        match statement {
            Stmt::FunctionDef(definition) => {
                (self.visit)(Node::Function(FunctionRef { definition, frame: self.frame.clone() }), &self.frame);
                definition.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.visit_parameters(&definition.parameters);
                if !self.marks.any_within(self.module.range_of_body(definition)) {
                    return;
                }
                let body = self.module.body_of(definition);
                let scope = Scope::function(definition, body, &self.frame.scope);
                self.within(scope, |walker| walker.visit_body(body));
            }
            Stmt::ClassDef(definition) => {
                (self.visit)(Node::Class(ClassRef { definition, frame: self.frame.clone() }), &self.frame);
                definition.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                definition.arguments.iter().for_each(|arguments| self.visit_arguments(arguments));
                let scope = Scope::class(definition, &self.frame.scope);
                self.within(scope, |walker| walker.visit_body(&definition.body));
            }
            Stmt::Try(attempt) => {
                (self.visit)(Node::Statement(statement), &self.frame);
                let around = self.frame.guarded;
                self.frame.guarded = around || catches_key_error(attempt);
                self.visit_body(&attempt.body);
                self.frame.guarded = around;
                attempt.handlers.iter().for_each(|handler| self.visit_except_handler(handler));
                self.visit_body(&attempt.orelse);
                self.visit_body(&attempt.finalbody);
            }
            statement => {
                (self.visit)(Node::Statement(statement), &self.frame);
                visitor::walk_stmt(self, statement);
            }
        }
    }

    fn visit_expr(&mut self, expression: &'s Expr) {
        if !self.marks.any_within(expression.range()) {
            return;
        }
        (self.visit)(Node::Expression(expression), &self.frame);
        match expression {
            Expr::Lambda(lambda) => {
                lambda.parameters.iter().for_each(|parameters| self.visit_parameters(parameters));
                let scope = Scope::lambda(lambda, &self.frame.scope);
                self.within(scope, |walker| walker.visit_expr(&lambda.body));
            }
            Expr::ListComp(list) => self.comprehension(&list.generators, &[&list.elt]),
            Expr::SetComp(set) => self.comprehension(&set.generators, &[&set.elt]),
            Expr::Generator(generator) => self.comprehension(&generator.generators, &[&generator.elt]),
            Expr::DictComp(dict) => match &dict.key {
                Some(key) => self.comprehension(&dict.generators, &[key, &dict.value]),
                None => self.comprehension(&dict.generators, &[&dict.value]),
            },
            expression => visitor::walk_expr(self, expression),
        }
    }
}

fn catches_key_error(attempt: &StmtTry) -> bool {
    let named = |caught: &Expr| match caught {
        Expr::Name(name) => matches!(name.id.as_str(), "KeyError" | "LookupError" | "Exception" | "BaseException"),
        _ => false,
    };
    attempt.handlers.iter().any(|ExceptHandler::ExceptHandler(handler)| match handler.type_.as_deref() {
        None => true,
        Some(Expr::Tuple(tuple)) => tuple.elts.iter().any(named),
        Some(caught) => named(caught),
    })
}
