use super::scalar;
use crate::Traced;
use crate::yaml::{Content, Node};
use setpoint_model::ByteSpan;

/// An entry of `include`: another project whose services are taken over (Compose specification, "include"). `${NAME}`
/// stands in its paths as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// The files of the project, the weakest first, relative to the project that includes it.
    pub paths: Vec<Traced>,
    /// The folder that the project's own paths are relative to; `None` for that of its first file.
    pub project_directory: Option<Traced>,
    /// The files that its `${NAME}` are taken from; the `.env` of its folder where there are none.
    pub env_files: Vec<Traced>,
    /// The entry as written.
    pub span: ByteSpan,
}

/// Reads the list: of paths, or of mappings with `path`, `project_directory` and `env_file`.
pub(super) fn read(node: &Node) -> Vec<Include> {
    let Content::Sequence(entries) = &node.content else { return Vec::new() };
    let entry = |node: &Node| Include {
        paths: list(node.get("path").unwrap_or(node)),
        project_directory: node.get("project_directory").and_then(scalar).cloned(),
        env_files: node.get("env_file").map(list).unwrap_or_default(),
        span: node.span,
    };
    entries.iter().map(entry).filter(|include| !include.paths.is_empty()).collect()
}

/// A text, or a list of them.
fn list(node: &Node) -> Vec<Traced> {
    match &node.content {
        Content::Scalar(text) => vec![text.clone()],
        Content::Sequence(items) => items.iter().filter_map(scalar).cloned().collect(),
        Content::Null | Content::Mapping(_) => Vec::new(),
    }
}
