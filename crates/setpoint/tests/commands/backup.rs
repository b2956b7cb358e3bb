//! Backups from outside: made, listed, proven, taken back.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

use insta::assert_snapshot;
use setpoint_testkit::{Picture, Sandbox};

/// A service with a database in a file and a register that saves both.
pub(crate) fn saved_shop() -> Sandbox {
    let sandbox = crate::empty()
        .file(
            "shop.py",
            "import os\n\nDATABASE_URL = os.getenv('SHOP_DATABASE_URL', 'sqlite:///data/shop.db')\n\
             OTHER_URL = os.getenv('SHOP_OTHER_URL')\n",
        )
        .file("etc/shop.env", "A=1\n")
        .file("etc/cache/a.tmp", "x")
        .file(
            "setpoint.toml",
            "[service]\nname = 'shop'\n\n[environment.production]\n\n[backup]\nrepository = 'backups'\n\
             include = ['etc']\nexclude = ['*.tmp']\ndatabases = ['SHOP_DATABASE_URL']\nkeep = { production = '90d' }\n",
        );
    let state = sandbox.path().join("state").display().to_string();
    sandbox.write("data/.keep", "");
    let database = rusqlite::Connection::open(sandbox.path().join("data/shop.db")).unwrap();
    database.execute_batch("create table orders (sku); insert into orders values ('a'), ('b')").unwrap();
    sandbox.variable("SETPOINT_STATE", &state)
}

