//! What Caddy does with the requests that it passes to this service: the global options, every directive in force on
//! their way, and the `reverse_proxy` itself.
//!
//! Each is the default `caddy.NAME` as it is on the service's main way, the one that most requests go: `NAME` has the
//! directives from the outside in, as `request_body.max_size` or `reverse_proxy.transport.read_timeout`. Where another
//! way differs, and where only some of the ways have it, what stands there is named after those requests:
//! `caddy[shop.example/upload*].request_body.max_size`. So a plain name holds wherever nothing else is said.

mod value;

#[cfg(test)]
mod tests;

use crate::proxied::files::{Folder, Machine};
use crate::proxied::{Pass, Proxied, Start};
use crate::source::Deployment;
use crate::{Assignment, Sensitive, Target};
use setpoint_formats::caddyfile::{Configuration, Kind, Node, Part, Way};
use setpoint_formats::{Address, Files};
use setpoint_host::Host;
use setpoint_model::{Layer, Mechanism, Problem, Retry, Written, hide_secrets};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use value::Set;

/// The main file of Caddy's packages (`ExecStart=` of its `caddy.service`).
pub(crate) const MAIN_FILE: &str = "/etc/caddy/Caddyfile";
/// How many lines are looked at on all ways together.
const MOST_IN_FORCE: usize = 100_000;
/// Where they put the configuration.
const PREFIX: &str = "/etc/caddy";

/// Reads what concerns the service that listens on `listens` (`127.0.0.1:8000`, `unix:/run/shop.sock`). `None`
/// stands for whatever the files pass requests to, for a folder that does not say where its service listens.
/// Each assignment carries `process`.
pub(crate) fn read(host: &dyn Host, start: Start<'_>, listens: Option<&[String]>, process: Option<&str>) -> Proxied {
    let (configurations, mut problems) = match start {
        Start::Machine(main) => {
            let (configuration, problems) = Configuration::read(main, &Beside(&Machine { host, main }));
            (vec![configuration], problems)
        }
        Start::Folder { root, files } => read_folder(host, root, files),
    };
    let listens: Option<Vec<Address>> =
        listens.map(|listens| listens.iter().filter_map(|listen| Address::read_listen(listen)).collect());
    let mut passes = Vec::new();
    let mut mine = Vec::new();
    for configuration in &configurations {
        let ways = configuration.ways();
        passes.extend(ways.iter().map(|way| pass(configuration, way)));
        let before = mine.len();
        mine.extend(ways.into_iter().filter(|way| concerns(way, listens.as_deref())).map(|way| (configuration, way)));
        if mine.len() > before {
            problems.extend(not_followed(configuration));
        }
    }
    let mut proxied = name_and_place(mine, process);
    problems.append(&mut proxied.deployment.problems);
    proxied.deployment.problems = problems;
    proxied.passes = passes;
    proxied
}

fn pass(configuration: &Configuration, way: &Way) -> Pass {
    let name = &configuration.line(way.pass).name;
    Pass {
        proxy: Mechanism::Caddy,
        place: configuration.place(name, name.span),
        addresses: if way.is_complete { way.destinations.clone() } else { Vec::new() },
        is_http: true,
    }
}

fn concerns(way: &Way, listens: Option<&[Address]>) -> bool {
    listens.is_none_or(|listens| way.destinations.iter().any(|to| listens.iter().any(|listen| to.reaches(listen))))
}

/// Every file that no other of them imports, with what it imports.
fn read_folder(host: &dyn Host, root: &Path, files: &[PathBuf]) -> (Vec<Configuration>, Vec<Problem>) {
    let read = |file: &PathBuf| Configuration::read(file, &Beside(&Folder { host, root, start: file, prefix: PREFIX }));
    let mut all: Vec<_> = files.iter().map(read).filter(|(configuration, _)| is_whole(configuration)).collect();
    // A file that imports others is read before those, and then they are no beginnings of their own.
    all.sort_by_key(|(configuration, _)| std::cmp::Reverse(configuration.files().len()));
    let mut reached = HashSet::new();
    let mut problems = Vec::new();
    let mut configurations = Vec::new();
    for (configuration, found) in all {
        let start = configuration.files().first().map(|file| file.path.clone());
        if start.is_some_and(|start| reached.contains(&start)) {
            continue;
        }
        reached.extend(configuration.files().iter().map(|file| file.path.clone()));
        problems.extend(found);
        configurations.push(configuration);
    }
    (configurations, problems)
}

/// True but for a file of lines that another is meant to import within a site: its first line looks like addresses.
fn is_whole(configuration: &Configuration) -> bool {
    let is_main = configuration.files().first().is_some_and(|file| {
        file.path.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().starts_with("caddyfile"))
    });
    is_main || configuration.children(None).all(|block| configuration.line(block).has_block)
}

/// Caddy looks for what a file imports beside that file.
struct Beside<'a>(&'a dyn Files);

impl Files for Beside<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Box<Problem>> {
        self.0.read(path)
    }

    fn list(&self, folder: &Path) -> Vec<OsString> {
        self.0.list(folder)
    }

    fn locate(&self, included: &Path, from: &Path) -> Option<PathBuf> {
        self.0.locate(&plain(&from.parent()?.join(included)), from)
    }

    fn shown(&self, path: &Path) -> String {
        self.0.shown(path)
    }
}

/// The path without `..`, which Caddy takes out by the names alone (`filepath.Join` of Go).
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::Normal(_) => {
                plain.push(component);
            }
        }
    }
    plain
}

