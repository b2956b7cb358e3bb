//! What every page shows: the defaults in sections and groups, each with what people wrote down and what the rules
//! have to say about it.

use crate::Pages;
use crate::prose::one_line;
use setpoint_model::register::{DefaultEntry, Documentation, DocumentedValue};
use setpoint_model::{
    Effective, Finding, Held, Layer, Mechanism, NamedDefault, Reading, Severity, Value, hide_url_password,
};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Everything, in the order in which it is shown.
#[derive(Debug)]
pub(crate) struct Sheet<'a> {
    pub(crate) service: Option<&'a str>,
    /// Who answers for whatever names nobody else.
    pub(crate) owner: Option<&'a str>,
    pub(crate) environment: Option<&'a str>,
    pub(crate) groups: Vec<Group<'a>>,
    /// What is about no default of the snapshot.
    other_findings: Vec<&'a Finding>,
}

/// What one rule has to say.
#[derive(Debug)]
pub(crate) struct RuleFindings<'a, 'b> {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) severity: Severity,
    /// The day until which all of them are accepted. A page knows no day, and so not whether that is over.
    pub(crate) accepted_until: Option<&'a str>,
    /// What is expected, where that is the same for all of them.
    pub(crate) expected: Option<&'a str>,
    /// Each with the default that it is about.
    pub(crate) findings: Vec<(&'a Finding, Option<&'b Entry<'a>>)>,
}

/// Until when somebody has accepted the finding, and why.
pub(crate) fn accepted(finding: &Finding) -> Option<(&str, &str)> {
    finding.waived_until.as_deref().zip(finding.waived.as_deref())
}

/// Defaults that belong together.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    pub(crate) section: Section,
    /// The file that declares them; `None` where the section is not split by files.
    pub(crate) file: Option<String>,
    pub(crate) entries: Vec<Entry<'a>>,
}

/// The part of the site that a default belongs to, in the order in which a request meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Proxy,
    Unit,
    Server,
    Service,
    Libraries,
    Backends,
    Unread,
    Process,
}

/// One default on the pages.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) default: &'a NamedDefault,
    /// The fragment by which the pages link to it.
    pub(crate) anchor: String,
    /// What the register says of it.
    pub(crate) documented: Option<&'a DefaultEntry>,
    /// The values that the register documents for the environment; never a secret's.
    pub(crate) documented_value: Option<String>,
    /// It is set by setting the fields of the class that is its type.
    pub(crate) is_group: bool,
    /// Who answers for it: the entry's owner, else the service's.
    pub(crate) owner: Option<&'a str>,
    pub(crate) findings: Vec<&'a Finding>,
}

/// Where a reading is the effective one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wins<'a> {
    /// In every process that it concerns.
    Everywhere,
    /// In these processes.
    In(Vec<&'a str>),
    /// A stronger reading lies over it.
    Nowhere,
}

impl Section {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Section::Proxy => "Proxy",
            Section::Unit => "Unit",
            Section::Server => "Server",
            Section::Service => "Service",
            Section::Backends => "Database and queue",
            Section::Libraries => "Libraries",
            Section::Unread => "Set, but read by no code that was found",
            Section::Process => "Process",
        }
    }

    /// The fragment by which the page links to it.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Section::Proxy => "proxy",
            Section::Unit => "unit",
            Section::Server => "server",
            Section::Service => "service",
            Section::Backends => "backends",
            Section::Libraries => "libraries",
            Section::Unread => "unread",
            Section::Process => "process",
        }
    }

    pub(crate) fn of(default: &NamedDefault) -> Self {
        match default.mechanism {
            Mechanism::Nginx | Mechanism::Caddy => Section::Proxy,
            Mechanism::Systemd | Mechanism::Container => Section::Unit,
            Mechanism::Gunicorn | Mechanism::Uvicorn | Mechanism::Hypercorn | Mechanism::Granian => Section::Server,
            Mechanism::Dotenv | Mechanism::UnitEnvironment => Section::Unread,
            Mechanism::Postgresql | Mechanism::RedisServer => Section::Backends,
            Mechanism::Library | Mechanism::Celery => Section::Libraries,
            Mechanism::Process => Section::Process,
            Mechanism::Environ
            | Mechanism::PydanticSettings
            | Mechanism::Click
            | Mechanism::Typer
            | Mechanism::Argparse
            | Mechanism::Configargparse
            | Mechanism::Traitlets
            | Mechanism::DjangoSettings
            | Mechanism::FlaskConfig
            | Mechanism::DjangoEnviron
            | Mechanism::Environs
            | Mechanism::Decouple
            | Mechanism::Starlette
            | Mechanism::TornadoOptions
            | Mechanism::Dataclass
            | Mechanism::DjDatabaseUrl => Section::Service,
        }
    }
}

