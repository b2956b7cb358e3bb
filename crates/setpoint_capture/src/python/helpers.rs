//! The service's own helpers: functions that read the variable which their caller names, such as
//! `def env_bool(name, default=False): return os.getenv(name, str(default)).lower() == "true"`.

use super::Found;
use super::declare::{self, clear};
use super::environ::{self, Read};
use crate::Clear;
use setpoint_model::Mechanism;
use setpoint_python::ast::{Expr, ExprCall, Ranged, StmtFunctionDef};
use setpoint_python::{Frame, FunctionRef, Node, Object, Program, ScopeKind};
use std::collections::HashMap;
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

/// A name that no variable has: it stands for an argument while a helper is looked at.
const ARGUMENT: &str = "\u{1}0\u{1}";

impl<'s> Helper<'s> {
    /// The helper that the function around `frame` is, if `named_by` depends on nothing but its parameters.
    pub(super) fn of(program: &Program<'s>, named_by: &'s Expr, frame: &Frame<'s>, source: Source<'s>) -> Option<Self> {
        let mut scope = &frame.scope;
        let definition = loop {
            match scope.kind {
                ScopeKind::Function(definition) => break definition,
                ScopeKind::Lambda(_) | ScopeKind::Comprehension => scope = scope.parent.as_ref()?,
                ScopeKind::Class(_) | ScopeKind::Module => return None,
            }
        };
        let mut inside = Frame { scope: Arc::clone(scope), arguments: None };
        let parameters = definition.parameters.iter_non_variadic_params();
        let arguments =
            parameters.map(|parameter| (parameter.parameter.name.as_str(), Some(Object::Text(ARGUMENT.to_owned()))));
        inside.arguments = Some(Arc::new(arguments.collect()));
        let name = program.fold(named_by, &inside)?;
        let name = name.as_text().filter(|name| name.contains(ARGUMENT))?;
        let function = FunctionRef { definition, frame: Frame { scope: scope.parent.clone()?, arguments: None } };
        Some(Self { function, named_by, exact: name == ARGUMENT, source })
    }

    /// The function's name.
    pub(super) fn name(&self) -> &'s str {
        self.function.definition.name.as_str()
    }
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
    pub(super) fn names(&self) -> impl Iterator<Item = &'s str> + '_ {
        self.by_definition.values().flatten().map(|helper| helper.name())
    }
}

fn key(definition: &StmtFunctionDef) -> usize {
    std::ptr::from_ref(definition).addr()
}

/// Declares what the calls of these helpers in a file read.
pub(super) fn calls<'s>(
    program: &Program<'s>,
    file: setpoint_python::FileId,
    helpers: &Helpers<'s>,
    found: &mut Found<'s>,
) {
    if helpers.by_definition.is_empty() {
        return;
    }
    program.walk(file, &mut |node, frame| {
        let Node::Expression(Expr::Call(call)) = node else { return };
        let Some(Object::Function(function)) = program.callee(call, frame) else { return };
        let Some(helpers) = helpers.by_definition.get(&key(function.definition)) else { return };
        let mut declared: Option<usize> = None;
        for helper in helpers {
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
                    declaration.type_name = function.definition.returns.as_deref().and_then(|returns| {
                        Some(program.module(function.frame.file())?.text(returns.range()).to_owned())
                    });
                    declared = Some(found.declarations.len());
                    found.declarations.push(declaration);
                }
                Said::Passes(named_by) => {
                    let source = Source::Helper(call, Arc::clone(helper));
                    if let Some(outer) = Helper::of(program, named_by, frame, source) {
                        found.words.insert(outer.name());
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
    let given = inside.arguments.as_deref().and_then(|arguments| {
        ["default", "default_value", "fallback", "_default"].iter().find_map(|name| arguments.get(name))
    });
    let (value, required) = match (&helper.source, given) {
        (Source::Environment(Read { default: Some(default), .. }), _) => {
            (clear(program.fold(default, &inside).as_ref()), false)
        }
        (Source::Environment(_), Some(given)) => (clear(given.as_ref()), false),
        (Source::Environment(read), None) => (Clear::Nothing, read.required),
        (Source::Helper(inner, of), given) => match said(program, of, inner, &inside, depth + 1)? {
            Said::Reads { value: Clear::Nothing | Clear::Dynamic, required, .. } if given.is_some() => {
                (clear(given.and_then(Option::as_ref)), required)
            }
            Said::Reads { value, required, .. } => (value, required),
            Said::Passes(_) => return None,
        },
    };
    Some(Said::Reads { name, value, required })
}
