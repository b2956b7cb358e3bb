//! The dead man's switch: a timer of systemd that undoes a change when nobody ends it. It is armed before the change is
//! applied, and outlives the process, the login and the terminal, but not the machine: after a start of it,
//! `setpoint recover` does the same.

use crate::units::failed;
use jiff::Timestamp;
use setpoint_host::Host;
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// How long systemd may take to take a timer.
const LIMIT: Duration = Duration::from_secs(20);
/// What the process that watches has after the window to end by itself.
const GRACE: Duration = Duration::from_secs(30);

/// What the names of scopes have behind the change's own.
const RUN: &str = "run-";

/// How a change is undone when nobody is there to do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Switch {
    /// A timer of systemd.
    Timer {
        /// Its unit without the ending.
        unit: String,
        /// What it runs: the program and its arguments.
        command: Vec<String>,
    },
    /// There is systemd, and nothing that it could run: those that were armed before can be taken away, and what a command
    /// left behind can be ended.
    Unarmed {
        /// The unit of its timers without the ending.
        unit: String,
    },
    /// There is none: this is no machine with systemd.
    None,
}

impl Switch {
    /// Arms it, with a timer beside those that were armed before for the same change; the timer's name and when it runs out.
    ///
    /// # Errors
    /// systemd does not take it, so that the change must not begin.
    pub fn arm(&self, host: &dyn Host, window: Duration) -> Result<Option<(String, Timestamp)>, Problem> {
        let Self::Timer { unit, command } = self else { return Ok(None) };
        let after = window + GRACE;
        let unit = format!("{unit}-{}", host.now().timestamp().as_millisecond());
        let mut arguments = vec![
            format!("--unit={unit}"),
            format!("--on-active={}", after.as_secs()),
            "--timer-property=AccuracySec=1s".to_owned(),
            "--description=undoes a change of Setpoint that nobody has ended".to_owned(),
            // It put the change back, and that was verified.
            "--property=SuccessExitStatus=4".to_owned(),
            "--collect".to_owned(),
            "--".to_owned(),
        ];
        arguments.extend(command.iter().cloned());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = host.run("systemd-run", &arguments, LIMIT).map_err(|refusal| refusal.problem())?;
        if !output.succeeded() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            let what = format!("the timer that would undo the change could not be armed: {said}");
            return Err(Problem::machine(what, "systemd to take a transient timer", Retry::SafeOnceMended));
        }
        let until = host.now().timestamp().saturating_add(after).unwrap_or(Timestamp::MAX);
        Ok(Some((format!("{unit}.timer"), until)))
    }

    /// The words before a command of the register, so that what it starts can be found and ended when this process is gone: a
    /// scope of systemd around it (systemd-run(1)). None where there is no systemd.
    pub(crate) fn around(&self, host: &dyn Host) -> Vec<String> {
        let Some(unit) = self.unit() else { return Vec::new() };
        let scope = format!("--unit={unit}-{RUN}{}", host.now().timestamp().as_millisecond());
        // The words of the command would be its description otherwise, which every user can read and the log keeps.
        let said = "--description=a command of the register that Setpoint runs";
        let how = "--property=TimeoutStopSec=5s";
        ["systemd-run", "--scope", "--quiet", "--collect", how, said, &scope, "--"].map(str::to_owned).into()
    }

    /// Ends what a command of the register still does whose process is gone: nothing else may be done beside it.
    ///
    /// # Errors
    /// systemd does not say that it has ended.
    pub(crate) fn end_what_runs(&self, host: &dyn Host) -> Result<(), Problem> {
        let Some(unit) = self.unit() else { return Ok(()) };
        let scopes = format!("{unit}-{RUN}*.scope");
        let output = host.run("systemctl", &["stop", &scopes], LIMIT).map_err(|refusal| refusal.problem())?;
        if output.succeeded() { Ok(()) } else { Err(failed(&format!("systemctl stop {scopes}"), &output)) }
    }

    /// Takes away every timer of the change. One that stays finds nothing to undo.
    pub fn disarm(&self, host: &dyn Host) {
        if let Some(unit) = self.unit() {
            stop(host, &format!("{unit}-*.timer"));
        }
    }

    /// The name that its units begin with.
    fn unit(&self) -> Option<&str> {
        match self {
            Self::Timer { unit, .. } | Self::Unarmed { unit } => Some(unit),
            Self::None => None,
        }
    }
}

/// Takes away one unit, or those of a pattern (systemctl(1), "Parameter Syntax").
pub(crate) fn stop(host: &dyn Host, unit: &str) {
    let _ = host.run("systemctl", &["stop", unit], LIMIT);
}
