//! The defaults of installed libraries: counted in the table, kept in the lock, and left out of the pages.

use crate::empty;
use insta::assert_snapshot;
use setpoint_testkit::Sandbox;

/// A service that calls `SQLAlchemy`, and a virtual environment with a small one of that version.
fn shop(version: &str, pool_size: &str) -> Sandbox {
    let site = format!(".venv/lib/python3.12/site-packages/sqlalchemy-{version}.dist-info/METADATA");
    let pool = format!(
        "class Pool:\n    def __init__(self, creator, recycle=-1, pre_ping=False): ...\n\n\
         class QueuePool(Pool):\n    def __init__(self, creator, pool_size={pool_size}, timeout=30.0): ...\n"
    );
    empty()
        .file(
            "shop/database.py",
            "from sqlalchemy import create_engine\n\nengine = create_engine('sqlite://', pool_timeout=10)\n",
        )
        .file("Procfile", "import: python -m shop.database\n")
        .file(".venv/pyvenv.cfg", "home = /nonexistent/bin\n")
        .file(&site, "")
        .file(".venv/lib/python3.12/site-packages/sqlalchemy/pool/__init__.py", "")
        .file(".venv/lib/python3.12/site-packages/sqlalchemy/pool/base.py", &pool)
        .file(".venv/lib/python3.12/site-packages/sqlalchemy/pool/impl.py", &pool)
}

#[test]
fn the_table_counts_what_nothing_sets() {
    assert_snapshot!(shop("2.0.30", "5").run("capture"), @"
    exit: 0
    --- stdout
    sandbox: 1 default in 1 Python file and 1 configuration file
    0 set by the deployment, 0 required and not set, 0 secret, 0 dynamic
    import  python  shop.database

    shop/database.py (code)
        3  sqlalchemy.pool_timeout  10    over 30.0

    3 defaults of libraries and servers, which nothing sets
        3  sqlalchemy 2.0.30  sqlalchemy.pool_pre_ping, sqlalchemy.pool_recycle, sq…
    `setpoint capture --all` lists each of them
    ");
    assert_snapshot!(shop("2.0.30", "5").run("capture --all"), @"
    exit: 0
    --- stdout
    sandbox: 1 default in 1 Python file and 1 configuration file
    0 set by the deployment, 0 required and not set, 0 secret, 0 dynamic
    import  python  shop.database

    shop/database.py (code)
        3  sqlalchemy.pool_timeout  10    over 30.0

    .venv/lib/python3.12/site-packages/sqlalchemy/pool/base.py (library)
        2  sqlalchemy.pool_pre_ping  false
        2  sqlalchemy.pool_recycle   -1

    .venv/lib/python3.12/site-packages/sqlalchemy/pool/impl.py (library)
        5  sqlalchemy.pool_size      5
    ");
}

#[test]
fn an_upgrade_makes_the_lock_stale() {
    let before = shop("2.0.30", "5");
    assert_eq!(before.run("capture --write").code, Some(0));
    assert_snapshot!(before.read("setpoint.lock"), @r#"
    # Every default of this tree, one on a line, by how it is declared. Written by `setpoint capture --write`;
    # a changed line is a changed default, and belongs in the commit that changes it.
    version = 1

    [library]
    "sqlalchemy.pool_timeout" = { value = 10 }

    [installed.sqlalchemy]
    version = "2.0.30"
    "sqlalchemy.pool_pre_ping" = false
    "sqlalchemy.pool_recycle" = -1
    "sqlalchemy.pool_size" = 5
    "sqlalchemy.pool_timeout" = 30.0
    "#);
    let after = shop("3.0.0", "8").file("setpoint.lock", before.read("setpoint.lock"));
    assert_snapshot!(after.run("capture --check"), @r#"
    exit: 1
    --- stdout
    setpoint.lock is stale
    `sqlalchemy` changed: version "2.0.30" → "3.0.0"
    `sqlalchemy.pool_size` changed: value 5 → 8
    --- stderr

    hint: run `setpoint capture --write` and commit the lock
    "#);
}

#[test]
fn a_checkout_without_the_libraries_compares_the_rest_and_says_so() {
    let there = shop("2.0.30", "5");
    assert_eq!(there.run("capture --write").code, Some(0));
    let here = empty().folder(there.path());
    assert_snapshot!(here.run("capture --check"), @"
    exit: 0
    --- stderr
    no installed library was found; what the lock says of these was not compared:
      sqlalchemy
    ");
    assert_eq!(here.run("capture --write").code, Some(0));
    assert_eq!(here.read("setpoint.lock"), there.read("setpoint.lock"));
}

#[test]
fn the_pages_are_the_same_with_and_without_them() {
    let there = shop("2.0.30", "5");
    assert_eq!(there.run("docs").code, Some(0));
    let here = empty().folder(there.path());
    assert_snapshot!(here.run("docs --check"), @"exit: 0");
}
