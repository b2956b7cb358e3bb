//! `setpoint docs`: the pages that are committed beside the code.

use crate::checkout;
use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::report::defaults::Extent;
use crate::report::problem;
use crate::survey::{self, Survey};
use crate::terminal::{NOTE, Ui};
use setpoint_capture::{Libraries, Processes};
use setpoint_docs::{MARK, Pages};
use setpoint_host::Host;
use setpoint_model::{Place, Problem, Retry};
use setpoint_rules::{Facts, shell_word};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Write `.env.example`, a Markdown page and an HTML page of every default
///
/// The pages are made from the code, the deployment's files and the register. They hold nothing that differs between
/// two checkouts of the same tree, so that they can be committed and `--check` can tell in CI whether they are fresh:
/// no day, no line number, no running process, no file that git ignores. Values of secrets are never written. A file
/// that this command did not write is never replaced.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint docs                             writes docs/setpoint/ below the root
  setpoint docs --check                     exits 1 and shows the difference where a page is stale
  setpoint docs --output /tmp/pages         writes somewhere else")]
pub(crate) struct Args {
    #[command(flatten)]
    site: SiteArguments,
    /// Folder for the pages [default: `docs/setpoint` in the root]
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Write nothing; exit 1 and show the difference where a page is stale or missing
    #[arg(long)]
    check: bool,
}

/// Where the pages go, below the root.
const FOLDER: &str = "docs/setpoint";
/// Longer than any page, in bytes.
const LONGEST: u64 = 64 << 20;
/// The bytes of a page in which its mark stands.
const HEAD: usize = 300;

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    // An environment's live units are the machine's: they are looked at only where `--unit` asks for them.
    if let Some(output) = &args.output {
        survey::may_be_folder(ui, "--output", output)?;
    }
    let site = SiteArguments { environment: None, ..args.site.clone() };
    let mut survey = survey::take(ui, &site, Processes::LeftOut, Libraries::LeftOut)?;
    if let Some(name) = &args.site.environment {
        survey::find_environment(
            ui,
            (survey.register.as_ref(), &survey.register_file),
            &survey.register_problems,
            name,
        )?;
        survey.snapshot.site.environment = Some(name.clone());
    }
    if !args.check {
        survey.is_whole()?;
    }
    survey.has_defaults()?;
    let begun = survey.begin(ui);
    let pages = pages(ui, &survey);
    let folder = args.output.clone().unwrap_or_else(|| survey.root.join(FOLDER));
    let exit = if args.check { check(ui, args, &folder, &pages)? } else { write(ui, &folder, &pages)? };
    problem::collected(ui, &survey.root, &survey.snapshot.problems, &survey.secrets(), Extent::Brief);
    Ok(exit.max(begun))
}

/// The pages' names and texts.
fn pages(ui: &Ui<'_>, survey: &Survey) -> [(&'static str, String); 3] {
    let tree = checkout::of(ui.host, &survey.snapshot);
    for file in &tree.ignored {
        ui.tell(&format!("`{file}` is left out, since git ignores it"));
    }
    let snapshot = tree.snapshot;
    let register = survey.register.as_ref();
    // A waiver that runs out must not make a page stale overnight; `setpoint check` tells of it on its day.
    let today = jiff::civil::Date::MIN;
    let findings = setpoint_rules::judge(Facts::new(&snapshot, register, today));
    setpoint_docs::pages(Pages { snapshot: &snapshot, register, findings: &findings })
}

fn write(ui: &Ui<'_>, folder: &Path, pages: &[(&str, String)]) -> Result<Exit, CommandError> {
    let mut files = Vec::new();
    for (name, text) in pages {
        let file = folder.join(name);
        let there = read(ui.host, &file)?;
        if let Some(there) = &there
            && !there.chars().take(HEAD).collect::<String>().contains(MARK)
        {
            return Err(not_ours(&shown(ui, &file)).into());
        }
        files.push((file, text, there.as_ref() != Some(text)));
    }
    for (file, text, is_new) in files {
        if is_new {
            ui.host.write(&file, text.as_bytes())?;
        }
        let word = if is_new { "written" } else { "fresh  " };
        ui.print(&format!("{word} {}\n", shown(ui, &file)))?;
    }
    Ok(Exit::Fine)
}

fn check(ui: &Ui<'_>, args: &Args, folder: &Path, pages: &[(&str, String)]) -> Result<Exit, CommandError> {
    let mut said = String::new();
    for (name, fresh) in pages {
        let file = folder.join(name);
        match read(ui.host, &file)? {
            None => said.extend([&shown(ui, &file), " is missing\n"]),
            Some(there) => {
                if let Some(difference) = setpoint_docs::difference(&there, fresh) {
                    let _ = write!(said, "{} is stale from {difference}", shown(ui, &file));
                }
            }
        }
    }
    if said.is_empty() {
        return Ok(Exit::Fine);
    }
    ui.print(&said)?;
    ui.say("");
    ui.tell_labelled(NOTE, "hint:", &format!("run `{}` and commit the pages", refresh(ui, args)));
    Ok(Exit::Findings)
}

/// The command that makes the pages fresh: the same one without `--check`.
fn refresh(ui: &Ui<'_>, args: &Args) -> String {
    let mut command = "setpoint docs".to_owned();
    let root = ui.options.root.as_ref().map(|root| root.display().to_string());
    let register = ui.options.register.as_ref().map(|register| register.display().to_string());
    let output = args.output.as_ref().map(|output| output.display().to_string());
    let options = [("--root", &root), ("--register", &register), ("--output", &output)];
    let environment = ("--environment", &args.site.environment);
    for (option, value) in options.into_iter().chain([environment]) {
        value.iter().for_each(|value| command.extend([" ", option, " ", &shell_word(value)]));
    }
    for (option, names) in [(" --unit ", &args.site.units), (" --container ", &args.site.containers)] {
        names.iter().for_each(|name| command.extend([option, &shell_word(name)]));
    }
    command
}

/// The page that is there; `None` where there is none.
fn read(host: &dyn Host, file: &Path) -> Result<Option<String>, CommandError> {
    match host.read(file, LONGEST) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(refusal) if refusal.is_missing() => Ok(None),
        Err(refusal) => Err(refusal.into()),
    }
}

fn not_ours(file: &str) -> Problem {
    let what = format!("`{file}` was not written by this command, and so is not replaced");
    Problem::input(what, "no file of that name, or one that `setpoint docs` wrote", Retry::SafeOnceMended)
        .at(Place::file(file))
        .hint("choose another folder with `--output`, or move the file away")
}

/// A file below the root by its name there.
fn shown(ui: &Ui<'_>, file: &Path) -> String {
    let root = ui.host.resolve(&ui.root).unwrap_or_else(|_| ui.root.clone());
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}
