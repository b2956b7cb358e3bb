use crate::{Backend, Held, Mechanism, NamedDefault, Place};
use serde::Serialize;

/// An installed library whose defaults were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Library {
    /// The distribution's name: `sqlalchemy`.
    pub name: String,
    /// Its version, as its `dist-info` folder says it.
    pub version: String,
    /// The folder that it is installed in: `.venv/lib/python3.12/site-packages`.
    pub folder: String,
    /// How its defaults are declared.
    pub mechanism: Mechanism,
    /// The names of its defaults, sorted.
    pub defaults: Vec<String>,
}

impl Library {
    /// True if the default is one of its own.
    pub fn has(&self, default: &NamedDefault) -> bool {
        default.mechanism == self.mechanism && self.defaults.binary_search(&default.name).is_ok()
    }
}

/// A call in the service's code of a library's function whose arguments decide how the service behaves:
/// `create_engine(url, pool_size=5)`, `requests.get(url)`, `FastAPI(docs_url=None)`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LibraryCall {
    /// The function's full name as the code imports it; a method's behind its class: `requests.Session.get`.
    pub function: String,
    /// Where the call stands.
    #[serde(flatten)]
    pub place: Place,
    /// The class and function around it.
    pub symbol: Option<String>,
    /// The module-level name that the result is bound to: `app` of `app = FastAPI()`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound_to: Option<String>,
    /// What it is given, in order.
    pub arguments: Vec<Argument>,
    /// `*args` or `**options` may give more than can be seen.
    pub open: bool,
    /// The processes whose application surely imports the file, by its import statements. Others may import it by
    /// ways that are not seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub imported_by: Vec<String>,
}

/// An argument of a [`LibraryCall`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Argument {
    /// `pool_size`; its place, counted from 0, where it is given without a name.
    pub name: String,
    /// What it is given as.
    pub value: Held,
    /// Its source text; `***` for a secret.
    pub text: String,
    /// The default that its value comes from: `SHOP_POOL_SIZE` of `pool_size=settings.pool_size`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where only the beginning of a URL is known, `f"postgresql://{user}@db/shop"`: the kind of server that it names.
    #[serde(skip)]
    pub backend: Option<Backend>,
}

impl LibraryCall {
    /// The argument of that name.
    pub fn argument(&self, name: &str) -> Option<&Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    /// True if an argument of that name is surely not given.
    pub fn lacks(&self, name: &str) -> bool {
        !self.open && self.argument(name).is_none()
    }
}
