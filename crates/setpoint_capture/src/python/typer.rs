//! Options of typer commands: parameters such as `workers: int = typer.Option(2, envvar="SHOP_WORKERS")`,
//! `workers: Annotated[int, typer.Option()] = 2`, and in a command's function `workers: int = 2`
//! (typer's `_get_param` and `get_command`).

use super::click::{OptionNames, help_of, variables_of};
use super::words::Word;
use super::{Found, declare, envvar_prefix};
use crate::options::Takes;
use crate::{Declaration, OptionUse};
use setpoint_model::Mechanism;
use setpoint_python::ast::{Expr, ExprCall, ParameterWithDefault, Stmt, StmtFunctionDef};
use setpoint_python::{Frame, FunctionRef, Instance, Node, Object, Program};

pub(super) const WORDS: [Word<'static>; 1] = [Word::Named("typer")];

pub(super) fn visit<'s>(program: &Program<'s>, node: &Node<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    match node {
        Node::Function(function) => {
            let command = Command::of(program, function);
            let prefix = command.as_ref().and_then(|command| command.prefix.as_deref());
            for parameter in function.definition.parameters.iter_non_variadic_params() {
                let annotation = match &command {
                    Some(_) => Annotation::behind_its_name(program, parameter, frame),
                    None => Annotation::of(parameter, frame),
                };
                let given = Given::of(program, parameter, annotation, frame);
                let given = given.filter(|given| command.is_some() || given.info.is_some());
                found.declarations.extend(given.and_then(|given| given.declare(program, function, prefix)));
            }
        }
        // `typer.run(main)` makes a command of a function that nothing is written above.
        Node::Expression(Expr::Call(call)) if call.arguments.args.len() == 1 => {
            let runs = program.refer(&call.func, frame).is_some_and(|called| called.external() == Some("typer.run"));
            let Some(Object::Function(function)) = runs.then(|| program.fold(&call.arguments.args[0], frame)).flatten()
            else {
                return;
            };
            for parameter in function.definition.parameters.iter_non_variadic_params() {
                let annotation = Annotation::of(parameter, &function.frame);
                let given = Given::of(program, parameter, annotation, &function.frame);
                let given = given.filter(|given| given.info.is_none());
                found.declarations.extend(given.and_then(|given| given.declare(program, &function, None)));
            }
        }
        Node::Expression(_) | Node::Statement(_) | Node::Class(_) | Node::Body(_) => {}
    }
}

/// What makes a function a command: `@app.command()`, `@app.callback()`.
struct Command {
    /// What the names of its variables begin with.
    prefix: Option<String>,
}

impl Command {
    fn of<'s>(program: &Program<'s>, function: &FunctionRef<'s>) -> Option<Self> {
        decorators(function.definition).find_map(|call| {
            let (app, kind) = decorated_by(program, call, &function.frame)?;
            let own = envvar_prefix::in_settings(program, call, &function.frame);
            let prefix = own.or_else(|| {
                let prefix = envvar_prefix::in_settings(program, app.call, &app.frame)?;
                if kind == "callback" || !is_group(program, function, &app) {
                    return Some(prefix);
                }
                let given = call.arguments.find_argument_value("name", 0);
                let given = given.and_then(|name| program.fold(name, &function.frame));
                let name = given.as_ref().and_then(Object::as_text).unwrap_or(function.definition.name.as_str());
                Some(format!("{prefix}_{}", envvar_prefix::cased(name)))
            });
            Some(Self { prefix })
        })
    }
}

fn decorators(definition: &StmtFunctionDef) -> impl Iterator<Item = &ExprCall> {
    definition.decorator_list.iter().filter_map(|each| each.expression.as_call_expr())
}

/// The app whose `command` or `callback` a decorator is.
fn decorated_by<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Option<(Instance<'s>, String)> {
    match program.fold(&call.func, frame)? {
        Object::Attribute(of, kind) if matches!(kind.as_str(), "command" | "callback") => match *of {
            Object::Instance(app) if app.of.external() == Some("typer.Typer") => Some((*app, kind)),
            _ => None,
        },
        _ => None,
    }
}

/// True if the app has more than the one command, as far as its own module says: its name is then no part of the
/// command line.
fn is_group<'s>(program: &Program<'s>, function: &FunctionRef<'s>, app: &Instance<'s>) -> bool {
    let Some(module) = program.module(function.frame.file()) else { return false };
    module.body().iter().any(|statement| match statement {
        Stmt::FunctionDef(other) if !std::ptr::eq(other, function.definition) => decorators(other).any(|call| {
            decorated_by(program, call, &function.frame).is_some_and(|(of, _)| std::ptr::eq(of.call, app.call))
        }),
        Stmt::Expr(statement) => matches!(
            &*statement.value,
            Expr::Call(call) if matches!(&*call.func, Expr::Attribute(method) if method.attr.as_str() == "add_typer")
        ),
        _ => false,
    })
}

/// A parameter's annotation, and the names around where it is written.
struct Annotation<'s> {
    written: Option<&'s Expr>,
    frame: Frame<'s>,
}

impl<'s> Annotation<'s> {
    fn of(parameter: &'s ParameterWithDefault, frame: &Frame<'s>) -> Self {
        Self { written: parameter.parameter.annotation.as_deref(), frame: frame.clone() }
    }

    /// `Port = Annotated[int, typer.Option("--port")]` gives a name to an option that several commands have.
    fn behind_its_name(program: &Program<'s>, parameter: &'s ParameterWithDefault, frame: &Frame<'s>) -> Self {
        let own = Self::of(parameter, frame);
        match own.written.and_then(|written| program.written(written, frame)) {
            Some((named @ Expr::Subscript(_), frame)) => Self { written: Some(named), frame },
            Some(_) | None => own,
        }
    }
}

