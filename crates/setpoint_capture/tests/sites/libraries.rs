//! Libraries and servers that a service uses: what they have themselves, and what the deployment and the code give them.

use crate::support::{folder, picture};
use insta::assert_snapshot;
use setpoint_capture::{Request, capture};
use setpoint_host::LiveHost;
use setpoint_model::Snapshot;
use std::fmt::Write as _;

/// A capture of a folder with these files.
fn look(files: &[(&str, &str)]) -> Snapshot {
    let folder = folder(files);
    capture(&LiveHost, &Request { root: Some(folder.path().to_owned()), ..Request::default() }).unwrap().snapshot
}

/// The calls that were noted: function, place, and each argument with the setting that it comes from.
fn calls(snapshot: &Snapshot) -> String {
    let mut lines = String::new();
    for call in &snapshot.calls {
        write!(lines, "{} {}", call.place, call.function).unwrap();
        for argument in &call.arguments {
            let from = argument.from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
            write!(lines, " {}={}{from}", argument.name, argument.value.shown()).unwrap();
        }
        writeln!(lines, "{}", if call.open { " and more" } else { "" }).unwrap();
    }
    lines
}

const ENVIRONMENT: (&str, &str) = (".venv/pyvenv.cfg", "home = /nonexistent/bin\nversion = 3.12.1\n");

