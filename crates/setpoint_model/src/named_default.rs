use crate::{Comparison, Held, Layer, Mechanism, Place};
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
    /// True if `name` is this default's name or one of its aliases.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.iter().any(|alias| alias == name)
    }

    /// True if it belongs into the register: what a deployment layer sets, and what is required. What a live process
    /// or the machine merely shows is no decision.
    pub fn is_decision(&self) -> bool {
        let decides = |layer: Layer| layer.is_deployment() && !matches!(layer, Layer::Process | Layer::Host);
        self.required || self.readings.iter().any(|reading| decides(reading.layer) && reading.value != Held::Nothing)
    }

    /// How the values that places give it are compared.
    pub fn comparison(&self) -> Comparison {
        Comparison::of_type(self.type_name.as_deref())
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
}

/// A secret is `null` in a value's place; that it is set is said by `secret` beside it.
fn constant_or_null<S: serde::Serializer>(held: &Held, serializer: S) -> Result<S::Ok, S::Error> {
    held.constant().unwrap_or(&crate::Value::Null).serialize(serializer)
}
