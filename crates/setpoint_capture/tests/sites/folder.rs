//! A repository as people have it on a laptop: several ways to deploy it, files of other environments, and bad input.

use crate::support::{folder, picture, problems, processes};
use insta::assert_snapshot;
use setpoint_capture::{Request, capture};
use setpoint_host::LiveHost;
use setpoint_model::Snapshot;
use std::path::Path;

fn look(root: &Path, environment: Option<&str>) -> Snapshot {
    let environment = environment.map(str::to_owned);
    capture(&LiveHost, &Request { root: Some(root.to_owned()), environment, ..Request::default() }).unwrap().snapshot
}

const CODE: (&str, &[u8]) = (
    "shop/settings.py",
    b"import os\n\nPORT = os.environ.get(\"SHOP_PORT\", \"8000\")\nDATABASE = os.environ[\"SHOP_DATABASE\"]\n",
);

/// Without it nothing reads a `.env`.
const LOADS: (&str, &[u8]) = ("shop/__init__.py", b"from dotenv import load_dotenv\n\nload_dotenv()\n");

#[test]
fn every_way_to_start_it_is_a_process_of_its_own() {
    let folder = folder(&[
        CODE,
        LOADS,
        (".env", b"SHOP_PORT=8001\n"),
        ("Procfile", b"web: gunicorn shop.main:app --workers 2\nworker: python -m shop.worker\n"),
        ("Dockerfile", b"FROM python:3.12\nENV SHOP_PORT=80\nCMD [\"uvicorn\", \"shop.main:app\", \"--port\", \"80\"]\n"),
        ("compose.yaml", b"services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_DB: shop\n"),
        ("deploy/shop.service", b"[Service]\nWorkingDirectory=/srv/shop\nEnvironmentFile=/etc/shop/shop.env\nExecStart=/srv/shop/venv/bin/gunicorn -c deploy/gunicorn.conf.py shop.main:app\n"),
        ("deploy/shop.env", b"SHOP_PORT=9000\nWEB_CONCURRENCY=4\n"),
        ("deploy/gunicorn.conf.py", b"workers = 3\n"),
    ]);
    let snapshot = look(folder.path(), None);
    assert_snapshot!(processes(&snapshot), @r#"
    shop.service: gunicorn shop.main:app by -, not running, not seen, []
    web: gunicorn shop.main:app by -, not running, not seen, []
    worker: python shop.worker by python, not running, not seen, []
    db: postgres - by -, not running, not seen, []
    Dockerfile: uvicorn shop.main:app by -, not running, not seen, ["127.0.0.1:80"]
    "#);
    assert_snapshot!(picture(&snapshot, ""), @"
    POSTGRES_DB (unit-environment): shop by unit-environment
      unit-environment shop compose.yaml:5:20 [db]
    SHOP_DATABASE (environ): nothing
      code (not set) shop/settings.py:4:12
    SHOP_PORT (environ): 9000 by environment-file
      in shop.service: 9000 by environment-file
      in web: 8001 by dotenv
      in Dockerfile: 80 by image
      in worker: 8001 by dotenv
      code 8000 shop/settings.py:3:36
      dotenv 8001 .env:1:11
      image 80 Dockerfile:2:15 [Dockerfile]
      environment-file 9000 deploy/shop.env:1:11 [shop.service]
    container.image (container): postgres by unit
      unit postgres compose.yaml:3:12 [db]
    container.memory (container): unlimited by library
      library unlimited https://docs.docker.com/engine/containers/resource_constraints/#memory [db]
    container.restart (container): no by library
      library no https://docs.docker.com/reference/compose-file/services/#restart [db]
    container.stop-timeout (container): 10 by library
      library 10 https://docs.docker.com/reference/compose-file/services/#stop_grace_period [db]
    gunicorn.config (gunicorn): deploy/gunicorn.conf.py by command-line
      command-line deploy/gunicorn.conf.py deploy/shop.service:4:42 [shop.service]
    gunicorn.workers (gunicorn): 3 by configuration-file
      in shop.service: 3 by configuration-file
      in web: 2 by command-line
      environment-file 4 deploy/shop.env:2:17 [shop.service]
      configuration-file 3 deploy/gunicorn.conf.py:1:11 [shop.service]
      command-line 2 Procfile:1:39 [web]
    systemd.ExecStart (systemd): /srv/shop/venv/bin/gunicorn -c deploy/gunicorn.conf.py shop.main:app by unit
      unit /srv/shop/venv/bin/gunicorn -c deploy/gunicorn.conf.py shop.main:app deploy/shop.service:4:11 [shop.service]
    systemd.LimitNOFILE (systemd): 1024:524288 by library
      library 1024:524288 https://www.freedesktop.org/software/systemd/man/latest/systemd-system.conf.html#DefaultLimitCPU= [shop.service]
    systemd.MemoryMax (systemd): infinity by library
      library infinity https://www.freedesktop.org/software/systemd/man/latest/systemd.resource-control.html#MemoryMax=bytes [shop.service]
    systemd.Restart (systemd): no by library
      library no https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Restart= [shop.service]
    systemd.RestartSec (systemd): 100ms by library
      library 100ms https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#RestartSec= [shop.service]
    systemd.StartLimitBurst (systemd): 5 by library
      library 5 https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html#StartLimitIntervalSec=interval [shop.service]
    systemd.StartLimitIntervalSec (systemd): 10s by library
      library 10s https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html#StartLimitIntervalSec=interval [shop.service]
    systemd.TimeoutStopSec (systemd): 90s by library
      library 90s https://www.freedesktop.org/software/systemd/man/latest/systemd-system.conf.html#DefaultTimeoutStartSec= [shop.service]
    systemd.WorkingDirectory (systemd): /srv/shop by unit
      unit /srv/shop deploy/shop.service:2:18 [shop.service]
    uvicorn.port (uvicorn): 80 by command-line
      command-line 80 Dockerfile:3:44 [Dockerfile]
    ");
}

/// An image that a service builds is the service. A database has what is set for it, and no default of the code.
#[test]
fn a_compose_file_with_the_image_that_it_builds() {
    let compose = "services:
  web:
    build: .
    environment: {SHOP_MODE: web}
    ports: ['127.0.0.1:8001:80']
  db:
    image: postgres:16
    command: -c max_connections=20
  cache: {image: redis}
";
    let image = "FROM python:3.12\nENV SHOP_MODE=image SHOP_PORT=80\nCMD uvicorn shop.main:app --port $SHOP_PORT\n";
    let code =
        "import os\nMODE = os.environ.get('SHOP_MODE', 'code')\nPORT = int(os.environ.get('SHOP_PORT', '8000'))\n";
    let site = folder(&[
        ("compose.yaml", compose),
        ("Dockerfile", image),
        ("other/Dockerfile", "FROM python\nCMD [\"celery\", \"-A\", \"shop\", \"worker\"]\n"),
        ("shop/main.py", code),
    ]);
    let snapshot = look(site.path(), None);
    assert_snapshot!(processes(&snapshot) + &picture(&snapshot, "SHOP_"), @r#"
    web: uvicorn shop.main:app by -, not running, not seen, ["127.0.0.1:8001"]
    db: postgres - by -, not running, not seen, []
    cache: redis-server - by -, not running, not seen, []
    other/Dockerfile: celery shop by -, not running, not seen, []
    SHOP_MODE (environ): web by unit-environment
      in web: web by unit-environment
      in other/Dockerfile: code by code
      code code shop/main.py:2:36
      image image Dockerfile:2:15 [web]
      unit-environment web compose.yaml:4:30 [web]
    SHOP_PORT (environ): 80 by image
      in web: 80 by image
      in other/Dockerfile: 8000 by code
      code 8000 shop/main.py:3:40
      image 80 Dockerfile:2:31 [web]
    "#);
    let of_others = picture(&snapshot, "container.restart") + &picture(&snapshot, "postgresql.max_");
    assert_snapshot!(of_others + &picture(&snapshot, "uvicorn.port"), @"
    container.restart (container): no by library
      library no https://docs.docker.com/reference/compose-file/services/#restart [cache]
      library no https://docs.docker.com/reference/compose-file/services/#restart [db]
      library no https://docs.docker.com/reference/compose-file/services/#restart [web]
    postgresql.max_connections (postgresql): 20 by command-line
      library 100 https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS [db]
      command-line 20 compose.yaml:8:33 [db]
    uvicorn.port (uvicorn): 80 by command-line
      command-line 80 Dockerfile:3:34 [web]
    ");
}

#[test]
fn files_of_another_environment_are_left_out() {
    let folder = folder(&[
        CODE,
        LOADS,
        ("shop/stage.py", b"import os\nfrom dotenv import load_dotenv\n\nload_dotenv(f'.env.{os.uname().nodename}')\n"),
        (".env", b"SHOP_PORT=1\n"),
        (".env.example", b"SHOP_PORT=2\n"),
        (".env.production", b"SHOP_PORT=3\n"),
        (".env.staging", b"SHOP_PORT=4\n"),
    ]);
    assert_snapshot!(picture(&look(folder.path(), None), "SHOP_PORT"), @"
    SHOP_PORT (environ): 3 by dotenv
      code 8000 shop/settings.py:3:36
      dotenv 1 .env:1:11
      dotenv 3 .env.production:1:11
    ");
    assert_snapshot!(picture(&look(folder.path(), Some("staging")), "SHOP_PORT"), @"
    SHOP_PORT (environ): 4 by dotenv
      code 8000 shop/settings.py:3:36
      dotenv 1 .env:1:11
      dotenv 4 .env.staging:1:11
    ");
}

#[test]
fn bad_input_costs_only_what_is_bad() {
    let folder = folder(&[
        CODE,
        LOADS,
        (".env", b"SHOP_DATABASE=sqlite:///shop.db\n"),
        (
            "deploy/shop.service",
            b"[Service\nExecStart=\"/srv/shop\nEnvironment=\xff\n[Service]\nEnvironmentFile=/etc/shop/shop.env\n",
        ),
        ("deploy/nginx/shop.conf", b"server {\n  location / { proxy_pass http://127.0.0.1:8000;\n"),
        ("compose.yaml", b"services: [\n  - {\n"),
        ("shop/junk.py", b"\x00\xffimport os\nos.environ[\xc3\n"),
    ]);
    std::fs::File::create(folder.path().join("deploy/shop.env")).unwrap().set_len(200 << 20).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("deploy/loop")).unwrap();
    let snapshot = look(folder.path(), None);
    assert_snapshot!(picture(&snapshot, "SHOP_"), @"
    SHOP_DATABASE (environ): sqlite:///shop.db by dotenv
      code (not set) shop/settings.py:4:12
      dotenv sqlite:///shop.db .env:1:15
    SHOP_PORT (environ): 8000 by code
      code 8000 shop/settings.py:3:36
    ");
    let said = problems(&snapshot);
    for file in ["shop.service", "shop.conf", "compose.yaml", "junk.py", "deploy/shop.env"] {
        assert!(said.contains(file), "nothing is said of {file}: {said}");
    }
    assert!(snapshot.problems.iter().all(|problem| problem.place.is_some() && !problem.expected.is_empty()));
}

/// Where nginx passes requests that nobody takes, for this unit's command and the places of nginx's requests.
fn unanswered(command: &str, passes: &[&str], more: &[(&str, &[u8])]) -> String {
    let unit = format!("[Service]\nExecStart=/srv/shop/.venv/bin/{command}\n");
    let locations: String = passes.iter().map(|to| format!("location /{} {{ {to}; }}\n", to.len())).collect();
    let server = format!("server {{\nlisten 80;\n{locations}}}\n");
    let mut files: Vec<(&str, &[u8])> =
        vec![CODE, ("deploy/shop.service", unit.as_bytes()), ("deploy/nginx/shop.conf", server.as_bytes())];
    files.extend(more);
    let snapshot = look(folder(&files).path(), None);
    snapshot.site.unanswered.iter().map(|one| format!("{} at {}\n", one.address, one.place)).collect()
}

#[test]
fn a_proxy_and_a_service_that_do_not_meet() {
    let uvicorn = "uvicorn shop.main:app --port 8001";
    assert_snapshot!(unanswered(uvicorn, &["proxy_pass http://127.0.0.1:8000"], &[]), @"127.0.0.1:8000 at deploy/nginx/shop.conf:3:27");
    assert_snapshot!(unanswered("gunicorn --bind unix:/run/a.sock shop.wsgi", &["proxy_pass http://unix:/run/b.sock"], &[]), @"unix:/run/b.sock at deploy/nginx/shop.conf:3:27");
    for (command, passes, more) in [
        (uvicorn, &["proxy_pass http://localhost:8001"] as &[&str], &[] as &[(&str, &[u8])]),
        // Another service of the machine, beside the way that leads here.
        (uvicorn, &["proxy_pass http://127.0.0.1:3000", "proxy_pass http://127.0.0.1:8001/"], &[]),
        (uvicorn, &["proxy_pass http://shop.internal:8000"], &[]),
        (uvicorn, &["proxy_pass http://127.0.0.1:8000", "proxy_pass http://$somewhere"], &[]),
        (uvicorn, &["proxy_pass http://127.0.0.1:8000; include /etc/nginx/more.conf"], &[]),
        ("uvicorn shop.main:app --port ${PORT}", &["proxy_pass http://127.0.0.1:8000"], &[]),
        ("uvicorn shop.main:app", &["proxy_pass http://127.0.0.1:8000"], &[]),
        ("python -m shop.main", &["proxy_pass http://127.0.0.1:8000"], &[]),
        (uvicorn, &["proxy_pass http://127.0.0.1:8000"], &[("deploy/shop.socket", b"[Socket]\nListenStream=8000\n")]),
        (uvicorn, &["proxy_pass http://127.0.0.1:8000"], &[("Procfile", b"web: uvicorn shop.main:app\n")]),
    ] {
        assert_eq!(unanswered(command, passes, more), "", "{command} {passes:?}");
    }
}

#[test]
fn the_same_tree_gives_the_same_bytes() {
    let files = [
        CODE,
        (".env", b"SHOP_PORT=1\nSHOP_SECRET_KEY=hunter2hunter2\n" as &[u8]),
        ("Procfile", b"web: uvicorn shop.main:app\n"),
    ];
    let json = |root: &Path| {
        let mut snapshot = look(root, None);
        snapshot.site.root.clear();
        snapshot.site.readable_by_all.clear();
        serde_json::to_string(&snapshot).unwrap()
    };
    let (one, two) = (folder(&files), folder(&files));
    assert_eq!(json(one.path()), json(two.path()));
    assert!(!json(one.path()).contains("hunter2"));
}

/// A small service that reads `SHOP_PORT` and has a `.env`, with these files beside: where its value comes from, the
/// files that set something, and those that nobody reads.
fn who_reads(files: &[(&str, &[u8])]) -> String {
    let code: (&str, &[u8]) = ("shop/app.py", b"import os\n\nPORT = os.environ.get(\"SHOP_PORT\", \"8000\")\n");
    let folder = folder(&[&[code, (".env", b"SHOP_PORT=9000\nSHOP_KEY=hunter2-of-the-env-file\n")], files].concat());
    let snapshot = look(folder.path(), None);
    let unread = snapshot.site.unread_files.iter();
    let unread = unread.map(|unread| format!("nothing reads {}: {}\n", unread.file, unread.variables.join(" ")));
    picture(&snapshot, "SHOP_PORT") + &unread.collect::<String>() + &problems(&snapshot)
}

#[test]
fn a_file_that_nothing_reads_sets_nothing() {
    assert_snapshot!(who_reads(&[]), @r"
    SHOP_PORT (environ): 8000 by code
      code 8000 shop/app.py:3:36
    nothing reads .env: SHOP_KEY SHOP_PORT
    ");
}

#[test]
fn the_code_reads_it() {
    assert_snapshot!(who_reads(&[("shop/load.py", b"from dotenv import load_dotenv\nload_dotenv()\n")]), @r"
    SHOP_PORT (environ): 9000 by dotenv
      code 8000 shop/app.py:3:36
      dotenv 9000 .env:1:11
    ");
}

#[test]
fn a_unit_names_it() {
    let unit = b"[Service]\nEnvironmentFile=/srv/shop/.env\nExecStart=/srv/shop/.venv/bin/uvicorn shop.app:app\n";
    assert_snapshot!(who_reads(&[("deploy/shop.service", unit)]), @r"
    SHOP_PORT (environ): 9000 by environment-file
      code 8000 shop/app.py:3:36
      environment-file 9000 .env:1:11 [shop.service]
    ");
}

#[test]
fn uvicorn_is_told_to_load_it() {
    let unit =
        b"[Service]\nWorkingDirectory=/srv/shop\nExecStart=/srv/shop/.venv/bin/uvicorn shop.app:app --env-file .env\n";
    assert_snapshot!(who_reads(&[("deploy/shop.service", unit)]), @r"
    SHOP_PORT (environ): 9000 by dotenv
      code 8000 shop/app.py:3:36
      dotenv 9000 .env:1:11 [shop.service]
    ");
    let of_variable = b"[Service]\nEnvironment=UVICORN_ENV_FILE=/srv/shop/.env SHOP_PORT=80\nExecStart=/srv/shop/.venv/bin/uvicorn shop.app:app\n";
    assert_snapshot!(who_reads(&[("deploy/shop.service", of_variable)]), @r"
    SHOP_PORT (environ): 80 by unit-environment
      code 8000 shop/app.py:3:36
      dotenv 9000 .env:1:11 [shop.service]
      unit-environment 80 deploy/shop.service:2:55 [shop.service]
    ");
}

#[test]
fn flask_loads_it_where_python_dotenv_is_installed() {
    let procfile: (&str, &[u8]) = ("Procfile", b"web: flask --app shop.app run\n");
    let flaskenv: (&str, &[u8]) = (".flaskenv", b"SHOP_PORT=5000\n");
    let requirements: (&str, &[u8]) = ("requirements.txt", b"flask\npython-dotenv\n");
    assert_snapshot!(who_reads(&[procfile, flaskenv, requirements]), @r"
    SHOP_PORT (environ): 9000 by dotenv
      code 8000 shop/app.py:3:36
      dotenv 5000 .flaskenv:1:11 [web]
      dotenv 9000 .env:1:11 [web]
    ");
    assert_snapshot!(who_reads(&[procfile, flaskenv]), @r"
    SHOP_PORT (environ): 8000 by code
      code 8000 shop/app.py:3:36
    nothing reads .env: SHOP_KEY SHOP_PORT
    nothing reads .flaskenv: SHOP_PORT
    ");
    let skipped: (&str, &[u8]) = ("Procfile", b"web: FLASK_SKIP_DOTENV=1 flask --app shop.app run\n");
    assert_snapshot!(who_reads(&[skipped, requirements]), @r"
    SHOP_PORT (environ): 8000 by code
      code 8000 shop/app.py:3:36
    nothing reads .env: SHOP_KEY SHOP_PORT
    ");
}

#[test]
fn compose_reads_it_for_itself_alone() {
    let compose = b"services:\n  web:\n    build: .\n    command: uvicorn shop.app:app --port ${SHOP_PORT}\n";
    assert_snapshot!(who_reads(&[("compose.yaml", compose)]), @"
    SHOP_PORT (environ): 8000 by code
      code 8000 shop/app.py:3:36
    there is no `Dockerfile` to build it of (compose.yaml:3:12); expected a Dockerfile; retry: safe once this is mended; nothing was changed
    ");
    let given = b"services:\n  web:\n    build: .\n    env_file: .env\n    command: uvicorn shop.app:app\n";
    assert_snapshot!(who_reads(&[("compose.yaml", given)]), @"
    SHOP_PORT (environ): 9000 by unit-environment
      code 8000 shop/app.py:3:36
      unit-environment 9000 .env:1:11 [web]
    there is no `Dockerfile` to build it of (compose.yaml:3:12); expected a Dockerfile; retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn gunicorn_binds_to_the_port_that_a_variable_names() {
    let bound = |unit: &str| {
        let folder = folder(&[CODE, ("deploy/shop.service", unit.as_bytes())]);
        let snapshot = look(folder.path(), None);
        processes(&snapshot) + &picture(&snapshot, "gunicorn.bind")
    };
    let start = "ExecStart=/srv/shop/.venv/bin/gunicorn shop.app:app";
    assert_snapshot!(bound(&format!("[Service]\nEnvironment=PORT=9001\n{start}\n")), @r#"
    shop.service: gunicorn shop.app:app by -, not running, not seen, ["0.0.0.0:9001"]
    gunicorn.bind (gunicorn): 0.0.0.0:9001 by unit-environment
      unit-environment 0.0.0.0:9001 deploy/shop.service:2:18 [shop.service]
    "#);
    assert_snapshot!(bound(&format!("[Service]\nEnvironment=PORT=9001\n{start} -b 127.0.0.1:8000\n")), @r#"
    shop.service: gunicorn shop.app:app by -, not running, not seen, ["127.0.0.1:8000"]
    gunicorn.bind (gunicorn): 127.0.0.1:8000 by command-line
      unit-environment 0.0.0.0:9001 deploy/shop.service:2:18 [shop.service]
      command-line 127.0.0.1:8000 deploy/shop.service:3:56 [shop.service]
    "#);
}

/// What the options of a service's own commands are, as its unit starts it.
fn own_options(exec_start: &str, files: &[(&str, &[u8])]) -> String {
    let unit = format!("[Service]\nWorkingDirectory=/srv/shop\nExecStart={exec_start}\n");
    let web = b"[Service]\nExecStart=/srv/shop/.venv/bin/gunicorn shop.app:app --timeout 5\n";
    let site: [(&str, &[u8]); 2] = [("deploy/worker.service", unit.as_bytes()), ("deploy/shop.service", web)];
    let folder = folder(&[&site, files].concat());
    let snapshot = look(folder.path(), None);
    picture(&snapshot, "--") + &problems(&snapshot)
}

const WORKER: (&str, &[u8]) = (
    "src/shop/worker.py",
    br#"
import click
@click.command()
@click.option("--batch", "-b", default=10)
@click.option("--drain/--no-drain", default=False)
@click.option("--queue", multiple=True)
@click.option("-v", "--verbose", count=True)
def main(**options): pass
"#,
);
const SCRIPTS: (&str, &[u8]) = ("pyproject.toml", b"[project.scripts]\nshop-worker = \"shop.worker:main\"\n");

#[test]
fn options_of_a_console_script() {
    let started = "/srv/shop/.venv/bin/shop-worker -b 50 --no-drain --queue mail --queue sms -v --other 3";
    assert_snapshot!(own_options(started, &[WORKER, SCRIPTS]), @r#"
    --batch (click): 50 by command-line
      code 10 src/shop/worker.py:4:40
      command-line 50 deploy/worker.service:3:46 [worker.service]
    --drain (click): false by command-line
      code false src/shop/worker.py:5:45
      command-line false deploy/worker.service:3:49 [worker.service]
    --queue (click): ["mail","sms"] by command-line
      code (not set) src/shop/worker.py:6:2
      command-line ["mail","sms"] deploy/worker.service:3:68 [worker.service]
    --verbose (click): 0 by code
      code 0 src/shop/worker.py:7:2
    "#);
    let setup: (&str, &[u8]) =
        ("setup.cfg", b"[options.entry_points]\nconsole_scripts =\n    shop-worker = shop.worker:main\n");
    assert_snapshot!(own_options("/srv/shop/.venv/bin/shop-worker --batch=$BATCH --drain", &[WORKER, setup]), @"
    --batch (click): (dynamic) by command-line
      code 10 src/shop/worker.py:4:40
      command-line (dynamic) deploy/worker.service:3:51 [worker.service]
    --drain (click): true by command-line
      code false src/shop/worker.py:5:45
      command-line true deploy/worker.service:3:58 [worker.service]
    --queue (click): nothing
      code (not set) src/shop/worker.py:6:2
    --verbose (click): 0 by code
      code 0 src/shop/worker.py:7:2
    ");
    // Nothing says what that script runs.
    assert_snapshot!(own_options("/usr/bin/other --batch 50", &[WORKER, SCRIPTS]), @"
    --batch (click): 10 by code
      code 10 src/shop/worker.py:4:40
    --drain (click): false by code
      code false src/shop/worker.py:5:45
    --queue (click): nothing
      code (not set) src/shop/worker.py:6:2
    --verbose (click): 0 by code
      code 0 src/shop/worker.py:7:2
    ");
}

#[test]
fn options_of_a_module_and_of_a_script() {
    let options = b"import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--batch', '-b', type=int, default=10)\nparser.add_argument('--no-cache', action='store_false', dest='cache')\nparser.add_argument('--pair', nargs=2)\n";
    let module: (&str, &[u8]) = ("src/shop/worker.py", options);
    let elsewhere: (&str, &[u8]) = (
        "src/shop/export.py",
        b"import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--batch', default=1)\n",
    );
    let started = "/srv/shop/.venv/bin/python -m shop.worker -b50 --no-cache --pair 1 2";
    assert_snapshot!(own_options(started, &[module, elsewhere]), @"
    --batch (argparse): 50 by command-line
      code 10 src/shop/worker.py:3:56
      code 1 src/shop/export.py:3:40
      command-line 50 deploy/worker.service:3:55 [worker.service]
    --no-cache (argparse): false by command-line
      code true src/shop/worker.py:4:1
      command-line false deploy/worker.service:3:58 [worker.service]
    --pair (argparse): nothing
      code (not set) src/shop/worker.py:5:1
    ");
    let script: (&str, &[u8]) = ("bin/worker.py", options);
    assert_snapshot!(own_options("/usr/bin/python3 /srv/shop/bin/worker.py --batch=50", &[script]), @"
    --batch (argparse): 50 by command-line
      code 10 bin/worker.py:3:56
      command-line 50 deploy/worker.service:3:60 [worker.service]
    --no-cache (argparse): true by code
      code true bin/worker.py:4:1
    --pair (argparse): nothing
      code (not set) bin/worker.py:5:1
    ");
    // The module's parser is made elsewhere in its package.
    let entry: (&str, &[u8]) = ("src/shop/worker.py", b"from shop import export\n");
    assert_snapshot!(own_options("/usr/bin/python3 -m shop.worker --batch 50", &[entry, elsewhere]), @"
    --batch (argparse): 50 by command-line
      code 1 src/shop/export.py:3:40
      command-line 50 deploy/worker.service:3:51 [worker.service]
    ");
}

#[test]
fn options_of_subcommands() {
    let cli: (&str, &[u8]) = (
        "shop/cli.py",
        br"
import typer
app = typer.Typer()
@app.command()
def import_prices(batch: int = 10, dry: bool = False): pass
@app.command()
def export(batch: int = 20): pass
",
    );
    assert_snapshot!(own_options("python -m shop.cli import-prices --batch 50 --dry", &[cli]), @"
    --batch (typer): 50 by command-line
      code 20 shop/cli.py:7:25
      code 10 shop/cli.py:5:32
      command-line 50 deploy/worker.service:3:52 [worker.service]
    --dry (typer): true by command-line
      code false shop/cli.py:5:48
      command-line true deploy/worker.service:3:55 [worker.service]
    ");
    assert_snapshot!(own_options("python -m shop.cli --batch 50", &[cli]), @"
    --batch (typer): 10 by code
      code 20 shop/cli.py:7:25
      code 10 shop/cli.py:5:32
    --dry (typer): false by code
      code false shop/cli.py:5:48
    ");
    let django: (&str, &[u8]) = (
        "shop/management/commands/import_prices.py",
        b"class Command:\n    def add_arguments(self, parser):\n        parser.add_argument('--batch', default=10)\n",
    );
    assert_snapshot!(own_options("/srv/shop/.venv/bin/python manage.py import_prices --batch 50", &[django]), @"
    --batch (argparse): 50 by command-line
      code 10 shop/management/commands/import_prices.py:3:48
      command-line 50 deploy/worker.service:3:70 [worker.service]
    ");
}

#[test]
fn drop_ins_of_several_units() {
    let folder = folder(&[
        CODE,
        (
            "deploy/shop-worker.service",
            b"[Service]\nEnvironment=A=unit B=unit C=unit D=unit\nExecStart=/usr/bin/true\n",
        ),
        ("deploy/shop@1.service", b"[Service]\nEnvironment=T=unit\nExecStart=/usr/bin/true\n"),
        ("deploy/service.d/10-all.conf", b"[Service]\nEnvironment=A=all B=all C=all\n"),
        ("deploy/shop-.service.d/20-shop.conf", b"[Service]\nEnvironment=B=shop C=shop\n"),
        ("deploy/shop-worker.service.d/30-own.conf", b"[Service]\nEnvironment=C=own\n"),
        // It takes the place of the file of its name in the folder of all.
        ("deploy/shop-worker.service.d/10-all.conf", b"[Service]\nEnvironment=A=instead\n"),
        ("deploy/shop@.service.d/x.conf", b"[Service]\nEnvironment=T=template\n"),
        ("deploy/other-.service.d/x.conf", b"[Service]\nEnvironment=D=other\n"),
    ]);
    let snapshot = look(folder.path(), None);
    // What counts for each process is its strongest reading.
    let mut set = std::collections::BTreeMap::new();
    for default in snapshot.defaults.iter().filter(|default| default.name.len() == 1) {
        for reading in &default.readings {
            let process = reading.process.clone().unwrap_or("all".to_owned());
            set.insert((process, &default.name), format!("{} {}", reading.value.shown(), reading.place.file));
        }
    }
    let lines = set.iter().map(|((process, name), counts)| format!("{process} {name}={counts}\n"));
    assert_snapshot!(lines.collect::<String>() + &snapshot.site.files.join("\n"), @"
    shop-worker.service A=instead deploy/shop-worker.service.d/10-all.conf
    shop-worker.service B=shop deploy/shop-.service.d/20-shop.conf
    shop-worker.service C=own deploy/shop-worker.service.d/30-own.conf
    shop-worker.service D=unit deploy/shop-worker.service
    shop@1.service A=all deploy/service.d/10-all.conf
    shop@1.service B=all deploy/service.d/10-all.conf
    shop@1.service C=all deploy/service.d/10-all.conf
    shop@1.service T=template deploy/shop@.service.d/x.conf
    deploy/shop-worker.service
    deploy/shop-worker.service.d/10-all.conf
    deploy/shop-.service.d/20-shop.conf
    deploy/shop-worker.service.d/30-own.conf
    deploy/shop@1.service
    deploy/service.d/10-all.conf
    deploy/shop@.service.d/x.conf
    ");
}
