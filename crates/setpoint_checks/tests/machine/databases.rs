//! Queries and commands against real servers that the test starts.

use crate::{check, picture};
use insta::assert_snapshot;
use setpoint_checks::{Scene, run};
use setpoint_host::LiveHost;
use setpoint_model::register::{Check, CheckKind, Comparison, RedisCheck, SqlCheck};
use setpoint_model::{Effective, Held, Layer, Mechanism, NamedDefault, Outcome, Place, Site, Snapshot, Value};
use setpoint_testkit::{Background, free_port, postgresql, tool_is_here};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What a check says of a site in which `SHOP_URL` holds the URL.
fn with_url(folder: &Path, url: &str, kind: CheckKind) -> String {
    let snapshot = Snapshot {
        version: 1,
        site: Site::default(),
        defaults: vec![default(url)],
        calls: Vec::new(),
        needs: Vec::new(),
        problems: Vec::new(),
    };
    let urls = |held: &Held| held.constant().and_then(Value::as_text).map(str::to_owned);
    let scene = Scene::of_machine(&LiveHost, folder).of_site(&snapshot, &urls);
    // A server listens before it answers.
    let check = Check { retries: 50, wait: Duration::from_millis(100), ..check(kind) };
    let starting = |outcome: &Outcome| picture(outcome).contains("starting up");
    let once = Check { retries: 0, ..check.clone() };
    let mut outcome = run(&scene, &[&once], &|_| {}).remove(0);
    if starting(&outcome) {
        outcome = run(&scene, &[&check], &|_| {}).remove(0);
    }
    picture(&outcome).replace(&folder.display().to_string(), "FOLDER")
}

fn default(url: &str) -> NamedDefault {
    let value = Held::Constant(Value::from(url));
    let effective = Effective { value, layer: Layer::EnvironmentFile, place: Place::file("shop.env") };
    NamedDefault {
        required: true,
        effective: Some(effective),
        ..NamedDefault::unset("SHOP_URL", Layer::Code, Mechanism::Environ)
    }
}

fn sql(query: &str, value: Comparison, rows: Option<u64>) -> CheckKind {
    CheckKind::Sql(SqlCheck { sql: query.to_owned(), database: "SHOP_URL".to_owned(), value, rows, within: None })
}

fn equals(value: impl Into<Value>) -> Comparison {
    Comparison { equals: Some(value.into()), ..Comparison::default() }
}

fn at_least(least: f64) -> Comparison {
    Comparison { at_least: Some(least), ..Comparison::default() }
}

#[test]
fn sqlite_is_asked_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let database = rusqlite::Connection::open(folder.path().join("shop.db")).unwrap();
    database
        .execute_batch(
            "create table prices (sku text, cents integer); insert into prices values ('a1', 100), ('b2', 250)",
        )
        .unwrap();
    let ask = |kind| with_url(folder.path(), "sqlite+aiosqlite:///shop.db?cache=shared", kind);
    assert_eq!(ask(sql("select max(cents) from prices;", equals(Value::Integer(250)), None)), "passed");
    assert_eq!(ask(sql("select sku from prices", Comparison::default(), Some(2))), "passed");
    assert_snapshot!(ask(sql("select count(*) from prices", at_least(3.0), None)), @"wrong-value: the value is `2`; expected 3 or more");
    assert_snapshot!(ask(sql("select sku from prices where cents > 1000", equals("a1"), None)), @"missing: the query finds no row; expected `a1`");
    assert_snapshot!(ask(sql("select sku from price", equals("a1"), None)), @"refused: `FOLDER/shop.db`: no such table: price; expected a database that answers");
    assert_snapshot!(ask(sql("delete from prices", Comparison::default(), Some(0))), @"refused: `FOLDER/shop.db`: attempt to write a readonly database; expected a database that answers");
    assert_snapshot!(
        with_url(Path::new("/nowhere"), "sqlite:///shop.db", sql("select 1", equals("1"), None)),
        @"missing: `FOLDER/shop.db`: unable to open database file: FOLDER/shop.db; expected a database that answers"
    );
    assert_snapshot!(with_url(folder.path(), "amqp://db", sql("select 1", equals("1"), None)), @"not-known: `SHOP_URL` leads to no database of SQL; expected a URL of PostgreSQL, MySQL or SQLite");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test starts a real server")]
