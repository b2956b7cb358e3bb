use super::{Shape, Text};
use crate::node::Node;
use crate::report::Report;
use serde_json::Value as Json;
use setpoint_model::register::{FORMS_OF_REPOSITORY, Repository};

/// Where a repository is. Whether it is a place that is known is beyond the schema.
pub(crate) struct PlaceOfBackups;

impl Shape for PlaceOfBackups {
    type Read = Repository;

    fn expected(&self) -> String {
        FORMS_OF_REPOSITORY.to_owned()
    }

    fn schema(&self) -> Json {
        Text.schema()
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<Repository> {
        let text = Text.read(node, report)?;
        match Repository::parse(&text) {
            Ok(repository) => Some(repository),
            Err(why) => {
                let place = report.place(node.span);
                report.senseless(place, format!("{node} {why}"), self.expected());
                None
            }
        }
    }
}