/// A parameter that may be an option.
struct Given<'s> {
    parameter: &'s ParameterWithDefault,
    /// The call of `typer.Option`.
    info: Option<&'s ExprCall>,
    /// The names that it lists.
    names: &'s [Expr],
    default: Option<&'s Expr>,
    /// The type, without what `Annotated` adds.
    annotation: Option<&'s Expr>,
    /// The names around `info`, `names` and `annotation`.
    frame: Frame<'s>,
}

impl<'s> Given<'s> {
    /// `None` for an argument, which has a place and no name.
    fn of(
        program: &Program<'s>,
        parameter: &'s ParameterWithDefault,
        annotation: Annotation<'s>,
        frame: &Frame<'s>,
    ) -> Option<Self> {
        let annotated = annotation.written.and_then(Expr::as_subscript_expr).filter(|subscript| {
            program
                .fold(&subscript.value, &annotation.frame)
                .is_some_and(|of| of.external().is_some_and(|of| of.ends_with(".Annotated")))
        });
        let parts: &[Expr] = match annotated.map(|annotated| &*annotated.slice) {
            Some(Expr::Tuple(tuple)) => &tuple.elts,
            _ => &[],
        };
        let default = parameter.default.as_deref();
        if let Some((is_option, info)) = parts.iter().skip(1).find_map(|part| info(program, part, &annotation.frame)) {
            let names = &info.arguments.args;
            let Annotation { frame, .. } = annotation;
            let given = Self { parameter, info: Some(info), names, default, annotation: parts.first(), frame };
            return is_option.then_some(given);
        }
        let written = parameter.parameter.annotation.as_deref();
        let annotation = parts.first().filter(|_| written.is_some_and(Expr::is_subscript_expr)).or(written);
        let frame = frame.clone();
        let (is_option, info) = match default {
            Some(default) => {
                info(program, default, &frame).map_or((true, None), |(is_option, info)| (is_option, Some(info)))
            }
            // A parameter without a default is an argument, or the command's context.
            None => (false, None),
        };
        let given = match info {
            Some(info) => Self {
                parameter,
                info: Some(info),
                names: info.arguments.args.get(1..).unwrap_or_default(),
                default: info.arguments.find_argument_value("default", 0),
                annotation,
                frame,
            },
            None => Self { parameter, info: None, names: &[], default, annotation, frame },
        };
        is_option.then_some(given)
    }

    fn declare(self, program: &Program<'s>, function: &FunctionRef<'s>, prefix: Option<&str>) -> Option<Declaration> {
        let frame = &self.frame;
        let name = self.parameter.parameter.name.as_str();
        let listed = self.names.iter().filter_map(|name| program.fold(name, frame));
        let listed: Vec<String> = listed.filter_map(|name| name.as_text().map(str::to_owned)).collect();
        let type_name = self.annotation.and_then(|annotation| {
            Some(program.module(frame.file())?.text(annotation).trim_matches(['"', '\'']).to_owned())
        });
        let own = format!("--{}", name.replace('_', "-"));
        let is_bool = matches!(type_name.as_deref(), Some("bool" | "Optional[bool]" | "bool | None"));
        let names = match (listed.is_empty(), is_bool) {
            (false, _) => OptionNames::of(&listed),
            (true, true) => OptionNames::of(&[format!("{own}/--no-{}", &own[2..])]),
            (true, false) => OptionNames::of(&[own]),
        }?;

        let mut declaration =
            declare::declaration(program, Mechanism::Typer, &names.longest, self.parameter, &function.frame);
        declaration.symbol = Some(match function.frame.symbol() {
            Some(around) => format!("{around}.{}", function.definition.name),
            None => function.definition.name.to_string(),
        });
        declaration.aliases = names.others;
        declaration.type_name = type_name;
        let is_list = declaration.type_name.as_deref().is_some_and(|name| name.to_lowercase().starts_with("list["));
        let is_special =
            |info: &ExprCall| ["count", "nargs"].iter().any(|name| info.arguments.find_keyword(name).is_some());
        declaration.option = (!self.info.is_some_and(is_special)).then_some(OptionUse {
            takes: match (is_bool, is_list) {
                (true, _) => Takes::Nothing(true),
                (false, true) => Takes::Several,
                (false, false) => Takes::Text,
            },
            off: names.off,
        });
        let says = |keyword: &str| {
            let said = program.fold(&self.info?.arguments.find_keyword(keyword)?.value, frame)?;
            said.truth()
        };
        if let Some(info) = self.info {
            declaration.description = help_of(program, info, frame);
            declaration.variables = variables_of(program, info, frame);
            declaration.secret = says("hide_input") == Some(true);
        }
        if says("allow_from_autoenv") != Some(false) {
            declaration.variables.extend(prefix.map(|prefix| format!("{prefix}_{}", name.to_uppercase())));
        }
        let factory = self.info.and_then(|info| info.arguments.find_keyword("default_factory"));
        match (self.default, factory) {
            (Some(default), _) if !default.is_ellipsis_literal_expr() => {
                declare::give_or_call(&mut declaration, program, default, &function.frame);
            }
            (None, Some(factory)) => declare::give_or_call(&mut declaration, program, &factory.value, frame),
            (Some(_) | None, _) => declaration.required = true,
        }
        Some(declaration)
    }
}

/// The call of `typer.Option` or `typer.Argument`, and whether it is the first.
fn info<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> Option<(bool, &'s ExprCall)> {
    let call = expression.as_call_expr()?;
    match program.fold(&call.func, frame)?.external()? {
        "typer.Option" | "typer.params.Option" => Some((true, call)),
        "typer.Argument" | "typer.params.Argument" => Some((false, call)),
        _ => None,
    }
}
