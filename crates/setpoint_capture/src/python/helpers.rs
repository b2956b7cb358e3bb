//! The service's own helpers: functions that read the variable which their caller names, such as
//! `def env_bool(name, default=False): return os.getenv(name, str(default)).lower() == "true"`.

use super::called::last_name;
use super::declare::{self, clear};
use super::environ::{self, Read};
use super::scan::Worth;
use super::words::Word;
use super::{Found, casts};
use crate::Clear;
use setpoint_model::Mechanism;
use setpoint_python::ast::visitor::{self, Visitor};
use setpoint_python::ast::{Expr, ExprCall, Ranged, Stmt, StmtFunctionDef};
use setpoint_python::{Bound, FileId, Frame, FunctionRef, Node, Object, Program, Scope, ScopeKind};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A function that reads a variable named by one of its parameters.
#[derive(Clone, Debug)]
pub(crate) struct Helper<'s> {
    function: FunctionRef<'s>,
    /// The expression that names the variable, in the function's own words.
    named_by: &'s Expr,
    /// The variable's name is the parameter itself, not made from it: `f"{name}_FILE"` is another name of the same.
    exact: bool,
    source: Source<'s>,
}

/// Where the helper has the value from.
#[derive(Clone, Debug)]
pub(crate) enum Source<'s> {
    /// From the environment.
    Environment(Read<'s>),
    /// From another helper, by this call.
    Helper(&'s ExprCall, Arc<Helper<'s>>),
}

/// Helpers by their definition.
#[derive(Clone, Debug, Default)]
pub(super) struct Helpers<'s> {
    by_definition: HashMap<usize, Vec<Arc<Helper<'s>>>>,
}

/// What people call the parameter of a helper by which it fails where the variable is not set.
const REQUIRED: [&str; 4] = ["required", "mandatory", "is_required", "raise_error"];
/// A name that no variable has: it stands for an argument while a helper is looked at.
const ARGUMENT: &str = "\u{1}0\u{1}";

impl<'s> Helper<'s> {
    /// The helper that the function around `frame` is, if `named_by` depends on nothing but its parameters.
    pub(super) fn of(program: &Program<'s>, named_by: &'s Expr, frame: &Frame<'s>, source: Source<'s>) -> Option<Self> {
        let mut scope = Some(&frame.scope);
        // The name may be a parameter of a function further out, whose inner function or lambda reads it later.
        while let Some(inner) = scope {
            if let ScopeKind::Function(definition) = inner.kind
                && let Some(exact) = named_by_parameter(program, named_by, definition, inner)
            {
                let function = FunctionRef { definition, frame: Frame::of(inner.parent.clone()?) };
                return Some(Self { function, named_by, exact, source });
            }
            scope = inner.parent.as_ref();
        }
        None
    }

    fn name(&self) -> &'s str {
        self.function.definition.name.as_str()
    }

    /// The word by which its calls are found.
    pub(super) fn word(&self) -> Word<'s> {
        match self.function.frame.scope.kind {
            ScopeKind::Class(_) => Word::Method(self.name()),
            ScopeKind::Module | ScopeKind::Function(_) | ScopeKind::Lambda(_) | ScopeKind::Comprehension(_) => {
                Word::Called(self.name())
            }
        }
    }
}

/// True if the name is one of the function's parameters itself, false if it is made from one; `None` if neither.
fn named_by_parameter<'s>(
    program: &Program<'s>,
    named_by: &'s Expr,
    definition: &'s StmtFunctionDef,
    scope: &Arc<Scope<'s>>,
) -> Option<bool> {
    let parameters = definition.parameters.iter_non_variadic_params();
    let argument = || Some(Object::Text(ARGUMENT.to_owned()));
    let mut inside = Frame::of(Arc::clone(scope));
    inside.arguments = Some(Arc::new(parameters.map(|each| (each.parameter.name.as_str(), argument())).collect()));
    let name = program.fold(named_by, &inside)?;
    name.as_text().filter(|name| name.contains(ARGUMENT)).map(|name| name == ARGUMENT)
}

