//! How long the application waits for other services.

use crate::Facts;
use crate::calls::{Given, caller};
use crate::setting::Setting;
use setpoint_model::{LibraryCall, ProcessState};

/// The time that one call gives another service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience<'a> {
    pub(crate) call: &'a LibraryCall,
    /// For connecting, and again for the answer.
    pub(crate) seconds: f64,
    /// The default that says so.
    pub(crate) from: Option<&'a str>,
}

impl Patience<'_> {
    /// The longest that the call may last before it gives up by itself.
    pub(crate) fn in_all(self) -> f64 {
        2.0 * self.seconds
    }
}

/// What the calls of HTTP clients that this process may make are given as their timeout, where that is one number. A
/// timeout that has several parts, or that is not given at all, is not among them.
pub(crate) fn patience<'a>(facts: Facts<'a>, process: &'a ProcessState) -> Vec<Patience<'a>> {
    let clients = facts.snapshot.calls.iter().filter(|call| is_http_client(&call.function));
    let mine = clients.filter(|call| is_made_by(facts, call, process));
    let patience = mine.filter_map(|call| {
        let seconds = facts.given(call, &["timeout"], &process.name).known()?.number()?;
        Some(Patience { call, seconds, from: call.argument("timeout")?.from.as_deref() })
    });
    patience.collect()
}

fn is_http_client(function: &str) -> bool {
    matches!(function.split('.').next(), Some("httpx" | "requests"))
}

/// True if the process surely imports the call; where that of no process is known, if no other one can make it. A
/// command that ends (`Type=oneshot`) does its own work in the module that it runs.
fn is_made_by(facts: Facts<'_>, call: &LibraryCall, process: &ProcessState) -> bool {
    if !call.imported_by.is_empty() {
        return call.imported_by.contains(&process.name);
    }
    let others = facts.snapshot.site.processes.iter().filter(|other| other.name != process.name);
    others.into_iter().all(|other| {
        let kind = facts.setting("systemd.Type", &other.name);
        kind.is_some_and(|kind| kind.text() == "oneshot") && other.app.as_deref().is_some_and(|app| !is_in(app, call))
    })
}

/// True if the call stands in the module: `shop/import_prices.py` is `shop.import_prices`.
fn is_in(module: &str, call: &LibraryCall) -> bool {
    let module = module.split(':').next().unwrap_or(module).replace('.', "/");
    let file = call.place.file.strip_suffix(".py").unwrap_or(&call.place.file);
    file == module || file.strip_suffix(&module).is_some_and(|before| before.ends_with('/'))
}

/// The calls of other services that may wait for ever, each with the name of the timeout that it lacks.
pub(crate) fn endless_calls(facts: Facts<'_>) -> Vec<(&LibraryCall, &'static str)> {
    let has_own_limit = facts.snapshot.calls.iter().any(|call| call.function == "socket.setdefaulttimeout");
    let mounts = |call: &LibraryCall| SESSIONS.iter().any(|session| call.function == format!("{session}.mount"));
    let has_own_adapter = facts.service_calls().any(|call| mounts(call) && !mounts_the_usual(call));
    let mut endless = Vec::new();
    for client in &CLIENTS {
        let is_excused = match client.otherwise {
            Otherwise::Forever(Forever::Session) => has_own_adapter,
            Otherwise::Forever(Forever::Socket) => has_own_limit,
            Otherwise::Forever(Forever::Always) | Otherwise::Finite | Otherwise::Library(_) => false,
        };
        for call in facts.service_calls().filter(|call| client.is_called(call) && !is_excused) {
            let given = facts.given(call, client.arguments, caller(call));
            let waits_for_ever = match (given, client.otherwise) {
                (Given::Nothing, Otherwise::Forever(_)) => true,
                (Given::Nothing, Otherwise::Library(default)) => {
                    !may_say_it_elsewhere(facts, call) && facts.built_in(default).is_some_and(Setting::is_none)
                }
                (given, _) => given.known().is_some_and(Setting::is_none),
            };
            if waits_for_ever {
                endless.push((call, client.arguments[0]));
            }
        }
    }
    endless
}

