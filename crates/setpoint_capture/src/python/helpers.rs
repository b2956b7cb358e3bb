//! The service's own helpers: functions that read the variable which their caller names, such as
//! `def env_bool(name, default=False): return os.getenv(name, str(default)).lower() == "true"`.

mod body;

use super::called::{last_name, names_in};
use super::declare::{self, clear};
use super::environ::{self, Read};
use super::made_name::{self, Given, Name};
use super::scan::Worth;
use super::words::{Word, is_called_by_python};
use super::{Found, casts};
use crate::Clear;
use body::{Names, Returns};
use setpoint_model::{DynamicRead, Mechanism, TypeOrigin, bare_type};
use setpoint_python::ast::{Expr, ExprCall, Ranged, StmtFunctionDef};
use setpoint_python::{Frame, FunctionRef, Node, Object, Program, Scope, ScopeKind};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A function that reads a variable named by one of its parameters.
#[derive(Clone, Debug)]
pub(crate) struct Helper<'s> {
    function: FunctionRef<'s>,
    /// The expression that names the variable, in the function's own words.
    named_by: &'s Expr,
    /// Where that expression stands.
    frame: Frame<'s>,
    /// The variable's name is the parameter itself, not made from it: `f"{name}_FILE"` is another name of the same.
    exact: bool,
    source: Source<'s>,
}

