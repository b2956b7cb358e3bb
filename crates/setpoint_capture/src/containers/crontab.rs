//! Crontabs: each command of a line that runs Python is a process.
//!
//! A process is called by what it runs, `cron:shop.sync`. Where several lines run the same, what tells them apart is
//! added, one after the other as far as it takes: the options that stand on the line (never their values, which may be
//! secrets), the schedule, the crontab, and last of all a number. So a line that is added above another one leaves the
//! other's name as it is, unless it runs the very same.

use super::{Source, Started, sourced};
use crate::Assignment;
use crate::launch::{self, Standing};
use crate::source::Origin;
use setpoint_formats::command_line::{Command, SetVariable, shell};
use setpoint_formats::crontab::{self, Entry, Owner};
use setpoint_formats::{Lines, Traced, Word};
use setpoint_host::Host;
use setpoint_model::{Layer, Problem, Retry};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Variables that are for cron itself (crontab(5)). The zone of a schedule, `CRON_TZ`, is a value of the service.
const OF_CRON: [&str; 6] = ["SHELL", "MAILTO", "MAILFROM", "LOGNAME", "CONTENT_TYPE", "CONTENT_TRANSFER_ENCODING"];
/// Scripts that start scripts are followed so far and no further.
const DEEPEST: usize = 4;
/// More than a site does by the clock.
const MOST_JOBS: usize = 1000;
/// And more scripts than it has for that.
const MOST_SCRIPTS: usize = 200;

/// Finds the file of the tree that a command calls so, which is started in the folder that is given before it, if any.
pub(crate) type Find<'f> = &'f dyn Fn(Option<&str>, &str) -> Option<PathBuf>;

/// A command that cron runs.
struct Job {
    line: Line,
    command: Command,
}

/// The line that runs a command, be it by a script.
#[derive(Clone)]
struct Line {
    entry: Rc<Entry>,
    table: Rc<Source>,
    /// Where the command stands: in the crontab, or in a script that it starts.
    stands_in: Rc<Source>,
    /// What is set for the script that the command stands in, each with the file that sets it.
    given: Vec<(Rc<Source>, SetVariable)>,
    /// In how many scripts it stands, one in the other.
    depth: usize,
}

/// Reads the site's crontabs. What else a machine does by the clock is none of the service's: only what runs Python, or
/// a program of a virtual environment, is a process, be it in a shell script of the tree.
pub(crate) fn crontabs(
    host: &dyn Host,
    files: &[(PathBuf, Owner)],
    shown: &dyn Fn(&Path) -> String,
    find: Find<'_>,
) -> Started {
    let mut reader = Reader { host, shown, find, started: Started::default(), jobs: Vec::new(), scripts: 0 };
    for (path, owner) in files {
        reader.read(path, *owner);
    }
    let Reader { mut started, jobs, .. } = reader;
    for (job, name) in jobs.iter().zip(names(&jobs)) {
        let own = started.deployment.assignments.len();
        started.deployment.assignments.extend(job.line.variables_of_table(&name));
        started.deployment.assignments.extend(job.line.variables_of_scripts(&name));
        for file in &job.command.sourced {
            sourced::read(host, file, job.command.directory.as_ref(), &name, shown, find, &mut started);
        }
        started.launch(&name, vec![job.command.clone()], job.line.stands_in.text(), own);
    }
    started
}

struct Reader<'a> {
    host: &'a dyn Host,
    shown: &'a dyn Fn(&Path) -> String,
    find: Find<'a>,
    started: Started,
    jobs: Vec<Job>,
    /// How many scripts were looked at.
    scripts: usize,
}

