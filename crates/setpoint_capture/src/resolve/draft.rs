use super::join::join;
use super::precedence::strength;
use crate::launch;
use crate::redact::{Nature, Redactor, Shown};
use crate::{Assignment, Clear, Declaration};
use setpoint_model::{
    Comparison, Effective, Held, Layer, Mechanism, NamedDefault, Reading, SiteProcesses, Takes, TypeOrigin, Value,
    Written, is_secret_name,
};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::rc::Rc;

/// A default while its readings are gathered.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) mechanism: Mechanism,
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) assigned: Vec<Assigned>,
    /// Names that its assignments know it by.
    aliases: Vec<String>,
}

/// What a deployment sets a default to. One variable may set several defaults.
#[derive(Clone, Debug)]
pub(crate) struct Assigned {
    pub(crate) assignment: Rc<Assignment>,
    pub(crate) via: Via,
}

/// How an assignment reaches a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// By a variable that the default is read from.
    Variable {
        /// How many of the default's variables are looked at before it.
        stronger: usize,
    },
    /// By the default's own name.
    Name,
}

impl Draft {
    pub(crate) fn new(name: &str, mechanism: Mechanism) -> Self {
        Self { name: name.to_owned(), mechanism, declarations: Vec::new(), assigned: Vec::new(), aliases: Vec::new() }
    }

    pub(crate) fn add_alias(&mut self, alias: &str) {
        if !self.aliases.iter().any(|known| known == alias) {
            self.aliases.push(alias.to_owned());
        }
    }

    /// True if a file of the deployment sets it.
    pub(crate) fn is_set_by_a_file(&self) -> bool {
        self.assigned.iter().any(|assigned| assigned.assignment.layer != Layer::Process)
    }

    /// The default, its secrets hidden.
    ///
    /// Several places may declare it. The most informative one speaks for it: a constant before `None`, that before
    /// no value, that before a value which only running the code tells; the first by file and line of those.
    /// It is required only if every place requires it, since one that gives a default shows that it may be missing.
    pub(crate) fn finish(mut self, redactor: &mut Redactor, processes: &SiteProcesses<'_>) -> NamedDefault {
        self.declarations.sort_by(|one, two| order(one).cmp(&order(two)));
        self.declarations.dedup();
        let mechanism = self.mechanism;
        self.assigned.sort_by_cached_key(|assigned| strength(mechanism, assigned));
        self.keep_what_processes_hold();
        let nature = self.nature();

        let mut hidden = nature == Nature::Secret;
        let mut own = Held::Nothing;
        let mut readings = Vec::with_capacity(self.declarations.len() + self.assigned.len());
        for declaration in &self.declarations {
            let shown = redactor.show(&declaration.value, &declaration.text, nature, Written::Code);
            hidden |= shown.hidden;
            own = shown.held.clone();
            readings.push(declared(declaration, shown));
        }
        for Assigned { assignment, .. } in &self.assigned {
            let shown = redactor.show(&assignment.value, &assignment.text, nature, Written::Deployment);
            hidden |= shown.hidden;
            readings.push(assigned(assignment, shown));
        }
        let first_known =
            |know: fn(&Declaration) -> Option<&String>| self.declarations.iter().rev().find_map(know).cloned();
        let type_name = first_known(|declaration| declaration.type_name.as_ref());
        let comparison = Comparison::of_default(&self.name, mechanism, type_name.as_deref());
        let readings = join(readings, processes.count(), comparison);
        let winners = processes.winners(&readings, comparison).effective();
        let (effective, per_process) = self.among_its_commands(&readings, winners, comparison);
        NamedDefault {
            aliases: self.aliases(),
            layer: self.declared_in().or_else(|| Some(readings.first()?.layer)).unwrap_or(Layer::Code),
            type_origin: self.type_origin(type_name.as_deref()),
            takes: self.takes(type_name.as_deref()),
            type_name,
            dynamic: own == Held::Dynamic,
            value: own,
            required: !self.declarations.is_empty() && self.declarations.iter().all(|declaration| declaration.required),
            secret: hidden,
            description: first_known(|declaration| declaration.description.as_ref()),
            name: self.name,
            mechanism,
            readings,
            effective,
            per_process,
        }
    }

    /// An option says nothing of the processes that run other commands: where a command line gives it, only those
    /// whose command lines do are compared.
    fn among_its_commands(
        &self,
        readings: &[Reading],
        (effective, per_process): (Option<Effective>, Vec<(String, Effective)>),
        comparison: Comparison,
    ) -> (Option<Effective>, Vec<(String, Effective)>) {
        if self.declarations.iter().all(|declaration| declaration.option.is_none()) {
            return (effective, per_process);
        }
        let given = |reading: &&Reading| matches!(reading.layer, Layer::CommandLine | Layer::Process);
        let given: HashSet<&str> =
            readings.iter().filter(given).filter_map(|reading| reading.process.as_deref()).collect();
        let mut of_commands = per_process;
        if !given.is_empty() {
            of_commands.retain(|(process, _)| given.contains(process.as_str()));
        }
        match of_commands.as_slice() {
            [] => (effective, of_commands),
            [(_, first), others @ ..] => {
                let first = first.clone();
                let agree = others.iter().all(|(_, other)| comparison.holds_same(&other.value, &first.value));
                (Some(first), if agree { Vec::new() } else { of_commands })
            }
        }
    }

