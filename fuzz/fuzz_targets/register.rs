//! Any text as `setpoint.toml` and as `setpoint.lock`: nothing panics, and what is added to a register that loads
//! leaves one that loads.

#![no_main]

use libfuzzer_sys::fuzz_target;
use setpoint_model::{Site, Snapshot, Value};
use setpoint_register::{NewDefault, REGISTER, add_defaults, load, lock};

fuzz_target!(|text: &str| {
    let (register, problems) = load(REGISTER, text);
    let name = "FUZZED_DEFAULT";
    let one = Value::from("\"a\"\n");
    let per_process = vec![("b.service".to_owned(), one.clone())];
    let added = add_defaults(text, &[NewDefault { name: name.to_owned(), value: Some(one), per_process }]);
    if let (Ok(added), []) = (added, problems.as_slice()) {
        let (with, problems) = load(REGISTER, &added);
        assert_eq!(problems, [], "{added}");
        assert!(with.defaults.iter().any(|entry| entry.name == name), "{added}");
        assert!(with.defaults.len() <= register.defaults.len() + 1, "{added}");
    }
    let snapshot = Snapshot { version: 1, site: Site::default(), defaults: Vec::new(), calls: Vec::new(), needs: Vec::new(), problems: Vec::new() };
    drop(lock::compare(text, &snapshot));
});
