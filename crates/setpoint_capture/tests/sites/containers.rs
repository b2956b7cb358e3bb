//! Containers that an engine is asked for, with and without the files that they were made from.

use crate::support::{folder, picture, problems, processes};
use insta::assert_snapshot;
use setpoint_capture::{Processes, Request, capture};
use setpoint_host::FixtureHost;
use setpoint_model::Snapshot;

const WEB: &str = r#"0
[{"Name": "shop-web", "Path": "gunicorn", "Args": ["--timeout", "90", "shop.main:app"], "Image": "cbe171",
  "State": {"Running": false},
  "Config": {"Env": ["SHOP_HOME=/srv/shop", "SHOP_POOL=5", "SHOP_TOKEN=hunter2-of-container", "PATH=/bin", "TERM=xterm",
    "container=podman", "GUNICORN_CMD_ARGS=--threads 4"], "Labels": null, "WorkingDir": "/srv"},
  "HostConfig": {"PortBindings": {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8000"}]},
    "RestartPolicy": {"Name": "", "MaximumRetryCount": 0}, "Memory": 0, "CgroupParent": ""}}]
"#;
const IMAGE: &str = r#"0
[{"Id": "cbe171", "Config": {"Env": ["SHOP_HOME=/srv/shop", "PATH=/bin"], "Cmd": ["sleep", "300"]}}]
"#;

#[test]
fn without_files_it_is_the_container_that_sets() {
    let machine = folder(&[
        ("cmd/podman inspect --type container -- shop-web", WEB),
        ("cmd/podman image inspect -- cbe171", IMAGE),
    ]);
    let request = Request { containers: vec!["shop-web".to_owned()], ..Request::default() };
    let snapshot = capture(&FixtureHost::new(machine.path()), &request).unwrap().snapshot;
    assert_snapshot!(processes(&snapshot), @r#"shop-web: gunicorn shop.main:app by -, not running, not seen, ["127.0.0.1:8000"]"#);
    assert_snapshot!(picture(&snapshot, "SHOP_") + &picture(&snapshot, "container."), @r#"
    SHOP_HOME (unit-environment): /srv/shop by image
      image /srv/shop podman inspect shop-web [shop-web]
    SHOP_POOL (unit-environment): 5 by unit-environment
      unit-environment 5 podman inspect shop-web [shop-web]
    SHOP_TOKEN (unit-environment): (secret, set) by unit-environment
      unit-environment (secret, set) podman inspect shop-web [shop-web]
    container.memory (container): unlimited by unit
      unit unlimited podman inspect shop-web [shop-web]
    container.publish (container): ["127.0.0.1:8000"] by unit
      unit ["127.0.0.1:8000"] podman inspect shop-web [shop-web]
    container.restart (container): no by unit
      unit no podman inspect shop-web [shop-web]
    "#);
    assert_snapshot!(picture(&snapshot, "gunicorn.t"), @"
    gunicorn.threads (gunicorn): 4 by unit-environment
      unit-environment 4 podman inspect shop-web [shop-web]
    gunicorn.timeout (gunicorn): 90 by command-line
      command-line 90 podman inspect shop-web [shop-web]
    ");
    assert_snapshot!(problems(&snapshot), @"
    the code of the container `shop-web` is in its image (`/srv`), which is not read (podman inspect shop-web); expected a folder of this machine with the same code; retry: safe once this is mended; nothing was changed
      hint: name the folder of the code with `--root`
    the container `shop-web` does not run, so that it says what it would start with (podman inspect shop-web); expected a container that runs; retry: safe, nothing was changed
      hint: `podman logs shop-web` says why
    ");
}

const SHOP_WEB_1: &str = r#"0
[{"Name": "/shop-web-1", "Path": "uvicorn", "Args": ["shop:app", "--host", "0.0.0.0"], "Image": "sha256:1",
  "State": {"Running": true},
  "Config": {"Env": ["SHOP_POOL=5", "SHOP_SIZE=9", "LANG=C.UTF-8"], "WorkingDir": "/srv",
    "Labels": {"com.docker.compose.project.working_dir": "/srv/shop", "com.docker.compose.service": "web"}},
  "HostConfig": {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 0}, "Memory": 268435456, "CgroupParent": ""}}]
"#;

fn of_compose(processes: Processes) -> Snapshot {
    let compose = "services:\n  web:\n    environment: {SHOP_POOL: 20, SHOP_NEW: 1}\n    \
                   command: uvicorn shop:app --host 0.0.0.0\n";
    let code = "import os\nPOOL = os.environ.get('SHOP_POOL', '1')\nSIZE = os.environ.get('SHOP_SIZE', '1')\n";
    let machine = folder(&[
        ("cmd/docker inspect --type container -- shop-web-1", SHOP_WEB_1),
        ("srv/shop/compose.yaml", compose),
        ("srv/shop/shop.py", code),
    ]);
    let request = Request { containers: vec!["shop-web-1".to_owned()], processes, ..Request::default() };
    capture(&FixtureHost::new(machine.path()), &request).unwrap().snapshot
}

#[test]
fn with_its_compose_file_it_is_what_runs_of_it() {
    let snapshot = of_compose(Processes::LookedAt);
    assert_snapshot!(processes(&snapshot), @"web: uvicorn shop:app by -, not running, live, []");
    assert_snapshot!(picture(&snapshot, "SHOP_") + &picture(&snapshot, "container."), @"
    SHOP_NEW (unit-environment): nothing
      unit-environment 1 compose.yaml:3:44 [web]
      process (not set) docker inspect shop-web-1 [web]
    SHOP_POOL (environ): 5 by process
      code 1 shop.py:2:36
      unit-environment 20 compose.yaml:3:30 [web]
      process 5 docker inspect shop-web-1 [web]
    SHOP_SIZE (environ): 9 by process
      code 1 shop.py:3:36
      process 9 docker inspect shop-web-1 [web]
    container.memory (container): 268435456 by unit
      unit 268435456 docker inspect shop-web-1 [web]
    container.restart (container): always by unit
      unit always docker inspect shop-web-1 [web]
    ");
    assert_snapshot!(picture(&snapshot, "uvicorn.h"), @"
    uvicorn.host (uvicorn): 0.0.0.0 by process
      command-line 0.0.0.0 compose.yaml:4:38 [web]
      process 0.0.0.0 docker inspect shop-web-1 [web]
    ");
    assert_snapshot!(problems(&snapshot), @"");
}

#[test]
fn what_is_committed_does_not_depend_on_it() {
    assert_snapshot!(picture(&of_compose(Processes::LeftOut), "SHOP_"), @"
    SHOP_NEW (unit-environment): 1 by unit-environment
      unit-environment 1 compose.yaml:3:44 [web]
    SHOP_POOL (environ): 20 by unit-environment
      code 1 shop.py:2:36
      unit-environment 20 compose.yaml:3:30 [web]
    SHOP_SIZE (environ): 1 by code
      code 1 shop.py:3:36
    ");
}

#[test]
fn a_unit_that_runs_a_container() {
    let unit = "[Service]\nExecStart=/usr/bin/docker run --name shop-web-1 shop:1 uvicorn shop:app\nRestart=always\n";
    let loaded = "0\nId=shop.service\nLoadState=loaded\nActiveState=active\n\
                  FragmentPath=/etc/systemd/system/shop.service\nDropInPaths=\nNeedDaemonReload=no\nMainPID=4211\n";
    let properties = "Id,LoadState,ActiveState,FragmentPath,DropInPaths,NeedDaemonReload,MainPID";
    let asked = format!("cmd/systemctl show --property={properties} -- shop.service");
    let machine = folder(&[
        (asked.as_str(), loaded),
        ("etc/systemd/system/shop.service", unit),
        ("cmd/docker inspect --type container -- shop-web-1", SHOP_WEB_1),
    ]);
    let request = Request { units: vec!["shop.service".to_owned()], ..Request::default() };
    let snapshot = capture(&FixtureHost::new(machine.path()), &request).unwrap().snapshot;
    assert_snapshot!(processes(&snapshot), @"
    shop.service: docker shop:app by -, not running, not seen, []
    web: uvicorn shop:app by -, not running, live, []
    ");
    assert_snapshot!(picture(&snapshot, "SHOP_") + &picture(&snapshot, "container."), @"
    SHOP_POOL (unit-environment): 5 by unit-environment
      unit-environment 5 docker inspect shop-web-1 [web]
    SHOP_SIZE (unit-environment): 9 by unit-environment
      unit-environment 9 docker inspect shop-web-1 [web]
    container.memory (container): 268435456 by unit
      unit 268435456 docker inspect shop-web-1 [web]
    ");
    assert_snapshot!(problems(&snapshot), @"
    the code of `shop.service` was not found from its command line (/etc/systemd/system/shop.service:1:1); expected an `ExecStart=` that names an application, or a `WorkingDirectory=`; retry: safe once this is mended; nothing was changed
      hint: name the folder of the code with `--root`
    ");
}

const SHOP_WEB_2: &str = r#"0
[{"Name": "/shop-web-2", "Path": "uvicorn", "Args": ["shop:app", "--host", "0.0.0.0"], "Image": "sha256:1",
  "State": {"Running": true},
  "Config": {"Env": ["SHOP_POOL=9"], "WorkingDir": "/srv", "Labels": {"com.docker.compose.service": "web"}},
  "HostConfig": {"PortBindings": {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8002"}]}}}]
"#;

#[test]
fn two_containers_of_one_service_are_two_processes() {
    let alone = SHOP_WEB_1.replace(r#""com.docker.compose.project.working_dir": "/srv/shop", "#, "");
    let request =
        Request { containers: ["shop-web-1", "shop-web-2", "4f2c"].map(str::to_owned).to_vec(), ..Request::default() };
    let of = |first: &str| {
        let machine = folder(&[
            ("cmd/docker inspect --type container -- shop-web-1", first),
            ("cmd/docker inspect --type container -- shop-web-2", SHOP_WEB_2),
            ("cmd/docker inspect --type container -- 4f2c", SHOP_WEB_2),
            ("srv/shop/compose.yaml", "services: {web: {environment: {SHOP_POOL: 20}}}\n"),
            ("srv/shop/shop.py", "import os\nPOOL = os.environ.get('SHOP_POOL', '1')\n"),
        ]);
        let snapshot = capture(&FixtureHost::new(machine.path()), &request).unwrap().snapshot;
        processes(&snapshot) + &picture(&snapshot, "SHOP_POOL") + &picture(&snapshot, "container.publish")
    };
    assert_snapshot!(of(SHOP_WEB_1), @r#"
    web: uvicorn - by -, not running, live, []
    shop-web-2: uvicorn shop:app by -, not running, live, ["127.0.0.1:8002"]
    SHOP_POOL (environ): 5 by process
      in web: 5 by process
      in shop-web-2: 9 by unit-environment
      code 1 shop.py:2:36
      unit-environment 20 compose.yaml:1:43 [web]
      unit-environment 9 docker inspect shop-web-2 [shop-web-2]
      process 5 docker inspect shop-web-1 [web]
    container.publish (container): ["127.0.0.1:8002"] by unit
      unit ["127.0.0.1:8002"] docker inspect shop-web-2 [shop-web-2]
    "#);
    assert_snapshot!(of(&alone), @r#"
    web: uvicorn shop:app by -, not running, live, []
    shop-web-2: uvicorn shop:app by -, not running, live, ["127.0.0.1:8002"]
    SHOP_POOL (unit-environment): 5 by unit-environment
      in web: 5 by unit-environment
      in shop-web-2: 9 by unit-environment
      unit-environment 5 docker inspect shop-web-1 [web]
      unit-environment 9 docker inspect shop-web-2 [shop-web-2]
    container.publish (container): ["127.0.0.1:8002"] by unit
      unit ["127.0.0.1:8002"] docker inspect shop-web-2 [shop-web-2]
    "#);
}

#[test]
fn localhost_of_a_container_is_no_server_of_this_machine() {
    let of = |network: &str| {
        let web = format!(
            r#"0
[{{"Name": "/web", "Path": "/srv/shop/.venv/bin/python", "Args": ["-m", "shop"], "State": {{"Running": true}},
  "Config": {{"Env": ["REDIS_URL=redis://localhost:6379/0"]}}, "HostConfig": {{"NetworkMode": "{network}"}}}}]
"#
        );
        let machine = folder(&[
            ("cmd/docker inspect --type container -- web", web.as_str()),
            ("etc/redis/redis.conf", "maxmemory 100mb\n"),
            ("srv/shop/.venv/bin/python", ""),
            ("srv/shop/.venv/pyvenv.cfg", "home = /usr/bin\n"),
        ]);
        let request = Request { containers: vec!["web".to_owned()], ..Request::default() };
        let snapshot = capture(&FixtureHost::new(machine.path()), &request).unwrap().snapshot;
        processes(&snapshot) + &picture(&snapshot, "redis-server.maxmemory")
    };
    assert_snapshot!(of("shop_default"), @"web: python shop by -, not running, live, []");
    assert_snapshot!(of("host"), @"
    web: python shop by -, not running, live, []
    redis-server.maxmemory (redis-server): 100mb by configuration-file
      library 0 https://github.com/redis/redis/blob/unstable/src/config.c
      configuration-file 100mb /etc/redis/redis.conf:1:11
    redis-server.maxmemory-policy (redis-server): noeviction by library
      library noeviction https://github.com/redis/redis/blob/unstable/src/config.c
    ");
}
