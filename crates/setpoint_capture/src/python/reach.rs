//! Which processes run the code in which a call stands.

use crate::library_call::LibraryCall;
use setpoint_model::ProcessState;
use setpoint_python::{FileId, Program};
use std::path::Path;

/// Notes for each call the processes whose application imports its file.
pub(super) fn note(program: &Program<'_>, processes: &[ProcessState], calls: &mut [LibraryCall]) {
    if calls.is_empty() {
        return;
    }
    for process in processes {
        let Some(entry) = process.app.as_deref().and_then(|app| entry(program, app)) else { continue };
        let reached = program.imported_by([entry]);
        for call in calls.iter_mut() {
            if program.sources().find(&call.place.file).is_some_and(|file| reached.contains(&file)) {
                call.imported_by.push(process.name.clone());
            }
        }
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
