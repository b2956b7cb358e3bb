//! Calls: which function a call calls, which of its statements returns, and with which arguments.

use crate::fold::{Arguments, Folder};
use crate::links;
use crate::{ClassRef, Frame, FunctionRef, Instance, Object, Program, Scope, ScopeKind, builtins, methods};
use ruff_python_ast::{self as ast, Expr};
use std::sync::Arc;

impl<'s> Program<'s> {
    /// What a call of this function without knowing more than these arguments gives.
    pub fn call(&self, function: &Object<'s>, arguments: &[Object<'s>]) -> Option<Object<'s>> {
        links::ask(|| Folder::new(self), |folder| folder.call_object(function, arguments, &[]))
    }

    /// What a call calls: as [`Program::fold`] of its function, and the method for `self.method(…)` inside a class
    /// and for a method of an instance of one of the service's classes.
    pub fn callee(&self, call: &'s ast::ExprCall, frame: &Frame<'s>) -> Option<Object<'s>> {
        links::ask(|| Folder::new(self), |folder| folder.callee(call, frame))
    }

    /// The frame in which `function`'s body sees the arguments of `call`, which stands in `caller`.
    pub fn enter(&self, function: &FunctionRef<'s>, call: &'s ast::ExprCall, caller: &Frame<'s>) -> Frame<'s> {
        links::ask(|| Folder::new(self), |folder| folder.enter(function, call, caller))
    }
}

