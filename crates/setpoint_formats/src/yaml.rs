//! YAML as a tree whose every node knows its bytes. The scanning is granit-parser's; here are the tree, aliases and
//! merge keys, within limits that a hostile file cannot pass.

use crate::{Complaint, Traced};
use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};
use setpoint_model::ByteSpan;
use std::collections::HashMap;

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: ByteSpan,
    pub(crate) content: Content,
    /// The name of a tag of the file's own: `reset` of `!reset`.
    pub(crate) tag: Option<String>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// A scalar, as its text whatever its type.
    Scalar(Traced),
    /// A plain scalar that means nothing: `null`, `~`, or none.
    Null,
    Sequence(Vec<Node>),
    /// In the order of the file; what a merge key brings stands behind what the mapping itself says.
    Mapping(Vec<(Node, Node)>),
}

/// Deeper files are cut off.
const DEEPEST: usize = 64;
/// A file may name one node many times; a tree of more nodes than this is cut off.
const MOST_NODES: usize = 100_000;

/// The first document. A fault of the syntax is a complaint, and what was read before it is kept.
pub(crate) fn parse(text: &str) -> (Option<Node>, Vec<Complaint>) {
    let mut builder = Builder { text, open: Vec::new(), root: None, anchors: HashMap::new(), nodes: 0 };
    let mut complaints = Vec::new();
    let mut parser = Parser::new_from_str(text);
    while builder.root.is_none() {
        match parser.next_event() {
            None | Some(Ok((Event::DocumentEnd | Event::StreamEnd, _))) => break,
            Some(Ok((event, span))) => {
                if let Err(complaint) = builder.event(event, span) {
                    complaints.push(complaint);
                    break;
                }
            }
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
                let what = "the YAML cannot be read from here on";
                complaints.push(Complaint::new(what, "YAML 1.2", ByteSpan { start: at, end: at }));
                break;
            }
        }
    }
    while !builder.open.is_empty() {
        builder.close(text.len());
    }
    (builder.root, complaints)
}

#[derive(Clone, Copy)]
enum Kind {
    Sequence,
    Mapping,
}

/// A collection that is being read.
struct Open {
    start: usize,
    anchor: usize,
    kind: Kind,
    tag: Option<String>,
    /// For a mapping keys and values in turn.
    children: Vec<Node>,
}

struct Builder<'t> {
    text: &'t str,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Complaint> {
        let range = span.byte_range().unwrap_or_default();
        let span = ByteSpan { start: range.start, end: range.end };
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let is_null =
                    style == ScalarStyle::Plain && matches!(value.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                let content = if is_null { Content::Null } else { Content::Scalar(self.traced(&value, span)) };
                self.add(Node { span, content, tag: own_tag(tag.as_deref()) }, anchor, 1)
            }
            Event::SequenceStart(_, anchor, tag) => self.start(span, anchor, Kind::Sequence, own_tag(tag.as_deref())),
            Event::MappingStart(_, anchor, tag) => self.start(span, anchor, Kind::Mapping, own_tag(tag.as_deref())),
            Event::SequenceEnd | Event::MappingEnd => {
                self.close(span.end);
                Ok(())
            }
            Event::Alias(anchor) => {
                // A collection that is still open has no node yet: an alias of it would be endless.
                let node = self.anchors.get(&anchor).cloned().unwrap_or(Node::nothing(span));
                let nodes = count(&node);
                self.add(node, 0, nodes)
            }
            _ => Ok(()),
        }
    }

    /// The places of the single characters where the scalar is written as it is read, else the whole for each.
    fn traced(&self, value: &str, span: ByteSpan) -> Traced {
        let written = self.text.get(span.start..span.end).unwrap_or_default();
        if let Some(at) = written.find(value) {
            return Traced::verbatim(value, span.start + at);
        }
        let mut traced = Traced::default();
        traced.push_str(value, span);
        traced
    }

    fn start(&mut self, span: ByteSpan, anchor: usize, kind: Kind, tag: Option<String>) -> Result<(), Complaint> {
        if self.open.len() >= DEEPEST {
            return Err(Complaint::new("the YAML is nested too deeply", format!("at most {DEEPEST} levels"), span));
        }
        self.open.push(Open { start: span.start, anchor, kind, tag, children: Vec::new() });
        Ok(())
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let content = match open.kind {
            Kind::Mapping => Content::Mapping(pairs(open.children)),
            Kind::Sequence => Content::Sequence(open.children),
        };
        let node = Node { span: ByteSpan { start: open.start, end: end.max(open.start) }, content, tag: open.tag };
        self.place(node, open.anchor);
    }

    fn add(&mut self, node: Node, anchor: usize, nodes: usize) -> Result<(), Complaint> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES {
            return Err(Complaint::new("the YAML has too many nodes", format!("at most {MOST_NODES}"), node.span));
        }
        self.place(node, anchor);
        Ok(())
    }

    fn place(&mut self, node: Node, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
    }
}

/// The name of a local tag (YAML 1.2, "Tag Handles"): `!name`, and not `!!str`, which is YAML's own.
fn own_tag(tag: Option<&Tag>) -> Option<String> {
    tag.filter(|tag| tag.handle() == "!").map(|tag| tag.suffix().to_owned())
}

fn count(node: &Node) -> usize {
    match &node.content {
        Content::Scalar(_) | Content::Null => 1,
        Content::Sequence(items) => 1 + items.iter().map(count).sum::<usize>(),
        Content::Mapping(pairs) => 1 + pairs.iter().map(|(key, value)| count(key) + count(value)).sum::<usize>(),
    }
}

/// Keys with their values; `<<` brings the pairs of other mappings (YAML's merge key type).
fn pairs(children: Vec<Node>) -> Vec<(Node, Node)> {
    let mut own = Vec::new();
    let mut merged = Vec::new();
    let mut children = children.into_iter();
    while let Some(key) = children.next() {
        let value = children.next().unwrap_or(Node::nothing(key.span));
        if key.text() != Some("<<") {
            own.push((key, value));
            continue;
        }
        match value.content {
            Content::Mapping(pairs) => merged.extend(pairs),
            Content::Sequence(items) => merged.extend(items.into_iter().flat_map(Node::into_pairs)),
            Content::Scalar(_) | Content::Null => {}
        }
    }
    for (key, value) in merged {
        if !own.iter().any(|(known, _)| known.text() == key.text()) {
            own.push((key, value));
        }
    }
    own
}

impl Node {
    fn nothing(span: ByteSpan) -> Self {
        Self { span, content: Content::Null, tag: None }
    }

    /// The text of a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar(text) => Some(text.as_str()),
            Content::Null | Content::Sequence(_) | Content::Mapping(_) => None,
        }
    }

    /// The value of a mapping's key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.content {
            Content::Mapping(pairs) => pairs.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value),
            Content::Scalar(_) | Content::Null | Content::Sequence(_) => None,
        }
    }

    fn into_pairs(self) -> Vec<(Node, Node)> {
        match self.content {
            Content::Mapping(pairs) => pairs,
            Content::Scalar(_) | Content::Null | Content::Sequence(_) => Vec::new(),
        }
    }
}