impl<'a> Sheet<'a> {
    pub(crate) fn of(pages: Pages<'a>) -> Self {
        let service = pages.register.and_then(|register| register.service.as_ref());
        let owner = service.and_then(|service| service.owner.as_deref());
        let mut by_subject: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in pages.findings {
            by_subject.entry(finding.subject.as_deref().unwrap_or_default()).or_default().push(finding);
        }
        let mut spoken_of = BTreeSet::new();
        let mut anchors = BTreeSet::new();
        let mut groups: BTreeMap<(Section, Option<String>), Vec<Entry<'a>>> = BTreeMap::new();
        for default in &pages.snapshot.defaults {
            let documented = pages.register.and_then(|register| register.entry_of(default));
            let documented_value = pages.register.and_then(|register| {
                let value = register.documented_value(default, pages.snapshot.site.environment.as_deref())?;
                Some(documented_shown(default, value))
            });
            let entry = Entry {
                is_group: !pages.snapshot.fields(default).is_empty(),
                documented_value,
                default,
                anchor: anchor(&default.name, &mut anchors),
                documented,
                owner: documented.and_then(|entry| entry.documentation.owner.as_deref()).or(owner),
                findings: names(default).filter_map(|name| by_subject.get(name)).flatten().copied().collect(),
            };
            spoken_of.extend(names(default));
            let section = Section::of(default);
            let file = (section == Section::Service).then(|| entry.declared_in());
            groups.entry((section, file)).or_default().push(entry);
        }
        let is_of_none =
            |finding: &&Finding| finding.subject.as_ref().is_none_or(|subject| !spoken_of.contains(subject.as_str()));
        Self {
            owner,
            service: service.map(|service| service.name.as_str()),
            environment: pages.snapshot.site.environment.as_deref(),
            groups: groups.into_iter().map(|((section, file), entries)| Group { section, file, entries }).collect(),
            other_findings: pages.findings.iter().filter(is_of_none).collect(),
        }
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.groups.iter().flat_map(|group| &group.entries)
    }

    /// Every finding, rule by rule: what is not accepted first, and the worst of it first.
    pub(crate) fn findings(&self) -> Vec<RuleFindings<'a, '_>> {
        let about = |entry: &'_ Entry<'a>| entry.findings.clone();
        let of_entries = self.entries().flat_map(|entry| about(entry).into_iter().map(move |one| (one, Some(entry))));
        let mut rules: BTreeMap<_, Vec<(&'a Finding, Option<&Entry<'a>>)>> = BTreeMap::new();
        for (finding, entry) in of_entries.chain(self.other_findings.iter().map(|finding| (*finding, None))) {
            let order = (finding.waived_until.as_deref(), Reverse(finding.severity), finding.code, finding.name);
            rules.entry(order).or_default().push((finding, entry));
        }
        let rule = |((accepted_until, Reverse(severity), code, name), findings): (_, Vec<(&'a Finding, _)>)| {
            let expected = findings.first().map(|(finding, _)| finding.expected.as_str());
            let is_common = |expected: &&str| findings.iter().all(|(finding, _)| finding.expected == *expected);
            RuleFindings { code, name, severity, accepted_until, expected: expected.filter(is_common), findings }
        };
        rules.into_iter().map(rule).collect()
    }

    /// `shop, production: defaults`
    pub(crate) fn title(&self) -> String {
        match (self.service, self.environment) {
            (Some(service), Some(environment)) => format!("{service}, {environment}: defaults"),
            (Some(service), None) => format!("{service}: production defaults"),
            (None, Some(environment)) => format!("{environment}: defaults"),
            (None, None) => "Production defaults".to_owned(),
        }
    }
}

impl<'a> Entry<'a> {
    /// The file of the declaration, else of the first reading.
    fn declared_in(&self) -> String {
        let readings = &self.default.readings;
        let declaration = readings.iter().find(|reading| reading.layer == self.default.layer).or(readings.first());
        declaration.map_or_else(String::new, |reading| file(&reading.place.file))
    }

