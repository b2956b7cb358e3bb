use super::Shape;
use crate::node::{Node, in_order};
use crate::report::Report;
use crate::words::listed;
use serde_json::{Value as Json, json};
use setpoint_model::nearest;
use toml::de::DeArray;

/// At least one of something, in order. An empty list is refused, since it says nothing and passes always.
pub(crate) struct List<S>(pub(crate) S);

impl<S: Shape> Shape for List<S> {
    type Read = Vec<S::Read>;

    fn expected(&self) -> String {
        format!("a list with at least one item, each {}", self.0.expected())
    }

    fn schema(&self) -> Json {
        json!({ "type": "array", "minItems": 1, "items": self.0.schema() })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<Vec<S::Read>> {
        match node.value.as_array() {
            Some(list) if !list.is_empty() => Some(items(&self.0, node, list, report)),
            Some(_) | None => {
                report.wrong(node, self.expected());
                None
            }
        }
    }
}

/// One of something, or a list of them.
pub(crate) struct OneOrMany<S>(pub(crate) S);

impl<S: Shape> Shape for OneOrMany<S> {
    type Read = Vec<S::Read>;

    fn expected(&self) -> String {
        format!("{}, or a list of such", self.0.expected())
    }

    fn schema(&self) -> Json {
        json!({ "anyOf": [self.0.schema(), { "type": "array", "minItems": 1, "items": self.0.schema() }] })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<Vec<S::Read>> {
        match node.value.as_array() {
            Some(list) if list.is_empty() => {
                report.wrong(node, self.expected());
                None
            }
            Some(list) => Some(items(&self.0, node, list, report)),
            None => self.0.read(node, report).map(|one| vec![one]),
        }
    }
}

fn items<S: Shape>(shape: &S, node: &Node<'_>, list: &DeArray<'_>, report: &mut Report) -> Vec<S::Read> {
    list.iter().filter_map(|item| shape.read(&node.item(item.get_ref(), item.span()), report)).collect()
}

/// At least one name with its value, in the order of the file.
pub(crate) struct Pairs<S>(pub(crate) S);

impl<S: Shape> Shape for Pairs<S> {
    type Read = Vec<(String, S::Read)>;

    fn expected(&self) -> String {
        format!("a table with at least one name, and for each {}", self.0.expected())
    }

    fn schema(&self) -> Json {
        json!({ "type": "object", "minProperties": 1, "additionalProperties": self.0.schema() })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<Vec<(String, S::Read)>> {
        match node.table() {
            Some(table) if !table.is_empty() => Some(
                in_order(&node.path(), table)
                    .iter()
                    .filter_map(|item| self.0.read(item, report).map(|read| (item.name.to_owned(), read)))
                    .collect(),
            ),
            Some(_) | None => {
                report.wrong(node, self.expected());
                None
            }
        }
    }
}

/// A word, and the reader of what stands behind it.
type Form<T> = (&'static str, fn(&str) -> Option<T>);

/// A text that begins with a word and a colon: `cookie:session`.
pub(crate) struct Prefixed<T: 'static> {
    /// Each word with what the rest of the text is read into.
    pub(crate) forms: &'static [Form<T>],
    /// For an error: `cookie:NAME`.
    pub(crate) examples: &'static [&'static str],
    /// What the whole text must match.
    pub(crate) pattern: &'static str,
}

impl<T> Shape for Prefixed<T> {
    type Read = T;

    fn expected(&self) -> String {
        format!("one of {}", listed(self.examples.iter().copied()))
    }

    fn schema(&self) -> Json {
        json!({ "type": "string", "pattern": self.pattern })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<T> {
        let text = node.value.as_str().unwrap_or_default();
        let (word, rest) = text.split_once(':').unwrap_or((text, ""));
        let form = self.forms.iter().find(|(name, _)| *name == word);
        let read = form.filter(|_| report.matches(self.pattern, text)).and_then(|(_, read)| read(rest));
        if read.is_none() {
            let near = nearest(word, self.forms.iter().map(|(name, _)| *name)).filter(|near| *near != word);
            let hint = near.map(|near| format!("did you mean `{near}:`?"));
            report.misshapen(node.span, format!("{node} is {}", node.shown()), self.expected(), hint);
        }
        read
    }
}
