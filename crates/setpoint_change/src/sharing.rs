//! What a rehearsal must not share with production: the databases, queues and files that production writes to. Whoever writes
//! there from staging writes into production.

use setpoint_capture::{Captured, Vault};
use setpoint_host::Host;
use setpoint_model::{Backend, Effective, Held, Layer, NamedDefault, Snapshot};
use std::path::Path;

/// A captured site, and what it connects to.
#[derive(Clone, Copy)]
pub struct Connected<'a> {
    /// What was captured.
    pub snapshot: &'a Snapshot,
    /// The URLs that are secrets.
    pub vault: &'a Vault,
}

impl<'a> From<&'a Captured> for Connected<'a> {
    fn from(captured: &'a Captured) -> Self {
        Self { snapshot: &captured.snapshot, vault: &captured.vault }
    }
}

/// The defaults of staging that hold what production writes to.
pub fn shared(host: &dyn Host, production: Connected<'_>, staging: Connected<'_>) -> Vec<String> {
    let resources: Vec<Resource> = of_code(production).flat_map(|default| held(host, production, default)).collect();
    let is_shared = |default: &&NamedDefault| held(host, staging, default).iter().any(|one| resources.contains(one));
    of_code(staging).filter(is_shared).map(|default| default.name.clone()).collect()
}

/// The defaults that hold what production writes to and that nothing keeps apart in staging: no override, which the
/// deployment command is told of, too. Of a secret, which the register cannot hold, a value of staging's own is enough.
pub(crate) fn kept_by_nothing(
    host: &dyn Host,
    production: Connected<'_>,
    staging: Connected<'_>,
    overrides: &[(String, String)],
) -> Vec<String> {
    let own = own_secrets(host, production, staging, overrides);
    let is_open = |default: &&NamedDefault| {
        let is_overridden = overrides.iter().any(|(name, _)| default.is_called(name));
        let has_own = own.iter().any(|(name, _)| *name == default.name);
        !is_overridden && !has_own && !held(host, production, default).is_empty()
    };
    of_code(production).filter(is_open).map(|default| default.name.clone()).collect()
}

/// What staging has of its own in the place of a secret of production that names what that writes to: it stays.
pub(crate) fn own_secrets(
    host: &dyn Host,
    production: Connected<'_>,
    staging: Connected<'_>,
    overrides: &[(String, String)],
) -> Vec<(String, String)> {
    let mut own = Vec::new();
    for default in of_code(production).filter(|default| !overrides.iter().any(|(name, _)| default.is_called(name))) {
        let is_secret = effectives(default).any(|effective| matches!(effective.value, Held::Secret(_)));
        let theirs = held(host, production, default);
        let now = staging.snapshot.find(&default.name).map(|now| held(host, staging, now)).unwrap_or_default();
        if let ([first, ..], true) = (now.as_slice(), is_secret && !theirs.is_empty())
            && now.iter().all(|one| one == first && !theirs.contains(one))
        {
            own.push((default.name.clone(), first.clear.clone()));
        }
    }
    own
}

/// The defaults that name a database in which the service keeps its data. What is in a queue or a cache is not meant.
pub(crate) fn databases(snapshot: &Snapshot) -> impl Iterator<Item = &NamedDefault> {
    const KEPT: [Backend; 3] = [Backend::PostgreSql, Backend::MySql, Backend::Sqlite];
    let names_one = |effective: &Effective| effective.value.backend().is_some_and(|backend| KEPT.contains(&backend));
    of_code_in(snapshot).filter(move |default| effectives(default).any(names_one))
}

/// What the code reads. A property of a unit or a server is no place that the service writes to.
fn of_code(site: Connected<'_>) -> impl Iterator<Item = &NamedDefault> {
    of_code_in(site.snapshot)
}

fn of_code_in(snapshot: &Snapshot) -> impl Iterator<Item = &NamedDefault> {
    snapshot.defaults.iter().filter(|default| default.layer == Layer::Code && !default.is_passed_on())
}

fn effectives(default: &NamedDefault) -> impl Iterator<Item = &Effective> {
    default.effective.iter().chain(default.per_process.iter().map(|(_, effective)| effective))
}

/// Something that a service writes to. It may hold a password, is compared, and is shown to nobody.
#[derive(Clone)]
struct Resource {
    /// As it is written.
    clear: String,
    /// The same for all ways to write it.
    named: String,
}

impl PartialEq for Resource {
    fn eq(&self, other: &Self) -> bool {
        self.named == other.named
    }
}

/// What of that kind a default holds.
fn held(host: &dyn Host, site: Connected<'_>, default: &NamedDefault) -> Vec<Resource> {
    effectives(default).filter_map(|effective| resource(host, site.vault, &effective.value)).collect()
}

fn resource(host: &dyn Host, vault: &Vault, held: &Held) -> Option<Resource> {
    if let Some(backend) = held.backend() {
        let url = vault.url(held)?;
        // A file that is named relative to where the process runs is another one in another folder.
        let is_own = backend == Backend::Sqlite && !url.contains(":////");
        return (!is_own).then(|| Resource { clear: url.to_owned(), named: server(backend, url) });
    }
    let text = held.constant()?.as_text().filter(|text| text.starts_with('/') && text.len() > 1)?;
    let path = Path::new(text);
    let real = host.resolve(path).unwrap_or_else(|_| path.to_owned());
    is_written_to(host, &real).then(|| Resource { clear: text.to_owned(), named: real.display().to_string() })
}

