//! What nginx does with the requests that it passes to this service: every directive that is in force where they
//! pass through.
//!
//! Each is the default `nginx.NAME` as it is for the service's main location, the one that most requests go
//! through. Where another location differs, what stands there is a default of its own, named after the block that it
//! stands in: `nginx[shop.example/upload].client_max_body_size`. Directives of the `upstream` block are called
//! `nginx.upstream.NAME`, and directives that set one named thing each, such as a header, `nginx.NAME.THING`.

mod block_name;
mod value;

#[cfg(test)]
mod tests;

use crate::proxied::files::{Folder, Machine};
use crate::proxied::{Pass, Proxied, Start};
use crate::site::nginx_files;
use crate::source::Deployment;
use crate::{Assignment, Clear, Sensitive, Target};
use block_name::BlockNames;
use setpoint_formats::Address;
use setpoint_formats::nginx::{Configuration, Destination, Node, Route};
use setpoint_host::Host;
use setpoint_model::{Layer, Mechanism, Problem, Retry, Site, Value};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use value::Given;

/// The main file of Debian's and of nginx's own packages.
pub(crate) const MAIN_FILE: &str = "/etc/nginx/nginx.conf";

/// Where nginx's packages put the configuration.
const PREFIX: &str = "/etc/nginx";

/// Reads what concerns the service that listens on `listens` (`127.0.0.1:8000`, `unix:/run/shop.sock`). `None`
/// stands for whatever the files pass requests to, for a folder that does not say where its service listens.
/// Each assignment carries `process`.
pub(crate) fn read(host: &dyn Host, start: Start<'_>, listens: Option<&[String]>, process: Option<&str>) -> Proxied {
    let (configurations, mut problems) = configurations(host, start);
    let listens: Option<Vec<Address>> =
        listens.map(|listens| listens.iter().filter_map(|listen| Address::read_listen(listen)).collect());
    let mut ways = Vec::new();
    let mut passes = Vec::new();
    for configuration in &configurations {
        for route in configuration.routes() {
            passes.push(pass(configuration, &route));
            if concerns(&route, listens.as_deref()) {
                ways.push(Way { configuration, route });
            }
        }
    }
    problems.extend(ways.iter().flat_map(Way::not_followed));
    let mut proxied = name_and_place(&mut ways, listens.as_deref(), process);
    proxied.deployment.problems = problems;
    proxied.passes = passes;
    proxied
}

/// The configurations of the nginx in front of a site that was captured: the one that the machine runs with, where it was
/// read there, and else those of the folder. Nothing where there is none.
pub fn nginx_configurations(host: &dyn Host, site: &Site) -> (Vec<Configuration>, Vec<Problem>) {
    if site.files.iter().any(|file| Path::new(file).starts_with(PREFIX)) {
        return configurations(host, Start::Machine(Path::new(MAIN_FILE)));
    }
    let root = Path::new(&site.root);
    match nginx_files(host, root) {
        Ok(files) => configurations(host, Start::Folder { root, files: &files }),
        Err(refusal) => (Vec::new(), vec![refusal.problem()]),
    }
}

/// Reads the files themselves.
pub(crate) fn configurations(host: &dyn Host, start: Start<'_>) -> (Vec<Configuration>, Vec<Problem>) {
    match start {
        Start::Machine(main) => {
            let (configuration, problems) = Configuration::read(main, &Machine { host, main });
            (vec![configuration], problems)
        }
        Start::Folder { root, files } => read_folder(host, root, files),
    }
}

fn pass(configuration: &Configuration, route: &Route) -> Pass {
    let directive = configuration.directive(route.pass);
    let span = directive.arguments.first().map_or(directive.name.span, |target| target.span);
    Pass {
        proxy: Mechanism::Nginx,
        place: configuration.place(route.pass, span),
        addresses: route.destinations.iter().map(|destination| destination.address.clone()).collect(),
        is_http: directive.name.is("proxy_pass") && route.location.is_some(),
    }
}

