//! Any bytes as a systemd unit, each value as everything that a value can be, and the text as what `systemctl` prints.

#![no_main]

use libfuzzer_sys::fuzz_target;
use setpoint_formats::unit::{self, BadEscape, Specifiers, UnitName};
use setpoint_formats::{Complaint, command_line};

fuzz_target!(|bytes: &[u8]| {
    let (directives, complaints) = unit::parse(bytes);
    let check = |complaints: Vec<Complaint>| {
        for complaint in complaints {
            assert!(complaint.span.start <= complaint.span.end && complaint.span.end <= bytes.len());
            drop(complaint.problem("shop.service", bytes));
        }
    };
    check(complaints);
    let known = |name: &str| (name.len() == 1).then(|| "known $a ${b}".to_owned());
    let specifiers = Specifiers::of_system_unit(&UnitName::new("shop@one.service"));
    for directive in &directives {
        assert!(directive.key_span.end <= directive.value_span.start && directive.value_span.end <= bytes.len());
        check(unit::environment(directive, &specifiers).1);
        check(unit::environment_file(directive, &specifiers).1);
        drop(unit::names(directive, &specifiers));
        for bad_escape in [BadEscape::EndsTheValue, BadEscape::IsKept] {
            check(unit::words(&directive.value, bad_escape).complaints);
        }
        let (commands, complaints) = command_line::exec_start(&directive.value, &specifiers);
        check(complaints);
        for command in commands {
            drop(command_line::expand(&command.words, &known));
        }
        drop(command_line::exec_form(&directive.value));
        for command in command_line::shell(&directive.value, &known) {
            drop(command_line::launched(command, &known));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        drop(unit::cat(text));
        drop(unit::show(text));
        drop(UnitName::new(text).template());
    }
});
