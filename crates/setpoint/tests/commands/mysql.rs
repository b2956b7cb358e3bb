//! Backups of MySQL with the programs that a machine happens to have.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

use setpoint_testkit::{Background, Sandbox, mariadb};
use std::os::unix::fs::{PermissionsExt as _, symlink};

/// Oracle's `mysql` and `mysqldump` as far as they differ for a backup: what is `MariaDB`'s alone they do not know, and they read
/// a file more.
const ORACLE: &str = r#"#!/bin/sh
case " $* " in *" --abort-source-on-error "*)
    echo "$0: [ERROR] unknown option '--abort-source-on-error'." >&2
    exit 7
esac
if [ -z "$MYSQL_TEST_LOGIN_FILE" ] || [ -e "$MYSQL_TEST_LOGIN_FILE" ]; then
    echo "$0: [ERROR] what ~/.mylogin.cnf says would win." >&2
    exit 8
fi
exec PROGRAM "$@"
"#;

/// A shop whose database is of a server that runs, on a machine that has Oracle's client programs alone.
fn shop() -> Option<(Sandbox, Background)> {
    let sandbox = crate::empty();
    let (server, port, ask) = mariadb(&sandbox.path().join("../mariadb"))?;
    ask(
        "create database shop; create user 'shop'@'%' identified by 'hunter2-of-shop'; grant all on *.* to 'shop'@'%'; \
         create table shop.orders (sku text); insert into shop.orders values ('a'), ('b')",
    );
    for (name, program) in [("mysql", "/usr/bin/mariadb"), ("mysqldump", "/usr/bin/mariadb-dump")] {
        let file = format!("programs/{name}");
        sandbox.write(&file, ORACLE.replace("PROGRAM", program));
        std::fs::set_permissions(sandbox.path().join(file), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    symlink("/bin/sh", sandbox.path().join("programs/sh")).unwrap();
    let url = format!("mysql://shop:hunter2-of-shop@127.0.0.1:{port}/shop");
    sandbox.write("shop.py", format!("import os\n\nDATABASE_URL = os.getenv('SHOP_DATABASE_URL', '{url}')\n"));
    sandbox.write(
        "setpoint.toml",
        "[service]\nname = 'shop'\n\n[backup]\nrepository = 'backups'\ndatabases = ['SHOP_DATABASE_URL']\n",
    );
    let [path, state] = ["programs", "state"].map(|name| sandbox.path().join(name).display().to_string());
    Some((sandbox.variable("PATH", &path).variable("SETPOINT_STATE", &state), server))
}

#[test]
fn a_database_is_saved_and_proven_by_the_programs_of_oracle() {
    let Some((shop, _server)) = shop() else { return };
    let said = shop.run("backup create --verify");
    assert_eq!(said.code, Some(0), "{said}");
    let proven = "`SHOP_DATABASE_URL`: loaded into a scratch database, 2 rows in 1 tables counted again";
    assert!(said.stdout.contains(proven), "{said}");
}

#[test]
fn the_url_wins_over_what_the_home_folder_says() {
    let Some((shop, _server)) = shop() else { return };
    let home = shop.path().join("home").display().to_string();
    let shop = shop
        .file("home/.my.cnf", "[client]\nuser = nobody\npassword = wrong\nhost = 192.0.2.1\nport = 1\n")
        .variable("HOME", &home);
    let said = shop.run("backup create --verify");
    assert_eq!(said.code, Some(0), "{said}");
}

#[test]
fn a_dump_whose_url_is_not_known_keeps_no_other_from_being_loaded() {
    let Some((shop, _server)) = shop() else { return };
    let register = shop.read("setpoint.toml").replace("DATABASE_URL']", "DATABASE_URL', 'SHOP_OTHER_URL']");
    let settings = shop.read("shop.py");
    shop.write("setpoint.toml", &register);
    shop.write("shop.py", settings.clone() + &settings.replace("DATABASE", "OTHER"));
    assert_eq!(shop.run("backup create --verify").code, Some(0));
    shop.write("shop.py", settings + "OTHER_URL = os.getenv('SHOP_OTHER_URL')\n");
    let said = shop.run("backup verify");
    assert_eq!(said.code, Some(1), "{said}");
    assert!(said.stdout.contains("\n  `SHOP_DATABASE_URL`: loaded into a scratch database, 2 rows"), "{said}");
    assert!(said.stdout.contains("\n  not: `SHOP_OTHER_URL`: its URL is not known any more"), "{said}");
    assert!(said.stderr.contains("warning: the database of `SHOP_OTHER_URL` is not known"), "{said}");
    // A backup without a dump of it misses nothing.
    shop.write("setpoint.toml", register.replace(", 'SHOP_OTHER_URL'", ""));
    assert_eq!(shop.run("backup create").code, Some(0));
    shop.write("setpoint.toml", register);
    let said = shop.run("backup verify");
    assert_eq!((said.code, said.stderr.contains("SHOP_OTHER_URL")), (Some(0), false), "{said}");
}
