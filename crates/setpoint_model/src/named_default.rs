use crate::{Comparison, Held, Layer, Mechanism, Origin, Place, Seen, SiteProcesses, winner};
use serde::Serialize;

/// A named production value with every place that gives it one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamedDefault {
    /// As an operator sets it: `SHOP_POOL_SIZE`, `uvicorn.timeout_keep_alive`, `--workers`, `Spawner.start_timeout`.
    pub name: String,
    /// Other names under which the same default can be set.
    pub aliases: Vec<String>,
    /// The layer of the declaration: `code` for what the service declares itself.
    pub layer: Layer,
    /// How it is declared.
    pub mechanism: Mechanism,
    /// The type in the words of its declaration (`int`, `Optional[Path]`), where one is known.
    #[serde(rename = "type")]
    pub type_name: Option<String>,
    /// What the type says of the text that a deployment sets.
    #[serde(skip)]
    pub type_origin: TypeOrigin,
    /// The texts that it takes, where more is known of them than the type's name says.
    #[serde(skip)]
    pub takes: Option<Takes>,
    /// The declaration's own default.
    #[serde(serialize_with = "constant_or_null")]
    pub value: Held,
    /// The service refuses to start, or fails, without a value.
    pub required: bool,
    /// The declaration's own default is known only when the code runs.
    pub dynamic: bool,
    /// Its values are never shown.
    pub secret: bool,
    /// What the declaration says it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Every place that gives it a value, weakest first.
    pub readings: Vec<Reading>,
    /// The reading that wins; `None` if nothing gives a value.
    pub effective: Option<Effective>,
    /// Where the processes of the site disagree: the unit and what is effective in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub per_process: Vec<(String, Effective)>,
}

/// What the type of a default says of the text that a deployment sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TypeOrigin {
    /// The text is parsed as the type, so that one of another form is refused.
    #[default]
    Parsed,
    /// The code makes the type of it in the end, and the text may look otherwise:
    /// `def log_level(name) -> int: return getattr(logging, os.environ[name])`.
    Made,
}

/// The only texts that a default takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One of these: the values of an enumeration, or what a `Literal` lists.
    OneOf(Vec<String>),
    /// Numbers: an option of a server, whose own table says so.
    Numbers,
}

/// One place that gives a default a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// The kind of place.
    pub layer: Layer,
    /// How the place declares it.
    pub mechanism: Mechanism,
    /// What it holds.
    #[serde(serialize_with = "constant_or_null")]
    pub value: Held,
    /// The value's source text as written there; `***` for a secret.
    pub text: String,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// The class and field, function, directive path or unit section around it: `Settings.pool_size`, `[Service]`.
    pub symbol: Option<String>,
    /// The unit whose process it concerns; `None` where it concerns all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
}

/// The reading that wins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effective {
    /// What it holds.
    #[serde(serialize_with = "constant_or_null")]
    pub value: Held,
    /// The kind of place.
    pub layer: Layer,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
}

impl NamedDefault {
    /// One of which nothing is known but its name and how it is declared: nothing gives it a value.
    pub fn unset(name: impl Into<String>, layer: Layer, mechanism: Mechanism) -> Self {
        Self {
            name: name.into(),
            aliases: Vec::new(),
            layer,
            mechanism,
            type_name: None,
            type_origin: TypeOrigin::default(),
            takes: None,
            value: Held::Nothing,
            required: false,
            dynamic: false,
            secret: false,
            description: None,
            readings: Vec::new(),
            effective: None,
            per_process: Vec::new(),
        }
    }

    /// True if `name` is this default's name or one of its aliases.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }

    /// True if a place of the deployment gives it a value.
    pub fn is_set_by_deployment(&self) -> bool {
        self.readings.iter().any(|reading| reading.layer.is_deployment() && reading.value != Held::Nothing)
    }

    /// True for what a call in the code passes on to a library: it has its value from a setting that is a default of
    /// its own, so that what is wrong with that value is said of the setting alone.
    pub fn is_passed_on(&self) -> bool {
        self.mechanism == Mechanism::Library
    }

    /// True if it belongs into the register: what a deployment layer sets, and what is required. What a live process
    /// or the machine merely shows is no decision; nor is what a call in the code passes on to a library, since the
    /// setting that it comes from is.
    pub fn is_decision(&self) -> bool {
        if self.is_passed_on() {
            return false;
        }
        let decides = |layer: Layer| layer.is_deployment() && layer.origin() != Origin::Machine;
        self.required || self.readings.iter().any(|reading| decides(reading.layer) && reading.value != Held::Nothing)
    }

