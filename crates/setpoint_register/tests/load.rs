//! What a person is told about a register, one picture for each behaviour.

use setpoint_model::Value;
use setpoint_model::register::{Check, CheckKind, Register};
use setpoint_register::load;
use std::fmt::Write as _;

/// Every problem as a person reads it, without the drawing.
fn problems(text: &str) -> String {
    let shown = load("setpoint.toml", text).1.into_iter().map(|problem| {
        let place = problem.place.expect("every problem has a place");
        let span = place.span.expect("every place has its bytes");
        assert!(text.get(span.start..span.end).is_some(), "{span:?} is a piece of the text");
        let hint = problem.hint.map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        format!("{place}: {}\n  expected {}{hint}", problem.what, problem.expected)
    });
    shown.collect::<Vec<_>>().join("\n")
}

fn sound(text: &str) -> Register {
    let (register, problems) = load("setpoint.toml", text);
    assert_eq!(problems, []);
    register
}

const SERVICE: &str = "[service]\nname = \"shop\"\n";

#[test]
fn the_designs_example_loads() {
    let register = sound(include_str!("registers/design.toml"));
    assert_eq!(register.environment("staging").unwrap().overrides[0], ("SHOP_PORT".to_owned(), Value::from("8001")));
    let entry = register.default_entry("uvicorn.timeout_keep_alive").unwrap();
    assert_eq!(entry.value, Some(Value::Integer(75)));
    assert_eq!(entry.documentation.owner.as_deref(), Some("platform team"));
    assert_eq!(entry.place.to_string(), "setpoint.toml:16:10");
    let CheckKind::Http(http) = &register.checks[0].kind else { panic!("{:?}", register.checks[0].kind) };
    assert_eq!(http.status, [200]);
    assert_eq!(register.checks[0].timeout, Check::TIMEOUT);
    assert_eq!(register.waivers[0].until, jiff::civil::date(2027, 3, 1));
    assert_eq!(register.release.unwrap().documentation.rollback.as_deref(), Some("./deploy.sh --previous"));
}

#[test]
fn every_kind_of_entry_loads() {
    let register = sound(include_str!("registers/complete.toml"));
    assert_eq!(register.checks.len(), 15);
    assert_eq!(register.checks[0].name, "http", "entries stay in the order of the file");
}

