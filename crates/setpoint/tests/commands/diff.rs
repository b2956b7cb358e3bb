//! Two states and what changed between them.

use crate::{empty, transcript};
use insta::assert_snapshot;
use setpoint_testkit::Sandbox;
use std::process::Command;

const OLD: &str = "\
import os
from pydantic_settings import BaseSettings

PORT = int(os.getenv('SHOP_PORT', '8000'))
TIMEOUT = os.getenv('SHOP_TIMEOUT', '30')
KEY = os.getenv('SHOP_SECRET_KEY', 'hunter2-of-an-old-commit')
TOKEN = os.getenv('SHOP_TOKEN')


class Settings(BaseSettings):
    pool_size: int = 5
    gateway: str = 'https://pay.example.org'
    mail_from: str
    retries: int = 3
";

const NEW: &str = "\
import os
from pydantic_settings import BaseSettings

HOME = os.getenv('SHOP_HOME', os.getcwd())
PORT = int(os.getenv('SHOP_PORT', '8001'))
TIMEOUT = os.getenv('SHOP_HTTP_TIMEOUT', '30')
KEY = os.getenv('SHOP_SECRET_KEY', 'hunter2-of-a-new-commit')
TOKEN = os.getenv('SHOP_TOKEN', 'hunter2-of-a-new-commit')


class Settings(BaseSettings):
    pool_size: float = 5.0
    gateway: str
    mail_from: str = 'shop@example.org'
";

