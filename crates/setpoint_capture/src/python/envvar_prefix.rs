//! The variables that click and typer give to options by themselves: `auto_envvar_prefix`, in a command's
//! `context_settings` or where the command is called, and below a group with the command's name
//! (click's documentation, "Values from Environment Variables", and `click.Context`).

use setpoint_python::ast::{Expr, ExprCall};
use setpoint_python::{Frame, FunctionRef, Node, Object, Program};

/// How deep groups may be nested in groups.
const DEEPEST: usize = 5;

/// `@click.command(context_settings={"auto_envvar_prefix": "SHOP"})`
pub(super) fn in_settings<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Option<String> {
    let settings = program.fold(&call.arguments.find_keyword("context_settings")?.value, frame)?;
    let Object::Dict(pairs) = settings else { return None };
    let prefix = pairs.into_iter().find(|(key, _)| key.as_text() == Some("auto_envvar_prefix"))?.1;
    prefix.as_text().map(cased)
}

/// The prefix of a click command's options; that of a group's command has the command's name in it.
pub(super) fn of_command<'s>(program: &Program<'s>, function: &FunctionRef<'s>) -> Option<String> {
    below_groups(program, function, 0)
}

fn below_groups<'s>(program: &Program<'s>, function: &FunctionRef<'s>, depth: usize) -> Option<String> {
    let calls = || function.definition.decorator_list.iter().filter_map(|each| each.expression.as_call_expr());
    let own = calls().find_map(|call| in_settings(program, call, &function.frame));
    own.or_else(|| in_call(program, function)).or_else(|| {
        let (call, group) = calls().find_map(|call| Some((call, group_of(program, call, &function.frame)?)))?;
        let prefix = below_groups(program, &group, depth + 1).filter(|_| depth < DEEPEST)?;
        Some(format!("{prefix}_{}", cased(&command_name(program, call, function))))
    })
}

/// `cli(auto_envvar_prefix="SHOP")` in the module of the command.
fn in_call<'s>(program: &Program<'s>, function: &FunctionRef<'s>) -> Option<String> {
    let file = function.frame.file();
    let marks = program.module(file)?.marks(&["auto_envvar_prefix"]);
    if marks.is_empty() {
        return None;
    }
    let mut prefix = None;
    program.walk_marked(file, &marks, &mut |node, frame| {
        let Node::Expression(Expr::Call(call)) = node else { return };
        let Some(given) = call.arguments.find_keyword("auto_envvar_prefix") else { return };
        let called = match program.fold(&call.func, frame) {
            // `cli.main(auto_envvar_prefix="SHOP")`
            Some(Object::Attribute(of, name)) if name == "main" => Some(*of),
            called => called,
        };
        if matches!(called, Some(Object::Function(called)) if std::ptr::eq(called.definition, function.definition)) {
            prefix = program.fold(&given.value, frame).as_ref().and_then(Object::as_text).map(cased);
        }
    });
    prefix
}

/// The group of `@group.command()`: the function that was made one.
fn group_of<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Option<FunctionRef<'s>> {
    match program.fold(&call.func, frame)? {
        Object::Attribute(of, name) if matches!(name.as_str(), "command" | "group") => match *of {
            Object::Function(group) => Some(group),
            _ => None,
        },
        _ => None,
    }
}

/// The name that the decorator gives, or the function's own without the endings that click 8.2 takes away.
fn command_name<'s>(program: &Program<'s>, call: &'s ExprCall, function: &FunctionRef<'s>) -> String {
    let given = call.arguments.find_argument_value("name", 0).and_then(|name| program.fold(name, &function.frame));
    if let Some(given) = given.as_ref().and_then(Object::as_text) {
        return given.to_owned();
    }
    let name = function.definition.name.as_str();
    let shortened = ["_command", "_cmd", "_group", "_grp"].iter().find_map(|end| name.strip_suffix(end));
    shortened.filter(|shortened| !shortened.is_empty()).unwrap_or(name).to_owned()
}

/// As `click.Context` writes a prefix.
pub(super) fn cased(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}
