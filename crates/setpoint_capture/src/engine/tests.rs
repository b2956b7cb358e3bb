use super::{Container, Engine, Inspected, started_by};
use crate::Target;
use setpoint_formats::Traced;
use setpoint_formats::command_line::{Command, shell};

/// A container by what its engine answers, as lines.
fn picture(answer: &str, of_image: &[&str]) -> String {
    let inspected: Inspected = serde_json::from_str(answer).unwrap();
    let of_image: Vec<String> = of_image.iter().map(|entry| (*entry).to_owned()).collect();
    let container: Container = inspected.container(Engine::Podman, &of_image);
    let mut lines = vec![format!(
        "{} is {} in {:?} of {:?}, runs: {}, listens: {:?}",
        container.shown(),
        container.process(),
        container.folder,
        container.project,
        container.is_running,
        container.listens
    )];
    lines.push(container.command.join(" "));
    lines.extend(container.environment.iter().map(|variable| {
        let of = if variable.is_of_image { " (image)" } else { "" };
        format!("${}={}{of}", variable.name, variable.value.reveal())
    }));
    lines.extend(container.properties.iter().map(|(target, value)| match target {
        Target::Default(name) => format!("{name} = {value}"),
        Target::Variable(name) | Target::FromVariable { name, .. } => format!("a variable {name}"),
    }));
    lines.join("\n")
}

/// What Podman 4.3 says of a container, without what is not read.
#[test]
fn a_container_of_podman() {
    let answer = r#"{"Name": "shop-web", "Path": "gunicorn", "Args": ["-b", "0.0.0.0:8000", "shop.main:app"],
        "State": {"Status": "created", "Running": false, "Pid": 0},
        "Image": "cbe171bdad95bdc92eae0169c369fc0d44242a9b23b25c799d7984fcd856b248",
        "Config": {"Env": ["SHOP_HOME=/srv/shop", "SHOP_POOL=5", "PATH=/bin", "TERM=xterm", "container=podman"],
            "Cmd": ["gunicorn", "-b", "0.0.0.0:8000", "shop.main:app"], "Entrypoint": "", "Labels": null,
            "StopTimeout": 10,
            "WorkingDir": "/srv"},
        "HostConfig": {"PortBindings": {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8000"}],
                "8443/tcp": [{"HostIp": "", "HostPort": "8443"}]},
            "RestartPolicy": {"Name": "", "MaximumRetryCount": 0}, "AutoRemove": false, "Memory": 0,
            "CgroupParent": "", "Ulimits": [{"Name": "RLIMIT_NOFILE", "Soft": 1024, "Hard": 2048}]}}"#;
    insta::assert_snapshot!(picture(answer, &["SHOP_HOME=/srv/shop", "PATH=/bin"]), @r#"
    podman inspect shop-web is shop-web in Some("/srv") of None, runs: false, listens: ["127.0.0.1:8000", "0.0.0.0:8443"]
    gunicorn -b 0.0.0.0:8000 shop.main:app
    $SHOP_HOME=/srv/shop (image)
    $SHOP_POOL=5
    $PATH=/bin (image)
    container.restart = no
    container.memory = unlimited
    container.ulimit.nofile = 1024:2048
    container.publish = ["127.0.0.1:8000","0.0.0.0:8443"]
    container.stop-timeout = 10
    "#);
}

/// In the form of the types of Docker's API, with what a compose file adds.
#[test]
fn a_container_of_docker() {
    let answer = r#"{"Name": "/shop-web-1", "Path": "uvicorn", "Args": ["shop.main:app"], "Image": "sha256:1",
        "State": {"Status": "running", "Running": true, "Pid": 812},
        "Config": {"Env": ["SHOP_POOL=5", "NO_VALUE"], "Cmd": ["uvicorn", "shop.main:app"], "Entrypoint": null,
            "WorkingDir": "", "Labels": {"com.docker.compose.project.working_dir": "/srv/shop",
            "com.docker.compose.service": "web"}},
        "HostConfig": {"PortBindings": {"8000/tcp": [{"HostIp": "::1", "HostPort": "8000"}], "9000/tcp": null},
            "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}, "Memory": 268435456,
            "CgroupParent": "", "Ulimits": [{"Name": "nofile", "Soft": -1, "Hard": -1}]}}"#;
    insta::assert_snapshot!(picture(answer, &[]), @r#"
    podman inspect shop-web-1 is web in None of Some("/srv/shop"), runs: true, listens: ["[::1]:8000"]
    uvicorn shop.main:app
    $SHOP_POOL=5
    container.restart = on-failure:3
    container.memory = 268435456
    container.ulimit.nofile = unlimited:unlimited
    container.publish = ["[::1]:8000"]
    "#);
}

#[test]
fn what_others_start_again_has_no_policy_of_its_own() {
    let of_unit = r#"{"Name": "a", "Config": {"Labels": {"PODMAN_SYSTEMD_UNIT": "a.service"}},
        "HostConfig": {"RestartPolicy": {"Name": "no"}, "Memory": 0, "CgroupParent": "shop.slice"}}"#;
    insta::assert_snapshot!(picture(of_unit, &[]), @"podman inspect a is a in None of None, runs: false, listens: []");
    let removed = r#"{"Name": "a", "HostConfig": {"RestartPolicy": {"Name": "no"}, "AutoRemove": true}}"#;
    insta::assert_snapshot!(picture(removed, &[]), @"podman inspect a is a in None of None, runs: false, listens: []");
    insta::assert_snapshot!(picture("{}", &[]), @"podman inspect  is  in None of None, runs: false, listens: []");
}

#[test]
fn the_container_that_a_command_runs() {
    for (command, name) in [
        ("/usr/bin/docker run --rm --name shop-web -p 8000:8000 shop:1 gunicorn", Some("shop-web")),
        ("podman run --name=shop-web shop:1", Some("shop-web")),
        ("docker container run --rm --name shop-web shop:1", Some("shop-web")),
        ("docker run shop:1 serve --name other", None),
        ("docker run -dit -p 80:80 -v/a:/b --env A=--name --log-opt=a=b --name web shop:1", Some("web")),
        ("docker run -ite A=1 shop:1 --name other", None),
        ("docker run --new-option shop:1 --name other", None),
        ("docker run -z shop:1 --name other", None),
        ("docker run -- shop:1 --name other", None),
        ("docker start -a shop-web", Some("shop-web")),
        ("docker start --attach", None),
        ("docker run --rm shop:1", None),
        ("docker compose up", None),
        ("gunicorn --name shop-web", None),
    ] {
        let commands: Vec<Command> = shell(&Traced::verbatim(command, 0), &|_| None);
        assert_eq!(commands.iter().find_map(started_by), name, "{command}");
    }
}
