//! Checks whose entries in the register are wrong: none is run, and none passes.

use crate::checks::Shop;
use insta::assert_snapshot;

const CHECKS: &str = "
[check.health]
http = '/health'
status = 200

[check.misspelled]
http = '/health'
status = 200
txet = 'no such thing'
tags = ['smoke']
owner = 'catalog team'
rollback = './deploy.sh --previous'

[check.kindless]
why = 'nobody knows'

[check.after]
http = '/health'
status = 200
needs = ['kindless']

[check.elsewhere]
file = 'setpoint.toml'
environments = ['prodution']

[waiver.misspelled]
reason = 'it is being written'
until = 2999-12-31
";

#[test]
fn they_fail_and_what_needs_them_is_skipped() {
    let shop = Shop::with(CHECKS);
    let all = "--only health --only misspelled --only kindless --only after --only elsewhere";
    let said = shop.check(&format!("--environment ci {all}"));
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stdout, @"
    passed   health      http GET http://127.0.0.1:PORT/health  TIME
    skipped  after       http GET http://127.0.0.1:PORT/health
             because: it needs `kindless`, which did not pass
    failed   misspelled  http setpoint.toml:15:8
             wrong-entry: it was not run, since its entry is wrong:
               `check.misspelled` has an unknown key `txet` (setpoint.toml:18:1)
             expected: one of `timeout`, `retries`, `wait`, `tags`,
               `environments`, `needs`, `owner`, `why`, `expect`, `rollback`,
               `http`, `method`, `headers`, `body`, `redirects`, `status`, `header`,
               `json`, `text`, `certificate_days`, `within`, `lookup_within`,
               `connect_within`, `tls_within`, `first_byte_within`
             retry: safe once this is mended; nothing was changed
             hint: did you mean `text`?
             owner: catalog team
             rollback: ./deploy.sh --previous
    failed   kindless    check setpoint.toml:23:8
             wrong-entry: it was not run, since its entry is wrong:
               `check.kindless` does not say what it looks at (setpoint.toml:23:8)
             expected: one of `http`, `tcp`, `tls`, `unit`, `process`, `port`,
               `file`, `command`, `sql`, `redis`, `log`, `disk`, `dns`, `config`,
               `rejects`
             retry: safe once this is mended; nothing was changed
             owner: platform team
    failed   elsewhere   file setpoint.toml:31:8
             wrong-entry: it was not run, since its entry is wrong: there is no
               environment `prodution` (setpoint.toml:33:17)
             expected: one of `ci`, `staging`
             retry: safe once this is mended; nothing was changed
             owner: platform team

    3 problems
    checks: 1 passed, 3 failed, 1 skipped
    0 rules asked about 1 default; none asked for documentation, since the register
    could not be read whole
    ");
}

