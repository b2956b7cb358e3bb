//! Whether the service uses a server of its own machine: by the URLs and the Django databases that it is given.

use super::Server;
use crate::{Assignment, Clear, Declaration, Target};
use setpoint_model::{Backend, Value};
use std::collections::{BTreeSet, HashSet};

/// The ports on which the service uses this machine's server; none where it is not known to, or where it is given one
/// of another machine as well.
pub(super) fn ports(server: Server, assignments: &[Assignment], declarations: &[Declaration]) -> BTreeSet<u16> {
    let assigned: HashSet<&str> = assignments
        .iter()
        .map(|assignment| match &assignment.target {
            Target::Variable(name) | Target::FromVariable { variable: name, .. } | Target::Default(name) => {
                name.as_str()
            }
        })
        .collect();
    // A default that something sets is not in force.
    let is_set = |declaration: &Declaration| {
        let names = declaration.variables.iter().chain(&declaration.aliases).chain([&declaration.name]);
        names.into_iter().any(|name| assigned.contains(name.as_str()))
    };
    let declared = declarations.iter().filter(|declaration| !is_set(declaration)).map(|declaration| &declaration.value);
    let mut used = Vec::new();
    for value in assignments.iter().map(|assignment| &assignment.value).chain(declared) {
        if let Clear::Constant(value) = value {
            collect(server, value.reveal(), &mut used);
        }
    }
    let local: Option<BTreeSet<u16>> = used.into_iter().collect();
    local.unwrap_or_default()
}

/// The port of each use of such a server; `None` for one of another machine, or of nobody knows which.
fn collect(server: Server, value: &Value, used: &mut Vec<Option<u16>>) {
    match value {
        Value::Text(text) => {
            used.extend((Backend::of_url(text) == Some(server.backend())).then(|| port_of_url(server, text)));
        }
        Value::List(items) => items.iter().for_each(|item| collect(server, item, used)),
        Value::Map(pairs) => {
            let text = |key: &str| pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.to_string());
            if let Some(engine) = text("ENGINE")
                && server == Server::Postgresql
                && ["postgresql", "postgis"].iter().any(|word| engine.rsplit('.').next() == Some(word))
            {
                let port = text("PORT").filter(|port| !port.is_empty());
                let port = port.map_or(Some(server.usual_port()), |port| port.parse().ok());
                used.push(port.filter(|_| is_local(&text("HOST").unwrap_or_default())));
                return;
            }
            pairs.iter().for_each(|(_, item)| collect(server, item, used));
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => {}
    }
}

/// The port of this machine that a URL leads to (RFC 3986, section 3.2).
fn port_of_url(server: Server, url: &str) -> Option<u16> {
    let (_, behind) = url.split_once("://")?;
    let authority = behind.split(['/', '?', '#']).next()?;
    let place = authority.rsplit('@').next()?;
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (place, ""),
    };
    let port = if port.is_empty() { Some(server.usual_port()) } else { port.parse().ok() };
    // A path to a socket is written for a host with its `/` escaped, or as a parameter; then there is no host.
    let elsewhere = behind
        .split(['?', '&'])
        .skip(1)
        .any(|parameter| parameter.strip_prefix("host=").is_some_and(|host| !is_local(host)));
    port.filter(|_| is_local(host) && !elsewhere)
}

fn is_local(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    matches!(host.as_str(), "" | "localhost" | "::1")
        || ["127.", "/", "%2f"].iter().any(|start| host.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{collect, port_of_url};
    use crate::backends::Server;
    use setpoint_model::Value;

    #[test]
    fn a_url_leads_to_this_machine_or_elsewhere() {
        let port = |url| port_of_url(Server::Postgresql, url);
        assert_eq!(port("postgresql://shop:hunter2@localhost/shop"), Some(5432));
        assert_eq!(port("postgresql+asyncpg://shop@127.0.0.1:5433/shop"), Some(5433));
        assert_eq!(port("postgresql:///shop"), Some(5432));
        assert_eq!(port("postgresql://shop@/shop?host=/run/postgresql"), Some(5432));
        assert_eq!(port("postgresql://%2Frun%2Fpostgresql/shop"), Some(5432));
        assert_eq!(port("postgresql://shop@[::1]:5433/shop"), Some(5433));
        assert_eq!(port("postgresql://shop@/shop?host=db.example"), None);
        assert_eq!(port("postgresql://shop:p%40ss@db:5432/shop"), None);
        assert_eq!(port("postgresql://a,localhost/shop"), None);
        assert_eq!(port("postgresql://localhost:${PORT}/shop"), None);
    }

    #[test]
    fn a_database_of_django() {
        let used = |json: &str| {
            let mut used = Vec::new();
            collect(Server::Postgresql, &Value::from_json(json).unwrap(), &mut used);
            used
        };
        let engine = r#""ENGINE": "django.db.backends.postgresql""#;
        assert_eq!(used(&format!(r#"{{"default": {{{engine}, "NAME": "shop"}}}}"#)), [Some(5432)]);
        assert_eq!(used(&format!(r#"{{"default": {{{engine}, "HOST": "::1", "PORT": 5433}}}}"#)), [Some(5433)]);
        assert_eq!(used(&format!(r#"{{"default": {{{engine}, "HOST": "db"}}}}"#)), [None]);
        assert_eq!(used(r#"{"default": {"ENGINE": "django.db.backends.sqlite3"}}"#), []);
    }
}