/// True for a call that sends a request of HTTP. One that makes a client does not.
pub(crate) fn sends_a_request(call: &LibraryCall) -> bool {
    let Some((owner, function)) = call.function.rsplit_once('.') else { return false };
    let is_of_client = matches!(owner.split('.').next(), Some("httpx" | "requests" | "aiohttp"));
    (is_of_client && (METHODS.contains(&function) || function == "send"))
        || ["urllib.request.urlopen", "urllib3.request", "urllib3.PoolManager.request"]
            .contains(&call.function.as_str())
}

/// A kind of client.
struct Client {
    /// Modules and classes, by their full names.
    owners: &'static [&'static str],
    /// What is called of them.
    functions: &'static [&'static str],
    /// The names and places of its timeout.
    arguments: &'static [&'static str],
    otherwise: Otherwise,
}

impl Client {
    fn is_called(&self, call: &LibraryCall) -> bool {
        let Some((owner, function)) = call.function.rsplit_once('.') else { return false };
        self.owners.contains(&owner) && self.functions.contains(&function)
    }
}

/// What a client does that is given no timeout.
#[derive(Clone, Copy)]
enum Otherwise {
    Forever(Forever),
    /// It gives up after a while.
    Finite,
    /// What the installed version says under this name.
    Library(&'static str),
}

/// What else may limit a client that waits for ever.
#[derive(Clone, Copy)]
enum Forever {
    Always,
    /// An adapter of its session.
    Session,
    /// `socket.setdefaulttimeout`.
    Socket,
}

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options", "request", "stream"];
const SESSIONS: &[&str] = &["requests.Session", "requests.session", "requests.sessions.Session"];

const CLIENTS: [Client; 6] = [
    Client {
        owners: &["requests"],
        functions: METHODS,
        arguments: &["timeout"],
        otherwise: Otherwise::Forever(Forever::Always),
    },
    Client {
        owners: SESSIONS,
        functions: METHODS,
        arguments: &["timeout"],
        otherwise: Otherwise::Forever(Forever::Session),
    },
    Client {
        owners: &["urllib.request"],
        functions: &["urlopen"],
        arguments: &["timeout", "2"],
        otherwise: Otherwise::Forever(Forever::Socket),
    },
    Client {
        owners: &["smtplib"],
        functions: &["SMTP", "SMTP_SSL"],
        arguments: &["timeout", "3"],
        otherwise: Otherwise::Forever(Forever::Socket),
    },
    Client {
        owners: &["httpx", "httpx.Client", "httpx.AsyncClient"],
        functions: &[
            "Client",
            "AsyncClient",
            "get",
            "post",
            "put",
            "patch",
            "delete",
            "head",
            "options",
            "request",
            "stream",
        ],
        arguments: &["timeout"],
        otherwise: Otherwise::Finite,
    },
    Client {
        owners: &["redis", "redis.client", "redis.Redis", "redis.client.Redis", "redis.asyncio", "redis.asyncio.Redis"],
        functions: &["Redis", "StrictRedis", "from_url"],
        arguments: &["socket_timeout"],
        otherwise: Otherwise::Library("redis.socket_timeout"),
    },
];

/// True if a redis client may have its timeout from a pool that it is given, or from its URL.
fn may_say_it_elsewhere(facts: Facts<'_>, call: &LibraryCall) -> bool {
    let url = || facts.given(call, &["0", "url"], caller(call)).known().map(Setting::text);
    let is_of_url = call.function.ends_with("from_url");
    !call.lacks("connection_pool") || (is_of_url && url().is_none_or(|url| url.contains("socket_timeout")))
}

/// True if only requests' own adapter is mounted, which has no timeout.
fn mounts_the_usual(call: &LibraryCall) -> bool {
    call.argument("1").or_else(|| call.argument("adapter")).is_some_and(|adapter| {
        ["HTTPAdapter(", "requests.adapters.HTTPAdapter("].iter().any(|usual| adapter.text.starts_with(usual))
    })
}
