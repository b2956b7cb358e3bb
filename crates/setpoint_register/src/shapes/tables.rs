use super::Shape;
use crate::entries::Entry;
use crate::fields::Fields;
use crate::node::{Node, in_order};
use crate::report::Report;
use serde_json::{Value as Json, json};
use std::marker::PhantomData;

/// A section that exists once: `[service]`.
pub(crate) struct Only<E>(PhantomData<E>);

/// A section with entries under names: `[check.NAME]`.
pub(crate) struct Named<E>(PhantomData<E>);

/// A name fits on a line and has no space at its ends.
pub(crate) const NAME: &str = r"^[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$";

impl<E: Entry> Only<E> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E: Entry> Named<E> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E: Entry> Shape for Only<E> {
    type Read = E;

    fn expected(&self) -> String {
        "a table of that name".to_owned()
    }

    fn schema(&self) -> Json {
        Fields::describe::<E>()
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<E> {
        let Some(table) = node.table() else {
            report.wrong(node, self.expected());
            return None;
        };
        let mut fields = Fields::over::<E>(node, table, report);
        let read = E::read(&mut fields);
        fields.finish();
        read
    }
}

impl<E: Entry> Shape for Named<E> {
    type Read = Vec<E>;

    fn expected(&self) -> String {
        "entries under names, each a table".to_owned()
    }

    fn schema(&self) -> Json {
        json!({
            "type": "object",
            "propertyNames": { "pattern": NAME },
            "additionalProperties": Fields::describe::<E>(),
        })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<Vec<E>> {
        let Some(table) = node.table() else {
            report.wrong(node, self.expected());
            return None;
        };
        let path = node.path();
        let mut entries = Vec::new();
        for entry in in_order(&path, table) {
            if !report.matches(NAME, entry.name) {
                let what = format!("`{path}` has an entry named \"{}\"", entry.name.escape_debug());
                report.misshapen(entry.key, what, "a name on one line without space at its ends", None);
            }
            let read = report.within(entry.key, |report| Only::<E>::new().read(&entry, report));
            entries.extend(read);
        }
        Some(entries)
    }
}
