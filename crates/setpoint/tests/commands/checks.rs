//! The register's checks, run by `setpoint check` against real servers.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

use insta::assert_snapshot;
use setpoint_testkit::{Background, Picture, Sandbox, free_port};
use std::process::Command;
use std::time::Duration;

/// Answers `/health` with JSON, `/leak` with what must not be shown, and every other path with 404.
const SERVER: &str = r#"
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        bodies = {"/health": b'{"ok": true}', "/leak": b'{"url": "postgresql://shop:hunter2-of-the-site@db/shop", "key": "hunter2-of-a-body"}'}
        body = bodies.get(self.path, b"no such page")
        self.send_response(200 if self.path in bodies else 404)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-token", "hunter2-of-the-site")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"#;

const CHECKS: &str = "
[check.health]
http = '/health'
status = 200
json = { ok = true }
tags = ['smoke']

[check.catalog]
http = '/catalog'
status = 200
tags = ['smoke', 'pages']
owner = 'catalog team'
rollback = './deploy.sh --previous'

[check.prices]
http = '/prices'
status = 200
needs = ['catalog']

[check.old-pages]
http = '/old'
status = 200
tags = ['pages']

[check.on-staging-alone]
http = '/staging'
status = 200
environments = ['staging']

[waiver.old-pages]
reason = 'until the old pages are redirected'
until = 2999-12-31
";

/// A server and a register with an environment where it answers.
pub(super) struct Shop {
    pub(super) sandbox: Sandbox,
    port: u16,
    _server: Background,
}

impl Shop {
    #[expect(clippy::disallowed_methods, reason = "the test starts a real server")]
    pub(super) fn with(checks: &str) -> Self {
        let port = free_port();
        let mut command = Command::new("python3");
        command.args(["-c", SERVER, &port.to_string()]);
        let server = Background::start(&mut command, port, Duration::from_mins(1));
        let register = format!(
            "[service]\nname = 'shop'\nowner = 'platform team'\n\n[environment.ci]\nurl = 'http://127.0.0.1:{port}'\n\n\
             [environment.staging]\nurl = 'http://127.0.0.1:{port}'\n{checks}"
        );
        let sandbox = crate::empty()
            .file("shop/settings.py", "import os\nDEBUG = os.environ.get('SHOP_DEBUG', 'no')\n")
            .file("setpoint.toml", register)
            .filter(&port.to_string(), "PORT");
        Self { sandbox, port, _server: server }
    }

    /// Where it answers.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What is said of the checks, without how long they took.
    pub(super) fn check(&self, options: &str) -> Picture {
        let mut said = self.sandbox.run(&format!("check {options}"));
        let lines = said.stdout.lines().map(without_time);
        said.stdout = lines.collect::<Vec<_>>().join("\n");
        said
    }
}

