//! `setpoint backup`: what is saved before a change, proven by restoring it, and taken back.

mod create;
mod list;
mod load;
mod progress;
mod prune;
mod restore;
mod step;
mod told;
mod verify;

use crate::assertions::{scrub_failure, with_scene};
use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::state_folder::state_folder;
use crate::survey::{self, Survey};
use crate::terminal::{Ui, visible};
use setpoint_backup::{Database, Settings, Store, Wanted};
use setpoint_capture::{Libraries, Processes};
use setpoint_model::register::Backup;
use setpoint_model::{Problem, Retry};
pub(crate) use step::{let_go, save, saves};

/// Save what a change could break, prove it, and take it back
///
/// `[backup]` of the register says where the repository is (a folder, or `s3:https://HOST/BUCKET/PREFIX`, whose key is
/// in `credentials_file`), which files and folders go into it, and which defaults hold the URLs of databases to dump. The repository is in restic's format, so that restic can read it too. Its password is
/// in `password_file`; where the register names none, the tool makes one in its state folder (`SETPOINT_STATE`, else
/// `/var/lib/setpoint` for root and `~/.local/state/setpoint` for others). Keep a copy of it elsewhere.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sudo setpoint backup create --environment production --verify
  setpoint backup list                      which there are, and which are proven
  sudo setpoint backup verify               restore the newest into scratch, compare
  sudo setpoint backup restore latest --to /root/shop
  sudo setpoint backup restore 4f2a91c0     what it would do in place; --yes does it
  sudo setpoint backup restore latest --database SHOP_DATABASE_URL
  setpoint backup prune                     what is older than it is kept")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    Create(create::Args),
    List(list::Args),
    Verify(verify::Args),
    Restore(restore::Args),
    Prune(prune::Args),
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    match &args.command {
        Command::Create(args) => create::run(ui, args),
        Command::List(args) => list::run(ui, args),
        Command::Verify(args) => verify::run(ui, args),
        Command::Restore(args) => restore::run(ui, args),
        Command::Prune(args) => prune::run(ui, args),
    }
}

/// What the register says of backups, and the site that it is of.
struct Begun {
    survey: Survey,
    backup: Backup,
    settings: Settings,
    exit: Exit,
}

/// Looks at the site and at what the register says of backups. A part of `[backup]` that was not understood could be what
/// is not saved, and so no fault of the register is passed over.
fn begin(ui: &Ui<'_>, site: &SiteArguments) -> Result<Begun, CommandError> {
    let survey = survey::take(ui, site, Processes::LeftOut, Libraries::LeftOut)?;
    if !survey.register_problems.is_empty() {
        return Err(survey.register_problems.clone().into());
    }
    let Some(register) = &survey.register else {
        return Err(survey::no_register(ui, &survey.register_file, "one with `[backup]`").into());
    };
    let Some(backup) = register.backup.clone() else {
        let what = format!("`{}` has no `[backup]`", survey.register_file.display());
        let expected = "`repository`, and `include` or `databases`";
        return Err(Problem::input(what, expected, Retry::SafeOnceMended).into());
    };
    // It says which of root's files go where, and what of a repository is laid over them.
    setpoint_change::trust(ui.host, &survey.register_file)?;
    let settings = settings(ui, &survey, &backup)?;
    let exit = survey.begin(ui);
    Ok(Begun { survey, backup, settings, exit })
}

fn settings(ui: &Ui<'_>, survey: &Survey, backup: &Backup) -> Result<Settings, Problem> {
    Ok(Settings {
        repository: backup.repository.clone(),
        region: backup.region.clone(),
        credentials_file: backup.credentials_file.as_ref().map(Into::into),
        password_file: backup.password_file.as_ref().map(Into::into),
        root: survey.root.clone(),
        state: state_folder(ui)?,
    })
}

/// All that the register wants saved.
fn wanted(ui: &Ui<'_>, survey: &Survey, backup: &Backup, environment: Option<&String>) -> Result<Wanted, Vec<Problem>> {
    let service = survey.register.as_ref().and_then(|register| register.service.as_ref());
    Ok(Wanted {
        include: backup.include.clone(),
        exclude: backup.exclude.clone(),
        databases: databases(ui, survey, backup, &backup.databases)?,
        environment: environment.cloned(),
        service: service.map(|service| service.name.clone()),
        before_restore_of: None,
    })
}

/// Some of the databases that the register names, all of them or why that is not possible.
fn databases(ui: &Ui<'_>, survey: &Survey, backup: &Backup, names: &[String]) -> Result<Vec<Database>, Vec<Problem>> {
    let (found, unknown) = known_databases(ui, survey, backup, names);
    if unknown.is_empty() { Ok(found) } else { Err(unknown.into_iter().map(|(_, problem)| problem).collect()) }
}

/// Those of the databases whose URL the capture has, with that, and why it has none of the others. A URL is connected to and
/// shown to nobody.
fn known_databases(
    ui: &Ui<'_>,
    survey: &Survey,
    backup: &Backup,
    names: &[String],
) -> (Vec<Database>, Vec<(String, Problem)>) {
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    with_scene(ui, survey, None, |scene| {
        for name in names {
            match scene.url_in(name) {
                Ok(url) => found.push(Database { name: name.clone(), url }),
                Err(mut failure) => {
                    scrub_failure(&mut failure, survey);
                    let what = format!("the database of `{name}` is not known: {}", failure.message);
                    let problem = Problem::input(what, failure.expected, Retry::SafeOnceMended);
                    unknown.push((name.clone(), problem.at(backup.place.clone())));
                }
            }
        }
    });
    (found, unknown)
}

/// What a person must know whose repository was made just now, or got its password.
fn tell_made(ui: &Ui<'_>, store: &Store<'_>) {
    if let Some(place) = store.made_repository() {
        ui.tell(&format!("a new repository was made in `{}`", visible(&place)));
    }
    if let Some(file) = store.made_password() {
        let file = file.display();
        ui.tell(&format!(
            "the repository's password was made and is in `{file}`: keep a copy of it elsewhere, since nothing can be \
             restored without it"
        ));
    }
}

impl Begun {
    /// The repository, which must be there.
    fn open<'u>(&self, ui: &'u Ui<'_>, doing: &'static str) -> Result<Store<'u>, CommandError> {
        Ok(Store::open(ui.host, self.settings.clone(), progress::told(doing))?)
    }

    /// Those whose URL is known, and why that of the others is not.
    fn known_databases(&self, ui: &Ui<'_>) -> (Vec<Database>, Vec<(String, Problem)>) {
        known_databases(ui, &self.survey, &self.backup, &self.backup.databases)
    }

    /// Some of them, all or none.
    fn databases_of(&self, ui: &Ui<'_>, names: &[String]) -> Result<Vec<Database>, CommandError> {
        Ok(databases(ui, &self.survey, &self.backup, names)?)
    }
}
