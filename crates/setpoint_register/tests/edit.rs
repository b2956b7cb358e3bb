//! Additions to the register: what is there stays as it is, and what is new loads.

use proptest::prelude::*;
use setpoint_model::Value;
use setpoint_register::{NewDefault, add_defaults, document_value, load, starter};

fn new(name: &str, value: impl Into<Option<Value>>) -> NewDefault {
    NewDefault { name: name.to_owned(), value: value.into(), per_process: Vec::new() }
}

#[test]
fn a_starter_takes_its_first_defaults() {
    let text = add_defaults(
        &starter("shop"),
        &[
            new("uvicorn.timeout_keep_alive", Value::Integer(5)),
            new("SHOP_SECRET_KEY", Value::from("hunter2")),
            new("SHOP_HOSTS", Value::List(vec![Value::from("a"), Value::from("b\n")])),
        ],
    );
    insta::assert_snapshot!(text.unwrap(), @r#"
    [service]
    name = "shop"

    [default.SHOP_HOSTS]
    value    = ["a", "b\n"]
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.SHOP_SECRET_KEY]
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default."uvicorn.timeout_keep_alive"]
    value    = 5
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    "#);
}

#[test]
fn new_defaults_stand_after_the_last_one_and_its_comments() {
    let text = "\
# The shop's register.
[service]
name = \"shop\"   # as in the unit

[default.Z]
value = 1
# owner = \"nobody yet\"

# ---- checks ----
[check.a]
tcp = \"db:1\"
";
    insta::assert_snapshot!(add_defaults(text, &[new("B", Value::Bool(true)), new("A", None), new("Z", None)]).unwrap(), @r#"
    # The shop's register.
    [service]
    name = "shop"   # as in the unit

    [default.Z]
    value = 1
    # owner = "nobody yet"

    [default.A]
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.B]
    value    = true
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    # ---- checks ----
    [check.a]
    tcp = "db:1"
    "#);
}

#[test]
fn comments_above_the_next_section_stay_there() {
    let text = "[service]\nname = \"shop\"\n[default.Z]\n# why = \"\"\n# The checks.\n[check.a]\ntcp = \"db:1\"";
    let edited = add_defaults(text, &[new("A", None)]).unwrap();
    assert!(edited.ends_with("\n# The checks.\n[check.a]\ntcp = \"db:1\""), "{edited}");
    assert!(edited.contains("[default.Z]\n# why = \"\"\n\n[default.A]\n"), "{edited}");
}

#[test]
fn defaults_written_as_one_value_are_refused_with_their_place() {
    let problem = add_defaults("default = { A = { value = 1 } }\n[service]\nname = \"shop\"\n", &[new("B", None)]);
    insta::assert_snapshot!(problem.unwrap_err(), @"the defaults are written as one value (setpoint.toml:1:1); expected `[default.NAME]` tables, which can be added to; retry: safe once this is mended; nothing was changed");
}

#[test]
fn a_broken_register_is_refused_and_one_that_only_makes_no_sense_is_not() {
    insta::assert_snapshot!(add_defaults("[service\n", &[new("B", None)]).unwrap_err(), @"this is not TOML: unclosed table (setpoint.toml:1:9); expected `]`; retry: safe once this is mended; nothing was changed");
    assert!(add_defaults("[service]\nnmae = \"shop\"\n", &[new("B", None)]).is_ok());
}

#[test]
fn line_ends_of_windows_are_kept() {
    let edited = add_defaults("[service]\r\nname = \"shop\"\r\n", &[new("A", None)]).unwrap();
    assert_eq!(edited.matches('\n').count(), edited.matches("\r\n").count());
}

/// A register as people write them: sections in any order, comments and blank lines anywhere.
fn any_register() -> impl Strategy<Value = String> {
    let comment = prop_oneof![Just(""), Just("\n"), Just("# a comment\n"), Just("# why = \"\"\n\n"), Just("\t# ü\n")];
    let section = prop_oneof![
        (0..9_u8).prop_map(|number| format!("[default.D{number}]\nvalue = {number} # as measured\n")),
        (0..9_u8).prop_map(|number| format!("[default.\"d.{number}\"]\nwhy = \"\"\"two\nlines\"\"\"\n")),
        (0..9_u8).prop_map(|number| format!("[check.c{number}]\ntcp = \"db:1\"\n")),
        (0..9_u8).prop_map(|number| format!("[environment.e{number}]\nunits = [\n  \"a.service\", # one\n]\n")),
        (0..9_u8).prop_map(|number| format!("[job.\"j {number}\"]\nrun = '''\ntrue'''\n")),
    ];
    let start =
        prop_oneof![Just("[service]\nname = \"shop\"\n"), Just("default.X.value = 1\n[service]\nname = \"shop\"\n")];
    (start, prop::collection::vec((comment, section), 0..6), any::<bool>()).prop_map(|(start, parts, ends)| {
        let mut text = start.to_owned();
        for (comment, section) in parts {
            let header = section.lines().next().unwrap_or_default();
            if !text.contains(header) {
                text.push_str(comment);
                text.push_str(&section);
            }
        }
        if ends { text } else { text.trim_end().to_owned() }
    })
}

