//! Which processes run which files of the code.

use crate::library_call::LibraryCall;
use crate::site::is_of_others;
use setpoint_model::ProcessState;
use setpoint_python::ast::{Expr, ExprCall, Stmt};
use setpoint_python::{FileId, Node, Program};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// The files that each process imports for certain, where it is known with which module it starts.
pub(super) fn imports(program: &Program<'_>, processes: &[ProcessState]) -> BTreeMap<String, BTreeSet<String>> {
    let of_process = |process: &ProcessState| {
        let reached = program.imported_by(entries(program, process)?);
        let files = reached.into_iter().map(|file| program.sources().path(file).to_owned());
        Some((process.name.clone(), files.collect()))
    };
    processes.iter().filter_map(of_process).collect()
}

/// Notes for each call the processes that import its file.
pub(super) fn note(
    imports: &BTreeMap<String, BTreeSet<String>>,
    processes: &[ProcessState],
    calls: &mut [LibraryCall],
) {
    for call in calls {
        let imports_it = |name: &&String| imports.get(*name).is_some_and(|files| files.contains(&call.place.file));
        call.imported_by = processes.iter().map(|process| &process.name).filter(imports_it).cloned().collect();
    }
}

/// The files that each process may import, where all of it can be followed. Nobody needs to know of a single process.
pub(super) fn reach(program: &Program<'_>, processes: &[ProcessState]) -> BTreeMap<String, BTreeSet<String>> {
    if processes.len() < 2 {
        return BTreeMap::new();
    }
    let importable: BTreeSet<String> = program.sources().ids().map(|file| program.module_name(file)).collect();
    let mut known: HashMap<FileId, Option<Vec<FileId>>> = HashMap::new();
    let of_process = |process: &ProcessState| {
        if process.program.as_deref().is_some_and(is_of_others) {
            return Some((process.name.clone(), BTreeSet::new()));
        }
        let mut pending = entries(program, process)?;
        pending.extend(configuration(program, process));
        let mut reached = BTreeSet::new();
        while let Some(file) = pending.pop() {
            if reached.insert(file) {
                let followed = known.entry(file).or_insert_with(|| followed(program, file, &importable));
                pending.extend(followed.as_ref()?);
            }
        }
        let files = reached.into_iter().map(|file| program.sources().path(file).to_owned());
        Some((process.name.clone(), files.collect()))
    };
    processes.iter().filter_map(of_process).collect()
}

/// What a file imports: by its statements, and by every text that is the name of a module of the tree, since somebody
/// may import it by that. `None` where only running it tells.
fn followed(program: &Program<'_>, file: FileId, importable: &BTreeSet<String>) -> Option<Vec<FileId>> {
    let module = program.module(file)?;
    let mut is_open = module.syntax_errors().next().is_some();
    let mut files = Vec::new();
    program.walk(file, &mut |node, _| match node {
        Node::Statement(statement) => {
            let found = program.imports_of(statement, file);
            is_open |= imported_names(statement).any(|name| {
                let top = name.split('.').next().unwrap_or(name);
                // Django imports its applications by their names, and what lies in them by theirs. A module that the
                // tree has and that is not found is found by a path that is made elsewhere: `PYTHONPATH`.
                top == "django" || (found.is_empty() && importable.contains(top) && !program.is_loaded_already(top))
            });
            files.extend(found);
        }
        Node::Expression(Expr::StringLiteral(text)) => files.extend(named(program, text.value.to_str(), file)),
        Node::Expression(Expr::FString(text)) => {
            let literals = text.value.elements().filter_map(|element| element.as_literal());
            files.extend(literals.flat_map(|literal| named(program, literal.trim_end_matches('.'), file)));
        }
        Node::Expression(Expr::Call(call)) => is_open |= imports_what_only_running_tells(call),
        // Where modules are looked for is changed: `sys.path.insert(0, folder)`.
        Node::Expression(Expr::Attribute(path)) => {
            is_open |= path.attr.as_str() == "path" && path.value.as_name_expr().is_some_and(|name| name.id == "sys");
        }
        Node::Expression(_) | Node::Class(_) | Node::Function(_) | Node::Body(_) => {}
    });
    (!is_open).then_some(files)
}

