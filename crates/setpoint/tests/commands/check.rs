use insta::assert_snapshot;
use setpoint_testkit::Sandbox;

/// One default with an entry, and one whose secret the code gives away.
fn shop(register: &str) -> Sandbox {
    crate::empty()
        .file(
            "shop/settings.py",
            "import os\n\nPOOL_SIZE = int(os.environ.get(\"SHOP_POOL_SIZE\", \"5\"))\n\
             SECRET_KEY = os.environ.get(\"SHOP_SECRET_KEY\", \"hunter2\")\n",
        )
        .file("setpoint.toml", register)
}

const DOCUMENTED: &str = "\
[service]
name = \"shop\"
owner = \"platform team\"

[default.SHOP_POOL_SIZE]
value = 5
expect = \"no 'QueuePool limit' in the log\"
rollback = \"unset SHOP_POOL_SIZE, restart shop\"
";

const ACCEPTED: &str = "
[waiver.secret-in-clear]
where = \"SHOP_SECRET_KEY\"
reason = \"a laptop's key, production sets its own\"
until = 2999-12-31
";

#[test]
fn what_is_wrong_with_the_lines_and_without_the_secret() {
    let register = DOCUMENTED.replace("value = 5", "value = 10").replace("rollback", "why");
    assert_snapshot!(shop(&register).run("check"), @r#"
    exit: 1
    --- stdout
    error[SP002] drifted: `SHOP_POOL_SIZE` is `5` and documented as `10`
     --> shop/settings.py:3:50
      |
    3 | POOL_SIZE = int(os.environ.get("SHOP_POOL_SIZE", "5"))
      |                                                  ^^^
     --> setpoint.toml:5:10
      |
    5 | [default.SHOP_POOL_SIZE]
      |          ^^^^^^^^^^^^^^
    expected: `10`
    hint: set it back, or, where the new value is right, change the entry and its
      why

    error[SP010] secret-in-clear: `SHOP_SECRET_KEY`, a secret, stands in clear in
      `shop/settings.py` and is in effect
     --> shop/settings.py:4:14
      |
    4 | SECRET_KEY = ***
      |              ^^^
    expected: a secret that only the service can read
    hint: replace it, since it can be read by everybody who has the code; keep the
      new one in an env file of mode 0600

    warning[SP004] incomplete-entry: `default.SHOP_POOL_SIZE` has no rollback
     --> setpoint.toml:5:10
      |
    5 | [default.SHOP_POOL_SIZE]
      |          ^^^^^^^^^^^^^^
    expected: who answers for it, how one sees that it is right, and how to get
      back
    hint: add `rollback` to the entry

    2 errors, 1 warning
    ALL rules asked about 2 defaults; `setpoint explain SP002` says more about a rule
    "#);
}

#[test]
fn what_a_waiver_accepts_fails_nothing() {
    assert_snapshot!(shop(&format!("{DOCUMENTED}{ACCEPTED}")).run("check"), @"
    exit: 0
    --- stdout
    waived[SP010] secret-in-clear: `SHOP_SECRET_KEY`, a secret, stands in clear in
      `shop/settings.py` and is in effect (a laptop's key, production sets its own)

    1 waived
    ALL rules asked about 2 defaults
    ");
}

#[test]
fn nothing_to_say() {
    let shop = crate::empty().file("shop.py", "import os\n\nPORT = int(os.environ.get(\"SHOP_PORT\", \"8000\"))\n");
    assert_snapshot!(shop.run("check"), @"
    exit: 0
    --- stdout
    nothing found
    ALL rules asked about 1 default; without a register none asked for documentation
    ");
}

#[test]
fn many_findings_of_one_rule_say_once_what_they_share() {
    let entry = |name: &str| format!("\n[default.{name}]\nexpect = \"e\"\nrollback = \"r\"\n");
    let gone: String = ["SHOP_OLD_GATEWAY", "SHOP_OLD_MAIL", "SHOP_OLD_CACHE", "SHOP_OLD_QUEUE"].map(entry).concat();
    assert_snapshot!(shop(&format!("{DOCUMENTED}{ACCEPTED}{gone}")).run("check"), @"
    exit: 1
    --- stdout
    warning[SP003] stale-entry: 4 findings
      `NAME` is documented and nowhere in the site
        SHOP_OLD_GATEWAY  setpoint.toml:15:10
        SHOP_OLD_MAIL     setpoint.toml:19:10
        SHOP_OLD_CACHE    setpoint.toml:23:10
        SHOP_OLD_QUEUE    setpoint.toml:27:10
    expected: a default that the site has
    hint: delete the entry, or look at the site that has it: `--environment`,
      `--unit`

    waived[SP010] secret-in-clear: `SHOP_SECRET_KEY`, a secret, stands in clear in
      `shop/settings.py` and is in effect (a laptop's key, production sets its own)

    4 warnings, 1 waived
    ALL rules asked about 2 defaults; `setpoint explain SP003` says more about a rule
    ");
}

#[test]
fn one_rule_alone_and_a_rule_that_is_none() {
    let shop = shop(DOCUMENTED);
    let said = shop.run("check --only SP002 --only shadowed");
    assert_eq!((said.code, said.stdout.as_str()), (Some(0), "nothing found\n2 rules asked about 2 defaults\n"));
    assert_snapshot!(shop.run("check --only shadowd"), @"
    exit: 2
    --- stderr
    error: there is no rule or check `shadowd`
    expected: a rule's code or name, or a check's name
    retry: safe once this is mended; nothing was changed
    hint: did you mean `shadowed`?
    ");
}

#[test]
fn a_register_that_is_wrong_ends_with_2_and_the_rest_is_judged() {
    let said = shop("[servise]\nname = \"shop\"\n").run("check");
    assert_eq!(said.code, Some(2), "{said}");
    assert!(said.stderr.contains("setpoint.toml:1:"), "{said}");
    assert!(said.stdout.contains("error[SP010] secret-in-clear"), "{said}");
}

#[test]
fn every_format_ends_with_the_same_code() {
    let shop = shop(DOCUMENTED);
    for (format, start) in [
        ("text", "error[SP010] secret-in-clear"),
        ("json", "{\n  \"version\": 1"),
        ("sarif", "{\n  \"$schema\""),
        ("junit", "<?xml version=\"1.0\""),
        ("github", "::error file=shop/settings.py,line=4,"),
    ] {
        let said = shop.run(&format!("check --format {format}"));
        assert_eq!(said.code, Some(1), "{said}");
        assert!(said.stdout.starts_with(start), "{said}");
        assert!(said.stderr.is_empty(), "{said}");
    }
}

#[test]
fn the_register_is_named_relative_to_the_root_wherever_one_stands() {
    let register =
        "[service]\nname = \"shop\"\nowner = \"me\"\n\n[default.SHOP_MAIL_FROM]\nvalue = \"other@example.org\"\n";
    let code = "import os\n\nFROM = os.environ.get(\"SHOP_MAIL_FROM\", \"shop@example.org\")\n";
    let shop = crate::empty().file("srv/shop/mail.py", code).file("srv/shop/setpoint.toml", register);
    let places = |shop: &Sandbox, arguments: &str| {
        let said = shop.run(&format!("check --only drifted --format json {arguments}"));
        let verdict: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        verdict["findings"][0]["places"]
            .as_array()
            .unwrap()
            .iter()
            .map(|place| place["file"].to_string())
            .collect::<String>()
    };
    for arguments in
        ["--root srv/shop", "--root ./srv/../srv/shop", "--root srv/shop --register ./srv/shop/setpoint.toml"]
    {
        assert_eq!(places(&shop, arguments), "\"mail.py\"\"setpoint.toml\"", "{arguments}");
    }
    // A register that is named elsewhere does not move the root to its folder.
    let shop = crate::empty().file("mail.py", code).file("elsewhere/reg.toml", register);
    let arguments = "--register elsewhere/reg.toml";
    assert_eq!(places(&shop, arguments), "\"mail.py\"\"elsewhere/reg.toml\"", "{arguments}");
}

#[test]
fn a_name_that_begins_like_an_option_can_be_asked_for_as_the_hints_say() {
    let cli =
        "import argparse\n\nparser = argparse.ArgumentParser()\nparser.add_argument(\"--host\", default=\"::1\")\n";
    let shop = crate::empty().file("cli.py", cli);
    assert_snapshot!(shop.run("explain --host"), @r#"
    exit: 0
    --- stdout
    --host = ::1
    declared with argparse, not required

    wins  code: ::1
     --> cli.py:4:39
      |
    4 | parser.add_argument("--host", default="::1")
      |                                       ^^^^^

    not documented; `setpoint capture --write=--host` adds it to the register
    "#);
    assert_snapshot!(shop.run("capture --write=--host --dry-run"), @r#"
    exit: 0
    --- stdout
    setpoint.toml would be

    [service]
    name = "sandbox"

    [default.--host]
    value    = "::1"
    # owner    = "who answers for it; the service's owner where this stays out"
    # why      = "why it is as it is"
    # expect   = "the result by which one sees that it is right"
    # rollback = "how to get back"

    setpoint.lock would hold 1 default
    "#);
    assert_snapshot!(shop.run("explain --host --format josn"), @"
    exit: 2
    --- stderr
    error: invalid value 'josn' for '--format <FORMAT>'
      [possible values: text, json]

      tip: a similar value exists: 'json'

    For more information, try '--help'.
    ");
}

#[test]
fn what_cannot_be_understood_is_not_nothing_found() {
    let unit = "[Service]\nEnvironmentFile=/etc/mail/mail.env\nExecStart=/bin/true\n";
    let code = "import os\n\nFROM = os.environ.get(\"MAIL_FROM\", \"me@example.org\")\n";
    let files = crate::empty().file("mail.py", code).file("deploy/mail.service", unit);
    let said = files.file("deploy/mail.env", "export MAIL_FROM=you@example.org\n").run("check --only drifted");
    assert_snapshot!(said, @"
    exit: 1
    --- stdout
    1 problem
    1 rule asked about 9 defaults; without a register none asked for documentation
    --- stderr

    warning: systemd does not know `export` and ignores the line
      --> deploy/mail.env:1:1
    expected: `NAME=value` alone
    retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn the_pools_and_the_database_that_lies_beside_them() {
    let unit = "[Service]\nRestart=always\nMemoryMax=1G\nEnvironment=DATABASE_URL=postgresql+psycopg://localhost/shop\n\
                ExecStart=/srv/shop/venv/bin/gunicorn shop.main:app -k uvicorn.workers.UvicornWorker --workers 4\n";
    let code = "import os\nfrom sqlalchemy import create_engine\n\
                engine = create_engine(os.environ['DATABASE_URL'], pool_size=5, max_overflow=2)\n";
    let shop = |configuration: &str| {
        crate::empty()
            .file("shop/__init__.py", "")
            .file("shop/main.py", code)
            .file("deploy/shop.service", unit)
            .file("deploy/postgresql.conf", configuration)
    };
    assert_snapshot!(shop("max_connections = 20\n").run("check"), @"
    exit: 1
    --- stdout
    error[SP120] pool-above-max-connections: the pools may open 28 connections (28
      in `shop.service`), and PostgreSQL has 17 for them
      (`postgresql.max_connections` is 20)
     --> shop/main.py:3:10
      |
    3 | ... = create_engine(os.environ['DATABASE_URL'], pool_size=5, max_overflow=2)
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     --> deploy/postgresql.conf:1:19
      |
    1 | max_connections = 20
      |                   ^^
    expected: pools that open 17 connections at most in all
    hint: lower `pool_size` and `max_overflow`, or the number of workers

    warning[SP111] restart-gives-up: if `shop.service` cannot start, systemd tries
      5 times, 0.1 s apart (`systemd.RestartSec`), and then leaves it down for good:
      more is not allowed within 10 s (`systemd.StartLimitIntervalSec`)
     --> deploy/shop.service:5:11
      |
    5 | ...rt=/srv/shop/venv/bin/gunicorn shop.main:app -k uvicorn.workers.UvicornWorker --workers 4
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      --> https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#RestartSec=
      --> https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html#StartLimitIntervalSec=interval
    expected: `RestartSec` of 2 s or more
    hint: set `RestartSec=5`

    not installed: `gunicorn` and `sqlalchemy`, not in `.venv`, `venv` or `env`; 7
      rules could not be asked of what they do where nobody says otherwise: SP101,
      SP104, SP106, SP109, SP116, SP117, SP134
    hint: install the service's requirements into `.venv` beside the code, or look
      where the service is installed: `--unit` takes the interpreter that the unit
      starts

    1 error, 1 warning
    ALL rules asked about 29 defaults; without a register none asked for
    documentation; `setpoint explain SP120` says more about a rule
    ");
    assert_snapshot!(shop("max_connections = 100\n").run("check"), @"
    exit: 1
    --- stdout
    warning[SP111] restart-gives-up: if `shop.service` cannot start, systemd tries
      5 times, 0.1 s apart (`systemd.RestartSec`), and then leaves it down for good:
      more is not allowed within 10 s (`systemd.StartLimitIntervalSec`)
     --> deploy/shop.service:5:11
      |
    5 | ...rt=/srv/shop/venv/bin/gunicorn shop.main:app -k uvicorn.workers.UvicornWorker --workers 4
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      --> https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#RestartSec=
      --> https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html#StartLimitIntervalSec=interval
    expected: `RestartSec` of 2 s or more
    hint: set `RestartSec=5`

    not installed: `gunicorn` and `sqlalchemy`, not in `.venv`, `venv` or `env`; 7
      rules could not be asked of what they do where nobody says otherwise: SP101,
      SP104, SP106, SP109, SP116, SP117, SP134
    hint: install the service's requirements into `.venv` beside the code, or look
      where the service is installed: `--unit` takes the interpreter that the unit
      starts

    1 warning
    ALL rules asked about 29 defaults; without a register none asked for
    documentation; `setpoint explain SP111` says more about a rule
    ");
}

#[test]
fn routes_of_health_that_ask_nobody_and_somebody_else() {
    let unit = "[Service]\nRestart=always\nRestartSec=5\nMemoryMax=1G\nEnvironment=DATABASE_URL=postgresql+psycopg://localhost/shop\n\
                ExecStart=/srv/shop/venv/bin/uvicorn shop.main:app\n";
    let main = "import os\nfrom fastapi import FastAPI\nfrom sqlalchemy import create_engine\nfrom shop import health\n\n\
                engine = create_engine(os.environ['DATABASE_URL'])\n\
                app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)\napp.include_router(health.router)\n";
    let shop = |health: &str| {
        let shop =
            crate::empty().file("shop/__init__.py", "").file("shop/main.py", main).file("shop/health.py", health);
        shop.file("deploy/shop.service", unit)
    };
    let constant = "from fastapi import APIRouter\nrouter = APIRouter()\n\n@router.get('/health')\ndef health():\n    return {'ok': True}\n";
    assert_snapshot!(shop(constant).run("check --only health-touches-nothing --only health-touches-others"), @"
    exit: 0
    --- stdout
    note[SP130] health-touches-nothing: `/health` answers that all is well while
      PostgreSQL cannot be reached
     --> shop/health.py:4:2
      |
    4 | @router.get('/health')
      |  ^^^^^^^^^^^^^^^^^^^^^
     --> shop/main.py:6:10
      |
    6 | engine = create_engine(os.environ['DATABASE_URL'])
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    expected: one route of health that asks PostgreSQL
    hint: add one, `/ready` say, that asks with a short timeout, and let the
      monitor and the deployment ask that

    1 note
    2 rules asked about 12 defaults; without a register none asked for
    documentation; `setpoint explain SP130` says more about a rule
    ");
    let others = "import requests\nfrom fastapi import APIRouter\nrouter = APIRouter()\n\ndef ask():\n    \
                  requests.get('https://bank.example').raise_for_status()\n\n\
                  @router.get('/health')\ndef health():\n    ask()\n    return {'ok': True}\n";
    assert_snapshot!(shop(others).run("check --only health-touches-nothing --only health-touches-others"), @"
    exit: 1
    --- stdout
    warning[SP131] health-touches-others: `/health` asks another service with
      `requests.get`, and hangs when that does
     --> shop/health.py:6:5
      |
    6 |     requests.get('https://bank.example').raise_for_status()
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
     --> shop/health.py:8:2
      |
    8 | @router.get('/health')
      |  ^^^^^^^^^^^^^^^^^^^^^
    expected: a route of health that asks what is the service's own
    hint: ask it in a check of its own, or catch the error and say it in an answer
      of status 200

    1 warning
    2 rules asked about 12 defaults; without a register none asked for
    documentation; `setpoint explain SP131` says more about a rule
    ");
}

#[test]
fn a_job_of_cron_hides_no_proxy_that_leads_nowhere() {
    let unit = "[Service]\nExecStart=/srv/shop/venv/bin/uvicorn shop.main:app --port 8000\n";
    let site = "server {\n    location / {\n        proxy_pass http://127.0.0.1:8001;\n    }\n}\n";
    let shop = crate::empty()
        .file("shop/main.py", "import os\n")
        .file("deploy/shop.service", unit)
        .file("deploy/nginx/shop.conf", site)
        .file("deploy/crontab", "15 3 * * * /srv/shop/venv/bin/python -m shop.cleanup\n");
    assert_snapshot!(shop.run("check --only proxy-to-nobody"), @"
    exit: 1
    --- stdout
    error[SP118] proxy-to-nobody: nginx passes requests to `127.0.0.1:8001`, where
      nobody listens; the service listens on `127.0.0.1:8000`
     --> deploy/nginx/shop.conf:3:20
      |
    3 |         proxy_pass http://127.0.0.1:8001;
      |                    ^^^^^^^^^^^^^^^^^^^^^
     --> deploy/shop.service:2:59
      |
    2 | ExecStart=/srv/shop/venv/bin/uvicorn shop.main:app --port 8000
      |                                                           ^^^^
    expected: one address in nginx and in the server behind it
    hint: pass requests to the address on which the service listens, then `nginx
      -t` and reload nginx

    not installed: `uvicorn`, not in `/srv/shop/venv/bin/python`, `.venv`, `venv`
      or `env`; 1 rule could not be asked of what they do where nobody says
      otherwise: SP118
    hint: install the service's requirements into `.venv` beside the code, or look
      where the service is installed: `--unit` takes the interpreter that the unit
      starts

    1 error
    1 rule asked about 15 defaults; without a register none asked for documentation;
    `setpoint explain SP118` says more about a rule
    ");
}

#[test]
fn a_broken_register_is_told_first_and_nothing_that_only_follows_from_it() {
    let shop = || {
        crate::empty()
            .file("shop/settings.py", "import os\n\nPOOL_SIZE = int(os.environ.get(\"SHOP_POOL_SIZE\", \"5\"))\n")
            .file("deploy/shop.env", "SHOP_POOL_SIZE=ten\n")
            .file(
                "deploy/shop.service",
                "[Service]\nEnvironmentFile=/srv/shop/deploy/shop.env\nExecStart=/usr/bin/python -m shop.settings\n",
            )
    };
    assert_snapshot!(shop().file("setpoint.toml", "[default.SHOP_POOL_SIZE\nvalue = 5\n").run("check"), @"
    exit: 2
    --- stdout
    error[SP007] wrong-type: `SHOP_POOL_SIZE` is `ten`, which is no `int`
     --> deploy/shop.env:1:16
      |
    1 | SHOP_POOL_SIZE=ten
      |                ^^^
    expected: a whole number without separators or units: `1000`
    hint: correct the value in `deploy/shop.env`

    1 error, 1 problem
    51 rules asked about 9 defaults; none asked for documentation, since the
    register could not be read whole; `setpoint explain SP007` says more about a
    rule
    --- stderr
    error: this is not TOML: unclosed table
     --> setpoint.toml:1:24
      |
    1 | [default.SHOP_POOL_SIZE
      |                        ^
    expected: `]`
    retry: safe once this is mended; nothing was changed
    ");
    assert_snapshot!(shop().file("setpoint.toml", "[default.SHOP_POOL_SIZE]\nvalue = 5\nownr = \"me\"\n").run("check"), @r#"
    exit: 2
    --- stdout
    error[SP002] drifted: `SHOP_POOL_SIZE` is `ten` and documented as `5`
     --> deploy/shop.env:1:16
      |
    1 | SHOP_POOL_SIZE=ten
      |                ^^^
     --> setpoint.toml:1:10
      |
    1 | [default.SHOP_POOL_SIZE]
      |          ^^^^^^^^^^^^^^
    expected: `5`
    hint: set it back, or, where the new value is right, change the entry and its
      why

    error[SP007] wrong-type: `SHOP_POOL_SIZE` is `ten`, which is no `int`
     --> deploy/shop.env:1:16
      |
    1 | SHOP_POOL_SIZE=ten
      |                ^^^
    expected: a whole number without separators or units: `1000`
    hint: correct the value in `deploy/shop.env`

    2 errors, 2 problems
    51 rules asked about 9 defaults; none asked for documentation, since the
    register could not be read whole; `setpoint explain SP002` says more about a
    rule
    --- stderr
    error: the register has no `service`
     --> setpoint.toml:1:1
      |
    1 | [default.SHOP_POOL_SIZE]
      | ^
    expected: a table of that name
    retry: safe once this is mended; nothing was changed

    error: `default.SHOP_POOL_SIZE` has an unknown key `ownr`
     --> setpoint.toml:3:1
      |
    3 | ownr = "me"
      | ^^^^
    expected: one of `value`, `per_process`, `owner`, `why`, `expect`, `rollback`
    retry: safe once this is mended; nothing was changed
    hint: did you mean `owner`?
    "#);
}

/// A service whose unit names an environment that this machine has not.
fn not_installed() -> Sandbox {
    crate::empty()
        .file(
            "shop/main.py",
            "from fastapi import FastAPI\nfrom sqlalchemy import create_engine\n\n\
             app = FastAPI()\nengine = create_engine('mysql://db/shop')\n",
        )
        .file(
            "deploy/shop.service",
            "[Service]\nExecStart=/srv/elsewhere/.venv/bin/uvicorn shop.main:app --port 8000\nRestart=always\n",
        )
}

#[test]
fn libraries_that_are_not_installed_here() {
    let shop = not_installed();
    assert_snapshot!(shop.run("check"), @"
    exit: 1
    --- stdout
    warning[SP111] restart-gives-up: if `shop.service` cannot start, systemd tries
      5 times, 0.1 s apart (`systemd.RestartSec`), and then leaves it down for good:
      more is not allowed within 10 s (`systemd.StartLimitIntervalSec`)
     --> deploy/shop.service:2:11
      |
    2 | ExecStart=/srv/elsewhere/.venv/bin/uvicorn shop.main:app --port 8000
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      --> https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#RestartSec=
      --> https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html#StartLimitIntervalSec=interval
    expected: `RestartSec` of 2 s or more
    hint: set `RestartSec=5`

    note[SP126] api-docs-open: `/docs`, `/redoc` and `/openapi.json` of
      `shop.service` answer everybody, with every route and its parameters
     --> shop/main.py:4:7
      |
    4 | app = FastAPI()
      |       ^^^^^^^^^
    expected: `openapi_url=None` in production
    hint: give `FastAPI` an `openapi_url` from a setting that is `None` in
      production, which closes the pages too

    not installed: `fastapi`, `sqlalchemy`, `starlette` and `uvicorn`, not in
      `.venv`, `venv` or `env`; 12 rules could not be asked of what they do where
      nobody says otherwise: SP101, SP104, SP106, SP109, SP112, SP113, SP114, SP116,
      SP117, SP121, SP134, SP135
    hint: install the service's requirements into `.venv` beside the code, or look
      where the service is installed: `--unit` takes the interpreter that the unit
      starts

    1 warning, 1 note
    ALL rules asked about 9 defaults; without a register none asked for
    documentation; `setpoint explain SP111` says more about a rule
    ");
}

#[test]
fn libraries_that_are_not_installed_here_for_programs_and_in_short() {
    let shop = not_installed();
    assert_snapshot!(shop.run("check --only SP121 --format json"), @r#"
    exit: 0
    --- stdout
    {
      "version": 1,
      "root": "[ROOT]",
      "environment": null,
      "register": false,
      "defaults": 9,
      "summary": {
        "errors": 0,
        "warnings": 0,
        "notes": 0,
        "waived": 0
      },
      "findings": [],
      "outcomes": [],
      "not_run": 0,
      "problems": [],
      "not_asked": {
        "libraries": [
          "fastapi",
          "sqlalchemy",
          "starlette",
          "uvicorn"
        ],
        "looked_in": [
          ".venv",
          "venv",
          "env"
        ],
        "rules": [
          "SP121"
        ],
        "hint": "install the service's requirements into `.venv` beside the code, or look where the service is installed: `--unit` takes the interpreter that the unit starts"
      }
    }
    "#);
    assert_snapshot!(shop.run("check --only SP121 --format github"), @"
    exit: 0
    --- stdout
    ::notice title=not installed::`fastapi`, `sqlalchemy`, `starlette` and `uvicorn`, not in `.venv`, `venv` or `env`; 1 rule could not be asked of what they do where nobody says otherwise: SP121%0Ahint: install the service's requirements into `.venv` beside the code, or look where the service is installed: `--unit` takes the interpreter that the unit starts
    ");
    assert_snapshot!(shop.run("capture"), @"
    exit: 0
    --- stdout
    sandbox: 3 defaults in 1 Python file and 1 configuration file
    3 set by the deployment, 0 required and not set, 0 secret, 0 dynamic
    shop.service  uvicorn  shop.main:app  127.0.0.1:8000

    deploy/shop.service (command-line)
        2  uvicorn.port       8000

    deploy/shop.service (unit)
        2  systemd.ExecStart  /srv/elsewhere/.venv/bin/uvicorn shop.main:app --port…
        3  systemd.Restart    always                                         over no

    6 defaults of libraries and servers, which nothing sets
        6  systemd  systemd.LimitNOFILE, systemd.TimeoutStopSec, systemd.MemoryMax,…
    `setpoint capture --all` lists each of them
    not installed: `fastapi`, `sqlalchemy`, `starlette` and `uvicorn`, not in
      `.venv`, `venv` or `env`; defaults of their own are not listed

    what looks wrong: 1 warning, 1 note
    warning  if `shop.service` cannot start, systemd tries 5 times, 0.1 s apart
             (`systemd.RestartSec`), and then leaves it down for good: more is not
             allowed within 10 s (`systemd.StartLimitIntervalSec`)
             deploy/shop.service:2:11  SP111 restart-gives-up
    note     `/docs`, `/redoc` and `/openapi.json` of `shop.service` answer
             everybody, with every route and its parameters
             shop/main.py:4:7  SP126 api-docs-open
    `setpoint check` says what was expected and what to do about each
    ");
}

#[test]
fn broken_code_counts_where_a_process_imports_it() {
    let shop = crate::empty()
        .file("shop/__init__.py", "")
        .file("shop/main.py", "from shop import prices\n")
        .file("shop/prices.py", "def price(:\n")
        .file("templates/page.py", "{{ name }} = (\n")
        .file("Procfile", "web: uvicorn shop.main:app\n");
    assert_snapshot!(shop.run("check"), @"
    exit: 1
    --- stdout
    not installed: `uvicorn`, not in `.venv`, `venv` or `env`; 6 rules could not
      be asked of what they do where nobody says otherwise: SP101, SP106, SP116,
      SP117, SP134, SP135
    hint: install the service's requirements into `.venv` beside the code, or look
      where the service is installed: `--unit` takes the interpreter that the unit
      starts

    1 problem
    ALL rules asked about 0 defaults; without a register none asked for documentation
    --- stderr

    warning: `shop/prices.py` has a syntax error: Expected a parameter or the end
      of the parameter list
     --> shop/prices.py:1:11
      |
    1 | def price(:
      |           ^
    expected: Python that its interpreter accepts
    retry: safe once this is mended; nothing was changed
    hint: what could be read of the file was read; defaults near the error may be
      missing
    ");
    assert_snapshot!(shop.file("shop/main.py", "").run("check"), @"
    exit: 0
    --- stdout
    not installed: `uvicorn`, not in `.venv`, `venv` or `env`; 6 rules could not
      be asked of what they do where nobody says otherwise: SP101, SP106, SP116,
      SP117, SP134, SP135
    hint: install the service's requirements into `.venv` beside the code, or look
      where the service is installed: `--unit` takes the interpreter that the unit
      starts

    nothing found
    ALL rules asked about 0 defaults; without a register none asked for documentation
    ");
}
