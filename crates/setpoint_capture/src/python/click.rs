//! Options of click commands: `@click.option("--workers", default=2, envvar="SHOP_WORKERS")`, with the variables that
//! `auto_envvar_prefix` gives them (click's documentation, "Values from Environment Variables").

use super::called::last_name;
use super::words::Word;
use super::{Found, declare, envvar_prefix};
use crate::options::Takes;
use crate::{Clear, Declaration, OptionUse, Sensitive};
use setpoint_model::{Mechanism, Value};
use setpoint_python::ast::{Expr, ExprCall, Ranged as _};
use setpoint_python::{Frame, Node, Object, Program};

pub(super) const WORDS: [Word<'static>; 4] = [
    Word::Anywhere(".option("),
    Word::Anywhere("@option("),
    Word::Anywhere("import option"),
    Word::Anywhere("click.Option"),
];

pub(super) fn visit<'s>(program: &Program<'s>, node: &Node<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let is_option = |call: &'s ExprCall| {
        (found.renames || last_name(&call.func) == Some("option")) && is_click(program, call, frame, "option")
    };
    let declared: Vec<Declaration> = match node {
        Node::Function(function) => {
            let decorators = function.definition.decorator_list.iter();
            let calls = decorators.filter_map(|each| each.expression.as_call_expr());
            let options: Vec<&ExprCall> = calls.filter(|call| is_option(call)).collect();
            let prefix = if options.is_empty() { None } else { envvar_prefix::of_command(program, function) };
            let command = Some(function.definition.name.as_str());
            options.into_iter().filter_map(|call| option(program, call, frame, prefix.as_deref(), command)).collect()
        }
        // An option that several commands share has a name, or stands in a list or a function that gives it to them.
        Node::Expression(Expr::Call(call)) if is_option(call) && !is_decorator(program, call, frame) => {
            option(program, call, frame, None, None).into_iter().collect()
        }
        Node::Expression(_) | Node::Statement(_) | Node::Class(_) | Node::Body(_) => return,
    };
    found.declarations.extend(declared);
}

/// True for a call that stands behind an `@`.
fn is_decorator(program: &Program<'_>, call: &ExprCall, frame: &Frame<'_>) -> bool {
    let before = program.module(frame.file()).and_then(|module| module.source().get(..call.range().start().to_usize()));
    before.is_some_and(|before| before.trim_end().ends_with('@'))
}

fn is_click<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>, name: &str) -> bool {
    let function = program.fold(&call.func, frame);
    let external = function.as_ref().and_then(Object::external);
    external.is_some_and(|full| {
        full.split('.').next().is_some_and(|top| top.contains("click")) && full.ends_with(&format!(".{name}"))
    })
}

fn option<'s>(
    program: &Program<'s>,
    call: &'s ExprCall,
    frame: &Frame<'s>,
    prefix: Option<&str>,
    command: Option<&str>,
) -> Option<Declaration> {
    let texts = call.arguments.args.iter().filter_map(|argument| program.fold(argument, frame));
    let texts: Vec<String> = texts.filter_map(|text| text.as_text().map(str::to_owned)).collect();
    let names = OptionNames::of(&texts)?;
    let keyword = |name: &str| call.arguments.find_keyword(name).map(|keyword| &keyword.value);
    let says = |name: &str| keyword(name).and_then(|value| program.fold(value, frame)).and_then(|value| value.truth());

    let mut declaration = declare::declaration(program, Mechanism::Click, &names.longest, call, frame);
    if let Some(command) = command {
        declaration.symbol = Some(command.to_owned());
    }
    declaration.aliases = names.others;
    declaration.variables = variables_of(program, call, frame);
    if says("allow_from_autoenv") != Some(false) {
        let own = prefix.map(|prefix| format!("{prefix}_{}", names.destination.to_uppercase()));
        declaration.variables.extend(own);
    }
    declaration.description = help_of(program, call, frame);
    let is_flag = says("is_flag").unwrap_or(!names.off.is_empty());
    declaration.type_name = match keyword("type") {
        Some(written) => program.module(frame.file()).map(|module| module.text(written).to_owned()),
        None => is_flag.then(|| "bool".to_owned()),
    };
    // Counted ones, those of several values and flags that stand for a value of their own are not followed.
    let is_special = ["count", "nargs", "flag_value"].iter().any(|name| keyword(name).is_some());
    declaration.option = (!is_special).then(|| OptionUse {
        takes: match (is_flag, says("multiple") == Some(true)) {
            (true, _) => Takes::Nothing(true),
            (false, true) => Takes::Several,
            (false, false) => Takes::Text,
        },
        off: names.off,
    });
    match keyword("default") {
        Some(_) if says("expose_value") == Some(false) => {}
        Some(default) => declare::give_or_call(&mut declaration, program, default, frame),
        None if says("required") == Some(true) => declaration.required = true,
        // An option that only does something, such as `--version`, has no value.
        None if says("expose_value") == Some(false) => {}
        None if is_flag => declaration.value = Clear::Constant(Sensitive::new(Value::Bool(false))),
        None if says("count") == Some(true) => declaration.value = Clear::Constant(Sensitive::new(Value::Integer(0))),
        None => {}
    }
    declaration.secret = says("hide_input") == Some(true);
    Some(declaration)
}

/// `envvar="SHOP_WORKERS"`, or a list of them.
pub(super) fn variables_of<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Vec<String> {
    let given = call.arguments.find_keyword("envvar").and_then(|keyword| program.fold(&keyword.value, frame));
    match given {
        Some(Object::Text(variable)) => vec![variable],
        Some(Object::List(items) | Object::Tuple(items)) => {
            items.iter().filter_map(Object::as_text).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn help_of<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Option<String> {
    let help = program.fold(&call.arguments.find_keyword("help")?.value, frame)?;
    help.as_text().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The names of an option: `"--reload/--no-reload"`, `"-w"`, `"--workers"`, `"count"`.
pub(super) struct OptionNames {
    pub(super) longest: String,
    pub(super) others: Vec<String>,
    /// The parameter's name.
    pub(super) destination: String,
    /// Those of the others that switch it off.
    pub(super) off: Vec<String>,
}

impl OptionNames {
    /// `None` if none of them is an option's name.
    pub(super) fn of(texts: &[String]) -> Option<Self> {
        let on =
            texts.iter().filter(|text| text.starts_with('-')).map(|text| text.split('/').next().unwrap_or(text).trim());
        let mut names: Vec<String> = on.map(str::to_owned).collect();
        // The first of the longest: click and argparse take the first long name.
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let longest = names.first()?.clone();
        let off = texts.iter().filter(|text| text.starts_with('-')).filter_map(|text| text.split_once('/'));
        let off: Vec<String> = off.map(|(_, off)| off.trim().to_owned()).collect();
        names.extend(off.iter().cloned());
        let plain = texts.iter().find(|text| !text.starts_with('-'));
        let destination = plain.cloned().unwrap_or_else(|| longest.trim_start_matches('-').replace('-', "_"));
        Some(Self { longest, others: names.split_off(1), destination, off })
    }
}
