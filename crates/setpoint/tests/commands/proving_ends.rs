//! A signal that ends `backup verify` leaves no scratch database on a server, and no scratch server.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests start real servers, and look at the machine that the door opens on"
)]

use crate::ending::{Running, is_gone, process, temporary};
use setpoint_testkit::{Background, Sandbox, free_port, mariadb, postgresql, tool_is_here};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A shop with a backup of the database of the URL, and programs that come before the machine's own.
fn saved_shop(sandbox: Sandbox, url: &str) -> Sandbox {
    let state = sandbox.path().join("state").display().to_string();
    let path = format!("{}/programs:{}", sandbox.path().display(), std::env::var("PATH").unwrap());
    let shop = sandbox
        .file("temporary/.keep", "")
        .file("shop.py", format!("import os\n\nDATABASE_URL = os.getenv('SHOP_DATABASE_URL', '{url}')\n"))
        .file(
            "setpoint.toml",
            "[service]\nname = 'shop'\n\n[backup]\nrepository = 'backups'\ndatabases = ['SHOP_DATABASE_URL']\n",
        )
        .variable("SETPOINT_STATE", &state)
        .variable("PATH", &path);
    let said = shop.run("backup create --verify");
    assert_eq!(said.code, Some(0), "{said}");
    shop
}

/// The program does not come to its end where one of its arguments is as given, or always where none is.
fn hangs(shop: &Sandbox, program: &str, unless: &str) {
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *' {unless} '*) exec /usr/bin/{program} \"$@\";; esac\n\
         echo $$ > ROOT/hangs.part; mv ROOT/hangs.part ROOT/hangs\nexec sleep 600\n"
    );
    let file = format!("programs/{program}");
    shop.write(&file, script.replace("ROOT", &shop.path().display().to_string()));
    let runs = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(shop.path().join(file), runs).unwrap();
}

/// Ends `backup verify` while that program hangs. The backup is still called proven, and nothing runs any more.
fn is_ended(shop: &Sandbox) {
    let path = format!("PATH={}/programs:{}", shop.path().display(), std::env::var("PATH").unwrap());
    let state = format!("SETPOINT_STATE={}", shop.path().join("state").display());
    let mut running = Running::start(shop, &["env", &path, &state], "backup verify");
    let program = process(shop, "hangs");
    running.send("TERM");
    assert_eq!(running.code(), Some(143));
    assert!(is_gone(&program));
    let folder = temporary(shop).display().to_string();
    for listed in Path::new("/proc").read_dir().unwrap().flatten() {
        let line = std::fs::read(listed.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        assert!(!line.contains(&folder), "it still runs: {line}");
    }
    assert_eq!(temporary(shop).read_dir().unwrap().count(), 1);
    std::fs::remove_file(shop.path().join("hangs")).unwrap();
    let listed = shop.run("backup list");
    assert!(listed.stdout.contains("  proven ") && !listed.stdout.contains("FAILED"), "{listed}");
}

#[test]
fn no_scratch_database_is_left_on_a_server_of_mysql() {
    let sandbox = crate::empty();
    let Some((_server, port, ask)) = mariadb(&sandbox.path().join("../mariadb")) else { return };
    ask(
        "create database shop; create user 'shop'@'%' identified by 'hunter2-of-shop'; grant all on *.* to 'shop'@'%'; \
         create table shop.orders (sku text); insert into shop.orders values ('a'), ('b')",
    );
    let shop = saved_shop(sandbox, &format!("mysql://shop:hunter2-of-shop@127.0.0.1:{port}/shop"));
    // What loads the dump has no statement on its command line.
    hangs(&shop, "mariadb", "-e");
    is_ended(&shop);
    let left = |number: u32| {
        let of = "from information_schema.schemata where schema_name like 'setpoint%'";
        ask(&format!("select if(count(*) = {number}, 1, exp(1000)) {of}"));
    };
    left(0);
    // What another has left is removed after a day, and what is of nobody known is not.
    ask("create database setpoint_verify_1700000000_0123abcd; create database setpoint_verify_of_mine");
    std::fs::remove_file(shop.path().join("programs/mariadb")).unwrap();
    assert_eq!(shop.run("backup verify").code, Some(0));
    left(1);
}

#[test]
fn no_scratch_database_is_left_on_a_server_of_postgresql_and_no_scratch_server() {
    let sandbox = crate::empty().file("servers/.keep", "");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    std::fs::set_permissions(sandbox.path().join(".."), open).unwrap();
    let Some((_server, port)) = postgresql(&sandbox.path().join("servers"), "hunter2-of-shop") else { return };
    let address = |user: &str| format!("postgresql://{user}:hunter2-of-shop@127.0.0.1:{port}/postgres");
    let ask = |statement: &str| {
        let mut command = Command::new("psql");
        let said = command.args(["-X", "-A", "-t", "-c", statement]).arg(address("shop")).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8_lossy(&said.stdout).into_owned()
    };
    ask("create table orders (sku text)");
    ask("create role reader login password 'hunter2-of-shop'");
    ask("grant pg_read_all_data to reader");
    ask("create database setpoint_verify_1700000000_0123abcd");
    ask("create database setpoint_verify_of_mine");
    let left = || ask("select datname from pg_database where datname like 'setpoint%'");
    let shop = saved_shop(sandbox, &address("shop"));
    assert_eq!(left(), "setpoint_verify_of_mine\n");
    hangs(&shop, "pg_restore", "--never");
    is_ended(&shop);
    assert_eq!(left(), "setpoint_verify_of_mine\n");
    // Who may make no database has a server of its own.
    shop.write("shop.py", shop.read("shop.py").replace("//shop:", "//reader:"));
    is_ended(&shop);
}

#[test]
fn no_scratch_server_of_redis_is_left() {
    if !tool_is_here("redis-server") {
        return;
    }
    let sandbox = crate::empty().file("redis/.keep", "");
    let port = free_port();
    let mut server = Command::new("redis-server");
    server.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    server.arg("--dir").arg(sandbox.path().join("redis"));
    let _server = Background::start(&mut server, port, Duration::from_secs(20));
    let shop = saved_shop(sandbox, &format!("redis://127.0.0.1:{port}/0"));
    hangs(&shop, "redis-server", "--never");
    is_ended(&shop);
}
