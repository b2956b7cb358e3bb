//! Any bytes as a user's crontab and as the system's, each line's command as the shell reads it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use setpoint_formats::command_line::shell;
use setpoint_formats::crontab::{self, Owner};

fuzz_target!(|bytes: &[u8]| {
    let known = |name: &str| (name.len() == 1).then(|| "known $a ${b}".to_owned());
    for owner in [Owner::User, Owner::System] {
        let (entries, complaints) = crontab::parse(bytes, owner);
        for complaint in complaints {
            assert!(complaint.span.start <= complaint.span.end && complaint.span.end <= bytes.len());
            drop(complaint.problem("crontab", bytes));
        }
        for entry in entries {
            assert!(entry.command.span().is_none_or(|span| span.end <= bytes.len()));
            assert!(entry.environment.iter().all(|set| set.value.span.end <= bytes.len()));
            drop(shell(&entry.command, &known));
        }
    }
});
