//! What a service says of the container around its process (Compose specification, "services" and "deploy").

use super::{OVERRIDE, RESET, TakenAway, scalar};
use crate::Traced;
use crate::yaml::{Content, Node};
use setpoint_model::{ByteSpan, Value};

/// A key of a service that says something of its container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// What it says.
    pub kind: PropertyKind,
    /// The key with those around it: `deploy.resources.limits.memory`.
    pub key: String,
    /// The value in its short form, such as `SOFT:HARD`; `${NAME}` stands in it as it is written.
    pub value: Traced,
    /// The value as written.
    pub span: ByteSpan,
}

/// What a property says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyKind {
    /// `image`
    Image,
    /// `build`: the folder, or whatever else it is built from.
    Build,
    /// `restart`
    Restart,
    /// `deploy.restart_policy`: the condition, and behind a `:` how often; it wins over `restart`.
    RestartPolicy,
    /// `mem_limit`, `deploy.resources.limits.memory`
    Memory,
    /// `stop_grace_period`
    StopTimeout,
    /// `stop_signal`
    StopSignal,
    /// `cgroup_parent`
    CgroupParent,
    /// `network_mode`
    Network,
    /// One of `ulimits`, by its name: `nofile`.
    Limit(&'static str),
    /// One of `ports`.
    Publish,
}

/// Keys that hold one text.
const SCALARS: [(&str, PropertyKind); 8] = [
    ("image", PropertyKind::Image),
    ("restart", PropertyKind::Restart),
    ("mem_limit", PropertyKind::Memory),
    ("deploy.resources.limits.memory", PropertyKind::Memory),
    ("stop_grace_period", PropertyKind::StopTimeout),
    ("stop_signal", PropertyKind::StopSignal),
    ("cgroup_parent", PropertyKind::CgroupParent),
    ("network_mode", PropertyKind::Network),
];

/// The limits of a process (`ulimitNameMapping` in `ulimit.go` of docker/go-units).
const LIMITS: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// The properties of a service, and what it takes away of those of weaker files.
pub(super) fn properties(service: &Node, takes_away: &mut Vec<TakenAway>) -> Vec<Property> {
    let mut properties = Vec::new();
    let mut add = |kind: PropertyKind, key: &str, node: &Node, value: Traced| {
        properties.push(Property { kind, key: key.to_owned(), value, span: node.span });
    };
    for (key, kind) in SCALARS {
        if let Some(node) = at(service, key, takes_away)
            && let Some(value) = scalar(node)
        {
            add(kind, key, node, value.clone());
        }
    }
    if let Some(node) = at(service, "build", takes_away) {
        let folder = node.get("context").unwrap_or(node);
        let value = scalar(folder).cloned().unwrap_or_else(|| written(".", node.span));
        add(PropertyKind::Build, "build", folder, value);
    }
    if let Some(node) = at(service, "deploy.restart_policy", takes_away) {
        let said = |key: &str| node.get(key).and_then(scalar);
        let value = joined([said("condition"), said("max_attempts")], node.span);
        add(PropertyKind::RestartPolicy, "deploy.restart_policy", node, value);
    }
    for name in LIMITS {
        let key = format!("ulimits.{name}");
        let Some(node) = at(service, &key, takes_away) else { continue };
        let said = |key: &str| node.get(key).and_then(scalar);
        let value = match scalar(node) {
            Some(both) => both.clone(),
            None => joined([said("soft"), said("hard")], node.span),
        };
        add(PropertyKind::Limit(name), &key, node, value);
    }
    if let Some(Content::Sequence(ports)) = at(service, "ports", takes_away).map(|node| &node.content) {
        for port in ports {
            let said = |key: &str| port.get(key).and_then(scalar);
            let value = match scalar(port) {
                Some(short) => Some(short.clone()),
                None => said("published")
                    .map(|published| joined([said("host_ip"), Some(published), said("target")], port.span)),
            };
            if let Some(value) = value {
                add(PropertyKind::Publish, "ports", port, value);
            }
        }
    }
    properties
}

/// The value of a key below others, unless it is taken away. What a stronger file takes away or replaces on the way
/// there is noted.
fn at<'n>(service: &'n Node, key: &str, takes_away: &mut Vec<TakenAway>) -> Option<&'n Node> {
    let mut node = service;
    let mut end = 0;
    for part in key.split('.') {
        node = node.get(part)?;
        end += part.len() + usize::from(end > 0);
        let tag = node.tag.as_deref();
        if matches!(tag, Some(RESET | OVERRIDE)) {
            let taken = TakenAway::Property(key[..end].to_owned());
            if !takes_away.contains(&taken) {
                takes_away.push(taken);
            }
        }
        if tag == Some(RESET) {
            return None;
        }
    }
    Some(node)
}

