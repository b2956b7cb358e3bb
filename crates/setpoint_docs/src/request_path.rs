//! The way of a request through the site, hop by hop, with the limits that each hop sets. Pure data: `picture` draws
//! it, the Markdown page lists it.

mod alarms;

use crate::outbound::outbound;
use crate::sheet::shown;
use setpoint_model::{Effective, Finding, Layer, Mechanism, NamedDefault, ProcessState, Severity, Snapshot};

/// The hops in the order in which a request meets them. A hop of which nothing was found is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestPath {
    /// From the client to the application.
    pub hops: Vec<Hop>,
    /// What the application itself calls: databases first, then the rest by name.
    pub outbound: Vec<Hop>,
    /// True where the proxy's requests reach nobody, so that no way leads on from it.
    pub ends_at_proxy: bool,
    /// How many more it calls than there is room for.
    pub outbound_left_out: usize,
}

impl RequestPath {
    /// True if a request comes from the hop before to the one at this index.
    pub fn leads_to(&self, index: usize) -> bool {
        let before = index.checked_sub(1).and_then(|before| self.hops.get(before));
        before.is_some_and(|before| !(self.ends_at_proxy && before.kind == HopKind::Proxy))
    }
}

/// One program or machine on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// What it is.
    pub kind: HopKind,
    /// Its name: `nginx`, `gunicorn`, `gateway`.
    pub title: String,
    /// What else is known of it: where it listens, its unit, its URL.
    pub subtitle: Option<String>,
    /// Its limits, in blocks.
    pub blocks: Vec<Block>,
    /// The worst that the rules about the layers' working together say of it.
    pub alarm: Option<Alarm>,
}

/// What a rule says of a hop or a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// How much it matters.
    pub severity: Severity,
    /// The rule's code.
    pub code: &'static str,
    /// The default that it is about.
    pub default: String,
    /// What is wrong.
    pub message: String,
}

/// What a hop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopKind {
    /// Whoever asks.
    Client,
    /// nginx or Caddy.
    Proxy,
    /// gunicorn or uvicorn.
    Server,
    /// The service's own code.
    Application,
    /// A database that the code uses.
    Database,
    /// Another service that the code calls.
    Remote,
}

/// Limits of one hop that are set in one kind of place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The unit's name over its properties; `None` for the hop's own limits.
    pub title: Option<String>,
    /// The limits.
    pub limits: Vec<Limit>,
    /// How many more there are than fit.
    pub more: usize,
}

/// A timeout, a size, a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The default's name; `None` where nothing was found that sets it.
    pub default: Option<String>,
    /// The name as it is known at that hop: `proxy_read_timeout`.
    pub label: String,
    /// What it is.
    pub value: LimitValue,
    /// The worst that the rules about the layers' working together say of it.
    pub alarm: Option<Alarm>,
}

/// What is known of a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitValue {
    /// Somebody decided it: the service's code or its deployment.
    Set(String),
    /// The program's own default, read from what is installed.
    BuiltIn(String),
    /// Nothing was found that sets it, and the program's own default is not known.
    Unknown,
}

