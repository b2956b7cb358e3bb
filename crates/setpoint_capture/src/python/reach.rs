//! Which processes run which files of the code.

use crate::library_call::LibraryCall;
use setpoint_model::ProcessState;
use setpoint_python::{FileId, Program};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The files that each process imports, where it is known with which module it starts.
pub(super) fn imports(program: &Program<'_>, processes: &[ProcessState]) -> BTreeMap<String, BTreeSet<String>> {
    let of_process = |process: &ProcessState| {
        let reached = program.imported_by([entry(program, process.app.as_deref()?)?]);
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

/// The module that a process starts with: of an application object or module, `shop.main:app`, or a script by its
/// path on the machine, of which the tree may have only the end.
fn entry(program: &Program<'_>, app: &str) -> Option<FileId> {
    let sources = program.sources();
    if Path::new(app).extension().is_some_and(|extension| extension == "py") {
        let mut path = app.trim_start_matches('/');
        while sources.find(path).is_none() {
            path = path.split_once('/')?.1;
        }
        return sources.find(path);
    }
    let module = app.split(':').next()?;
    let from = sources.ids().next()?;
    // `python -m shop` runs `shop/__main__.py`, and `celery -A shop` looks for its application in `shop.celery` too.
    let inner = ["__main__", "celery"].map(|inner| program.find_module(&format!("{module}.{inner}"), from));
    inner.into_iter().flatten().next().or_else(|| program.find_module(module, from))
}
