//! The five steps, forward; where one fails, back.

use crate::file_edit::Found;
use crate::{AsFound, Direction, Event, Evidence, Journal, Plan, Step, Switch, UnitState, undo, units};
use setpoint_host::Host;
use setpoint_model::{Place, Problem, Retry};
use std::path::PathBuf;
use std::time::Duration;

/// How often a watched change is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// So many looks that find the same fault make it one: a single one can fall into a restart.
const LOOKS_THAT_FAIL: usize = 2;

/// What the steps are done with.
pub struct Steps<'a> {
    /// The machine.
    pub host: &'a dyn Host,
    /// Captures the site, in the lock's form.
    pub capture: &'a dyn Fn() -> Result<String, Problem>,
    /// Makes a backup and verifies it.
    pub backup: &'a dyn Fn(&Plan) -> Result<Evidence, Problem>,
    /// Looks once at the site while it is watched.
    pub look: &'a dyn Fn() -> Look,
    /// Is told what goes on.
    pub tell: &'a dyn Fn(Told<'_>),
    /// What undoes the change if this process does not come to the end.
    pub switch: &'a Switch,
}

/// What one look at a site found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// What is not as it should be, a sentence each. The same fault has the same sentence.
    pub faults: Vec<String>,
    /// What was measured.
    pub facts: Vec<(String, String)>,
}

/// What a person is told while the steps go on.
#[derive(Clone, Copy, Debug)]
pub enum Told<'a> {
    /// A step begins.
    Begins(Step),
    /// A step ended well.
    Ended(Step),
    /// A step failed.
    Failed(Step, &'a Problem),
    /// The way back begins.
    GoesBack,
    /// It is still being watched for so long.
    Watching(Duration),
}

/// Where somebody leaves word for a change that is being watched.
pub fn confirmation(journal: &Journal) -> PathBuf {
    journal.path().with_file_name("confirmed")
}

