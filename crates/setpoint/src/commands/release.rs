//! `setpoint release`: the five steps around the register's deployment command.

use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::commands::{backup, change, rehearse};
use crate::report::change as report;
use crate::survey;
use crate::terminal::{NOTE, Ui, WARNING};
use setpoint_capture::{Libraries, Processes};
use setpoint_change::{Class, Plan};
use setpoint_model::register::{Register, Release};
use setpoint_model::{Problem, ProblemKind, Retry};
use std::time::Duration;

/// Put a new version in place with the register's deployment command, and get back by itself where it goes wrong
///
/// Captures what is there, runs `deploy` of `[release]`, and watches the register's checks, the units and the logs. What the
/// release breaks within its window is taken back with `rollback` of `[release]`; what that leaves otherwise than it was
/// found, of the files that the deployment may change, is put back from the journal, and all of it is compared. What
/// `[backup]` names is saved before, and proven; data are never put back by themselves, since that would lose what was
/// written since: `setpoint backup restore` does.
///
/// Where the register has a staging, a fresh proof of `setpoint rehearse` is asked for. `deploy` and `rollback` have
/// `SETPOINT_ENVIRONMENT` in their environment.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Exit codes of their own:
  0  applied and kept
  4  rolled back, and verified to be as found
  5  rolled back, and something is not as found
  6  never applied

Examples:
  sudo setpoint release --environment production --dry-run
  sudo setpoint release --environment production --why 'version 2.3'
  sudo setpoint release --environment production --window 60 --yes")]
pub(crate) struct Args {
    /// The environment that gets the new version
    #[arg(long, value_name = "NAME")]
    environment: String,
    /// Why, for the note
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
    /// How many seconds to watch before it is kept [default: `watch` of `[release]`]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    window: Option<u64>,
    #[command(flatten)]
    accepted: Accepted,
    #[command(flatten)]
    doing: change::Doing,
}

/// What somebody accepts who releases.
#[derive(clap::Args, Debug)]
struct Accepted {
    /// It migrates or deletes data, which the way back does not bring again
    #[arg(long)]
    not_reversible: bool,
    /// Release though no fresh rehearsal shows that the way back works
    #[arg(long)]
    without_rehearsal: bool,
    /// Do not save what `[backup]` of the register names before it
    #[arg(long)]
    without_backup: bool,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let site = SiteArguments { environment: Some(args.environment.clone()), ..SiteArguments::default() };
    let survey = survey::take(ui, &site, Processes::LookedAt, Libraries::Read)?;
    survey.may_be_added_to()?;
    let release = survey.register.as_ref().and_then(|register| register.release.as_ref()).ok_or_else(|| {
        let what = "the register does not say how a version is put in place";
        Problem::input(what, "`[release]` with `deploy` and `rollback`", Retry::SafeOnceMended)
    })?;
    let named = survey.register.as_ref().and_then(|register| register.backup.as_ref());
    let class = match args.accepted {
        Accepted { not_reversible: true, .. } => Class::NotReversible,
        Accepted { without_backup: true, .. } => setpoint_change::class_of_deployment(&survey.snapshot, None)?,
        _ => setpoint_change::class_of_deployment(&survey.snapshot, named)?,
    };
    let units = &survey.request.units;
    let mut plan = setpoint_change::deployment(ui.host, &survey.snapshot, release, units, class)?;
    plan.why.clone_from(&args.why);
    if !args.accepted.without_backup {
        plan.saves = backup::saves(&survey);
    }
    if let Some(window) = args.window {
        plan.window = Duration::from_secs(window);
    }
    if plan.owner.is_none() {
        plan.owner = survey.register.as_ref().and_then(|register| register.service.as_ref()?.owner.clone());
    }
    let (_, register) = survey::register_as_written(ui)?;
    if let Some(environment) = register.environment(&args.environment) {
        let folder = plan.site.clone();
        plan.run_commands_in(&folder, &setpoint_change::variables(&register, environment));
    }
    if args.doing.print_runbook {
        ui.print(&setpoint_change::runbook(&plan))?;
        return Ok(Exit::Fine);
    }
    let unproven = prove(ui, args, &mut plan, &register, release)?;
    change::show_plan(ui, &report::deployment(&plan), args.doing)?;
    plan.assumes.iter().for_each(|sentence| ui.tell_labelled(NOTE, "note:", sentence));
    match unproven {
        Some(problem) if args.doing.yes && !args.doing.dry_run => return Err(problem.into()),
        Some(problem) => {
            let hint = problem.hint.as_deref().unwrap_or_default();
            ui.tell_labelled(WARNING, "not proven:", &format!("{}; {hint}", problem.what));
        }
        None => {}
    }
    change::may_begin(ui, &survey, &plan, args.doing)?;
    if args.doing.dry_run {
        return Ok(Exit::Fine);
    }
    if !args.doing.yes && !ui.ask("Release it?")? {
        ui.say("nothing was changed");
        return Ok(Exit::NeverApplied);
    }
    change::walk(ui, &survey, &plan)
}

/// Notes in the plan the rehearsal that speaks for it. Where one is asked for and there is none, says why: a person may
/// release all the same.
fn prove(
    ui: &Ui<'_>,
    args: &Args,
    plan: &mut Plan,
    register: &Register,
    release: &Release,
) -> Result<Option<Problem>, CommandError> {
    let Some(staging) = setpoint_change::staging_of(register) else {
        ui.say("nothing was rehearsed: the register has no staging");
        return Ok(None);
    };
    if staging.name == args.environment {
        return Ok(None);
    }
    match rehearse::refuse_unproven(ui, plan, release, staging) {
        Ok(proof) => {
            plan.proof = Some(proof);
            Ok(None)
        }
        Err(problem) if problem.kind == ProblemKind::Machine => Err(problem.into()),
        Err(_) if args.accepted.without_rehearsal => {
            ui.say("it is released without a rehearsal, as asked");
            Ok(None)
        }
        Err(problem) => Ok(Some(problem)),
    }
}
