//! What the machine refuses, as the failure of a check. The words that several kinds need stand here.

use setpoint_host::Refusal;
use setpoint_model::{Failure, Reason};

/// A program that could not be run.
pub(crate) fn not_run(refusal: &Refusal, program: &str) -> Failure {
    match refusal {
        Refusal::Missing(_) => Failure::new(
            Reason::ToolMissing,
            format!("`{program}` is not on this machine"),
            format!("the program `{program}`"),
        ),
        Refusal::Denied(_) => Failure::new(Reason::Denied, refusal.to_string(), "a program that this user may run"),
        Refusal::TimedOut(_) => Failure::new(Reason::TimedOut, refusal.to_string(), "an answer within the time limit"),
        Refusal::TooLong { .. } | Refusal::NotWritable(_) | Refusal::Circle(_) | Refusal::Failed { .. } => {
            Failure::new(Reason::Refused, refusal.to_string(), "a program that ends")
        }
    }
}

/// What a program complained of, on one line.
pub(crate) fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("; ")
}

/// A file that could not be read.
pub(crate) fn not_read(refusal: &Refusal, expected: &str) -> Failure {
    let reason = match refusal {
        Refusal::Missing(_) => Reason::Missing,
        Refusal::TooLong { .. } => Reason::TooLong,
        Refusal::Denied(_) | Refusal::NotWritable(_) => Reason::Denied,
        Refusal::Circle(_) | Refusal::TimedOut(_) | Refusal::Failed { .. } => Reason::Refused,
    };
    let failure = Failure::new(reason, refusal.to_string(), expected);
    if reason == Reason::Denied { failure.hint("run the check with `sudo`") } else { failure }
}

/// A pattern that is none.
pub(crate) fn no_pattern(pattern: &str) -> Failure {
    Failure::new(Reason::NotUnderstood, format!("`{pattern}` is no pattern"), "a regular expression")
}

/// Of the default of that name; the URL itself is quoted nowhere.
pub(crate) fn url_not_understood(name: &str) -> Failure {
    let message = format!("the URL in `{name}` is not understood");
    Failure::new(Reason::NotUnderstood, message, "`SCHEME://HOST:PORT/NAME`")
}

#[cfg(test)]
mod tests {
    use super::complaint;

    #[test]
    fn lines_of_a_complaint_are_one() {
        let said = b"System has not been booted with systemd as init system (PID 1). Can't operate.\n\n  Failed: Host is down\r\n";
        let wanted =
            "System has not been booted with systemd as init system (PID 1). Can't operate.; Failed: Host is down";
        assert_eq!(complaint(said), wanted);
    }
}
