//! Every default that is read out of a library's source, compared with what the library says when it is imported, over
//! years of versions; and the newest version of all others, of which each entry must point at something.

use super::super::{Environment, Package, packages, read};
use super::installed::{Needs, installed, python};
use crate::Clear;
use serde_json::Value as Json;
use setpoint_host::LiveHost;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The oldest that people still run, one between, and the newest.
const COMPARED: [(&str, [&str; 3]); 6] = [
    ("uvicorn", ["0.17.6", "0.30.6", "0.54.0"]),
    ("gunicorn", ["20.1.0", "23.0.0", "27.0.1"]),
    ("sqlalchemy", ["1.4.54", "2.0.30", "2.1.9"]),
    ("redis", ["3.5.3", "5.0.8", "8.1.0"]),
    ("celery", ["5.0.5", "5.2.7", "5.7.0"]),
    ("httpx", ["0.18.2", "0.23.3", "0.28.1"]),
];

/// The newest versions of the others.
const NEWEST: [(&str, &str); 23] = [
    ("aiohttp", "3.14.5"),
    ("apscheduler", "3.11.3"),
    ("arq", "0.28.0"),
    ("asyncpg", "0.32.0"),
    ("botocore", "1.44.8"),
    ("django", "5.2.19"),
    ("dramatiq", "2.2.1"),
    ("fastapi", "0.165.0"),
    ("flask", "3.1.3"),
    ("flask_cors", "6.0.5"),
    ("granian", "2.8.7"),
    ("hypercorn", "0.18.0"),
    ("kombu", "5.7.0"),
    ("psycopg", "3.3.9"),
    ("psycopg_pool", "3.3.3"),
    ("pymongo", "4.20.1"),
    ("pymysql", "1.2.4"),
    ("python_multipart", "0.0.34"),
    ("requests", "2.34.2"),
    ("rq", "3.0.0"),
    ("starlette", "1.10.0"),
    ("tenacity", "9.2.1"),
    ("urllib3", "2.8.0"),
];

fn package(name: &str) -> &'static Package {
    packages().iter().find(|package| package.name == name).unwrap()
}

/// The defaults of the library in the folder as the catalog reads them, by their names without the package's.
fn read_from(folder: &Path, package: &Package) -> BTreeMap<String, Clear> {
    let host = LiveHost;
    let environment = Environment::of_folders(&host, [folder.to_owned()]);
    let found = read(&host, &environment, package, &|_| true, &|path| path.display().to_string()).unwrap();
    let own_name = |name: &str| package.entries().iter().find(|entry| entry.name == name).unwrap().own_name.clone();
    found.declarations.into_iter().map(|declared| (own_name(&declared.name), declared.value)).collect()
}

/// What the library says, by name; `None` for what is no constant.
fn said_by(folder: &Path, name: &str) -> BTreeMap<String, Option<Json>> {
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog/tests/oracle.py");
    let said: Json = serde_json::from_str(&python(folder, &[oracle.to_str().unwrap(), name])).unwrap();
    let said = said.as_object().unwrap().iter();
    said.map(|(name, said)| (name.clone(), said.get("constant").cloned())).collect()
}

/// In the form in which the order of a mapping does not count.
fn json(value: &Clear) -> Option<Json> {
    match value {
        Clear::Constant(value) => serde_json::to_value(value.reveal()).ok(),
        Clear::Dynamic | Clear::Nothing => None,
    }
}

/// What the two say of one version.
struct Comparison {
    /// The values that both know.
    compared: usize,
    /// How many these are of how many, and every one that the two do not agree on.
    shown: String,
}

fn compare(name: &str, version: &str) -> Option<Comparison> {
    let folder = installed(name, version, Needs::Installed)?;
    let package = package(name);
    let (read, said) = (read_from(&folder, package), said_by(&folder, name));
    let known = package.entries().iter().map(|entry| entry.own_name.as_str());
    let differences: Vec<String> = known
        .filter(|name| read.get(*name).map(json) != said.get(*name).cloned())
        .map(|entry| format!("\n  {entry}: read {:?}, said {:?}", read.get(entry).map(json), said.get(entry)))
        .collect();
    let compared = read.keys().filter(|name| said.contains_key(*name)).count();
    let shown = format!("{name} {version}: {compared} of {}{}\n", package.entries().len(), differences.concat());
    Some(Comparison { compared, shown })
}

