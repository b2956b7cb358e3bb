use super::line::{Line, is_of_tree, place_name};
use super::section::{self, Section};
use super::{Key, Lines, parse};
use setpoint_model::{Layer, NamedDefault, Place, Problem, SiteProcesses, Snapshot, Value};
use std::collections::BTreeMap;

/// One side of a comparison: what a lock says; of a snapshot, what its lock would say, and where it all stands.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub(super) lines: Lines,
    /// What a lock does not hold; none where the state is one.
    pub(super) origins: BTreeMap<Key, Origin>,
}

/// Where a default comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    /// Where it is declared.
    pub(super) declared: Option<Place>,
    /// Where files set it, by the names that its line has for them.
    pub(super) set: BTreeMap<String, Place>,
    /// The class and field, or the function, that declares it.
    pub(super) symbol: Option<String>,
    /// Its other names.
    pub(super) aliases: Vec<String>,
}

impl State {
    /// Of a snapshot.
    pub fn of_snapshot(snapshot: &Snapshot) -> Self {
        let mut state = Self::default();
        state.add_libraries(snapshot);
        let processes = SiteProcesses::of_files(&snapshot.site);
        for default in &snapshot.defaults {
            let Some(line) = Line::of(default, &snapshot.site.root, &processes) else { continue };
            let section = Section::Mechanism(default.mechanism.to_string());
            // There is one default of each name and mechanism; should there be a second, it is numbered and not lost.
            let numbered = (2..).map(|number| format!("{} ({number})", default.name));
            let mut names = std::iter::once(default.name.clone()).chain(numbered);
            if let Some(name) = names.find(|name| !state.lines.contains_key(&(section.clone(), name.clone()))) {
                state.add((section, name), line, Origin::of(default, Layer::Code));
            }
        }
        state
    }

    /// Of a lock.
    ///
    /// # Errors
    /// The text is no lock of this version.
    pub fn of_lock(text: &str) -> Result<Self, Problem> {
        Ok(Self { lines: parse(text)?.0, origins: BTreeMap::new() })
    }

    /// Both together; of what both have, this one's.
    #[must_use]
    pub fn and(mut self, other: State) -> Self {
        for (key, line) in other.lines {
            self.lines.entry(key).or_insert(line);
        }
        for (key, origin) in other.origins {
            self.origins.entry(key).or_insert(origin);
        }
        self
    }

    /// How many defaults it has.
    pub fn len(&self) -> usize {
        self.lines.keys().filter(|(section, name)| !section.is_version(name)).count()
    }

    /// True if it has no default.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True if it knows what an installed library has.
    pub(super) fn has_libraries(&self) -> bool {
        self.lines.keys().any(|(section, _)| section.library().is_some())
    }

    /// Leaves out what installed libraries have, and names these.
    pub(super) fn leave_out_libraries(&mut self) -> Vec<String> {
        let mut libraries = Vec::new();
        self.lines.retain(|(section, _), _| {
            section.library().is_none_or(|library| {
                libraries.push(library.to_owned());
                false
            })
        });
        libraries.dedup();
        libraries
    }

    /// The version of each installed library, and its own defaults.
    fn add_libraries(&mut self, snapshot: &Snapshot) {
        for library in &snapshot.site.libraries {
            let section = || Section::Library(library.name.clone());
            let version = Line::of_version(Value::from(library.version.as_str()));
            self.lines.insert((section(), section::VERSION.to_owned()), version);
            for default in snapshot.defaults.iter().filter(|default| library.has(default)) {
                if let Some(line) = Line::of_library(default, &snapshot.site.root) {
                    self.add((section(), default.name.clone()), line, Origin::of(default, Layer::Library));
                }
            }
        }
    }

    fn add(&mut self, key: Key, line: Line, origin: Origin) {
        self.origins.insert(key.clone(), origin);
        self.lines.insert(key, line);
    }
}

impl Origin {
    fn of(default: &NamedDefault, declared_in: Layer) -> Self {
        let declaration = default.readings.iter().find(|reading| reading.layer == declared_in);
        let set = default.readings.iter().filter(|reading| reading.layer.is_deployment() && is_of_tree(reading));
        Self {
            declared: declaration.map(|reading| reading.place.clone()),
            set: set.map(|reading| (place_name(reading), reading.place.clone())).collect(),
            symbol: declaration.and_then(|reading| reading.symbol.clone()),
            aliases: default.aliases.clone(),
        }
    }

    /// Where it is declared, else set.
    pub(super) fn place(&self) -> Option<&Place> {
        self.declared.as_ref().or_else(|| self.set.values().next())
    }
}