/// Limits of an nginx server, the important ones first. Those marked are shown even where nothing sets them, since a
/// request waits for them all the same (`ngx_http_proxy_module`, `ngx_http_core_module`, `ngx_http_upstream_module`).
const NGINX: [(&str, Shown); 15] = [
    ("client_max_body_size", Shown::Always),
    ("client_header_timeout", Shown::WhereKnown),
    ("client_body_timeout", Shown::WhereKnown),
    ("keepalive_timeout", Shown::Always),
    ("send_timeout", Shown::WhereKnown),
    ("proxy_connect_timeout", Shown::Always),
    ("proxy_send_timeout", Shown::WhereKnown),
    ("proxy_read_timeout", Shown::Always),
    ("proxy_next_upstream", Shown::WhereKnown),
    ("proxy_next_upstream_timeout", Shown::WhereKnown),
    ("upstream.keepalive", Shown::WhereKnown),
    ("upstream.keepalive_timeout", Shown::WhereKnown),
    ("limit_req", Shown::WhereKnown),
    ("limit_conn", Shown::WhereKnown),
    ("worker_connections", Shown::WhereKnown),
];
/// The same of Caddy (caddyserver.com, `reverse_proxy`, `request_body` and "Global options").
const CADDY: [(&str, Shown); 11] = [
    ("request_body.max_size", Shown::WhereKnown),
    ("options.servers.timeouts.read_header", Shown::WhereKnown),
    ("options.servers.timeouts.read_body", Shown::WhereKnown),
    ("options.servers.timeouts.idle", Shown::Always),
    ("options.servers.timeouts.write", Shown::WhereKnown),
    ("reverse_proxy.lb_try_duration", Shown::WhereKnown),
    ("reverse_proxy.transport.dial_timeout", Shown::Always),
    ("reverse_proxy.transport.response_header_timeout", Shown::Always),
    ("reverse_proxy.transport.read_timeout", Shown::Always),
    ("reverse_proxy.transport.keepalive", Shown::WhereKnown),
    ("options.grace_period", Shown::WhereKnown),
];
/// A program in front of the server.
struct Proxy {
    /// Its defaults begin with its name.
    mechanism: Mechanism,
    title: &'static str,
    limits: &'static [(&'static str, Shown)],
    /// The default that says where it listens.
    listens: &'static str,
}
const PROXIES: [Proxy; 2] = [
    Proxy { mechanism: Mechanism::Nginx, title: "nginx", limits: &NGINX, listens: "nginx.listen" },
    Proxy { mechanism: Mechanism::Caddy, title: "Caddy", limits: &CADDY, listens: "caddy.address" },
];
/// gunicorn's settings by the names of its documentation.
const GUNICORN: [(&str, Shown); 9] = [
    ("workers", Shown::Always),
    ("threads", Shown::WhereKnown),
    ("worker_class", Shown::WhereKnown),
    ("timeout", Shown::Always),
    ("graceful_timeout", Shown::Always),
    ("keepalive", Shown::Always),
    ("backlog", Shown::WhereKnown),
    ("max_requests", Shown::WhereKnown),
    ("worker_connections", Shown::WhereKnown),
];
/// uvicorn's settings by the names of `uvicorn.Config`.
const UVICORN: [(&str, Shown); 8] = [
    ("workers", Shown::Always),
    ("timeout_keep_alive", Shown::Always),
    ("timeout_graceful_shutdown", Shown::Always),
    ("limit_concurrency", Shown::Always),
    ("limit_max_requests", Shown::WhereKnown),
    ("backlog", Shown::WhereKnown),
    ("h11_max_incomplete_event_size", Shown::WhereKnown),
    ("ws_max_size", Shown::WhereKnown),
];
/// A unit's properties that end or starve a request (systemd.service(5), systemd.exec(5), systemd.resource-control(5)).
const SYSTEMD: [(&str, Shown); 9] = [
    ("TimeoutStartSec", Shown::WhereKnown),
    ("TimeoutStopSec", Shown::Always),
    ("Restart", Shown::WhereKnown),
    ("RestartSec", Shown::WhereKnown),
    ("WatchdogSec", Shown::WhereKnown),
    ("LimitNOFILE", Shown::Always),
    ("TasksMax", Shown::WhereKnown),
    ("MemoryMax", Shown::Always),
    ("CPUQuota", Shown::WhereKnown),
];
/// Limits of the application that a picture has room for.
const MOST_LIMITS: usize = 10;
/// Locations of a proxy for each limit that a picture has room for.
const MOST_LOCATIONS: usize = 3;

/// Whether a limit is shown where nothing sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Always,
    WhereKnown,
}

