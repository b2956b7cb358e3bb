//! Every kind of check against real parts, through the binary: nginx with a certificate of its own in front of uvicorn with
//! FastAPI, PostgreSQL and Redis. One register holds, and in another every check is at fault in one way.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]
#![expect(clippy::similar_names, clippy::too_many_lines, reason = "the whole story is one picture")]

use crate::prove::interpreter;
use insta::assert_snapshot;
use serde_json::Value as Json;
use setpoint_testkit::{Background, Sandbox, free_port, postgresql, tool_is_here};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const PACKAGES: &str = "fastapi uvicorn";
const PATIENCE: Duration = Duration::from_mins(2);

/// `/orders` answers bad input with a problem of RFC 9457, `/plain` as FastAPI does by itself, and `/anything` takes it.
const SERVICE: &str = r#"
import os

from fastapi import FastAPI, Request
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

POOL_SIZE = int(os.environ.get("SHOP_POOL_SIZE", "5"))
DATABASE_URL = os.environ["SHOP_DATABASE_URL"]
REDIS_URL = os.environ["SHOP_REDIS_URL"]

app = FastAPI()


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sku: str = Field(max_length=8)
    count: int


@app.exception_handler(RequestValidationError)
async def refuse(request: Request, error: RequestValidationError):
    if request.url.path == "/plain":
        return await request_validation_exception_handler(request, error)
    errors = [{"field": ".".join(map(str, item["loc"])), "expected": item["msg"]} for item in error.errors()]
    problem = {"type": "about:blank", "title": "The request is not valid", "status": 422, "errors": errors}
    return JSONResponse(problem, status_code=422, media_type="application/problem+json")


@app.get("/health")
def health():
    return {"ok": True}


@app.post("/orders")
@app.post("/plain")
def order(order: Order):
    return order


@app.post("/anything")
async def anything(request: Request):
    return len(await request.body())
"#;

