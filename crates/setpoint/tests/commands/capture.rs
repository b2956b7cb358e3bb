use crate::small_shop::small_shop;
use insta::assert_snapshot;

#[test]
fn a_table_without_any_configuration() {
    assert_snapshot!(small_shop().run("capture"), @"
    exit: 0
    --- stdout
    sandbox: 9 defaults in 2 Python files and 2 configuration files
    5 set by the deployment, 1 required and not set, 1 secret, 1 dynamic
    shop.service  uvicorn  shop.main:app  127.0.0.1:8000

    required and not set
           SHOP_GATEWAY_URL  str    shop/settings.py:10

    deploy/shop.service (command-line)
        3  uvicorn.port       8000

    deploy/shop.env (environment-file)
        1  SHOP_POOL_SIZE     20                                 int        over 5
        2  SHOP_SECRET_KEY    (secret, set)                      SecretStr  required
        3  SHOP_PAGESIZE      50

    deploy/shop.service (unit)
        3  systemd.ExecStart  /srv/shop/.venv/bin/uvicorn shop.main:app --port 8000

    shop/mail.py (code)
        3  SHOP_MAIL_FROM     shop@example.org
        4  SHOP_HOME          os.getcwd()                                   dynamic

    shop/settings.py (code)
        9  SHOP_PAGE_SIZE     20                                 int

    7 defaults of libraries and servers, which nothing sets
        7  systemd  systemd.LimitNOFILE, systemd.TimeoutStopSec, systemd.MemoryMax,…
    `setpoint capture --all` lists each of them
    not installed: `uvicorn`, not in `.venv`, `venv` or `env`; defaults of their
      own are not listed

    what looks wrong: 1 error, 3 warnings
    error    `SHOP_GATEWAY_URL` is required and nothing sets it
             shop/settings.py:10:5  SP009 required-unset
    warning  `SHOP_PAGESIZE` is set, and no code reads it
             deploy/shop.env:3:15  SP006 unknown-variable
    warning  `SHOP_SECRET_KEY`, a secret, stands in clear in `deploy/shop.env`,
             which lies among the code
             deploy/shop.env:2:17  SP010 secret-in-clear
    warning  `shop.service` stays down once it ended: `systemd.Restart` is `no`,
             since nothing sets it
             deploy/shop.service:3:11  SP110 no-restart-policy
    `setpoint check` says what was expected and what to do about each
    ");
}

#[test]
fn json_holds_every_reading() {
    let said = small_shop().run("capture --format json");
    assert_eq!(said.code, Some(0));
    let snapshot: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    let pool_size = snapshot["defaults"].as_array().unwrap().iter().find(|item| item["name"] == "SHOP_POOL_SIZE");
    assert_snapshot!(serde_json::to_string_pretty(pool_size.unwrap()).unwrap(), @r#"
    {
      "aliases": [],
      "description": "Connections kept open to the database.",
      "dynamic": false,
      "effective": {
        "column": 16,
        "file": "deploy/shop.env",
        "layer": "environment-file",
        "line": 1,
        "span": {
          "end": 17,
          "start": 15
        },
        "value": "20"
      },
      "layer": "code",
      "mechanism": "pydantic-settings",
      "name": "SHOP_POOL_SIZE",
      "readings": [
        {
          "column": 28,
          "file": "shop/settings.py",
          "layer": "code",
          "line": 8,
          "mechanism": "pydantic-settings",
          "span": {
            "end": 220,
            "start": 219
          },
          "symbol": "Settings.pool_size",
          "text": "5",
          "value": 5
        },
        {
          "column": 16,
          "file": "deploy/shop.env",
          "layer": "environment-file",
          "line": 1,
          "mechanism": "unit-environment",
          "process": "shop.service",
          "span": {
            "end": 17,
            "start": 15
          },
          "symbol": null,
          "text": "20",
          "value": "20"
        }
      ],
      "required": false,
      "secret": false,
      "type": "int",
      "value": 5
    }
    "#);
}

#[test]
fn a_folder_without_python() {
    assert_snapshot!(crate::empty().run("capture"), @"
    exit: 2
    --- stderr
    error: `[ROOT]`: the folder is empty
    expected: the folder of a service: its Python code, or files that say how it
      is deployed
    retry: safe once this is mended; nothing was changed
    hint: name the service's folder with `--root`, or use `--unit` or
      `--container`
    ");
}

#[test]
fn a_folder_that_is_not_there() {
    assert_snapshot!(crate::empty().run("capture --root nowhere"), @r#"
    exit: 2
    --- stderr
    error: `--root nowhere`: there is no such file or folder
    expected: the folder of a service
    retry: safe once this is mended; nothing was changed
    "#);
}

#[test]
fn a_root_with_nothing_to_look_at() {
    let shop = crate::empty().file("empty/.keep", "").file("notes/todo.txt", "milk\n").file("only/app.py", "A = 1\n");
    std::fs::remove_file(shop.path().join("empty/.keep")).unwrap();
    assert_snapshot!(shop.run("check --root empty"), @"
    exit: 2
    --- stderr
    error: `--root empty`: the folder is empty
    expected: the folder of a service: its Python code, or files that say how it
      is deployed
    retry: safe once this is mended; nothing was changed
    hint: name the service's folder with `--root`, or use `--unit` or
      `--container`
    ");
    assert_snapshot!(shop.run("capture --root notes"), @"
    exit: 2
    --- stderr
    error: `--root notes`: the folder holds no Python and no deployment file
    expected: the folder of a service: its Python code, or files that say how it
      is deployed
    retry: safe once this is mended; nothing was changed
    hint: name the service's folder with `--root`, or use `--unit` or
      `--container`
    ");
    assert_snapshot!(shop.run("capture --root notes/todo.txt"), @"
    exit: 2
    --- stderr
    error: `--root notes/todo.txt`: that is no folder
    expected: the folder of a service
    retry: safe once this is mended; nothing was changed
    hint: name the folder that it lies in: `--root notes`
    ");
    assert_snapshot!(shop.run("docs --root only --register notes"), @"
    exit: 2
    --- stderr
    error: `--register notes`: that is no file
    expected: a register
    retry: safe once this is mended; nothing was changed
    ");
    assert_eq!(shop.run("docs --root notes").code, Some(2));
    assert_snapshot!(shop.run("capture --root only"), @"
    exit: 0
    --- stdout
    only: 0 defaults in 1 Python file and 0 configuration files
    0 set by the deployment, 0 required and not set, 0 secret, 0 dynamic
    --- stderr

    no defaults were found
    hint: name the service's folder with `--root`, or use `--unit` or
      `--container`
    ");
    // Nobody named the folder of notes, which is no mistake then.
    assert_snapshot!(crate::empty().file("todo.txt", "milk\n").run("capture"), @"
    exit: 0
    --- stdout
    sandbox: 0 defaults in 0 Python files and 0 configuration files
    0 set by the deployment, 0 required and not set, 0 secret, 0 dynamic
    --- stderr

    no defaults were found
    hint: name the service's folder with `--root`, or use `--unit` or
      `--container`
    ");
}

#[test]
fn many_defaults_are_counted_and_what_is_deployed_is_listed() {
    let loads = "from dotenv import load_dotenv\n\nload_dotenv()\n";
    let mut shop = crate::empty().file(".env", "APP_3=changed\n").file("app/__init__.py", loads);
    for file in 0..3 {
        let lines = (0..50).map(|number| format!("A{number} = os.environ.get('APP_{}', 'x')\n", file * 50 + number));
        shop = shop.file(&format!("app/part_{file}.py"), format!("import os\n{}", lines.collect::<String>()));
    }
    assert_snapshot!(shop.run("capture"), @"
    exit: 0
    --- stdout
    sandbox: 150 defaults in 4 Python files and 1 configuration file
    1 set by the deployment, 0 required and not set, 0 secret, 0 dynamic

    .env (dotenv)
        1  APP_3  changed    over x

    149 defaults in code, by file
       50  app/part_1.py  APP_50, APP_51, APP_52, APP_53, APP_54, APP_55, APP_56, A…
       50  app/part_2.py  APP_100, APP_101, APP_102, APP_103, APP_104, APP_105, APP…
       49  app/part_0.py  APP_0, APP_1, APP_2, APP_4, APP_5, APP_6, APP_7, APP_8, A…
    `setpoint capture --all` lists each of them
    ");
    let all = shop.run("capture --all").stdout;
    assert_eq!((0..150).filter(|number| all.contains(&format!(" APP_{number} "))).count(), 150, "{all}");
}

#[test]
fn a_dry_run_shows_what_would_be_written_and_writes_nothing() {
    let shop = small_shop();
    assert_snapshot!(shop.run("capture --write SHOP_MAIL_FROM --dry-run"), @r#"
    exit: 0
    --- stdout
    setpoint.toml would be

    [service]
    name = "sandbox"

    [default.SHOP_MAIL_FROM]
    value    = "shop@example.org"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    setpoint.lock would hold 9 defaults
    "#);
    assert!(!shop.path().join("setpoint.toml").exists() && !shop.path().join("setpoint.lock").exists());
}

#[test]
fn register_and_lock_are_written_and_then_fresh() {
    let shop = small_shop().file("setpoint.toml", "# ours\n[service]\nname = \"shop\" # by hand\n");
    assert_snapshot!(shop.run("capture --write"), @"
    exit: 0
    --- stdout
    written  setpoint.toml
    written  setpoint.lock
    --- stderr

    6 new entries in setpoint.toml: fill in owner, why, expect and rollback;
      `setpoint check` names each that is missing
    ");
    assert_snapshot!(shop.read("setpoint.toml"), @r#"
    # ours
    [service]
    name = "shop" # by hand

    [default.SHOP_GATEWAY_URL]
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.SHOP_PAGESIZE]
    value    = "50"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.SHOP_POOL_SIZE]
    value    = "20"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.SHOP_SECRET_KEY]
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default."systemd.ExecStart"]
    value    = "/srv/shop/.venv/bin/uvicorn shop.main:app --port 8000"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default."uvicorn.port"]
    value    = 8000
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"
    "#);
    assert_snapshot!(shop.read("setpoint.lock"), @r#"
    # Every default of this tree, one on a line, by how it is declared. Written by `setpoint capture --write`;
    # a changed line is a changed default, and belongs in the commit that changes it.
    version = 1

    [environ]
    SHOP_HOME = { value = { dynamic = "os.getcwd()" } }
    SHOP_MAIL_FROM = { value = "shop@example.org" }

    [pydantic-settings]
    SHOP_GATEWAY_URL = { type = "str", required = true }
    SHOP_PAGE_SIZE = { type = "int", value = 20 }
    SHOP_POOL_SIZE = { type = "int", value = 5, set = { "deploy/shop.env (shop.service)" = "20" } }
    SHOP_SECRET_KEY = { type = "SecretStr", required = true, secret = true, set = { "deploy/shop.env (shop.service)" = "set" } }

    [systemd]
    "systemd.ExecStart" = { set = { "deploy/shop.service" = "/srv/shop/.venv/bin/uvicorn shop.main:app --port 8000" } }

    [unit-environment]
    SHOP_PAGESIZE = { set = { "deploy/shop.env (shop.service)" = "50" } }

    [uvicorn]
    "uvicorn.port" = { set = { "deploy/shop.service" = 8000 } }
    "#);
    assert_snapshot!(shop.run("capture --write"), @r"
    exit: 0
    --- stdout
    fresh    setpoint.toml
    fresh    setpoint.lock
    ");
    assert_snapshot!(shop.run("capture --check"), @r"exit: 0");
}

#[test]
fn a_lock_that_is_stale_or_missing() {
    let shop = small_shop();
    assert_snapshot!(shop.run("capture --check"), @r"
    exit: 1
    --- stdout
    setpoint.lock is missing
    --- stderr

    hint: run `setpoint capture --write` and commit the lock
    ");
    assert_eq!(shop.run("capture --write").code, Some(0));
    shop.write("deploy/shop.env", "SHOP_POOL_SIZE=30\nSHOP_SECRET_KEY=hunter2-of-another-day\n");
    assert_snapshot!(shop.run("capture --check"), @r#"
    exit: 1
    --- stdout
    setpoint.lock is stale
    `SHOP_PAGESIZE` is gone: { set = { "deploy/shop.env (shop.service)" = "50" } }
    `SHOP_POOL_SIZE` changed: set in deploy/shop.env (shop.service) "20" → "30"
    --- stderr

    hint: run `setpoint capture --write` and commit the lock
    "#);
    assert_snapshot!(shop.run("capture --write --dry-run"), @r#"
    exit: 0
    --- stdout
    setpoint.toml would stay as it is
    setpoint.lock would change
      `SHOP_PAGESIZE` is gone: { set = { "deploy/shop.env (shop.service)" = "50" } }
      `SHOP_POOL_SIZE` changed: set in deploy/shop.env (shop.service) "20" → "30"
    "#);
}

#[test]
fn nothing_is_written_where_a_name_or_the_register_is_wrong() {
    let shop = small_shop().file("setpoint.toml", "[service]\nname = \"shop\"\n");
    assert_snapshot!(shop.run("capture --write SHOP_MAIL_FORM"), @r"
    exit: 2
    --- stderr
    error: there is no default `SHOP_MAIL_FORM`
    expected: the name of a default of `[ROOT]`
    retry: safe once this is mended; nothing was changed
    hint: did you mean `SHOP_MAIL_FROM`?
    ");
    let broken = "[service]\nnme = \"shop\"\n";
    shop.write("setpoint.toml", broken);
    assert_eq!(shop.run("capture --write").code, Some(2));
    assert_eq!(shop.read("setpoint.toml"), broken);
    assert!(!shop.path().join("setpoint.lock").exists());
}

#[test]
fn an_env_file_that_nothing_reads_is_named() {
    let said = small_shop().file(".env", "SHOP_MAIL_FROM=me@example.org\nSHOP_TOKEN=hunter2-of-the-unread-file\n");
    let said = said.run("capture");
    assert!(!said.to_string().contains("hunter2"), "{said}");
    let told = |line: &&str| line.contains(".env") && !line.contains("shop.env") || line.contains("SHOP_MAIL_FROM");
    assert_snapshot!(said.stdout.lines().filter(told).collect::<Vec<_>>().join("\n"), @"
    read by nothing: .env
        3  SHOP_MAIL_FROM     shop@example.org
    warning  nothing reads `.env`, though it sets `SHOP_MAIL_FROM`, which the code
             .env:1:1  SP017 unread-file
    ");
}

#[test]
fn an_env_file_that_a_unit_needs_and_the_folder_has_not_is_named() {
    let unit =
        "[Service]\nEnvironmentFile=/etc/shop/shop.env\nEnvironmentFile=-/etc/shop/more.env\nExecStart=/bin/true\n";
    let shop = crate::empty().file("deploy/shop.service", unit).file("shop.py", "import os\nKEY = os.environ['KEY']\n");
    assert_snapshot!(shop.run("capture"), @"
    exit: 0
    --- stdout
    sandbox: 2 defaults in 1 Python file and 1 configuration file
    1 set by the deployment, 1 required and not set, 0 secret, 0 dynamic
    named and not here: /etc/shop/shop.env
    shop.service  true

    required and not set
           KEY      shop.py:2

    deploy/shop.service (unit)
        4  systemd.ExecStart  /bin/true

    7 defaults of libraries and servers, which nothing sets
        7  systemd  systemd.LimitNOFILE, systemd.TimeoutStopSec, systemd.MemoryMax,…
    `setpoint capture --all` lists each of them
    ");
}

/// An engine that has one container, `shop-web`, and says nothing of images.
const DOCKER: &str = r#"#!/bin/sh
[ "$1" = inspect ] || exit 1
echo '[{"Name": "/shop-web", "Config": {"Env": ["SHOP_POOL=5"]}, "State": {"Running": true}}]'
"#;

#[test]
fn a_container_without_its_code_and_an_environment_that_is_not_there() {
    let shop = crate::empty().file("bin/docker", DOCKER);
    let docker = shop.path().join("bin/docker");
    let may_run = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(docker, may_run).unwrap();
    let path = format!("{}/bin:/usr/bin:/bin", shop.path().display());
    let shop = shop.variable("PATH", &path);
    assert_snapshot!(shop.run("capture --container shop-web"), @"
    exit: 0
    --- stdout
    shop-web: 1 default in 0 Python files and 0 configuration files
    1 set by the deployment, 0 required and not set, 0 secret, 0 dynamic
    shop-web  

    docker inspect shop-web (unit-environment)
           SHOP_POOL  5
    --- stderr

    warning: the code of the container `shop-web` is in its image (`/`), which is
      not read
      --> docker inspect shop-web
    expected: a folder of this machine with the same code
    retry: safe once this is mended; nothing was changed
    hint: name the folder of the code with `--root`
    ");
    assert_snapshot!(shop.run("capture --container shop-web --environment nosuch"), @"
    exit: 2
    --- stderr
    error: there is no register `setpoint.toml`
    expected: one with `[environment.nosuch]`
    retry: safe once this is mended; nothing was changed
    hint: go to the service's folder, or name it with `--root`; `setpoint capture
      --write` begins a register
    ");
    assert_snapshot!(shop.run("capture --root . --container shop-web --environment nosuch"), @"
    exit: 2
    --- stderr
    error: there is no register `[ROOT]/setpoint.toml`
    expected: one with `[environment.nosuch]`
    retry: safe once this is mended; nothing was changed
    hint: go to the service's folder, or name it with `--root`; `setpoint capture
      --write` begins a register
    ");
}

#[test]
fn one_name_writes_that_one_and_a_wrong_value_is_left_out() {
    let shop = || {
        crate::empty()
            .file(
                "shop/settings.py",
                "from pydantic_settings import BaseSettings\n\n\n\
                 class Settings(BaseSettings):\n    pool_size: int = 5\n    port: int = 8000\n    host: str = 'here'\n",
            )
            .file(".env.production", "POOL_SIZE=ten\nPORT=9000\n")
            .file(
                "deploy/shop.service",
                "[Service]\nEnvironmentFile=/srv/shop/.env.production\nExecStart=/usr/bin/python -m shop.settings\n",
            )
    };
    assert_snapshot!(shop().run("capture --write HOST --dry-run"), @r#"
    exit: 0
    --- stdout
    setpoint.toml would be

    [service]
    name = "sandbox"

    [default.HOST]
    value    = "here"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    setpoint.lock would hold 4 defaults
    "#);
    assert_snapshot!(shop().run("capture --write POOL_SIZE PORT --dry-run"), @r#"
    exit: 0
    --- stdout
    setpoint.toml would be

    [service]
    name = "sandbox"

    [default.POOL_SIZE]
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    [default.PORT]
    value    = "9000"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    setpoint.lock would hold 4 defaults
    --- stderr

    no value is written for `POOL_SIZE`: `POOL_SIZE` is `ten`, which is no `int`
      (SP007 wrong-type)
    "#);
}
