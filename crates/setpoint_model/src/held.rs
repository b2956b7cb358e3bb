use crate::Value;
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
/// says whether two places of one capture agree, and nothing to anyone else. It is never written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub u64);

impl Held {
    /// The constant, if it is one.
    pub fn constant(&self) -> Option<&Value> {
        match self {
            Held::Constant(value) => Some(value),
            Held::Dynamic | Held::Secret(_) | Held::Nothing => None,
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
