//! Changes of files that nothing runs from; those of running services are tested on the test VPS.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

use crate::small_shop::small_shop;
use insta::assert_snapshot;
use setpoint_testkit::{Picture, Sandbox};

/// The small shop with a folder of its own for what is recorded.
pub(crate) fn shop() -> Sandbox {
    let shop = small_shop().file(
        "setpoint.toml",
        "[service]\nname = \"shop\"\nowner = \"shop team\"\n\n[default.SHOP_POOL_SIZE]\nvalue = 20 # a checkout holds one\n",
    );
    let state = shop.path().join(".state").display().to_string();
    shop.variable("SETPOINT_STATE", &state)
}

/// What a command said, on any day.
pub(crate) fn stable(picture: &Picture) -> String {
    let day = regex::Regex::new(r"\b\d{4}-\d\d-\d\d( \d\d:\d\d)?").unwrap();
    day.replace_all(&picture.to_string(), "DAY").into_owned()
}

#[test]
fn a_value_is_edited_where_it_stands() {
    let shop = shop();
    assert_snapshot!(shop.run("change SHOP_POOL_SIZE=30 --dry-run"), @"
    exit: 0
    --- stdout
    SHOP_POOL_SIZE  20 → 30
      stands in deploy/shop.env:1 (environment-file)

    deploy/shop.env:1
    -SHOP_POOL_SIZE=20
    +SHOP_POOL_SIZE=30

    setpoint.toml:6
    -value = 20 # a checkout holds one
    +value = 30 # a checkout holds one

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 120 s
    --- stderr
    note: `setpoint.toml` changes with it; commit it where it comes from
    ");
    assert_eq!(shop.read("deploy/shop.env").lines().next(), Some("SHOP_POOL_SIZE=20"));
}

#[test]
fn a_line_is_added_where_nothing_sets_it() {
    assert_snapshot!(shop().run("change SHOP_PAGE_SIZE=30 --dry-run"), @"
    exit: 0
    --- stdout
    SHOP_PAGE_SIZE  20 → 30
      is added to deploy/shop.env:3 (environment-file)

    deploy/shop.env:4
    +SHOP_PAGE_SIZE=30

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 120 s
    --- stderr
    would find: SP001 undocumented: `SHOP_PAGE_SIZE` is set in `deploy/shop.env`
      and not documented
    ");
}

#[test]
fn an_option_is_added_to_the_command_line() {
    assert_snapshot!(shop().run("change uvicorn.timeout_keep_alive=75 --dry-run"), @"
    exit: 0
    --- stdout
    uvicorn.timeout_keep_alive  (not set) → 75
      is added to deploy/shop.service:3 (unit)
      with it: systemd.ExecStart

    deploy/shop.service:3
    -ExecStart=/srv/shop/.venv/bin/uvicorn shop.main:app --port 8000
    +ExecStart=/srv/shop/.venv/bin/uvicorn shop.main:app --port 8000 --timeout-keep-alive 75

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 120 s
    --- stderr
    would find: SP001 undocumented: `uvicorn.timeout_keep_alive` is set in
      `deploy/shop.service` and not documented
    ");
}

#[test]
fn a_property_is_added_to_the_unit() {
    assert_snapshot!(shop().run("change systemd.TimeoutStopSec=75 --dry-run"), @"
    exit: 0
    --- stdout
    systemd.TimeoutStopSec  90s → 75
      is added to deploy/shop.service:3 (unit)

    deploy/shop.service:4
    +TimeoutStopSec=75

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 120 s
    --- stderr
    would find: SP001 undocumented: `systemd.TimeoutStopSec` is set in
      `deploy/shop.service` and not documented
    ");
}

#[test]
fn what_is_applied_is_recorded_and_can_be_put_back() {
    let shop = shop();
    let before = (shop.read("deploy/shop.env"), shop.read("setpoint.toml"));
    assert_snapshot!(stable(&shop.run("change SHOP_POOL_SIZE=30 --yes --window 1 --why sale")), @"
    exit: 0
    --- stdout
    SHOP_POOL_SIZE  20 → 30
      stands in deploy/shop.env:1 (environment-file)

    deploy/shop.env:1
    -SHOP_POOL_SIZE=20
    +SHOP_POOL_SIZE=30

    setpoint.toml:6
    -value = 20 # a checkout holds one
    +value = 30 # a checkout holds one

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 1 s
    applied and kept: change 1, SHOP_POOL_SIZE = 30
      note: [ROOT]/notes/DAY-change-1.md
    --- stderr
    note: `setpoint.toml` changes with it; commit it where it comes from
    ");
    assert_eq!(shop.read("deploy/shop.env").lines().next(), Some("SHOP_POOL_SIZE=30"));
    assert!(shop.read("setpoint.toml").ends_with("value = 30 # a checkout holds one\n"));
    assert!(shop.run("change list").to_string().contains("applied and kept"));
    assert_snapshot!(stable(&shop.run("rollback --yes")), @"
    exit: 0
    --- stdout
    rolled back and verified: change 1, SHOP_POOL_SIZE = 30
      note: [ROOT]/notes/DAY-change-1.md
    ");
    assert_eq!((shop.read("deploy/shop.env"), shop.read("setpoint.toml")), before);
    assert_snapshot!(stable(&shop.run("rollback --yes")), @"
    exit: 2
    --- stderr
    error: change 1 (SHOP_POOL_SIZE = 30) is rolled back and verified
    expected: a change that is in place
    retry: safe once this is mended; nothing was changed
    hint: `setpoint change list` lists them; none is in place
    ");
}

#[test]
fn a_register_that_came_after_a_change_has_no_say_in_its_way_back() {
    let shop = small_shop();
    let state = shop.path().join(".state").display().to_string();
    let shop = shop.variable("SETPOINT_STATE", &state);
    assert!(shop.run("change SHOP_POOL_SIZE=30 --yes --window 1").to_string().contains("applied and kept"));
    shop.write("setpoint.toml", "[check.planted]\ncommand = \"touch planted\"\n");
    assert!(shop.run("rollback --yes").to_string().contains("rolled back and verified"));
    assert!(!shop.path().join("planted").exists());
}

#[test]
fn an_environment_that_does_not_run_here_is_not_changed_here() {
    let shop = shop();
    shop.write("setpoint.toml", "[service]\nname = \"shop\"\n\n[environment.staging]\nunits = [\"no-such.service\"]\n");
    assert_snapshot!(shop.run("change --environment staging SHOP_POOL_SIZE=30 --yes"), @"
    exit: 2
    --- stderr
    error: systemd knows none of the units of `staging`: no-such.service
    expected: a change on the machine that it runs on
    retry: safe once this is mended; nothing was changed
    hint: without `--environment` the files of this folder alone are edited, for
      who commits them
    ");
    assert_eq!(shop.read("deploy/shop.env").lines().next(), Some("SHOP_POOL_SIZE=20"));
}

#[test]
fn what_somebody_else_changed_since_is_not_overwritten() {
    let shop = shop();
    shop.run("change SHOP_POOL_SIZE=30 --yes --window 1");
    shop.write("deploy/shop.env", "SHOP_POOL_SIZE=40\n");
    assert_snapshot!(shop.run("rollback 1 --yes"), @"
    exit: 2
    --- stderr
    error: `[ROOT]/deploy/shop.env` was changed since by somebody
      else
    expected: the files as the change left them
    retry: safe once this is mended; nothing was changed
    hint: a rollback would overwrite that: take it back first, or edit by hand
      what the change's note shows
    ");
    assert_eq!(shop.read("deploy/shop.env"), "SHOP_POOL_SIZE=40\n");
}

#[test]
fn a_secret_is_shown_nowhere() {
    let shop = shop();
    let own = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(shop.path().join("deploy/shop.env"), own).unwrap();
    let said = shop.run("change SHOP_SECRET_KEY=correct-horse-battery --yes --window 1");
    assert_snapshot!(stable(&said), @"
    exit: 0
    --- stdout
    SHOP_SECRET_KEY  (secret, set) → (secret, set)
      stands in deploy/shop.env:2 (environment-file)

    deploy/shop.env:2
    -SHOP_SECRET_KEY=***
    +SHOP_SECRET_KEY=***

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 1 s
    applied and kept: change 1, SHOP_SECRET_KEY = (secret, set)
      note: [ROOT]/notes/DAY-change-1.md
    --- stderr
    warning: others can see a command line; `SHOP_SECRET_KEY=-` reads the value
      from standard input
    ");
    assert!(shop.read("deploy/shop.env").contains("SHOP_SECRET_KEY=correct-horse-battery\n"));
    for command in ["change list", "change list --format json", "change show", "rollback --yes", "change show 1"] {
        let said = shop.run(command).to_string();
        assert!(!said.contains("correct-horse") && !said.contains("hunter2"), "{command}: {said}");
    }
    let note = shop.read(".state/changes/1/note.md");
    assert!(!note.contains("correct-horse") && !note.contains("hunter2"), "{note}");
    assert!(shop.read("deploy/shop.env").contains("hunter2"));
}

#[test]
fn a_runbook_is_for_somebody_without_setpoint() {
    assert_snapshot!(shop().run("change SHOP_POOL_SIZE=30 --print-runbook"), @"
    exit: 0
    --- stdout
    # SHOP_POOL_SIZE = 30

    ```diff
    deploy/shop.env:1
    -SHOP_POOL_SIZE=20
    +SHOP_POOL_SIZE=30

    setpoint.toml:6
    -value = 20 # a checkout holds one
    +value = 30 # a checkout holds one
    ```

    Without Setpoint:

    1. `cp -p [ROOT]/deploy/shop.env [ROOT]/deploy/shop.env.before`, and edit `[ROOT]/deploy/shop.env`
    2. `cp -p [ROOT]/setpoint.toml [ROOT]/setpoint.toml.before`, and edit `[ROOT]/setpoint.toml`
    3. watch the logs for 120 s; if something is wrong, copy the files back and do the same again
    --- stderr
    note: `setpoint.toml` changes with it; commit it where it comes from
    ");
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is() {
    let shop = shop();
    assert_snapshot!(shop.run("change SHOP_POOL_SIZE"), @"
    exit: 2
    --- stderr
    error: `SHOP_POOL_SIZE` gives nothing a value
    expected: NAME=VALUE
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop.run("change SHOP_POOL_SIZ=30"), @"
    exit: 2
    --- stderr
    error: there is no default `SHOP_POOL_SIZ`
    expected: a name that `setpoint capture --all` lists
    retry: safe once this is mended; nothing was changed
    hint: did you mean `SHOP_POOL_SIZE`?
    ");
    assert_snapshot!(shop.run("change SHOP_POOL_SIZE=20"), @"
    exit: 2
    --- stderr
    error: `SHOP_POOL_SIZE` is 20 already
      --> deploy/shop.env:1:16
    expected: another value
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop.run("change SHOP_POOL_SIZE=many"), @"
    exit: 2
    --- stderr
    note: `setpoint.toml` changes with it; commit it where it comes from
    error: the change would bring an error: `SHOP_POOL_SIZE` is `many`, which is
      no `int`
    expected: a value without one
    retry: safe once this is mended; nothing was changed
    hint: `setpoint explain SP007` says why that is one
    ");
    assert_snapshot!(shop.run("change SHOP_POOL_SIZE=30"), @"
    exit: 2
    --- stdout
    SHOP_POOL_SIZE  20 → 30
      stands in deploy/shop.env:1 (environment-file)

    deploy/shop.env:1
    -SHOP_POOL_SIZE=20
    +SHOP_POOL_SIZE=30

    setpoint.toml:6
    -value = 20 # a checkout holds one
    +value = 30 # a checkout holds one

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 120 s
    --- stderr
    note: `setpoint.toml` changes with it; commit it where it comes from
    error: nobody is there to say yes
    expected: a terminal, or `--yes`
    retry: safe, nothing was changed
    ");
    assert_snapshot!(shop.run("change systemd.NoSuchKey=1"), @"
    exit: 2
    --- stderr
    error: nothing that can be edited gives `systemd.NoSuchKey` a value
    expected: an environment file, a unit, a configuration file or a proxy's block
      that such a line fits into
    retry: safe once this is mended; nothing was changed
    hint: name one with `--process`, or write the first line of its kind by hand
    ");
    assert_snapshot!(shop.run("change confirm"), @"
    exit: 2
    --- stderr
    error: there is no change yet
    expected: a change that is recorded in
      `[ROOT]/.state/changes`
    retry: safe once this is mended; nothing was changed
    hint: `setpoint change list` lists them
    ");
    assert_snapshot!(shop.run("rollback"), @"
    exit: 2
    --- stderr
    error: there is no change yet
    expected: a change that is recorded in
      `[ROOT]/.state/changes`
    retry: safe once this is mended; nothing was changed
    hint: `setpoint change list` lists them
    ");
    assert_snapshot!(shop.run("change list"), @"
    exit: 0
    --- stdout
    no change is recorded in `[ROOT]/.state/changes`
    ");
    assert!(!shop.path().join(".state/changes/1").exists());
}

#[test]
fn an_ordinary_user_is_told_what_may_not_be_written() {
    assert_snapshot!(shop().run_as_ordinary_user("change SHOP_POOL_SIZE=30 --yes"), @"
    exit: 3
    --- stdout
    SHOP_POOL_SIZE  20 → 30
      stands in deploy/shop.env:1 (environment-file)

    deploy/shop.env:1
    -SHOP_POOL_SIZE=20
    +SHOP_POOL_SIZE=30

    setpoint.toml:6
    -value = 20 # a checkout holds one
    +value = 30 # a checkout holds one

    then  nothing: no unit that was named runs from these files
    it is reversible; watched for 120 s
    --- stderr
    note: `setpoint.toml` changes with it; commit it where it comes from
    error: cannot write `[ROOT]/.state`: permission denied
      --> [ROOT]/.state
    expected: a path this user may write
    retry: safe once this is mended; nothing was changed
    hint: run the same command with `sudo`, or as the user that it belongs to
    ");
}

/// A folder of code that nothing deploys, so that its own defaults are edited.
fn code() -> Sandbox {
    let settings = "\
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    region: str = \"10\"
    limit: int = 5
    ratio: float = 0.5
    is_open: bool = False
    hosts: list[str] = [\"a\"]
";
    let code = Sandbox::new(env!("CARGO_BIN_EXE_setpoint")).file("settings.py", settings);
    let state = code.path().join(".state").display().to_string();
    code.variable("SETPOINT_STATE", &state)
}

#[test]
fn a_literal_keeps_its_type() {
    let code = code();
    let line = |assignment: &str| {
        let said = code.run(&format!("change {assignment} --dry-run")).to_string();
        let changed = said.lines().find(|line| line.starts_with('+') || line.starts_with("error: ")).unwrap_or(&said);
        changed.trim_start_matches('+').trim().to_owned()
    };
    assert_eq!(line("REGION=20"), "region: str = \"20\"");
    assert_eq!(line("REGION=true"), "region: str = \"true\"");
    assert_eq!(line("LIMIT=7"), "limit: int = 7");
    assert_eq!(line("RATIO=1"), "ratio: float = 1");
    assert_eq!(line("IS_OPEN=true"), "is_open: bool = True");
    assert_eq!(line("HOSTS=[\"a\",\"b\"]"), "hosts: list[str] = [\"a\",\"b\"]");
    for none in ["LIMIT=many", "IS_OPEN=perhaps", "HOSTS=a"] {
        let name = none.split_once('=').unwrap().0;
        let refused = format!("error: no edit gives `{name}` that value and leaves all else as it is");
        assert_eq!(line(none), refused);
    }
}

#[test]
fn the_note_says_how_to_do_the_same_again() {
    let shop = shop();
    shop.run("change SHOP_POOL_SIZE=30 --yes --window 1");
    let note = shop.read(".state/changes/1/note.md");
    let command = note.lines().find(|line| line.starts_with("setpoint change ")).unwrap();
    let root = shop.path().display();
    assert_eq!(command, format!("setpoint change --root={root} 'SHOP_POOL_SIZE=30'"));
    shop.run("rollback --yes");
    // As a shell takes it apart.
    let words = format!("{} --yes --window 1", command.trim_start_matches("setpoint ").replace('\'', ""));
    assert!(shop.run(&words).to_string().contains("applied and kept: change 2"));
}
