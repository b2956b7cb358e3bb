//! Any bytes as a `redis.conf`: the words of each directive stand in it, in their order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use setpoint_formats::redis::parse;

fuzz_target!(|bytes: &[u8]| {
    let (directives, complaints) = parse(bytes);
    for complaint in complaints {
        assert!(complaint.span.start <= complaint.span.end && complaint.span.end <= bytes.len());
        drop(complaint.problem("redis.conf", bytes));
    }
    for directive in directives {
        assert!(!directive.name.is_empty());
        let mut at = 0;
        for word in directive.arguments {
            assert!(at <= word.span.start && word.span.start <= word.span.end && word.span.end <= bytes.len());
            at = word.span.end;
        }
    }
});
