//! `setpoint check` where libraries of the service are not installed beside it.

use insta::assert_snapshot;
use setpoint_testkit::Sandbox;

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