#[test]
fn a_servers_own_default_concerns_the_processes_that_run_it() {
    let snapshot = look(&[
        ENVIRONMENT,
        (".venv/lib/python3.12/site-packages/gunicorn-99.0.dist-info/METADATA", ""),
        (
            ".venv/lib/python3.12/site-packages/gunicorn/config.py",
            "class Setting: default = None\nclass Keepalive(Setting):\n    default = 2\nclass Timeout(Setting):\n    default = 30\n",
        ),
        (
            "Procfile",
            "web: gunicorn shop.main:app --timeout 60\nadmin: gunicorn shop.admin:app\nworker: python -m shop.worker\n",
        ),
        ("shop/worker.py", ""),
    ]);
    assert_snapshot!(picture(&snapshot, "gunicorn."), @"
    gunicorn.keepalive (gunicorn): 2 by library
      library 2 .venv/lib/python3.12/site-packages/gunicorn/config.py:3:15 [web]
      library 2 .venv/lib/python3.12/site-packages/gunicorn/config.py:3:15 [admin]
    gunicorn.timeout (gunicorn): 60 by command-line
      in web: 60 by command-line
      in admin: 30 by library
      library 30 .venv/lib/python3.12/site-packages/gunicorn/config.py:5:15 [web]
      library 30 .venv/lib/python3.12/site-packages/gunicorn/config.py:5:15 [admin]
      command-line 60 Procfile:1:39 [web]
    ");
    let libraries: Vec<_> =
        snapshot.site.libraries.iter().map(|library| format!("{} {}", library.name, library.version)).collect();
    assert_eq!(libraries, ["gunicorn 99.0"]);
}

#[test]
fn command_lines_and_variables_of_servers() {
    let snapshot = look(&[
        (
            "Procfile",
            "web: GRANIAN_BACKLOG=512 granian --interface asgi --workers 3 --no-ws shop.main:app\n\
             api: hypercorn -b 0.0.0.0:8000 -w 2 --keep-alive 75 shop.api:app\n\
             worker: celery -A shop worker -c 4 --prefetch-multiplier=1 --time-limit 300 --max-tasks-per-child 100 -E\n\
             beat: celery -A shop beat -s /var/lib/shop/beat\n\
             status: celery -A shop status --timeout 3\n",
        ),
        ("shop/main.py", "import os\nPORT = os.environ.get('PORT')\n"),
    ]);
    assert_snapshot!(picture(&snapshot, "granian."), @"
    granian.backlog (granian): 512 by command-line
      command-line 512 Procfile:1:22 [web]
    granian.interface (granian): asgi by command-line
      command-line asgi Procfile:1:46 [web]
    granian.websockets (granian): false by command-line
      command-line false Procfile:1:63 [web]
    granian.workers (granian): 3 by command-line
      command-line 3 Procfile:1:61 [web]
    ");
    assert_snapshot!(picture(&snapshot, "hypercorn."), @"
    hypercorn.bind (hypercorn): 0.0.0.0:8000 by command-line
      command-line 0.0.0.0:8000 Procfile:2:19 [api]
    hypercorn.keep_alive_timeout (hypercorn): 75 by command-line
      command-line 75 Procfile:2:50 [api]
    hypercorn.workers (hypercorn): 2 by command-line
      command-line 2 Procfile:2:35 [api]
    ");
    assert_snapshot!(picture(&snapshot, "celery."), @"
    celery.app (celery): shop by command-line
      command-line shop Procfile:3:19 [worker]
      command-line shop Procfile:4:17 [beat]
    celery.beat_schedule_filename (celery): /var/lib/shop/beat by command-line
      command-line /var/lib/shop/beat Procfile:4:30 [beat]
    celery.task_time_limit (celery): 300 by command-line
      command-line 300 Procfile:3:73 [worker]
    celery.worker_concurrency (celery): 4 by command-line
      command-line 4 Procfile:3:34 [worker]
    celery.worker_max_tasks_per_child (celery): 100 by command-line
      command-line 100 Procfile:3:99 [worker]
    celery.worker_prefetch_multiplier (celery): 1 by command-line
      command-line 1 Procfile:3:58 [worker]
    celery.worker_send_task_events (celery): true by command-line
      command-line true Procfile:3:103 [worker]
    ");
}

#[test]
fn every_way_to_configure_celery() {
    let snapshot = look(&[
        (
            "shop/queue.py",
            "
import os
from celery import Celery
app = Celery('shop', broker=os.environ.get('SHOP_BROKER', 'redis://localhost/1'))
app.conf.update(task_time_limit=300, **{'task_acks_late': True})
app.conf.update({'worker_prefetch_multiplier': 1})
app.conf.task_soft_time_limit = int(os.environ['SHOP_SOFT_LIMIT'])
app.conf['result_expires'] = 3600
app.conf.beat_schedule.update(nothing=1)
",
        ),
        (
            "shop/tasks.py",
            "from .queue import app\nfrom celery import shared_task\n\n@app.task(rate_limit='10/m')\ndef one(): ...\n\n@shared_task(time_limit=5)\ndef two(): ...\n",
        ),
        ("celeryconfig.py", "broker_pool_limit = 20\nhelper = 3\n"),
    ]);
    assert_snapshot!(picture(&snapshot, "celery."), @"
    celery.broker_pool_limit (celery): 20 by code
      code 20 celeryconfig.py:1:21
    celery.broker_url (celery): redis://localhost/1 by code
      code redis://localhost/1 shop/queue.py:4:29
    celery.result_expires (celery): 3600 by code
      code 3600 shop/queue.py:8:30
    celery.task_soft_time_limit (celery): nothing
      code (not set) shop/queue.py:7:33
    celery.task_time_limit (celery): 300 by code
      code 300 shop/queue.py:5:33
    celery.worker_prefetch_multiplier (celery): 1 by code
      code 1 shop/queue.py:6:48
    ");
    assert_snapshot!(calls(&snapshot), @"
    shop/queue.py:4:7 celery.Celery 0=shop broker=redis://localhost/1 from SHOP_BROKER
    shop/queue.py:5:1 celery.Celery.conf.update task_time_limit=300 and more
    shop/queue.py:6:1 celery.Celery.conf.update worker_prefetch_multiplier=1
    shop/queue.py:7:1 celery.Celery.conf.update task_soft_time_limit=(not set) from SHOP_SOFT_LIMIT
    shop/queue.py:8:1 celery.Celery.conf.update result_expires=3600
    shop/tasks.py:4:2 celery.Celery.task rate_limit=10/m
    shop/tasks.py:7:2 celery.shared_task time_limit=5
    ");
}

#[test]
fn celery_in_djangos_settings_and_in_a_module_of_its_own() {
    let snapshot = look(&[
        ("shop/__init__.py", ""),
        (
            "shop/celery.py",
            "
import os
from celery import Celery
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')
app = Celery('shop')
app.config_from_object('django.conf:settings', namespace='CELERY')
",
        ),
        (
            "shop/settings.py",
            "INSTALLED_APPS = []\nROOT_URLCONF = 'shop.urls'\nCELERY_TASK_TIME_LIMIT = 60\nCELERY_UNHEARD_OF = 1\n",
        ),
        (
            "other/app.py",
            "from celery import Celery\nfrom . import config\nother = Celery()\nother.config_from_object(config)\n",
        ),
        ("other/config.py", "task_ignore_result = True\nTASK = 1\n"),
    ]);
    assert_snapshot!(picture(&snapshot, "celery."), @"
    celery.task_ignore_result (celery): true by code
      code true other/config.py:1:22
    celery.task_time_limit (celery): 60 by code
      code 60 shop/settings.py:3:26
    ");
}

#[test]
fn an_application_that_is_imported_is_known_where_it_is_given_something() {
    let snapshot = look(&[
        ("shop/queue.py", "from celery import Celery\napp = Celery('shop')\n"),
        ("shop/tasks.py", "from .queue import app\n@app.task(soft_time_limit=60)\ndef send(): pass\n"),
        ("shop/timing.py", "from .queue import app\ndef slow():\n    app.conf.task_time_limit = 300\n"),
        ("shop/web.py", "from flask import Flask\napp = Flask('shop')\n"),
        ("shop/large.py", "from .web import app\ndef setup():\n    app.config['MAX_CONTENT_LENGTH'] = 10\n"),
        ("shop/views.py", "from .web import app\ndef show():\n    return app.config['MAX_CONTENT_LENGTH'] == 10\n"),
        // The name of an application and its settings is the beginning of another word here.
        ("shop/loaded.py", "from .queue import app\napp.config_from_object('shop.given')\n"),
        ("shop/given.py", "task_ignore_result = True\n"),
    ]);
    assert_snapshot!(picture(&snapshot, "celery."), @"
    celery.task_ignore_result (celery): true by code
      code true shop/given.py:1:22
    celery.task_time_limit (celery): 300 by code
      code 300 shop/timing.py:3:32
    ");
    assert_snapshot!(calls(&snapshot), @"
    shop/large.py:3:5 flask.Flask.config.update MAX_CONTENT_LENGTH=10
    shop/queue.py:2:7 celery.Celery 0=shop
    shop/tasks.py:2:2 celery.Celery.task soft_time_limit=60
    shop/timing.py:3:5 celery.Celery.conf.update task_time_limit=300
    shop/web.py:2:7 flask.Flask 0=shop
    ");
}

#[test]
fn every_way_to_configure_flask() {
    let snapshot = look(&[(
        "shop/__init__.py",
        "
import os
from flask import Flask

def create_app():
    app = Flask(__name__)
    app.config['SESSION_COOKIE_SECURE'] = True
    app.config.update(MAX_CONTENT_LENGTH=1 << 20, SHOP_LIMIT=os.environ.get('SHOP_LIMIT', 5))
    app.config.from_mapping({'SHOP_NAME': 'shop'})
    return app
",
    )]);
    assert_snapshot!(picture(&snapshot, "S"), @"
    SESSION_COOKIE_SECURE (flask-config): true by code
      code true shop/__init__.py:7:43
    SHOP_LIMIT (environ): 5 by code
      code 5 shop/__init__.py:8:91
    SHOP_LIMIT (flask-config): 5 by code
      code 5 shop/__init__.py:8:62
    SHOP_NAME (flask-config): shop by code
      code shop shop/__init__.py:9:43
    ");
    assert_snapshot!(picture(&snapshot, "MAX_"), @"
    MAX_CONTENT_LENGTH (flask-config): 1048576 by code
      code 1048576 shop/__init__.py:8:42
    ");
}

#[test]
fn calls_that_matter_to_rules() {
    let snapshot = look(&[("Procfile", "web: python -m shop.main\n"), (
        "shop/main.py",
        "
import os, httpx
import requests
import sqlite3
import urllib.request
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI(docs_url=None, middleware=[Middleware(SessionMiddleware, secret_key='hunter2-of-sessions', https_only=True)])
app.add_middleware(CORSMiddleware, allow_origins=['*'], allow_credentials=True)
client = httpx.Client(timeout=3)
session = requests.Session()

def go(options):
    answer = JSONResponse({})
    answer.set_cookie('cart', '1', secure=True)
    client.get('https://example.com', timeout=None)
    session.post('https://example.com', **options)
    requests.get('https://example.com')
    urllib.request.urlopen('https://example.com', timeout=5)
    with httpx.Client() as inner:
        inner.put('https://example.com')
    return sqlite3.connect('shop.db', timeout=30)
",
    )]);
    assert_snapshot!(calls(&snapshot), @r#"
    shop/main.py:12:7 fastapi.FastAPI docs_url=null middleware=(dynamic)
    shop/main.py:12:42 starlette.middleware.sessions.SessionMiddleware secret_key=(secret, set) https_only=true
    shop/main.py:13:1 fastapi.middleware.cors.CORSMiddleware allow_origins=["*"] allow_credentials=true
    shop/main.py:14:10 httpx.Client timeout=3
    shop/main.py:15:11 requests.Session
    shop/main.py:19:5 starlette.responses.JSONResponse.set_cookie 0=cart 1=1 secure=true
    shop/main.py:20:5 httpx.Client.get 0=https://example.com timeout=null
    shop/main.py:21:5 requests.Session.post 0=https://example.com and more
    shop/main.py:22:5 requests.get 0=https://example.com
    shop/main.py:23:5 urllib.request.urlopen 0=https://example.com timeout=5
    shop/main.py:24:10 httpx.Client
    shop/main.py:25:9 httpx.Client.put 0=https://example.com
    shop/main.py:26:12 sqlite3.connect 0=shop.db timeout=30
    "#);
    assert_snapshot!(picture(&snapshot, "starlette."), @r#"
    starlette.cors.allow_credentials (library): true by code
      code true shop/main.py:13:75
    starlette.cors.allow_origins (library): ["*"] by code
      code ["*"] shop/main.py:13:50
    starlette.session.https_only (library): true by code
      code true shop/main.py:12:117
    "#);
    assert_snapshot!(picture(&snapshot, "httpx."), @"
    httpx.timeout (library): 3 by code
      code 3 shop/main.py:14:31
    ");
}