    pub(crate) fn documentation(&self) -> Option<&'a Documentation> {
        self.documented.map(|entry| &entry.documentation)
    }

    /// What is effective, in words, and what is in the processes that hold something else.
    pub(crate) fn effective(&self) -> String {
        let mut said = match &self.default.effective {
            Some(effective) => shown(self.default, &effective.value),
            None if self.is_group => "(set by its fields)".to_owned(),
            None if self.default.required => "(required, not set)".to_owned(),
            None => Held::Nothing.shown(),
        };
        for (process, own) in self.default.exceptions() {
            said.extend(["; ", &shown(self.default, &own.value), " in ", process]);
        }
        said
    }

    /// The layer whose reading wins.
    pub(crate) fn layer(&self) -> Layer {
        self.default.effective.as_ref().map_or(self.default.layer, |effective| effective.layer)
    }

    /// Where this reading is the effective one.
    pub(crate) fn wins(&self, reading: &Reading) -> Wins<'a> {
        let default = self.default;
        if default.per_process.is_empty() {
            let is_it = |number: usize| std::ptr::eq(&raw const default.readings[number], reading);
            let of_process = reading.process.as_deref().and_then(|process| default.winner_in(Some(process)));
            let wins = default.winner_in(None).into_iter().chain(of_process).any(is_it);
            return if wins { Wins::Everywhere } else { Wins::Nowhere };
        }
        let is_it = |(process, own): &&(String, Effective)| own.is_of(reading) && reading.concerns(Some(process));
        match default.per_process.iter().filter(is_it).map(|(process, _)| process.as_str()).collect::<Vec<_>>() {
            processes if processes.is_empty() => Wins::Nowhere,
            processes => Wins::In(processes),
        }
    }

    /// The reading that wins where nobody says in which process.
    pub(crate) fn winner(&self) -> Option<&'a Reading> {
        self.default.winner_in(None).map(|number| &self.default.readings[number])
    }
}

/// What the register says, in words: the general value, and the exceptions.
fn documented_shown(default: &NamedDefault, documented: DocumentedValue<'_>) -> String {
    let shown = |value: &Value| shown(default, &Held::Constant(value.clone()));
    let general = documented.general.map(shown);
    let exceptions = documented.per_process.iter().map(|(process, value)| format!("{} in {process}", shown(value)));
    general.into_iter().chain(exceptions).collect::<Vec<_>>().join("; ")
}

/// What a place holds, in words and on one line. A secret's text cannot get here from a capture; the second look is
/// for what a person typed into the register.
pub(crate) fn shown(default: &NamedDefault, held: &Held) -> String {
    match held {
        Held::Constant(value) if default.secret && !value.is_harmless() => "(secret, set)".to_owned(),
        Held::Constant(_) | Held::Dynamic | Held::Secret(_) | Held::Nothing => {
            hide_url_password(&one_line(&held.shown()))
        }
    }
}

/// What a reading holds; for what is dynamic, its source text.
pub(crate) fn reading_shown(default: &NamedDefault, reading: &Reading) -> String {
    match reading.value {
        Held::Dynamic if !default.secret && !reading.text.is_empty() => hide_url_password(&one_line(&reading.text)),
        Held::Constant(_) | Held::Dynamic | Held::Secret(_) | Held::Nothing => shown(default, &reading.value),
    }
}

/// A file as every checkout names it: a library's file without the virtual environment in front of it.
pub(crate) fn file(file: &str) -> String {
    ["/site-packages/", "/dist-packages/"]
        .iter()
        .find_map(|folder| file.find(folder).map(|at| &file[at + folder.len()..]))
        .unwrap_or(file)
        .to_owned()
}

/// A line number would make every page stale with every edit above it, so a place is a file and a symbol.
pub(crate) fn place(reading: &Reading) -> (String, Option<&str>) {
    (file(&reading.place.file), reading.symbol.as_deref())
}

fn names(default: &NamedDefault) -> impl Iterator<Item = &str> {
    std::iter::once(&default.name).chain(&default.aliases).map(String::as_str)
}

/// A fragment that no other default of the page has.
fn anchor(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '_' };
    let first = format!("d-{}", name.chars().map(plain).collect::<String>());
    let mut anchor = first.clone();
    let mut number = 1;
    while !taken.insert(anchor.clone()) {
        number += 1;
        anchor = format!("{first}-{number}");
    }
    anchor
}