impl Reader<'_> {
    fn load(&mut self, path: &Path) -> Option<Rc<Source>> {
        let shown = (self.shown)(path);
        let bytes = self.started.load(self.host, Origin { path, shown: &shown, process: None })?;
        let lines = Lines::of(&bytes);
        Some(Rc::new(Source { path: path.to_owned(), shown, bytes, lines }))
    }

    fn read(&mut self, path: &Path, owner: Owner) {
        let Some(table) = self.load(path) else { return };
        self.started.other_files.push(path.to_owned());
        let (entries, complaints) = crontab::parse(&table.bytes, owner);
        self.started.complain(complaints, table.text().origin, &table.bytes);
        for entry in entries.into_iter().map(Rc::new) {
            let commands = shell(&entry.command, &|name| variable(&entry, name));
            self.started.lines.push(entry.command.as_str().to_owned());
            let (table, stands_in) = (Rc::clone(&table), Rc::clone(&table));
            self.follow(commands, &Line { entry, table, stands_in, given: Vec::new(), depth: 0 });
        }
    }

    /// Takes the commands that run Python, and reads the scripts of the tree.
    fn follow(&mut self, commands: Vec<Command>, line: &Line) {
        for command in commands {
            if self.jobs.len() >= MOST_JOBS {
                return;
            }
            if is_known_only_when_it_runs(&command) {
                self.started.deployment.problems.push(not_followed(&command, &line.stands_in));
            } else if let Some((commands, line)) = self.commands_of_script(&command, line) {
                self.follow(commands, &line);
            } else if runs_python(&command) {
                self.jobs.push(Job { line: line.clone(), command });
            }
        }
    }

    /// The commands of a shell script of the tree, each with what the command gives to the script.
    fn commands_of_script(&mut self, command: &Command, line: &Line) -> Option<(Vec<Command>, Line)> {
        if line.depth >= DEEPEST || self.scripts >= MOST_SCRIPTS {
            return None;
        }
        let path = self.script(command)?;
        self.scripts += 1;
        let script = self.load(&path)?;
        let text = shell_script(&script)?;
        self.started.other_files.push(path);
        self.started.lines.push(text.to_owned());
        let own = command.variables.iter().map(|set| (Rc::clone(&line.stands_in), set.clone()));
        let given: Vec<_> = line.given.iter().cloned().chain(own).collect();
        let set = |name: &str| {
            let own = given.iter().rfind(|(_, set)| set.name == name);
            own.map(|(_, own)| own.value.as_str().to_owned()).or_else(|| variable(&line.entry, name))
        };
        let mut commands = shell(&Traced::verbatim(text, 0), &set);
        for inner in &mut commands {
            inner.sourced.splice(0..0, command.sourced.iter().cloned());
            inner.directory = inner.directory.take().or_else(|| command.directory.clone());
        }
        let depth = line.depth + 1;
        Some((commands, Line { stands_in: Rc::clone(&script), given, depth, ..line.clone() }))
    }

    /// The file of the tree that a command runs as a script: `/srv/shop/nightly.sh`, `bash nightly.sh`.
    fn script(&self, command: &Command) -> Option<PathBuf> {
        let is_shell = matches!(command.program_name(), "sh" | "bash" | "dash" | "ash" | "zsh");
        let named = if is_shell {
            command.arguments().iter().map(Word::as_str).find(|word| !word.starts_with(['-', '+']))?
        } else {
            // A bare name is looked for in `PATH`.
            let named = Some(command.program()).filter(|program| {
                program.contains('/') || Path::new(program).extension().is_some_and(|extension| extension == "sh")
            });
            named.filter(|program| !is_python_file(program) && !command.program_name().starts_with("python"))?
        };
        (self.find)(command.directory.as_ref().map(Word::as_str), named)
    }
}

/// The text of a shell script; `None` for another program's.
fn shell_script(script: &Source) -> Option<&str> {
    let text = str::from_utf8(&script.bytes).ok()?;
    let of_shell = |line: &str| {
        let mut words = line.split(['/', ' ', '\t']).filter(|word| !word.is_empty());
        words.any(|word| matches!(word, "sh" | "bash" | "dash" | "ash" | "zsh"))
    };
    let is_shell = match text.strip_prefix("#!") {
        Some(program) => of_shell(program.lines().next().unwrap_or_default()),
        None => script.path.extension().is_some_and(|extension| extension == "sh" || extension == "bash"),
    };
    is_shell.then_some(text)
}

fn variable(entry: &Entry, name: &str) -> Option<String> {
    let set = entry.environment.iter().find(|set| set.name == name)?;
    Some(set.value.as_str().to_owned())
}

impl Line {
    /// What the lines above set for it. Nothing is expanded, so that a `$` is a `$`.
    fn variables_of_table<'l>(&'l self, process: &'l str) -> impl Iterator<Item = Assignment> + 'l {
        let standing = self.table.standing(Layer::UnitEnvironment, process);
        let own = self.entry.environment.iter().filter(|set| !OF_CRON.contains(&set.name.as_str()));
        own.map(move |set| assignment(set, standing))
    }

    /// What is set for the scripts around it.
    fn variables_of_scripts<'l>(&'l self, process: &'l str) -> impl Iterator<Item = Assignment> + 'l {
        let given = self.given.iter();
        given.map(move |(file, set)| {
            launch::unless_it_refers(assignment(set, file.standing(Layer::CommandLine, process)))
        })
    }
}

