//! Backups in a store that speaks S3, over TLS: a real server that checks signatures, behind nginx.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

use crate::backup::{saved_shop, stable};
use crate::every_kind::certificates;
use insta::assert_snapshot;
use setpoint_testkit::{Background, Sandbox, free_port, object_store, tool_is_here};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const SECRET: &str = "hunter2-of-the-store/+";

const NGINX: &str = r"
worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 64; }
http {
    access_log access.log;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    client_max_body_size 0;
    server {
        listen 127.0.0.1:TLS_PORT ssl;
        ssl_certificate FOLDER/shop.pem;
        ssl_certificate_key FOLDER/shop.key;
        location / {
            proxy_pass http://127.0.0.1:STORE_PORT;
            proxy_set_header Host $http_host;
        }
    }
}
";

/// The shop with its backups in a bucket, and what keeps that.
struct Stored {
    shop: Sandbox,
    folder: tempfile::TempDir,
    port: u16,
    _servers: [Background; 2],
}

impl Stored {
    #[expect(clippy::disallowed_methods, reason = "the test starts real servers")]
    fn new() -> Option<Self> {
        if !["openssl", "nginx"].into_iter().all(tool_is_here) {
            return None;
        }
        let parts = tempfile::tempdir().unwrap();
        let folder = parts.path();
        certificates(folder);
        std::fs::create_dir_all(folder.join("buckets/backups")).unwrap();
        let (store, store_port) = object_store(&folder.join("buckets"), Some(("AKIASHOP", SECRET)))?;
        let tls_port = free_port();
        let nginx = [("FOLDER", folder.display().to_string()), ("TLS_PORT", tls_port.to_string())];
        let nginx = nginx.iter().fold(NGINX.to_owned(), |text, (name, value)| text.replace(name, value));
        std::fs::write(folder.join("nginx.conf"), nginx.replace("STORE_PORT", &store_port.to_string())).unwrap();
        let mut nginx = Command::new("nginx");
        nginx.arg("-p").arg(folder);
        nginx.args(["-e", "error.log", "-c", "nginx.conf", "-g", "daemon off; master_process off;"]);
        let nginx = Background::start(&mut nginx, tls_port, Duration::from_secs(20));
        let shop = saved_shop()
            .variable("SSL_CERT_FILE", &folder.join("ca.pem").display().to_string())
            .filter(&tls_port.to_string(), "TLS_PORT");
        let place = format!("'s3:https://127.0.0.1:{tls_port}/backups/shop'\ncredentials_file = 's3.env'");
        shop.write("setpoint.toml", shop.read("setpoint.toml").replace("'backups'", &place));
        write_key(&shop, SECRET);
        Some(Self { shop, folder: parts, port: tls_port, _servers: [store, nginx] })
    }
}

