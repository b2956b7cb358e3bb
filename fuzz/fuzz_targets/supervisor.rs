//! Any bytes as supervisord's configuration, with the commands of its programs.

#![no_main]

use libfuzzer_sys::fuzz_target;
use setpoint_formats::supervisor;

fuzz_target!(|bytes: &[u8]| {
    let known = |name: &str| (name.len() == 1).then(|| "known %(ENV_a)s".to_owned());
    let (configuration, complaints) = supervisor::parse(bytes);
    for complaint in complaints {
        assert!(complaint.span.start <= complaint.span.end && complaint.span.end <= bytes.len());
        drop(complaint.problem("supervisord.conf", bytes));
    }
    assert!(configuration.environment.iter().all(|set| set.value.span.end <= bytes.len()));
    for program in configuration.programs {
        assert!(program.environment.iter().all(|set| set.value.span.end <= bytes.len()));
        drop(program.commands(&known));
    }
});
