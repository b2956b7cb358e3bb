//! The units of a change: how they are, and what makes them take up what was written.

use crate::{Direction, Event, Journal, Settle, UnitState};
use setpoint_host::{Access, Host, Output, Refusal};
use setpoint_model::{Problem, Retry};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Takes the secrets that are known out of a text.
pub(crate) type Scrub<'a> = &'a dyn Fn(&str) -> String;

/// systemd's own limits for a stop and a start are 90 s each where a unit does not say (`DefaultTimeoutStopSec=`,
/// systemd-system.conf(5)); a unit that hangs in both is given up after this.
const LIMIT: Duration = Duration::from_mins(5);
/// How long systemctl may take to tell how a unit is.
pub(crate) const LOOK: Duration = Duration::from_secs(20);

/// So much of the end of what a command of the register said is kept, in bytes.
const KEPT: usize = 64 << 10;
/// And no more in all: a few commands are run for a change.
const KEPT_IN_ALL: u64 = 1 << 20;

/// How the units are.
///
/// # Errors
/// systemd does not tell.
pub fn states(host: &dyn Host, units: &[impl AsRef<str>]) -> Result<Vec<UnitState>, Problem> {
    units.iter().map(|unit| state(host, unit.as_ref())).collect()
}

fn state(host: &dyn Host, unit: &str) -> Result<UnitState, Problem> {
    let said = host.run("systemctl", &["show", "--property=ActiveState,NRestarts", "--", unit], LOOK);
    let output = said.map_err(|refusal| refusal.problem())?;
    if !output.succeeded() {
        return Err(failed(&format!("systemctl show {unit}"), &output));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let property = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    Ok(UnitState {
        name: unit.to_owned(),
        active: property("ActiveState").unwrap_or("unknown").to_owned(),
        restarts: property("NRestarts").and_then(|count| count.parse().ok()).unwrap_or(0),
    })
}

/// The paths that units run from, as systemd has them: folders, programs, their arguments and environment files.
pub(crate) fn paths(host: &dyn Host, units: &[String]) -> BTreeSet<PathBuf> {
    let properties = "--property=WorkingDirectory,RootDirectory,ExecStart,EnvironmentFiles";
    let mut paths = BTreeSet::new();
    for unit in units {
        let said = host.run("systemctl", &["show", properties, "--", unit], LOOK).ok().filter(Output::succeeded);
        let text = said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let words = text.split([' ', '\t', '\n', '=', ';', '!']).filter(|word| word.starts_with('/'));
        paths.extend(words.map(PathBuf::from));
    }
    paths
}

/// A command of a plan: what is run, how it is shown, and how long it may take.
pub(crate) struct Command {
    words: Vec<String>,
    pub(crate) shown: String,
    limit: Duration,
    /// It is the person's own command, and not one of systemd.
    is_of_register: bool,
}

impl Command {
    /// What does one of a plan's last things.
    pub(crate) fn of(settle: &Settle, direction: Direction, site: &str) -> Self {
        let systemctl = |words: &[&str]| {
            let words: Vec<String> =
                std::iter::once(&"systemctl").chain(words).map(|word| (*word).to_owned()).collect();
            Self { shown: words.join(" "), words, limit: LIMIT, is_of_register: false }
        };
        match settle {
            Settle::ReloadManager => systemctl(&["daemon-reload"]),
            Settle::Reload(unit) => systemctl(&["reload", unit]),
            Settle::Restart(unit) => systemctl(&["restart", unit]),
            Settle::Command { forward, back, limit, folder, variables } => {
                let text = if direction == Direction::Forward { forward } else { back };
                // The folder is an argument, so that no character of it is taken for the shell's.
                let script = format!("cd -- \"$1\" || exit\n{text}");
                let place = folder.as_ref().map_or_else(|| site.to_owned(), |folder| folder.display().to_string());
                let mut words = vec!["env".to_owned()];
                words.extend(variables.iter().map(|(name, value)| format!("{name}={value}")));
                words.extend(["sh", "-c", &script, "sh", &place].map(str::to_owned));
                Self { words, shown: text.clone(), limit: *limit, is_of_register: true }
            }
        }
    }

    /// The same with words before a command of the register.
    #[must_use]
    pub(crate) fn within(mut self, around: Vec<String>) -> Self {
        if self.is_of_register {
            self.words.splice(0..0, around);
        }
        self
    }

    /// Runs it; the event says how that went. What a command of the register says is kept in a file of root alone.
    pub(crate) fn run(&self, host: &dyn Host, journal: &Journal, scrub: Scrub<'_>) -> (Event, Result<(), Problem>) {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let begun = host.elapsed();
        let said = host.run(words[0], &words[1..], self.limit);
        let code = said.as_ref().ok().and_then(|output| output.code);
        let event = Event::Ran { command: self.shown.clone(), code, took: host.elapsed().saturating_sub(begun) };
        let kept = said.as_ref().ok().filter(|_| self.is_of_register).and_then(|output| {
            let file = journal.path().with_file_name("output");
            keep(host, &file, &self.shown, output, scrub).ok().map(|()| file)
        });
        let done = match said {
            Ok(output) if output.succeeded() => Ok(()),
            Ok(output) if self.is_of_register => Err(ended(&self.shown, &output, kept.as_deref())),
            Ok(output) => Err(self.failed(host, begun, &output)),
            Err(Refusal::TimedOut(_)) => Err(Problem::machine(
                format!("`{}` did not end within {} s and was stopped", self.shown, self.limit.as_secs()),
                "it to end in time",
                Retry::Unsafe,
            )),
            Err(refusal) => Err(refusal.problem()),
        };
        (event, done)
    }

    /// What a unit said when it failed to start is in the journal of systemd, and may hold secrets: where it is found later,
    /// when the unit is well again.
    fn failed(&self, host: &dyn Host, begun: Duration, output: &Output) -> Problem {
        let [_, verb, unit] = self.words.as_slice() else { return failed(&self.shown, output) };
        let took = host.elapsed().saturating_sub(begun).as_secs() + 1;
        let since = host.now().timestamp().as_second().saturating_sub_unsigned(took);
        let what = format!(
            "`systemctl {verb} {unit}` ended with {}; `journalctl --unit={unit} --since=@{since}` says why",
            code_of(output)
        );
        Problem::machine(what, "code 0", Retry::Unsafe)
    }
}

/// A command of the register that ended with a failure. It knows the service's secrets, and what it says of them must not get
/// into a journal or a note.
fn ended(command: &str, output: &Output, kept: Option<&Path>) -> Problem {
    let what = format!("`{command}` ended with {}", code_of(output));
    let expected = kept.map_or("code 0 (what it said may hold secrets, and is not kept)".to_owned(), |file| {
        format!("code 0 (what it said, without the secrets that are known, is in `{}`)", file.display())
    });
    Problem::machine(what, expected, Retry::Unsafe)
}

/// Adds the end of what a command said to a file that its owner alone may read.
fn keep(host: &dyn Host, file: &Path, command: &str, output: &Output, scrub: Scrub<'_>) -> Result<(), Refusal> {
    let mut text = match host.read(file, KEPT_IN_ALL) {
        Ok(before) => before,
        Err(refusal) if refusal.is_missing() => Vec::new(),
        Err(refusal) => return Err(refusal),
    };
    text.extend(format!("$ {command}\n").into_bytes());
    for said in [&output.stdout, &output.stderr] {
        // A secret may be cut in two where the end begins, and would not be known: the line that is cut is left out.
        let end = &said[said.len().saturating_sub(KEPT)..];
        let begins =
            if end.len() == said.len() { 0 } else { end.iter().position(|byte| *byte == b'\n').unwrap_or(end.len()) };
        text.extend(scrub(&String::from_utf8_lossy(&end[begins..])).into_bytes());
    }
    text.extend(format!("[ended with {}]\n", code_of(output)).into_bytes());
    host.write_with(file, &text, Access::PRIVATE)
}

fn code_of(output: &Output) -> String {
    output.code.map_or("a signal".to_owned(), |code| format!("code {code}"))
}

/// A command that ended with a failure, with the end of what it said.
pub(crate) fn failed(command: &str, output: &Output) -> Problem {
    let code = code_of(output);
    let said = String::from_utf8_lossy(&output.stderr);
    let last =
        said.lines().rev().find(|line| !line.trim().is_empty()).map_or(String::new(), |line| format!(": {line}"));
    Problem::machine(format!("`{command}` ended with {code}{last}"), "code 0", Retry::Unsafe)
}
