use crate::Sensitive;
use crate::options::Takes;
use setpoint_model::{Layer, Mechanism, Place, TypeOrigin, Value};

/// A default as code declares it, before what the deployment sets is laid over it. The same name may be declared
/// in several places; `resolve` makes one default of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// As an operator sets it: `SHOP_POOL_SIZE`, `--workers`, `Spawner.start_timeout`.
    pub name: String,
    /// Other names under which the same default can be set.
    pub aliases: Vec<String>,
    /// The environment variables that set it, the strongest first; the name itself among them if it is one.
    pub variables: Vec<String>,
    /// True if the variables are read whatever their case (pydantic-settings' default).
    pub ignores_case: bool,
    /// The service's own code, or an installed library's.
    pub layer: Layer,
    /// How it is declared.
    pub mechanism: Mechanism,
    /// The type in the words of the declaration.
    pub type_name: Option<String>,
    /// What the type says of the text that a deployment sets.
    pub type_origin: TypeOrigin,
    /// The only texts that it takes, where the type lists them.
    pub choices: Option<Vec<String>>,
    /// The default itself.
    pub value: Clear,
    /// The value's source text.
    pub text: Sensitive<String>,
    /// The service refuses to start, or fails, without a value.
    pub required: bool,
    /// Declared as a secret by its type, whatever its name is.
    pub secret: bool,
    /// How it is given on a command line, if it is an option that takes one value or none.
    pub(crate) option: Option<OptionUse>,
    /// What it depends on, if it is a field of a model that another default holds.
    pub(crate) nested: Option<Nested>,
    /// What the declaration says it means: a field's description, an option's help.
    pub description: Option<String>,
    /// Where the value stands; the call or field where there is no value.
    pub place: Place,
    /// `Settings.pool_size`, or the function around the call.
    pub symbol: Option<String>,
    /// The process that it concerns, as a server's own default does; `None` where it concerns all.
    pub process: Option<String>,
}

/// How an option is given on a command line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OptionUse {
    /// What follows its names.
    pub(crate) takes: Takes,
    /// Those of its names that switch it off.
    pub(crate) off: Vec<String>,
}

/// Where a field of a nested model stands: `DB__POOL__SIZE` in `DB__POOL`, and that in `DB`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Nested {
    /// The names of the defaults that hold the model, the outermost first.
    pub(crate) holders: Vec<String>,
    /// One of the models is a settings class, which is read from variables of its own as well.
    pub(crate) reads_its_own: bool,
}

/// What a place holds for a default before it is decided whether it may be shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Clear {
    /// A constant.
    Constant(Sensitive<Value>),
    /// Known only when the code runs.
    Dynamic,
    /// No value.
    Nothing,
}

impl From<Value> for Clear {
    fn from(value: Value) -> Self {
        Self::Constant(Sensitive::new(value))
    }
}