    /// How the values that places give it are compared.
    pub fn comparison(&self) -> Comparison {
        Comparison::of_default(&self.name, self.mechanism, self.type_name.as_deref())
    }

    /// True unless both are known and are different settings.
    pub fn agree(&self, one: &Held, other: &Held) -> bool {
        match (one, other) {
            (Held::Constant(one), Held::Constant(other)) => self.comparison().is_same(one, other),
            (Held::Secret(one), Held::Secret(other)) => one == other,
            (Held::Nothing, Held::Nothing) | (Held::Dynamic, _) | (_, Held::Dynamic) => true,
            (Held::Constant(_) | Held::Secret(_) | Held::Nothing, _) => false,
        }
    }

    /// The effective constant, where it is known.
    pub fn effective_value(&self) -> Option<&crate::Value> {
        self.effective.as_ref().and_then(|effective| effective.value.constant())
    }

    /// What is effective in one process; `None` if nothing gives a value there.
    pub fn effective_in(&self, process: &str) -> Option<&Effective> {
        if self.per_process.is_empty() {
            let concerns = self.readings.iter().any(|reading| reading.concerns(Some(process)));
            return self.effective.as_ref().filter(|_| concerns);
        }
        self.per_process.iter().find(|(name, _)| name == process).map(|(_, effective)| effective)
    }

    /// The number of the reading that wins in a process; for `None`, where nobody says in which. Where the processes agree,
    /// what wins is kept for one alone; in another it is what its files say, or the strongest reading that holds the same.
    pub fn winner_in(&self, process: Option<&str>) -> Option<usize> {
        let effective = process.map_or(self.effective.as_ref(), |process| self.effective_in(process))?;
        let concerns = |reading: &Reading| process.is_none() || reading.concerns(process);
        let by_files = process.filter(|_| self.per_process.is_empty()).and_then(|process| {
            let winner = winner(&self.readings, Some(process), Seen::default())?;
            let is_same = self.comparison().holds_same(&winner.value, &effective.value);
            self.readings.iter().position(|reading| is_same && std::ptr::eq(reading, winner))
        });
        let strongest = |is_it: &dyn Fn(&Reading) -> bool| {
            self.readings.iter().rposition(|reading| concerns(reading) && is_it(reading))
        };
        by_files
            .or_else(|| strongest(&|reading| effective.is_of(reading)))
            .or_else(|| strongest(&|reading| self.comparison().holds_same(&reading.value, &effective.value)))
    }

    /// The processes that hold another value than the one that is effective where nobody says in which process.
    pub fn exceptions(&self) -> impl Iterator<Item = (&str, &Effective)> {
        let comparison = self.comparison();
        let is_exception = move |own: &Effective| {
            let general = self.effective.as_ref();
            general.is_none_or(|general| !comparison.holds_same(&general.value, &own.value))
        };
        let per_process = self.per_process.iter().map(|(process, own)| (process.as_str(), own));
        per_process.filter(move |(_, own)| is_exception(own))
    }

    /// Finds anew what is effective, from the readings that there are and what the processes' files say.
    pub fn choose_again(&mut self, processes: &SiteProcesses<'_>) {
        let chosen = processes.winners(&self.readings, self.comparison()).effective();
        (self.effective, self.per_process) = chosen;
    }
}

impl Reading {
    /// True if it says something about that process; for `None`, about a process that no reading names.
    pub fn concerns(&self, process: Option<&str>) -> bool {
        self.process.is_none() || self.process.as_deref() == process
    }

    /// True if there is a process that both concern. Only then can one override the other.
    pub fn shares_a_process_with(&self, other: &Reading) -> bool {
        self.process.is_none() || other.concerns(self.process.as_deref())
    }

    /// True if two readings leave no doubt that they give the same: of what is known only when the code runs, the
    /// same source.
    pub fn holds_the_same(&self, other: &Reading, comparison: Comparison) -> bool {
        comparison.holds_same(&self.value, &other.value) && (self.value != Held::Dynamic || self.text == other.text)
    }
}

impl Effective {
    /// True if it was that reading that won.
    pub fn is_of(&self, reading: &Reading) -> bool {
        self.layer == reading.layer && self.place == reading.place && self.value == reading.value
    }
}

impl From<&Reading> for Effective {
    fn from(reading: &Reading) -> Self {
        Self { value: reading.value.clone(), layer: reading.layer, place: reading.place.clone() }
    }
}

/// A secret is `null` in a value's place; that it is set is said by `secret` beside it.
fn constant_or_null<S: serde::Serializer>(held: &Held, serializer: S) -> Result<S::Ok, S::Error> {
    held.constant().unwrap_or(&crate::Value::Null).serialize(serializer)
}