#[test]
fn exceptions_and_one_name_of_two_defaults() {
    let exceptions = [("worker.service", Value::Integer(2)), ("import.service", Value::Null)];
    let per_process = exceptions.map(|(process, value)| (process.to_owned(), value)).to_vec();
    let pool = NewDefault { per_process, ..new("SHOP_POOL", Value::Integer(10)) };
    let timeout = |seconds| new("--timeout", Value::Integer(seconds));
    let text = add_defaults(&starter("shop"), &[pool.clone(), timeout(5), timeout(30)]).unwrap();
    let (register, problems) = load("setpoint.toml", &text);
    assert_eq!(problems, []);
    assert_eq!(register.default_entry("SHOP_POOL").unwrap().per_process, pool.per_process);
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    [service]
    name = "shop"

    [default.--timeout]

    [default.SHOP_POOL]
    value    = 10
    per_process = { "worker.service" = 2, "import.service" = { null = true } }
    "#);
}

fn any_new() -> impl Strategy<Value = NewDefault> {
    let name = prop_oneof!["[A-E][0-9]", "d\\.[0-9]", "--[a-z]{1,3}", "[a-z\"'\\\\ü][a-z\"'\\\\ #=\\[\\]]{0,4}[a-z\"]"];
    let value = prop_oneof![
        Just(None),
        any::<i64>().prop_map(|number| Some(Value::Integer(number.into()))),
        any::<String>().prop_map(|text| Some(Value::Text(text))),
        prop::collection::vec(any::<bool>().prop_map(Value::Bool), 0..3).prop_map(|list| Some(Value::List(list))),
    ];
    let exceptions =
        prop::collection::btree_map("[a-c]{1,2}(@[0-9])?\\.service", any::<bool>().prop_map(Value::Bool), 0..3);
    (name, value, exceptions).prop_map(|(name, value, per_process)| NewDefault {
        name,
        value,
        per_process: per_process.into_iter().collect(),
    })
}

proptest! {
    #[test]
    fn nothing_that_was_there_changes_and_all_that_is_new_loads(
        text in any_register(),
        entries in prop::collection::vec(any_new(), 0..5),
    ) {
        let (before, problems) = load("setpoint.toml", &text);
        prop_assert_eq!(problems, []);
        let edited = add_defaults(&text, &entries).map_err(|problem| TestCaseError::fail(problem.to_string()))?;
        // One piece was put in; every byte before and after it is as it was.
        let same = text.bytes().zip(edited.bytes()).take_while(|(one, two)| one == two).count();
        prop_assert!(edited.ends_with(&text[text.floor_char_boundary(same)..]), "{}\n---\n{}", text, edited);
        let (after, problems) = load("setpoint.toml", &edited);
        prop_assert_eq!(problems, []);
        for entry in &before.defaults {
            prop_assert_eq!(after.default_entry(&entry.name).map(|it| &it.value), Some(&entry.value));
            prop_assert_eq!(after.default_entry(&entry.name).map(|it| &it.per_process), Some(&entry.per_process));
        }
        for entry in entries.iter().filter(|entry| before.default_entry(&entry.name).is_none()) {
            let written = after.default_entry(&entry.name);
            prop_assert!(written.is_some(), "{} is there", entry.name);
            let written = written.map(|it| (it.value.clone(), it.per_process.clone()));
            // Of two defaults of one name, one entry cannot say two values.
            let agree = entries.iter().filter(|other| other.name == entry.name).all(|other| other == entry);
            let wanted = (entry.value.clone(), entry.per_process.clone());
            prop_assert_eq!(written, Some(if agree { wanted } else { (None, Vec::new()) }));
        }
        prop_assert_eq!(add_defaults(&edited, &entries), Ok(edited), "again changes nothing");
    }

    #[test]
    fn junk_never_panics(text in any_register(), at in any::<prop::sample::Index>(), junk in "[\\[\\]{}=\"'.,#\n\u{0}a-c0-9]{0,8}") {
        let at = text.floor_char_boundary(at.index(text.len()));
        let spoiled = format!("{}{junk}{}", &text[..at], &text[at..]);
        load("setpoint.toml", &spoiled);
        load("setpoint.toml", &text[at..]);
        let _ = add_defaults(&spoiled, &[new("NEW", None)]);
    }
}

#[test]
fn a_documented_value_changes_in_the_form_that_it_has() {
    let text = "[default.POOL]\nvalue    = 10 # a checkout holds one\nwhy = \"a\"\n\n[default.DEBUG]\nvalue = false\n\n\
                [default.NAME]\nvalue = \"a\"\n\n[default.SESSION_KEY]\nwhy = \"b\"\n";
    let documented = |name: &str, value: &str| document_value(text, name, &Value::from(value)).unwrap();
    let replaced = |old: &str, new: &str| Some(text.replacen(old, new, 1));
    assert_eq!(documented("POOL", "20"), replaced("10", "20"));
    assert_eq!(documented("DEBUG", "True"), replaced("false", "true"));
    assert_eq!(documented("NAME", "b \"c\""), replaced("\"a\"\n\n[default.S", "\"b \\\"c\\\"\"\n\n[default.S"));
    // What is there already, what is not documented, and what is a secret is not written.
    assert_eq!(documented("POOL", "10"), None);
    assert_eq!(documented("OTHER", "1"), None);
    assert_eq!(documented("SESSION_KEY", "s3cret-and-long"), None);
}
