//! A container as Docker or Podman has it: what it was made with, which the files that it was made from may no longer
//! say.
//!
//! The engine is asked and never told. Nothing is read from within the container.

mod ask;
mod run;

pub(crate) use ask::ask;

use crate::{Sensitive, Target};
use serde::Deserialize;
use setpoint_formats::Word;
use setpoint_formats::command_line::Command;
use setpoint_model::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A program that runs containers and tells of them in the form of Docker's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// <https://docs.docker.com/engine>
    Docker,
    /// <https://podman.io>
    Podman,
}

/// A container.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) engine: Engine,
    /// What its process starts with.
    pub(crate) environment: Vec<Variable>,
    /// Its entry point with the command behind it.
    pub(crate) command: Vec<String>,
    /// The folder in it that it starts in.
    pub(crate) folder: Option<PathBuf>,
    pub(crate) is_running: bool,
    /// It has no network of its own, so that `localhost` in it is this machine.
    pub(crate) shares_network: bool,
    /// The folder of the compose file that it was made from.
    pub(crate) project: Option<PathBuf>,
    /// The service of that file.
    pub(crate) service: Option<String>,
    /// The addresses of this machine behind which it listens.
    pub(crate) listens: Vec<String>,
    /// What is set around its process: restarts, memory, limits, ports.
    pub(crate) properties: Vec<(Target, Value)>,
}

/// A variable that a container starts with.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) value: Sensitive<String>,
    /// The image gives it that value, so that the container may do no more than inherit it.
    pub(crate) is_of_image: bool,
}

impl Engine {
    pub(crate) fn program(self) -> &'static str {
        match self {
            Engine::Docker => "docker",
            Engine::Podman => "podman",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Engine::Docker => "Docker",
            Engine::Podman => "Podman",
        }
    }
}

/// The container that a unit's command runs: `docker run --name web …`, `podman start --attach web`.
pub(crate) fn started_by(command: &Command) -> Option<&str> {
    let words: Vec<&str> = command.words.iter().map(Word::as_str).collect();
    let (program, words) = words.split_first()?;
    if !matches!(program.rsplit('/').next()?, "docker" | "podman") {
        return None;
    }
    let words = if words.first() == Some(&"container") { &words[1..] } else { words };
    let (action, words) = words.split_first()?;
    match *action {
        "run" => run::name(words),
        "start" => words.last().copied().filter(|word| !word.starts_with('-')),
        _ => None,
    }
}

impl Container {
    /// The container without what a unit that starts it sees to.
    pub(crate) fn of_unit(mut self) -> Self {
        let restarts = Target::Default(RESTART.to_owned());
        self.properties.retain(|(target, _)| *target != restarts);
        self
    }

    /// The process that it is among those of its site: the service of its compose file, else its own name.
    pub(crate) fn process(&self) -> &str {
        self.service.as_deref().unwrap_or(&self.name)
    }

    /// Where what it says stands: the command that shows it.
    pub(crate) fn shown(&self) -> String {
        format!("{} inspect {}", self.engine.program(), self.name)
    }
}