impl<'s> Folder<'_, 's> {
    fn callee(&self, call: &'s ast::ExprCall, frame: &Frame<'s>) -> Option<Object<'s>> {
        if let Expr::Attribute(attribute) = &*call.func
            && let Expr::Name(name) = &*attribute.value
            && matches!(name.id.as_str(), "self" | "cls")
            && let Some(scope) = frame.class()
            && let ScopeKind::Class(definition) = scope.kind
            && let Some(around) = &scope.parent
        {
            let class = ClassRef { definition, frame: Frame::new(Arc::clone(around)) };
            return self.class_attribute(&class, attribute.attr.as_str());
        }
        match self.expression(&call.func, frame)? {
            Object::Attribute(of, name) => match *of {
                Object::Instance(instance) => match &instance.of {
                    Object::Class(class) => self.class_attribute(class, &name),
                    _ => Some(Object::Attribute(Box::new(Object::Instance(instance)), name)),
                },
                of => Some(Object::Attribute(Box::new(of), name)),
            },
            object => Some(object),
        }
    }

    fn enter(&self, function: &FunctionRef<'s>, call: &'s ast::ExprCall, caller: &Frame<'s>) -> Frame<'s> {
        let mut frame = self.program.inside(function);
        let mut given: Vec<Option<Object<'s>>> = Vec::new();
        for argument in &call.arguments.args {
            if argument.is_starred_expr() {
                break;
            }
            given.push(self.expression(argument, caller));
        }
        let keywords = call.arguments.keywords.iter();
        let named: Vec<_> = keywords
            .filter_map(|keyword| Some((keyword.arg.as_ref()?.as_str(), self.expression(&keyword.value, caller))))
            .collect();
        // A method that is called on an instance or class has its first parameter already.
        let is_method = matches!(function.frame.scope.kind, ScopeKind::Class(_))
            && !is_decorated(function.definition, "staticmethod");
        if is_method {
            given.insert(0, None);
        }
        frame.arguments = Some(Arc::new(self.bind(&function.definition.parameters, given, &named, &function.frame)));
        frame
    }

    pub(crate) fn call(&self, call: &'s ast::ExprCall, frame: &Frame<'s>) -> Option<Object<'s>> {
        let function = self.expression(&call.func, frame)?;
        if let (Some(arguments), Some(keywords)) = (self.items(&call.arguments.args, frame), self.keywords(call, frame))
            && let Some(result) = self.call_object(&function, &arguments, &keywords)
        {
            return Some(result);
        }
        match function {
            Object::Class(_) | Object::External(_) | Object::Attribute(..) => {
                Some(Object::Instance(Box::new(Instance { of: function, call, frame: frame.clone() })))
            }
            _ => None,
        }
    }

    fn keywords(&self, call: &'s ast::ExprCall, frame: &Frame<'s>) -> Option<Vec<(&'s str, Object<'s>)>> {
        let keywords = call.arguments.keywords.iter();
        keywords
            .map(|keyword| Some((keyword.arg.as_ref()?.as_str(), self.expression(&keyword.value, frame)?)))
            .collect()
    }

    pub(crate) fn call_object(
        &self,
        function: &Object<'s>,
        arguments: &[Object<'s>],
        keywords: &[(&'s str, Object<'s>)],
    ) -> Option<Object<'s>> {
        match function {
            Object::External(name) => builtins::external(name, arguments, keywords),
            Object::Attribute(of, name) => methods::call(of, name, arguments, keywords),
            Object::Function(function) => self.deeper(|| {
                let definition = function.definition;
                // A coroutine or generator is no value, and what a decorator makes of a class's function differs.
                let body = self.program.body(function);
                if definition.is_async || yields(body) {
                    return None;
                }
                let mut given: Vec<_> = arguments.iter().cloned().map(Some).collect();
                if is_decorated(definition, "classmethod") {
                    given.insert(0, None);
                }
                accepts(&definition.parameters, given.len(), keywords).then_some(())?;
                let named: Vec<_> = keywords.iter().map(|(name, value)| (*name, Some(value.clone()))).collect();
                let mut frame = self.program.inside(function);
                frame.arguments = Some(Arc::new(self.bind(&definition.parameters, given, &named, &function.frame)));
                match self.run(body, &frame) {
                    End::Returns(Some(value)) => self.expression(value, &frame),
                    End::Returns(None) | End::Falls => Some(Object::None),
                    End::Unknown => None,
                }
            }),
            Object::Lambda(lambda, around) => self.deeper(|| {
                let given: Vec<_> = arguments.iter().cloned().map(Some).collect();
                let named: Vec<_> = keywords.iter().map(|(name, value)| (*name, Some(value.clone()))).collect();
                let mut frame = Frame::within(Scope::lambda(lambda, &around.scope));
                match &lambda.parameters {
                    Some(parameters) => {
                        accepts(parameters, given.len(), keywords).then_some(())?;
                        frame.arguments = Some(Arc::new(self.bind(parameters, given, &named, around)));
                    }
                    None if given.is_empty() && named.is_empty() => {}
                    None => return None,
                }
                self.expression(&lambda.body, &frame)
            }),
            Object::Class(class) => match arguments {
                [value] => self.member_with_value(class, value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Follows a function's statements to the one that returns, as far as the tests on the way fold.
    fn run(&self, body: &'s [ast::Stmt], frame: &Frame<'s>) -> End<'s> {
        for statement in body {
            let end = match statement {
                ast::Stmt::Return(value) => End::Returns(value.value.as_deref()),
                ast::Stmt::Raise(_) => End::Unknown,
                ast::Stmt::If(choice) if may_return(statement) => self.run_branch(choice, frame),
                statement if may_return(statement) => End::Unknown,
                _ => End::Falls,
            };
            if !matches!(end, End::Falls) {
                return end;
            }
        }
        End::Falls
    }

    fn run_branch(&self, choice: &'s ast::StmtIf, frame: &Frame<'s>) -> End<'s> {
        let clauses = choice.elif_else_clauses.iter().map(|clause| (clause.test.as_ref(), &clause.body));
        for (test, body) in std::iter::once((Some(&*choice.test), &choice.body)).chain(clauses) {
            match test.map_or(Some(true), |test| self.expression(test, frame).and_then(|test| test.truth())) {
                Some(true) => return self.run(body, frame),
                Some(false) => {}
                None => return End::Unknown,
            }
        }
        End::Falls
    }

    /// The arguments by parameter, the parameters' own defaults among them.
    fn bind(
        &self,
        parameters: &'s ast::Parameters,
        given: Vec<Option<Object<'s>>>,
        named: &[(&'s str, Option<Object<'s>>)],
        around: &Frame<'s>,
    ) -> Arguments<'s> {
        let mut bound = Arguments::new();
        let mut given = given.into_iter();
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            bound.insert(
                parameter.parameter.name.as_str(),
                given
                    .next()
                    .flatten_or(|| parameter.default.as_ref().and_then(|default| self.expression(default, around))),
            );
        }
        for parameter in &parameters.kwonlyargs {
            let default = parameter.default.as_ref().and_then(|default| self.expression(default, around));
            bound.insert(parameter.parameter.name.as_str(), default);
        }
        for (name, value) in named {
            if let Some(slot) = bound.get_mut(name) {
                slot.clone_from(value);
            }
        }
        bound
    }
}