/// The parameter that is given back where the variable is not set: one that the read's default mentions, one that
/// is returned, or one that is called so.
fn default_parameter<'s>(program: &Program<'s>, helper: &Helper<'s>) -> Option<&'s str> {
    let definition = helper.function.definition;
    let parameters = || definition.parameters.iter_non_variadic_params().map(|each| each.parameter.name.as_str());
    let mut mentioned = match &helper.source {
        Source::Environment(Read { default: Some(default), .. }) => Names::of(default),
        Source::Environment(_) | Source::Helper(..) => Vec::new(),
    };
    if mentioned.is_empty() {
        let mut returns = Returns::default();
        returns.visit_body(program.body(&helper.function));
        mentioned = returns.names;
    }
    let name_of_variable = Names::of(helper.named_by);
    let given = |name: &&str| !name_of_variable.contains(name) && mentioned.contains(name);
    let called = |name: &&str| matches!(*name, "default" | "default_value" | "fallback");
    parameters().find(given).or_else(|| parameters().find(called))
}

/// The names in an expression.
#[derive(Default)]
struct Names<'s> {
    names: Vec<&'s str>,
}

impl<'s> Names<'s> {
    fn of(expression: &'s Expr) -> Vec<&'s str> {
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

/// The names that a function returns as they are.
#[derive(Default)]
struct Returns<'s> {
    names: Vec<&'s str>,
}

impl<'s> Visitor<'s> for Returns<'s> {
    fn visit_stmt(&mut self, statement: &'s Stmt) {
        match statement {
            Stmt::Return(returned) => match returned.value.as_deref() {
                Some(Expr::Name(name)) => self.names.push(name.id.as_str()),
                Some(Expr::If(choice)) => {
                    let sides = [&choice.body, &choice.orelse].into_iter().filter_map(|side| side.as_name_expr());
                    self.names.extend(sides.map(|name| name.id.as_str()));
                }
                _ => {}
            },
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            statement => visitor::walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, _expression: &'s Expr) {}
}

impl<'s> Helpers<'s> {
    /// Adds those that are new, and gives just them.
    pub(super) fn add(&mut self, helpers: impl IntoIterator<Item = Helper<'s>>) -> Self {
        let mut new = Self::default();
        for helper in helpers {
            let key = key(helper.function.definition);
            let known = self.by_definition.entry(key).or_default();
            if known.iter().any(|other| std::ptr::eq(other.named_by, helper.named_by)) {
                continue;
            }
            let helper = Arc::new(helper);
            known.push(Arc::clone(&helper));
            new.by_definition.entry(key).or_default().push(helper);
        }
        new
    }

    /// The names of the functions.
    fn names(&self) -> impl Iterator<Item = &'s str> + '_ {
        self.by_definition.values().flatten().map(|helper| helper.name())
    }

    /// The words by which their calls are found.
    pub(super) fn words(&self) -> BTreeSet<Word<'s>> {
        self.by_definition.values().flatten().map(|helper| helper.word()).collect()
    }
}

impl<'s> Helpers<'s> {
    /// The names by which a file may call them: their own, and those that it imports or assigns them under.
    fn names_in(&self, program: &Program<'s>, file: FileId) -> HashSet<&'s str> {
        let own: HashSet<&str> = self.names().collect();
        let scope = program.frame(file).map(|frame| frame.scope);
        let bound = scope.iter().flat_map(|scope| scope.names());
        let other = bound.filter(|(_, bindings)| {
            bindings.iter().any(|binding| match binding.bound {
                Bound::From(_, name) => own.contains(name),
                Bound::Value(value) => last_name(value).is_some_and(|name| own.contains(name)),
                _ => false,
            })
        });
        let other: Vec<&str> = other.map(|(name, _)| name).collect();
        own.into_iter().chain(other).collect()
    }
}

fn key(definition: &StmtFunctionDef) -> usize {
    std::ptr::from_ref(definition).addr()
}

/// Declares what the calls of these helpers in a file read.
pub(super) fn calls<'s>(program: &Program<'s>, worth: &Worth<'s>, helpers: &Helpers<'s>, found: &mut Found<'s>) {
    let names = helpers.names_in(program, worth.file);
    program.walk_marked(worth.file, &worth.spotted.marks, &mut |node, frame| {
        casts::visit(&node, found);
        let Node::Expression(expression @ Expr::Call(call)) = node else { return };
        if !last_name(&call.func).is_some_and(|name| names.contains(name)) {
            return;
        }
        let Some(Object::Function(function)) = program.callee(call, frame) else { return };
        let Some(helpers) = helpers.by_definition.get(&key(function.definition)) else { return };
        let mut declared: Option<usize> = None;
        // What names the variable exactly comes before what makes another name of it.
        let (exact, made): (Vec<_>, Vec<_>) = helpers.iter().partition(|helper| helper.exact);
        for helper in exact.into_iter().chain(made) {
            let Some(said) = said(program, helper, call, frame, 0) else { continue };
            match said {
                Said::Reads { name, value, required } => {
                    // A second name that the same call reads is another name of the same default.
                    if let (false, Some(first)) = (helper.exact, declared) {
                        let first = &mut found.declarations[first];
                        first.variables.push(name.clone());
                        first.aliases.push(name);
                        continue;
                    }
                    let mut declaration = declare::declaration(program, Mechanism::Environ, &name, call, frame);
                    declaration.variables = vec![name];
                    declaration.value = value;
                    declaration.required = required;
                    let returns = function.definition.returns.as_deref().and_then(|returns| {
                        Some(program.module(function.frame.file())?.text(returns.range()).to_owned())
                    });
                    declaration.type_name = found.casts.type_of(expression).map(str::to_owned).or(returns);
                    declare::fall_back(&mut declaration, program, found.casts.fallback_of(expression), frame);
                    declared = Some(found.declarations.len());
                    found.declarations.push(declaration);
                }
                Said::Passes(named_by) => {
                    let source = Source::Helper(call, Arc::clone(helper));
                    if let Some(outer) = Helper::of(program, named_by, frame, source) {
                        found.words.insert(outer.word());
                        found.helpers.push(outer);
                    }
                }
            }
        }
    });
}

enum Said<'s> {
    /// The call reads this variable.
    Reads { name: String, value: Clear, required: bool },
    /// The call hands on a name that its own caller gives, by this argument.
    Passes(&'s Expr),
}

/// What one call of a helper reads.
fn said<'s>(
    program: &Program<'s>,
    helper: &Helper<'s>,
    call: &'s ExprCall,
    frame: &Frame<'s>,
    depth: u32,
) -> Option<Said<'s>> {
    if depth > 5 {
        return None;
    }
    let inside = program.enter(&helper.function, call, frame);
    let name = program.fold(helper.named_by, &inside);
    let Some(name) = name.as_ref().and_then(Object::as_text).filter(|name| environ::is_variable(name)) else {
        let argument = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
        return argument.into_iter().find(|argument| argument.is_name_expr()).map(Said::Passes);
    };
    let name = name.to_owned();
    let given = default_parameter(program, helper).and_then(|name| inside.arguments.as_deref()?.get(name));
    let given = given.map(|given| clear(given.as_ref()));
    let (own, required) = match &helper.source {
        Source::Environment(Read { default: Some(default), .. }) => {
            (clear(program.fold(default, &inside).as_ref()), false)
        }
        Source::Environment(read) => (Clear::Nothing, read.required),
        Source::Helper(inner, of) => match said(program, of, inner, &inside, depth + 1)? {
            Said::Reads { value, required, .. } => (value, required),
            Said::Passes(_) => return None,
        },
    };
    let demanded = inside
        .arguments
        .as_deref()
        .and_then(|arguments| REQUIRED.iter().find_map(|name| arguments.get(name)?.as_ref()?.truth()));
    // What the helper itself puts in place of nothing, such as an empty text, is no default of the caller's.
    let value = given.filter(|_| declare::says_nothing(&own)).unwrap_or(own);
    Some(Said::Reads { name, value, required: demanded.unwrap_or(required) })
}