/// The answer to `inspect`, as far as it is read (`ContainerJSONBase`, `Config` and `HostConfig` in `api/types` of
/// moby; Podman's `InspectContainerData` in `libpod/define` has the same names). Either may say `null` for nothing.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    name: Option<String>,
    image: Option<String>,
    path: Option<String>,
    args: Option<Vec<String>>,
    state: Option<State>,
    config: Option<Config>,
    host_config: Option<HostConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    running: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Config {
    env: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
    working_dir: Option<String>,
    stop_timeout: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HostConfig {
    network_mode: Option<String>,
    auto_remove: Option<bool>,
    restart_policy: Option<RestartPolicy>,
    memory: Option<i64>,
    cgroup_parent: Option<String>,
    ulimits: Option<Vec<Ulimit>>,
    port_bindings: Option<BTreeMap<String, Option<Vec<Binding>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RestartPolicy {
    name: Option<String>,
    maximum_retry_count: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Ulimit {
    name: String,
    soft: i64,
    hard: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Binding {
    host_ip: Option<String>,
    host_port: Option<String>,
}

/// When the engine starts it again.
const RESTART: &str = "container.restart";
/// Variables that Podman gives to every container (podman-run(1), "Environment").
const OF_PODMAN: [&str; 2] = ["TERM=xterm", "container=podman"];
/// Labels of what starts a container again in Docker's or Podman's place: a unit (podman-systemd.unit(5)), a swarm,
/// Kubernetes.
const STARTED_BY_OTHERS: [&str; 3] = ["PODMAN_SYSTEMD_UNIT", "com.docker.swarm.service.name", "io.kubernetes.pod.name"];

impl Inspected {
    /// The container, whose image gives the variables `of_image`.
    fn container(self, engine: Engine, of_image: &[String]) -> Container {
        let config = self.config.unwrap_or_default();
        let labels = config.labels.unwrap_or_default();
        let host = self.host_config.unwrap_or_default();
        let variable = |entry: String| {
            if engine == Engine::Podman && OF_PODMAN.contains(&entry.as_str()) {
                return None;
            }
            let (name, value) = entry.split_once('=')?;
            let (name, value) = (name.to_owned(), Sensitive::new(value.to_owned()));
            Some(Variable { name, value, is_of_image: of_image.contains(&entry) })
        };
        let label = |name: &str| labels.get(name).filter(|text| !text.is_empty()).cloned();
        let listens = host.listens();
        let mut properties = host.properties(STARTED_BY_OTHERS.iter().any(|name| labels.contains_key(*name)), &listens);
        // Docker says nothing where its own 10 s hold.
        properties.extend(
            config
                .stop_timeout
                .map(|seconds| (Target::Default("container.stop-timeout".to_owned()), Value::Integer(seconds.into()))),
        );
        Container {
            // Docker writes the name of the network of all containers in front.
            name: self.name.unwrap_or_default().trim_start_matches('/').to_owned(),
            engine,
            environment: config.env.unwrap_or_default().into_iter().filter_map(variable).collect(),
            command: self.path.into_iter().chain(self.args.unwrap_or_default()).collect(),
            folder: config.working_dir.filter(|folder| !folder.is_empty()).map(PathBuf::from),
            is_running: self.state.and_then(|state| state.running) == Some(true),
            shares_network: host.network_mode.as_deref() == Some("host"),
            // Both are set by Compose (`pkg/api/labels.go` of docker/compose) and by podman-compose.
            project: label("com.docker.compose.project.working_dir").map(PathBuf::from),
            service: label("com.docker.compose.service"),
            properties,
            listens,
        }
    }
}

impl HostConfig {
    fn listens(&self) -> Vec<String> {
        let bindings = self.port_bindings.iter().flat_map(BTreeMap::values).flatten().flatten();
        let listens = bindings.filter_map(|binding| {
            let port = binding.host_port.as_deref().filter(|port| !port.is_empty())?;
            let address = binding.host_ip.as_deref().filter(|address| !address.is_empty()).unwrap_or("0.0.0.0");
            Some(if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") })
        });
        listens.collect()
    }

    /// The properties, in the words of `docker run`. One that others see to is left out.
    fn properties(&self, is_started_by_others: bool, listens: &[String]) -> Vec<(Target, Value)> {
        let mut properties = Vec::new();
        let mut add = |name: &str, value: Value| properties.push((Target::Default(name.to_owned()), value));
        if let Some(policy) = &self.restart_policy
            // What starts it and takes it away when it ended makes a new one.
            && !is_started_by_others && self.auto_remove != Some(true)
        {
            let name = policy.name.as_deref().filter(|name| !name.is_empty()).unwrap_or("no");
            let retries = policy.maximum_retry_count.filter(|retries| *retries > 0);
            let restart = retries.map_or_else(|| name.to_owned(), |retries| format!("{name}:{retries}"));
            add(RESTART, Value::Text(restart));
        }
        if let Some(memory) = self.memory {
            match (memory, self.cgroup_parent.as_deref().unwrap_or_default()) {
                (0, "") => add("container.memory", Value::from("unlimited")),
                // A group above it may be limited.
                (0, _) => {}
                (memory, _) => add("container.memory", Value::Integer(memory.into())),
            }
        }
        for limit in self.ulimits.iter().flatten() {
            let name = limit.name.trim_start_matches("RLIMIT_").to_ascii_lowercase();
            let number = |limit: i64| if limit < 0 { "unlimited".to_owned() } else { limit.to_string() };
            let value = format!("{}:{}", number(limit.soft), number(limit.hard));
            add(&format!("container.ulimit.{name}"), Value::Text(value));
        }
        if !listens.is_empty() {
            add("container.publish", Value::List(listens.iter().map(|listen| Value::from(listen.as_str())).collect()));
        }
        properties
    }
}

#[cfg(test)]
mod tests;