fn is_decorated(definition: &ast::StmtFunctionDef, by: &str) -> bool {
    let mut decorators = definition.decorator_list.iter();
    decorators.any(|decorator| decorator.expression.as_name_expr().is_some_and(|name| name.id.as_str() == by))
}

/// True unless Python refuses a call with so many arguments and these names.
fn accepts(parameters: &ast::Parameters, given: usize, named: &[(&str, Object<'_>)]) -> bool {
    let by_place = || parameters.posonlyargs.iter().chain(&parameters.args);
    let by_name = || parameters.args.iter().chain(&parameters.kwonlyargs);
    let is_called = |each: &&ast::ParameterWithDefault, name: &str| each.parameter.name.as_str() == name;
    let too_many = given > by_place().count() && parameters.vararg.is_none();
    let unknown = |name: &str| parameters.kwarg.is_none() && !by_name().any(|each| is_called(&each, name));
    let twice = |name: &str| by_place().take(given).any(|each| is_called(&each, name));
    let is_given = |each: &&ast::ParameterWithDefault| named.iter().any(|(name, _)| is_called(each, name));
    let missing =
        by_place().skip(given).chain(&parameters.kwonlyargs).any(|each| each.default.is_none() && !is_given(&each));
    !too_many && !missing && !named.iter().any(|(name, _)| unknown(name) || twice(name))
}

trait FlattenOr<T> {
    fn flatten_or(self, or: impl FnOnce() -> Option<T>) -> Option<T>;
}

impl<T> FlattenOr<T> for Option<Option<T>> {
    /// A given argument, known or not; the default where none was given.
    fn flatten_or(self, or: impl FnOnce() -> Option<T>) -> Option<T> {
        self.unwrap_or_else(or)
    }
}

/// How a run of statements ends.
enum End<'s> {
    /// It goes on after the last.
    Falls,
    /// It returns this; nothing for a bare `return`.
    Returns(Option<&'s Expr>),
    /// Only running it tells.
    Unknown,
}

fn yields(body: &[ast::Stmt]) -> bool {
    struct Search(bool);
    impl<'s> ast::visitor::Visitor<'s> for Search {
        fn visit_stmt(&mut self, statement: &'s ast::Stmt) {
            if !matches!(statement, ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_)) {
                ast::visitor::walk_stmt(self, statement);
            }
        }

        fn visit_expr(&mut self, expression: &'s Expr) {
            match expression {
                Expr::Yield(_) | Expr::YieldFrom(_) => self.0 = true,
                Expr::Lambda(_) => {}
                expression => ast::visitor::walk_expr(self, expression),
            }
        }
    }
    let mut search = Search(false);
    ast::visitor::Visitor::visit_body(&mut search, body);
    search.0
}

fn may_return(statement: &ast::Stmt) -> bool {
    struct Search(bool);
    impl<'s> ast::statement_visitor::StatementVisitor<'s> for Search {
        fn visit_stmt(&mut self, statement: &'s ast::Stmt) {
            match statement {
                ast::Stmt::Return(_) => self.0 = true,
                ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_) => {}
                statement => ast::statement_visitor::walk_stmt(self, statement),
            }
        }
    }
    let mut search = Search(false);
    ast::statement_visitor::StatementVisitor::visit_stmt(&mut search, statement);
    search.0
}
