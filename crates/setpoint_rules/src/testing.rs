//! A site as a text, so that a rule's test shows what it was given and what it said.
//!
//! ```text
//! SHOP_POOL_SIZE  pydantic-settings int required          a default: name, mechanism, then any of type, `required`,
//!   code              5     shop/settings.py:12           `secret`, `made` (its type), `alias=NAME`, `in=CLASS`, `one-of=a,b`,
//!                                                         `numbers`; below it its readings,
//!   environment-file  ten   /etc/shop/shop.env:3  a.service   weakest first: layer, value, place, process
//! entry SHOP_POOL_SIZE = 10 a.service=2 owner expect      an entry of the register: the value, the exceptions, the words
//! service owner                                           the service's owner answers for all
//! cache pages owner expect rollback
//! environment staging from=production unit=a.service SHOP_PORT=8001
//! waiver SP002 where SHOP_POOL_SIZE until 2026-11-01
//! check  health failed
//! looked-at staging                                       the environment that was captured
//! today 2026-11-01
//! live a.service needs-daemon-reload
//! process a.service program=gunicorn app=shop.main:app listens=127.0.0.1:8000
//!                                                           it runs the site's code, by `python` where nothing is said
//! call httpx.get shop/prices.py:22 0=? timeout=null to=app open   a call of a library: its arguments as JSON (`?` dynamic, with a URL's
//!                                                           beginning `?mysql://`, `@NAME` from a
//!                                                           default, `***` secret), the name it is bound to, that it may be
//!                                                           given more, and `by=PROCESS` which imports it
//! journal-mode shop/database.py:9
//! health shop/main.py:22 /health runs=shop/main.py:24@500-600 guarded=… constant may-fail by=a.service    a route of health
//! readable-by-all /etc/shop/shop.env
//! dynamic-read shop/plugins.py:8 SHOP_…_TOKEN             and what is known of the name
//! unreadable /etc/shop/shop.env
//! unanswered 127.0.0.1:8000 deploy/nginx/shop.conf:9      nginx (or Caddy, by a Caddyfile) passes requests to where nobody listens
//! absent /etc/shop/shop.env
//! ignored shop.service:9 shop.service Service.Alias Install.Alias    a key that systemd ignores, and what it was meant to be
//! unread .env SHOP_POOL_SIZE SHOP_PORT                    a file that nothing reads, and what it sets
//! broken shop/old.py:3
//! need unit shop.service enabled                          what the machine has of what is needed: see `testing/need.rs`
//! checkout /home/me/shop                                 the root
//! backup /etc/shop
//! release ./deploy.sh
//! ```
//! A value is JSON in the layer `code`, text elsewhere, and either in `library`; `·` is a space, `***1` is a secret,
//! `***redis://1` a secret URL, `?` dynamic, `-` nothing.

mod need;

use crate::{Facts, judge};
use jiff::civil::Date;
use setpoint_model::register::{CacheRule, DefaultEntry, Documentation, Environment, Register, Service, Waiver};
use setpoint_model::{
    Argument, Backend, ByteSpan, Conclusion, DynamicRead, Failure, Fingerprint, HealthRoute, Held, IgnoredKey, Layer,
    LibraryCall, Mechanism, NamedDefault, Outcome, Place, Problem, ProcessState, Reading, Reason, Retry, Site,
    SiteProcesses, Snapshot, Standing, Takes, TypeOrigin, Unanswered, UnreadFile, Value,
};
use std::fmt::Write as _;
use std::time::Duration;

/// What the rule of that name says of the site.
pub(crate) fn findings(rule: &str, site: &str) -> String {
    let mut scene = Scene::default();
    site.lines().for_each(|line| scene.read(line));
    let snapshot = scene.snapshot();
    let facts = Facts::new(&snapshot, scene.register.as_ref(), scene.today).knowing(&scene.outcomes).on(&scene.machine);
    let mut shown = String::new();
    for finding in judge(facts).iter().filter(|finding| finding.name == rule) {
        let waived = finding.waived.as_deref().map(|reason| format!(" (waived: {reason})")).unwrap_or_default();
        writeln!(shown, "{}: {}{waived}", finding.severity, finding.message).unwrap();
        for place in &finding.places {
            writeln!(shown, "  --> {}", place.in_brief()).unwrap();
        }
        writeln!(shown, "  expected: {}", finding.expected).unwrap();
        finding.hint.iter().for_each(|hint| writeln!(shown, "  hint: {hint}").unwrap());
    }
    shown
}

