//! `setpoint rehearse`: deploys in staging for real, and proves there that the way back works.

mod list;
mod staging;

use crate::command_error::{CommandError, Exit};
use crate::commands::change;
use crate::report::rehearsal as report;
use crate::survey::Survey;
use crate::terminal::Ui;
pub(crate) use list::refuse_unproven;
use setpoint_change::{Changes, Commands, Connected, Copied, Fault, Footprint, Plan, Proof, Witness};
use staging::Stage;
use std::time::Duration;

/// Deploy and roll back for real in staging, and keep the proof
///
/// Copies production's environment files into staging with the overrides of the register laid over, runs `deploy` of
/// `[release]` there, watches its checks and logs, runs `rollback`, and compares with as found: files byte for byte, the
/// revision, the capture, the units, and the checks once more. Nothing of production is touched, which is compared, too. The
/// commands get `SETPOINT_ENVIRONMENT` and each override as a variable. A release asks for the proof.
#[derive(clap::Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Exit codes of their own:
  0  the way back works: there is a proof
  1  staging is as found, and there is no proof
  2  something that was named is not there, or may not be used so
  4  production's configuration does not work in staging, and was taken back: nothing was rehearsed
  5  staging is not as found
  6  never begun

Examples:
  sudo setpoint rehearse --dry-run
  sudo setpoint rehearse --yes
  sudo setpoint rehearse list"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The environment to rehearse in [default: `staging` of `[release]`, or the only one with `copy_from`]
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// How many seconds to watch what was deployed before the way back
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    window: u64,
    /// Show what would be copied and run, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    List(list::ListArgs),
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    if let Some(Command::List(args)) = &args.command {
        return list::list(ui, args);
    }
    let stage = staging::find(ui, args.environment.as_deref())?;
    let copied = stage.copied(ui)?;
    let planned = plan(ui, &stage, &stage.staging, args.window)?;
    let commands = Commands::of(ui.host, &planned)?;
    ui.print(&report::plan(&stage.environment, &copied, &planned))?;
    if args.dry_run {
        return Ok(Exit::Fine);
    }
    if !args.yes && !ui.ask("Rehearse it?")? {
        ui.say("nothing was changed");
        return Ok(Exit::NeverApplied);
    }
    let before = stage.footprint(ui)?;
    let exit = copy(ui, &stage, &copied)?;
    if exit != Exit::Fine {
        ui.say(match exit {
            Exit::RolledBack => {
                "production's configuration does not work in staging, and was taken back; nothing was rehearsed"
            }
            Exit::NeverApplied => "production's configuration was not copied into staging; nothing was rehearsed",
            _ => "staging is not as it was found, as said above; nothing was rehearsed",
        });
        return Ok(exit);
    }
    let staging = stage.look_again(ui)?;
    let planned = plan(ui, &stage, &staging, args.window)?;
    let look = || shared(ui, &stage);
    let (number, exit) = change::walk_watching(ui, &staging, &planned, &look)?;
    let (checks, faults) = change::looked_at_thrice(ui, &staging);
    let after = stage.footprint(ui)?;
    let witness = Witness {
        of: &stage.origin,
        commands,
        differing: copied.differing,
        production: (&before, &after),
        checks,
        faults,
    };
    conclude(ui, number, witness, exit)
}

/// Copies the configuration, where staging does not have it.
fn copy(ui: &Ui<'_>, stage: &Stage, copied: &Copied) -> Result<Exit, CommandError> {
    let Some(plan) = &copied.plan else { return Ok(Exit::Fine) };
    Ok(change::walk_watching(ui, &stage.staging, plan, &Vec::new)?.1)
}

fn plan(ui: &Ui<'_>, stage: &Stage, staging: &Survey, window: u64) -> Result<Plan, CommandError> {
    let connected = Connected { snapshot: &staging.snapshot, vault: &staging.vault };
    let (release, environment) = (&stage.release, &stage.environment);
    let mut plan = setpoint_change::rehearsal(
        ui.host,
        &stage.production.snapshot,
        connected,
        &stage.register,
        (release, environment),
        &staging.request.units,
        &stage.production.root,
    )?;
    plan.window = Duration::from_secs(window);
    plan.owner = plan.owner.or_else(|| stage.register.service.as_ref()?.owner.clone());
    Ok(plan)
}

/// A fault for each default with which what was deployed writes to what is production's.
fn shared(ui: &Ui<'_>, stage: &Stage) -> Vec<Fault> {
    let fault = |of: String, why: &str| Fault { of, why: why.to_owned() };
    match setpoint_capture::capture(ui.host, &stage.staging.request) {
        Ok(captured) => {
            let production = Connected { snapshot: &stage.production.snapshot, vault: &stage.production.vault };
            let names = setpoint_change::shared(ui.host, production, Connected::from(&captured)).into_iter();
            names
                .map(|name| fault(format!("`{name}`"), "what was deployed writes to what production writes to"))
                .collect()
        }
        Err(problem) => vec![fault("the capture of staging".to_owned(), &problem.what)],
    }
}

fn conclude(ui: &Ui<'_>, number: u64, witness: Witness<'_>, exit: Exit) -> Result<Exit, CommandError> {
    let changes: Changes = change::changes(ui)?;
    let journal = changes.open(ui.host, number)?;
    let Some(proof) = Proof::of(number, &journal, witness) else { return Ok(Exit::NeverApplied) };
    proof.write(ui.host, &changes)?;
    ui.print(&report::proof(&proof))?;
    Ok(match exit {
        Exit::RolledBack if proof.holds() => Exit::Fine,
        Exit::RolledBack => Exit::Findings,
        exit => exit,
    })
}

impl Stage {
    /// Production as it is now.
    fn footprint(&self, ui: &Ui<'_>) -> Result<Footprint, CommandError> {
        Ok(Footprint::of(ui.host, &self.production.snapshot, &self.production.request.units)?)
    }
}