/// Where the helper has the value from.
#[derive(Clone, Debug)]
pub(crate) enum Source<'s> {
    /// From the environment, and the type that this text is parsed as.
    Environment(Read<'s>, Option<&'static str>),
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
                return Some(Self { function, named_by, frame: frame.clone(), exact, source });
            }
            scope = inner.parent.as_ref();
        }
        None
    }

    /// What is known of the name that a call reads.
    fn name_in(&self, program: &Program<'s>, call: &'s ExprCall, caller: &Frame<'s>, outer: &Given<'s>) -> Name {
        let given = made_name::given(program, &self.function, call, caller, outer);
        self.name_of(program, &program.enter(&self.function, call, caller), &given)
    }

    /// What is known of the name in a frame of the function, which is given these.
    fn name_of(&self, program: &Program<'s>, inside: &Frame<'s>, given: &Given<'s>) -> Name {
        match &self.source {
            Source::Environment(..) => Name::in_call(program, self.named_by, inside, given),
            Source::Helper(call, of) => of.name_in(program, call, inside, given),
        }
    }

    /// The read of a helper that nothing is known to call.
    fn uncalled(&self, program: &Program<'s>) -> Option<DynamicRead> {
        let name = self.name_of(program, &self.frame, &Given::new());
        made_name::read_at(program, self.named_by, &name, &self.frame)
    }

    /// The type that the function parses the text as before it does anything else with it.
    fn parsed_as(&self, program: &Program<'s>) -> Option<&'static str> {
        match &self.source {
            Source::Environment(read, parsed_as) => {
                // What cannot be parsed may be taken for nothing where the error is caught.
                let is_tried = Returns::of(program.body(&self.function))
                    .tried
                    .iter()
                    .any(|tried| tried.contains_range(read.expression.range()));
                parsed_as.filter(|_| !is_tried)
            }
            Source::Helper(_, of) => of.parsed_as(program),
        }
    }

    /// True if one of the things that the function returns is the text as it is.
    fn hands_on_the_text(&self, program: &Program<'s>) -> bool {
        let (read, inner_does) = match &self.source {
            Source::Environment(read, _) => (read.expression.range(), true),
            Source::Helper(call, of) => (call.range(), of.hands_on_the_text(program)),
        };
        let returns = Returns::of(program.body(&self.function));
        let is_read = |expression: &Expr| {
            let (innermost, is_changed) = casts::innermost(expression);
            innermost.range() == read && !is_changed
        };
        let is_kept = |name: &&str| returns.kept.iter().any(|(kept, value)| *kept == *name && is_read(value));
        let returned = returns.names.iter().any(is_kept) || returns.values.iter().any(|value| is_read(value));
        inner_does && returned
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
    // A loop may try several: `for name in (f"SHOP_{key}", key): os.environ.get(name)`.
    let names = program.fold_each(named_by, &inside);
    let mut made = names.iter().filter_map(Object::as_text).filter(|name| name.contains(ARGUMENT)).peekable();
    made.peek()?;
    Some(made.all(|name| name == ARGUMENT))
}

/// The parameter that is given back where the variable is not set: one that the read's default mentions, one that
/// is returned, or one that is called so.
fn default_parameter<'s>(program: &Program<'s>, helper: &Helper<'s>) -> Option<&'s str> {
    let definition = helper.function.definition;
    let parameters = || definition.parameters.iter_non_variadic_params().map(|each| each.parameter.name.as_str());
    let mut mentioned = match &helper.source {
        Source::Environment(Read { default: Some(default), .. }, _) => Names::of(default),
        Source::Environment(..) | Source::Helper(..) => Vec::new(),
    };
    if mentioned.is_empty() {
        mentioned = Returns::of(program.body(&helper.function)).names;
    }
    let name_of_variable = Names::of(helper.named_by);
    let given = |name: &&str| !name_of_variable.contains(name) && mentioned.contains(name);
    let called = |name: &&str| matches!(*name, "default" | "default_value" | "fallback");
    parameters().find(given).or_else(|| parameters().find(called))
}

/// True if the annotation means that type.
fn is_type(annotation: &str, type_name: &str) -> bool {
    bare_type(annotation.trim_matches(['"', '\''])).is_some_and(|(name, _)| name == type_name)
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

    /// The reads of those that are called in ways that are not understood, and in no other.
    pub(super) fn uncalled<'a>(
        &'a self,
        program: &'a Program<'s>,
        called: &'a HashSet<usize>,
        unresolved: &'a HashSet<&str>,
    ) -> impl Iterator<Item = DynamicRead> + 'a {
        let uncalled = self.by_definition.iter().filter(|(definition, _)| !called.contains(definition));
        let meant = |name: &str| unresolved.contains(name) || is_called_by_python(name);
        let helpers = uncalled.flat_map(|(_, helpers)| helpers).filter(move |helper| meant(helper.name()));
        helpers.filter_map(|helper| helper.uncalled(program))
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

fn key(definition: &StmtFunctionDef) -> usize {
    std::ptr::from_ref(definition).addr()
}

/// Declares what the calls of these helpers in a file read.
pub(super) fn calls<'s>(program: &Program<'s>, worth: &Worth<'s>, helpers: &Helpers<'s>, found: &mut Found<'s>) {
    let names = names_in(program, worth.file, &helpers.names().collect());
    program.walk_marked(worth.file, &worth.spotted.marks, &mut |node, frame| {
        casts::visit(&node, found);
        let Node::Expression(expression @ Expr::Call(call)) = node else { return };
        if !last_name(&call.func).is_some_and(|name| names.contains(name)) {
            return;
        }
        let Some(Object::Function(function)) = program.callee(call, frame) else {
            found.unresolved_calls.extend(last_name(&call.func));
            return;
        };
        let Some(helpers) = helpers.by_definition.get(&key(function.definition)) else { return };
        found.called_helpers.insert(key(function.definition));
        let mut declared: Option<usize> = None;
        // What names the variable exactly comes before what makes another name of it.
        let (exact, made): (Vec<_>, Vec<_>) = helpers.iter().partition(|helper| helper.exact);
        for helper in exact.into_iter().chain(made) {
            match said(program, helper, call, frame, 0) {
                Said::Reads { names, value, required } => {
                    // A second name that the same call reads is another name of the same default.
                    if let (false, Some(first)) = (helper.exact, declared) {
                        let first = &mut found.declarations[first];
                        first.variables.extend_from_slice(&names);
                        first.aliases.extend(names);
                        continue;
                    }
                    let [name, others @ ..] = &*names else { continue };
                    let mut declaration = declare::declaration(program, Mechanism::Environ, name, call, frame);
                    declaration.aliases = others.to_vec();
                    declaration.variables = names;
                    declaration.value = value;
                    declaration.required = required;
                    let returns = function.definition.returns.as_deref().and_then(|returns| {
                        Some(program.module(function.frame.file())?.text(returns.range()).to_owned())
                    });
                    let parsed_as = helper.parsed_as(program);
                    let cast = found.casts.type_of(expression);
                    // An annotation says what the helper makes of the text, a cast around the call what is made of that.
                    declaration.type_origin = match (cast, &returns) {
                        (Some(_), _) if helper.hands_on_the_text(program) => found.casts.origin_of(expression),
                        (None, Some(returns)) if parsed_as.is_some_and(|parsed| is_type(returns, parsed)) => {
                            TypeOrigin::Parsed
                        }
                        (Some(_), _) | (None, Some(_)) => TypeOrigin::Made,
                        (None, None) => TypeOrigin::Parsed,
                    };
                    declaration.type_name =
                        cast.map(str::to_owned).or(returns).or_else(|| parsed_as.map(str::to_owned));
                    declare::fall_back(&mut declaration, program, found.casts.fallback_of(expression), frame);
                    declare::stand_in(&mut declaration, program, found.casts.stand_in_of(expression), frame);
                    declared = Some(found.declarations.len());
                    found.declarations.push(declaration);
                }
                Said::Passes(named_by) => {
                    let source = Source::Helper(call, Arc::clone(helper));
                    if let Some(outer) = Helper::of(program, named_by, frame, source) {
                        found.words.insert(outer.word());
                        found.helpers.push(outer);
                    } else {
                        let name = helper.name_in(program, call, frame, &Given::new());
                        found.dynamic_reads.extend(made_name::read_at(program, expression, &name, frame));
                    }
                }
                Said::Makes => {
                    let name = helper.name_in(program, call, frame, &Given::new());
                    found.dynamic_reads.extend(made_name::read_at(program, expression, &name, frame));
                }
                Said::Nothing => {}
            }
        }
    });
}