#[derive(Default)]
struct Scene {
    site: Site,
    defaults: Vec<NamedDefault>,
    calls: Vec<LibraryCall>,
    problems: Vec<Problem>,
    register: Option<Register>,
    outcomes: Vec<Outcome>,
    machine: Vec<Standing>,
    today: Date,
    /// The symbol of the readings of the last default.
    class: Option<String>,
}

impl Scene {
    fn read(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["entry", name, rest @ ..] => self.entry(name, rest),
            ["service", "owner"] => {
                let register = self.register.get_or_insert_default();
                let (name, owner) = ("shop".to_owned(), Some("the owner".to_owned()));
                register.service = Some(Service { name, owner, code: None, place: Place::file("setpoint.toml") });
            }
            ["cache", name, rest @ ..] => self.cache(name, rest),
            ["environment", name, rest @ ..] => self.environment(name, rest),
            ["waiver", name, rest @ ..] => self.waiver(name, rest),
            ["checkout", root] => self.site.root = (*root).to_owned(),
            ["looked-at", name] => self.site.environment = Some((*name).to_owned()),
            ["check", name, end] => self.outcomes.push(Outcome {
                check: (*name).to_owned(),
                kind: "tcp",
                subject: String::new(),
                conclusion: match *end {
                    "passed" => Conclusion::Passed,
                    "skipped" => Conclusion::Skipped { because: "it needs another".to_owned() },
                    _ => Conclusion::Failed { failures: vec![Failure::new(Reason::TimedOut, "late", "in time")] },
                },
                waived: None,
                tries: 1,
                took: Duration::ZERO,
                phases: Vec::new(),
                evidence: Vec::new(),
                place: place("setpoint.toml:1"),
            }),
            ["need", kind, name, rest @ ..] => self.machine.push(need::standing(kind, name, rest)),
            ["backup", include @ ..] => {
                self.register.get_or_insert_default().backup = Some(need::backup(include));
            }
            ["release", deploy] => self.register.get_or_insert_default().release = Some(need::release(deploy)),
            ["today", day] => self.today = day.parse().unwrap(),
            ["live", unit, rest @ ..] => {
                let needs_daemon_reload = rest.contains(&"needs-daemon-reload");
                let name = (*unit).to_owned();
                self.site.processes.push(ProcessState { name, live: true, needs_daemon_reload, ..Default::default() });
            }
            // With other words it is what a process holds of a default.
            ["process", name, rest @ ..] if rest.iter().all(|word| word.contains('=')) => self.process(name, rest),
            ["call", function, at, rest @ ..] => self.call(function, at, rest),
            ["journal-mode", at] => self.site.journal_modes.push(place(at)),
            ["health", at, path, rest @ ..] => {
                let of = |key: &str| -> Vec<&str> { rest.iter().filter_map(|word| word.strip_prefix(key)).collect() };
                self.site.health_routes.push(HealthRoute {
                    place: place(at),
                    path: (*path).to_owned(),
                    runs: of("runs=").into_iter().map(place).collect(),
                    is_constant: rest.contains(&"constant"),
                    may_fail: rest.contains(&"may-fail"),
                    guarded: of("guarded=").into_iter().map(place).collect(),
                    imported_by: of("by=").into_iter().map(str::to_owned).collect(),
                });
            }
            ["readable-by-all", file] => self.site.readable_by_all.push((*file).to_owned()),
            ["unread", file, variables @ ..] => self.site.unread_files.push(UnreadFile {
                file: (*file).to_owned(),
                variables: variables.iter().map(|name| (*name).to_owned()).collect(),
            }),
            ["unanswered", address, at] => {
                let proxy = if at.contains("Caddyfile") { Mechanism::Caddy } else { Mechanism::Nginx };
                self.site.unanswered.push(Unanswered { proxy, place: place(at), address: (*address).to_owned() });
            }
            ["ignored", at, unit, stands, belongs] => {
                let split = |name: &str| name.split_once('.').map(|(one, two)| (one.to_owned(), two.to_owned()));
                let ((section, key), (belongs_to, known_as)) = (split(stands).unwrap(), split(belongs).unwrap());
                let unit = (*unit).to_owned();
                let ignored = IgnoredKey { place: place(at), unit, section, key, belongs_to, known_as };
                self.site.ignored_keys.push(ignored);
            }
            ["absent", file] => self.site.absent_files.push((*file).to_owned()),
            ["dynamic-read", at, name @ ..] => {
                let (prefix, suffix) = name.first().and_then(|name| name.split_once('…')).unwrap_or_default();
                let (prefix, suffix) = (prefix.to_owned(), suffix.to_owned());
                self.site.dynamic_reads.push(DynamicRead { place: place(at), prefix, suffix });
            }
            ["unreadable", file] => {
                self.problems.push(Problem::machine("denied", "access", Retry::Safe).at(place(file)));
            }
            ["broken", file] => self.problems.push(Problem::input("broken", "Python", Retry::Safe).at(place(file))),
            [layer, value, at, process @ ..] if layer_of(layer).is_some() => {
                self.reading(layer_of(layer).unwrap(), value, at, process.first());
            }
            [name, mechanism, rest @ ..] => self.declare(name, mechanism, rest),
            [word] => panic!("`{word}` says nothing"),
        }
    }

    fn process(&mut self, name: &str, words: &[&str]) {
        let of = |key: &str| words.iter().find_map(|word| word.strip_prefix(key)).map(str::to_owned);
        self.site.processes.push(ProcessState {
            name: name.to_owned(),
            program: of("program=").or_else(|| Some("python".to_owned())),
            app: of("app="),
            listens: of("listens=").into_iter().collect(),
            ..ProcessState::default()
        });
    }

    fn call(&mut self, function: &str, at: &str, words: &[&str]) {
        let given =
            words.iter().filter_map(|word| word.split_once('=')).filter(|(name, _)| !["to", "by"].contains(name));
        let argument = |(name, text): (&str, &str)| {
            let from = text.strip_prefix('@').map(str::to_owned);
            let value = match serde_json::from_str::<serde_json::Value>(text) {
                _ if text == "?" || from.is_some() => Held::Dynamic,
                _ if text.starts_with("***") => secret(text),
                Ok(json) => Held::Constant(json.into()),
                Err(_) => Held::Constant(Value::from(text)),
            };
            let begun = text.strip_prefix('?').and_then(Backend::of_beginning);
            let value = if begun.is_some() { Held::Dynamic } else { value };
            Argument { name: name.to_owned(), value, text: text.to_owned(), from, backend: begun }
        };
        self.calls.push(LibraryCall {
            function: function.to_owned(),
            place: place(at),
            symbol: None,
            bound_to: words.iter().find_map(|word| word.strip_prefix("to=")).map(str::to_owned),
            arguments: given.map(argument).collect(),
            open: words.contains(&"open"),
            imported_by: words.iter().filter_map(|word| Some(word.strip_prefix("by=")?.to_owned())).collect(),
        });
    }

    fn declare(&mut self, name: &str, mechanism: &str, words: &[&str]) {
        let mechanism = Mechanism::ALL.into_iter().find(|known| known.as_str() == mechanism).expect("a mechanism");
        let known = |word: &&&str| matches!(**word, "required" | "secret" | "made" | "numbers") || word.contains('=');
        self.class =
            words.iter().find_map(|word| Some(format!("{}.field", word.strip_prefix("in=")?.replace('·', " "))));
        self.defaults.push(NamedDefault {
            aliases: words.iter().filter_map(|word| Some(word.strip_prefix("alias=")?.to_owned())).collect(),
            type_name: words.iter().find(|word| !known(word)).map(|word| (*word).to_owned()),
            type_origin: if words.contains(&"made") { TypeOrigin::Made } else { TypeOrigin::Parsed },
            takes: match words.iter().find_map(|word| word.strip_prefix("one-of=")) {
                Some(texts) => Some(Takes::OneOf(texts.split(',').map(str::to_owned).collect())),
                None => words.contains(&"numbers").then_some(Takes::Numbers),
            },
            required: words.contains(&"required"),
            secret: words.contains(&"secret"),
            ..NamedDefault::unset(name.replace('·', " "), Layer::Code, mechanism)
        });
    }

    fn reading(&mut self, layer: Layer, value: &str, at: &str, process: Option<&&str>) {
        let default = self.defaults.last_mut().expect("a default above its reading");
        let text = value.replace('·', " ");
        let value = match value {
            "-" => Held::Nothing,
            "?" => Held::Dynamic,
            text if text.starts_with("***") => secret(text),
            json if layer == Layer::Code => {
                Held::Constant(serde_json::from_str::<serde_json::Value>(json).expect("JSON").into())
            }
            perhaps if layer == Layer::Library => {
                let json = serde_json::from_str::<serde_json::Value>(perhaps);
                Held::Constant(json.map_or(Value::Text(text.clone()), Value::from))
            }
            _ => Held::Constant(Value::Text(text.clone())),
        };
        let process = process.map(|unit| (*unit).to_owned());
        let mechanism = default.mechanism;
        default.readings.push(Reading {
            layer,
            mechanism,
            value,
            text,
            place: place(at),
            symbol: self.class.clone(),
            process,
        });
    }

    fn entry(&mut self, name: &str, words: &[&str]) {
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).map_or(text.into(), Value::from);
        let exceptions = words.iter().filter_map(|word| word.split_once('=')).filter(|(name, _)| name.contains('.'));
        let register = self.register.get_or_insert_default();
        let place = next_place(register);
        register.defaults.push(DefaultEntry {
            name: name.to_owned(),
            value: words.iter().skip_while(|word| **word != "=").nth(1).map(|text| value(text)),
            per_process: exceptions.map(|(process, text)| (process.to_owned(), value(text))).collect(),
            documentation: documentation(words),
            place,
        });
    }

    fn cache(&mut self, name: &str, words: &[&str]) {
        let register = self.register.get_or_insert_default();
        let place = next_place(register);
        register.caches.push(CacheRule {
            name: name.to_owned(),
            pattern: "/*".to_owned(),
            ttl: Duration::from_mins(1),
            bypass: Vec::new(),
            varies: Vec::new(),
            also_kept: Vec::new(),
            made_anew: None,
            may_send: Vec::new(),
            cached: Vec::new(),
            not_cached: Vec::new(),
            documentation: documentation(words),
            place,
        });
    }

    fn environment(&mut self, name: &str, words: &[&str]) {
        let pairs: Vec<(&str, &str)> = words.iter().filter_map(|word| word.split_once('=')).collect();
        let register = self.register.get_or_insert_default();
        let place = next_place(register);
        register.environments.push(Environment {
            name: name.to_owned(),
            units: pairs.iter().filter(|(key, _)| *key == "unit").map(|(_, unit)| (*unit).to_owned()).collect(),
            url: None,
            logs: Vec::new(),
            copy_from: pairs.iter().find(|(key, _)| *key == "from").map(|(_, name)| (*name).to_owned()),
            overrides: pairs
                .iter()
                .filter(|(key, _)| !["from", "unit"].contains(key))
                .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
                .collect(),
            place,
        });
    }

    fn waiver(&mut self, name: &str, words: &[&str]) {
        let after = |key: &str| words.iter().skip_while(|word| **word != key).nth(1).copied();
        let register = self.register.get_or_insert_default();
        let place = next_place(register);
        register.waivers.push(Waiver {
            name: name.to_owned(),
            where_: after("where").map(str::to_owned),
            reason: "a reason".to_owned(),
            owner: None,
            until: after("until").expect("a day").parse().unwrap(),
            place,
        });
    }

    fn snapshot(&mut self) -> Snapshot {
        let processes = SiteProcesses::of_files(&self.site);
        self.defaults.iter_mut().for_each(|default| default.choose_again(&processes));
        Snapshot {
            version: 1,
            site: std::mem::take(&mut self.site),
            defaults: std::mem::take(&mut self.defaults),
            calls: std::mem::take(&mut self.calls),
            needs: Vec::new(),
            problems: std::mem::take(&mut self.problems),
        }
    }
}

