//! Units, by what `systemctl` and `journalctl` print: of a fixture's machine, since a test's own may have no systemd.

use crate::on;
use insta::assert_snapshot;
use setpoint_host::{FixtureHost, Host as _, LiveHost};
use setpoint_model::Value;
use setpoint_model::register::{CheckKind, LogCheck, UnitCheck, UnitState};
use std::path::Path;
use std::time::Duration;

const ASKED: &str = "LoadState,ActiveState,SubState,Result,UnitFileState,NRestarts,ActiveEnterTimestampMonotonic";

fn unit() -> UnitCheck {
    UnitCheck {
        unit: "shop.service".to_owned(),
        state: None,
        enabled: None,
        active_for: None,
        restarts_at_most: None,
        properties: Vec::new(),
    }
}

fn look(shown: &str, properties: &str, check: UnitCheck) -> String {
    let folder = LiveHost.temporary_folder().expect("a temporary folder");
    let write =
        |name: &str, text: &str| LiveHost.write(&folder.path().join(name), text.as_bytes()).expect("a file in it");
    write(&format!("cmd/systemctl show --property={ASKED}{properties} -- shop.service"), &format!("0\n{shown}"));
    write(
        "cmd/journalctl --unit shop.service --lines 5 --output cat --no-pager --quiet",
        "0\nModuleNotFoundError: No module named 'shop'\n",
    );
    write("proc/uptime", "1000.00 1900.00\n");
    on(&FixtureHost::new(folder.path()), Path::new("/"), CheckKind::Unit(check))
}

const FAILED: &str = "LoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\nUnitFileState=disabled\n\
                      NRestarts=5\nActiveEnterTimestampMonotonic=0\n";
const ACTIVE: &str = "LoadState=loaded\nActiveState=active\nSubState=running\nResult=success\nUnitFileState=enabled\n\
                      NRestarts=1\nActiveEnterTimestampMonotonic=940000000\nRestart=always\n";

#[test]
fn a_failed_unit_says_why() {
    let wanted = UnitCheck {
        state: Some(UnitState::Active),
        enabled: Some(true),
        active_for: Some(Duration::from_secs(30)),
        restarts_at_most: Some(3),
        ..unit()
    };
    assert_snapshot!(look(FAILED, "", wanted), @"
    wrong-state: it is `failed` (failed, exit-code); expected `active`
    wrong-state: the unit file is `disabled`; expected a unit that is started at boot
    wrong-state: it is not active; expected active for 30 s or longer
    too-much: systemd restarted it 5 times; expected 3 at most
    journal: ModuleNotFoundError: No module named 'shop'
    ");
}

#[test]
fn an_active_unit_is_looked_at_by_any_property() {
    let wanted = UnitCheck {
        state: Some(UnitState::Active),
        active_for: Some(Duration::from_mins(1)),
        properties: vec![("Restart".to_owned(), Value::from("always"))],
        ..unit()
    };
    assert_eq!(look(ACTIVE, ",Restart", wanted), "passed");
    let wanted = UnitCheck {
        active_for: Some(Duration::from_secs(61)),
        properties: vec![("Restart".to_owned(), Value::from("no")), ("Nice".to_owned(), Value::Integer(5))],
        ..unit()
    };
    assert_snapshot!(look(ACTIVE, ",Restart,Nice", wanted), @"
    wrong-age: it has been active for 60 s alone; expected active for 61 s or longer
    wrong-value: `Restart` is `always`; expected `no`
    missing: the unit has no property `Nice`; expected `Nice=5`
    hint: `systemctl show UNIT` lists them
    journal: ModuleNotFoundError: No module named 'shop'
    ");
    assert_snapshot!(look("LoadState=not-found\n", "", UnitCheck { enabled: Some(true), ..unit() }), @"
    missing: there is no unit `shop.service`; expected a unit of that name
    hint: `systemctl list-unit-files` lists them
    ");
}

#[test]
fn without_systemd_that_is_said() {
    let folder = LiveHost.temporary_folder().unwrap();
    let check = UnitCheck { state: Some(UnitState::Active), ..unit() };
    assert_snapshot!(on(&FixtureHost::new(folder.path()), Path::new("/"), CheckKind::Unit(check)), @"tool-missing: `systemctl` is not on this machine; expected the program `systemctl`");
}

#[test]
fn a_journal_is_asked_for_its_time() {
    let folder = LiveHost.temporary_folder().unwrap();
    let host = FixtureHost::new(folder.path());
    let since = host.now().timestamp().as_second() - 600;
    let asked = format!("cmd/journalctl --unit shop.service --since @{since} --output cat --no-pager --quiet");
    LiveHost.write(&folder.path().join(asked), b"0\nGET / 200\nGET /x 500\n").unwrap();
    let check = LogCheck {
        log: "journal:shop.service".to_owned(),
        present: Some(" 200$".to_owned()),
        absent: Some(" 5..$".to_owned()),
        last: LogCheck::LAST,
    };
    assert_snapshot!(on(&host, Path::new("/"), CheckKind::Log(check)), @"
    unwanted: 1 of 2 lines match ` 5..$`; expected none that does
    line: GET /x 500
    ");
}