/// Runs git in the folder, as nobody's own configuration would have it.
#[expect(clippy::disallowed_methods, reason = "a test makes the repository")]
fn git(shop: &Sandbox, arguments: &[&str]) -> String {
    let said = Command::new("git")
        .current_dir(shop.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(["-c", "user.name=Shop", "-c", "user.email=shop@example.org", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .output()
        .expect("git, which the tests need");
    assert!(said.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).expect("names in UTF-8")
}

fn commit(shop: &Sandbox, tag: &str) {
    git(shop, &["add", "--all"]);
    git(shop, &["commit", "--quiet", "--message", tag]);
    git(shop, &["tag", tag]);
}

/// A repository with two versions, each in a commit.
fn repository() -> Sandbox {
    let shop = empty()
        .file("backend/settings.py", OLD)
        .file("backend/deploy/shop.env", "SHOP_PORT=9000\n")
        .file(
            "backend/deploy/shop.service",
            "[Service]\nEnvironmentFile=/srv/shop/deploy/shop.env\nExecStart=/usr/bin/python -m settings\n",
        )
        .file(".gitattributes", "deploy export-ignore\n");
    git(&shop, &["init", "--quiet"]);
    commit(&shop, "v1");
    shop.write("backend/settings.py", NEW);
    shop.write("backend/deploy/shop.env", "# behind the proxy\nSHOP_PORT=9001\n");
    commit(&shop, "v2");
    shop
}

#[test]
fn two_revisions() {
    let shop = repository();
    transcript::of_command("docs/diff.md", "diff v1 v2").assert_is(&shop.run("diff v1 v2").stdout);
    assert_snapshot!(shop.run("diff v1 v2"), @r#"
    exit: 0
    --- stdout
    v1 → v2: 9 defaults → 9
    5 changed, 1 renamed, 1 removed, 1 added

    changed
      GATEWAY  "https://pay.example.org" → (none), is required now
          pydantic-settings  backend/settings.py:12 → backend/settings.py:13
      MAIL_FROM  is no longer required, (none) → "shop@example.org"
          pydantic-settings  backend/settings.py:13 → backend/settings.py:14
      POOL_SIZE  type int → float, 5 → 5.0
          pydantic-settings  backend/settings.py:11 → backend/settings.py:12
      SHOP_PORT  "8000" → "8001", set in backend/deploy/shop.env
          (shop.service) "9000" → "9001"
          environ  backend/settings.py:4 → backend/settings.py:5
      SHOP_TOKEN  (secret) (none) → set
          environ  backend/settings.py:7 → backend/settings.py:8

    renamed
      SHOP_TIMEOUT → SHOP_HTTP_TIMEOUT
          environ  backend/settings.py:5 → backend/settings.py:6

    removed
      RETRIES  3, int
          pydantic-settings  backend/settings.py:14

    added
      SHOP_HOME  os.getcwd()
          environ  backend/settings.py:4
    "#);
    assert_snapshot!(shop.run("diff v2 v2 --exit-code"), @"
    exit: 0
    --- stdout
    v2 → v2: 9 defaults → 9
    0 changed, 0 renamed, 0 removed, 0 added
    ");
    assert_eq!(shop.run("diff v1 v2 --exit-code").code, Some(1));
}

#[test]
fn a_section_for_a_changelog() {
    assert_snapshot!(repository().run("diff v1 v2 --format markdown"), @r#"
    exit: 0
    --- stdout
    ### Defaults from `v1` to `v2`

    #### Changed

    - `GATEWAY`: `"https://pay.example.org"` → (none), is required now (`backend/settings.py:12 → backend/settings.py:13`)
    - `MAIL_FROM`: is no longer required, (none) → `"shop@example.org"` (`backend/settings.py:13 → backend/settings.py:14`)
    - `POOL_SIZE`: type int → float, `5` → `5.0` (`backend/settings.py:11 → backend/settings.py:12`)
    - `SHOP_PORT`: `"8000"` → `"8001"`, set in backend/deploy/shop.env (shop.service) `"9000"` → `"9001"` (`backend/settings.py:4 → backend/settings.py:5`)
    - `SHOP_TOKEN`: (secret) (none) → set (`backend/settings.py:7 → backend/settings.py:8`)

    #### Renamed

    - `SHOP_TIMEOUT` → `SHOP_HTTP_TIMEOUT` (`backend/settings.py:5 → backend/settings.py:6`)

    #### Removed

    - `RETRIES`: `3`, int (`backend/settings.py:14`)

    #### Added

    - `SHOP_HOME`: `os.getcwd()` (`backend/settings.py:4`)
    "#);
}

#[test]
fn json_has_values_and_places() {
    let said = repository().run("diff v1 v2 --format json");
    let report: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_snapshot!(report["counts"], @r#"{"added":1,"changed":5,"removed":1,"renamed":1}"#);
    let differences = report["differences"].as_array().unwrap();
    let port = differences.iter().find(|difference| difference["name"] == "SHOP_PORT").unwrap();
    assert_snapshot!(serde_json::to_string_pretty(port).unwrap(), @r#"
    {
      "change": "changed",
      "fields": [
        {
          "field": "value",
          "new": {
            "place": {
              "column": 35,
              "file": "backend/settings.py",
              "line": 5,
              "span": {
                "end": 137,
                "start": 131
              }
            },
            "value": "8001"
          },
          "old": {
            "place": {
              "column": 35,
              "file": "backend/settings.py",
              "line": 4,
              "span": {
                "end": 94,
                "start": 88
              }
            },
            "value": "8000"
          }
        },
        {
          "field": "set in backend/deploy/shop.env (shop.service)",
          "new": {
            "place": {
              "column": 11,
              "file": "backend/deploy/shop.env",
              "line": 2,
              "span": {
                "end": 33,
                "start": 29
              }
            },
            "value": "9001"
          },
          "old": {
            "place": {
              "column": 11,
              "file": "backend/deploy/shop.env",
              "line": 1,
              "span": {
                "end": 14,
                "start": 10
              }
            },
            "value": "9000"
          }
        }
      ],
      "name": "SHOP_PORT",
      "new_place": {
        "column": 35,
        "file": "backend/settings.py",
        "line": 5,
        "span": {
          "end": 137,
          "start": 131
        }
      },
      "old_place": {
        "column": 35,
        "file": "backend/settings.py",
        "line": 4,
        "span": {
          "end": 94,
          "start": 88
        }
      },
      "secret": false,
      "section": "environ"
    }
    "#);
}

#[test]
fn a_revision_is_read_beside_the_work_tree() {
    let shop = repository();
    shop.write("backend/settings.py", OLD);
    let before = git(&shop, &["status", "--porcelain"]);
    // What is not committed is the folder's; of a folder inside a repository, the revision is of that folder.
    assert_snapshot!(shop.run("diff v1 backend"), @r#"
    exit: 0
    --- stdout
    v1 → backend: 9 defaults → 9
    1 changed, 0 renamed, 0 removed, 0 added

    changed
      SHOP_PORT  set in deploy/shop.env (shop.service) "9000" → "9001"
          environ  deploy/shop.env:1 → deploy/shop.env:2
    "#);
    assert_eq!(shop.run("diff v2 backend --exit-code").code, Some(1));
    assert_eq!(shop.run("--root backend diff v2 --exit-code").code, Some(1));
    assert_eq!(git(&shop, &["status", "--porcelain"]), before);
    assert_eq!(git(&shop, &["stash", "list"]) + &git(&shop, &["worktree", "list"]).lines().count().to_string(), "1");
}

#[test]
fn a_lock_and_a_folder() {
    let shop = repository();
    shop.write("backend/setpoint.toml", "[service]\nname = 'shop'\n");
    assert_eq!(shop.run("--root backend capture --write").code, Some(0));
    assert_eq!(shop.run("diff backend/setpoint.lock backend --exit-code").code, Some(0));
    shop.write(
        "backend/settings.py",
        NEW.replace("'8001'", "'8002'").replace("    mail_from: str = 'shop@example.org'\n", ""),
    );
    assert_snapshot!(shop.run("diff backend/setpoint.lock backend"), @r#"
    exit: 0
    --- stdout
    backend/setpoint.lock → backend: 9 defaults → 8
    1 changed, 0 renamed, 1 removed, 0 added

    changed
      SHOP_PORT  "8001" → "8002"
          environ  settings.py:5

    removed
      MAIL_FROM  "shop@example.org", str
          pydantic-settings
    "#);
}

#[test]
fn two_virtual_environments() {
    let pool = |size: &str| {
        format!("class QueuePool:\n    def __init__(self, creator, pool_size={size}, timeout=30.0): ...\n")
    };
    let mut both = empty();
    for (environment, version, size) in [("old", "2.0.30", "5"), ("new", "2.1.9", "10")] {
        let site = format!("{environment}/lib/python3.12/site-packages");
        both = both
            .file(&format!("{environment}/pyvenv.cfg"), "home = /nonexistent/bin\n")
            .file(&format!("{site}/sqlalchemy-{version}.dist-info/METADATA"), "")
            .file(&format!("{site}/sqlalchemy/__init__.py"), "")
            .file(&format!("{site}/sqlalchemy/pool/__init__.py"), "")
            .file(&format!("{site}/sqlalchemy/pool/impl.py"), pool(size));
    }
    assert_snapshot!(both.run("diff old new"), @"
    exit: 0
    --- stdout
    old → new: 2 defaults → 2
    2 changed, 0 renamed, 0 removed, 0 added

    changed
      sqlalchemy  2.0.30 → 2.1.9
          installed.sqlalchemy
      sqlalchemy.pool_size  5 → 10
          installed.sqlalchemy  lib/python3.12/site-packages/sqlalchemy/pool/impl.py:2
    ");
    // A library that only one of two states has installed says nothing of the other.
    let one = both.file("code/shop.py", "import os\nPORT = os.getenv('SHOP_PORT', '8000')\n");
    assert_snapshot!(one.run("diff code new"), @r#"
    exit: 0
    --- stdout
    code → new: 1 default → 2
    0 changed, 0 renamed, 1 removed, 0 added

    removed
      SHOP_PORT  "8000"
          environ  shop.py:2
    --- stderr
    only one of the two has installed libraries, which were not compared:
      sqlalchemy
    "#);
}

#[test]
fn what_is_no_state_is_said() {
    let shop = repository();
    assert_snapshot!(shop.run("diff v3 backend"), @"
    exit: 2
    --- stderr
    error: `v3` is no file or folder, and no revision of the git repository around
      `backend`
    expected: a git revision, a folder, a virtual environment, a `setpoint.lock`,
      or `PACKAGE==VERSION`
    retry: safe once this is mended; nothing was changed
    hint: did you mean `v1`?
    ");
    assert_snapshot!(shop.run("diff ./backedn backend"), @"
    exit: 2
    --- stderr
    error: `./backedn`: there is no such file or folder
    expected: a git revision, a folder, a virtual environment, a `setpoint.lock`,
      or `PACKAGE==VERSION`
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop.run("diff uvicorn==../0 backend"), @"
    exit: 2
    --- stderr
    error: `uvicorn==../0` is no package with one version
    expected: `PACKAGE==VERSION`, such as `uvicorn==0.34.0`
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop.run("diff --exec=x backend"), @"
    exit: 2
    --- stderr
    error: unexpected argument '--exec' found

      tip: to pass '--exec' as a value, use '-- --exec'

    Usage: setpoint diff [OPTIONS] <OLD> [NEW]

    For more information, try '--help'.
    ");
    assert_snapshot!(shop.run("diff backend/settings.py backend"), @"
    exit: 2
    --- stderr
    error: `backend/settings.py` is no lock that can be read
      --> backend/settings.py
    expected: a `setpoint.lock` as this version of `setpoint capture --write`
      writes it
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop.run("diff uvicorn==0.30.0 backend"), @"
    exit: 2
    --- stderr
    error: nobody says where downloaded packages may be kept
    expected: the variable `XDG_CACHE_HOME` or `HOME`, an absolute path
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(empty().file("shop.py", "").run("diff HEAD ."), @"
    exit: 2
    --- stderr
    error: `HEAD` is no file or folder, and there is no git repository here
    expected: a git revision, a folder, a virtual environment, a `setpoint.lock`,
      or `PACKAGE==VERSION`
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn what_cannot_be_parsed_is_told_with_its_state() {
    let both =
        empty().file("old/a.py", "import os\nA = os.getenv('A', '1')\n").file("new/a.py", "def (:\nos.getenv('A')\n");
    assert_snapshot!(both.run("diff old new"), @r#"
    exit: 0
    --- stdout
    old → new: 1 default → 0
    0 changed, 0 renamed, 1 removed, 0 added

    removed
      A  "1"
          environ  a.py:2
    --- stderr

    in `new`

    warning: `a.py` has a syntax error: Expected an identifier
     --> a.py:1:5
      |
    1 | def (:
      |     ^
    expected: Python that its interpreter accepts
    retry: safe once this is mended; nothing was changed
    hint: what could be read of the file was read; defaults near the error may be
      missing
    "#);
}

/// Without a package index it is skipped on a laptop; where the environment variable CI is set it fails.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test asks for the package index and whether it may be skipped")]
fn two_versions_of_a_package() {
    let mut both = empty().variable("XDG_CACHE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/cache"));
    for name in ["HOME", "PIP_INDEX_URL", "PIP_CERT", "PIP_CONFIG_FILE", "http_proxy", "https_proxy"] {
        if let Ok(value) = std::env::var(name) {
            both = both.variable(name, &value);
        }
    }
    let said = both.run("diff uvicorn==0.17.6 uvicorn==0.34.0");
    if said.code == Some(3) {
        assert!(std::env::var_os("CI").is_none(), "in CI nothing is skipped: {said}");
        println!("skipped: {said}");
        return;
    }
    transcript::of_command("docs/diff.md", "diff uvicorn==0.17.6 uvicorn==0.34.0").assert_is(&said.stdout);
    assert_snapshot!(said, @r#"
    exit: 0
    --- stdout
    uvicorn==0.17.6 → uvicorn==0.34.0: 83 defaults → 89
    5 changed, 0 renamed, 1 removed, 7 added

    changed
      --app-dir  "." → ""
          click  uvicorn/main.py:332 → uvicorn/main.py:344
      uvicorn  0.17.6 → 0.34.0
          installed.uvicorn
      uvicorn.reload_delay  null → 0.25
          installed.uvicorn  uvicorn/config.py:219 → uvicorn/config.py:201
      uvicorn.ws_ping_interval  20 → 20.0
          installed.uvicorn  uvicorn/config.py:206 → uvicorn/config.py:189
      uvicorn.ws_ping_timeout  20 → 20.0
          installed.uvicorn  uvicorn/config.py:207 → uvicorn/config.py:190

    removed
      --debug  false, bool
          click  uvicorn/main.py:74

    added
      --h11-max-incomplete-event-size  null, int
          click  uvicorn/main.py:353
      --timeout-graceful-shutdown  null, int
          click  uvicorn/main.py:282
      --ws-max-queue  32, int
          click  uvicorn/main.py:149
      uvicorn.app_dir  null
          installed.uvicorn  uvicorn/main.py:509
      uvicorn.h11_max_incomplete_event_size  null
          installed.uvicorn  uvicorn/config.py:226
      uvicorn.timeout_graceful_shutdown  null
          installed.uvicorn  uvicorn/config.py:215
      uvicorn.ws_max_queue  32
          installed.uvicorn  uvicorn/config.py:188
    "#);
    // The second time nothing is downloaded.
    assert_eq!(both.variable("PIP_INDEX_URL", "http://127.0.0.1:9/").run("diff uvicorn==0.17.6 uvicorn==0.34.0"), said);
}

#[test]
fn a_version_of_a_package_and_what_is_installed_of_it() {
    const LIBRARY: &str = "import os\n\nLEVEL = os.environ.get('ORDERS_LEVEL', 'info')\n";
    let site = ".venv/lib/python3.12/site-packages";
    let at = |file: &str| format!("{site}/{file}");
    let cache = ".cache/setpoint/packages/orders-1.0";
    let shop = empty()
        // What an earlier run unpacked.
        .file(&format!("{cache}/ready"), "")
        .file(&format!("{cache}/unpacked/orders/__init__.py"), LIBRARY)
        .file(&format!("{cache}/unpacked/orders-1.0.dist-info/RECORD"), "orders/__init__.py,,\n")
        .file(".venv/pyvenv.cfg", "home = /nonexistent/bin\n")
        .file(&at("orders/__init__.py"), LIBRARY.replace("info", "debug"))
        .file(&at("orders-2.0.dist-info/RECORD"), "orders/__init__.py,,\norders-2.0.dist-info/RECORD,,\n")
        .file(&at("others/__init__.py"), "import os\n\nOTHER = os.environ.get('OTHER', 'x')\n")
        .file(&at("others-1.0.dist-info/RECORD"), "others/__init__.py,,\n");
    let home = shop.path().join(".cache").display().to_string();
    let shop = shop.variable("XDG_CACHE_HOME", &home);
    assert_snapshot!(shop.run("diff orders==1.0 .venv"), @r#"
    exit: 0
    --- stdout
    orders==1.0 → .venv: 1 default → 1
    1 changed, 0 renamed, 0 removed, 0 added

    changed
      ORDERS_LEVEL  "info" → "debug"
          environ  orders/__init__.py:3
    "#);
    assert_snapshot!(shop.run("diff orders orders==1.0"), @"
    exit: 2
    --- stderr
    error: `orders` names no version
    expected: `PACKAGE==VERSION`, or the virtual environment that has it
    retry: safe once this is mended; nothing was changed
    hint: the version that is installed here is `orders==2.0`
    ");
}
