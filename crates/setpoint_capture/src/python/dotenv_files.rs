//! The `.env` files that the code loads: `load_dotenv("config/shop.env")`, `env_file=` of pydantic-settings,
//! `environ.Env.read_env(BASE_DIR / ".env")`, `Config(".env")` of Starlette, python-decouple's `config`. A call that
//! names no file has the library look for one, each in its own way.

use super::Found;
use super::called::{Called, Callee};
use super::words::Word;
use setpoint_host::{Host, Kind};
use setpoint_python::ast::{Expr, ExprCall, Operator};
use setpoint_python::{Frame, Node, Object, Program};
use std::path::{Component, Path, PathBuf};

/// Of python-dotenv itself, and of the libraries that look for a file by themselves.
pub(super) const WORDS: [Word<'static>; 8] = [
    Word::Anywhere("dotenv"),
    Word::Anywhere("load_dotenv"),
    Word::Anywhere("dotenv_values"),
    Word::Anywhere("find_dotenv"),
    Word::Named("environ.Env"),
    Word::Named("environs"),
    Word::Named("starlette.config"),
    Word::Named("decouple"),
];

/// The functions whose calls name a file.
pub(super) const FUNCTIONS: [&str; 2] = ["load_dotenv", "dotenv_values"];

/// The keyword that names a file for one object of a settings class.
pub(super) const KEYWORDS: [Word<'static>; 1] = [Word::Anywhere("_env_file")];

/// A file as the code asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The module that asks, relative to the root.
    pub(super) module: String,
    pub(crate) sought: Sought,
}

/// How a file is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sought {
    /// By a path, of which what is known only when the code runs is left out in front.
    Path(String),
    /// The nearest of that name in the module's folder and those above it (`find_dotenv` of python-dotenv, `read_env`
    /// of environs).
    Upwards(String),
    /// The `.env` in the module's own folder (`read_env` of django-environ).
    Beside,
    /// The nearest `.env` as above, unless a `settings.ini` is as near (`AutoConfig` of python-decouple).
    NoSettingsIni,
    /// By a path that only running the code tells, which may be any of them.
    Unknown,
}

/// The usual name, which the libraries look for where the code names none.
const USUAL: &str = ".env";

pub(super) fn visit<'s>(program: &Program<'s>, called: &Called<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let sought = match &called.callee {
        Callee::External(name) => match name.as_str() {
            "dotenv.load_dotenv" | "dotenv.dotenv_values" if called.call.arguments.find_keyword("stream").is_some() => {
                return;
            }
            "dotenv.load_dotenv" | "dotenv.dotenv_values" => {
                of(program, called, "dotenv_path", frame, Some(Sought::Upwards(USUAL.to_owned())))
            }
            "environ.Env.read_env" => of(program, called, "env_file", frame, Some(Sought::Beside)),
            "starlette.config.Config" => of(program, called, "env_file", frame, None),
            "environs.env.read_env" => of(program, called, "path", frame, Some(Sought::Upwards(USUAL.to_owned()))),
            "decouple.RepositoryEnv" => of(program, called, "source", frame, None),
            "decouple.config" | "decouple.config.get" | "decouple.AutoConfig" => vec![Sought::NoSettingsIni],
            _ => return,
        },
        Callee::Instance(_, Some(method)) if method == "read_env" => {
            if called.on_instance_of(program, "environ.Env").is_some() {
                of(program, called, "env_file", frame, Some(Sought::Beside))
            } else if called.on_instance_of(program, "environs.Env").is_some() {
                of(program, called, "path", frame, Some(Sought::Upwards(USUAL.to_owned())))
            } else {
                return;
            }
        }
        Callee::Instance(..) => return,
    };
    found.ask_for(program, frame, sought);
}

/// `Settings(_env_file="prod.env")` of pydantic-settings.
pub(super) fn visit_node<'s>(program: &Program<'s>, node: &Node<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Node::Expression(Expr::Call(call)) = node else { return };
    if let Some(given) = call.arguments.find_keyword("_env_file") {
        found.ask_for(program, frame, by_paths(program, &given.value, frame));
    }
}

impl Found<'_> {
    /// Notes the files that a module asks for.
    pub(super) fn ask_for(&mut self, program: &Program<'_>, frame: &Frame<'_>, sought: Vec<Sought>) {
        let module = program.sources().path(frame.file());
        for sought in sought {
            let named = Named { module: module.to_owned(), sought };
            if !self.dotenv_files.contains(&named) {
                self.dotenv_files.push(named);
            }
        }
    }
}

/// What the call's first argument asks for; `usual` where it has none.
fn of<'s>(
    program: &Program<'s>,
    called: &Called<'s>,
    name: &str,
    frame: &Frame<'s>,
    usual: Option<Sought>,
) -> Vec<Sought> {
    match called.argument(name, 0) {
        Some(argument) => by_paths(program, argument, frame),
        None => usual.into_iter().collect(),
    }
}

