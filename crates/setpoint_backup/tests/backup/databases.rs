//! Databases that are real, and written to meanwhile.

use crate::shop::{Shop, told};
use insta::assert_snapshot;
use setpoint_backup::{Database, Destination, Wanted};
use setpoint_host::{Host as _, LiveHost};
use setpoint_testkit::{Background, free_port, mariadb, postgresql, tool_is_here};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub(crate) const PASSWORD: &str = "hunter2-of:shop\\";

/// Ends who writes meanwhile, also where the test fails.
pub(crate) struct Ending<'a>(pub(crate) &'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn wanted(name: &str, url: String) -> Wanted {
    Wanted { databases: vec![Database { name: name.to_owned(), url }], ..Wanted::default() }
}

#[test]
fn sqlite_is_a_dump_and_not_a_torn_copy() {
    let shop = Shop::new();
    shop.write("srv/note", "x");
    let file = shop.path("srv/shop.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection
        .execute_batch("pragma journal_mode = wal; create table orders (sku); insert into orders values ('a');")
        .unwrap();
    let wanted = Wanted {
        include: vec!["srv".to_owned()],
        ..wanted("SHOP_DATABASE_URL", format!("sqlite:///{}", file.display()))
    };
    let store = shop.store();
    let created = store.create(&wanted).unwrap();
    assert_eq!((created.dumps.len(), created.dumps[0].counts["orders"].least), (1, 1));
    connection.execute_batch("insert into orders values ('b')").unwrap();
    let (_, verification) = store.verify("latest", &[]).unwrap();
    assert_eq!(verification.differences, Vec::<String>::new());
    assert_snapshot!(verification.what[1], @"`SHOP_DATABASE_URL`: integrity check, and 1 rows in 1 tables counted again");
    let folder = shop.beside("restored");
    let restoring = store.plan_restore("latest", Destination::Folder(folder.clone())).unwrap();
    assert_eq!(restoring.dumps().unwrap()[0].origin.as_deref(), Some(file.as_path()));
    restoring.restore().unwrap();
    let names: Vec<_> = LiveHost.list(&folder.join(shop.path("srv").strip_prefix("/").unwrap())).unwrap();
    assert!(names.iter().all(|listed| !listed.name.to_string_lossy().starts_with("shop.db")), "{names:?}");
    let copy = rusqlite::Connection::open(folder.join("setpoint-databases/SHOP_DATABASE_URL.sqlite")).unwrap();
    let rows: i64 = copy.query_row("select count(*) from orders", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 1);
}

#[test]
fn postgresql_is_dumped_and_loaded_into_a_scratch_database() {
    let shop = Shop::new();
    LiveHost.make_folder(&shop.beside("servers")).unwrap();
    let Some((_server, port)) = postgresql(&shop.beside("servers"), PASSWORD) else { return };
    let url = format!("postgresql+psycopg://shop:hunter2-of%3Ashop%5C@127.0.0.1:{port}/postgres?connect_timeout=10");
    let plain = url.replace("+psycopg", "");
    let mut client = connected(&plain);
    client
        .batch_execute(
            "create table orders (id serial primary key, sku text); insert into orders (sku) select 'x' from generate_series(1, 1000); \
             create schema \"Odd Name\"; create table \"Odd Name\".\"T\" (x int) partition by range (x); \
             create table \"Odd Name\".t1 partition of \"Odd Name\".\"T\" for values from (0) to (10); \
             insert into \"Odd Name\".\"T\" values (1), (2)",
        )
        .unwrap();
    let wanted = wanted("SHOP_DATABASE_URL", url);
    let store = shop.store();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                client.execute("insert into orders (sku) values ('more')", &[]).unwrap();
            }
        });
        let _ending = Ending(&is_over);
        for _ in 0..3 {
            let created = store.create(&wanted).unwrap();
            let counts = &created.dumps[0].counts;
            assert!(counts["public.orders"].least >= 1000 && counts["\"Odd Name\".t1"].least == 2, "{counts:?}");
            let (_, verification) = store.verify(&created.id, &wanted.databases).unwrap();
            assert_eq!(verification.differences, Vec::<String>::new());
            assert!(verification.what[1].starts_with("`SHOP_DATABASE_URL`: loaded into a scratch database, "));
        }
    });
    let mut client = postgres::Client::connect(&plain, postgres::NoTls).unwrap();
    let left = client.query("select datname from pg_database where datname like 'setpoint%'", &[]).unwrap();
    assert!(left.is_empty());
    // Who may make no database has the dump loaded into a server of its own.
    client.batch_execute("create role reader login password 'reader'; grant pg_read_all_data to reader").unwrap();
    let reader = plain.replace("shop:hunter2-of%3Ashop%5C", "reader:reader");
    let databases = [Database { name: "SHOP_DATABASE_URL".to_owned(), url: reader }];
    let (_, verification) = store.verify("latest", &databases).unwrap();
    assert_eq!(verification.differences, Vec::<String>::new());
    // Without the URL a dump is not proven, and so the backup is not.
    let (_, verification) = store.verify("latest", &[]).unwrap();
    assert!(!verification.passed);
    assert_snapshot!(verification.differences.join("\n"), @"`SHOP_DATABASE_URL`: its URL is not known any more, so that there is no server to load it into");
}

