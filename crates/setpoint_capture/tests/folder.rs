//! A repository as people have it on a laptop: several ways to deploy it, files of other environments, and bad input.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

mod support;

use insta::assert_snapshot;
use setpoint_capture::{Request, capture};
use setpoint_host::LiveHost;
use setpoint_model::Snapshot;
use std::path::Path;
use support::{picture, problems, processes};

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "the test writes the folder that is captured")]
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn look(root: &Path, environment: Option<&str>) -> Snapshot {
    let environment = environment.map(str::to_owned);
    capture(&LiveHost, &Request { root: Some(root.to_owned()), environment, ..Request::default() }).unwrap()
}

const CODE: (&str, &[u8]) = (
    "shop/settings.py",
    b"import os\n\nPORT = os.environ.get(\"SHOP_PORT\", \"8000\")\nDATABASE = os.environ[\"SHOP_DATABASE\"]\n",
);

#[test]
fn every_way_to_start_it_is_a_process_of_its_own() {
    let folder = folder(&[
        CODE,
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
    Dockerfile: uvicorn shop.main:app by -, not running, not seen, ["127.0.0.1:80"]
    db: - - by -, not running, not seen, []
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
      library 1024:524288 https://www.freedesktop.org/software/systemd/man/latest/systemd-system.conf.html#DefaultLimitCPU=:1:1 [shop.service]
    systemd.MemoryMax (systemd): infinity by library
      library infinity https://www.freedesktop.org/software/systemd/man/latest/systemd.resource-control.html#MemoryMax=bytes:1:1 [shop.service]
    systemd.Restart (systemd): no by library
      library no https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Restart=:1:1 [shop.service]
    systemd.RestartSec (systemd): 100ms by library
      library 100ms https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#RestartSec=:1:1 [shop.service]
    systemd.StartLimitBurst (systemd): 5 by library
      library 5 https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html#StartLimitIntervalSec=interval:1:1 [shop.service]
    systemd.StartLimitIntervalSec (systemd): 10s by library
      library 10s https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html#StartLimitIntervalSec=interval:1:1 [shop.service]
    systemd.TimeoutStopSec (systemd): 90s by library
      library 90s https://www.freedesktop.org/software/systemd/man/latest/systemd-system.conf.html#DefaultTimeoutStartSec=:1:1 [shop.service]
    systemd.WorkingDirectory (systemd): /srv/shop by unit
      unit /srv/shop deploy/shop.service:2:18 [shop.service]
    uvicorn.port (uvicorn): 80 by command-line
      command-line 80 Dockerfile:3:44 [Dockerfile]
    ");
}

#[test]
fn files_of_another_environment_are_left_out() {
    let folder = folder(&[
        CODE,
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
        (".env", b"SHOP_DATABASE=sqlite:///shop.db\n"),
        ("deploy/shop.service", b"[Service\nExecStart=\"/srv/shop\nEnvironment=\xff\n"),
        ("deploy/nginx/shop.conf", b"server {\n  location / { proxy_pass http://127.0.0.1:8000;\n"),
        ("compose.yaml", b"services: [\n  - {\n"),
        ("shop/junk.py", b"\x00\xffimport os\nos.environ[\xc3\n"),
    ]);
    std::fs::File::create(folder.path().join(".env.production")).unwrap().set_len(200 << 20).unwrap();
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
    for file in ["shop.service", "shop.conf", "compose.yaml", "junk.py", ".env.production"] {
        assert!(said.contains(file), "nothing is said of {file}: {said}");
    }
    assert!(snapshot.problems.iter().all(|problem| problem.place.is_some() && !problem.expected.is_empty()));
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