fn write_key(shop: &Sandbox, secret: &str) {
    shop.write("s3.env", format!("AWS_ACCESS_KEY_ID=AKIASHOP\nAWS_SECRET_ACCESS_KEY={secret}\n"));
    std::fs::set_permissions(shop.path().join("s3.env"), std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_store_is_as_good_as_a_folder() {
    let Some(stored) = Stored::new() else { return };
    let shop = &stored.shop;
    assert_snapshot!(stable(&shop.run("backup list")), @"
    exit: 0
    --- stderr
    there is no such backup yet
    ");
    assert_snapshot!(stable(&shop.run("backup create --environment production --verify")), @"
    exit: 0
    --- stdout
    saved ID: 3 files (0 as before), SIZE; the repository grew by SIZE
      SQLite of `SHOP_DATABASE_URL`: 2 rows or keys
    proven ID restored into scratch and compared: N paths, SIZE
      files: the hash of every byte, mode, owner, time, attributes, where links lead
      `SHOP_DATABASE_URL`: integrity check, and 2 rows in 1 tables counted again
    --- stderr
    a new repository was made in `s3:https://127.0.0.1:TLS_PORT/backups/shop`
    the repository's password was made and is in
      `[ROOT]/state/backup-password`: keep a copy of it elsewhere,
      since nothing can be restored without it
    ");
    assert_snapshot!(stable(&shop.run("backup list")), @"
    exit: 0
    --- stdout
    ID  DAY TIME  production  SIZE  proven DAY
    ");
    assert_snapshot!(stable(&shop.run("backup verify")), @"
    exit: 0
    --- stdout
    proven ID restored into scratch and compared: N paths, SIZE
      files: the hash of every byte, mode, owner, time, attributes, where links lead
      `SHOP_DATABASE_URL`: integrity check, and 2 rows in 1 tables counted again
    ");
    assert_snapshot!(stable(&shop.run("backup restore latest --to out")), @r#"
    exit: 0
    --- stdout
    restored ID: 9 new, 0 replaced, 0 adjusted, 0 the same; SIZE written
    --- stderr
    no database was touched; to load a dump:
      `SHOP_DATABASE_URL`: stop who uses it, then `sqlite3
      [ROOT]/data/shop.db ".restore
      out/setpoint-databases/SHOP_DATABASE_URL.sqlite"`
    "#);
    shop.write("etc/shop.env", "A=2\n");
    assert_snapshot!(stable(&shop.run("backup restore latest --yes")), @r#"
    exit: 0
    --- stdout
    replace  [ROOT]/etc/shop.env: has another content, has another time
    restored ID: 0 new, 1 replaced, 0 adjusted, 5 the same; SIZE written
    --- stderr
    no database was touched; `--database NAME` loads its dump in place; by hand,
      after `--to FOLDER`:
      `SHOP_DATABASE_URL`: stop who uses it, then `sqlite3
      [ROOT]/data/shop.db ".restore
      FOLDER/setpoint-databases/SHOP_DATABASE_URL.sqlite"`
    "#);
    assert_eq!(shop.read("etc/shop.env"), "A=1\n");
    assert_snapshot!(stable(&shop.run("backup restore latest --database SHOP_DATABASE_URL --yes")), @"
    exit: 0
    --- stdout
    loaded SQLite `[ROOT]/data/shop.db` of `SHOP_DATABASE_URL`: 2 rows in 1 table counted again, as saved in ID
    --- stderr
    what is there now was saved and proven; `setpoint backup restore ID
      --database SHOP_DATABASE_URL --yes` brings it back
    services that keep what they have read, or the shape of tables, need a restart
    ");
    assert_snapshot!(stable(&shop.run("backup prune --yes")), @"
    exit: 0
    --- stdout
    ID  DAY TIME  production  stays: young
    ID  DAY TIME  production  stays: young
    SIZE of the repository are of no use any more
    ");
    // An authority that the machine does not know.
    let stranger = saved_shop();
    stranger.write("setpoint.toml", shop.read("setpoint.toml"));
    write_key(&stranger, SECRET);
    let stranger = stranger.filter(&stored.port.to_string(), "TLS_PORT");
    assert_snapshot!(stable(&stranger.run("backup list")), @"
    exit: 3
    --- stderr
    error: looking for the repository failed:
      `s3:https://127.0.0.1:TLS_PORT/backups/shop` has a certificate that is not
      trusted: UnknownIssuer
    expected: a certificate of an authority that this machine trusts, for that
      name
    retry: safe once this is mended; nothing was changed
    hint: the package `ca-certificates` has the public ones; `SSL_CERT_FILE` names
      a file with others
    ");
}

#[test]
fn the_key_of_a_store_is_nowhere_but_in_its_file() {
    let Some(stored) = Stored::new() else { return };
    let shop = &stored.shop;
    let commands = [
        "backup create --environment production --verify",
        "backup create --format json",
        "backup list --format json",
        "backup verify --format json",
        "backup restore latest --to out",
        "backup restore latest --database SHOP_DATABASE_URL --yes",
        "backup prune --format json",
        "capture",
        "check",
        "docs markdown",
        "explain SHOP_DATABASE_URL",
    ];
    let mut said: Vec<String> = commands.iter().map(|command| shop.run(command).to_string()).collect();
    write_key(shop, "hunter2-of-another/+");
    said.extend(commands.iter().map(|command| shop.run(command).to_string()));
    std::fs::set_permissions(shop.path().join("s3.env"), std::fs::Permissions::from_mode(0o644)).unwrap();
    said.push(shop.run("backup list").to_string());
    let said = said.join("\n");
    assert!(said.contains("SignatureDoesNotMatch") && said.contains("mode 0644"), "{said}");
    for told in ["hunter2", "X-Amz-", "AKIASHOP"] {
        assert!(!said.contains(told), "{said}");
    }
    // `capture` was not asked to look at the file with the key, and nothing else has it.
    let with_it = files_with(shop.path(), "hunter2-of-");
    assert_eq!(with_it, ["s3.env"]);
    assert_eq!(files_with(&stored.folder.path().join("buckets"), "hunter2-of-"), [""; 0]);
}

/// The files below a folder that hold the text.
#[expect(clippy::disallowed_methods, reason = "the test looks at all that was written")]
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in std::fs::read_dir(&current).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text)) {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found
}