    /// Of a process's own environment and command line, what lies below a value is without effect, and the files that
    /// it was started with say it too.
    fn keep_what_processes_hold(&mut self) {
        let mut processes = HashSet::new();
        let mut kept = Vec::with_capacity(self.assigned.len());
        for assigned in std::mem::take(&mut self.assigned).into_iter().rev() {
            let Assignment { layer, process, value, .. } = &*assigned.assignment;
            let live = *layer == Layer::Process;
            if live && processes.contains(process) {
                continue;
            }
            if live && *value != Clear::Nothing {
                processes.insert(process.clone());
            }
            kept.push(assigned);
        }
        kept.reverse();
        self.assigned = kept;
    }

    fn nature(&self) -> Nature {
        let names =
            self.declarations.iter().flat_map(|declaration| declaration.aliases.iter().chain(&declaration.variables));
        let by_name = std::iter::once(&self.name).chain(names).any(|name| is_secret_name(name));
        if self.declarations.iter().any(|declaration| declaration.secret) || (by_name && !self.is_switch()) {
            Nature::Secret
        } else {
            Nature::Unknown
        }
    }

    /// One place that parses the text as the type is enough to refuse another text.
    fn type_origin(&self, type_name: Option<&str>) -> TypeOrigin {
        let makes = |declaration: &Declaration| declaration.type_origin == TypeOrigin::Made;
        let mut of_type = self.declarations.iter().filter(|declaration| declaration.type_name.as_deref() == type_name);
        if of_type.all(makes) { TypeOrigin::Made } else { TypeOrigin::Parsed }
    }

    /// What it takes, where every place of its type lists the same, or where it is an option of a server.
    fn takes(&self, type_name: Option<&str>) -> Option<Takes> {
        let of_code = self.declarations.iter().filter(|declaration| declaration.layer == Layer::Code);
        let of_type = of_code.filter(|declaration| declaration.type_name.as_deref() == type_name);
        let choices =
            of_type.map(|declaration| declaration.choices.as_ref()).reduce(|one, other| one.filter(|_| one == other));
        let choices = choices.flatten().map(|choices| Takes::OneOf(choices.clone()));
        choices.or_else(|| launch::takes_numbers(self.mechanism, &self.name).then_some(Takes::Numbers))
    }

    /// True for what only sounds like a secret, such as `DISABLE_PASSWORD_AUTH`: it is declared as a `bool`, and all
    /// that it was ever set to switches something on or off. `bool(os.getenv("PASSWORD"))` alone makes no switch.
    fn is_switch(&self) -> bool {
        let types = || self.declarations.iter().filter_map(|declaration| declaration.type_name.as_deref());
        let is_declared =
            types().next().is_some() && types().all(|name| Comparison::of_type(Some(name)) == Comparison::AsSwitches);
        let is_harmless = |value: &Clear| match value {
            Clear::Constant(value) => value.reveal().is_harmless(),
            Clear::Dynamic => false,
            Clear::Nothing => true,
        };
        is_declared
            && self.declarations.iter().all(|declaration| is_harmless(&declaration.value))
            && self.assigned.iter().all(|assigned| is_harmless(&assigned.assignment.value))
    }

    /// The layer of the strongest declaration.
    fn declared_in(&self) -> Option<Layer> {
        self.declarations.iter().map(|declaration| declaration.layer).max()
    }

    /// The other names of every place, in the order of the places.
    fn aliases(&self) -> Vec<String> {
        let mut aliases: Vec<String> = Vec::new();
        let declared = self.declarations.iter().rev().flat_map(|declaration| &declaration.aliases);
        for alias in declared.chain(&self.aliases) {
            if *alias != self.name && !aliases.contains(alias) {
                aliases.push(alias.clone());
            }
        }
        aliases
    }
}

/// The weaker first: what a library declares, then what tells less.
fn order(declaration: &Declaration) -> impl Ord + '_ {
    (declaration.layer, informative(&declaration.value), Reverse(&declaration.place))
}

/// How much a place tells about the default's own value.
fn informative(value: &Clear) -> u8 {
    match value {
        Clear::Constant(value) if *value.reveal() == Value::Null => 2,
        Clear::Constant(_) => 3,
        Clear::Nothing => 1,
        Clear::Dynamic => 0,
    }
}

fn declared(declaration: &Declaration, shown: Shown) -> Reading {
    Reading {
        layer: declaration.layer,
        mechanism: declaration.mechanism,
        value: shown.held,
        text: shown.text,
        place: declaration.place.clone(),
        symbol: declaration.symbol.clone(),
        process: declaration.process.clone(),
    }
}

fn assigned(assignment: &Assignment, shown: Shown) -> Reading {
    Reading {
        layer: assignment.layer,
        mechanism: assignment.mechanism,
        value: shown.held,
        text: shown.text,
        place: assignment.place.clone(),
        symbol: assignment.symbol.clone(),
        process: assignment.process.clone(),
    }
}