enum Said<'s> {
    /// The call reads the first of these variables that is set.
    Reads { names: Vec<String>, value: Clear, required: bool },
    /// The call hands on a name that its own caller gives, by this argument.
    Passes(&'s Expr),
    /// The call reads a variable whose name only running the code tells.
    Makes,
    /// The call reads none.
    Nothing,
}

/// What one call of a helper reads.
fn said<'s>(program: &Program<'s>, helper: &Helper<'s>, call: &'s ExprCall, frame: &Frame<'s>, depth: u32) -> Said<'s> {
    if depth > 5 {
        return Said::Makes;
    }
    let inside = program.enter(&helper.function, call, frame);
    let mut names: Vec<String> =
        program.fold_each(helper.named_by, &inside).iter().filter_map(Object::as_text).map(str::to_owned).collect();
    if names.is_empty() {
        let argument = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|keyword| &keyword.value));
        return argument.into_iter().find(|argument| argument.is_name_expr()).map_or(Said::Makes, Said::Passes);
    }
    names.retain(|name| environ::is_variable(name));
    if names.is_empty() {
        return Said::Nothing;
    }
    let given = default_parameter(program, helper).and_then(|name| inside.arguments.as_deref()?.get(name));
    let given = given.map(|given| clear(given.as_ref()));
    let (own, required) = match &helper.source {
        Source::Environment(Read { default: Some(default), .. }, _) => {
            (clear(program.fold(default, &inside).as_ref()), false)
        }
        Source::Environment(read, _) => (Clear::Nothing, read.required),
        Source::Helper(inner, of) => match said(program, of, inner, &inside, depth + 1) {
            Said::Reads { names: read, value, required } => {
                // What the inner helper adds to the name belongs to it.
                names = read;
                (value, required)
            }
            Said::Passes(_) | Said::Makes => return Said::Makes,
            Said::Nothing => return Said::Nothing,
        },
    };
    let demanded = inside
        .arguments
        .as_deref()
        .and_then(|arguments| REQUIRED.iter().find_map(|name| arguments.get(name)?.as_ref()?.truth()));
    // What the helper itself puts in place of nothing, such as an empty text, is no default of the caller's.
    let value = given.filter(|_| declare::says_nothing(&own)).unwrap_or(own);
    Said::Reads { names, value, required: demanded.unwrap_or(required) }
}
