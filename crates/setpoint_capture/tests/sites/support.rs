//! How the tests look at a snapshot.

use setpoint_model::{Effective, Snapshot};
use std::fmt::Write as _;

/// A folder with these files.
pub(crate) fn folder(files: &[(&str, impl AsRef<[u8]>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "the test writes the folder that is captured")]
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// The defaults whose names start so: what wins, where the processes disagree, and each reading from the weakest.
pub(crate) fn picture(snapshot: &Snapshot, prefix: &str) -> String {
    let mut lines = String::new();
    let wins = |effective: &Effective| format!("{} by {}", effective.value.shown(), effective.layer);
    for default in snapshot.defaults.iter().filter(|default| default.name.starts_with(prefix)) {
        let effective = default.effective.as_ref().map_or("nothing".to_owned(), wins);
        writeln!(lines, "{} ({}): {effective}", default.name, default.mechanism).unwrap();
        for (process, effective) in &default.per_process {
            writeln!(lines, "  in {process}: {}", wins(effective)).unwrap();
        }
        for reading in &default.readings {
            let process = reading.process.as_deref().map(|process| format!(" [{process}]")).unwrap_or_default();
            writeln!(lines, "  {} {} {}{process}", reading.layer, reading.value.shown(), reading.place).unwrap();
        }
    }
    lines
}

/// What could not be read or understood, with the advice.
pub(crate) fn problems(snapshot: &Snapshot) -> String {
    let line = |problem: &setpoint_model::Problem| {
        let hint = problem.hint.as_deref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{problem}{hint}\n")
    };
    snapshot.problems.iter().map(line).collect()
}

/// The processes: what each runs, where it listens and whether it was seen running.
pub(crate) fn processes(snapshot: &Snapshot) -> String {
    let line = |process: &setpoint_model::ProcessState| {
        let or_none = |text: &Option<String>| text.clone().unwrap_or("-".to_owned());
        let (program, app, interpreter) =
            (or_none(&process.program), or_none(&process.app), or_none(&process.interpreter));
        let pid = process.pid.map_or("not running".to_owned(), |pid| format!("pid {pid}"));
        let live = if process.live { "live" } else { "not seen" };
        let reload = if process.needs_daemon_reload { ", needs daemon-reload" } else { "" };
        let name = &process.name;
        format!("{name}: {program} {app} by {interpreter}, {pid}, {live}, {:?}{reload}\n", process.listens)
    };
    snapshot.site.processes.iter().map(line).collect()
}