/// A variable that stands there.
pub(super) fn assignment(set: &SetVariable, standing: Standing<'_>) -> Assignment {
    standing.variable(&set.name, set.value.as_str(), set.value.text.span().unwrap_or(set.value.span))
}

impl Job {
    /// Its name by what it runs, and by ever more of what tells it from others that run the same.
    fn names(&self) -> [String; 4] {
        let runs = format!("cron:{}", what_it_runs(&self.command));
        let options: Vec<&str> = self.command.arguments().iter().filter_map(long_option).collect();
        let with_options = [vec![runs.as_str()], options].concat().join(" ");
        let at = format!("{with_options} at {}", self.line.entry.schedule);
        let of_table = format!("{at} of {}", self.line.table.shown);
        [runs, with_options, at, of_table]
    }
}

/// A name for each job, none twice.
fn names(jobs: &[Job]) -> Vec<String> {
    let candidates: Vec<[String; 4]> = jobs.iter().map(Job::names).collect();
    let mut chosen: Vec<String> = candidates.iter().map(|[first, ..]| first.clone()).collect();
    for level in 1..4 {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        chosen.iter().for_each(|name| *counts.entry(name).or_default() += 1);
        let longer = candidates
            .iter()
            .zip(&chosen)
            .map(|(names, name)| if counts[name.as_str()] > 1 { names[level].clone() } else { name.clone() });
        chosen = longer.collect();
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for name in &mut chosen {
        let times = seen.entry(name.clone()).or_default();
        *times += 1;
        if *times > 1 {
            *name = format!("{name} ({times})");
        }
    }
    chosen
}

/// `--full` of `--full` and `--day=monday`: the name of a long option alone.
fn long_option(word: &Word) -> Option<&str> {
    let name = word.as_str().split('=').next()?;
    let letters =
        name.strip_prefix("--").filter(|letters| letters.starts_with(|letter: char| letter.is_ascii_lowercase()))?;
    letters.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'_').then_some(name)
}

/// True for an interpreter, a Python file, or a program beside an interpreter of one's own.
fn runs_python(command: &Command) -> bool {
    const OF_THE_SYSTEM: [&str; 6] = ["/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin", "/usr/local/sbin"];
    let folder = Path::new(command.program()).parent().and_then(Path::to_str).unwrap_or_default();
    let is_of_environment =
        folder.ends_with("/bin") && !OF_THE_SYSTEM.contains(&folder) && !folder.starts_with("/usr/lib/");
    let is_script = Path::new(command.program()).extension().is_some_and(|extension| extension == "sh");
    command.program_name().starts_with("python")
        || is_python_file(command.program())
        || (is_of_environment && !is_script)
}

/// True for Python of which no file says what it runs: `"$PYTHON" -m shop.sync`, `python -m "$JOB"`.
fn is_known_only_when_it_runs(command: &Command) -> bool {
    let refers = |word: &str| word.contains(['$', '`']);
    let words = || command.words.iter().map(Word::as_str);
    if refers(command.program()) && !runs_python(command) {
        return words().skip(1).any(|word| word == "-m" || is_python_file(word));
    }
    runs_python(command) && refers(&what_it_runs(command))
}

fn not_followed(command: &Command, stands_in: &Source) -> Problem {
    let what = format!("`{}` runs Python, and only running it tells which", stands_in.shown);
    let span = command.words[0].span;
    let problem = Problem::input(what, "the interpreter and the module or script written out", Retry::SafeOnceMended);
    problem.at(stands_in.lines.place(&stands_in.shown, &stands_in.bytes, span)).hint("what it reads is not known")
}

fn is_python_file(word: &str) -> bool {
    Path::new(word).extension().is_some_and(|extension| extension == "py")
}

/// `shop.import_prices` of `python -m shop.import_prices`, `manage.py clearsessions`, `shop-sync`.
fn what_it_runs(command: &Command) -> String {
    let words: Vec<&str> = command.words.iter().map(Word::as_str).collect();
    if let Some(module) = words.iter().skip_while(|word| **word != "-m").nth(1) {
        return (*module).to_owned();
    }
    let script = words.iter().position(|word| is_python_file(word)).unwrap_or(0);
    let file = words[script].rsplit('/').next().unwrap_or_default();
    let subcommand = words.iter().skip(script + 1).find(|word| file == "manage.py" && !word.starts_with('-'));
    subcommand.map_or_else(|| file.to_owned(), |subcommand| format!("{file} {subcommand}"))
}