/// Every number with a fraction, and one before `ms`, is a time.
fn without_time(line: &str) -> String {
    let time = regex::Regex::new(r" +[0-9.]+ ms$|\b[0-9]+\.[0-9]{3}(s?)\b").unwrap();
    time.replace_all(line, |found: &regex::Captures<'_>| if found[0].ends_with("ms") { "  TIME" } else { "TIME" })
        .into_owned()
}

/// A line of a run of rules says nothing of checks.
fn checks_alone(names: &str) -> String {
    names.split(' ').map(|name| format!("--only {name} ")).collect()
}

const ALL: &str = "health catalog prices old-pages on-staging-alone";

#[test]
fn passed_failed_skipped_and_waived() {
    let shop = Shop::with(CHECKS);
    assert_snapshot!(shop.check(&format!("--environment ci {}", checks_alone(ALL))), @"
    exit: 2
    --- stderr
    error: the check `on-staging-alone` is not for the environment `ci`
    expected: one that it is for: staging
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn some_of_them_by_name_and_by_tag() {
    let shop = Shop::with(CHECKS);
    assert_snapshot!(shop.check("--environment ci --only health"), @r"
    exit: 0
    --- stdout
    passed  health  http GET http://127.0.0.1:PORT/health  TIME

    nothing found
    checks: 1 passed
    0 rules asked about 1 default\ no newline
    ");
    // What is picked needs another, which is run with it.
    assert_snapshot!(shop.check("--environment ci --only prices --format tap"), @r#"
    exit: 1
    --- stdout
    TAP version 14
    1..2
    not ok 1 - check catalog
      ---
      kind: "http"
      subject: "GET http://127.0.0.1:PORT/catalog"
      duration_ms: TIME
      tries: 1
      failures:
        - reason: "wrong-status"
          message: "the status is 404"
          expected: "200"
          retry: "safe once this is mended; nothing was changed"
      evidence:
        - of: "body"
          text: "no such page"
      places:
        - "setpoint.toml:17:8"
      ...
    ok 2 - check prices # SKIP it needs `catalog`, which did not pass
      ---
      kind: "http"
      subject: "GET http://127.0.0.1:PORT/prices"
      ...\ no newline
    "#);
    assert_snapshot!(shop.check("--environment ci --tag pages --format nagios"), @r"
    exit: 2
    --- stdout
    SETPOINT CRITICAL - 1 of 2 checks failed: catalog (wrong-status) | catalog=TIME old-pages=TIME\ no newline
    ");
    assert_snapshot!(shop.check("--environment staging --tag pages --only on-staging-alone"), @r"
    exit: 0
    --- stdout
    nothing found
    0 rules asked about 1 default\ no newline
    ");
    assert_snapshot!(shop.check("--environment ci --tag pags"), @"
    exit: 2
    --- stderr
    error: no check has the tag `pags`
    expected: a tag of a check
    retry: safe once this is mended; nothing was changed
    hint: did you mean `pages`?
    ");
    assert_snapshot!(shop.check("--environment ci --only helth"), @"
    exit: 2
    --- stderr
    error: there is no rule or check `helth`
    expected: a rule's code or name, or a check's name
    retry: safe once this is mended; nothing was changed
    hint: did you mean `health`?
    ");
}

#[test]
fn nobody_said_where() {
    let shop = Shop::with(CHECKS);
    assert_snapshot!(shop.check("--only health"), @"
    exit: 2
    --- stderr
    error: the check `health` is not run without an environment to look at
    expected: `--environment NAME`
    retry: safe once this is mended; nothing was changed
    hint: the register has ci, staging
    ");
    assert_snapshot!(shop.check("--tag smoke"), @r"
    exit: 0
    --- stdout
    nothing found
    0 rules asked about 1 default\ no newline
    --- stderr
    2 checks of the register were not run: `--environment NAME` says where
    ");
    assert_snapshot!(shop.check("--tag smoke --format tap"), @r"
    exit: 0
    --- stdout
    TAP version 14
    1..1
    ok 1 - checks of the register # SKIP 2 checks of the register were not run: `--environment NAME` says where\ no newline
    ");
    assert_snapshot!(shop.check("--tag smoke --format nagios"), @r"
    exit: 3
    --- stdout
    SETPOINT UNKNOWN - 2 checks of the register were not run: `--environment NAME` says where\ no newline
    ");
    assert_snapshot!(shop.check("--tag smoke --format github"), @r"
    exit: 0
    --- stdout
    ::notice title=checks::2 checks of the register were not run: `--environment NAME` says where\ no newline
    ");
}

#[test]
fn nagios_has_codes_of_its_own() {
    let shop = Shop::with(CHECKS);
    assert_snapshot!(shop.check("--environment ci --only health --format nagios"), @r"
    exit: 0
    --- stdout
    SETPOINT OK - 1 check holds, 0 rules asked and nothing found | health=TIME\ no newline
    ");
    assert_snapshot!(shop.check("--environment production --format nagios"), @r"
    exit: 3
    --- stdout
    SETPOINT UNKNOWN - the register has no environment `production`; expected: one of `ci`, `staging`\ no newline
    ");
    assert_snapshot!(shop.check("--environment ci --tag pags --format nagios"), @r"
    exit: 3
    --- stdout
    SETPOINT UNKNOWN - no check has the tag `pags`; expected: a tag of a check\ no newline
    ");
    let broken = Shop::with("[check.health]\nhttp = '/health'\n");
    assert_snapshot!(broken.check("--environment ci --only SP012 --format nagios"), @r"
    exit: 3
    --- stdout
    SETPOINT UNKNOWN - 1 problem: `check.health` expects nothing, so that it would always pass\ no newline
    --- stderr
    error: `check.health` expects nothing, so that it would always pass
      --> setpoint.toml:10:8
       |
    10 | [check.health]
       |        ^^^^^^
    expected: at least one of `status`, `header`, `json`, `text`,
      `certificate_days`, `within`, `lookup_within`, `connect_within`, `tls_within`,
      `first_byte_within`
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_waiver_that_is_not_needed_and_one_that_is_over() {
    let shop = Shop::with(&format!(
        "{CHECKS}\n[waiver.health]\nreason = 'a slow disk'\nuntil = 2999-12-31\n\n[waiver.catalog]\nreason = 'old'\nuntil = 2020-01-01\n"
    ));
    assert_snapshot!(shop.check("--environment ci"), @r"
    exit: 1
    --- stdout
    warning[SP012] expired-waiver: the waiver of `catalog` ended on 2020-01-01:
      the check fails again
      --> setpoint.toml:47:9
       |
    47 | [waiver.catalog]
       |         ^^^^^^^
    expected: a last day that has not passed
    hint: mend it and delete the waiver, or decide anew; its reason was: old

    note[SP013] unused-waiver: the waiver of `health` accepts nothing
      --> setpoint.toml:43:9
       |
    43 | [waiver.health]
       |         ^^^^^^
    expected: a failure of the check that it accepts
    hint: delete it, unless it is for another environment

    passed   health     http GET http://127.0.0.1:PORT/health  TIME
    skipped  prices     http GET http://127.0.0.1:PORT/prices
             because: it needs `catalog`, which did not pass
    waived   old-pages  http GET http://127.0.0.1:PORT/old  TIME
             waived: until the old pages are redirected
    failed   catalog    http GET http://127.0.0.1:PORT/catalog  TIME
             wrong-status: the status is 404
             expected: 200
             retry: safe once this is mended; nothing was changed
             body: no such page
             owner: catalog team
             rollback: ./deploy.sh --previous

    1 warning, 1 note
    checks: 1 passed, 1 failed, 1 skipped, 1 waived
    ALL rules asked about 1 default; `setpoint explain SP012` says more about a rule\ no newline
    ");
}

#[test]
fn no_format_shows_a_secret_that_came_back() {
    let shop = Shop::with(
        "[check.leak]\nhttp = '/leak'\nstatus = 201\ntext = { contains = 'hunter2-of-another' }\n\
         header = { x-token = 'none' }\njson = { url = 'x' }\n\n\
         [check.command]\ncommand = 'echo the password is hunter2-of-the-site; echo hunter2-of-the-site >&2; exit 1'\n\n\
         [check.database]\nsql = 'select 1'\ndatabase = 'SHOP_DATABASE_URL'\nequals = 1\n\n\
         [check.needs]\ntcp = '127.0.0.1:1'\nneeds = ['leak']\n",
    );
    shop.sandbox.write(
        "shop/settings.py",
        "import os\nfrom dotenv import load_dotenv\nload_dotenv()\nDATABASE_URL = os.environ['SHOP_DATABASE_URL']\nKEY = os.environ['SHOP_API_KEY']\n",
    );
    shop.sandbox.write(
        ".env",
        "SHOP_DATABASE_URL=postgresql://shop:hunter2-of-the-site@127.0.0.1:1/shop\nSHOP_API_KEY=hunter2-of-a-body\n",
    );
    for format in ["text", "json", "sarif", "junit", "github", "tap", "nagios"] {
        let said = shop.check(&format!("--environment ci --format {format}"));
        assert!(said.stdout.contains("leak") && said.stdout.contains("wrong-status"), "{format} says nothing: {said}");
        for secret in ["hunter2-of-the-site", "hunter2-of-a-body"] {
            assert!(!said.to_string().contains(secret), "{format} shows {secret}:\n{said}");
        }
    }
}
