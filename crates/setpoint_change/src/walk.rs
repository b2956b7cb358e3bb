//! The five steps, forward; where one fails, back.

use crate::file_edit::Found;
use crate::units::{Command, Scrub};
use crate::word::Word;
use crate::{
    AsFound, Direction, Event, Evidence, Journal, Left, Plan, Purpose, State, Step, Switch, UnitState, WayBack,
    keeping, switch, units,
};
use jiff::Zoned;
use setpoint_host::Host;
use setpoint_model::{Place, Problem, Retry};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a watched change is looked at.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// So many looks that find the same fault make it one: one or two can fall into a restart.
const LOOKS_THAT_FAIL: usize = 3;

/// What the steps are done with.
pub struct Steps<'a> {
    /// The machine.
    pub host: &'a dyn Host,
    /// How the site is looked at.
    pub eyes: Eyes<'a>,
    /// Makes the backup that the plan wants beside what the journal keeps, and proves it; `None` where it wants none.
    pub backup: &'a dyn Fn(&Plan) -> Result<Option<Saved>, Problem>,
    /// Whether somebody wants it stopped, and put back.
    pub is_stopped: &'a dyn Fn() -> bool,
    /// Is called before the way back begins, which nobody may stop half-way.
    pub goes_back: &'a dyn Fn(),
    /// Is told what goes on.
    pub tell: &'a dyn Fn(Told<'_>),
    /// What undoes the change if this process does not come to the end.
    pub switch: &'a Switch,
}

/// How a site is looked at.
#[derive(Clone, Copy)]
pub struct Eyes<'a> {
    /// Captures it as a text: what is effective, and where it stands; of a secret a hash with that key.
    pub capture: &'a dyn Fn([u8; 16]) -> Result<String, Problem>,
    /// Looks once at it: what is wrong, and what its logs say of errors since then.
    pub look: &'a dyn Fn(&Zoned) -> Look,
    /// Takes the secrets that are known out of a text.
    pub scrub: Scrub<'a>,
}

/// A backup that was restored into scratch and compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// By which it is found again.
    pub id: String,
    /// What was compared, a sentence each.
    pub verified: Vec<String>,
}

/// What one look at a site found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// What is not as it should be.
    pub faults: Vec<Fault>,
    /// What was measured.
    pub facts: Vec<(String, String)>,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it is about, the same in every look: `check health`.
    pub of: String,
    /// What was seen of it this time.
    pub why: String,
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

