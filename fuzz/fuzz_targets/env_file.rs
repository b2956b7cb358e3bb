//! Any bytes as a `.env` file, read as python-dotenv reads it, and as an `EnvironmentFile=`, read as systemd does.

#![no_main]

use libfuzzer_sys::fuzz_target;
use setpoint_formats::{Complaint, dotenv, environment_file};
use setpoint_model::ByteSpan;

fuzz_target!(|bytes: &[u8]| {
    let inside = |span: ByteSpan| assert!(span.start <= span.end && span.end <= bytes.len(), "{span:?}");
    let complaint = |complaint: Complaint| {
        inside(complaint.span);
        drop(complaint.problem(".env", bytes));
    };
    let (bindings, complaints) = dotenv::parse(bytes);
    for binding in &bindings {
        inside(binding.key_span);
        binding.value.iter().for_each(|value| inside(value.span));
    }
    complaints.into_iter().for_each(complaint);
    for precedence in [dotenv::Precedence::Environment, dotenv::Precedence::File] {
        drop(dotenv::expand(&bindings, precedence, |name: &str| (name.len() == 1).then(|| "known".to_owned())));
    }
    let (settings, complaints) = environment_file::parse(bytes);
    for setting in &settings {
        inside(setting.key_span);
        inside(setting.value_span);
    }
    complaints.into_iter().for_each(complaint);
});
