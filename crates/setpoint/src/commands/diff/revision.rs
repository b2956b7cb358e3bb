//! A revision of a git repository as a folder, made without touching the work tree or the index.

use super::state::EXPECTED;
use crate::command_error::CommandError;
use crate::terminal::{Ui, visible};
use setpoint_host::Output;
use setpoint_model::{Problem, Retry, nearest};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long git may take for one step with a large repository.
const PATIENCE: Duration = Duration::from_mins(2);

/// Unpacks a revision below `into`, and returns the folder there that stands for `beside`, else for the root.
pub(super) fn unpack(ui: &Ui<'_>, revision: &str, beside: Option<&Path>, into: &Path) -> Result<PathBuf, CommandError> {
    let (folder, below) = repository(ui, revision, beside)?;
    setpoint_change::trust_checkout(ui.host, Path::new(&folder)).map_err(|problem| {
        problem.hint(
            "git runs what the configuration of a checkout names; as the user whose checkout it is, that does no harm",
        )
    })?;
    let git = |arguments: &[&str]| ui.host.run("git", &[&["-C", &folder], arguments].concat(), PATIENCE);
    // A name that looks like an option is none.
    let commit = format!("{revision}^{{commit}}");
    let said = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?;
    if !said.succeeded() {
        let names = git(&["for-each-ref", "--format=%(refname:short)"])?;
        return Err(unknown(revision, &folder, &text(&names.stdout)).into());
    }
    let commit = text(&said.stdout);
    ui.say_to_who_waits(&format!("reading {}", visible(revision)));
    // `git archive` would leave out what `export-ignore` says; an index of our own has every file.
    let index = format!("GIT_INDEX_FILE={}", into.join("index").display());
    let tree = into.join("tree");
    let prefix = format!("--prefix={}/", tree.display());
    for step in [&["read-tree", commit.trim()][..], &["checkout-index", "--all", "--quiet", &prefix]] {
        let said = ui.host.run("env", &[&[&index, "git", "-C", &folder], step].concat(), PATIENCE)?;
        if !said.succeeded() {
            return Err(failed(&said).into());
        }
    }
    let folder = tree.join(&below);
    if ui.host.status(&folder).is_err() {
        let what = format!("`{revision}` has no folder `{}`", below.trim_end_matches('/'));
        let problem = Problem::input(what, "a revision that has the folder or a file in it", Retry::SafeOnceMended);
        return Err(problem.into());
    }
    Ok(folder)
}

/// The folder to ask git in, and its name below the top of the repository, empty for the top itself.
fn repository(ui: &Ui<'_>, revision: &str, beside: Option<&Path>) -> Result<(String, String), CommandError> {
    let mut last = None;
    for folder in beside.into_iter().chain([ui.root.as_path()]) {
        let folder = folder.display().to_string();
        let said = ui.host.run("git", &["-C", &folder, "rev-parse", "--show-prefix"], PATIENCE)?;
        if said.succeeded() {
            return Ok((folder, text(&said.stdout).trim_end_matches('\n').to_owned()));
        }
        last = Some((folder, said));
    }
    Err(match last {
        Some((_, said)) if !text(&said.stderr).contains("not a git repository") => failed(&said),
        Some(_) | None => {
            let what = format!("`{revision}` is no file or folder, and there is no git repository here");
            Problem::input(what, EXPECTED, Retry::SafeOnceMended)
        }
    }
    .into())
}

fn unknown(revision: &str, folder: &str, names: &str) -> Problem {
    let what = format!("`{revision}` is no file or folder, and no revision of the git repository around `{folder}`");
    let problem = Problem::input(what, EXPECTED, Retry::SafeOnceMended);
    match nearest(revision, names.lines()) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint("`git branch --all` and `git tag` list the names that there are"),
    }
}

/// What git says in its first line.
fn failed(said: &Output) -> Problem {
    let said = text(&said.stderr);
    let first = said.lines().next().unwrap_or("it does not say why").to_owned();
    Problem::machine(format!("git refused: {first}"), "git to read the repository", Retry::SafeOnceMended)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
