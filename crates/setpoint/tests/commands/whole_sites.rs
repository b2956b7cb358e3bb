//! `setpoint check` of small sites whole, where several rules have something to say.

use insta::assert_snapshot;

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
    3 | engine = create_engine(os.environ['DATABASE_URL'], pool_size=5, max_overflo…
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
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
    5 | ExecStart=/srv/shop/venv/bin/gunicorn shop.main:app -k uvicorn.workers.Uvic…
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
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
    5 | ExecStart=/srv/shop/venv/bin/gunicorn shop.main:app -k uvicorn.workers.Uvic…
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
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