/// The hops that the snapshot knows, each with what was found about it.
pub fn request_path(snapshot: &Snapshot, findings: &[Finding]) -> RequestPath {
    let web = snapshot.site.processes.iter().find(|process| serves_http(process));
    let unit = web.map(|process| process.name.as_str());
    let outbound = outbound(snapshot);
    let mut hops = vec![Hop {
        kind: HopKind::Client,
        title: "client".to_owned(),
        subtitle: None,
        blocks: Vec::new(),
        alarm: None,
    }];
    hops.extend(PROXIES.iter().filter(|proxy| uses(snapshot, proxy.mechanism)).map(|proxy| proxy_hop(snapshot, proxy)));
    hops.extend(servers(snapshot, web));
    let title = web.and_then(|process| process.app.clone()).unwrap_or_else(|| "application".to_owned());
    let is_read = |default: &&&NamedDefault| unit.is_none_or(|unit| !snapshot.is_of_other_processes(default, unit));
    let rest = outbound.rest.iter().filter(is_read);
    let mut limits: Vec<Limit> = rest.map(|default| own_limit(default, &default.name, unit)).collect();
    let more = limits.len().saturating_sub(MOST_LIMITS);
    limits.truncate(MOST_LIMITS);
    let blocks = vec![Block { title: None, limits, more }];
    hops.push(Hop { kind: HopKind::Application, title, subtitle: None, blocks, alarm: None });
    put_unit(&mut hops, snapshot, unit);
    alarms::raise(&mut hops, findings, unit);
    let ends_at_proxy = !snapshot.site.unanswered.is_empty();
    RequestPath { hops, outbound: outbound.hops, ends_at_proxy, outbound_left_out: outbound.left_out }
}

fn proxy_hop(snapshot: &Snapshot, proxy: &Proxy) -> Hop {
    let prefix = proxy.mechanism.as_str();
    let own = block(snapshot, None, &format!("{prefix}."), proxy.limits, None);
    let listens = known(snapshot, proxy.listens, None);
    Hop {
        kind: HopKind::Proxy,
        title: proxy.title.to_owned(),
        subtitle: listens.map(|listens| format!("listens on {listens}")),
        blocks: vec![with_locations(own, prefix, snapshot)],
        alarm: None,
    }
}

/// gunicorn, uvicorn, or uvicorn's workers under gunicorn.
fn servers(snapshot: &Snapshot, web: Option<&ProcessState>) -> Vec<Hop> {
    let unit = web.map(|process| process.name.as_str());
    let program = web.and_then(|process| process.program.as_deref());
    let worker_class = known(snapshot, "gunicorn.worker_class", unit);
    let gunicorn = program == Some("gunicorn") || (program.is_none() && uses(snapshot, Mechanism::Gunicorn));
    let uvicorn_worker = gunicorn && worker_class.is_some_and(|class| class.to_lowercase().contains("uvicorn"));
    let uvicorn = program == Some("uvicorn") || (program.is_none() && uses(snapshot, Mechanism::Uvicorn));
    let hop = |title: &str, prefix: &str, limits: &[(&str, Shown)], bind: Option<String>| Hop {
        kind: HopKind::Server,
        title: title.to_owned(),
        subtitle: bind.map(|bind| format!("listens on {bind}")),
        blocks: vec![block(snapshot, None, prefix, limits, unit)],
        alarm: None,
    };
    let mut hops = Vec::new();
    if gunicorn {
        hops.push(hop("gunicorn", "gunicorn.", &GUNICORN, known(snapshot, "gunicorn.bind", unit)));
    }
    if uvicorn_worker {
        // Under gunicorn the number of workers and their end are gunicorn's; uvicorn's own defaults hold for the rest.
        let own = UVICORN.map(|(name, _)| (name, Shown::WhereKnown));
        let worker = hop("uvicorn worker", "uvicorn.", &own[1..], None);
        // Where nothing is known of it, gunicorn's `worker_class` says all there is to say.
        hops.extend(worker.blocks.iter().any(|block| !block.limits.is_empty()).then_some(worker));
    } else if uvicorn {
        let host = known(snapshot, "uvicorn.host", unit);
        let port = known(snapshot, "uvicorn.port", unit);
        let socket = known(snapshot, "uvicorn.uds", unit).filter(|socket| socket != "null");
        let bind = socket.or_else(|| Some(format!("{}:{}", host?, port?)));
        hops.push(hop("uvicorn", "uvicorn.", &UVICORN, bind));
    }
    hops
}

