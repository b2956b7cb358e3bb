use super::{RegularExpression, Shape, Text};
use crate::node::{Node, in_order};
use crate::report::Report;
use serde_json::{Value as Json, json};
use setpoint_model::register::ExpectedText;

/// What a text must say: `"exactly this"`, or one of `{ contains = "…" }`, `{ lacks = "…" }`, `{ matches = "…" }`.
pub(crate) struct Said;

impl Shape for Said {
    type Read = ExpectedText;

    fn expected(&self) -> String {
        "a text that is not empty, or one of `{ contains = \"…\" }`, `{ lacks = \"…\" }`, `{ matches = \"…\" }`"
            .to_owned()
    }

    fn schema(&self) -> Json {
        let form = |word: &str, about: &str, shape: Json| {
            let mut shape = shape;
            shape["description"] = json!(about);
            json!({ "type": "object", "properties": { word: shape }, "required": [word], "additionalProperties": false })
        };
        json!({ "anyOf": [
            Text.schema(),
            form("contains", "A part of the text.", Text.schema()),
            form("lacks", "What the text must not contain.", Text.schema()),
            form("matches", "A regular expression that matches somewhere in the text.", RegularExpression.schema()),
        ] })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<ExpectedText> {
        let Some(table) = node.table() else {
            if node.value.as_str().is_none_or(|text| text.trim().is_empty()) {
                report.wrong(node, self.expected());
                return None;
            }
            return Text.read(node, report).map(ExpectedText::Equals);
        };
        let path = node.path();
        match in_order(&path, table).as_slice() {
            [only] if only.name == "contains" => Text.read(only, report).map(ExpectedText::Contains),
            [only] if only.name == "lacks" => Text.read(only, report).map(ExpectedText::Lacks),
            [only] if only.name == "matches" => RegularExpression.read(only, report).map(ExpectedText::Matches),
            _ => {
                report.wrong(node, self.expected());
                None
            }
        }
    }
}