fn redis_is_asked_with_its_password() {
    if !tool_is_here("redis-server") {
        return;
    }
    let port = free_port();
    let mut command = Command::new("redis-server");
    command.args([
        "--port",
        &port.to_string(),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--requirepass",
        "hunter2-of-redis",
    ]);
    let _server = Background::start(&mut command, port, Duration::from_secs(20));
    let ask = |password: &str, send: &[&str], value: Comparison| {
        let send = send.iter().map(|word| (*word).to_owned()).collect();
        let check = RedisCheck { redis: "SHOP_URL".to_owned(), send, value, within: None };
        with_url(Path::new("/srv"), &format!("redis://{password}127.0.0.1:{port}/1"), CheckKind::Redis(check))
    };
    let password = ":hunter2-of-redis@";
    assert_eq!(ask(password, &[], Comparison::default()), "passed");
    assert_eq!(ask(password, &["SET", "stock", "7"], equals("OK")), "passed");
    assert_eq!(ask(password, &["GET", "stock"], at_least(7.0)), "passed");
    assert_snapshot!(ask(password, &["GET", "stock"], equals(Value::Integer(8))), @"wrong-value: the answer is `7`; expected `8`");
    assert_snapshot!(ask(password, &["LLEN", "stock"], at_least(1.0)), @"refused: the server says `WRONGTYPE Operation against a key holding the wrong kind of value`; expected an answer");
    assert_snapshot!(ask("", &[], Comparison::default()), @"denied: the server says `NOAUTH Authentication required.`; expected an answer");
    let wrong = ask(":hunter3-of-redis@", &[], Comparison::default());
    assert!(wrong.starts_with("denied: ") && !wrong.contains("hunter"), "{wrong}");
}

#[test]
fn postgresql_is_asked_within_a_transaction_that_may_only_read() {
    let folder = tempfile::tempdir().unwrap();
    let Some((_server, port)) = postgresql(folder.path(), "hunter2-of-postgresql") else { return };
    let ask = |password: &str, kind| {
        let url = format!("postgresql+psycopg2://shop:{password}@127.0.0.1:{port}/postgres");
        with_url(Path::new("/srv"), &url, kind)
    };
    let right = "hunter2-of-postgresql";
    assert_eq!(ask(right, sql("select 40 + 2", equals(Value::Integer(42)), None)), "passed");
    assert_eq!(ask(right, sql("select * from generate_series(1, 1000)", equals("1"), Some(1000))), "passed");
    assert_eq!(ask(right, sql("show server_encoding", equals("UTF8"), None)), "passed");
    assert_snapshot!(ask(right, sql("select null", equals("1"), None)), @"wrong-value: the value is `null`; expected `1`");
    assert_snapshot!(ask(right, sql("select 1 where false", at_least(1.0), None)), @"missing: the query finds no row; expected 1 or more");
    assert_snapshot!(ask(right, sql("select * from orders", Comparison::default(), Some(0))), @r#"missing: the database says `relation "orders" does not exist` (42P01); expected an answer"#);
    assert_snapshot!(ask(right, sql("create table orders (id int)", Comparison::default(), Some(0))), @"refused: the database says `cannot execute CREATE TABLE in a read-only transaction` (25006); expected an answer");
    let wrong = ask("hunter3-of-postgresql", sql("select 1", equals("1"), None));
    assert!(wrong.starts_with("denied: ") && !wrong.contains("hunter"), "{wrong}");
    let nobody = with_url(
        Path::new("/"),
        &format!("postgresql://shop@127.0.0.1:{}/postgres", free_port()),
        sql("select 1", equals("1"), None),
    );
    assert!(nobody.starts_with("connection-refused: "), "{nobody}");
}

#[test]
fn a_mistake_of_the_program_itself_is_what_came_of_a_check() {
    let snapshot = Snapshot {
        version: 1,
        site: Site::default(),
        defaults: vec![default("postgresql://db/shop")],
        calls: Vec::new(),
        needs: Vec::new(),
        problems: Vec::new(),
    };
    let urls = |_: &Held| -> Option<String> { panic!("the vault fell down") };
    let scene = Scene::of_machine(&LiveHost, Path::new("/")).of_site(&snapshot, &urls);
    let faulty = check(sql("select 1", Comparison::default(), Some(1)));
    let after = Check { name: "after".to_owned(), needs: vec![faulty.name.clone()], ..faulty.clone() };
    let told: Vec<String> = run(&scene, &[&faulty, &after], &|_| {}).iter().map(picture).collect();
    assert_snapshot!(told.join("\n"), @"
    own-fault: setpoint itself made a mistake: the vault fell down; expected an outcome, whatever it is
    hint: report it, with what standard error says beside this, to those who make setpoint
    skipped: it needs `one`, which did not pass
    ");
}