impl Steps<'_> {
    /// Does a planned change up to its end, which [`Journal::state`] then says; one whose process ended before goes on with
    /// the step that it was in. The note is left to who called.
    ///
    /// # Errors
    /// The journal cannot be written, so that nothing more may be done. What was begun is undone by the switch.
    pub fn walk(&self, journal: &mut Journal) -> Result<(), Problem> {
        let Some(plan) = journal.plan().cloned() else {
            return Err(Problem::input("the change has no plan", "a journal that begins with one", Retry::Safe));
        };
        // What was said to a process that is gone is not said to this one.
        Word::forget(self.host, journal)?;
        if journal.state().is_to_be_undone() {
            if journal.may_still_run() {
                self.switch.end_what_runs(self.host)?;
            }
            // The timer that was armed before leaves no whole window any more.
            self.arm(journal, plan.window)?;
        }
        if let Err((step, problem)) = self.forward(journal, &plan) {
            self.fail(journal, &plan, step, &problem)?;
        } else if plan.purpose == Purpose::Rehearsal {
            journal.write(self.host, Event::UndoAsked { because: "it was a rehearsal".to_owned() })?;
            self.go_back(journal, &plan)?;
        }
        self.switch.disarm(self.host);
        Ok(())
    }

    fn forward(&self, journal: &mut Journal, plan: &Plan) -> Result<(), (Step, Problem)> {
        for &step in journal.state().ahead() {
            (self.tell)(Told::Begins(step));
            self.step(journal, plan, step).map_err(|problem| (step, problem))?;
            (self.tell)(Told::Ended(step));
        }
        match plan.purpose {
            Purpose::Rehearsal => Ok(()),
            Purpose::Lasting | Purpose::Staging => {
                journal.write(self.host, Event::Kept).map_err(|problem| (Step::Watch, problem))
            }
        }
    }

    fn step(&self, journal: &mut Journal, plan: &Plan, step: Step) -> Result<(), Problem> {
        self.go_on(journal)?;
        if step == Step::Test && journal.state() == State::BackedUp {
            // A backup takes its time, and somebody may have deployed or edited meanwhile: that is nobody's to take back.
            keeping::prove(self.host, journal, plan)?;
            self.arm(journal, plan.window)?;
        }
        journal.write(self.host, Event::Started { step })?;
        let evidence = match step {
            Step::Capture => self.capture(journal, plan)?,
            Step::Backup => self.backup(journal, plan)?,
            Step::Test => self.apply(journal, plan)?,
            Step::Watch => self.watch(journal, plan)?,
            Step::Note => Evidence::Facts { facts: Vec::new() },
        };
        journal.write(self.host, Event::Done { step, evidence })
    }

    fn capture(&self, journal: &Journal, plan: &Plan) -> Result<Evidence, Problem> {
        let look = self.look_before(&self.begun(journal));
        Ok(Evidence::Captured(AsFound {
            capture: (self.eyes.capture)(journal.key())?,
            units: units::states(self.host, &plan.units)?,
            faults: look.faults.into_iter().map(|fault| fault.of).collect(),
            facts: look.facts,
        }))
    }

    /// What is wrong already, and so no fault of the change: what every one of some looks finds. One slow answer is no
    /// excuse for what comes after.
    fn look_before(&self, since: &Zoned) -> Look {
        let mut look = (self.eyes.look)(since);
        for _ in 1..LOOKS_THAT_FAIL {
            if look.faults.is_empty() {
                break;
            }
            self.host.sleep(BETWEEN_LOOKS);
            let again = (self.eyes.look)(since);
            look.faults.retain(|fault| again.faults.iter().any(|other| other.of == fault.of));
        }
        look
    }

    /// The journal is what the change itself gets back with; a backup is for what only others change.
    fn backup(&self, journal: &Journal, plan: &Plan) -> Result<Evidence, Problem> {
        let mut verified = keeping::prove(self.host, journal, plan)?;
        let saved = (self.backup)(plan)?;
        verified.extend(saved.iter().flat_map(|saved| saved.verified.iter().cloned()));
        Ok(Evidence::Backup { id: saved.map(|saved| saved.id), verified })
    }

    /// Arms the switch. The timers before it are taken away only then, so that there is one at any time.
    fn arm(&self, journal: &mut Journal, window: Duration) -> Result<(), Problem> {
        let before: Vec<String> = journal.timers().map(str::to_owned).collect();
        let Some((unit, until)) = self.switch.arm(self.host, window)? else { return Ok(()) };
        journal.write(self.host, Event::Armed { unit, until })?;
        before.iter().for_each(|timer| switch::stop(self.host, timer));
        Ok(())
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
            self.go_on(journal)?;
            let command = Command::of(settle, Direction::Forward, &site).within(self.switch.around(self.host));
            journal.write(self.host, Event::Runs { command: command.shown.clone() })?;
            let (event, done) = command.run(self.host, journal, self.eyes.scrub);
            journal.write(self.host, event)?;
            done?;
        }
        Left::of(self.host, plan).map(Evidence::Left).map_err(|refusal| refusal.problem())
    }

    /// Looks until the window ends or somebody confirms. What was wrong before is no fault of the change.
    fn watch(&self, journal: &mut Journal, plan: &Plan) -> Result<Evidence, Problem> {
        let before = as_found(journal).cloned().unwrap_or_default();
        // A clock that somebody sets meanwhile makes no window longer or shorter.
        let mut until = self.host.elapsed().saturating_add(plan.window);
        let mut extended = None;
        let since = self.begun(journal);
        let mut in_a_row: BTreeMap<String, usize> = BTreeMap::new();
        loop {
            self.go_on(journal)?;
            let look = self.look_beside(plan, &before, &since);
            let again = look.faults.iter().map(|fault| (fault.of.clone(), in_a_row.get(&fault.of).unwrap_or(&0) + 1));
            in_a_row = again.collect();
            if let Some(fault) = look.faults.iter().find(|fault| in_a_row[&fault.of] >= LOOKS_THAT_FAIL) {
                let what = format!("{}: {}", fault.of, fault.why);
                return Err(Problem::machine(what, "the service to be as well as it was before", Retry::Unsafe));
            }
            match Word::heard(self.host, journal) {
                Some(Word::Confirmed) => {
                    journal.write(self.host, Event::Confirmed)?;
                    return Ok(Evidence::Facts { facts: look.facts });
                }
                Some(Word::Cancelled) => return Err(cancelled(journal.state())),
                Some(Word::Extended { by, said }) if extended != Some(said) => {
                    extended = Some(said);
                    until = until.max(self.host.elapsed()).saturating_add(by);
                    self.arm(journal, until.saturating_sub(self.host.elapsed()))?;
                }
                Some(Word::Extended { .. }) | None => {}
            }
            let left = until.saturating_sub(self.host.elapsed());
            if look.faults.is_empty() && left.is_zero() {
                return Ok(Evidence::Facts { facts: look.facts });
            }
            (self.tell)(Told::Watching(left));
            self.host.sleep(BETWEEN_LOOKS);
        }
    }

    /// An error once somebody wants it stopped.
    fn go_on(&self, journal: &Journal) -> Result<(), Problem> {
        let is_cancelled = || Word::heard(self.host, journal) == Some(Word::Cancelled);
        if (self.is_stopped)() || is_cancelled() { Err(cancelled(journal.state())) } else { Ok(()) }
    }

    /// A look without what was wrong before.
    fn look_beside(&self, plan: &Plan, before: &AsFound, since: &Zoned) -> Look {
        let mut look = (self.eyes.look)(since);
        look.faults.extend(match units::states(self.host, &plan.units) {
            Ok(now) => changed_units(&before.units, &now),
            // Once it may be busy; that it goes on not to tell is a fault as any other.
            Err(problem) => vec![Fault { of: "systemd".to_owned(), why: problem.what }],
        });
        look.faults.retain(|fault| !before.faults.contains(&fault.of));
        look
    }

    /// Since when the logs are read.
    fn begun(&self, journal: &Journal) -> Zoned {
        journal.begun().unwrap_or_else(|| self.host.now())
    }

    fn go_back(&self, journal: &mut Journal, plan: &Plan) -> Result<(), Problem> {
        (self.goes_back)();
        (self.tell)(Told::GoesBack);
        WayBack { host: self.host, eyes: self.eyes, switch: self.switch }.undo(journal, plan, false)
    }

    fn fail(&self, journal: &mut Journal, plan: &Plan, step: Step, problem: &Problem) -> Result<(), Problem> {
        (self.tell)(Told::Failed(step, problem));
        let was_begun = journal.state().is_to_be_undone();
        // A journal that cannot be written must not keep the machine between as found and as left. The switch stays armed
        // then, and does the same again, which does no harm.
        let written = journal.write(self.host, Event::Failed { step, because: problem.to_string() });
        let undone = if was_begun { self.go_back(journal, plan) } else { Ok(()) };
        written.and(undone)
    }
}

