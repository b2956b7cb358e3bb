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
    error: there is a check `health` already
    expected: a name that no other check has
    retry: safe once this is mended; nothing was changed
    hint: `--name NAME` gives this one another
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
    exit: 3
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
    exit: 3
    --- stderr
    error: missing: `[ROOT]/no.such` does not exist
    expected: a file that this user may look at
    retry: safe once this is mended; nothing was changed

    hint: nothing was written; what is written passes when it is written
    ");
    assert_snapshot!(shop.sandbox.run("check add config NO_SUCH"), @"
    exit: 3
    --- stderr
    error: missing: the site has no default `NO_SUCH`
    expected: a name that `setpoint capture` lists
    retry: safe once this is mended; nothing was changed

    hint: nothing was written; what is written passes when it is written
    ");
    assert_snapshot!(shop.sandbox.run("check add command false"), @"
    exit: 3
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
