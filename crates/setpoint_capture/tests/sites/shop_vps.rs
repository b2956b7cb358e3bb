//! A small VPS as files, looked at whole: unit → files → process → sockets → proxy, and unit → application → code.

use crate::support::{picture, problems, processes};
use insta::assert_snapshot;
use setpoint_capture::{Processes, Request, capture};
use setpoint_host::{
    Act, Details, FileLock, FixtureHost, Host, Listed, Output, Refusal, Source, Space, Status, TemporaryFolder,
    Unreached,
};
use setpoint_model::Snapshot;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn machine() -> FixtureHost {
    FixtureHost::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hosts/shop-vps"))
}

fn units(names: &[&str]) -> Request {
    Request { units: names.iter().map(|name| (*name).to_owned()).collect(), ..Request::default() }
}

fn look(names: &[&str]) -> Snapshot {
    capture(&machine(), &units(names)).unwrap().snapshot
}

#[test]
fn from_the_units_to_processes_code_and_proxy() {
    let snapshot = look(&["shop.service", "shop-worker", "shop-import.service"]);
    assert_eq!((snapshot.site.root.as_str(), snapshot.site.python_files), ("/srv/shop", 5));
    assert_snapshot!(processes(&snapshot), @r#"
    shop.service: gunicorn shop.main:app by /srv/shop/venv, pid 4211, live, ["127.0.0.1:8000"], needs daemon-reload
    shop-worker.service: python shop.worker by /srv/shop/venv, pid 4300, live, []
    shop-import.service: python shop.worker by /srv/shop/venv, not running, not seen, []
    uvicorn (process 5150): uvicorn shop.main:app by /srv/shop/venv, pid 5150, live, ["127.0.0.1:8001"]
    "#);
    assert_snapshot!(snapshot.site.files.join("\n"), @"
    /etc/systemd/system/shop.service
    /etc/systemd/system/shop.service.d/10-timeout.conf
    gunicorn.conf.py
    /etc/shop/shop.env
    /etc/systemd/system/shop-worker.service
    /etc/systemd/system/shop-import.service
    /etc/nginx/nginx.conf
    /etc/nginx/sites-enabled/shop
    .env
    ");
    assert_snapshot!(problems(&snapshot), @"");
}

#[test]
fn what_the_processes_hold_and_what_a_restart_brings() {
    assert_snapshot!(picture(&look(&["shop.service"]), "SHOP_"), @r#"
    SHOP_BANNER (environ): sale by process
      in shop.service: sale by process
      in uvicorn (process 5150): "" by code
      code "" src/shop/settings.py:9:40
      environment-file (not set) /etc/shop/shop.env:1:1 [shop.service]
      process sale /proc/4211/environ:1:1 [shop.service]
    SHOP_CURRENCY (environ): EUR by dotenv
      code EUR src/shop/settings.py:7:44
      dotenv EUR .env:2:15
      environment-file CHF /etc/shop/shop.env:5:15 [shop.service]
      process (not set) /proc/4211/environ:1:1 [shop.service]
    SHOP_DATABASE_URL (environ): (secret, set) by process
      code (not set) src/shop/settings.py:10:16
      environment-file (secret, set) /etc/shop/shop.env:4:19 [shop.service]
      process (secret, set) /proc/4211/environ:1:1 [shop.service]
      process (secret, set) /proc/5150/environ:1:1 [uvicorn (process 5150)]
    SHOP_ENVIRONMENT (environ): production by process
      in shop.service: production by process
      in uvicorn (process 5150): development by code
      code development src/shop/settings.py:5:50
      unit-environment production /etc/systemd/system/shop.service:9:30 [shop.service]
      process production /proc/4211/environ:1:1 [shop.service]
    SHOP_PAYMENT_API_KEY (environ): (secret, set) by process
      in shop.service: (secret, set) by process
      in uvicorn (process 5150): (secret, set) by process
      code (not set) src/shop/settings.py:11:19
      environment-file (secret, set) /etc/shop/shop.env:3:22 [shop.service]
      process (secret, set) /proc/4211/environ:1:1 [shop.service]
      process (secret, set) /proc/5150/environ:1:1 [uvicorn (process 5150)]
    SHOP_POOL_SIZE (environ): 10 by process
      in shop.service: 10 by process
      in uvicorn (process 5150): 77 by process
      code 10 src/shop/settings.py:6:50
      unit-environment 5 /etc/systemd/system/shop.service:9:56 [shop.service]
      environment-file 20 /etc/shop/shop.env:2:16 [shop.service]
      process 10 /proc/4211/environ:1:1 [shop.service]
      process 77 /proc/5150/environ:1:1 [uvicorn (process 5150)]
    SHOP_SMTP_HOST (environ): localhost by dotenv
      code (not set) src/shop/settings.py:8:13
      dotenv localhost .env:3:16
    "#);
}

#[test]
fn limits_and_what_nginx_does_in_front() {
    let snapshot = look(&["shop.service"]);
    assert_snapshot!(picture(&snapshot, "process.max_open"), @"
    process.max_open_files (process): 4096 by process
      process 4096 /proc/4211/limits:9:27 [shop.service]
      process 4096 /proc/5150/limits:9:27 [uvicorn (process 5150)]
    ");
    assert_snapshot!(picture(&snapshot, "nginx.proxy_read"), @"
    nginx.proxy_read_timeout (nginx): 30s by proxy
      library 60s https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout [shop.service]
      proxy 30s /etc/nginx/sites-enabled/shop:13:28 [shop.service]
    ");
}

#[test]
fn the_command_line_that_runs_and_the_one_that_a_restart_brings() {
    let snapshot = look(&["shop.service"]);
    assert_snapshot!(picture(&snapshot, "gunicorn."), @"
    gunicorn.bind (gunicorn): 127.0.0.1:8000 by configuration-file
      configuration-file 127.0.0.1:8000 gunicorn.conf.py:1:8 [shop.service]
    gunicorn.keepalive (gunicorn): 5 by configuration-file
      configuration-file 5 gunicorn.conf.py:4:13 [shop.service]
    gunicorn.timeout (gunicorn): 60 by process
      configuration-file 30 gunicorn.conf.py:3:11 [shop.service]
      command-line 120 /etc/systemd/system/shop.service.d/10-timeout.conf:4:15 [shop.service]
      process 60 /proc/4211/cmdline:1:1 [shop.service]
    gunicorn.workers (gunicorn): 3 by configuration-file
      environment-file 8 /etc/shop/shop.env:6:17 [shop.service]
      process 8 /proc/4211/environ:1:1 [shop.service]
      configuration-file 3 gunicorn.conf.py:2:11 [shop.service]
    ");
    assert_snapshot!(picture(&snapshot, "uvicorn."), @"
    uvicorn.port (uvicorn): 8001 by process
      process 8001 /proc/5150/cmdline:1:1 [uvicorn (process 5150)]
    ");
}

#[test]
fn an_ordinary_user_is_told_what_could_not_be_read() {
    let closed = Ordinary { machine: machine(), closed: &["/etc/shop/shop.env"] };
    let snapshot = capture(&closed, &units(&["shop.service"])).unwrap().snapshot;
    assert_snapshot!(problems(&snapshot), @"
    cannot read `/etc/shop/shop.env`: permission denied (/etc/shop/shop.env:1:1); expected a path this user may read; retry: safe once this is mended; nothing was changed
      hint: run the same command with `sudo`, or give this user's group read access
    the environment of `shop.service` (process 4211) could not be read: permission denied (/proc/4211/environ:1:1); expected root, or the user that the process runs as; retry: safe, nothing was changed
      hint: run `sudo setpoint capture --unit shop.service`
    the sockets it listens on of `shop.service` (process 4211) could not be read: permission denied (/proc/4211/fd:1:1); expected root, or the user that the process runs as; retry: safe, nothing was changed
      hint: run `sudo setpoint capture --unit shop.service`
    the environment of `uvicorn (process 5150)` could not be read: permission denied (/proc/5150/environ:1:1); expected root, or the user that the process runs as; retry: safe, nothing was changed
      hint: run `sudo setpoint capture --unit shop.service`
    the sockets it listens on of `uvicorn (process 5150)` could not be read: permission denied (/proc/5150/fd:1:1); expected root, or the user that the process runs as; retry: safe, nothing was changed
      hint: run `sudo setpoint capture --unit shop.service`
    ");
    assert_snapshot!(processes(&snapshot), @r#"
    shop.service: gunicorn shop.main:app by /srv/shop/venv, pid 4211, not seen, ["127.0.0.1:8000"], needs daemon-reload
    uvicorn (process 5150): uvicorn shop.main:app by /srv/shop/venv, pid 5150, not seen, ["127.0.0.1:8001"]
    "#);
}

#[test]
fn a_unit_that_does_not_exist() {
    let problem = capture(&machine(), &units(&["shpo.service"])).unwrap_err();
    assert_snapshot!(problem.to_string(), @"there is no unit file for `shpo.service`: systemd says `not-found`; expected the name of a unit, such as `shop.service`; retry: safe once this is mended; nothing was changed");
    assert_snapshot!(problems(&look(&["shpo.service", "shop-worker"])), @"
    there is no unit file for `shpo.service`: systemd says `not-found`; expected the name of a unit, such as `shop.service`; retry: safe once this is mended; nothing was changed
      hint: `systemctl list-units --type=service` lists them
    ");
}

#[test]
fn the_same_folder_on_the_machine_finds_what_runs_in_it() {
    let snapshot =
        capture(&machine(), &Request { root: Some("/srv/shop".into()), ..Request::default() }).unwrap().snapshot;
    assert_snapshot!(processes(&snapshot), @r#"
    shop.service: gunicorn shop.main:app by /srv/shop/venv, pid 4211, live, ["127.0.0.1:8000"]
    shop-worker.service: python shop.worker by /srv/shop/venv, pid 4300, live, []
    uvicorn (process 5150): uvicorn shop.main:app by /srv/shop/venv, pid 5150, live, ["127.0.0.1:8001"]
    "#);
}

#[test]
fn without_its_processes_the_files_alone_count() {
    let request = Request { processes: Processes::LeftOut, ..units(&["shop.service"]) };
    let snapshot = capture(&machine(), &request).unwrap().snapshot;
    assert_snapshot!(processes(&snapshot), @r#"shop.service: gunicorn shop.main:app by /srv/shop/venv, not running, not seen, ["127.0.0.1:8000"], needs daemon-reload"#);
    assert_snapshot!(picture(&snapshot, "SHOP_CURRENCY"), @"
    SHOP_CURRENCY (environ): CHF by environment-file
      code EUR src/shop/settings.py:7:44
      dotenv EUR .env:2:15
      environment-file CHF /etc/shop/shop.env:5:15 [shop.service]
    ");
}

#[test]
fn no_secret_is_in_the_snapshot() {
    let snapshot = look(&["shop.service", "shop-worker"]);
    let shown = format!("{snapshot:?}{}", serde_json::to_string(&snapshot).unwrap());
    for secret in ["gw-live-51c0ffee", "s3cret-of-shop", "gw-by-hand-0ddba11"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert!(snapshot.find("SHOP_DATABASE_URL").is_some_and(|default| default.secret));
}

/// The machine as an ordinary user sees it, who may not look into other users' processes or at these files.
struct Ordinary {
    machine: FixtureHost,
    closed: &'static [&'static str],
}

impl Ordinary {
    fn allowed(&self, path: &Path) -> Result<(), Refusal> {
        let process = path.starts_with("/proc") && ["environ", "cwd", "fd"].iter().any(|name| path.ends_with(name));
        let closed = self.closed.iter().any(|closed| path.starts_with(closed));
        if process || closed { Err(Refusal::Denied(path.to_owned())) } else { Ok(()) }
    }
}

impl Host for Ordinary {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Refusal> {
        self.allowed(path).and_then(|()| self.machine.read(path, limit))
    }

    fn read_end(&self, path: &Path, limit: u64) -> Result<(Vec<u8>, bool), Refusal> {
        self.allowed(path).and_then(|()| self.machine.read_end(path, limit))
    }

    fn space(&self, path: &Path) -> Result<Space, Refusal> {
        self.machine.space(path)
    }

    fn lookup(&self, name: &str, limit: Duration) -> Result<Vec<IpAddr>, Unreached> {
        self.machine.lookup(name, limit)
    }

    fn connect(&self, address: SocketAddr, limit: Duration) -> Result<TcpStream, Unreached> {
        self.machine.connect(address, limit)
    }

    fn list(&self, folder: &Path) -> Result<Vec<Listed>, Refusal> {
        self.allowed(folder).and_then(|()| self.machine.list(folder))
    }

    fn status(&self, path: &Path) -> Result<Status, Refusal> {
        self.machine.status(path)
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Refusal> {
        self.machine.resolve(path)
    }

    fn details(&self, path: &Path) -> Result<Details, Refusal> {
        self.machine.details(path)
    }

    fn source(&self, path: &Path) -> Source {
        self.machine.source(path)
    }

    fn link_target(&self, path: &Path) -> Result<PathBuf, Refusal> {
        self.allowed(path).and_then(|()| self.machine.link_target(path))
    }

    fn run(&self, program: &str, arguments: &[&str], limit: Duration) -> Result<Output, Refusal> {
        self.machine.run(program, arguments, limit)
    }

    fn now(&self) -> jiff::Zoned {
        self.machine.now()
    }

    fn elapsed(&self) -> Duration {
        self.machine.elapsed()
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.machine.variable(name)
    }

    fn random(&self) -> Result<[u8; 16], Refusal> {
        self.machine.random()
    }

    fn owner(&self) -> (u32, u32) {
        self.machine.owner()
    }

    fn lock(&self, path: &Path) -> Result<Option<FileLock>, Refusal> {
        self.machine.lock(path)
    }

    fn sleep(&self, duration: Duration) {
        self.machine.sleep(duration);
    }

    fn act(&self, act: &Act<'_>) -> Result<(), Refusal> {
        self.machine.act(act)
    }

    fn temporary_folder(&self) -> Result<TemporaryFolder, Refusal> {
        self.machine.temporary_folder()
    }
}
