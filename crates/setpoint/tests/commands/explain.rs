use crate::small_shop::small_shop;
use insta::assert_snapshot;

#[test]
fn every_reading_the_strongest_first() {
    assert_snapshot!(small_shop().run("explain SHOP_POOL_SIZE"), @r#"
    exit: 0
    --- stdout
    SHOP_POOL_SIZE = 20
    type int, declared with pydantic-settings, not required
    Connections kept open to the database.

    wins  environment-file (shop.service): 20
     --> deploy/shop.env:1:16
      |
    1 | SHOP_POOL_SIZE=20
      |                ^^

    overridden  code (Settings.pool_size): 5
     --> shop/settings.py:8:28
      |
    8 |     pool_size: int = Field(5, description="Connections kept open to the dat…
      |                            ^

    not documented; `setpoint capture --write SHOP_POOL_SIZE` adds it to the
      register
    "#);
}

#[test]
fn a_secret_shows_where_and_not_what() {
    assert_snapshot!(small_shop().run("explain SHOP_SECRET_KEY"), @"
    exit: 0
    --- stdout
    SHOP_SECRET_KEY = (secret, set)
    type SecretStr, declared with pydantic-settings, required, secret

    wins  environment-file (shop.service): (secret, set)
     --> deploy/shop.env:2:17
      |
    2 | SHOP_SECRET_KEY=***
      |                 ^^^

    no value  code (Settings.secret_key)
      --> shop/settings.py:11:5
       |
    11 |     secret_key: SecretStr
       |     ^^^^^^^^^^^^^^^^^^^^^

    not documented; `setpoint capture --write SHOP_SECRET_KEY` adds it to the
      register

    warning: `SHOP_SECRET_KEY`, a secret, stands in clear in `deploy/shop.env`,
      which lies among the code (SP010 secret-in-clear)
    hint: keep it in a file that only the machine has, of mode 0600; replace it if
      this file was ever committed
    ");
}

#[test]
fn what_is_required_and_not_set() {
    assert_snapshot!(small_shop().run("explain SHOP_GATEWAY_URL"), @"
    exit: 0
    --- stdout
    SHOP_GATEWAY_URL = (not set)
    type str, declared with pydantic-settings, required

    nothing sets it, and the service needs it

    no value  code (Settings.gateway_url)
      --> shop/settings.py:10:5
       |
    10 |     gateway_url: str
       |     ^^^^^^^^^^^^^^^^

    not documented; `setpoint capture --write SHOP_GATEWAY_URL` adds it to the
      register

    error: `SHOP_GATEWAY_URL` is required and nothing sets it (SP009
      required-unset)
    hint: set `SHOP_GATEWAY_URL` where the service's other variables are set
    ");
}

const REGISTER: &str = r#"[service]
name = "shop"
owner = "platform team"

[default.SHOP_POOL_SIZE]
value = 20
why = "the database allows 100 connections and four workers share them"
expect = "no 'too many connections' in the database's log"
"#;

#[test]
fn what_is_written_down() {
    let shop = small_shop().file("setpoint.toml", REGISTER);
    assert_snapshot!(shop.run("explain SHOP_POOL_SIZE"), @r#"
    exit: 0
    --- stdout
    SHOP_POOL_SIZE = 20
    type int, declared with pydantic-settings, not required
    Connections kept open to the database.

    wins  environment-file (shop.service): 20
     --> deploy/shop.env:1:16
      |
    1 | SHOP_POOL_SIZE=20
      |                ^^

    overridden  code (Settings.pool_size): 5
     --> shop/settings.py:8:28
      |
    8 |     pool_size: int = Field(5, description="Connections kept open to the dat…
      |                            ^

    documented in setpoint.toml:5:10
      value     20
      owner     platform team
      why       the database allows 100 connections and four workers share them
      expect    no 'too many connections' in the database's log
      rollback  (not written down)

    warning: `default.SHOP_POOL_SIZE` has no rollback (SP004 incomplete-entry)
    hint: add `rollback` to the entry
    "#);
}

#[test]
fn processes_that_disagree_each_by_its_own_readings() {
    let unit = |lines: &str| format!("[Service]\n{lines}\nExecStart=/srv/shop/.venv/bin/python -m shop.main\n");
    let shop = crate::empty()
        .file("shop/settings.py", "import os\n\nPOOL = int(os.getenv(\"SHOP_POOL\", \"5\"))\n")
        .file("deploy/shop.service", unit("Environment=SHOP_POOL=10"))
        .file("deploy/worker.service", unit("Environment=SHOP_POOL=2"))
        .file("deploy/import.service", unit("Environment=SHOP_POOL=10\nUnsetEnvironment=SHOP_POOL"))
        .file("setpoint.toml", POOL);
    assert_snapshot!(shop.run("explain SHOP_POOL"), @r#"
    exit: 0
    --- stdout
    SHOP_POOL = 5; 10 in shop.service; 2 in worker.service
    type int, declared with environ, not required

    in import.service: 5

    no value  unit-environment ([Service])
     --> deploy/import.service:3:18
      |
    3 | UnsetEnvironment=SHOP_POOL
      |                  ^^^^^^^^^

    does not apply  unit-environment ([Service]): 10
     --> deploy/import.service:2:23
      |
    2 | Environment=SHOP_POOL=10
      |                       ^^

    wins  code: 5
     --> shop/settings.py:3:35
      |
    3 | POOL = int(os.getenv("SHOP_POOL", "5"))
      |                                   ^^^

    in shop.service: 10

    wins  unit-environment ([Service]): 10
     --> deploy/shop.service:2:23
      |
    2 | Environment=SHOP_POOL=10
      |                       ^^

    overridden  code: 5
      --> shop/settings.py:3:35

    in worker.service: 2

    wins  unit-environment ([Service]): 2
     --> deploy/worker.service:2:23
      |
    2 | Environment=SHOP_POOL=2
      |                       ^

    overridden  code: 5
      --> shop/settings.py:3:35

    documented in setpoint.toml:5:10
      value     10; 2 in worker.service; 5 in import.service
      owner     platform team
      why       the worker has one connection for the queue and one for its job
      expect    no 'too many connections' in the database's log
      rollback  set it back in the units, restart them

    warning: `SHOP_POOL` = `10` in `deploy/import.service` has no effect: line 3
      of the same file overrides it with `(not set)` (SP008 shadowed)
    hint: delete one of the two; `setpoint explain SHOP_POOL` shows the order
    "#);
    assert_snapshot!(shop.run("check --only drifted --only shadowed"), @"
    exit: 1
    --- stdout
    warning[SP008] shadowed: `SHOP_POOL` = `10` in `deploy/import.service` has no
      effect: line 3 of the same file overrides it with `(not set)`
     --> deploy/import.service:2:23
      |
    2 | Environment=SHOP_POOL=10
      |                       ^^
     --> deploy/import.service:3:18
      |
    3 | UnsetEnvironment=SHOP_POOL
      |                  ^^^^^^^^^
    expected: one place that sets it
    hint: delete one of the two; `setpoint explain SHOP_POOL` shows the order

    1 warning
    2 rules asked about 9 defaults; `setpoint explain SP008` says more about a rule
    ");
    let said = shop.run("explain SHOP_POOL --format json");
    let explanation: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_snapshot!(explanation["register"]["per_process"], @r#"[["worker.service",2],["import.service",5]]"#);
}

const POOL: &str = r#"[service]
name = "shop"
owner = "platform team"

[default.SHOP_POOL]
value       = 10
per_process = { "worker.service" = 2, "import.service" = 5 }
why         = "the worker has one connection for the queue and one for its job"
expect      = "no 'too many connections' in the database's log"
rollback    = "set it back in the units, restart them"
"#;

#[test]
fn processes_that_agree_are_told_once() {
    let unit = "[Service]\nType=exec\nExecStart=/srv/shop/.venv/bin/python -m shop.main\n";
    let shop =
        crate::empty().file("shop/main.py", "").file("deploy/shop.service", unit).file("deploy/worker.service", unit);
    assert_snapshot!(shop.run("explain systemd.Type"), @"
    exit: 0
    --- stdout
    systemd.Type = exec
    declared with systemd, not required

    wins  unit ([Service], worker.service): exec
     --> deploy/worker.service:2:6
      |
    2 | Type=exec
      |      ^^^^

    wins  unit ([Service], shop.service): exec
     --> deploy/shop.service:2:6
      |
    2 | Type=exec
      |      ^^^^

    not documented; `setpoint capture --write systemd.Type` adds it to the
      register
    ");
}

#[test]
fn two_places_that_declare_one_name_do_not_override_each_other() {
    let command = |name: &str, seconds: u8| {
        format!("@main.command()\n@click.option(\"--timeout\", default={seconds})\ndef {name}(timeout): ...\n\n\n")
    };
    let code = "import click\n\n\n@click.group()\ndef main(): ...\n\n\n".to_owned();
    let shop = crate::empty().file("shop/cli.py", code + &command("serve", 30) + &command("fetch", 5));
    assert_snapshot!(shop.run("explain -- --timeout"), @r#"
    exit: 0
    --- stdout
    --timeout = 30
    declared with click, not required

    nothing sets it, and it is declared with different defaults; each of these
    places goes by its own

    declared  code (serve): 30
     --> shop/cli.py:9:36
      |
    9 | @click.option("--timeout", default=30)
      |                                    ^^

    also declared  code (fetch): 5
      --> shop/cli.py:14:36
       |
    14 | @click.option("--timeout", default=5)
       |                                    ^

    not documented; `setpoint capture --write=--timeout` adds it to the register
    "#);
}

#[test]
fn the_same_as_json() {
    let said = small_shop().file("setpoint.toml", REGISTER).run("explain SHOP_POOL_SIZE --format json");
    let explanation: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(explanation["default"]["readings"].as_array().unwrap().len(), 2);
    assert_snapshot!(format!("{:#}", explanation["register"]), @r#"
    {
      "column": 10,
      "expect": "no 'too many connections' in the database's log",
      "file": "setpoint.toml",
      "line": 5,
      "owner": "platform team",
      "rollback": null,
      "span": {
        "end": 72,
        "start": 58
      },
      "value": 20,
      "why": "the database allows 100 connections and four workers share them"
    }
    "#);
    let codes: Vec<&str> =
        explanation["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["SP004"]);
}

#[test]
fn a_name_that_is_nearly_right() {
    assert_snapshot!(small_shop().run("explain SHOP_POOLSIZE"), @"
    exit: 2
    --- stderr
    error: there is no default or rule `SHOP_POOLSIZE`
    expected: the name of a default of `[ROOT]`, or a rule's code
      or name
    retry: safe once this is mended; nothing was changed
    hint: did you mean `SHOP_POOL_SIZE` or `SHOP_PAGESIZE`?
    ");
    assert_snapshot!(small_shop().run("explain nothing-like-it"), @"
    exit: 2
    --- stderr
    error: there is no default or rule `nothing-like-it`
    expected: the name of a default of `[ROOT]`, or a rule's code
      or name
    retry: safe once this is mended; nothing was changed
    hint: `setpoint capture --all` lists every default
    ");
}

#[test]
fn a_rule_by_its_code_and_by_its_name() {
    let by_code = crate::empty().run("explain SP006");
    assert_eq!(by_code, crate::empty().run("explain unknown-variable"));
    assert_eq!(by_code.code, Some(0));
    assert!(by_code.stdout.starts_with("# SP006 unknown-variable\n"), "{by_code}");
}

#[test]
fn the_list_of_rules_as_text_and_as_json() {
    // The list grows with every rule: its beginning shows its form, the numbers that nothing is left out.
    let text = crate::empty().run("explain --all");
    let start: Vec<&str> = text.stdout.lines().take(5).collect();
    assert_snapshot!(start.join("\n"), @"
    error: 24 rules
      SP002 drifted
        A default whose effective value is not the one that the register documents
        for the environment that is looked at. Where the entry has `per_process`,
        each process that it names is held to its own value, and every other one to
    ");
    let json = crate::empty().run("explain --all --format json");
    let rules: Vec<serde_json::Value> = serde_json::from_str(&json.stdout).unwrap();
    let word = |rule: &serde_json::Value, key: &str| rule[key].as_str().unwrap().to_owned();
    let listed =
        |rule: &serde_json::Value| text.stdout.contains(&format!("  {} {}\n", word(rule, "code"), word(rule, "name")));
    assert!(rules.iter().all(listed), "{text}");
    let order = |rule: &serde_json::Value| {
        let rank = ["error", "warning", "note"].iter().position(|severity| word(rule, "severity") == *severity);
        (rank, word(rule, "code"))
    };
    assert!(rules.is_sorted_by_key(order), "{json}");
    assert_snapshot!(format!("{:#}", rules.last().unwrap()), @r#"
    {
      "code": "SP131",
      "name": "health-touches-others",
      "severity": "note",
      "summary": "A health route that asks another service over HTTP and fails with it, or hangs with it where the call has no timeout."
    }
    "#);
}

#[test]
fn the_override_of_an_environment_documents_a_value() {
    let shop = crate::empty()
        .file("mail.py", "import os\n\nFROM = os.environ[\"MAIL_FROM\"]\n")
        .file(
            "setpoint.toml",
            "[service]\nname = \"mail\"\nowner = \"me\"\n\n[environment.staging]\noverride = { MAIL_FROM = \"a@example.org\" }\n",
        );
    assert_snapshot!(shop.run("explain MAIL_FROM --environment staging"), @r#"
    exit: 0
    --- stdout
    MAIL_FROM = (not set)
    declared with environ, required

    nothing sets it, and the service needs it

    no value  code
     --> mail.py:3:8
      |
    3 | FROM = os.environ["MAIL_FROM"]
      |        ^^^^^^^^^^^^^^^^^^^^^^^

    documented in setpoint.toml:5:14, the value in `override` of [environment.staging]
      value     a@example.org
      owner     me
      why       (not written down)
      expect    (not written down)
      rollback  (not written down)

    error: `MAIL_FROM` is not set and documented as `a@example.org` (SP002
      drifted)
    hint: set it back, or, where the new value is right, change the entry and its
      why

    warning: `MAIL_FROM` is documented in the override of `environment.staging`
      alone, with no expect, no rollback (SP004 incomplete-entry)
    hint: `setpoint capture --write MAIL_FROM` adds an entry for you to fill in
    "#);
}

#[test]
fn a_code_that_no_rule_has() {
    let shop = crate::empty().file("mail.py", "import os\n\nFROM = os.environ[\"MAIL_FROM\"]\n");
    let said = shop.run("explain SP999");
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.ends_with("hint: `setpoint explain --all` lists every rule\n"), "{said}");
}

#[test]
fn a_file_that_says_what_the_code_says_applies() {
    let shop = crate::empty()
        .file("shop/__init__.py", "")
        .file("shop/settings.py", "import os\n\nPOOL = int(os.environ.get(\"SHOP_POOL\", \"5\"))\n")
        .file("shop/main.py", "from shop import settings\n")
        .file("shop/worker.py", "from shop import settings\n")
        .file("deploy/a.service", "[Service]\nExecStart=/srv/shop/venv/bin/uvicorn shop.main:app\n")
        .file(
            "deploy/b.service",
            "[Service]\nEnvironmentFile=/etc/shop.env\nExecStart=/srv/shop/venv/bin/python -m shop.worker\n",
        )
        .file("deploy/shop.env", "SHOP_POOL=5\n");
    assert_snapshot!(shop.run("explain SHOP_POOL"), @r#"
    exit: 0
    --- stdout
    SHOP_POOL = 5
    type int, declared with environ, not required

    wins  environment-file (b.service): 5
     --> deploy/shop.env:1:11
      |
    1 | SHOP_POOL=5
      |           ^

    wins  code: 5
     --> shop/settings.py:3:40
      |
    3 | POOL = int(os.environ.get("SHOP_POOL", "5"))
      |                                        ^^^

    not documented; `setpoint capture --write SHOP_POOL` adds it to the register
    "#);
    assert_snapshot!(shop.run("capture"), @"
    exit: 0
    --- stdout
    sandbox: 2 defaults in 4 Python files and 3 configuration files
    2 set by the deployment, 0 required and not set, 0 secret, 0 dynamic
    a.service  uvicorn  shop.main:app
    b.service  python  shop.worker

    deploy/shop.env (environment-file)
        1  SHOP_POOL          5                         int

    deploy/a.service (unit)
        2  systemd.ExecStart  /srv/shop/venv/bin/uvic…       /srv/shop/venv/bin/pyt…

    7 defaults of libraries and servers, which nothing sets
        7  systemd  systemd.LimitNOFILE, systemd.TimeoutStopSec, systemd.MemoryMax,…
    `setpoint capture --all` lists each of them
    not installed: `uvicorn`, not in `/srv/shop/venv/bin/python`, `.venv`, `venv`
      or `env`; defaults of their own are not listed

    what looks wrong: 1 warning
    warning  `a.service` stays down once it ended: `systemd.Restart` is `no`, since
             nothing sets it
             deploy/a.service:2:11  SP110 no-restart-policy
    `setpoint check` says what was expected and what to do about each
    ");
}

#[test]
fn what_a_process_never_reads_is_said_to_be_so() {
    let shop = crate::empty()
        .file("shop/__init__.py", "")
        .file("shop/settings.py", "import os\n\nPOOL = int(os.environ.get(\"SHOP_POOL\", \"5\"))\n")
        .file("shop/main.py", "from shop import settings\n")
        .file("jobs/hello.py", "print(1)\n")
        .file("crontab", "SHOP_POOL=7\n0 3 * * * python jobs/hello.py\n")
        .file("Procfile", "web: SHOP_POOL=9 uvicorn shop.main:app\nworker: SHOP_POOL=8 python -m shop.main\n");
    assert_snapshot!(shop.run("explain SHOP_POOL"), @r#"
    exit: 0
    --- stdout
    SHOP_POOL = 9; 8 in worker
    type int, declared with environ, not required

    in web: 9

    wins  command-line: 9
     --> Procfile:1:16
      |
    1 | web: SHOP_POOL=9 uvicorn shop.main:app
      |                ^

    overridden  code: 5
     --> shop/settings.py:3:40
      |
    3 | POOL = int(os.environ.get("SHOP_POOL", "5"))
      |                                        ^^^

    in worker: 8

    wins  command-line: 8
     --> Procfile:2:19
      |
    2 | worker: SHOP_POOL=8 python -m shop.main
      |                   ^

    overridden  code: 5
      --> shop/settings.py:3:40

    in cron:hello.py: read by nothing

    not read  unit-environment: 7
     --> crontab:1:11
      |
    1 | SHOP_POOL=7
      |           ^

    not documented; `setpoint capture --write SHOP_POOL` adds it to the register
    "#);
    assert_snapshot!(shop.run("capture --write SHOP_POOL --dry-run"), @r#"
    exit: 0
    --- stdout
    setpoint.toml would be

    [service]
    name = "sandbox"

    [default.SHOP_POOL]
    value    = "9"
    per_process = { worker = "8" }
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    setpoint.lock would hold 1 default
    "#);
}
