//! What `capture --write` writes down is what `check` finds: no entry drifts the moment it was written, and the lock is
//! fresh.

use crate::small_shop::small_shop;
use proptest::prelude::*;
use setpoint_capture::{Processes, Request};
use setpoint_host::FixtureHost;
use setpoint_model::Snapshot;
use setpoint_register::{NewDefault, add_defaults, load, starter};
use setpoint_rules::Facts;
use setpoint_testkit::{Sandbox, tool_is_here};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What `check` says of the values and processes of a register that was just written.
fn complaints(sandbox: &Sandbox) -> Vec<String> {
    let written = sandbox.run("capture --write --all");
    assert_eq!(written.code, Some(0), "{written}");
    let fresh = sandbox.run("capture --check");
    assert_eq!(fresh.code, Some(0), "{fresh}");
    let said = sandbox.run("check --format json");
    let verdict: serde_json::Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{said}"));
    let findings = verdict["findings"].as_array().unwrap_or_else(|| panic!("{said}"));
    let complains = |finding: &&serde_json::Value| finding["name"] == "drifted" || finding["name"] == "stale-entry";
    findings.iter().filter(complains).map(|finding| finding["message"].to_string()).collect()
}

#[test]
fn a_register_just_written_does_not_drift() {
    assert_eq!(complaints(&small_shop()), [""; 0]);
    for folder in ["examples/shop", "fixtures/hosts/shop-vps/srv/shop", "fixtures/hosts/shop-vps"] {
        let sandbox = crate::empty().folder(&repository().join(folder));
        let register = sandbox.path().join("setpoint.toml");
        // The example's own register drifts on purpose.
        if register.exists() {
            sandbox.write("setpoint.toml", starter("shop"));
        }
        assert_eq!(complaints(&sandbox), [""; 0], "{folder}");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test makes the repository that the binary asks git about")]
fn nor_where_git_ignores_a_file_that_sets_another_value() {
    if !tool_is_here("git") {
        return;
    }
    let shop = crate::empty()
        .file(
            "shop/main.py",
            "import os\nfrom dotenv import load_dotenv\nload_dotenv()\nPOOL = os.getenv(\"SHOP_POOL\", \"5\")\n",
        )
        .file(".env", "SHOP_POOL=7\nSHOP_LAPTOP=of-one-person\n")
        .file(".gitignore", ".env\n");
    let git = std::process::Command::new("git").arg("-C").arg(shop.path()).args(["init", "-q"]).status();
    assert!(git.unwrap().success());
    insta::assert_snapshot!(shop.run("capture --write --dry-run").stderr, @"

    no value is written for `SHOP_POOL`: `.env`, which no other checkout has, sets
      another one here
    ");
    assert_eq!(complaints(&shop), [""; 0]);
    let register = shop.read("setpoint.toml");
    assert!(register.contains("[default.SHOP_POOL]") && !register.contains("value "), "{register}");
    // What a private file alone sets is nobody else's business.
    assert!(!register.contains("of-one-person") && !shop.read("setpoint.lock").contains("of-one-person"), "{register}");
}

/// The same for the units of each machine that is there as files, by the files alone and with what runs.
#[test]
fn nor_does_one_of_a_machine() {
    let mut looked_at = 0;
    for machine in repository().join("fixtures/hosts").read_dir().unwrap() {
        let machine = machine.unwrap().path();
        for units in units_of(&machine) {
            for processes in [Processes::LeftOut, Processes::LookedAt] {
                let request = Request { units: units.clone(), processes, ..Request::default() };
                let snapshot = setpoint_capture::capture(&FixtureHost::new(&machine), &request).unwrap().snapshot;
                assert_eq!(drift(&snapshot), [""; 0], "{machine:?} {units:?} {processes:?}");
                looked_at += snapshot.defaults.len();
            }
        }
    }
    assert!(looked_at > 100, "{looked_at} defaults are not much of a proof");
}

fn drift(snapshot: &Snapshot) -> Vec<String> {
    let entries: Vec<NewDefault> = snapshot.defaults.iter().map(NewDefault::from).collect();
    let text = add_defaults(&starter("shop"), &entries).expect("a starter can be added to");
    let (register, problems) = load("setpoint.toml", &text);
    assert_eq!(problems, []);
    let today = jiff::civil::date(2026, 11, 1);
    let findings = setpoint_rules::judge(Facts::new(snapshot, Some(&register), today));
    let complains = |name: &str| name == "drifted" || name == "stale-entry";
    findings.into_iter().filter(|finding| complains(finding.name)).map(|finding| finding.message).collect()
}

/// Every unit that the machine's systemd knows, alone and all at once.
fn units_of(machine: &Path) -> Vec<Vec<String>> {
    let units = machine.join("etc/systemd/system").read_dir().expect("a machine with units");
    let names = units.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut units: Vec<String> = names.filter(|name| name.ends_with(".service")).collect();
    units.sort();
    // The machine answers for the names that its tests ask for.
    let answers = |unit: &String| {
        let ask =
            "systemctl show --property=Id,LoadState,ActiveState,FragmentPath,DropInPaths,NeedDaemonReload,MainPID --";
        machine.join("cmd").join(format!("{ask} {unit}")).exists()
    };
    units.retain(answers);
    let mut asked: Vec<Vec<String>> = units.iter().map(|unit| vec![unit.clone()]).collect();
    asked.push(units);
    asked
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository around the crate")
}

const VARIABLES: [&str; 3] = ["SHOP_POOL", "SHOP_MODE", "SHOP_URL"];
const VALUES: [&str; 7] = ["5", "05", "7.50", "true", "https://shop.example", "a b", ""];

/// A line of a unit that sets a variable or takes one away, or a property.
fn unit_line() -> impl Strategy<Value = String> {
    let variable = || prop::sample::select(&VARIABLES[..]);
    let value = prop::sample::select(&VALUES[..]);
    prop_oneof![
        4 => (variable(), value).prop_map(|(name, value)| format!("Environment=\"{name}={value}\"")),
        1 => Just(format!("Environment={}=%p", VARIABLES[1])),
        1 => variable().prop_map(|name| format!("UnsetEnvironment={name}")),
        1 => Just("EnvironmentFile=/etc/shop/shop.env".to_owned()),
        1 => prop::sample::select(&["Type=simple", "Type=exec", "TimeoutStopSec=5"][..]).prop_map(str::to_owned),
    ]
}

/// How a variable is read.
fn declaration() -> impl Strategy<Value = String> {
    let read = prop::sample::select(
        &["os.environ[\"{}\"]", "os.getenv(\"{}\")", "os.getenv(\"{}\", \"5\")", "os.getenv(\"{}\", os.getcwd())"][..],
    );
    (read, prop::sample::select(&VARIABLES[..])).prop_map(|(read, name)| read.replace("{}", name))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_units_set_and_code_reads(
        units in prop::collection::vec(prop::collection::vec(unit_line(), 0..6), 1..4),
        declarations in prop::collection::vec(declaration(), 0..5),
        variables in prop::collection::vec((prop::sample::select(&VARIABLES[..]), prop::sample::select(&VALUES[..])), 0..3),
        dotenv in prop::collection::vec((prop::sample::select(&VARIABLES[..]), prop::sample::select(&VALUES[..])), 0..3),
    ) {
        let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| format!("{name}=\"{value}\"\n")).collect::<String>();
        let mut sandbox = crate::empty().file("deploy/shop.env", pairs(&variables)).file(".env", pairs(&dotenv));
        for (unit, lines) in ["shop", "worker", "worker@2"].iter().zip(&units) {
            let start = "ExecStart=/srv/shop/.venv/bin/python -m shop.main";
            sandbox = sandbox.file(&format!("deploy/{unit}.service"), format!("[Service]\n{start}\n{}\n", lines.join("\n")));
        }
        let mut code = "import os\nfrom dotenv import load_dotenv\nload_dotenv()\n".to_owned();
        for (number, read) in declarations.iter().enumerate() {
            writeln!(code, "VALUE_{number} = {read}").unwrap();
        }
        let sandbox = sandbox.file("shop/main.py", code);
        let complaints = complaints(&sandbox);
        prop_assert!(complaints.is_empty(), "{:?}\n{}", complaints, sandbox.read("setpoint.toml"));
    }
}
