//! The `.env` files that the code names: `load_dotenv("config/shop.env")`, `env_file=` of pydantic-settings,
//! `environ.Env.read_env(BASE_DIR / ".env")`, `Config(".env")` of Starlette, `RepositoryEnv` of python-decouple.

use super::Found;
use super::called::{Called, Callee};
use super::words::Word;
use setpoint_host::{Host, Kind};
use setpoint_python::ast::{Expr, Operator};
use setpoint_python::{FileId, Frame, Object, Program};
use std::path::{Component, Path, PathBuf};

pub(super) const WORDS: [Word<'static>; 4] = [
    Word::Anywhere("dotenv"),
    Word::Anywhere("load_dotenv"),
    Word::Anywhere("dotenv_values"),
    Word::Anywhere("find_dotenv"),
];

/// The functions whose calls name a file.
pub(super) const FUNCTIONS: [&str; 5] = ["load_dotenv", "dotenv_values", "read_env", "Config", "RepositoryEnv"];

/// A file as the code names it.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// The module that names it.
    pub(super) by: FileId,
    /// A path, of which what is known only when the code runs is left out in front.
    pub(super) path: String,
}

pub(super) fn visit<'s>(program: &Program<'s>, called: &Called<'s>, frame: &Frame<'s>, found: &mut Found<'s>) {
    let Some(argument) = argument(program, called) else { return };
    let paths = paths_of(program, argument, frame);
    found.dotenv_files.extend(paths.into_iter().map(|path| Named { by: frame.file(), path }));
}

/// The argument that names the file.
fn argument<'s>(program: &Program<'s>, called: &Called<'s>) -> Option<&'s Expr> {
    let name = match &called.callee {
        Callee::External(name) => match name.as_str() {
            "dotenv.load_dotenv" | "dotenv.dotenv_values" => "dotenv_path",
            "environ.Env.read_env" | "starlette.config.Config" => "env_file",
            "environs.env.read_env" => "path",
            "decouple.RepositoryEnv" => "source",
            _ => return None,
        },
        Callee::Instance(_, Some(method)) if method == "read_env" => {
            if called.on_instance_of(program, "environ.Env").is_some() {
                "env_file"
            } else {
                called.on_instance_of(program, "environs.Env").map(|_| "path")?
            }
        }
        Callee::Instance(..) => return None,
    };
    called.argument(name, 0)
}

/// The paths that an expression names; of `BASE_DIR / "config" / ".env"` what is known of its end.
fn paths_of<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> Vec<String> {
    let known = program.fold(expression, frame).map(|object| texts(&object)).unwrap_or_default();
    if known.is_empty() { end_of(program, expression, frame).into_iter().collect() } else { known }
}

/// The texts that an object is or holds: `env_file=(".env", ".env.production")`.
pub(super) fn texts(object: &Object<'_>) -> Vec<String> {
    match object {
        Object::Text(path) | Object::Path(path) => vec![path.clone()],
        Object::Tuple(items) | Object::List(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn end_of<'s>(program: &Program<'s>, expression: &'s Expr, frame: &Frame<'s>) -> Option<String> {
    match expression {
        Expr::BinOp(operation) if operation.op == Operator::Div => {
            let end = program.fold(&operation.right, frame)?.as_text()?.to_owned();
            Some(match end_of(program, &operation.left, frame) {
                Some(front) => format!("{front}/{end}"),
                None => end,
            })
        }
        Expr::Call(call) => match program.refer(&call.func, frame)?.external()? {
            "os.path.join" => {
                let known =
                    call.arguments.args.iter().map(|part| Some(program.fold(part, frame)?.as_text()?.to_owned()));
                let mut parts: Vec<String> = known.rev().map_while(|part| part).collect();
                parts.reverse();
                (!parts.is_empty()).then(|| parts.join("/"))
            }
            "str" | "pathlib.Path" | "os.path.abspath" => paths_of(program, call.arguments.args.first()?, frame).pop(),
            "dotenv.find_dotenv" => match call.arguments.find_argument_value("filename", 0) {
                Some(name) => paths_of(program, name, frame).pop(),
                None => Some(".env".to_owned()),
            },
            _ => None,
        },
        _ => None,
    }
}

/// Where the named file is: below the folder in which services are usually started, or a folder around the module.
pub(super) fn find(host: &dyn Host, root: &Path, module: &str, named: &str) -> Option<PathBuf> {
    let is_file = |path: &Path| host.status(path).is_ok_and(|status| status.kind == Kind::File);
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
    let around = Path::new(module).ancestors().skip(1);
    std::iter::once(Path::new("")).chain(around).map(|folder| root.join(folder).join(&named)).find(|path| is_file(path))
}
