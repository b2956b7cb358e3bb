//! What the application calls, as far as its settings say: a setting that holds a URL is a hop, and limits whose names
//! begin like it are that hop's limits.

use crate::request_path::{Block, Hop, HopKind, Limit, own_limit};
use crate::sheet::Section;
use setpoint_model::{Held, NamedDefault, Snapshot, Value, name_words};

/// What the application calls, and the limits that are its own.
#[derive(Debug)]
pub(crate) struct Outbound<'a> {
    pub(crate) hops: Vec<Hop>,
    /// How many more there are than a picture has room for.
    pub(crate) left_out: usize,
    /// Limits of the application itself, those that the deployment sets first.
    pub(crate) rest: Vec<&'a NamedDefault>,
}

/// Last words of a setting that names a peer.
const ADDRESS: [&str; 6] = ["URL", "URI", "DSN", "ENDPOINT", "HOST", "SERVER"];
/// Words of a setting that names a database.
const DATABASE: [&str; 9] =
    ["DATABASE", "DATABASES", "DB", "POSTGRES", "POSTGRESQL", "MYSQL", "SQLALCHEMY", "SQLITE", "MONGO"];
/// Words of a limit that, without a peer of its own, is a database's.
const POOL: [&str; 5] = ["POOL", "DB", "DATABASE", "STATEMENT", "SQLALCHEMY"];
/// Words of a setting whose URL is called, not shown or allowed (`PUBLIC_URL`, `CORS_URL`).
const CALLED: [&str; 7] = ["API", "GATEWAY", "UPSTREAM", "BACKEND", "BROKER", "CACHE", "WEBHOOK"];
/// Words of a limit.
const LIMIT: [&str; 22] = [
    "TIMEOUT",
    "TIMEOUTS",
    "RETRY",
    "RETRIES",
    "ATTEMPTS",
    "BACKOFF",
    "MAX",
    "MIN",
    "LIMIT",
    "LIMITS",
    "POOL",
    "SIZE",
    "RECYCLE",
    "OVERFLOW",
    "CONCURRENCY",
    "WORKERS",
    "THREADS",
    "CONNECTIONS",
    "KEEPALIVE",
    "TTL",
    "EXPIRY",
    "INTERVAL",
];
/// Schemes of databases: as `SQLAlchemy`, Django and `MongoDB` name them, without the driver after `+`.
const DATABASE_SCHEMES: [&str; 10] =
    ["postgres", "postgresql", "mysql", "mariadb", "sqlite", "oracle", "mssql", "mongodb", "cockroachdb", "clickhouse"];
/// Schemes of other peers. `http` and `https` need more evidence, since many such URLs are only shown.
const PEER_SCHEMES: [&str; 9] = ["redis", "rediss", "valkey", "amqp", "amqps", "kafka", "nats", "memcached", "smtp"];
/// Peers that a picture has room for.
const MOST: usize = 6;
/// Limits of one peer that a picture has room for.
const MOST_LIMITS: usize = 8;

/// A setting that holds a peer's address.
struct Peer<'a> {
    default: &'a NamedDefault,
    kind: HopKind,
    /// The name's words without the last: `SHOP_GATEWAY`.
    stem: Vec<String>,
    limits: Vec<&'a NamedDefault>,
}

/// Finds the peers and divides the limits among them and the application.
pub(crate) fn outbound(snapshot: &Snapshot) -> Outbound<'_> {
    let own: Vec<&NamedDefault> =
        snapshot.defaults.iter().filter(|default| Section::of(default) == Section::Service).collect();
    let mut peers: Vec<Peer<'_>> = own.iter().filter_map(|&default| peer(default)).collect();
    // The longest stem is the nearest relative: `SHOP_GATEWAY_TIMEOUT` is the gateway's and not `SHOP_URL`'s.
    peers.sort_by_key(|peer| std::cmp::Reverse(peer.stem.len()));
    let mut rest = Vec::new();
    for limit in own.into_iter().filter(|default| is_limit(default)) {
        let words = name_words(&limit.name);
        let related = |peer: &&mut Peer<'_>| peer.has_family() && words.starts_with(&peer.stem);
        let is_pool = words.iter().any(|word| POOL.contains(&word.as_str()));
        let database = |peer: &&mut Peer<'_>| is_pool && peer.kind == HopKind::Database;
        match peers.iter_mut().find(related) {
            Some(peer) => peer.limits.push(limit),
            None => match peers.iter_mut().find(database) {
                Some(peer) => peer.limits.push(limit),
                None => rest.push(limit),
            },
        }
    }
    peers.retain(Peer::is_called);
    peers.sort_by_key(|peer| (peer.kind != HopKind::Database, peer.limits.is_empty(), &peer.default.name));
    rest.sort_by_key(|default| (!is_set(default), !default.name.contains("TIMEOUT"), &default.name));
    let left_out = peers.len().saturating_sub(MOST);
    Outbound { left_out, hops: peers.into_iter().take(MOST).map(Peer::hop).collect(), rest }
}