impl Steps<'_> {
    /// Does a planned change up to its end, which [`Journal::state`] then says. The note is left to who called.
    ///
    /// # Errors
    /// The journal cannot be written, so that nothing more may be done. What was begun is undone by the switch.
    pub fn walk(&self, journal: &mut Journal) -> Result<(), Problem> {
        let Some(plan) = journal.plan().cloned() else {
            return Err(Problem::input("the change has no plan", "a journal that begins with one", Retry::Safe));
        };
        if let Err((step, problem)) = self.forward(journal, &plan) {
            self.fail(journal, &plan, step, &problem)?;
        }
        self.switch.disarm(self.host);
        Ok(())
    }

    fn forward(&self, journal: &mut Journal, plan: &Plan) -> Result<(), (Step, Problem)> {
        for step in [Step::Capture, Step::Backup, Step::Test, Step::Watch] {
            (self.tell)(Told::Begins(step));
            self.step(journal, plan, step).map_err(|problem| (step, problem))?;
            (self.tell)(Told::Ended(step));
        }
        journal.write(self.host, Event::Kept).map_err(|problem| (Step::Watch, problem))
    }

    fn step(&self, journal: &mut Journal, plan: &Plan, step: Step) -> Result<(), Problem> {
        if step == Step::Test {
            self.arm(journal, plan)?;
        }
        journal.write(self.host, Event::Started { step })?;
        let evidence = match step {
            Step::Capture => self.capture(plan)?,
            Step::Backup => (self.backup)(plan)?,
            Step::Test => self.apply(journal, plan)?,
            Step::Watch => self.watch(journal, plan)?,
            Step::Note => Evidence::Facts { facts: Vec::new() },
        };
        journal.write(self.host, Event::Done { step, evidence })
    }

    fn capture(&self, plan: &Plan) -> Result<Evidence, Problem> {
        let look = (self.look)();
        Ok(Evidence::Captured(AsFound {
            capture: (self.capture)()?,
            units: units::states(self.host, &plan.units())?,
            faults: look.faults,
            facts: look.facts,
        }))
    }

    fn arm(&self, journal: &mut Journal, plan: &Plan) -> Result<(), Problem> {
        let Some((unit, until)) = self.switch.arm(self.host, plan.window)? else { return Ok(()) };
        journal.write(self.host, Event::Armed { unit, until })
    }

    /// Makes every file as it is to be, then has the services take it up.
    fn apply(&self, journal: &mut Journal, plan: &Plan) -> Result<Evidence, Problem> {
        for edit in &plan.edits {
            let found = edit.apply(self.host).map_err(|refusal| refusal.problem())?;
            if found == Found::Other {
                let what = format!("`{}` is not as it was when the change was planned", edit.path.display());
                let place = Place::file(edit.path.display().to_string());
                return Err(Problem::input(what, "nobody else to change it meanwhile", Retry::Safe).at(place));
            }
        }
        let site = plan.site.display().to_string();
        for settle in &plan.settle {
            let (event, done) = units::settle(self.host, settle, Direction::Forward, &site);
            journal.write(self.host, event)?;
            done?;
        }
        Ok(Evidence::Facts { facts: Vec::new() })
    }

    /// Looks until the window ends or somebody confirms. What was wrong before is no fault of the change.
    fn watch(&self, journal: &mut Journal, plan: &Plan) -> Result<Evidence, Problem> {
        let before = as_found(journal).cloned().unwrap_or_default();
        let until = self.host.now().timestamp().saturating_add(plan.window).unwrap_or(jiff::Timestamp::MAX);
        let mut last: Vec<String> = Vec::new();
        let mut in_a_row = 1;
        loop {
            let mut look = (self.look)();
            look.faults.extend(changed_units(&before.units, &units::states(self.host, &plan.units())?));
            look.faults.retain(|fault| !before.faults.contains(fault));
            in_a_row = if look.faults.iter().any(|fault| last.contains(fault)) { in_a_row + 1 } else { 1 };
            if let [fault, ..] = look.faults.as_slice()
                && in_a_row >= LOOKS_THAT_FAIL
            {
                return Err(Problem::machine(fault, "the service to be as well as it was before", Retry::Unsafe));
            }
            let left = until.duration_since(self.host.now().timestamp());
            let is_over = look.faults.is_empty() && left.is_negative();
            if is_over || self.host.status(&confirmation(journal)).is_ok() {
                return Ok(Evidence::Facts { facts: look.facts });
            }
            last = look.faults;
            (self.tell)(Told::Watching(left.unsigned_abs()));
            self.host.sleep(BETWEEN_LOOKS);
        }
    }

    fn fail(&self, journal: &mut Journal, plan: &Plan, step: Step, problem: &Problem) -> Result<(), Problem> {
        (self.tell)(Told::Failed(step, problem));
        let was_begun = journal.state().is_to_be_undone();
        // A journal that cannot be written must not keep the machine between as found and as left. The switch stays armed
        // then, and does the same again, which does no harm.
        let written = journal.write(self.host, Event::Failed { step, because: problem.to_string() });
        let undone = if was_begun {
            (self.tell)(Told::GoesBack);
            undo::undo(self.host, journal, plan, Some(self.capture))
        } else {
            Ok(())
        };
        written.and(undone)
    }
}

/// What was there before the change.
pub fn as_found(journal: &Journal) -> Option<&AsFound> {
    journal.records().iter().find_map(|record| match &record.event {
        Event::Done { evidence: Evidence::Captured(found), .. } => Some(found),
        _ => None,
    })
}

/// What of the units is worse than it was.
pub(crate) fn changed_units(before: &[UnitState], now: &[UnitState]) -> Vec<String> {
    let mut faults = Vec::new();
    for (before, now) in before.iter().zip(now) {
        if now.active != before.active {
            faults.push(format!("`{}` is {}; it was {}", now.name, now.active, before.active));
        }
        // A restart that the change itself asks for does not count; systemd's own do (`NRestarts`), from 0.
        if now.restarts > before.restarts {
            faults.push(format!("systemd had to start `{}` again", now.name));
        }
    }
    faults
}