#[test]
fn redis_is_dumped_over_its_own_connection() {
    if !tool_is_here("redis-server") {
        return;
    }
    let shop = Shop::new();
    let port = free_port();
    let folder = shop.beside("redis");
    LiveHost.make_folder(&folder).unwrap();
    let mut server = Command::new("redis-server");
    server.args([
        "--port",
        &port.to_string(),
        "--bind",
        "127.0.0.1",
        "--requirepass",
        "hunter2-of-redis",
        "--save",
        "",
    ]);
    server.arg("--dir").arg(&folder);
    let _server = Background::start(&mut server, port, Duration::from_secs(20));
    let fill = "for number in $(seq 500); do echo SET key$number value; done; echo SELECT 3; echo SET other 1; echo SET short 1 EX 100";
    let fill = format!("{{ {fill}; }} | redis-cli -p {port} --no-auth-warning -a hunter2-of-redis");
    assert!(Command::new("sh").args(["-c", &fill]).output().unwrap().status.success());
    let wanted = wanted("SHOP_REDIS_URL", format!("redis://:hunter2-of-redis@127.0.0.1:{port}/0"));
    let store = shop.store();
    let created = store.create(&wanted).unwrap();
    assert_eq!(created.dumps[0].counts["db0"].least, 500);
    let (_, verification) = store.verify("latest", &[]).unwrap();
    assert_eq!(verification.differences, Vec::<String>::new());
    assert_snapshot!(verification.what[1], @"`SHOP_REDIS_URL`: loaded into a scratch server, 502 keys counted again");
    // No server takes such a file while it runs.
    let problem = store.plan_load("latest", &wanted.databases).unwrap_err().remove(0);
    assert_snapshot!(told(&shop, &problem), @"
    Input: `SHOP_REDIS_URL` is of Redis, which takes all its data from a file and only while it starts; expected a database that is loaded while it runs; retry: safe once this is mended; nothing was changed
    hint: `--to FOLDER` gives the file, and says what is done with it
    ");
    // A wrong password is told without the password.
    let wrong = Wanted {
        databases: vec![Database {
            name: "SHOP_REDIS_URL".to_owned(),
            url: format!("redis://:hunter2-of-nobody@127.0.0.1:{port}/0"),
        }],
        ..Wanted::default()
    };
    assert_snapshot!(told(&shop, &store.create(&wrong).unwrap_err()[0]), @"Machine: `SHOP_REDIS_URL`: logging in failed: WRONGPASS invalid username-password pair or user is disabled.; expected a database that can be read; retry: safe, nothing was changed");
}

/// A server takes connections a moment before it answers them.
pub(crate) fn connected(url: &str) -> postgres::Client {
    let began = Instant::now();
    loop {
        match postgres::Client::connect(url, postgres::NoTls) {
            Ok(client) => return client,
            Err(error) if began.elapsed() > Duration::from_secs(30) => panic!("{error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

#[test]
fn mysql_is_dumped_and_loaded_into_a_scratch_database() {
    let shop = Shop::new();
    let Some((_server, port, ask)) = mariadb(&shop.beside("mariadb")) else { return };
    ask(
        "create database shop; create user 'shop'@'%' identified by 'hunter2-of \"shop\\\\'; grant all on *.* to 'shop'@'%'; \
         create table shop.orders (id int primary key auto_increment, sku text) engine = innodb; \
         create table shop.`odd name` (x blob); insert into shop.`odd name` values (x'00ff0a27'); \
         create view shop.seen as select * from shop.orders; \
         insert into shop.orders (sku) with recursive n as (select 1 x union all select x + 1 from n where x < 1000) select x from n",
    );
    let url = format!("mysql+pymysql://shop:hunter2-of%20%22shop%5C@127.0.0.1:{port}/shop");
    let wanted = wanted("SHOP_DATABASE_URL", url);
    let store = shop.store();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                ask("insert into shop.orders (sku) values ('more')");
            }
        });
        let _ending = Ending(&is_over);
        let created = store.create(&wanted).unwrap();
        let counts = &created.dumps[0].counts;
        assert!(counts["orders"].least >= 1000 && counts["odd name"].most == 1, "{counts:?}");
        let (_, verification) = store.verify(&created.id, &wanted.databases).unwrap();
        assert_eq!(verification.differences, Vec::<String>::new());
    });
    ask("drop table shop.orders");
    // What the server has by now does not matter to what was saved.
    let (_, verification) = store.verify("latest", &wanted.databases).unwrap();
    assert!(
        verification.what[1].starts_with("`SHOP_DATABASE_URL`: loaded into a scratch database, "),
        "{verification:?}"
    );
}

#[test]
fn what_cannot_be_dumped_fails_the_backup() {
    let shop = Shop::new();
    let port = free_port();
    let urls = [
        ("BROKER", "amqp://guest@localhost/".to_owned()),
        ("MEMORY", "sqlite://".to_owned()),
        ("GONE", format!("postgresql://shop:hunter2-of-shop@127.0.0.1:{port}/shop")),
        ("MISSING", "sqlite:////is/not/there.db".to_owned()),
    ];
    let databases = urls.map(|(name, url)| Database { name: name.to_owned(), url }).to_vec();
    let store = shop.store();
    let problems = store.create(&Wanted { databases, ..Shop::wanted() }).unwrap_err();
    let told: Vec<String> = problems.iter().map(|problem| told(&shop, problem)).collect();
    assert_snapshot!(told.join("\n"), @"
    Input: `BROKER` leads to nothing that can be dumped; expected a URL of SQLite, PostgreSQL, MySQL or Redis; retry: safe once this is mended; nothing was changed
    Input: `MEMORY` is in the memory of a process; expected a database in a file; retry: safe once this is mended; nothing was changed
    Machine: `GONE`: connecting failed: Connection refused (os error 111); expected a database that can be read; retry: safe, nothing was changed
    Machine: `MISSING`: copying `/is/not/there.db` failed: unable to open database file: /is/not/there.db; expected a database that can be read; retry: safe, nothing was changed
    ");
    assert_eq!(store.list().unwrap().len(), 0);
}
