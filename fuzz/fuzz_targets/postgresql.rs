//! Any bytes as a `postgresql.conf`: what is set stands in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use setpoint_formats::postgresql::{Line, parse};
use setpoint_model::ByteSpan;

fuzz_target!(|bytes: &[u8]| {
    let inside = |span: ByteSpan| assert!(span.start <= span.end && span.end <= bytes.len(), "{span:?}");
    let (lines, complaints) = parse(bytes);
    for complaint in complaints {
        inside(complaint.span);
        drop(complaint.problem("postgresql.conf", bytes));
    }
    for line in lines {
        match line {
            Line::Setting { name, value, span } => {
                assert!(!name.is_empty());
                inside(span);
                value.span().into_iter().for_each(inside);
            }
            Line::Include { path, .. } => path.span().into_iter().for_each(inside),
        }
    }
});