/// `***1`, or a URL of which only the kind of server may be known: `***mysql://1`.
fn secret(text: &str) -> Held {
    let hash = text.bytes().map(u64::from).sum();
    Held::Secret(Fingerprint { hash, backend: Backend::of_url(text.trim_start_matches('*')) })
}

fn layer_of(word: &str) -> Option<Layer> {
    Layer::ALL.into_iter().find(|layer| layer.as_str() == word)
}

/// `FILE:LINE`, and `FILE:LINE@START-END` where the bytes matter; a page has no line.
fn place(at: &str) -> Place {
    let (at, bytes) = at.split_once('@').map_or((at, None), |(at, bytes)| (at, Some(bytes)));
    let numbered = at.rsplit_once(':').filter(|(_, line)| line.bytes().all(|byte| byte.is_ascii_digit()));
    let (file, line) = numbered.unwrap_or((at, "1"));
    let span = bytes.and_then(|bytes| bytes.split_once('-')).map(|(start, end)| ByteSpan {
        start: start.parse().expect("the first byte"),
        end: end.parse().expect("the byte behind"),
    });
    Place { line: line.parse().expect("a line's number"), span, ..Place::file(file) }
}

fn documentation(words: &[&str]) -> Documentation {
    let written = |word: &str| words.contains(&word).then(|| format!("the {word}"));
    Documentation { owner: written("owner"), why: None, expect: written("expect"), rollback: written("rollback") }
}

/// The register's items stand on one line each.
fn next_place(register: &Register) -> Place {
    let items = register.defaults.len() + register.caches.len() + register.environments.len() + register.waivers.len();
    place(&format!("setpoint.toml:{}", items + 1))
}