/// Without what is different in each run: ids, times and sizes that depend on a clock or a key.
pub(crate) fn stable(picture: &Picture) -> String {
    let text = picture.to_string();
    let patterns = [
        // Before the ids, which a number can look like.
        (r#""(seconds|added|bytes|compared)": [0-9.e-]+"#, "\"$1\": N"),
        (r"\b[0-9a-f]{64}\b", "LONG-ID"),
        (r"\b[0-9a-f]{8}\b", "ID"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d", "DAY TIME"),
        (r"\b\d{4}-\d\d-\d\d\b", "DAY"),
        (r#""(time|at|saved)": "[^"]*""#, "\"$1\": \"TIME\""),
        (r#""machine": "[^"]*""#, "\"machine\": \"MACHINE\""),
        (r"\d+(\.\d)? k?B\b", "SIZE"),
        (r"\d+ paths", "N paths"),
        (r"mode, owner, time, attributes, where links lead$", "OWNERS"),
    ];
    patterns.iter().fold(text, |text, (pattern, shown)| {
        regex::Regex::new(pattern).unwrap().replace_all(&text, *shown).into_owned()
    })
}

#[test]
fn from_the_first_to_the_last_step() {
    let shop = saved_shop();
    assert_snapshot!(stable(&shop.run("backup create --environment production --verify")), @"
    exit: 0
    --- stdout
    saved ID: 3 files (0 as before), SIZE; the repository grew by SIZE
      SQLite of `SHOP_DATABASE_URL`: 2 rows or keys
    proven ID restored into scratch and compared: N paths, SIZE
      files: the hash of every byte, mode, owner, time, attributes, where links lead
      `SHOP_DATABASE_URL`: integrity check, and 2 rows in 1 tables counted again
    --- stderr
    a new repository was made in `[ROOT]/backups`
    the repository's password was made and is in
      `[ROOT]/state/backup-password`: keep a copy of it elsewhere,
      since nothing can be restored without it
    ");
    assert_snapshot!(stable(&shop.run("backup create")), @"
    exit: 0
    --- stdout
    saved ID: 3 files (1 as before), SIZE; the repository grew by SIZE
      SQLite of `SHOP_DATABASE_URL`: 2 rows or keys
    not proven yet: `setpoint backup verify` restores it into scratch and compares
    --- stderr
    it is of no environment, and so is kept until somebody removes it;
      `--environment NAME` gives it one
    ");
    assert_snapshot!(stable(&shop.run("backup list")), @"
    exit: 0
    --- stdout
    ID  DAY TIME  production  SIZE  proven DAY
    ID  DAY TIME  -           SIZE  not proven
    ");
    shop.write("etc/shop.env", "A=2\n");
    assert_snapshot!(stable(&shop.run("backup restore latest")), @r#"
    exit: 0
    --- stdout
    replace  [ROOT]/etc/shop.env: has another content, has another time
    N paths as saved in ID
    --- stderr
    no database was touched; `--database NAME` loads its dump in place; by hand,
      after `--to FOLDER`:
      `SHOP_DATABASE_URL`: stop who uses it, then `sqlite3
      [ROOT]/data/shop.db ".restore
      FOLDER/setpoint-databases/SHOP_DATABASE_URL.sqlite"`
    nothing was written; `--yes` does it
    "#);
    assert_eq!(shop.read("etc/shop.env"), "A=2\n");
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
    assert_snapshot!(stable(&shop.run("backup prune")), @"
    exit: 0
    --- stdout
    ID  DAY TIME  production  stays: young
    ID  DAY TIME  -           stays: no rule in `keep`
    SIZE of the repository are of no use any more
    --- stderr
    nothing was removed; `--yes` does it
    ");
}

#[test]
fn a_restore_elsewhere_asks_before_it_replaces_anything() {
    let shop = saved_shop();
    shop.run("backup create --environment production");
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
    let copy = format!("out{}/etc/shop.env", shop.path().display());
    shop.write(&copy, "edited\n");
    assert_snapshot!(stable(&shop.run("backup restore latest --to out")), @"
    exit: 0
    --- stdout
    replace  [ROOT]/out[ROOT]/etc/shop.env: has another content, has another time
    N paths new, 8 as saved in ID
    --- stderr
    nothing was written; `--yes` does it
    ");
    assert_eq!(shop.read(&copy), "edited\n");
    assert_snapshot!(stable(&shop.run("backup restore latest --to out --yes")), @r#"
    exit: 0
    --- stdout
    replace  [ROOT]/out[ROOT]/etc/shop.env: has another content, has another time
    restored ID: 0 new, 1 replaced, 0 adjusted, 8 the same; SIZE written
    --- stderr
    no database was touched; to load a dump:
      `SHOP_DATABASE_URL`: stop who uses it, then `sqlite3
      [ROOT]/data/shop.db ".restore
      out/setpoint-databases/SHOP_DATABASE_URL.sqlite"`
    "#);
    assert_eq!(shop.read(&copy), "A=1\n");
}

#[test]
fn what_is_made_and_proven_has_a_twin_for_programs() {
    let shop = saved_shop();
    assert_snapshot!(stable(&shop.run("backup create --environment production --format json")), @r#"
    exit: 0
    --- stdout
    {
      "id": "LONG-ID",
      "files": 3,
      "folders": 7,
      "bytes": N,
      "added": N,
      "unchanged": 0,
      "left_out": [],
      "dumps": [
        {
          "name": "SHOP_DATABASE_URL",
          "engine": "sqlite",
          "file": "SHOP_DATABASE_URL.sqlite",
          "origin": "[ROOT]/data/shop.db",
          "counts": {
            "orders": {
              "least": 2,
              "most": 2
            }
          }
        }
      ],
      "seconds": N,
      "password_file_made": "[ROOT]/state/backup-password",
      "verification": null
    }
    --- stderr
    a new repository was made in `[ROOT]/backups`
    the repository's password was made and is in
      `[ROOT]/state/backup-password`: keep a copy of it elsewhere,
      since nothing can be restored without it
    "#);
    assert_snapshot!(stable(&shop.run("backup verify --format json")), @r#"
    exit: 0
    --- stdout
    {
      "id": "LONG-ID",
      "at": "TIME",
      "passed": true,
      "compared": N,
      "bytes": N,
      "what": [
        "files: the hash of every byte, mode, owner, time, attributes, where links lead",
        "`SHOP_DATABASE_URL`: integrity check, and 2 rows in 1 tables counted again"
      ],
      "differences": []
    }
    "#);
}

#[test]
fn lists_have_a_twin_for_programs() {
    let shop = saved_shop();
    assert_eq!(shop.run("backup create --environment production --verify --format json").code, Some(0));
    assert_snapshot!(stable(&shop.run("backup list --format json")), @r#"
    exit: 0
    --- stdout
    [
      {
        "id": "LONG-ID",
        "time": "TIME",
        "environment": "production",
        "service": "shop",
        "machine": "MACHINE",
        "is_of_this_machine": true,
        "is_ours": true,
        "paths": [
          "/setpoint-databases",
          "[ROOT]/etc"
        ],
        "files": 3,
        "bytes": N,
        "record": {
          "verification": {
            "at": "TIME",
            "passed": true,
            "compared": N,
            "bytes": N,
            "what": [
              "files: the hash of every byte, mode, owner, time, attributes, where links lead",
              "`SHOP_DATABASE_URL`: integrity check, and 2 rows in 1 tables counted again"
            ],
            "differences": []
          }
        }
      }
    ]
    "#);
    shop.write("etc/shop.env", "A=2\n");
    assert_snapshot!(stable(&shop.run("backup restore latest --format json")), @r#"
    exit: 0
    --- stdout
    {
      "id": "LONG-ID",
      "planned": [
        {
          "path": "[ROOT]/etc/shop.env",
          "what": "replaced",
          "differences": [
            "content",
            "time"
          ]
        }
      ],
      "restored": null,
      "left_out": [],
      "databases": [
        "`SHOP_DATABASE_URL`: stop who uses it, then `sqlite3 [ROOT]/data/shop.db \".restore FOLDER/setpoint-databases/SHOP_DATABASE_URL.sqlite\"`"
      ]
    }
    --- stderr
    nothing was written; `--yes` does it
    "#);
}

#[test]
fn what_was_removed_has_a_twin_for_programs() {
    let shop = saved_shop();
    assert_eq!(shop.run("backup create --environment production --verify --format json").code, Some(0));
    assert_snapshot!(stable(&shop.run("backup prune --yes --format json")), @r#"
    exit: 0
    --- stdout
    {
      "done": true,
      "backups": [
        {
          "id": "LONG-ID",
          "time": "TIME",
          "environment": "production",
          "service": "shop",
          "machine": "MACHINE",
          "is_of_this_machine": true,
          "is_ours": true,
          "paths": [
            "/setpoint-databases",
            "[ROOT]/etc"
          ],
          "files": 3,
          "bytes": N,
          "record": {
            "verification": {
              "at": "TIME",
              "passed": true,
              "compared": N,
              "bytes": N,
              "what": [
                "files: the hash of every byte, mode, owner, time, attributes, where links lead",
                "`SHOP_DATABASE_URL`: integrity check, and 2 rows in 1 tables counted again"
              ],
              "differences": []
            }
          },
          "kept": {
            "because": "young"
          }
        }
      ],
      "freed": 0
    }
    "#);
}

#[test]
fn what_is_wrong_is_said() {
    let shop = saved_shop();
    assert_snapshot!(stable(&shop.run("backup list")), @"
    exit: 0
    --- stderr
    there is no such backup yet
    ");
    assert_snapshot!(stable(&shop.run("backup restore latest")), @"
    exit: 2
    --- stderr
    error: there is no repository in `[ROOT]/backups`
      --> [ROOT]/backups
    expected: one that `setpoint backup create` has made
    retry: safe once this is mended; nothing was changed
    ");
    let other = |from: &str, to: &str| {
        let shop = saved_shop();
        let register = shop.read("setpoint.toml").replace(from, to);
        assert!(register.contains(to));
        shop.write("setpoint.toml", register);
        stable(&shop.run("backup create"))
    };
    assert_snapshot!(other("'SHOP_DATABASE_URL'", "'SHOP_OTHER_URL'"), @"
    exit: 2
    --- stderr
    error: the database of `SHOP_OTHER_URL` is not known: `SHOP_OTHER_URL` is not
      set
     --> setpoint.toml:6:2
      |
    6 | [backup]
      |  ^^^^^^
    expected: a URL
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(other("'etc'", "'etc', 'ect'"), @"
    exit: 2
    --- stderr
    error: nothing is there to be saved of `[ROOT]/ect`
      --> [ROOT]/ect
    expected: `include` of `[backup]` to name what is there
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(other("include", "inclde"), @"
    exit: 2
    --- stderr
    error: `backup` has an unknown key `inclde`
     --> setpoint.toml:8:1
      |
    8 | inclde = ['etc']
      | ^^^^^^
    expected: one of `repository`, `region`, `credentials_file`, `password_file`,
      `include`, `exclude`, `databases`, `keep`, `owner`, `why`, `expect`,
      `rollback`
    retry: safe once this is mended; nothing was changed
    hint: did you mean `include`?
    ");
    assert_snapshot!(other("[backup]", "[backup]\npassword_file = 'etc/password'"), @"
    exit: 2
    --- stderr
    error: the password file `[ROOT]/etc/password` does not exist
      --> [ROOT]/etc/password
    expected: a file with the repository's password
    retry: safe once this is mended; nothing was changed
    hint: leave `password_file` out, and a password is made where the tool keeps
      its state
    ");
    assert_snapshot!(crate::small_shop::small_shop().run("backup create"), @"
    exit: 2
    --- stderr
    error: there is no `setpoint.toml` here or above
    expected: one with `[backup]`
    retry: safe once this is mended; nothing was changed
    hint: go to the service's folder, or name it with `--root`; `setpoint capture
      --write` begins a register
    ");
}

#[test]
fn a_register_that_is_not_there_lacks_no_section() {
    let shop = crate::empty().file("app/settings.py", "");
    assert_snapshot!(shop.run("backup create"), @"
    exit: 2
    --- stderr
    error: there is no `setpoint.toml` here or above
    expected: one with `[backup]`
    retry: safe once this is mended; nothing was changed
    hint: go to the service's folder, or name it with `--root`; `setpoint capture
      --write` begins a register
    ");
    assert_snapshot!(shop.run("check --environment production"), @"
    exit: 2
    --- stderr
    error: there is no `setpoint.toml` here or above
    expected: one with `[environment.production]`
    retry: safe once this is mended; nothing was changed
    hint: go to the service's folder, or name it with `--root`; `setpoint capture
      --write` begins a register
    ");
    assert_snapshot!(shop.run("check --root app --environment production"), @"
    exit: 2
    --- stderr
    error: there is no register `[ROOT]/app/setpoint.toml`
    expected: one with `[environment.production]`
    retry: safe once this is mended; nothing was changed
    hint: go to the service's folder, or name it with `--root`; `setpoint capture
      --write` begins a register
    ");
}

#[test]
fn a_place_that_is_none_is_said() {
    let shop = saved_shop();
    let register = shop.read("setpoint.toml");
    let at = |place: &str| {
        shop.write("setpoint.toml", register.replace("'backups'", place));
        stable(&shop.run("backup create"))
    };
    assert_snapshot!(at("'sftp:backup@example.com:/shop'"), @"
    exit: 2
    --- stderr
    error: `repository` of `backup` begins with `sftp:`, which is no kind of place
      that is known
     --> setpoint.toml:7:14
      |
    7 | repository = 'sftp:backup@example.com:/shop'
      |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    expected: a folder, or `s3:https://HOST[:PORT]/BUCKET[/PREFIX]` (`s3:http://`
      to a server of this machine alone)
    retry: safe once this is mended; nothing was changed
    ");
    let into_store = |more: &str| at(&format!("'s3:https://s3.example.com/shop'\n{more}"));
    assert_snapshot!(into_store(""), @"
    exit: 2
    --- stderr
    error: the repository is in a store, and nothing says with which key it is
      opened
     --> setpoint.toml:7:14
      |
    7 | repository = 's3:https://s3.example.com/shop'
      |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    expected: `credentials_file`
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(into_store("credentials_file = 's3.env'"), @"
    exit: 2
    --- stderr
    error: the file `[ROOT]/s3.env` with the key of the store
      does not exist
      --> [ROOT]/s3.env
    expected: one with `AWS_ACCESS_KEY_ID=` and `AWS_SECRET_ACCESS_KEY=`, a line
      each
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(at("'s3:https://key:hunter2-of-the-store@s3.example.com/shop'"), @"
    exit: 2
    --- stderr
    error: `repository` of `backup` has a user or a password in its address, which
      anybody can read there
     --> setpoint.toml:7:14
      |
    7 | repository = 's3:https://key:***@s3.example.com/shop'
      |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    expected: a folder, or `s3:https://HOST[:PORT]/BUCKET[/PREFIX]` (`s3:http://`
      to a server of this machine alone)
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(at("'s3:http://s3.example.com/shop'"), @"
    exit: 2
    --- stderr
    error: `repository` of `backup` is reached without encryption, and is not on
      this machine
     --> setpoint.toml:7:14
      |
    7 | repository = 's3:http://s3.example.com/shop'
      |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    expected: a folder, or `s3:https://HOST[:PORT]/BUCKET[/PREFIX]` (`s3:http://`
      to a server of this machine alone)
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(at("'backups'\nregion = 'eu-central-1'"), @"
    exit: 2
    --- stderr
    error: `region` is of a store, and the repository is a folder
     --> setpoint.toml:8:10
      |
    8 | region = 'eu-central-1'
      |          ^^^^^^^^^^^^^^
    expected: a repository that begins with `s3:`
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_file_that_this_user_may_not_read_is_named() {
    let shop = saved_shop();
    if shop.path().metadata().unwrap().owner_is_root() {
        let file = shop.path().join("etc/shop.env");
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        for folder in ["state", "backups"] {
            std::fs::create_dir(shop.path().join(folder)).unwrap();
            let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
            std::fs::set_permissions(shop.path().join(folder), open).unwrap();
        }
        assert_snapshot!(stable(&shop.run_as_ordinary_user("backup create")), @"
        exit: 3
        --- stderr
        a new repository was made in `[ROOT]/backups`
        the repository's password was made and is in
          `[ROOT]/state/backup-password`: keep a copy of it elsewhere,
          since nothing can be restored without it
        error: cannot read `[ROOT]/etc/shop.env`: permission denied,
          and so nothing was saved
          --> [ROOT]/etc/shop.env
        expected: a path this user may read
        retry: safe once this is mended; nothing was changed
        hint: run the same command with `sudo`, or give this user's group read access
        ");
    }
}

/// A shop whose database was migrated, and lost its orders with that, after it was saved.
fn migrated_shop() -> (Sandbox, rusqlite::Connection) {
    let shop = saved_shop();
    assert_eq!(shop.run("backup create --environment production").code, Some(0));
    let database = rusqlite::Connection::open(shop.path().join("data/shop.db")).unwrap();
    database.execute_batch("delete from orders; create table refunds (x); insert into refunds values (1)").unwrap();
    (shop, database)
}

#[test]
fn a_database_is_loaded_in_place() {
    let (shop, database) = migrated_shop();
    assert_snapshot!(stable(&shop.run("backup restore latest --database SHOP_DATABASE_URL")), @"
    exit: 0
    --- stdout
    load SQLite `[ROOT]/data/shop.db` of `SHOP_DATABASE_URL`
      ID of DAY TIME has 2 rows in 1 table
      there now: 1 row in 2 tables, which are lost
    --- stderr
    all that was written or made in it since it was saved is lost
    nothing was loaded; `--yes` saves and proves what is there now, and then does
      it
    ");
    assert_snapshot!(stable(&shop.run("backup restore latest --database SHOP_DATABASE_URL --without-backup")), @"
    exit: 0
    --- stdout
    load SQLite `[ROOT]/data/shop.db` of `SHOP_DATABASE_URL`
      ID of DAY TIME has 2 rows in 1 table
      there now: 1 row in 2 tables, which are lost
    --- stderr
    all that was written or made in it since it was saved is lost
    nothing was loaded; `--yes` does it, and then it cannot be undone
    ");
    let count = || -> i64 { database.query_row("select count(*) from orders", [], |row| row.get(0)).unwrap() };
    assert_eq!(count(), 0);
    assert_snapshot!(stable(&shop.run("backup restore latest --database SHOP_DATABASE_URL --yes")), @"
    exit: 0
    --- stdout
    loaded SQLite `[ROOT]/data/shop.db` of `SHOP_DATABASE_URL`: 2 rows in 1 table counted again, as saved in ID
    --- stderr
    what is there now was saved and proven; `setpoint backup restore ID
      --database SHOP_DATABASE_URL --yes` brings it back
    services that keep what they have read, or the shape of tables, need a restart
    ");
    assert_eq!(count(), 2);
    assert_snapshot!(stable(&shop.run("backup list")), @"
    exit: 0
    --- stdout
    ID  DAY TIME  production  SIZE   not proven
    ID  DAY TIME  production  SIZE  proven DAY  an undo
    ");
    assert_snapshot!(stable(&shop.run("backup restore latest --database SHOP_OTHER_URL")), @"
    exit: 2
    --- stderr
    error: `[backup]` names no database `SHOP_OTHER_URL`
     --> setpoint.toml:6:2
      |
    6 | [backup]
      |  ^^^^^^
    expected: `SHOP_DATABASE_URL`
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(stable(&shop.run("backup restore latest --without-backup")), @"
    exit: 2
    --- stderr
    error: the following required arguments were not provided:
      --database <NAME>

    Usage: setpoint backup restore --database <NAME> --without-backup <ID>

    For more information, try '--help'.
    ");
}

#[test]
fn loading_can_be_undone_and_has_a_twin_for_programs() {
    let (shop, database) = migrated_shop();
    assert_snapshot!(stable(&shop.run("backup restore latest --database SHOP_DATABASE_URL --format json")), @r#"
    exit: 0
    --- stdout
    {
      "id": "LONG-ID",
      "saved": "TIME",
      "planned": [
        {
          "name": "SHOP_DATABASE_URL",
          "engine": "sqlite",
          "place": "[ROOT]/data/shop.db",
          "saved": {
            "rows": 2,
            "tables": 1
          },
          "now": {
            "rows": 1,
            "tables": 2
          }
        }
      ],
      "undone_by": null,
      "loaded": null
    }
    --- stderr
    all that was written or made in it since it was saved is lost
    nothing was loaded; `--yes` saves and proves what is there now, and then does
      it
    "#);
    let loaded = shop.run("backup restore latest --database SHOP_DATABASE_URL --yes --format json");
    assert_snapshot!(stable(&loaded), @r#"
    exit: 0
    --- stdout
    {
      "id": "LONG-ID",
      "saved": "TIME",
      "planned": [
        {
          "name": "SHOP_DATABASE_URL",
          "engine": "sqlite",
          "place": "[ROOT]/data/shop.db",
          "saved": {
            "rows": 2,
            "tables": 1
          },
          "now": {
            "rows": 1,
            "tables": 2
          }
        }
      ],
      "undone_by": "LONG-ID",
      "loaded": [
        {
          "name": "SHOP_DATABASE_URL",
          "differences": []
        }
      ]
    }
    --- stderr
    what is there now was saved and proven; `setpoint backup restore ID
      --database SHOP_DATABASE_URL --yes` brings it back
    services that keep what they have read, or the shape of tables, need a restart
    "#);
    let undo = &loaded.stdout.split("\"undone_by\": \"").nth(1).unwrap()[..64];
    let undone = shop.run(&format!("backup restore {undo} --database SHOP_DATABASE_URL --without-backup --yes"));
    assert_snapshot!(stable(&undone), @"
    exit: 0
    --- stdout
    loaded SQLite `[ROOT]/data/shop.db` of `SHOP_DATABASE_URL`: 1 row in 2 tables counted again, as saved in ID
    --- stderr
    services that keep what they have read, or the shape of tables, need a restart
    ");
    let refund: i64 = database.query_row("select x from refunds", [], |row| row.get(0)).unwrap();
    assert_eq!(refund, 1);
}

/// Whose a file is.
trait Owner {
    fn owner_is_root(&self) -> bool;
}

impl Owner for std::fs::Metadata {
    fn owner_is_root(&self) -> bool {
        std::os::unix::fs::MetadataExt::uid(self) == 0
    }
}