/// Every file that no other of them includes, with what it includes.
fn read_folder(host: &dyn Host, root: &Path, files: &[PathBuf]) -> (Vec<Configuration>, Vec<Problem>) {
    let read = |file: &PathBuf| Configuration::read(file, &Folder { host, root, start: file, prefix: PREFIX });
    let mut all: Vec<_> = files.iter().map(read).collect();
    // A file that includes others is read before those, and then they are no beginnings of their own.
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

fn concerns(route: &Route, listens: Option<&[Address]>) -> bool {
    listens.is_none() || route.destinations.iter().any(|destination| arrives(destination, listens))
}

fn arrives(destination: &Destination, listens: Option<&[Address]>) -> bool {
    listens.is_none_or(|listens| listens.iter().any(|listen| destination.address.reaches(listen)))
}

/// A way by which requests come to the service.
struct Way<'a> {
    configuration: &'a Configuration,
    route: Route,
}

impl Way<'_> {
    /// The less, the more requests go this way: prefix locations before named ones, patterns and single paths, and
    /// the shorter prefix first.
    fn rank(&self) -> (u8, usize) {
        let Some(location) = self.route.location else { return (0, 0) };
        let arguments = &self.configuration.directive(location).arguments;
        let first = arguments.first().map_or(b"".as_slice(), |first| &first.value);
        let length = arguments.last().map_or(0, |path| path.value.len());
        match first {
            [b'^' | b'/', ..] => (0, length),
            [b'@', ..] => (1, length),
            [b'~', ..] => (2, length),
            _ => (3, length),
        }
    }

    /// Everything in force here, with what the service's own `upstream` blocks say.
    fn given(&self, listens: Option<&[Address]>) -> Vec<Given> {
        let mut given = value::given(self.configuration, self.configuration.in_force(self.route.block), "");
        let mine = self.route.destinations.iter().filter(|destination| arrives(destination, listens));
        let upstreams: BTreeSet<Node> = mine.filter_map(|destination| destination.upstream).collect();
        for upstream in upstreams {
            given.extend(value::given(self.configuration, self.configuration.settings(Some(upstream)), "upstream."));
        }
        given
    }

    /// What is included where it counts for this way and is not in the folder.
    fn not_followed(&self) -> Vec<Problem> {
        let configuration = self.configuration;
        let problem = |include: Node| {
            let included = configuration.directive(include).arguments.first()?;
            let what = format!("`{}` was not read: it is not in this folder", included.text());
            let expected = "the included file beside the files that include it";
            Some(
                Problem::input(what, expected, Retry::SafeOnceMended)
                    .at(configuration.place(include, included.span))
                    .hint("capture on the machine itself reads every file that nginx reads"),
            )
        };
        configuration.missed(configuration.parent(self.route.pass)).filter_map(problem).collect()
    }
}

/// Gives each directive its name: what the main way has, and what agrees with it, under the plain name.
fn name_and_place(ways: &mut [Way<'_>], listens: Option<&[Address]>, process: Option<&str>) -> Proxied {
    // A stable sort: of two equal ways the one that nginx reads first is the main one.
    ways.sort_by_key(Way::rank);
    let mut main = BTreeMap::<String, Value>::new();
    let mut seen = HashSet::new();
    let mut files = BTreeSet::new();
    let mut assignments = Vec::new();
    for (number, way) in ways.iter().enumerate() {
        let names = BlockNames::of(way.configuration);
        for given in way.given(listens) {
            let file = way.configuration.file(given.node);
            if !seen.insert((given.name.clone(), file.path.clone(), given.span)) {
                continue;
            }
            if number == 0 {
                main.entry(given.name.clone()).or_insert_with(|| given.value.clone());
            }
            let block = way.configuration.parent(given.node);
            let name = match main.get(&given.name) {
                Some(value) if *value == given.value => format!("nginx.{}", given.name),
                Some(_) | None => format!("nginx[{}].{}", names.short(block), given.name),
            };
            files.insert(file.path.clone());
            assignments.push(Assignment {
                target: Target::Default(name),
                layer: Layer::Proxy,
                mechanism: Mechanism::Nginx,
                value: Clear::Constant(Sensitive::new(given.value)),
                text: Sensitive::new(given.text),
                place: way.configuration.place(given.node, given.span),
                symbol: names.long(block),
                process: process.map(str::to_owned),
            });
        }
    }
    // Of equal readings the last one wins, and that is to be the main way's.
    assignments.reverse();
    let deployment = Deployment { assignments, problems: Vec::new() };
    Proxied { deployment, files: files.into_iter().collect(), passes: Vec::new() }
}
