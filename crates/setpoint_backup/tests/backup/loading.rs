//! Dumps that take the place of what their databases hold.

use crate::databases::{Ending, PASSWORD, connected};
use crate::shop::{Shop, told};
use insta::assert_snapshot;
use setpoint_backup::{Database, Doing, Kept, Wanted};
use setpoint_host::{Access, Act, Host as _, LiveHost};
use setpoint_model::Problem;
use setpoint_testkit::{mariadb, postgresql};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn database(url: &str) -> Database {
    Database { name: "SHOP_DATABASE_URL".to_owned(), url: url.to_owned() }
}

fn wanted(database: &Database) -> Wanted {
    let environment = Some("production".to_owned());
    Wanted { databases: vec![database.clone()], environment, ..Wanted::default() }
}

/// All problems, a line each.
fn all_told(shop: &Shop, problems: &[Problem]) -> String {
    let told: String = problems.iter().map(|problem| told(shop, problem) + "\n").collect();
    assert!(!told.contains("hunter2"), "{told}");
    told
}

/// What a database holds, as a program of its server writes it; what differs each time is left out.
fn dumped(command: &mut Command) -> String {
    let said = command.output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let lines = text.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn sqlite_is_loaded_under_services_that_have_it_open() {
    let shop = Shop::new();
    let file = shop.path("srv/shop.db");
    let service = rusqlite::Connection::open(&file).unwrap();
    service
        .execute_batch("pragma journal_mode = wal; create table orders (sku); insert into orders values ('a'), ('b')")
        .unwrap();
    let owner = (LiveHost.owner().0 == 0).then_some((1234, 5678));
    LiveHost.act(&Act::Own { path: &file, access: Access { mode: 0o640, owner } }).unwrap();
    let database = database(&format!("sqlite:///{}", file.display()));
    let store = shop.store();
    let id = store.create(&wanted(&database)).unwrap().id;
    service.execute_batch("alter table orders add price; delete from orders; create table new (x)").unwrap();
    let reader = rusqlite::Connection::open(&file).unwrap();
    let rows = |connection: &rusqlite::Connection| -> i64 {
        connection.query_row("select count(*) from orders", [], |row| row.get(0)).unwrap()
    };
    // Who reads goes on with what it began with.
    reader.execute_batch("begin").unwrap();
    assert_eq!(rows(&reader), 0);
    let loading = store.plan_load("latest", std::slice::from_ref(&database)).unwrap();
    assert_snapshot!(format!("{:?}", loading.planned).replace(&shop.beside("").display().to_string(), "/"), @r#"[PlannedLoad { name: "SHOP_DATABASE_URL", engine: Sqlite, place: "/machine/srv/shop.db", saved: Rows { rows: 2, tables: 1 }, now: Rows { rows: 0, tables: 2 } }]"#);
    let undo = loading.save().unwrap();
    assert_eq!(loading.load().unwrap()[0].differences, Vec::<String>::new());
    assert_eq!(rows(&reader), 0);
    reader.execute_batch("commit").unwrap();
    assert_eq!((rows(&reader), rows(&service)), (2, 2));
    assert!(service.prepare("select price from orders").is_err() && service.prepare("select x from new").is_err());
    service.execute_batch("insert into orders values ('c')").unwrap();
    let status = LiveHost.status(&file).unwrap();
    assert_eq!(status.mode, 0o640);
    assert!(owner.is_none_or(|owner| owner == (status.user, status.group)));
    // What was there before is a backup of its own, which is proven, is not the newest, and does not keep others from staying.
    let listed = store.list().unwrap();
    let last = listed.last().unwrap();
    assert_eq!((&last.id, last.before_restore_of.as_ref()), (&undo, Some(&id)));
    assert!(last.record.verification.as_ref().is_some_and(|found| found.passed));
    assert_eq!(store.plan_load("latest", std::slice::from_ref(&database)).unwrap().id, id);
    let keep =
        [setpoint_model::register::Retention { environment: "production".to_owned(), age: std::time::Duration::ZERO }];
    let fates = store.prune(&keep, Doing::DryRun).unwrap().backups;
    assert_eq!(fates.iter().map(|fate| fate.kept.clone()).collect::<Vec<_>>(), [Kept::Newest, Kept::Gone]);
    store.plan_load(&undo, std::slice::from_ref(&database)).unwrap().load().unwrap();
    assert_eq!(rows(&service), 0);
    service.prepare("select price, x from orders, new").unwrap();
}

#[test]
fn sqlite_waits_for_who_reads_and_says_what_was_loaded_before_it_failed() {
    let shop = Shop::new();
    let files = ["one", "two"].map(|name| shop.path(&format!("srv/{name}.db")));
    let databases = files.clone().map(|file| Database {
        name: file.file_stem().unwrap().to_string_lossy().into_owned(),
        url: format!("sqlite:///{}", file.display()),
    });
    for file in &files {
        let connection = rusqlite::Connection::open(file).unwrap();
        connection.execute_batch("create table orders (sku); insert into orders values ('a')").unwrap();
    }
    let store = shop.store();
    store.create(&Wanted { databases: databases.to_vec(), ..Wanted::default() }).unwrap();
    let reader = rusqlite::Connection::open(&files[0]).unwrap();
    let rows = || -> i64 { reader.query_row("select count(*) from orders", [], |row| row.get(0)).unwrap() };
    reader.execute_batch("delete from orders; begin").unwrap();
    assert_eq!(rows(), 0);
    let loading = store.plan_load("latest", &databases).unwrap();
    std::thread::scope(|scope| {
        let load = scope.spawn(|| loading.load());
        std::thread::sleep(Duration::from_secs(2));
        assert!(!load.is_finished());
        reader.execute_batch("commit").unwrap();
        assert_eq!(load.join().unwrap().unwrap().len(), 2);
    });
    assert_eq!(rows(), 1);
    LiveHost.remove(&files[1]).unwrap();
    LiveHost.make_folder(&files[1]).unwrap();
    assert_snapshot!(all_told(&shop, &[loading.load().unwrap_err()]), @"Machine: `two`: loading `/machine/srv/two.db` failed: unable to open database file: /machine/srv/two.db; before it, `one` was loaded; expected the whole dump to be loaded; retry: look first: something was changed");
}

#[test]
fn postgresql_is_loaded_as_a_whole_or_not_at_all() {
    let shop = Shop::new();
    LiveHost.make_folder(&shop.beside("servers")).unwrap();
    let Some((_server, port)) = postgresql(&shop.beside("servers"), PASSWORD) else { return };
    let address = format!("127.0.0.1:{port}");
    let mut root = connected(&format!("postgresql://shop:hunter2-of%3Ashop%5C@{address}/postgres"));
    // Of this test alone, since the command lines of all are looked at.
    let secret = format!("hunter2-of-app-{port}");
    root.batch_execute(&format!("create role app login password '{secret}'; create role reader")).unwrap();
    root.batch_execute("create database app owner app").unwrap();
    let root_url = format!("postgresql://shop:hunter2-of%3Ashop%5C@{address}/app");
    let mut root = connected(&root_url);
    // Extensions belong to the superuser, as they do where a person has set up the server.
    root.batch_execute("create extension citext; create schema extra; create extension pg_trgm schema extra").unwrap();
    let mut app = connected(&format!("postgresql://app:{secret}@{address}/app"));
    app.batch_execute(
        "create type state as enum ('new', 'paid'); create domain price as int check (value > 0); \
         create table orders (id int generated always as identity primary key, sku citext, state state, price price); \
         insert into orders (sku, state, price) select 'x' || n, 'new', n from generate_series(1, 100) n; \
         create table lines (id serial primary key, of_order int references orders); insert into lines (of_order) values (1), (2); \
         create schema \"Odd Name\"; create table \"Odd Name\".\"T\" (x int) partition by range (x); \
         create table \"Odd Name\".t1 partition of \"Odd Name\".\"T\" for values from (0) to (10); \
         insert into \"Odd Name\".\"T\" values (1), (2); create view seen as select * from orders; \
         create materialized view sums as select sum(price) from orders; \
         create function total() returns bigint language sql as 'select count(*) from public.orders'; \
         create text search configuration english_shop (copy = english); create table \"it's 5%\" (x int); \
         grant select on orders to reader; comment on table orders is 'what was bought'; select lo_create(4711)",
    )
    .unwrap();
    // Of all kinds.
    app.batch_execute(
        "create type pair as (a int, b text); create type span as range (subtype = float8); \
         create aggregate longest(text) (sfunc = textcat, stype = text); create procedure tidy() language sql as 'select 1'; \
         create operator === (leftarg = int, rightarg = int, function = int4eq); create collation german (locale = 'C'); \
         create statistics related (dependencies) on sku, price from orders; alter table lines enable row level security; \
         create policy mine on lines using (true); create rule kept as on delete to \"it's 5%\" do instead nothing; \
         create function stamped() returns trigger language plpgsql as 'begin return new; end'; \
         create trigger stamped before insert on orders for each row execute function stamped(); \
         create unlogged table fast (p pair, s span); create index on orders (sku); create sequence own; \
         alter default privileges grant select on tables to reader; \
         alter default privileges revoke execute on functions from public; \
         alter default privileges in schema public grant usage on sequences to reader",
    )
    .unwrap();
    let picture = || dumped(Command::new("pg_dump").arg(&root_url));
    let as_saved = picture();
    let database = database(&format!("postgresql+psycopg://app:{secret}@{address}/app"));
    let store = shop.store();
    store.create(&wanted(&database)).unwrap();
    // A migration that went wrong: what it made refers to what was there.
    app.batch_execute(
        "create type kind as enum ('a'); alter table orders add kind kind; delete from lines; drop view seen; \
         create table refunds (of_order int references orders, kind kind); create schema later; create table later.t (x int); \
         alter type state add value 'lost'; create function later() returns orders language sql as 'select * from public.orders'; \
         alter table orders owner to app; select lo_create(4712)",
    )
    .unwrap();
    let migrated = picture();
    let loading = store.plan_load("latest", std::slice::from_ref(&database)).unwrap();
    assert_snapshot!(format!("{:?}", loading.planned).replace(&port.to_string(), "PORT"), @r#"[PlannedLoad { name: "SHOP_DATABASE_URL", engine: PostgreSql, place: "127.0.0.1:PORT/app", saved: Rows { rows: 104, tables: 5 }, now: Rows { rows: 102, tables: 7 } }]"#);
    // What is refused late keeps all of it from being loaded.
    root.batch_execute(
        "create function pg_catalog.refuse() returns event_trigger language plpgsql as 'begin raise exception ''not tonight''; end'; \
         create event trigger refusing on ddl_command_start when tag in ('REFRESH MATERIALIZED VIEW') \
         execute function pg_catalog.refuse()",
    )
    .unwrap();
    let problems = [loading.load().unwrap_err()];
    let said = all_told(&shop, &problems);
    let path = said.split("psql:").nth(1).and_then(|rest| rest.split(": ").next()).unwrap_or("FILE");
    assert_snapshot!(said.replace(path, "FILE"), @"Machine: `SHOP_DATABASE_URL`: `psql` failed: psql:FILE: ERROR:  not tonight; expected the whole dump to be loaded; retry: safe, nothing was changed");
    root.batch_execute("drop event trigger refusing").unwrap();
    similar(&picture(), &migrated);
    let undo = on_no_command_line(&secret, || {
        let undo = loading.save().unwrap();
        assert_eq!(loading.load().unwrap()[0].differences, Vec::<String>::new());
        undo
    });
    similar(&picture(), &as_saved);
    app.batch_execute("insert into orders (sku) values ('next'); insert into lines (of_order) values (101)").unwrap();
    let undone = store.plan_load(&undo, std::slice::from_ref(&database)).unwrap();
    undone.load().unwrap();
    similar(&picture(), &migrated);
}

/// Does the work while somebody looks at the command lines of all processes for a secret.
fn on_no_command_line<T>(secret: &str, work: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| {
            let (mut programs, mut leaks) = (BTreeSet::new(), BTreeSet::new());
            while !is_over.load(Ordering::Relaxed) {
                for process in LiveHost.list("/proc".as_ref()).unwrap() {
                    let file = Path::new("/proc").join(process.name).join("cmdline");
                    let line = LiveHost.read(&file, 1 << 20).unwrap_or_default();
                    let line = String::from_utf8_lossy(&line).replace('\0', " ");
                    programs.extend(line.split(' ').next().map(ToOwned::to_owned));
                    leaks.extend(line.contains(secret).then_some(line));
                }
            }
            (programs, leaks)
        });
        let _ending = Ending(&is_over);
        let done = work();
        is_over.store(true, Ordering::Relaxed);
        let (programs, leaks) = looking.join().unwrap();
        assert!(
            programs.iter().any(|program: &String| program.ends_with("psql") || program.ends_with("mariadb")),
            "{programs:?}"
        );
        assert_eq!(leaks, BTreeSet::new());
        done
    })
}