#[test]
fn ten_mistakes_are_ten_problems() {
    let text = r#"
[service]
name = "shop"
onwer = "platform team"

[environment.production]
url = "127.0.0.1:8000"

[environment.staging]
copy_from = "prodution"

[default.SHOP_PORT]
value = 8000
expect = ""

[check.health]
http = "/health"

[check.slow]
http = "/"
within = "300 ms"

[check.odd]
htttp = "/"

[cache.catalog]
match = "/catalog/*"
ttl = "60s"
bypass = ["cokie:session"]
also_kept = [200]
made_anew = "X-Request-Id:"
may_send = ["GET"]
cached = ["/catalog/1"]

[job.import]
run = "python -m shop.import"
schedule = "0 25 * * *"

[waiver.SP110]
until = 2027-03-01
"#;
    insta::assert_snapshot!(problems(text), @r#"
    setpoint.toml:4:1: `service` has an unknown key `onwer`
      expected one of `name`, `owner`, `code`
      hint: did you mean `owner`?
    setpoint.toml:7:7: `url` of `environment.production` is the text "127.0.0.1:8000"
      expected a URL that begins with `http://` or `https://`
    setpoint.toml:10:13: there is no environment `prodution`
      expected `production`, perhaps
    setpoint.toml:14:10: `expect` of `default.SHOP_PORT` is empty
      expected a text that is not empty
    setpoint.toml:16:8: `check.health` expects nothing, so that it would always pass
      expected at least one of `status`, `header`, `json`, `text`, `certificate_days`, `within`, `lookup_within`, `connect_within`, `tls_within`, `first_byte_within`
    setpoint.toml:21:10: `within` of `check.slow` is the text "300 ms"
      expected a time such as "300ms", "20m" or "1h30m" (units `ms`, `s`, `m`, `h`, `d`)
    setpoint.toml:23:8: `check.odd` does not say what it looks at
      expected one of `http`, `tcp`, `tls`, `unit`, `process`, `port`, `file`, `command`, `sql`, `redis`, `log`, `disk`, `dns`, `config`, `rejects`
      hint: did you mean `http`?
    setpoint.toml:29:11: `bypass` of `cache.catalog` is the text "cokie:session"
      expected one of `cookie:NAME`, `header:NAME`, `query:NAME`, `method:NAME`, `path:/PATTERN`
      hint: did you mean `cookie:`?
    setpoint.toml:30:14: `also_kept` of `cache.catalog` is the whole number 200
      expected a whole number from 201 to 599
    setpoint.toml:31:13: `made_anew` of `cache.catalog` is the text "X-Request-Id:"
      expected a header's name, such as `X-Request-Id`
    setpoint.toml:32:13: `may_send` of `cache.catalog` is the text "GET"
      expected `POST`, `PUT`, `PATCH` or `DELETE`
    setpoint.toml:37:12: `schedule` of `job.import` is the text "0 25 * * *"
      expected five fields of cron: minute, hour, day of the month, month and day of the week, such as `0 3 * * *`
    setpoint.toml:39:9: `waiver.SP110` has no `reason`
      expected a text that is not empty
    "#);
}

#[test]
fn a_table_that_stands_twice_is_told_with_its_place() {
    insta::assert_snapshot!(problems("[service]\nname = \"shop\"\n[check.a]\ntcp = \"db:1\"\n[check.a]\ntcp = \"db:2\"\n"), @r#"
    setpoint.toml:5:8: `a` stands here for the second time
      expected each table and each key once
    "#);
}

#[test]
fn broken_toml_leaves_the_rest_readable() {
    let text = "[service]\nname = \"shop\nowner = \"platform\"\n\n[default.A]\nvalue = = 3\n\n[default.B]\nvalue = 4\nwyh = \"\"\n";
    insta::assert_snapshot!(problems(text), @r#"
    setpoint.toml:2:13: this is not TOML: invalid basic string
      expected `"`
    setpoint.toml:6:9: this is not TOML: extra `=`
      expected nothing
    setpoint.toml:6:11: this is not TOML: unexpected key or value
      expected newline, `#`
    setpoint.toml:10:1: `default.B` has an unknown key `wyh`
      expected one of `value`, `per_process`, `owner`, `why`, `expect`, `rollback`
      hint: did you mean `why`?
    "#);
    let (register, _) = load("setpoint.toml", text);
    assert_eq!(register.default_entry("B").unwrap().value, Some(Value::Integer(4)));
}

#[test]
fn an_empty_register_lacks_its_service() {
    insta::assert_snapshot!(problems(""), @r#"
    setpoint.toml:1:1: the register has no `service`
      expected a table of that name
    "#);
}

#[test]
fn one_name_for_a_check_and_a_job_is_ambiguous() {
    let text = format!("{SERVICE}[check.prices]\ntcp = \"db:1\"\n[job.prices]\nrun = \"true\"\n");
    insta::assert_snapshot!(problems(&text), @r#"
    setpoint.toml:5:6: the job `prices` has the name of a check (line 3)
      expected a name of its own, since both are picked by name
    "#);
}

#[test]
fn circles_are_told_once() {
    let text = format!(
        "{SERVICE}[environment.a]\ncopy_from = \"b\"\n[environment.b]\ncopy_from = \"a\"\n\
         [check.c]\ntcp = \"db:1\"\nneeds = [\"c\"]\n"
    );
    insta::assert_snapshot!(problems(&text), @r#"
    setpoint.toml:3:14: `copy_from` goes in a circle: `a`, `b`, `a`
      expected a chain that ends
    setpoint.toml:7:8: `needs` goes in a circle: `c`, `c`
      expected a chain that ends
    "#);
}

#[test]
fn a_secret_does_not_belong_in_a_committed_file() {
    let text = format!(
        "{SERVICE}[default.SHOP_SECRET_KEY]\nvalue = \"hunter2\"\n[environment.a]\noverride = {{ \
         DATABASE_URL = \"postgres://shop:hunter2@db/shop\", SHOP_PORT = \"1\" }}\n"
    );
    let shown = problems(&text);
    insta::assert_snapshot!(shown, @r#"
    setpoint.toml:4:9: `SHOP_SECRET_KEY` holds a secret in clear
      expected no `value`: of a secret, only the meaning belongs in the register, which is committed
    setpoint.toml:6:12: the override of `DATABASE_URL` holds a secret in clear
      expected a secret to stay out of the register, which is committed
    "#);
    let register = load("setpoint.toml", &text).0;
    assert!(!format!("{register:?}{shown}").contains("hunter2"));
    assert_eq!(register.environments[0].overrides.len(), 1);
}

#[test]
fn a_secret_is_known_by_its_form_and_by_the_key_that_it_stands_under() {
    let text = format!(
        "{SERVICE}[default.SHOP_HEALTH]\nvalue = \"curl -u shop:hunter2 http://db\"\n\
         [default.SHOP_HEADER]\nvalue = \"Bearer hunter2hunter2\"\n\
         [default.SHOP_COMMAND]\nvalue = [\"flower\", \"--basic-auth\", \"shop:hunter2\"]\n\
         [default.SHOP_DATABASE]\nvalue = {{ NAME = \"shop\", OPTIONS = {{ PASSWORD = \"hunter2\" }} }}\n\
         [default.SHOP_CREDENTIALS]\nvalue = {{ password_min_length = 1200, host = \"db\" }}\n\
         [default.SHOP_PASSWORD]\nvalue = false\n\
         [default]\nSHOP_TOKEN = \"hunter2\"\n"
    );
    let shown = problems(&text);
    insta::assert_snapshot!(shown, @r#"
        setpoint.toml:4:9: `SHOP_HEALTH` holds a secret in clear
          expected no `value`: of a secret, only the meaning belongs in the register, which is committed
        setpoint.toml:6:9: `SHOP_HEADER` holds a secret in clear
          expected no `value`: of a secret, only the meaning belongs in the register, which is committed
        setpoint.toml:8:9: `SHOP_COMMAND` holds a secret in clear
          expected no `value`: of a secret, only the meaning belongs in the register, which is committed
        setpoint.toml:10:9: `SHOP_DATABASE` holds a secret in clear
          expected no `value`: of a secret, only the meaning belongs in the register, which is committed
        setpoint.toml:16:14: `SHOP_TOKEN` of `default` is a text with a secret in it
          expected a table of that name
        "#);
    let register = load("setpoint.toml", &text).0;
    assert!(!format!("{register:?}{shown}").contains("hunter2"));
}

#[test]
fn a_check_that_cannot_fail_is_a_problem() {
    let text = format!(
        "{SERVICE}[check.a]\nlog = \"journal:shop.service\"\n[check.b]\nhttp = \"/\"\njson = {{}}\n[check.c]\nhttp = \"/\"\n\
         status = []\n[check.d]\nredis = \"URL\"\nsend = [\"GET\", \"x\"]\n[check.e]\nlog = \"x.log\"\nabsent = \"(\"\n\
         [check.f]\nhttp = \"/\"\ntcp = \"db:1\"\n"
    );
    insta::assert_snapshot!(problems(&text), @r#"
    setpoint.toml:3:8: `check.a` expects nothing, so that it would always pass
      expected at least one of `present`, `absent`
    setpoint.toml:7:8: `json` of `check.b` is an empty table
      expected a table with at least one name, and for each a value
    setpoint.toml:10:10: `status` of `check.c` is an empty list
      expected a whole number from 100 to 599, or a list of such
    setpoint.toml:13:8: whatever the answer to `GET x` is, the check would pass
      expected one of `equals`, `at_least`, `at_most`
    setpoint.toml:16:10: `absent` of `check.e` is no regular expression: unclosed group
      expected a regular expression
    setpoint.toml:17:8: `check.f` has both `http` and `tcp`
      expected exactly one of `http`, `tcp`, `tls`, `unit`, `process`, `port`, `file`, `command`, `sql`, `redis`, `log`, `disk`, `dns`, `config`, `rejects`
    "#);
}

#[test]
fn ten_thousand_checks_are_read_in_a_moment() {
    let mut text = SERVICE.to_owned();
    for number in 0..10_000 {
        write!(text, "[check.c{number}]\nhttp = \"/{number}\"\nstatus = 200\nwithin = \"1s\"\n").unwrap();
    }
    let start = std::time::Instant::now();
    assert_eq!(sound(&text).checks.len(), 10_000);
    // Far above what it takes, and far below what reading each entry's place from the start of the file would.
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
