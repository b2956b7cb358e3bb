//! Routes of health, and what a request of one runs.

use super::{folder, read};
use crate::python::LibraryCalls;
use insta::assert_snapshot;
use setpoint_host::LiveHost;
use setpoint_model::{HealthRoute, ProcessState};

/// The routes of `main.py` and what it imports: a line for each, with the lines that a request runs.
fn routes(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let web = ProcessState { name: "web".to_owned(), app: Some("main:app".to_owned()), ..ProcessState::default() };
    let code = read(&LiveHost, folder.path(), &[web], LibraryCalls::All);
    code.health_routes.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line(route: &HealthRoute) -> String {
    let flags = [(route.is_constant, "constant"), (route.may_fail, "may fail"), (!route.guarded.is_empty(), "guarded")];
    let flags: String = flags.iter().filter(|(is, _)| *is).map(|(_, flag)| format!(", {flag}")).collect();
    let runs: Vec<String> = route.runs.iter().map(|place| format!("{}:{}", place.file, place.line)).collect();
    let runs = if runs.is_empty() { "something".to_owned() } else { runs.join(" ") };
    format!("{}:{} {} runs {runs}{flags}", route.place.file, route.place.line, route.path)
}

/// What is known of a handler with this body, with these lines above the route.
fn handler(above: &str, parameters: &str, body: &str) -> String {
    let body = body.replace('\n', "\n    ");
    let text = format!(
        "import fastapi\n{above}\napp = fastapi.FastAPI()\n@app.get('/health')\nasync def health({parameters}):\n    {body}\n"
    );
    routes(&[("main.py", &text)])
}

#[test]
fn routes_of_each_framework() {
    assert_snapshot!(routes(&[
        ("main.py", "
from fastapi import FastAPI
import parts, plain, old
def create():
    app = FastAPI()
    @app.get('/healthz')
    @app.get('/ready')
    def well():
        return 'ok'
    app.include_router(parts.router)
    app.mount('/health/metrics', plain.app)
    return app
app = create()
"),
        ("parts.py", "
import fastapi
class Router(fastapi.APIRouter):
    pass
router = Router(prefix='/health')
users = fastapi.APIRouter(prefix='/users')
@router.get('/live')
def live():
    return {}
@users.get('/health')
def of_users():
    return {}
@unknown.get('/health')
def unknown():
    return {}
def queue():
    return {}
router.add_api_route('/queue', queue)
router.add_api_route('/health/queue', endpoint=queue)
"),
        ("plain.py", "
from starlette.applications import Starlette
from starlette.routing import Route
async def health(request):
    return 'ok'
app = Starlette(routes=[Route('/health', health), Route('/ready', health)])
"),
        ("old.py", "
from flask import Flask, Blueprint
import requests
app = Flask(__name__)
part = Blueprint('health', __name__, url_prefix='/api/v1')
@app.route('/status')
def status():
    return 'ok', 200
@part.route('/health')
def health():
    return 'ok'
def ping():
    return 'pong'
app.add_url_rule('/ping', 'ping', ping)
requests.get('/health')
"),
    ]), @"
    main.py:5 /healthz runs main.py:8, constant
    main.py:6 /ready runs main.py:8, constant
    main.py:10 /health/metrics runs something
    old.py:5 /status runs old.py:7, constant
    old.py:8 /api/v1/health runs old.py:10, constant
    old.py:13 /ping runs old.py:12, constant
    parts.py:6 /health/live runs parts.py:8, constant
    parts.py:9 /users/health runs something
    parts.py:12 /health runs something
    parts.py:18 /health/health/queue runs parts.py:16, constant
    plain.py:5 /health runs plain.py:4, constant
    plain.py:5 /ready runs something
    ");
}

#[test]
fn handlers_that_ask_nobody() {
    let constant = [
        ("", "", "return {'ok': True}"),
        ("", "", "\"\"\"Up.\"\"\"\nreturn fastapi.Response('ok', 200)"),
        (
            "import time\nSTART = time.time()",
            "",
            "up = time.time() - START\nreturn {'up': round(up, 1), 'now': str(up)}",
        ),
        (
            "VERSION = '1.2'",
            "request: fastapi.Request, verbose: bool = False",
            "host = request.headers.get('host')\nreturn f'{VERSION} {host}'",
        ),
        (
            "import logging\nlog = logging.getLogger(__name__)",
            "",
            "log.debug('asked')\nreturn {'version': app.version}",
        ),
        ("from datetime import datetime, timezone", "", "return datetime.now(timezone.utc).isoformat()"),
        ("import pydantic\nclass Answer(pydantic.BaseModel):\n    ok: bool", "", "return Answer(ok=True)"),
        ("def version():\n    return '1'", "", "return {'version': version()}"),
        (
            "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    version: str = '1'\nsettings = Settings()",
            "",
            "return settings.version",
        ),
    ];
    let lines = constant.map(|(above, parameters, body)| handler(above, parameters, body));
    assert_snapshot!(lines.join("\n"), @"
    main.py:4 /health runs main.py:6, constant
    main.py:4 /health runs main.py:6, constant
    main.py:5 /health runs main.py:7, constant
    main.py:4 /health runs main.py:6, constant
    main.py:5 /health runs main.py:7, constant
    main.py:4 /health runs main.py:6, constant
    main.py:6 /health runs main.py:8, constant
    main.py:5 /health runs main.py:7 main.py:3, constant
    main.py:7 /health runs main.py:9, constant
    ");
}

#[test]
fn handlers_that_may_ask_somebody() {
    let asking = [
        ("from database import session", "", "session.execute('SELECT 1')"),
        ("from database import open_session", "", "with open_session() as session:\n    session.execute('SELECT 1')"),
        ("ready = False", "", "return {'ok': ready}"),
        ("READY = {'ok': False}", "", "return READY"),
        ("", "db = fastapi.Depends(get)", "return 1"),
        ("", "db: Session", "return 1"),
        ("", "request: fastapi.Request", "await request.app.state.db.ping()"),
        ("", "request: fastapi.Request", "return request.app.state.ready"),
        ("import os", "", "return os.path.exists('/run/shop.ready')"),
        ("", "", "return await check()"),
        ("import redis\ncache = redis.Redis()", "", "return cache.ping()"),
        ("import functools\n@functools.cache\ndef version():\n    return '1'", "", "return version()"),
        (
            "class Checks:\n    def run(self):\n        return self.engine.connect()\nchecks = Checks()",
            "",
            "return checks.run()",
        ),
        ("", "", "def answer():\n    return 1\nreturn answer()"),
        ("", "", "global state\nreturn 1"),
    ];
    let lines = asking.map(|(above, parameters, body)| handler(above, parameters, body));
    assert_snapshot!(lines.join("\n"), @"
    main.py:4 /health runs main.py:6
    main.py:4 /health runs main.py:6
    main.py:4 /health runs main.py:6
    main.py:4 /health runs main.py:6
    main.py:4 /health runs main.py:6
    main.py:4 /health runs main.py:6
    main.py:4 /health runs main.py:6
    main.py:4 /health runs main.py:6
    main.py:4 /health runs main.py:6
    main.py:4 /health runs main.py:6
    main.py:5 /health runs main.py:7
    main.py:7 /health runs main.py:9 main.py:5
    main.py:7 /health runs main.py:9 main.py:4
    main.py:4 /health runs main.py:6 main.py:7
    main.py:4 /health runs main.py:6
    ");
}

#[test]
fn what_runs_before_a_handler_may_ask_somebody() {
    let app = |around: &str| {
        routes(&[(
            "main.py",
            &format!(
                "
import fastapi, time
from database import session
app = fastapi.FastAPI()
router = fastapi.APIRouter()
@router.get('/health')
def health():
    return 'ok'
{around}
"
            ),
        )])
    };
    let around = [
        "app.include_router(router)",
        "app.include_router(router, prefix='/api')",
        "app.include_router(router, prefix='/partners')",
        "from starlette.middleware.gzip import GZipMiddleware\napp.add_middleware(GZipMiddleware)",
        "app.include_router(router, dependencies=[fastapi.Depends(session)])",
        "other = fastapi.APIRouter()\napp.include_router(other, dependencies=[fastapi.Depends(session)])",
        "@app.middleware('http')\nasync def timed(request, call_next):\n    start = time.time()\n    answer = await call_next(request)\n    answer.headers['x-time'] = str(time.time() - start)\n    return answer",
        "@app.middleware('http')\nasync def with_session(request, call_next):\n    request.state.session = session()\n    return await call_next(request)",
        "async def with_session(request, call_next):\n    request.state.session = session()\n    return await call_next(request)\napp.middleware('http')(with_session)",
        "class Own:\n    def __init__(self, app):\n        self.app = app\n    async def __call__(self, *given):\n        await self.app(*given)\napp.add_middleware(Own)",
    ];
    assert_snapshot!(around.map(app).join("\n"), @"
    main.py:5 /health runs main.py:7, constant
    main.py:5 /health runs main.py:7, constant
    main.py:5 /health runs something
    main.py:5 /health runs main.py:7, constant
    main.py:5 /health runs main.py:7
    main.py:5 /health runs main.py:7, constant
    main.py:5 /health runs main.py:7, constant
    main.py:5 /health runs main.py:7
    main.py:5 /health runs main.py:7
    main.py:5 /health runs main.py:7
    ");
}

#[test]
fn what_a_request_runs_and_whether_it_may_fail() {
    assert_snapshot!(routes(&[
        ("main.py", "
import fastapi, httpx
from checks import Checks, ask_bank
app = fastapi.FastAPI()
checks = Checks()
@app.get('/health')
async def health():
    await ask_bank()
    if not checks.database():
        raise fastapi.HTTPException(503)
    return 'ok'
@app.get('/health/bank')
async def bank():
    try:
        httpx.get('https://bank.example')
    except httpx.HTTPError:
        return {'bank': False}
    return {'bank': True}
"),
        ("checks.py", "
import httpx
async def ask_bank():
    await ask('https://bank.example')
async def ask(url):
    return await once_more(url)
async def once_more(url):
    return await and_again(url)
async def and_again(url):
    return await httpx.AsyncClient().get(url)
class Checks:
    def database(self):
        return True
"),
    ]), @"
    main.py:5 /health runs main.py:7 checks.py:3 checks.py:5 checks.py:12, may fail
    main.py:11 /health/bank runs main.py:13, guarded
    ");
}
