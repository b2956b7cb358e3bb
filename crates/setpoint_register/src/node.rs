use crate::value;
use setpoint_model::{ByteSpan, holds_secret};
use std::fmt;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// One value of the file, with its key.
#[derive(Clone, Copy)]
pub(crate) struct Node<'t> {
    /// The table around it, `check.health`; empty at the top.
    pub(crate) path: &'t str,
    /// Its key; an item of a list has the list's.
    pub(crate) name: &'t str,
    /// Where the key stands.
    pub(crate) key: ByteSpan,
    /// Where the value stands; the key, for a table that has a header of its own.
    pub(crate) span: ByteSpan,
    /// The value.
    pub(crate) value: &'t DeValue<'t>,
}

impl<'t> Node<'t> {
    /// The same key with another value, for the items of a list.
    pub(crate) fn item(&self, value: &'t DeValue<'t>, span: Range<usize>) -> Node<'t> {
        Node { value, span: bytes(span), ..*self }
    }

    /// The table, if it is one.
    pub(crate) fn table(&self) -> Option<&'t DeTable<'t>> {
        match self.value {
            DeValue::Table(table) => Some(table),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => None,
        }
    }

    /// `check.health`, for the tables inside it.
    pub(crate) fn path(&self) -> String {
        match self.path {
            "" => value::key(self.name),
            path => format!("{path}.{}", value::key(self.name)),
        }
    }

    /// The value in an error's sentence. Text is quoted, since its letters are what is wrong with it.
    pub(crate) fn shown(&self) -> String {
        match self.value {
            DeValue::String(text) if text.trim().is_empty() => "empty".to_owned(),
            DeValue::String(_) if holds_secret(self.name, &value::read(self.value)) => {
                "a text with a secret in it".to_owned()
            }
            DeValue::String(text) if text.chars().count() > 60 => {
                format!("the text \"{}…\"", text.chars().take(60).collect::<String>().escape_debug())
            }
            DeValue::String(text) => format!("the text \"{}\"", text.escape_debug()),
            DeValue::Integer(_) if holds_secret(self.name, &value::read(self.value)) => "a secret".to_owned(),
            DeValue::Integer(number) => format!("the whole number {number}"),
            DeValue::Float(number) => format!("the number {number}"),
            DeValue::Boolean(flag) => flag.to_string(),
            DeValue::Datetime(_) => "a date or time".to_owned(),
            DeValue::Array(items) if items.is_empty() => "an empty list".to_owned(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(table) if table.is_empty() => "an empty table".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        }
    }
}

/// The entries of a table in the order of the file, which the TOML reader does not keep.
pub(crate) fn in_order<'t>(path: &'t str, table: &'t DeTable<'t>) -> Vec<Node<'t>> {
    let mut nodes: Vec<Node<'t>> = table.iter().map(|(key, value)| node(path, key, value)).collect();
    nodes.sort_by_key(|node| node.key);
    nodes
}

/// The entry of that key.
pub(crate) fn get<'t>(path: &'t str, table: &'t DeTable<'t>, name: &str) -> Option<Node<'t>> {
    table.get_key_value(name).map(|(key, value)| node(path, key, value))
}

type SpannedKey<'t> = toml::Spanned<toml::de::DeString<'t>>;

fn node<'t>(path: &'t str, key: &'t SpannedKey<'t>, value: &'t toml::Spanned<DeValue<'t>>) -> Node<'t> {
    let span = if value.span().is_empty() || value.span().start < key.span().start { key.span() } else { value.span() };
    Node { path, name: key.get_ref(), key: bytes(key.span()), span: bytes(span), value: value.get_ref() }
}

pub(crate) fn bytes(range: Range<usize>) -> ByteSpan {
    ByteSpan { start: range.start, end: range.end }
}

/// `` `status` of `check.health` ``
impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path {
            "" => write!(f, "`{}`", self.name),
            path => write!(f, "`{}` of `{path}`", self.name),
        }
    }
}