/// The unit's properties stand at the first program that it starts.
fn put_unit(hops: &mut [Hop], snapshot: &Snapshot, unit: Option<&str>) {
    if !uses(snapshot, Mechanism::Systemd) {
        return;
    }
    let is_started = |hop: &&mut Hop| matches!(hop.kind, HopKind::Server | HopKind::Application);
    if let Some(hop) = hops.iter_mut().find(is_started) {
        let title = unit.unwrap_or("systemd").to_owned();
        hop.blocks.push(block(snapshot, Some(title), "systemd.", &SYSTEMD, unit));
    }
}

fn block(
    snapshot: &Snapshot,
    title: Option<String>,
    prefix: &str,
    limits: &[(&str, Shown)],
    unit: Option<&str>,
) -> Block {
    let limit = |&(label, always): &(&str, Shown)| match snapshot.find(&format!("{prefix}{label}")) {
        Some(default) => {
            let limit = own_limit(default, label, unit);
            (limit.value != LimitValue::Unknown || always == Shown::Always).then_some(limit)
        }
        None => (always == Shown::Always).then(|| Limit {
            default: None,
            label: label.to_owned(),
            value: LimitValue::Unknown,
            alarm: None,
        }),
    };
    Block { title, limits: limits.iter().filter_map(limit).collect(), more: 0 }
}

/// The same block with what differs in other locations of the proxy, each behind the main location's limit: such a
/// default is called `nginx[shop.example/upload].client_max_body_size`.
fn with_locations(block: Block, proxy: &str, snapshot: &Snapshot) -> Block {
    let mut more = block.more;
    let mut limits = Vec::new();
    for limit in block.limits {
        let elsewhere: Vec<Limit> = snapshot
            .defaults
            .iter()
            .filter_map(|default| {
                let rest = default.name.strip_prefix(proxy)?.strip_prefix('[')?.strip_suffix(limit.label.as_str())?;
                Some(own_limit(default, &format!("at {}", rest.strip_suffix("].")?), None))
            })
            .collect();
        more += elsewhere.len().saturating_sub(MOST_LOCATIONS);
        limits.push(limit);
        limits.extend(elsewhere.into_iter().take(MOST_LOCATIONS));
    }
    Block { limits, more, ..block }
}

/// A default as a limit of the hop that it belongs to.
pub(crate) fn own_limit(default: &NamedDefault, label: &str, unit: Option<&str>) -> Limit {
    let value = match effective(default, unit) {
        Some(effective) if effective.layer == Layer::Library => LimitValue::BuiltIn(shown(default, &effective.value)),
        Some(effective) => LimitValue::Set(shown(default, &effective.value)),
        None => LimitValue::Unknown,
    };
    Limit { default: Some(default.name.clone()), label: label.to_owned(), value, alarm: None }
}

fn effective<'a>(default: &'a NamedDefault, unit: Option<&str>) -> Option<&'a Effective> {
    let own = default.per_process.iter().find(|(process, _)| Some(process.as_str()) == unit);
    own.map(|(_, effective)| effective).or(default.effective.as_ref())
}

/// A default's effective value in words, where it is known.
fn known(snapshot: &Snapshot, name: &str, unit: Option<&str>) -> Option<String> {
    let default = snapshot.find(name)?;
    let held = &effective(default, unit)?.value;
    held.constant().map(|_| shown(default, held))
}

/// True if anything but an installed library speaks of it.
fn uses(snapshot: &Snapshot, mechanism: Mechanism) -> bool {
    let speaks = |default: &NamedDefault| default.readings.iter().any(|reading| reading.layer != Layer::Library);
    snapshot.defaults.iter().any(|default| default.mechanism == mechanism && speaks(default))
}

fn serves_http(process: &ProcessState) -> bool {
    matches!(process.program.as_deref(), Some("uvicorn" | "gunicorn"))
}