fn peer(default: &NamedDefault) -> Option<Peer<'_>> {
    let mut stem = name_words(&default.name);
    let last = stem.pop()?;
    let is_named_database = stem.iter().chain([&last]).any(|word| DATABASE.contains(&word.as_str()));
    let scheme = scheme(default);
    let kind = match &scheme {
        Some(scheme) if DATABASE_SCHEMES.contains(&scheme.as_str()) => HopKind::Database,
        Some(scheme) if PEER_SCHEMES.contains(&scheme.as_str()) => HopKind::Remote,
        Some(scheme) if scheme == "http" || scheme == "https" => HopKind::Remote,
        // The address of a database is often a secret, and then its name has to do.
        Some(_) | None if is_named_database && ADDRESS[..3].contains(&last.as_str()) => HopKind::Database,
        Some(_) | None => return None,
    };
    if !ADDRESS.contains(&last.as_str()) {
        stem.push(last);
    }
    stem.truncate(stem.len() - stem.iter().rev().take_while(|word| *word == "BASE").count());
    Some(Peer { default, kind, stem, limits: Vec::new() })
}

impl Peer<'_> {
    /// True if other settings may begin like this one because they are about the same peer. The one word of
    /// `SHOP_URL` is no peer's name, and the one of `REDIS_URL` is.
    fn has_family(&self) -> bool {
        match self.stem.as_slice() {
            [] => false,
            [word] => !self.is_web() || CALLED.contains(&word.as_str()),
            [_, ..] => true,
        }
    }

    fn is_web(&self) -> bool {
        matches!(scheme(self.default).as_deref(), Some("http" | "https"))
    }

    /// An `http` URL is a peer only where its name or a limit of its own says that it is called.
    fn is_called(&self) -> bool {
        !self.is_web() || !self.limits.is_empty() || self.stem.iter().any(|word| CALLED.contains(&word.as_str()))
    }

    fn hop(self) -> Hop {
        let scheme = scheme(self.default);
        let title = match (self.kind, scheme.as_deref()) {
            (HopKind::Database, Some(scheme)) => database_title(scheme).to_owned(),
            (HopKind::Database, None) => "database".to_owned(),
            (HopKind::Remote, Some(scheme)) if PEER_SCHEMES.contains(&scheme) => scheme.to_owned(),
            (
                HopKind::Remote | HopKind::Client | HopKind::Proxy | HopKind::Server | HopKind::Application,
                Some(_) | None,
            ) => self.stem.last().map_or_else(|| "remote".to_owned(), |word| word.to_lowercase()),
        };
        let address = own_limit(self.default, &self.default.name, None);
        let mut limits: Vec<Limit> =
            self.limits.iter().map(|default| own_limit(default, &default.name, None)).collect();
        let more = limits.len().saturating_sub(MOST_LIMITS);
        limits.truncate(MOST_LIMITS);
        limits.insert(0, Limit { label: self.default.name.clone(), ..address });
        Hop { kind: self.kind, title, subtitle: None, blocks: vec![Block { title: None, limits, more }], alarm: None }
    }
}

fn database_title(scheme: &str) -> &'static str {
    match scheme {
        "postgres" | "postgresql" => "PostgreSQL",
        "mysql" => "MySQL",
        "mariadb" => "MariaDB",
        "sqlite" => "SQLite",
        "oracle" => "Oracle",
        "mssql" => "SQL Server",
        "mongodb" => "MongoDB",
        "cockroachdb" => "CockroachDB",
        "clickhouse" => "ClickHouse",
        _ => "database",
    }
}

/// The scheme of the URL that is effective, without the driver: `postgresql` of `postgresql+psycopg://db/shop`.
fn scheme(default: &NamedDefault) -> Option<String> {
    let Held::Constant(Value::Text(text)) = &default.effective.as_ref()?.value else { return None };
    let scheme = text.split_once("://")?.0.split('+').next()?.to_lowercase();
    scheme.chars().all(|letter| letter.is_ascii_alphanumeric()).then_some(scheme)
}

/// True for a setting whose value bounds something: a number, a size, a time.
fn is_limit(default: &NamedDefault) -> bool {
    let is_text = matches!(&default.value, Held::Constant(Value::Text(text)) if !text.starts_with(|first: char| first.is_ascii_digit()));
    !default.secret && !is_text && name_words(&default.name).iter().any(|word| LIMIT.contains(&word.as_str()))
}

fn is_set(default: &NamedDefault) -> bool {
    default.effective.as_ref().is_some_and(|effective| effective.layer.is_deployment())
}
