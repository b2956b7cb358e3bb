//! The processes that answer HTTP requests: how their workers treat one, where they listen, and what the proxy in front
//! of them has for them.

use crate::Facts;
use crate::proxy::Proxy;
use crate::setting::Setting;
use setpoint_model::{Layer, Mechanism, NamedDefault, Place, ProcessState, Reading};
use std::net::IpAddr;

/// What tells an application of its client, in one way or another.
const CLIENT_HEADERS: [&str; 7] =
    ["Host", "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Ssl", "X-Real-IP", "Forwarded"];

/// A process of gunicorn or uvicorn.
#[derive(Clone, Copy)]
pub(crate) struct Server<'a> {
    pub(crate) facts: Facts<'a>,
    pub(crate) process: &'a ProcessState,
    pub(crate) program: Program,
}

/// The program that serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Gunicorn,
    Uvicorn,
}

/// What starts a process, and so where its properties are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Starter {
    /// systemd, by a unit.
    Unit,
    /// Docker or Podman, as a rule by a compose file.
    Container,
    /// A person, supervisord, cron, a platform: what is around the process is not known.
    Other,
}

/// Programs that answer requests.
const SERVERS: [&str; 5] = ["uvicorn", "gunicorn", "hypercorn", "daphne", "granian"];

/// What answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worker {
    /// gunicorn's `sync`: one request at a time, during which the worker says nothing to its master
    /// (`gunicorn/workers/sync.py`).
    Sync,
    /// gunicorn's `gthread`; the thread that talks to the master answers no requests.
    Threads,
    /// gunicorn's `gevent`, or the `eventlet` of its older versions.
    Greenlets,
    /// gunicorn's `tornado`.
    Tornado,
    /// gunicorn's own `asgi`.
    GunicornAsgi,
    /// uvicorn, by itself or as gunicorn's worker.
    Uvicorn,
}

/// The interface by which a worker calls the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interface {
    Wsgi,
    Asgi,
}

/// Who can reach a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A Unix socket, by its path.
    Unix(String),
    /// Programs of this machine.
    Loopback,
    /// Whoever reaches one address of this machine.
    Address,
    /// Whoever reaches any address of this machine.
    Everywhere,
}

impl<'a> Facts<'a> {
    /// The processes that run gunicorn or uvicorn.
    pub(crate) fn servers(self) -> impl Iterator<Item = Server<'a>> {
        self.snapshot.site.processes.iter().filter_map(move |process| {
            let program = match process.program.as_deref()? {
                "gunicorn" => Program::Gunicorn,
                "uvicorn" => Program::Uvicorn,
                _ => return None,
            };
            Some(Server { facts: self, process, program })
        })
    }
}