fn cancelled(state: State) -> Problem {
    let retry = if state.is_to_be_undone() { Retry::Unsafe } else { Retry::Safe };
    Problem::input("it was cancelled", "its end", retry)
}

/// What was there before the change.
pub fn as_found(journal: &Journal) -> Option<&AsFound> {
    journal.records().iter().find_map(|record| match &record.event {
        Event::Done { evidence: Evidence::Captured(found), .. } => Some(found),
        _ => None,
    })
}

/// What of the units is worse than it was.
fn changed_units(before: &[UnitState], now: &[UnitState]) -> Vec<Fault> {
    let mut faults = changed_activity(before, now);
    // A restart that somebody asks for does not count; systemd's own do (`NRestarts`).
    for (_, now) in before.iter().zip(now).filter(|(before, now)| now.restarts > before.restarts) {
        let why = "it ended by itself, and systemd started it again".to_owned();
        faults.push(Fault { of: format!("restarts of `{}`", now.name), why });
    }
    faults
}

/// The units that are not as active as they were.
pub(crate) fn changed_activity(before: &[UnitState], now: &[UnitState]) -> Vec<Fault> {
    let changed = before.iter().zip(now).filter(|(before, now)| now.active != before.active);
    let fault = |(before, now): (&UnitState, &UnitState)| Fault {
        of: format!("`{}`", now.name),
        why: format!("is {}; it was {}", now.active, before.active),
    };
    changed.map(fault).collect()
}