const NGINX: &str = r#"
worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 64; }
http {
    access_log access.log;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {
        listen 127.0.0.1:TLS_PORT ssl;
        server_name shop.test;
        ssl_certificate FOLDER/shop.pem;
        ssl_certificate_key FOLDER/shop.key;
        error_page 413 = @too_large;
        location / { proxy_pass http://127.0.0.1:SERVICE_PORT; }
        location @too_large {
            default_type application/problem+json;
            return 413 '{"type":"about:blank","title":"Content Too Large","status":413}';
        }
    }
}
"#;

/// What both registers begin with.
const SITE: &str = "[service]\nname = 'shop'\n\n[environment.ci]\nurl = 'https://127.0.0.1:TLS_PORT'\n";

const RIGHT: &str = r#"
[check.http]
http = "/health"
status = 200
json = { ok = true }
header = { content-type = "application/json" }
certificate_days = 5
within = "5s"

[check.tcp]
tcp = "127.0.0.1:REDIS_PORT"
send = "QUIT\r\n"
answer = { contains = "+OK" }

[check.tls]
tls = "127.0.0.1:TLS_PORT"
server_name = "shop.test"
names = ["shop.test", "www.shop.test"]
days = 5
oldest = "1.2"

[check.process]
process = "redis-server .*:REDIS_PORT"
at_most = 1

[check.port]
port = TLS_PORT
addresses = ["127.0.0.1"]
program = "nginx"

[check.file]
file = "FOLDER/shop.key"
is = "file"
mode = "0600"

[check.command]
command = "echo shop $((40 + 2))"
stdout = "shop 42"

[check.sql]
sql = "select count(*) from pg_database"
database = "SHOP_DATABASE_URL"
at_least = 1

[check.redis]
redis = "SHOP_REDIS_URL"

[check.log]
log = "FOLDER/access.log"
present = "GET /health HTTP/1.1\" 200"
needs = ["http"]
retries = 50
wait = "100ms"

[check.disk]
disk = "FOLDER"
free_at_least = "1MB"

[check.dns]
dns = "localhost"
answers = ["127.0.0.1"]

[check.config]
config = "SHOP_POOL_SIZE"
equals = 5

[check.rejects]
rejects = "/orders"
openapi = "/openapi.json"
timeout = "60s"
"#;

const WRONG: &str = r#"
[check.http]
http = "/health"
status = 204
json = { ok = false, "items[0]" = 1 }
header = { content-type = "text/html" }
certificate_days = 3000

[check.tcp]
tcp = "127.0.0.1:FREE_PORT"

[check.tls]
tls = "127.0.0.1:TLS_PORT"
server_name = "other.test"

[check.tls-days]
tls = "127.0.0.1:TLS_PORT"
server_name = "shop.test"
days = 3000

[check.unit]
unit = "setpoint-is-no.service"
state = "active"

[check.process]
process = "redis-server .*:REDIS_PORT"
at_least = 2

[check.port]
port = TLS_PORT
program = "apache2"

[check.port-free]
port = FREE_PORT

[check.file]
file = "FOLDER/shop.key"
mode = "0644"

[check.file-missing]
file = "FOLDER/is-not-there"

[check.command]
command = "echo 41; exit 3"
stdout = "42"

[check.sql]
sql = "select count(*) from pg_database"
database = "SHOP_DATABASE_URL"
equals = 0

[check.sql-missing]
sql = "select * from orders"
database = "SHOP_DATABASE_URL"
rows = 1

[check.redis]
redis = "SHOP_REDIS_URL"
send = ["DBSIZE"]
at_least = 1

[check.log]
log = "FOLDER/access.log"
absent = "GET /health"

[check.log-needs]
log = "FOLDER/access.log"
present = "GET /health"
needs = ["http"]

[check.disk]
disk = "FOLDER"
free_at_least = "900TB"

[check.dns]
dns = "localhost"
answers = ["192.0.2.1"]

[check.config]
config = "SHOP_POOL_SIZE"
equals = 6

[check.rejects]
rejects = "/plain"
openapi = "/openapi.json"
cases = ["missing-field", "wrong-type", "too-long", "unknown-field", "broken-json", "wrong-content-type"]

[check.rejects-takes-all]
rejects = "/anything"
valid = { sku = "a1", count = 2 }
cases = ["missing-field", "broken-json"]
"#;

#[test]
#[expect(clippy::disallowed_methods, reason = "the test makes certificates and starts real servers")]
fn every_kind_passes_and_fails_for_the_right_reason() {
    if !["openssl", "nginx", "redis-server"].into_iter().all(tool_is_here) {
        return;
    }
    let Some(python) = interpreter(PACKAGES) else { return };
    let parts = tempfile::tempdir().unwrap();
    let folder = parts.path();
    let [tls_port, service_port, redis_port, unused] = [(); 4].map(|()| free_port());
    let Some((_database, database_port)) = postgresql(folder, "hunter2-of-postgresql") else { return };
    let filled = |text: &str| {
        let ports =
            [("TLS_PORT", tls_port), ("SERVICE_PORT", service_port), ("REDIS_PORT", redis_port), ("FREE_PORT", unused)];
        let text = text.replace("FOLDER", &folder.display().to_string());
        ports.iter().fold(text, |text, (name, port)| text.replace(name, &port.to_string()))
    };
    certificates(folder);
    std::fs::write(folder.join("main.py"), SERVICE).unwrap();
    std::fs::write(folder.join("nginx.conf"), filled(NGINX)).unwrap();
    let urls = format!(
        "SHOP_DATABASE_URL=postgresql://shop:hunter2-of-postgresql@127.0.0.1:{database_port}/postgres\n\
         SHOP_REDIS_URL=redis://:hunter2-of-redis@127.0.0.1:{redis_port}/0\n"
    );
    let mut service = Command::new(python);
    service.args(["-m", "uvicorn", "main:app", "--port", &service_port.to_string()]).current_dir(folder);
    service.envs(urls.lines().filter_map(|line| line.split_once('=')));
    let _service = Background::start(&mut service, service_port, PATIENCE);
    let mut redis = Command::new("redis-server");
    redis.args(["--port", &redis_port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    let _redis =
        Background::start(redis.args(["--requirepass", "hunter2-of-redis"]).current_dir(folder), redis_port, PATIENCE);
    let mut nginx = Command::new("nginx");
    nginx.arg("-p").arg(folder).args(["-e", "error.log", "-c", "nginx.conf", "-g", "daemon off; master_process off;"]);
    let _nginx = Background::start(&mut nginx, tls_port, PATIENCE);

    let shop = crate::empty()
        .file("shop/main.py", SERVICE.replace("\napp = ", "\nfrom dotenv import load_dotenv\nload_dotenv()\napp = "))
        .file(".env", urls)
        .file("setpoint.toml", filled(&format!("{SITE}{RIGHT}")))
        .variable("SSL_CERT_FILE", &folder.join("ca.pem").display().to_string())
        .filter(&folder.display().to_string(), "FOLDER")
        .filter(&tls_port.to_string(), "TLS_PORT")
        .filter(&service_port.to_string(), "SERVICE_PORT")
        .filter(&redis_port.to_string(), "REDIS_PORT")
        .filter(&unused.to_string(), "FREE_PORT")
        // Within the first second after it was made.
        .filter("20 more days", "19 more days");
    assert_snapshot!(reasons(&shop, RIGHT), @"
    exit: 0
    http: passed
    tcp: passed
    tls: passed
    process: passed
    port: passed
    file: passed
    command: passed
    sql: passed
    redis: passed
    log: passed
    disk: passed
    dns: passed
    config: passed
    rejects: passed
    ");
    shop.write("setpoint.toml", filled(&format!("{SITE}{WRONG}")));
    assert_snapshot!(reasons(&shop, WRONG), @r#"
    exit: 1
    http: wrong-status: the status is 200; expected 204
    http: wrong-header: the header `content-type` is `application/json`; expected `text/html`
    http: wrong-value: `ok` in the JSON is `true`; expected `false`
    http: missing: the JSON has no `items[0]`; expected `1`
    http: certificate-expired: the certificate is valid for 19 more days; expected 3000 days or more
    tcp: connection-refused: nobody listens at `127.0.0.1:FREE_PORT`; expected a connection
    tls: certificate-for-another-name: the certificate is not for `other.test`; expected a certificate for `other.test` that this machine trusts
    tls-days: certificate-expired: the certificate is valid for 19 more days; expected 3000 days or more
    unit: cannot be looked at, or is not there
    process: too-little: 1 such process runs; expected 2 or more
    port: wrong-value: `nginx` listens; expected the program `apache2`
    port-free: missing: nobody listens there; expected somebody who listens
    file: wrong-rights: its mode is 0600; expected 0644
    file-missing: missing: it does not exist; expected it to exist
    command: wrong-status: it ended with 3; expected 0
    command: wrong-text: standard output is `41`; expected `42`
    sql: wrong-value: the value is `3`; expected `0`
    sql-missing: missing: the database says `relation "orders" does not exist` (42P01); expected an answer
    redis: wrong-value: the answer is `0`; expected 1 or more
    log: unwanted: SOME lines match `GET /health`; expected none that does
    log-needs: skipped, since it needs `http`, which did not pass
    disk: too-little: SOME bytes are free; expected 900000000000000 or more
    dns: wrong-value: the answer is 127.0.0.1; expected `192.0.2.1` among it
    config: wrong-value: it is `5`; expected `6`
    rejects: unexplained: missing-field `sku`: the answer does not say whether a retry makes sense; expected a `Retry-After`, or the members of RFC 9457: `type`, `title`, `status`
    rejects: unexplained: missing-field `count`: the answer does not say whether a retry makes sense; expected a `Retry-After`, or the members of RFC 9457: `type`, `title`, `status`
    rejects: unexplained: wrong-type `count`: the answer does not say whether a retry makes sense; expected a `Retry-After`, or the members of RFC 9457: `type`, `title`, `status`
    rejects: unexplained: wrong-type `sku`: the answer does not say whether a retry makes sense; expected a `Retry-After`, or the members of RFC 9457: `type`, `title`, `status`
    rejects: unexplained: too-long `sku`: the answer does not say whether a retry makes sense; expected a `Retry-After`, or the members of RFC 9457: `type`, `title`, `status`
    rejects: unexplained: unknown-field `setpoint_unknown_field`: the answer does not say whether a retry makes sense; expected a `Retry-After`, or the members of RFC 9457: `type`, `title`, `status`
    rejects: unexplained: broken-json: the answer does not say whether a retry makes sense; expected a `Retry-After`, or the members of RFC 9457: `type`, `title`, `status`
    rejects: unexplained: wrong-content-type: the answer does not say whether a retry makes sense; expected a `Retry-After`, or the members of RFC 9457: `type`, `title`, `status`
    rejects-takes-all: accepted: missing-field: the status is 200; expected 4xx
    rejects-takes-all: accepted: broken-json: the status is 200; expected 4xx
    "#);
    // Without the authority nobody vouches for the certificate.
    let stranger = crate::empty()
        .file("shop/main.py", SERVICE)
        .file("setpoint.toml", filled(&format!("{SITE}{RIGHT}")))
        .filter(&tls_port.to_string(), "TLS_PORT");
    let said = stranger.run("check --environment ci --only http --only tls --format json");
    assert_eq!(said.stdout.matches("\"certificate-untrusted\"").count(), 2, "{said}");
}

/// An authority, and a certificate of it for the server.
#[expect(clippy::disallowed_methods, reason = "the test makes certificates")]
pub(crate) fn certificates(folder: &Path) {
    let openssl = |arguments: &str| {
        let said = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
        assert!(said.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&said.stderr));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 20";
    openssl(&format!("req -x509 {key} -subj /CN=authority -keyout ca.key -out ca.pem"));
    openssl(&format!("req -new {key} -subj /CN=shop.test -keyout shop.key -out shop.csr"));
    std::fs::write(
        folder.join("names"),
        "subjectAltName=DNS:shop.test,DNS:www.shop.test,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n",
    )
    .unwrap();
    openssl("x509 -req -in shop.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 -extfile names -out shop.pem");
}

/// A line for each check: that it passed, or why it did not.
fn reasons(shop: &Sandbox, checks: &str) -> String {
    let names = checks.lines().filter_map(|line| line.strip_prefix("[check.")?.strip_suffix(']'));
    let only: String = names.map(|name| format!(" --only {name}")).collect();
    let said = shop.run(&format!("check --environment ci --format json{only}"));
    assert!(!said.to_string().contains("hunter2"), "a secret is shown: {said}");
    let verdict: Json = serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let mut lines = Vec::new();
    for outcome in verdict["outcomes"].as_array().unwrap() {
        let name = outcome["check"].as_str().unwrap();
        match outcome["conclusion"].as_str().unwrap() {
            "passed" => lines.push(format!("{name}: passed")),
            "skipped" => lines.push(format!("{name}: skipped, since {}", outcome["because"].as_str().unwrap())),
            _ => {
                for failure in outcome["failures"].as_array().unwrap() {
                    let reason = failure["reason"].as_str().unwrap();
                    let message = failure["message"].as_str().unwrap();
                    // Whether this machine has systemd is its own business; the unit is not there in any case.
                    let is_of_machine = name == "unit" && ["tool-missing", "refused", "missing"].contains(&reason);
                    lines.push(if is_of_machine {
                        format!("{name}: cannot be looked at, or is not there")
                    } else {
                        format!("{name}: {reason}: {message}; expected {}", failure["expected"].as_str().unwrap())
                    });
                }
            }
        }
    }
    // How full the disk is and how much is logged by now is nobody's promise.
    let by_chance = regex::Regex::new(r"[0-9]+ bytes|[0-9]+ of [0-9]+ lines").unwrap();
    let lines = lines.join("\n");
    let lines = by_chance.replace_all(
        &lines,
        |found: &regex::Captures<'_>| if found[0].ends_with("bytes") { "SOME bytes" } else { "SOME lines" },
    );
    format!("exit: {}\n{lines}", said.code.unwrap())
}