impl<'a> Server<'a> {
    /// The unit or whatever else starts it.
    pub(crate) fn name(self) -> &'a str {
        &self.process.name
    }

    /// A setting of gunicorn.
    pub(crate) fn gunicorn(self, setting: &str) -> Option<Setting<'a>> {
        self.of(Program::Gunicorn, "gunicorn", setting)
    }

    /// A setting of uvicorn that runs by itself. As gunicorn's worker it is given its settings by gunicorn.
    pub(crate) fn uvicorn(self, setting: &str) -> Option<Setting<'a>> {
        self.of(Program::Uvicorn, "uvicorn", setting)
    }

    fn of(self, program: Program, prefix: &str, setting: &str) -> Option<Setting<'a>> {
        (self.program == program).then(|| self.facts.setting(&format!("{prefix}.{setting}"), self.name())).flatten()
    }

    /// A setting that both servers have, under whichever name.
    pub(crate) fn either(self, gunicorn: &str, uvicorn: &str) -> Option<Setting<'a>> {
        match self.program {
            Program::Gunicorn => self.gunicorn(gunicorn),
            Program::Uvicorn => self.uvicorn(uvicorn),
        }
    }

    /// What starts it.
    pub(crate) fn starter(self) -> Starter {
        self.facts.starter(self.process)
    }

    /// True if a unit starts it, and not a container or a person.
    pub(crate) fn is_unit(self) -> bool {
        is_unit(self.process)
    }

    /// A property of its unit.
    pub(crate) fn unit(self, property: &str) -> Option<Setting<'a>> {
        self.facts.setting(&format!("systemd.{property}"), self.name())
    }

    /// A property of its container, as the engine has it or a compose file says it.
    pub(crate) fn container(self, property: &str) -> Option<Setting<'a>> {
        self.facts.setting(&format!("container.{property}"), self.name())
    }

    /// What answers its requests; `None` where that is not known, or a class of somebody else's.
    pub(crate) fn worker(self) -> Option<Worker> {
        if self.program == Program::Uvicorn {
            return Some(Worker::Uvicorn);
        }
        let class = self.gunicorn("worker_class")?.text();
        let last = class.rsplit(['.', ':', '#']).next().unwrap_or(&class);
        match last {
            // With threads it becomes `gthread` (`Config.worker_class` in `gunicorn/config.py`).
            "sync" | "SyncWorker" if self.gunicorn("threads")?.number()? > 1.0 => Some(Worker::Threads),
            "sync" | "SyncWorker" => Some(Worker::Sync),
            "gthread" | "ThreadWorker" => Some(Worker::Threads),
            "gevent" | "gevent_wsgi" | "gevent_pywsgi" | "GeventWorker" | "GeventPyWSGIWorker" | "eventlet"
            | "EventletWorker" => Some(Worker::Greenlets),
            "tornado" | "TornadoWorker" => Some(Worker::Tornado),
            "asgi" | "ASGIWorker" => Some(Worker::GunicornAsgi),
            "UvicornWorker" | "UvicornH11Worker" => Some(Worker::Uvicorn),
            _ => None,
        }
    }

    /// How many processes answer its requests; one where uvicorn is told nothing.
    pub(crate) fn workers(self) -> Option<f64> {
        let workers = self.either("workers", "workers")?;
        if workers.is_none() { Some(1.0) } else { workers.number() }
    }

    /// How long one request may take before the server ends it; infinite where a worker may take for ever. `None`
    /// for workers that talk to the master while they answer requests, whose `timeout` is a heartbeat and no limit.
    pub(crate) fn request_limit(self) -> Option<(Setting<'a>, f64)> {
        match self.worker()? {
            Worker::Sync => {
                let timeout = self.gunicorn("timeout")?;
                let seconds = timeout.seconds()?;
                // "Setting it to 0 has the effect of infinite timeouts" (`gunicorn/config.py`, `Timeout`).
                Some((timeout, if seconds == 0.0 { f64::INFINITY } else { seconds }))
            }
            Worker::Threads | Worker::Greenlets | Worker::Tornado | Worker::GunicornAsgi | Worker::Uvicorn => None,
        }
    }

    /// True if it believes the client's address in `X-Forwarded-For`. gunicorn's workers for WSGI read the headers that
    /// say `https` alone, and leave `X-Forwarded-For` to the application.
    pub(crate) fn reads_forwarded_for(self) -> bool {
        self.worker() == Some(Worker::Uvicorn)
    }

    /// The addresses from which it believes what a proxy says of the client; `None` where that is not known.
    pub(crate) fn trusted(self) -> Option<(Setting<'a>, Vec<String>)> {
        let setting = self.either("forwarded_allow_ips", "forwarded_allow_ips")?;
        // uvicorn's own default is `None`, for which its `Config` puts this machine's addresses.
        let built_in = || vec!["127.0.0.1".to_owned(), "::1".to_owned()];
        Some((setting, if setting.is_none() { built_in() } else { setting.texts() }))
    }

    /// Where it listens and who can reach that; empty where it is not known.
    pub(crate) fn listens(self) -> Vec<(&'a str, Reach)> {
        let listens = self.process.listens.iter();
        listens.filter_map(|listen| Some((listen.as_str(), reach(listen)?))).collect()
    }

    /// The setting that says where it listens.
    pub(crate) fn bind(self) -> Option<Setting<'a>> {
        let socket = self.uvicorn("uds").filter(|socket| !socket.is_none());
        socket.or_else(|| self.either("bind", "host"))
    }

    /// The setting that tells this server's address from others: the socket or the port.
    pub(crate) fn address(self) -> Option<Setting<'a>> {
        let socket = self.uvicorn("uds").filter(|socket| !socket.is_none());
        socket.or_else(|| self.either("bind", "port"))
    }

    /// Where somebody would set it for this server, see [`Facts::place_to_set`].
    pub(crate) fn place_to_set(self, setting: Setting<'a>) -> &'a Place {
        self.facts.place_to_set(setting, self.name())
    }

    /// What a proxy has for the requests that it passes to this server, for most requests first. No directive means
    /// something in two proxies.
    pub(crate) fn proxy(self, directive: &str) -> Vec<Setting<'a>> {
        if self.proxies().next().is_some() { self.facts.proxy_settings_for(directive, self.name()) } else { Vec::new() }
    }

    /// True if the proxy has that directive for the process, also where nobody knows what it says.
    pub(crate) fn proxy_says(self, directive: &str) -> bool {
        self.facts.proxy_says_for(directive, self.name())
    }

    /// What [`Self::proxy`] gives, for most requests alone.
    pub(crate) fn main_proxy(self, directive: &str) -> Option<Setting<'a>> {
        self.proxy(directive).into_iter().find(|setting| setting.location().is_none())
    }

    /// True if nginx sets at least one header that says who the client is or what it asked for.
    pub(crate) fn proxy_tells_of_the_client(self) -> bool {
        CLIENT_HEADERS.iter().any(|name| !self.proxy(&format!("proxy_set_header.{name}")).is_empty())
    }

    /// True if something that the proxies' files say or include could not be read: what they lack may stand there.
    pub(crate) fn proxy_is_incomplete(self) -> bool {
        let snapshot = self.facts.snapshot;
        let of_proxies = snapshot.defaults.iter().filter(|default| Proxy::of(default.mechanism).is_some());
        let files: Vec<&str> =
            of_proxies.flat_map(|default| &default.readings).map(|reading| reading.place.file.as_str()).collect();
        let concerns = |problem: &setpoint_model::Problem| {
            problem.place.as_ref().is_some_and(|place| files.contains(&place.file.as_str()))
        };
        snapshot.problems.iter().any(concerns)
    }
}