/// The texts that there are, with a `:` between them.
fn joined<const N: usize>(texts: [Option<&Traced>; N], span: ByteSpan) -> Traced {
    let mut joined = Traced::default();
    for (at, text) in texts.into_iter().flatten().enumerate() {
        if at > 0 {
            joined.push(':', span);
        }
        joined.append(text);
    }
    joined
}

fn written(text: &str, span: ByteSpan) -> Traced {
    let mut written = Traced::default();
    written.push_str(text, span);
    written
}

impl Property {
    /// True if a key that a stronger file takes away is this one, or is around it.
    pub(super) fn is_below(&self, key: &str) -> bool {
        self.key.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

impl PropertyKind {
    /// The option of `docker run` that says the same: `restart`, `ulimit.nofile`.
    pub fn option(&self) -> String {
        let option = match self {
            Self::Image => "image",
            Self::Build => "build",
            Self::Restart | Self::RestartPolicy => "restart",
            Self::Memory => "memory",
            Self::StopTimeout => "stop-timeout",
            Self::StopSignal => "stop-signal",
            Self::CgroupParent => "cgroup-parent",
            Self::Network => "network",
            Self::Limit(name) => return format!("ulimit.{name}"),
            Self::Publish => "publish",
        };
        option.to_owned()
    }

    /// What the engine makes of a text whose references are resolved: bytes, seconds, `SOFT:HARD`, the address of the
    /// machine that a port is published on. `Null` where it makes nothing of it, as of a port without one of the
    /// machine; `None` where nobody knows.
    pub fn value(&self, text: &str) -> Option<Value> {
        match self {
            Self::Image | Self::Build | Self::StopSignal | Self::CgroupParent | Self::Network => Some(text.into()),
            Self::Restart => Some(if text.is_empty() { "no" } else { text }.into()),
            Self::RestartPolicy => restart_policy(text).map(Value::Text),
            Self::Memory => match bytes(text)? {
                0 => Some("unlimited".into()),
                bytes => Some(Value::Integer(bytes)),
            },
            Self::StopTimeout => seconds(text).map(Value::Integer),
            Self::Limit(_) => limit(text).map(Value::Text),
            Self::Publish => Some(published(text).map_or(Value::Null, Value::Text)),
        }
    }

    /// What [`Self::value`] takes.
    pub fn expected(&self) -> &'static str {
        match self {
            Self::Image | Self::Build | Self::StopSignal | Self::CgroupParent | Self::Network => "a text",
            Self::Restart => "`no`, `always`, `on-failure` or `unless-stopped`",
            Self::RestartPolicy => "a `condition`: `none`, `on-failure` or `any`",
            Self::Memory => "a size, such as `512m`",
            Self::StopTimeout => "a time with its unit, such as `30s`",
            Self::Limit(_) => "a number, or `soft` and `hard`",
            Self::Publish => "a port, such as `127.0.0.1:8000:8000`",
        }
    }
}

/// In the words of `restart` (`getRestartPolicy` in `pkg/compose/create.go` of docker/compose). Without a condition the
/// specification says `any`, and Compose gives the engine none.
fn restart_policy(text: &str) -> Option<String> {
    let (condition, attempts) =
        text.split_once(':').map_or((text, None), |(condition, attempts)| (condition, Some(attempts)));
    let name = match condition {
        "none" | "no" => "no",
        "any" | "always" => "always",
        "on-failure" => "on-failure",
        "unless-stopped" => "unless-stopped",
        _ => return None,
    };
    let attempts = attempts.filter(|attempts| name == "on-failure" && *attempts != "0");
    Some(attempts.map_or_else(|| name.to_owned(), |attempts| format!("{name}:{attempts}")))
}

/// `512m`, `1.5GiB`: all by 1024 (`RAMInBytes` in `size.go` of docker/go-units).
fn bytes(text: &str) -> Option<i128> {
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let unit = text[end..].trim().to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let unit = unit.strip_suffix('i').unwrap_or(unit);
    let power = ["", "k", "m", "g", "t", "p"].iter().position(|known| *known == unit)?;
    let bytes = number * 1024_f64.powi(i32::try_from(power).ok()?);
    #[expect(clippy::cast_possible_truncation, reason = "it is below the limit that is looked at")]
    (bytes < 1e18).then_some(bytes as i128)
}

/// Whole seconds of `1m30s` (`time.ParseDuration` of Go; `toSeconds` in `pkg/compose/create.go` of docker/compose).
fn seconds(text: &str) -> Option<i128> {
    const UNITS: [(&str, f64); 7] =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let mut rest = text.trim();
    let mut sum = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() && rest != "0" {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let behind = &rest[end..];
        let end = behind.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(behind.len());
        sum += number * UNITS.iter().find(|(unit, _)| *unit == &behind[..end])?.1;
        rest = &behind[end..];
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is below the limit that is looked at")]
    (sum < 1e15).then_some(sum as i128)
}

/// `SOFT:HARD`, where one number is both, and less than nothing is no limit.
fn limit(text: &str) -> Option<String> {
    let one = |text: &str| {
        let number: i64 = text.trim().parse().ok()?;
        Some(if number < 0 { "unlimited".to_owned() } else { number.to_string() })
    };
    let (soft, hard) = text.split_once(':').unwrap_or((text, text));
    Some(format!("{}:{}", one(soft)?, one(hard)?))
}

/// The address of `[[IP:]PORT:]PORT[/PROTOCOL]` that is this machine's (`ParsePortSpec` of docker/go-connections).
fn published(text: &str) -> Option<String> {
    let text = text.split('/').next()?;
    let (host, _) = text.rsplit_once(':')?;
    let (address, port) = match host.rsplit_once(':') {
        Some((address, port)) => (address.trim_start_matches('[').trim_end_matches(']'), port),
        None => ("", host),
    };
    if port.is_empty() {
        return None;
    }
    let address = if address.is_empty() { "0.0.0.0" } else { address };
    Some(if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") })
}

#[cfg(test)]
mod tests {
    use crate::compose::parse;

    /// The properties of the service `web`, as lines.
    fn said(keys: &str) -> String {
        let text = format!("services:\n  web:\n{keys}");
        let (compose, _) = parse(text.as_bytes());
        let lines = compose.services[0].properties.iter().map(|property| {
            let value = property.kind.value(property.value.as_str());
            let value = value.map_or("?".to_owned(), |value| format!("{value:?}"));
            let written = text[property.span.start..property.span.end].trim_end().replace('\n', "⏎");
            format!("{} = {value} `{written}`", property.kind.option())
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_a_service_says_of_its_container() {
        insta::assert_snapshot!(said("
    image: shop:1
    build: {context: ./app, dockerfile: Dockerfile.web}
    restart: on-failure:3
    mem_limit: 512m
    stop_grace_period: 1m30s
    stop_signal: SIGQUIT
    network_mode: host
    ulimits: {nofile: {soft: 1024, hard: 2048}, nproc: -1}
    deploy:
      restart_policy: {condition: any, max_attempts: 2}
      resources: {limits: {memory: 1.5GiB}}
    ports: ['8000:8000', '127.0.0.1:8001:8000/tcp', '[::1]:8002:80', '9000', {target: 80, published: 8080, host_ip: 10.0.0.7}, {target: 81}]
"), @r#"
        image = Text("shop:1") `shop:1`
        restart = Text("on-failure:3") `on-failure:3`
        memory = Integer(536870912) `512m`
        memory = Integer(1610612736) `1.5GiB`
        stop-timeout = Integer(90) `1m30s`
        stop-signal = Text("SIGQUIT") `SIGQUIT`
        network = Text("host") `host`
        build = Text("./app") `./app`
        restart = Text("always") `{condition: any, max_attempts: 2}`
        ulimit.nofile = Text("1024:2048") `{soft: 1024, hard: 2048}`
        ulimit.nproc = Text("unlimited:unlimited") `-1`
        publish = Text("0.0.0.0:8000") `'8000:8000'`
        publish = Text("127.0.0.1:8001") `'127.0.0.1:8001:8000/tcp'`
        publish = Text("[::1]:8002") `'[::1]:8002:80'`
        publish = Null `'9000'`
        publish = Text("10.0.0.7:8080") `{target: 80, published: 8080, host_ip: 10.0.0.7}`
        "#);
    }

    #[test]
    fn what_compose_refuses_is_not_known() {
        insta::assert_snapshot!(said("
    mem_limit: much
    stop_grace_period: 30
    ulimits: {nofile: many}
    deploy: {restart_policy: {delay: 5s}}
"), @"
        memory = ? `much`
        stop-timeout = ? `30`
        restart = ? `{delay: 5s}`
        ulimit.nofile = ? `many`
        ");
    }
}