/// The modules of an import by their full names; none of a relative one.
fn imported_names(statement: &Stmt) -> impl Iterator<Item = &str> {
    let names: Vec<&str> = match statement {
        Stmt::Import(import) => import.names.iter().map(|alias| alias.name.as_str()).collect(),
        Stmt::ImportFrom(import) if import.level == 0 => {
            import.module.iter().map(setpoint_python::ast::Identifier::as_str).collect()
        }
        _ => Vec::new(),
    };
    names.into_iter()
}

/// The module that a text names, with the packages around it: `shop.main:app`, `shop.config.Production`.
fn named(program: &Program<'_>, text: &str, from: FileId) -> Vec<FileId> {
    let dotted = text.split(':').next().unwrap_or_default();
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    if dotted.is_empty() || dotted.len() > LONGEST_NAME || !dotted.chars().all(is_name) {
        return Vec::new();
    }
    program.packages_and_module(dotted, from)
}

/// Nobody writes longer names of modules.
const LONGEST_NAME: usize = 200;

/// True for a call that imports what it finds, or what it is told by more than a text.
fn imports_what_only_running_tells(call: &ExprCall) -> bool {
    let function = match &*call.func {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return false,
    };
    match function {
        "import_module" | "__import__" | "import_string" | "run_module" => {
            let text = call.arguments.args.first().and_then(Expr::as_string_literal_expr);
            text.is_none_or(|text| text.value.to_str().starts_with('.'))
        }
        // A class or module as a rule, and else a text.
        "from_object" => call.arguments.args.first().is_none_or(|argument| match argument {
            Expr::StringLiteral(_) | Expr::Attribute(_) => false,
            Expr::Name(name) => !name.id.starts_with(char::is_uppercase),
            _ => true,
        }),
        "exec"
        | "execfile"
        | "walk_packages"
        | "iter_modules"
        | "entry_points"
        | "iter_entry_points"
        | "load_entry_point"
        | "autodiscover_tasks"
        | "find_modules"
        | "run_path"
        | "exec_module"
        | "spec_from_file_location"
        | "load_module" => true,
        _ => false,
    }
}

/// The files that a process starts with: of an application object or module, `shop.main:app`, with the packages around
/// it, or a script by its path on the machine, of which the tree may have only the end.
fn entries(program: &Program<'_>, process: &ProcessState) -> Option<Vec<FileId>> {
    let app = process.app.as_deref()?;
    let sources = program.sources();
    if Path::new(app).extension().is_some_and(|extension| extension == "py") {
        let path = Path::new(process.folder.as_deref().unwrap_or_default()).join(app);
        let path = path.to_str()?.replace("/./", "/");
        let mut path = path.trim_start_matches(['/', '.']);
        while sources.find(path).is_none() {
            path = path.split_once('/')?.1;
        }
        return Some(vec![sources.find(path)?]);
    }
    let module = app.split(':').next()?;
    let from = sources.ids().next()?;
    // `python -m shop` runs `shop/__main__.py`, and `celery -A shop` looks for its application in `shop.celery` too.
    let inner = ["__main__", "celery"].map(|inner| format!("{module}.{inner}"));
    let inner = inner.iter().find(|inner| program.find_module(inner, from).is_some());
    let dotted = inner.map_or(module, String::as_str);
    program.find_module(dotted, from)?;
    Some(program.packages_and_module(dotted, from))
}

/// Files of Python that a server reads as its configuration, wherever they lie.
fn configuration(program: &Program<'_>, process: &ProcessState) -> Vec<FileId> {
    let is_it = |name: &str| match process.program.as_deref() {
        Some("gunicorn") => name.contains("gunicorn"),
        Some("hypercorn") => name.contains("hypercorn"),
        Some("celery") => name == "celeryconfig.py",
        Some(_) | None => false,
    };
    let sources = program.sources();
    sources.ids().filter(|file| is_it(sources.path(*file).rsplit('/').next().unwrap_or_default())).collect()
}