/// Compares line by line, and shows the first that differ.
fn similar(one: &str, other: &str) {
    let differ = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    assert_eq!(differ, None);
    assert_eq!(one.lines().count(), other.lines().count());
}

#[test]
fn mysql_is_loaded_once_its_dump_is_proven() {
    let shop = Shop::new();
    let Some((_server, port, ask)) = mariadb(&shop.beside("mariadb")) else { return };
    let secret = format!("hunter2-of-shop-{port}");
    ask(&format!(
        "create database shop; create user 'shop'@'%' identified by '{secret}'; grant all on *.* to 'shop'@'%'; \
         create table shop.orders (id int primary key auto_increment, sku text) engine = innodb; \
         create table shop.`odd name` (x blob); insert into shop.`odd name` values (x'00ff0a27'); \
         create view shop.seen as select * from shop.orders; insert into shop.orders (sku) values ('a'), ('b'); \
         use shop; create trigger trimmed before insert on orders for each row set new.sku = trim(new.sku)",
    ));
    let socket = shop.beside("mariadb").join("socket");
    let picture = || {
        let mut command = Command::new("mariadb-dump");
        command.args(["--no-defaults", "-u", "root", "--routines", "--events", "--skip-dump-date", "shop"]);
        dumped(command.arg(format!("--socket={}", socket.display())))
    };
    let as_saved = picture();
    let database = database(&format!("mysql+pymysql://shop:{secret}@127.0.0.1:{port}/shop"));
    let store = shop.store();
    store.create(&wanted(&database)).unwrap();
    ask(
        "create table shop.refunds (of_order int, foreign key (of_order) references shop.orders (id)); drop view shop.seen; \
         alter table shop.orders add price int; delete from shop.`odd name`; \
         create procedure shop.later() select 1; create view shop.also as select 1 as x",
    );
    let migrated = picture();
    let loading = store.plan_load("latest", std::slice::from_ref(&database)).unwrap();
    assert_snapshot!(format!("{:?}", loading.planned).replace(&port.to_string(), "PORT"), @r#"[PlannedLoad { name: "SHOP_DATABASE_URL", engine: MySql, place: "127.0.0.1:PORT/shop", saved: Rows { rows: 3, tables: 2 }, now: Rows { rows: 2, tables: 3 } }]"#);
    let undo = on_no_command_line(&secret, || {
        let undo = loading.save().unwrap();
        assert_eq!(loading.load().unwrap()[0].differences, Vec::<String>::new());
        undo
    });
    similar(&picture(), &as_saved);
    store.plan_load(&undo, std::slice::from_ref(&database)).unwrap().load().unwrap();
    similar(&picture(), &migrated);
    // Who may make no scratch database proves nothing, and nothing is loaded.
    ask(
        "revoke all on *.* from 'shop'@'%'; grant select, drop, show view, trigger, event, lock tables on shop.* to 'shop'@'%'",
    );
    let problems = [loading.load().unwrap_err()];
    assert_snapshot!(hidden(&all_told(&shop, &problems)), @"Machine: `SHOP_DATABASE_URL`: `mariadb` failed: ERROR 1044 (42000) at line 1: Access denied for user 'shop'@'%' to database 'setpoint_verify_RANDOM'; expected the whole dump to be loaded; retry: safe, nothing was changed");
    similar(&picture(), &migrated);
    // Who may make them, and no table in its own, stops half-way, and is told how to go back.
    ask("grant all on `setpoint\\_verify\\_%`.* to 'shop'@'%'; grant set user on *.* to 'shop'@'%'");
    let problems = [loading.load().unwrap_err()];
    let said = hidden(&all_told(&shop, &problems));
    assert_snapshot!(said, @"Machine: `SHOP_DATABASE_URL`: `mariadb` failed: ERROR 1142 (42000) at line 26: CREATE command denied to user 'shop'@'localhost' for table `shop`.`odd name`; it was begun, and the database is not whole; expected the whole dump to be loaded; retry: look first: something was changed");
}

/// Without a name that nobody knows before.
fn hidden(text: &str) -> String {
    let mut parts = text.split("setpoint_verify_");
    let first = parts.next().unwrap_or_default().to_owned();
    let is_of_name = |letter: char| letter.is_ascii_hexdigit() || letter == '_';
    parts.fold(first, |all, part| all + "setpoint_verify_RANDOM" + part.trim_start_matches(is_of_name))
}

#[test]
fn a_dump_is_loaded_into_its_own_database_alone() {
    let shop = Shop::new();
    for name in ["one", "other"] {
        let connection = rusqlite::Connection::open(shop.path(&format!("srv/{name}.db"))).unwrap();
        connection.execute_batch("create table orders (sku)").unwrap();
    }
    let url = |name: &str| format!("sqlite:///{}", shop.path(&format!("srv/{name}.db")).display());
    let store = shop.store();
    let id = store.create(&wanted(&database(&url("one")))).unwrap().id;
    let told = |database: &Database| {
        let problems = store.plan_load("latest", std::slice::from_ref(database)).unwrap_err();
        all_told(&shop, &problems).replace(&id[..8], "ID")
    };
    assert_snapshot!(told(&database(&url("other"))), @"
    Input: the dump of `SHOP_DATABASE_URL` is of another database than its URL names now: it was made of SQLite `/machine/srv/one.db`; expected a dump of SQLite `/machine/srv/other.db`; retry: safe once this is mended; nothing was changed
    hint: `--to FOLDER` gives the dump, and says how it is loaded anywhere
    ");
    assert_snapshot!(told(&database("mysql://shop:hunter2-of-shop@db/shop")), @"
    Input: the dump of `SHOP_DATABASE_URL` is of another database than its URL names now: it was made of SQLite `/machine/srv/one.db`; expected a dump of MySQL `db:3306/shop`; retry: safe once this is mended; nothing was changed
    hint: `--to FOLDER` gives the dump, and says how it is loaded anywhere
    ");
    assert_snapshot!(told(&database("redis://:hunter2-of-shop@db/0")), @"
    Input: the dump of `SHOP_DATABASE_URL` is of another database than its URL names now: it was made of SQLite `/machine/srv/one.db`; expected a dump of Redis `db:6379/0`; retry: safe once this is mended; nothing was changed
    hint: `--to FOLDER` gives the dump, and says how it is loaded anywhere
    ");
    assert_snapshot!(told(&Database { name: "OTHER".to_owned(), url: url("one") }), @"Input: the backup ID has no dump of `OTHER`; expected `SHOP_DATABASE_URL`; retry: safe once this is mended; nothing was changed");
    LiveHost.remove(&shop.path("srv/one.db")).unwrap();
    assert_snapshot!(told(&database(&url("one"))), @"
    Machine: `SHOP_DATABASE_URL`: reading `/machine/srv/one.db` failed: unable to open database file: /machine/srv/one.db; expected a database that can be read; retry: safe, nothing was changed
    hint: nothing is loaded into a file that is damaged or missing; put an empty one of the same owner and mode in its place
    ");
    // An empty file in its place is loaded into.
    shop.write("srv/one.db", "");
    let loading = store.plan_load("latest", &[database(&url("one"))]).unwrap();
    loading.save().unwrap();
    assert_eq!(loading.load().unwrap()[0].differences, Vec::<String>::new());
}
