//! `setpoint check add` and `setpoint check list`, against a real server and this machine.

use crate::checks::Shop;
use insta::assert_snapshot;

#[test]
fn an_answer_becomes_a_check_that_holds_everywhere() {
    let shop = Shop::with("");
    let url = shop.url();
    assert_snapshot!(shop.sandbox.run(&format!("check add {url}/health")), @r#"
    exit: 0
    --- stdout
    [check.health]
    http     = "/health"
    status   = 200
    json     = { ok = true }
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    --- stderr

    written to setpoint.toml; it passed. Fill in owner, why, expect and rollback
    "#);
    assert_snapshot!(shop.check("--environment ci --only health"), @r"
    exit: 0
    --- stdout
    passed  health  http GET http://127.0.0.1:PORT/health  TIME

    nothing found
    checks: 1 passed
    0 rules asked about 1 default\ no newline
    ");
    assert_snapshot!(shop.sandbox.run(&format!("check add {url}/health")), @"
    exit: 2
    --- stderr
    error: the check `health` demands the same already
    expected: something that no check demands
    retry: safe once this is mended; nothing was changed
    hint: `--name NAME` writes it once more
    ");
    // A page that is not there is an answer too; who is there to be asked, and what is demanded, is said.
    assert_snapshot!(shop.sandbox.run("check add http /old --environment staging --dry-run"), @r#"
    exit: 0
    --- stdout
    [check.old]
    http     = "/old"
    status   = 404
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    --- stderr

    look again: the answer is 404, and the check demands that; a page that is
      there answers with 2xx
    it passed; nothing was written
    "#);
    assert_snapshot!(shop.sandbox.run("check list --environment ci"), @"
    exit: 0
    --- stdout
    health  http GET http://127.0.0.1:PORT/health
    ");
}

#[test]
fn what_a_machine_has_becomes_a_check_of_its_environment() {
    let shop = Shop::with("");
    std::fs::create_dir(shop.sandbox.path().join("run")).unwrap();
    let said = shop.sandbox.run("check add file run --environment ci --name runtime").to_string();
    assert_snapshot!(regex::Regex::new(r#"(user +=) "[^"]+""#).unwrap().replace(&said, "$1 \"USER\""), @r#"
    exit: 0
    --- stdout
    [check.runtime]
    file         = "run"
    is           = "folder"
    mode         = "0755"
    user         = "USER"
    environments = ["ci"]
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    --- stderr

    written to setpoint.toml; it passed. Fill in owner, why, expect and rollback
    "#);
    assert_snapshot!(shop.sandbox.run("check add config SHOP_DEBUG --dry-run"), @r#"
    exit: 0
    --- stdout
    [check.config-shop-debug]
    config   = "SHOP_DEBUG"
    equals   = "no"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    --- stderr

    it passed; nothing was written
    "#);
    assert_snapshot!(shop.sandbox.run("check add log app.log"), @"
    exit: 2
    --- stderr
    error: missing: `[ROOT]/app.log` does not exist
    expected: a log that this user may read
    retry: safe once this is mended; nothing was changed

    hint: nothing was written; what is written passes when it is written
    ");
    assert_snapshot!(shop.check("--environment ci --only runtime"), @r"
    exit: 0
    --- stdout
    passed  runtime  file run  TIME

    nothing found
    checks: 1 passed
    0 rules asked about 1 default\ no newline
    ");
    assert_snapshot!(shop.check("--environment staging --only runtime"), @"
    exit: 2
    --- stderr
    error: the check `runtime` is not for the environment `staging`
    expected: one that it is for: ci
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop.sandbox.run("check list --format json"), @r#"
    exit: 0
    --- stdout
    [
      {
        "name": "runtime",
        "kind": "file",
        "subject": "run",
        "tags": [],
        "environments": [
          "ci"
        ],
        "needs": [],
        "place": {
          "file": "setpoint.toml",
          "line": 11,
          "column": 8,
          "span": {
            "start": 159,
            "end": 166
          }
        }
      }
    ]
    "#);
}

#[test]
fn nothing_is_written_of_what_cannot_be_demanded() {
    let shop = Shop::with("");
    let before = shop.sandbox.read("setpoint.toml");
    assert_snapshot!(shop.sandbox.run("check add"), @"
    exit: 2
    --- stderr
    error: the following required arguments were not provided:
      <KIND|URL>

    Usage: setpoint check add <KIND|URL> [SUBJECT]

    For more information, try '--help'.
    ");
    assert_snapshot!(shop.sandbox.run("check add htp /health"), @"
    exit: 2
    --- stderr
    error: there is no kind of check `htp`
    expected: a web address, or a kind and what it looks at
    retry: safe once this is mended; nothing was changed
    hint: did you mean `http`?
    ");
    assert_snapshot!(shop.sandbox.run("check add port"), @"
    exit: 2
    --- stderr
    error: `port` of what?
    expected: `setpoint check add port SUBJECT`
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop.sandbox.run("check add file no.such"), @"
    exit: 2
    --- stderr
    error: missing: `[ROOT]/no.such` does not exist
    expected: a file that this user may look at
    retry: safe once this is mended; nothing was changed

    hint: nothing was written; what is written passes when it is written
    ");
    assert_snapshot!(shop.sandbox.run("check add config NO_SUCH"), @"
    exit: 2
    --- stderr
    error: missing: the site has no default `NO_SUCH`
    expected: a name that `setpoint capture` lists
    retry: safe once this is mended; nothing was changed

    hint: nothing was written; what is written passes when it is written
    ");
    assert_snapshot!(shop.sandbox.run("check add command false"), @"
    exit: 2
    --- stderr
    error: wrong-status: it ended with 1
    expected: 0
    retry: safe once this is mended; nothing was changed

    hint: nothing was written; what is written passes when it is written
    ");
    let secret = shop.url().replace("http://", "http://shop:hunter2-of-a-command-line@");
    assert_snapshot!(shop.sandbox.run(&format!("check add {secret}/health")), @"
    exit: 2
    --- stderr
    error: it would hold a secret, and the register is committed
    expected: a subject and an answer without user, password or token
    retry: safe once this is mended; nothing was changed

    hint: nothing was written; what is written passes when it is written
    ");
    // What is a secret is known from the site.
    let code = "import os\nKEY = os.environ.get('SHOP_SECRET_KEY', 'hunter-two-planted')\n";
    shop.sandbox.write("shop/secret.py", code);
    assert_snapshot!(shop.sandbox.run("check add command echo_hunter-two-planted"), @"
    exit: 2
    --- stderr
    error: it would hold a secret, and the register is committed
    expected: a subject and an answer without user, password or token
    retry: safe once this is mended; nothing was changed

    hint: nothing was written; what is written passes when it is written
    ");
    assert_eq!(shop.sandbox.read("setpoint.toml"), before);
}

#[test]
fn the_first_check_begins_a_register() {
    let sandbox = crate::empty().file("shop/settings.py", "import os\nDEBUG = os.environ['SHOP_DEBUG']\n");
    let name = sandbox.path().file_name().unwrap().to_string_lossy().into_owned();
    let sandbox = sandbox.filter(&name, "FOLDER");
    assert_snapshot!(sandbox.run("check add command true"), @r#"
    exit: 0
    --- stdout
    [service]
    name = "FOLDER"

    [check.true]
    command  = "true"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    --- stderr

    written to setpoint.toml; it passed. Fill in owner, why, expect and rollback
    "#);
    assert_snapshot!(sandbox.read("setpoint.toml").replace(&name, "FOLDER"), @r#"
    [service]
    name = "FOLDER"

    [check.true]
    command  = "true"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    "#);
}

#[test]
fn what_answers_otherwise_than_a_page_is_said() {
    let shop = Shop::with("\n[check.typo]\nfile = 'setpoint.toml'\n");
    let url = shop.url();
    assert_snapshot!(shop.sandbox.run(&format!("check add {url}/typo --dry-run")), @r#"
    exit: 0
    --- stdout
    [check.typo-2]
    http     = "/typo"
    status   = 404
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    --- stderr

    look again: the answer is 404, and the check demands that; a page that is
      there answers with 2xx
    it passed; nothing was written
    "#);
    // A host and a port are enough.
    let bare = url.replace("http://", "");
    assert_snapshot!(shop.sandbox.run(&format!("check add {bare}/health --dry-run")), @r#"
    exit: 0
    --- stdout
    [check.health]
    http     = "/health"
    status   = 200
    json     = { ok = true }
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    --- stderr

    it passed; nothing was written
    "#);
    assert_snapshot!(shop.sandbox.run("check add http /health"), @"
    exit: 2
    --- stderr
    error: not-known: `/health` is a path, and the environment has no `url` that
      it would be below
    expected: a `url` of the environment, or a whole URL here
    retry: safe once this is mended; nothing was changed

    hint: `--environment NAME` says below which `url`; the register has `ci`,
      `staging`

    hint: nothing was written; what is written passes when it is written
    ");
    assert_snapshot!(shop.sandbox.run("check add http /catalog/1 --environment ci"), @r#"
    exit: 0
    --- stdout
    [check.catalog-1]
    http     = "/catalog/1"
    status   = 404
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    --- stderr

    look again: the answer is 404, and the check demands that; a page that is
      there answers with 2xx
    written to setpoint.toml; it passed. Fill in owner, why, expect and rollback
    "#);
    assert_snapshot!(shop.sandbox.run("check add http /goods/catalog/1 --environment ci"), @r#"
    exit: 0
    --- stdout
    [check.goods-catalog-1]
    http     = "/goods/catalog/1"
    status   = 404
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    --- stderr

    look again: the answer is 404, and the check demands that; a page that is
      there answers with 2xx
    written to setpoint.toml; it passed. Fill in owner, why, expect and rollback
    "#);
}

#[test]
fn a_log_without_lines_is_none() {
    let shop = Shop::with("");
    shop.sandbox.write("app.log", "");
    assert_snapshot!(shop.sandbox.run("check add log app.log"), @"
    exit: 2
    --- stderr
    error: missing: `app.log` has no line
    expected: a log in which something stands
    retry: safe once this is mended; nothing was changed

    hint: nothing was written; what is written passes when it is written
    ");
    if setpoint_testkit::tool_is_here("journalctl") {
        let said = shop.sandbox.run("check add log journal:no-such-unit-anywhere.service");
        assert!(said.code != Some(0) && said.stderr.contains("nothing was written"), "{said}");
    }
}

#[test]
fn nothing_is_quoted_that_was_never_written() {
    let shop = Shop::with("[default.SHOP_DEBUG]\nvalue = 'yes'\n");
    assert_snapshot!(shop.sandbox.run("check add tcp 34105"), @r#"
    exit: 2
    --- stderr
    error: `tcp` of `check.tcp-34105` is the text "34105"
    expected: `HOST:PORT`, with a port from 1 to 65535 and an IPv6 address in
      brackets
    retry: safe once this is mended; nothing was changed

    hint: nothing was written
    "#);
    assert_snapshot!(shop.sandbox.run("check add config SHOP_DEBUG"), @"
    exit: 2
    --- stderr
    error: `SHOP_DEBUG` is `no`, and the register documents it as `yes`
    expected: what is documented, which a check can then demand
    retry: safe once this is mended; nothing was changed
    hint: `setpoint explain SHOP_DEBUG` shows what sets it; mend that, or the
      register's entry

    hint: nothing was written; what is written passes when it is written
    ");
    assert_snapshot!(shop.sandbox.run("check add command ls_no-such-folder"), @"
    exit: 2
    --- stderr
    error: wrong-status: it ended with 127; stderr: sh: 1: eval:
      ls_no-such-folder: not found
    expected: 0
    retry: safe once this is mended; nothing was changed

    hint: nothing was written; what is written passes when it is written
    ");
}

#[test]
fn a_register_that_this_user_may_not_write() {
    use std::os::unix::fs::PermissionsExt as _;
    let shop = Shop::with("");
    let closed = std::fs::Permissions::from_mode(0o555);
    std::fs::set_permissions(shop.sandbox.path(), closed).unwrap();
    let said = shop.sandbox.run_as_ordinary_user("check add command true");
    std::fs::set_permissions(shop.sandbox.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_snapshot!(said, @"
    exit: 3
    --- stderr
    error: cannot write `[ROOT]/setpoint.toml`: permission denied
      --> [ROOT]/setpoint.toml
    expected: a path this user may write
    retry: safe once this is mended; nothing was changed
    hint: run the same command with `sudo`, or as the user that it belongs to
    ");
}
