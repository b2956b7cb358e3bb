//! Any bytes as a compose file, parted from those that are laid over it by a line `#FILE`, and as a file of variables.

#![no_main]

use libfuzzer_sys::fuzz_target;
use setpoint_formats::command_line::{Command, launched};
use setpoint_formats::compose::{self, Format};
use setpoint_formats::limited;
use setpoint_model::ByteSpan;
use std::collections::BTreeMap;

fuzz_target!(|bytes: &[u8]| {
    let look_up = limited(|name: &str| (name.len() == 1).then(|| "known $a ${b}".to_owned()));
    let mut services = Vec::new();
    for file in parts(bytes) {
        let inside = |span: ByteSpan| assert!(span.start <= span.end && span.end <= file.len(), "{span:?}");
        let (parsed, complaints) = compose::parse(file);
        for complaint in complaints {
            inside(complaint.span);
            drop(complaint.problem("compose.yaml", file));
        }
        parsed.include.iter().for_each(|include| inside(include.span));
        for service in parsed.services {
            for variable in &service.environment {
                inside(variable.span);
                drop(variable.resolved(&look_up));
            }
            service.env_files.iter().for_each(|file| inside(file.span));
            service.extends.iter().for_each(|extends| inside(extends.span));
            for start in [&service.entrypoint, &service.command].into_iter().flatten() {
                let words = compose::interpolated(start.words(), &look_up);
                drop(launched(Command { words, ..Command::default() }, &look_up));
            }
            for property in &service.properties {
                inside(property.span);
                drop(property.kind.value(compose::interpolate(&property.value, &look_up).text.as_str()));
            }
            services.push(service);
        }
        for format in [Format::Dotenv, Format::Raw] {
            let (variables, complaints) = compose::env_file(file, format);
            variables.iter().for_each(|variable| inside(variable.span));
            complaints.iter().for_each(|complaint| inside(complaint.span));
            drop(compose::resolve(&variables, &mut BTreeMap::new(), &look_up));
        }
    }
    compose::merge(&mut services);
});

fn parts(bytes: &[u8]) -> Vec<&[u8]> {
    const MARK: &[u8] = b"\n#FILE\n";
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        parts.push(&rest[..at]);
        rest = &rest[at + MARK.len()..];
    }
    parts.push(rest);
    parts
}
