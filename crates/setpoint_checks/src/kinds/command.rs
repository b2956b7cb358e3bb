//! Runs a command.

use crate::deadline::Deadline;
use crate::expect;
use crate::look::Look;
use crate::refusal::not_run;
use crate::scene::Scene;
use setpoint_model::register::{CommandCheck, ExpectedText};
use setpoint_model::{Failure, Reason};

/// The folder and the command are arguments, so that neither has to be quoted.
const IN_FOLDER: &str = "cd -- \"$1\" && eval \"$2\"";

pub(crate) fn subject(check: &CommandCheck) -> String {
    check.command.clone()
}

pub(crate) fn look(check: &CommandCheck, scene: &Scene<'_>, deadline: Deadline) -> Look {
    let folder = check.folder.as_ref().map_or_else(|| scene.folder.to_owned(), |folder| scene.folder.join(folder));
    let folder = folder.to_string_lossy();
    let said = match scene.host.run("sh", &["-c", IN_FOLDER, "sh", &folder, &check.command], deadline.left_or_none()) {
        Ok(said) => said,
        Err(refusal) => return Look::failed(not_run(&refusal, "sh")),
    };
    let mut look = Look::default();
    look.expect(exit(said.code, check.exit));
    let mut stream = |what: &str, bytes: &[u8], expected: &[ExpectedText]| {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_end_matches('\n');
        look.failures.extend(expected.iter().filter_map(|it| expect::text(what, text, it, Reason::WrongText)));
    };
    stream("standard output", &said.stdout, &check.stdout);
    stream("standard error", &said.stderr, &check.stderr);
    look.expect(expect::within("the command", check.within, deadline.elapsed()));
    if !look.failures.is_empty() {
        look.keep("stdout", &said.stdout);
        look.keep("stderr", &said.stderr);
    }
    look
}

fn exit(code: Option<i32>, wanted: u8) -> Option<Failure> {
    let found = match code {
        Some(code) if code == i32::from(wanted) => return None,
        Some(code) => format!("it ended with {code}"),
        None => "a signal ended it".to_owned(),
    };
    Some(Failure::new(Reason::WrongStatus, found, format!("{wanted}")))
}