/// Maps in parallel, in order.
fn each<T: Sync, R: Send>(items: &[T], map: impl Fn(&T) -> R + Sync) -> Vec<R> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = items.iter().map(|item| scope.spawn(|| map(item))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn a_default_that_changes_with_an_upgrade_changes_in_the_capture() {
    let versions: Vec<(&str, &str)> =
        COMPARED.iter().flat_map(|(name, versions)| versions.iter().map(|version| (*name, *version))).collect();
    let compared = each(&versions, |(name, version)| compare(name, version));
    let Some(compared) = compared.into_iter().collect::<Option<Vec<_>>>() else { return };
    let total: usize = compared.iter().map(|each| each.compared).sum();
    let shown: String = compared.into_iter().map(|each| each.shown).collect();
    insta::assert_snapshot!(format!("{shown}{total} values compared"), @"
    uvicorn 0.17.6: 36 of 44
    uvicorn 0.30.6: 40 of 44
    uvicorn 0.54.0: 44 of 44
    gunicorn 20.1.0: 49 of 68
    gunicorn 23.0.0: 55 of 68
    gunicorn 27.0.1: 68 of 68
    sqlalchemy 1.4.54: 12 of 13
    sqlalchemy 2.0.30: 13 of 13
    sqlalchemy 2.1.9: 13 of 13
    redis 3.5.3: 12 of 14
    redis 5.0.8: 13 of 14
    redis 8.1.0: 14 of 14
    celery 5.0.5: 94 of 107
    celery 5.2.7: 97 of 107
    celery 5.7.0: 107 of 107
    httpx 0.18.2: 9 of 10
    httpx 0.23.3: 10 of 10
    httpx 0.28.1: 10 of 10
    696 values compared
    ");
}

#[test]
fn every_entry_points_at_something_in_the_newest_version() {
    let found = each(&NEWEST, |(name, version)| {
        let (folder, package) = (installed(name, version, Needs::LeftOut)?, package(name));
        let read = read_from(&folder, package);
        let missing = package.entries().iter().map(|entry| &entry.own_name).filter(|name| !read.contains_key(*name));
        let missing: String = missing.map(|name| format!("\n  {name}: nothing")).collect();
        Some(format!("{name} {version}: {} of {}{missing}\n", read.len(), package.entries().len()))
    });
    let Some(found) = found.into_iter().collect::<Option<String>>() else { return };
    insta::assert_snapshot!(found, @"
    aiohttp 3.14.5: 14 of 14
    apscheduler 3.11.3: 5 of 5
    arq 0.28.0: 18 of 18
    asyncpg 0.32.0: 8 of 8
    botocore 1.44.8: 6 of 6
    django 5.2.19: 89 of 89
    dramatiq 2.2.1: 9 of 9
    fastapi 0.165.0: 10 of 10
    flask 3.1.3: 27 of 27
    flask_cors 6.0.5: 7 of 7
    granian 2.8.7: 49 of 49
    hypercorn 0.18.0: 43 of 43
    kombu 5.7.0: 10 of 10
    psycopg 3.3.9: 2 of 2
    psycopg_pool 3.3.3: 9 of 9
    pymongo 4.20.1: 11 of 11
    pymysql 1.2.4: 8 of 8
    python_multipart 0.0.34: 6 of 6
    requests 2.34.2: 9 of 9
    rq 3.0.0: 7 of 7
    starlette 1.10.0: 31 of 31
    tenacity 9.2.1: 3 of 3
    urllib3 2.8.0: 13 of 13
    ");
}

#[test]
fn every_package_that_is_python_is_tried() {
    let tried: BTreeSet<&str> =
        COMPARED.iter().map(|(name, _)| *name).chain(NEWEST.iter().map(|(name, _)| *name)).collect();
    let python = packages().iter().filter(|package| !package.is_server && package.name != "python");
    let missing: Vec<&str> = python.map(|package| package.name.as_str()).filter(|name| !tried.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