impl Worker {
    /// The interface by which it calls the application.
    pub(crate) fn interface(self) -> Interface {
        match self {
            Worker::Sync | Worker::Threads | Worker::Greenlets | Worker::Tornado => Interface::Wsgi,
            Worker::GunicornAsgi | Worker::Uvicorn => Interface::Asgi,
        }
    }
}

impl<'a> Facts<'a> {
    /// The units that serve people, as far as is known: those of an environment that is called after production, or of
    /// a site whose environment was not said.
    pub(crate) fn production_units(self) -> impl Iterator<Item = &'a ProcessState> {
        let environment = self.snapshot.site.environment.as_deref();
        let is_production = environment.is_none_or(|name| ["production", "prod", "live"].contains(&name));
        self.snapshot.site.processes.iter().filter(move |process| is_production && is_unit(process))
    }

    /// The words of the command that the unit starts.
    pub(crate) fn command(self, unit: &str) -> Vec<String> {
        let command = self.setting("systemd.ExecStart", unit).map(Setting::text).unwrap_or_default();
        command.split_whitespace().map(str::to_owned).collect()
    }

    /// What starts the process.
    pub(crate) fn starter(self, process: &ProcessState) -> Starter {
        if is_unit(process) {
            Starter::Unit
        } else if self.is_container(&process.name) {
            Starter::Container
        } else {
            Starter::Other
        }
    }

    /// The containers that are meant to run all the time: of a server, a worker of jobs or a database. What a profile
    /// alone starts is for the hour.
    pub(crate) fn long_running_containers(self) -> impl Iterator<Item = &'a ProcessState> {
        let processes = self.snapshot.site.processes.iter();
        processes.filter(move |process| self.starter(process) == Starter::Container).filter(move |process| {
            let runs_on = match process.program.as_deref() {
                Some(program) if SERVERS.contains(&program) => true,
                // Of its commands the worker and the beat alone have settings.
                Some("celery") => self.readings_of(&process.name).any(|(default, reading)| {
                    default.mechanism == Mechanism::Celery && reading.layer == Layer::CommandLine
                }),
                Some(_) => !process.may_run_the_code(),
                None => false,
            };
            let is_of_profile = |(default, reading): (&NamedDefault, &Reading)| {
                let symbol = reading.symbol.as_deref().unwrap_or_default();
                default.mechanism == Mechanism::Container && symbol.contains(", only with ")
            };
            runs_on && !self.readings_of(&process.name).any(is_of_profile)
        })
    }

    /// What is set for that process alone.
    fn readings_of(self, process: &str) -> impl Iterator<Item = (&'a NamedDefault, &'a Reading)> {
        let all =
            self.snapshot.defaults.iter().flat_map(|default| default.readings.iter().map(move |one| (default, one)));
        all.filter(move |(_, reading)| reading.process.as_deref() == Some(process))
    }

    /// True if it is a container, as its engine has it or a compose file says it.
    pub(crate) fn is_container(self, process: &str) -> bool {
        self.readings_of(process).any(|(default, _)| default.mechanism == Mechanism::Container)
    }

    /// The units that are meant to run all the time: a server, or a worker of jobs.
    pub(crate) fn long_running_units(self) -> impl Iterator<Item = &'a ProcessState> {
        self.snapshot.site.processes.iter().filter(move |process| is_unit(process)).filter(move |process| {
            let ends = self.setting("systemd.Type", &process.name).is_some_and(|kind| kind.text() == "oneshot");
            let runs = match process.program.as_deref() {
                Some(program) if SERVERS.contains(&program) => true,
                Some("celery") => {
                    let command = self.command(&process.name);
                    ["worker", "beat", "flower"].iter().any(|word| command.iter().any(|of| of == word))
                }
                Some(_) | None => false,
            };
            runs && !ends
        })
    }
}

