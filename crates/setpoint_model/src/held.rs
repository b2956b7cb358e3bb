use crate::{Backend, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// What a place holds for a default. A secret's text cannot be held: only that it is set, and a fingerprint
/// by which two places can be compared within one capture.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    /// A constant.
    Constant(Value),
    /// Known only when the code runs; the reading's `text` is its source.
    Dynamic,
    /// A secret that is set.
    Secret(Fingerprint),
    /// Nothing: a required setting, or a name that is only mentioned.
    Nothing,
}

/// A keyed hash of a secret. The key is drawn anew for each capture and never kept, so that a fingerprint
/// says whether two places of one capture agree, and nothing to anyone else. It is never written out, but by a change into
/// the journal that its owner alone may read: there the key is the journal's, so that what was found can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The hash.
    pub hash: u64,
    /// Where the secret is a URL of a known kind of server: that kind, which is no secret.
    pub backend: Option<Backend>,
}

impl From<u64> for Fingerprint {
    /// Of a secret that is no URL.
    fn from(hash: u64) -> Self {
        Self { hash, backend: None }
    }
}

impl Held {
    /// The constant, if it is one.
    pub fn constant(&self) -> Option<&Value> {
        match self {
            Held::Constant(value) => Some(value),
            Held::Dynamic | Held::Secret(_) | Held::Nothing => None,
        }
    }

    /// The kind of server that it names, where it is the URL of one, secret or not.
    pub fn backend(&self) -> Option<Backend> {
        match self {
            Held::Constant(value) => value.as_text().and_then(Backend::of_url),
            Held::Secret(fingerprint) => fingerprint.backend,
            Held::Dynamic | Held::Nothing => None,
        }
    }

    /// For tables and sentences.
    pub fn shown(&self) -> String {
        match self {
            Held::Constant(Value::Text(text)) if text.is_empty() => "\"\"".to_owned(),
            Held::Constant(value) => value.to_string(),
            Held::Dynamic => "(dynamic)".to_owned(),
            Held::Secret(_) => "(secret, set)".to_owned(),
            Held::Nothing => "(not set)".to_owned(),
        }
    }
}

/// A constant as itself, `null` for nothing and what is dynamic, `{"set": true}` for a secret.
impl Serialize for Held {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Held::Constant(value) => value.serialize(serializer),
            Held::Secret(_) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("set", &true)?;
                map.end()
            }
            Held::Dynamic | Held::Nothing => serializer.serialize_unit(),
        }
    }
}
