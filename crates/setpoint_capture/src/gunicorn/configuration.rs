use super::option_table::{ONLY_IN_THE_FILE, OPTIONS};
use crate::source::{Deployment, Origin};
use crate::{Assignment, Clear, Sensitive, Target};
use setpoint_host::Host;
use setpoint_model::{Layer, Mechanism, Place, Problem, Retry};
use setpoint_python::ast::{Expr, Ranged as _};
use setpoint_python::{Binding, Bound, Marks, Program, Sources};

/// More than a configuration file has.
const LONGEST: u64 = 1 << 20;
/// Bytes of stack: the syntax tree is walked by recursion, and hostile files nest deeply.
const STACK: usize = 256 << 20;

/// Reads a `gunicorn.conf.py` without running it: every setting that it gives at its top level. A value that depends
/// on the machine or the environment is dynamic.
pub(crate) fn configuration(host: &dyn Host, origin: Origin<'_>) -> Deployment {
    let mut deployment = Deployment::default();
    let bytes = match host.read(origin.path, LONGEST) {
        Ok(bytes) => bytes,
        Err(refusal) => {
            deployment.problems.push(Problem { place: Some(Place::file(origin.shown)), ..refusal.problem() });
            return deployment;
        }
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || parsed(&bytes, origin));
        match thread.ok().and_then(|thread| thread.join().ok()) {
            Some(read) => read,
            None => unread(origin, "it could not be parsed"),
        }
    })
}

fn parsed(bytes: &[u8], origin: Origin<'_>) -> Deployment {
    let sources = Sources::new(vec![origin.shown.to_owned()], |_| None);
    let program = Program::new(&sources);
    let Some(file) = sources.ids().next() else { return Deployment::default() };
    let module = sources.module_from(file, bytes.to_vec(), &Marks::Everywhere);
    let (Ok(module), Some(frame)) = (module, program.frame(file)) else {
        return unread(origin, "it has bytes that are no UTF-8 text");
    };
    let mut deployment = Deployment::default();
    if let Some((error, place)) = module.syntax_errors().next() {
        let what = format!("`{}` has a syntax error: {error}", origin.shown);
        let problem = Problem::input(what, "Python that gunicorn can run", Retry::SafeOnceMended).at(place);
        deployment.problems.push(problem);
    }
    for (name, bindings) in frame.scope.names() {
        let Some((binding, expression)) = bindings.iter().rev().find_map(|binding| Some((binding, value(binding)?)))
        else {
            continue;
        };
        if !is_setting(name) {
            continue;
        }
        // Which branch is run is for the interpreter to know.
        let certain = bindings.iter().all(|binding| !binding.conditional);
        let folded = if certain { program.member(file, name).flatten() } else { None };
        let expression = element(binding, expression);
        deployment.assignments.push(Assignment {
            target: Target::Default(format!("gunicorn.{name}")),
            layer: Layer::ConfigurationFile,
            mechanism: Mechanism::Gunicorn,
            value: folded.and_then(|object| object.to_value()).map_or(Clear::Dynamic, Clear::from),
            text: Sensitive::new(module.text(expression.range()).to_owned()),
            place: module.place(expression.range()),
            symbol: None,
            process: origin.process.map(str::to_owned),
        });
    }
    deployment
}

/// The expression that a line gives to a name.
fn value<'s>(binding: &Binding<'s>) -> Option<&'s Expr> {
    match binding.bound {
        Bound::Value(expression) | Bound::Item(expression, _) | Bound::Augmented(_, expression) => Some(expression),
        Bound::Changed(_)
        | Bound::Given(_)
        | Bound::Module(_)
        | Bound::Package(_)
        | Bound::From(..)
        | Bound::Function(_)
        | Bound::Class(_)
        | Bound::Parameter(_)
        | Bound::Each(..)
        | Bound::Entered(_)
        | Bound::Opaque => None,
    }
}

/// The part of `keepalive, threads = 5, 2` that is the name's own.
fn element<'s>(binding: &Binding<'s>, expression: &'s Expr) -> &'s Expr {
    match (&binding.bound, expression) {
        (Bound::Item(_, path), Expr::Tuple(tuple)) => match path[..] {
            [at] => tuple.elts.get(at).unwrap_or(expression),
            _ => expression,
        },
        _ => expression,
    }
}

fn is_setting(name: &str) -> bool {
    OPTIONS.iter().any(|option| option.setting == name) || ONLY_IN_THE_FILE.contains(&name)
}

fn unread(origin: Origin<'_>, because: &str) -> Deployment {
    let what = format!("`{}` was not read: {because}", origin.shown);
    let problem = Problem::input(what, "Python source in UTF-8", Retry::SafeOnceMended).at(Place::file(origin.shown));
    Deployment { problems: vec![problem], ..Deployment::default() }
}