#[test]
fn they_fail_in_every_format_and_wherever_it_is_looked() {
    let shop = Shop::with(CHECKS);
    let said = shop.check("--tag smoke --format tap");
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stdout, @r#"
    TAP version 14
    1..4
    not ok 1 - check misspelled
      ---
      kind: "http"
      subject: "setpoint.toml:15:8"
      failures:
        - reason: "wrong-entry"
          message: "it was not run, since its entry is wrong: `check.misspelled` has an unknown key `txet` (setpoint.toml:18:1)"
          expected: "one of `timeout`, `retries`, `wait`, `tags`, `environments`, `needs`, `owner`, `why`, `expect`, `rollback`, `http`, `method`, `headers`, `body`, `redirects`, `status`, `header`, `json`, `text`, `certificate_days`, `within`, `lookup_within`, `connect_within`, `tls_within`, `first_byte_within`"
          retry: "safe once this is mended; nothing was changed"
          hint: "did you mean `text`?"
      places:
        - "setpoint.toml:15:8"
      ...
    not ok 2 - read setpoint.toml
      ---
      message: "`check.misspelled` has an unknown key `txet`"
      expected: "one of `timeout`, `retries`, `wait`, `tags`, `environments`, `needs`, `owner`, `why`, `expect`, `rollback`, `http`, `method`, `headers`, `body`, `redirects`, `status`, `header`, `json`, `text`, `certificate_days`, `within`, `lookup_within`, `connect_within`, `tls_within`, `first_byte_within`"
      retry: "safe once this is mended; nothing was changed"
      hint: "did you mean `text`?"
      places:
        - "setpoint.toml:18:1"
      ...
    not ok 3 - read setpoint.toml
      ---
      message: "`check.kindless` does not say what it looks at"
      expected: "one of `http`, `tcp`, `tls`, `unit`, `process`, `port`, `file`, `command`, `sql`, `redis`, `log`, `disk`, `dns`, `config`, `rejects`"
      retry: "safe once this is mended; nothing was changed"
      places:
        - "setpoint.toml:23:8"
      ...
    not ok 4 - read setpoint.toml
      ---
      message: "there is no environment `prodution`"
      expected: "one of `ci`, `staging`"
      retry: "safe once this is mended; nothing was changed"
      places:
        - "setpoint.toml:33:17"
      ...
    "#);
    let said = shop.check("--environment ci --only misspelled --format nagios");
    assert_snapshot!(said.stdout, @"SETPOINT UNKNOWN - 1 of 1 check failed: misspelled (wrong-entry); 3 problems: `check.misspelled` has an unknown key `txet`, `check.kindless` does not say what it looks at, there is no environment `prodution`");
    for format in ["json", "sarif", "junit", "github"] {
        let said = shop.check(&format!("--environment ci --only misspelled --format {format}"));
        assert!(said.code == Some(2) && said.stdout.contains("wrong-entry"), "{format} says nothing: {said}");
    }
}

#[test]
fn they_are_listed_as_what_they_are_and_not_exported() {
    let shop = Shop::with(CHECKS);
    let said = shop.sandbox.run("check list");
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stdout, @"
    health      http GET /health
    misspelled  not run: its entry is wrong (setpoint.toml:15:8)  smoke
    kindless    not run: its entry is wrong (setpoint.toml:23:8)
    after       http GET /health
    elsewhere   not run: its entry is wrong (setpoint.toml:31:8)
    ");
    let json: serde_json::Value = serde_json::from_str(&shop.sandbox.run("check list --format json").stdout).unwrap();
    let problems = |name: &str| {
        let listed = json.as_array().unwrap().iter().find(|check| check["name"] == name).unwrap();
        listed["problems"].as_array().map(|problems| problems[0]["what"].clone())
    };
    assert_eq!(problems("health"), None);
    assert_eq!(problems("misspelled").unwrap(), "`check.misspelled` has an unknown key `txet`");
    let said = shop.sandbox.run("check export");
    assert_eq!(said.code, Some(2));
    assert_snapshot!(said.stdout, @"
    # health
    GET {{url}}/health
    [Options]
    max-time: 10000ms
    HTTP 200
    ");
    let left_out = said.stderr.find("left out:").unwrap();
    assert_snapshot!(said.stderr[left_out..], @"
    left out: `misspelled`: its entry is wrong (setpoint.toml:15:8)
    left out: `kindless`: its entry is wrong (setpoint.toml:23:8)
    left out: `elsewhere`: its entry is wrong (setpoint.toml:31:8)
    left out: `after`: it needs `kindless`, which is not written
    ");
}

#[test]
fn what_is_wrong_is_said_without_the_secret_that_stands_there() {
    let sandbox = crate::empty()
        .file("shop/settings.py", "import os\nKEY = os.environ.get('SHOP_SECRET_KEY', 'hunter2-of-the-code')\n")
        .file(
            "setpoint.toml",
            "[service]\nname = 'shop'\n\n[check.odd]\nhttp = 'http://127.0.0.1:1/'\nstatus = 'hunter2-of-the-code'\n",
        );
    let commands = ["check", "check --format json", "check --format sarif", "check list --format json", "check export"];
    for command in commands {
        let said = sandbox.run(command);
        assert!(said.code == Some(2) && said.to_string().contains("***"), "{command} says nothing: {said}");
        assert!(!said.to_string().contains("hunter2"), "{command} shows it: {said}");
    }
}
