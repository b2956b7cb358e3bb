use super::{Shape, Text};
use crate::node::Node;
use crate::report::Report;
use serde_json::Value as Json;

/// The name of another entry. Whether there is one is looked at once the whole file is read.
#[derive(Clone, Copy)]
pub(crate) enum Reference {
    /// An environment's name.
    Environment,
    /// A check's name.
    Check,
}

impl Shape for Reference {
    type Read = String;

    fn expected(&self) -> String {
        match self {
            Reference::Environment => "the name of an environment".to_owned(),
            Reference::Check => "the name of a check".to_owned(),
        }
    }

    fn schema(&self) -> Json {
        Text.schema()
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<String> {
        let name = Text.read(node, report)?;
        report.refer(*self, &name, node.span);
        Some(name)
    }
}