/// True for what systemd starts.
pub(crate) fn is_unit(process: &ProcessState) -> bool {
    process.name.ends_with(".service")
}

/// Who reaches `127.0.0.1:8000`, `[::]:8000`, `:8000` or `unix:/run/shop.sock`; `None` where that cannot be told from it.
fn reach(listen: &str) -> Option<Reach> {
    if let Some(path) = listen.strip_prefix("unix:") {
        return Some(Reach::Unix(path.to_owned()));
    }
    let (host, port) = listen.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match (host, host.parse::<IpAddr>()) {
        // `parse_address` of `gunicorn/util.py` takes no host for all.
        ("" | "*", _) => Some(Reach::Everywhere),
        ("localhost", _) => Some(Reach::Loopback),
        (_, Ok(address)) if address.is_unspecified() => Some(Reach::Everywhere),
        (_, Ok(address)) if address.is_loopback() => Some(Reach::Loopback),
        (_, Ok(_)) => Some(Reach::Address),
        (_, Err(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Reach, reach};

    #[test]
    fn who_reaches_a_socket() {
        for (listen, expected) in [
            ("127.0.0.1:8000", Some(Reach::Loopback)),
            ("[::1]:8000", Some(Reach::Loopback)),
            ("localhost:8000", Some(Reach::Loopback)),
            ("0.0.0.0:8000", Some(Reach::Everywhere)),
            ("[::]:8000", Some(Reach::Everywhere)),
            (":::8000", Some(Reach::Everywhere)),
            (":8000", Some(Reach::Everywhere)),
            ("10.0.0.5:8000", Some(Reach::Address)),
            ("unix:/run/shop.sock", Some(Reach::Unix("/run/shop.sock".to_owned()))),
            ("shop.internal:8000", None),
            ("fd://3", None),
        ] {
            assert_eq!(reach(listen), expected, "{listen}");
        }
    }
}