/// What an expression asks for; of `BASE_DIR / "config" / ".env"` what is known of its end.
fn by_paths<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> Vec<Sought> {
    if let Some(upwards) = found_upwards(program, expression, frame) {
        return vec![Sought::Upwards(upwards)];
    }
    let known = program.fold(expression, frame);
    match (known.as_ref().map(sought), end_of(program, expression, frame)) {
        (Some(sought), _) if sought != [Sought::Unknown] => sought,
        (_, Some(end)) => vec![Sought::Path(end)],
        (_, None) => vec![Sought::Unknown],
    }
}

/// What an object asks for: `env_file=(".env", ".env.production")`, and nothing with `None`.
pub(super) fn sought(object: &Object<'_>) -> Vec<Sought> {
    match object {
        Object::None => Vec::new(),
        Object::Text(path) | Object::Path(path) => vec![Sought::Path(path.clone())],
        Object::Tuple(items) | Object::List(items) => items.iter().flat_map(sought).collect(),
        _ => vec![Sought::Unknown],
    }
}

/// The name that `find_dotenv()` looks for from the module's folder upwards.
fn found_upwards<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> Option<String> {
    let Expr::Call(call) = expression else { return None };
    (is_find_dotenv(program, call, frame) && call.arguments.find_keyword("usecwd").is_none())
        .then(|| name_of_found(program, call, frame))
        .flatten()
}

fn is_find_dotenv<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> bool {
    program.refer(&call.func, frame).is_some_and(|function| function.external() == Some("dotenv.find_dotenv"))
}

fn name_of_found<'s>(program: &Program<'s>, call: &'s ExprCall, frame: &Frame<'s>) -> Option<String> {
    match call.arguments.find_argument_value("filename", 0) {
        Some(name) => program.fold(name, frame)?.as_text().map(str::to_owned),
        None => Some(USUAL.to_owned()),
    }
}

/// The end of a path whose beginning is known only when the code runs.
fn end_of<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> Option<String> {
    match expression {
        Expr::BinOp(operation) if operation.op == Operator::Div => {
            let end = program.fold(&operation.right, frame)?.as_text()?.to_owned();
            Some(match end_of(program, &operation.left, frame) {
                Some(front) => format!("{front}/{end}"),
                None => end,
            })
        }
        Expr::Call(call) if is_find_dotenv(program, call, frame) => name_of_found(program, call, frame),
        Expr::Call(call) => match program.refer(&call.func, frame)?.external()? {
            "os.path.join" => {
                let known =
                    call.arguments.args.iter().map(|part| Some(program.fold(part, frame)?.as_text()?.to_owned()));
                let mut parts: Vec<String> = known.rev().map_while(|part| part).collect();
                parts.reverse();
                (!parts.is_empty()).then(|| parts.join("/"))
            }
            "str" | "pathlib.Path" | "os.path.abspath" => {
                let inner = call.arguments.args.first()?;
                let known = program.fold(inner, frame).as_ref().and_then(Object::as_text).map(str::to_owned);
                known.or_else(|| end_of(program, inner, frame))
            }
            _ => None,
        },
        _ => None,
    }
}

impl Named {
    /// The file, where it is there. A relative path is looked for in the folders in which the service is started, and
    /// in those around the module, since what stood in front of it may have been one of them.
    pub(crate) fn find(&self, host: &dyn Host, root: &Path, started_in: &[&Path]) -> Option<PathBuf> {
        let is_file = |path: &Path| host.status(path).is_ok_and(|status| status.kind == Kind::File);
        let around = || Path::new(&self.module).ancestors().skip(1).map(|folder| root.join(folder));
        match &self.sought {
            Sought::Path(named) => {
                let named = Path::new(named);
                if named.is_absolute() {
                    // Code that was downloaded is not to point capture at any file that it likes.
                    let name = named.file_name()?.to_str()?;
                    return (name.contains("env") && is_file(named)).then(|| named.to_owned());
                }
                let named: PathBuf = named.components().filter(|part| *part != Component::CurDir).collect();
                if named.components().any(|part| part == Component::ParentDir) {
                    return None;
                }
                let started_in = started_in.iter().map(|folder| (*folder).to_owned());
                started_in.chain([root.to_owned()]).chain(around()).map(|at| at.join(&named)).find(|path| is_file(path))
            }
            Sought::Upwards(name) => around().map(|folder| folder.join(name)).find(|path| is_file(path)),
            Sought::Beside => around().next().map(|folder| folder.join(USUAL)).filter(|path| is_file(path)),
            Sought::NoSettingsIni => {
                let nearest = around().find(|at| is_file(&at.join("settings.ini")) || is_file(&at.join(USUAL)))?;
                (!is_file(&nearest.join("settings.ini"))).then(|| nearest.join(USUAL))
            }
            Sought::Unknown => None,
        }
    }
}
