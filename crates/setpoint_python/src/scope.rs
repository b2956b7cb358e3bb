use crate::names::Names;
use crate::targets::{before_star, changed, elements};
use crate::{Binding, Bound, FileId};
use ruff_python_ast::{
    Comprehension, ExceptHandler, Expr, ExprLambda, Parameters, Pattern, Stmt, StmtClassDef, StmtFunctionDef, StmtIf,
    StmtImportFrom,
};
use ruff_text_size::{Ranged, TextSize};
use std::sync::Arc;

/// The names that a module, class, function, lambda or comprehension binds, with the scope around it.
#[derive(Debug)]
pub struct Scope<'s> {
    /// What it belongs to.
    pub kind: ScopeKind<'s>,
    /// The module it stands in.
    pub file: FileId,
    /// The scope around it; `None` for a module.
    pub parent: Option<Arc<Scope<'s>>>,
    names: Names<'s>,
}

/// What a scope belongs to.
#[derive(Clone, Copy, Debug)]
pub enum ScopeKind<'s> {
    /// A module's top level.
    Module,
    /// A class body.
    Class(&'s StmtClassDef),
    /// A function body.
    Function(&'s StmtFunctionDef),
    /// A lambda.
    Lambda(&'s ExprLambda),
    /// A comprehension's targets.
    Comprehension(&'s [Comprehension]),
}

impl<'s> Scope<'s> {
    /// The scope of a module's top level.
    pub(crate) fn module(file: FileId, body: &'s [Stmt]) -> Self {
        Self { kind: ScopeKind::Module, file, parent: None, names: collect(ScopeKind::Module, body) }
    }

    /// The scope of a class body.
    pub(crate) fn class(definition: &'s StmtClassDef, parent: &Arc<Self>) -> Self {
        Self::within(ScopeKind::Class(definition), &definition.body, parent)
    }

    /// The scope of a function with this body.
    pub(crate) fn function(definition: &'s StmtFunctionDef, body: &'s [Stmt], parent: &Arc<Self>) -> Self {
        Self::within(ScopeKind::Function(definition), body, parent)
    }

    /// The scope of a lambda.
    pub(crate) fn lambda(lambda: &'s ExprLambda, parent: &Arc<Self>) -> Self {
        Self::within(ScopeKind::Lambda(lambda), &[], parent)
    }

    /// The scope of a comprehension.
    pub(crate) fn comprehension(generators: &'s [Comprehension], parent: &Arc<Self>) -> Self {
        Self::within(ScopeKind::Comprehension(generators), &[], parent)
    }

    fn within(kind: ScopeKind<'s>, body: &'s [Stmt], parent: &Arc<Self>) -> Self {
        Self { kind, file: parent.file, parent: Some(Arc::clone(parent)), names: collect(kind, body) }
    }

    /// The places that bind a name here, in order.
    pub fn bindings(&self, name: &str) -> &[Binding<'s>] {
        self.names.of(name)
    }

    /// Every name bound here with its places, sorted by name.
    pub fn names(&self) -> Vec<(&'s str, &[Binding<'s>])> {
        self.names.iter().collect()
    }

    /// `from x import *`, in order.
    pub(crate) fn stars(&self) -> &[(&'s StmtImportFrom, TextSize)] {
        &self.names.stars
    }
}

/// Every binding with its name, in the order of the source.
#[derive(Default)]
pub(crate) struct Collected<'s> {
    pub(crate) bound: Vec<(&'s str, Binding<'s>)>,
    pub(crate) stars: Vec<(&'s StmtImportFrom, TextSize)>,
}

fn collect<'s>(kind: ScopeKind<'s>, body: &'s [Stmt]) -> Names<'s> {
    let mut collector = Collector::default();
    match kind {
        ScopeKind::Module | ScopeKind::Class(_) => {}
        ScopeKind::Function(definition) => collector.parameters(&definition.parameters),
        ScopeKind::Lambda(lambda) => {
            lambda.parameters.iter().for_each(|parameters| collector.parameters(parameters));
        }
        ScopeKind::Comprehension(generators) => {
            for generator in generators {
                collector.each(&generator.target, &generator.iter, &mut Vec::new(), generator.range.start());
            }
        }
    }
    collector.statements(body);
    Names::new(collector.collected)
}

/// Collects bindings; nested functions and classes are bound, not entered.
#[derive(Default)]
struct Collector<'s> {
    collected: Collected<'s>,
    /// The branches around the statement at hand, with the test that decides each, where it is one.
    branches: Vec<Option<(&'s Expr, bool)>>,
}

impl<'s> Collector<'s> {
    fn bind(&mut self, name: &'s str, at: TextSize, bound: Bound<'s>) {
        let when = if let [only] = *self.branches { only } else { None };
        let conditional = !self.branches.is_empty();
        self.collected.bound.push((name, Binding { at, conditional, when, bound }));
    }

    fn parameters(&mut self, parameters: &'s Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            self.bind(parameter.parameter.name.as_str(), TextSize::new(0), Bound::Parameter(parameter));
        }
        for parameter in parameters.vararg.iter().chain(&parameters.kwarg) {
            self.bind(parameter.name.as_str(), TextSize::new(0), Bound::Opaque);
        }
    }

    fn statements(&mut self, body: &'s [Stmt]) {
        for statement in body {
            self.statement(statement);
        }
    }

    fn branch(&mut self, body: &'s [Stmt]) {
        self.decided(None, body);
    }

    fn decided(&mut self, by: Option<(&'s Expr, bool)>, body: &'s [Stmt]) {
        self.branches.push(by);
        self.statements(body);
        self.branches.pop();
    }

    fn statement(&mut self, statement: &'s Stmt) {
        let end = statement.range().end();
        match statement {
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    self.assign(target, &assign.value, &mut Vec::new(), end);
                    if let Some(name) = changed(target) {
                        self.bind(name, end, Bound::Changed(statement));
                    }
                }
            }
            Stmt::AnnAssign(assign) => {
                if let (Expr::Name(name), Some(value)) = (&*assign.target, &assign.value) {
                    self.bind(name.id.as_str(), end, Bound::Value(value));
                }
            }
            Stmt::AugAssign(assign) => {
                if let Expr::Name(name) = &*assign.target {
                    self.bind(name.id.as_str(), end, Bound::Augmented(assign.op, &assign.value));
                }
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let module = alias.name.as_str();
                    match &alias.asname {
                        Some(name) => self.bind(name.as_str(), end, Bound::Module(module)),
                        None => self.bind(module.split('.').next().unwrap_or(module), end, Bound::Package(module)),
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    if alias.name.as_str() == "*" {
                        self.collected.stars.push((import, end));
                        continue;
                    }
                    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    self.bind(name, end, Bound::From(import, alias.name.as_str()));
                }
            }
            Stmt::FunctionDef(function) => self.bind(function.name.as_str(), end, Bound::Function(function)),
            Stmt::ClassDef(class) => self.bind(class.name.as_str(), end, Bound::Class(class)),
            Stmt::If(test) => self.branches_of(test),
            Stmt::For(each) => {
                self.branches.push(None);
                self.each(&each.target, &each.iter, &mut Vec::new(), each.iter.range().end());
                self.branches.pop();
                self.branch(&each.body);
                self.branch(&each.orelse);
            }
            Stmt::While(each) => {
                self.branch(&each.body);
                self.branch(&each.orelse);
            }
            Stmt::With(with) => {
                for item in &with.items {
                    let manager = Bound::Entered(&item.context_expr);
                    match item.optional_vars.as_deref() {
                        Some(Expr::Name(name)) => self.bind(name.id.as_str(), with.range().start(), manager),
                        Some(target) => self.opaque(target, with.range().start()),
                        None => {}
                    }
                }
                self.statements(&with.body);
            }
            Stmt::Try(attempt) => {
                self.branch(&attempt.body);
                for handler in &attempt.handlers {
                    let ExceptHandler::ExceptHandler(handler) = handler;
                    self.branch(&handler.body);
                }
                self.branch(&attempt.orelse);
                self.statements(&attempt.finalbody);
            }
            Stmt::Match(choice) => {
                for case in &choice.cases {
                    self.branches.push(None);
                    self.pattern(&case.pattern);
                    self.branches.pop();
                    self.branch(&case.body);
                }
            }
            Stmt::Delete(delete) => delete.targets.iter().for_each(|target| match changed(target) {
                Some(name) => self.bind(name, end, Bound::Changed(statement)),
                None => self.opaque(target, end),
            }),
            Stmt::Expr(expression) => {
                self.walrus(&expression.value, end);
                self.called(statement, &expression.value, end);
            }
            Stmt::Return(_)
            | Stmt::TypeAlias(_)
            | Stmt::Raise(_)
            | Stmt::Assert(_)
            | Stmt::Global(_)
            | Stmt::Nonlocal(_)
            | Stmt::Pass(_)
            | Stmt::Break(_)
            | Stmt::Continue(_)
            | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    /// `if TYPE_CHECKING:` holds only for type checkers: its constants are none, its imports help to know types.
    fn branches_of(&mut self, test: &'s StmtIf) {
        self.walrus(&test.test, test.test.range().end());
        let checking = match &*test.test {
            Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
            Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
            _ => false,
        };
        if checking {
            let imports =
                test.body.iter().filter(|statement| statement.is_import_stmt() || statement.is_import_from_stmt());
            self.branches.push(None);
            imports.for_each(|statement| self.statement(statement));
            self.branches.pop();
        } else {
            self.decided(Some((&test.test, true)), &test.body);
        }
        let single = test.elif_else_clauses.len() == 1;
        for clause in &test.elif_else_clauses {
            let by = (single && clause.test.is_none()).then_some((&*test.test, false));
            self.decided(by, &clause.body);
        }
    }

    fn assign(&mut self, target: &'s Expr, value: &'s Expr, path: &mut Vec<usize>, at: TextSize) {
        match target {
            Expr::Name(name) if path.is_empty() => self.bind(name.id.as_str(), at, Bound::Value(value)),
            Expr::Name(name) => self.bind(name.id.as_str(), at, Bound::Item(value, path.clone())),
            Expr::Tuple(_) | Expr::List(_) => {
                let (counted, rest) = before_star(target);
                for (index, item) in counted.iter().enumerate() {
                    path.push(index);
                    self.assign(item, value, path, at);
                    path.pop();
                }
                rest.iter().for_each(|item| self.opaque(item, at));
            }
            Expr::Starred(_) => self.opaque(target, at),
            _ => {}
        }
    }

    fn each(&mut self, target: &'s Expr, iterable: &'s Expr, path: &mut Vec<usize>, at: TextSize) {
        match target {
            Expr::Name(name) => self.bind(name.id.as_str(), at, Bound::Each(iterable, path.clone())),
            Expr::Tuple(_) | Expr::List(_) => {
                let (counted, rest) = before_star(target);
                for (index, item) in counted.iter().enumerate() {
                    path.push(index);
                    self.each(item, iterable, path, at);
                    path.pop();
                }
                rest.iter().for_each(|item| self.opaque(item, at));
            }
            _ => self.opaque(target, at),
        }
    }

    fn opaque(&mut self, target: &'s Expr, at: TextSize) {
        match target {
            Expr::Name(name) => self.bind(name.id.as_str(), at, Bound::Opaque),
            Expr::Tuple(_) | Expr::List(_) => elements(target).iter().for_each(|item| self.opaque(item, at)),
            Expr::Starred(starred) => self.opaque(&starred.value, at),
            _ => {}
        }
    }

    fn pattern(&mut self, pattern: &'s Pattern) {
        if let Pattern::MatchAs(capture) = pattern
            && let Some(name) = &capture.name
        {
            self.bind(name.as_str(), pattern.range().end(), Bound::Opaque);
        }
    }

    /// A call that stands as a statement is there for what it does: `x.update(…)`, `prepare(x)`.
    fn called(&mut self, statement: &'s Stmt, expression: &'s Expr, at: TextSize) {
        let Expr::Call(call) = expression else { return };
        if let Expr::Attribute(method) = &*call.func
            && let Expr::Name(name) = &*method.value
        {
            self.bind(name.id.as_str(), at, Bound::Changed(statement));
        }
        for argument in call.arguments.args.iter().filter_map(Expr::as_name_expr) {
            self.bind(argument.id.as_str(), at, Bound::Given(call));
        }
    }

    /// `(x := value)` as a statement's or test's outermost part, where people write it.
    fn walrus(&mut self, expression: &'s Expr, at: TextSize) {
        match expression {
            Expr::Named(named) => {
                if let Expr::Name(name) = &*named.target {
                    self.bind(name.id.as_str(), at, Bound::Value(&named.value));
                }
            }
            Expr::BoolOp(operation) => operation.values.iter().for_each(|value| self.walrus(value, at)),
            Expr::Compare(comparison) => self.walrus(&comparison.left, at),
            Expr::UnaryOp(operation) => self.walrus(&operation.operand, at),
            _ => {}
        }
    }
}