/// Which database of which server a URL names, whoever connects to it and with which driver and options. Ports are those that
/// are taken where a URL names none.
fn server(backend: Backend, url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (place, options) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address).to_ascii_lowercase();
    let (host, port) = match (address.rsplit_once(':'), backend) {
        (Some((host, port)), _) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        (_, Backend::PostgreSql) => (address.as_str(), "5432"),
        (_, Backend::MySql) => (address.as_str(), "3306"),
        (_, Backend::Redis) => (address.as_str(), "6379"),
        (_, Backend::Amqp) => (address.as_str(), "5672"),
        (_, Backend::Sqlite | Backend::Sqs) => (address.as_str(), ""),
    };
    let host = if ["localhost", "[::1]"].contains(&host) { "127.0.0.1" } else { host };
    let database = if backend == Backend::Redis && database.is_empty() { "0" } else { database };
    // Without a host the options name a socket, or a file's mode.
    let options = if host.is_empty() && backend != Backend::Sqlite { options } else { "" };
    format!("{backend} {host}:{port}/{database}?{options}")
}

/// True for a file or folder that others than root may write: what a service writes to, it may.
fn is_written_to(host: &dyn Host, path: &Path) -> bool {
    const OTHERS_WRITE: u32 = 0o022;
    let is_system = ["/dev", "/proc", "/sys", "/usr", "/tmp"].iter().any(|system| path.starts_with(system));
    !is_system && host.status(path).is_ok_and(|status| status.user != 0 || status.mode & OTHERS_WRITE != 0)
}

#[cfg(test)]
mod tests {
    use super::{Connected, kept_by_nothing, own_secrets, shared};
    use setpoint_capture::{Captured, Request, capture};
    use setpoint_host::{FixtureHost, Host as _, LiveHost};
    use std::path::{Path, PathBuf};

    /// A service whose code has that default for its database.
    fn site(host: &FixtureHost, folder: &str, database: &str) -> Captured {
        let code = format!("import os\n\nDATABASE = os.environ.get(\"SHOP_DATABASE\", \"{database}\")\n");
        host.write(&Path::new(folder).join("settings.py"), code.as_bytes()).unwrap();
        capture(host, &Request { root: Some(PathBuf::from(folder)), ..Request::default() }).unwrap()
    }

    /// What of two services with these databases is shared, what nothing keeps apart, and what staging has of its own.
    fn check(production: &str, staging: &str, overrides: &[(String, String)]) -> String {
        let folder = LiveHost.temporary_folder().unwrap();
        let host = FixtureHost::new(folder.path());
        host.write(Path::new("/usr/share/shop/read"), b"").unwrap();
        let (production, staging) = (site(&host, "/srv/shop", production), site(&host, "/srv/staging", staging));
        let (production, staging) = (Connected::from(&production), Connected::from(&staging));
        let own = own_secrets(&host, production, staging, overrides).into_iter().map(|(name, _)| name);
        format!(
            "shared {:?}, open {:?}, own {:?}",
            shared(&host, production, staging),
            kept_by_nothing(&host, production, staging, overrides),
            own.collect::<Vec<_>>()
        )
    }

    #[test]
    fn a_server_of_both_is_shared() {
        insta::assert_snapshot!(check("redis://cache:6379/0", "redis://cache:6379/0", &[]), @r#"shared ["SHOP_DATABASE"], open ["SHOP_DATABASE"], own []"#);
        insta::assert_snapshot!(check("redis://cache:6379/0", "redis://cache:6379/1", &[]), @r#"shared [], open ["SHOP_DATABASE"], own []"#);
    }

    #[test]
    fn a_server_is_the_same_however_it_is_written() {
        let same = |one: &str, other: &str| check(one, other, &[]).starts_with("shared [\"SHOP_DATABASE\"]");
        assert!(same("redis://localhost", "redis://127.0.0.1:6379/0"));
        assert!(same("postgresql+asyncpg://db/shop?ssl=1", "postgresql://other:hunter2-of-other@DB:5432/shop"));
        assert!(same("sqlite:////var/lib/shop.db", "sqlite+aiosqlite:////var/lib/shop.db?timeout=5"));
        assert!(!same("postgresql:///shop?host=/run/one", "postgresql:///shop?host=/run/two"));
        assert!(!same("postgresql://db/shop", "postgresql://db/shop_staging"));
        assert!(!same("postgresql://db:5432/shop", "postgresql://db:5433/shop"));
    }

    #[test]
    fn a_file_that_is_named_relative_to_the_folder_is_not_shared() {
        insta::assert_snapshot!(check("sqlite:///shop.db", "sqlite:///shop.db", &[]), @"shared [], open [], own []");
        insta::assert_snapshot!(check("sqlite:////var/lib/shop.db", "sqlite:////var/lib/shop.db", &[]), @r#"shared ["SHOP_DATABASE"], open ["SHOP_DATABASE"], own []"#);
    }

    #[test]
    fn an_override_keeps_apart_and_so_does_a_secret_of_its_own() {
        let url = |host: &str| format!("postgresql://shop:hunter2-of-{host}@{host}/shop");
        let overrides = [("SHOP_DATABASE".to_owned(), "postgresql://two/shop".to_owned())];
        insta::assert_snapshot!(check(&url("one"), &url("one"), &[]), @r#"shared ["SHOP_DATABASE"], open ["SHOP_DATABASE"], own []"#);
        insta::assert_snapshot!(check(&url("one"), &url("two"), &[]), @r#"shared [], open [], own ["SHOP_DATABASE"]"#);
        insta::assert_snapshot!(check(&url("one"), "postgresql://two/shop", &overrides), @"shared [], open [], own []");
    }

    #[test]
    fn a_path_that_nobody_else_may_write_is_not_written_to() {
        insta::assert_snapshot!(check("/usr/share/shop", "/usr/share/shop", &[]), @"shared [], open [], own []");
    }
}