/// What is imported and is not here. A pattern may stand for no file at all.
fn not_followed(configuration: &Configuration) -> impl Iterator<Item = Problem> {
    let missing = configuration.not_followed.iter().filter(|named| !named.text.contains(['*', '?', '[']));
    missing.map(|named| {
        let what = format!("`{}` was not read: it is not in this folder", named.text);
        Problem::input(what, "the imported file beside the files that import it", Retry::SafeOnceMended)
            .at(configuration.place(named, named.span))
            .hint("capture on the machine itself reads every file that Caddy reads")
    })
}

/// The less, the more requests go this way: all before those of a path before those of a named matcher, and the
/// shorter path first.
fn rank(configuration: &Configuration, way: &Way) -> (bool, usize) {
    let matchers = configuration.matchers(way);
    let is_named = matchers.iter().any(|matcher| matcher.starts_with('@'));
    (is_named, matchers.iter().map(|matcher| matcher.len()).sum())
}

/// Gives each directive its name: what the main way has, and what agrees with it, under the plain name.
fn name_and_place(mut ways: Vec<(&Configuration, Way)>, process: Option<&str>) -> Proxied {
    // A stable sort: of two equal ways the one that is written first is the main one.
    ways.sort_by_key(|(configuration, way)| rank(configuration, way));
    let mut of_ways: Vec<Vec<Set>> = Vec::new();
    let mut lines = 0;
    let mut problems = Vec::new();
    for (configuration, way) in &ways {
        let in_force = configuration.in_force(way);
        lines += in_force.len();
        if lines > MOST_IN_FORCE && !of_ways.is_empty() {
            problems.push(too_many_in_force(configuration, way));
            break;
        }
        of_ways.push(value::of_way(configuration, in_force));
    }
    ways.truncate(of_ways.len());
    let mut having = HashMap::<&str, usize>::new();
    for set in of_ways.iter().flatten().filter(|set| set.part == Part::Whole) {
        *having.entry(&set.name).or_default() += 1;
    }
    let is_everywhere = |set: &Set| set.part == Part::Whole && having[set.name.as_str()] == ways.len();
    let of_main = of_ways.iter().take(1).flatten().filter(|set| set.part == Part::Whole);
    let main: HashMap<&str, &Set> = of_main.map(|set| (set.name.as_str(), set)).collect();
    let mut seen = HashSet::new();
    let mut files = BTreeSet::new();
    let mut assignments = Vec::new();
    for ((configuration, way), sets) in ways.iter().zip(&of_ways) {
        for set in sets {
            let is_main = is_everywhere(set) && main.get(set.name.as_str()).is_some_and(|main| main.value == set.value);
            let name = if is_main {
                format!("caddy.{}", set.name)
            } else {
                let requests = hide_secrets(&requests(configuration, way, set), Written::Deployment);
                format!("caddy[{requests}].{}", set.name)
            };
            let token = &set.token;
            let file = configuration.file(token);
            if !seen.insert((name.clone(), file.path.clone(), set.span)) {
                continue;
            }
            files.insert(file.path.clone());
            assignments.push(Assignment {
                target: Target::Default(name),
                layer: Layer::Proxy,
                mechanism: Mechanism::Caddy,
                value: set.value.clone(),
                text: Sensitive::new(set.text.clone()),
                place: configuration.place(token, set.span),
                symbol: Some(hide_secrets(&blocks(configuration, set.node), Written::Deployment)),
                process: process.map(str::to_owned),
            });
        }
    }
    // Of equal readings the last one wins, and that is to be the main way's.
    assignments.reverse();
    let deployment = Deployment { assignments, problems };
    Proxied { deployment, files: files.into_iter().collect(), passes: Vec::new() }
}

fn too_many_in_force(configuration: &Configuration, way: &Way) -> Problem {
    let name = &configuration.line(way.pass).name;
    let what = "the ways of requests from here on were not read: too many directives are in force on all of them";
    Problem::input(what, format!("at most {MOST_IN_FORCE}, each counted once a way"), Retry::SafeOnceMended)
        .at(configuration.place(name, name.span))
}

/// The requests that something holds for: `shop.example/upload*`, `shop.example @large`, `options`.
fn requests(configuration: &Configuration, way: &Way, set: &Set) -> String {
    let within = |node: &Node| {
        let mut around = std::iter::successors(Some(set.node), |node| configuration.parent(*node));
        around.any(|around| around == *node)
    };
    let site = way.around.first().filter(|site| within(site));
    let mut title = site.map_or_else(|| "options".to_owned(), |site| configuration.line(*site).name.text.clone());
    let inner = way.around.iter().skip(1).chain([&way.pass]).filter(|node| within(node));
    let part = match &set.part {
        Part::Whole => None,
        Part::Matching(matcher) => Some(matcher.as_str()),
    };
    for matcher in inner.filter_map(|node| configuration.matcher(*node)).chain(part) {
        if !matcher.starts_with('/') {
            title.push(' ');
        }
        title.push_str(matcher);
    }
    title
}

/// The blocks from the outermost one: `shop.example/handle /api/*/reverse_proxy`.
fn blocks(configuration: &Configuration, node: Node) -> String {
    let block = configuration.parent(node).unwrap_or(node);
    let titles = std::iter::successors(Some(block), |block| configuration.parent(*block)).map(|block| {
        let line = configuration.line(block);
        match (line.kind, configuration.matcher(block)) {
            (Kind::Options, _) => "options".to_owned(),
            (Kind::Directive, Some(matcher)) => format!("{} {matcher}", line.name.text),
            (Kind::Site | Kind::NamedRoute | Kind::Directive, _) => line.name.text.clone(),
        }
    });
    let mut titles: Vec<String> = titles.collect();
    titles.reverse();
    titles.join("/")
}
