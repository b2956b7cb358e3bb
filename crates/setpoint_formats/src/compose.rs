//! Compose files, as far as they set a service's defaults: `environment`, `env_file`, `command`, `entrypoint`
//! (Compose specification, "services").

mod interpolate;

pub use interpolate::interpolate;

use crate::command_line::{Command, SetVariable, launched, shlex_split};
use crate::yaml::{self, Content, Node};
use crate::{Complaint, Traced, Word, lossy};
use setpoint_model::ByteSpan;

/// One service of a compose file. `${NAME}` and its like stand in it as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// `environment`, in order.
    pub environment: Vec<Variable>,
    /// `env_file`, in order; a later file wins, and `environment` over all of them.
    pub env_files: Vec<EnvFile>,
    /// The words of `entrypoint`; empty where the image's counts.
    pub entrypoint: Vec<Word>,
    /// The words of `command`; empty where the image's counts.
    pub command: Vec<Word>,
}

/// A variable of `environment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; `None` for a name alone, which passes the variable of whoever starts the service.
    pub value: Option<Traced>,
    /// The value as written, or the name where there is none.
    pub span: ByteSpan,
}

/// A file of `env_file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFile {
    /// Relative to the compose file.
    pub path: String,
    /// `required: false`: a file that is missing is no fault.
    pub optional: bool,
    /// The path as written.
    pub span: ByteSpan,
}

/// Reads every service, in order.
pub fn parse(bytes: &[u8]) -> (Vec<Service>, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let (root, mut complaints) = yaml::parse(&text);
    complaints.extend(bad_byte.map(|span| Complaint::new("a byte is not UTF-8", "UTF-8 text", span)));
    let services = match root.as_ref().and_then(|root| root.get("services")).map(|node| &node.content) {
        Some(Content::Mapping(services)) => services.as_slice(),
        Some(Content::Scalar(_) | Content::Null | Content::Sequence(_)) | None => &[],
    };
    let read = services.iter().filter_map(|(name, service)| Some(read(name.text()?, service)));
    (read.collect(), complaints)
}

impl Service {
    /// The commands that it runs, where the file says one: the entry point with the command behind it.
    pub fn commands(&self, environment: &dyn Fn(&str) -> Option<String>) -> Vec<Command> {
        let words = self.entrypoint.iter().chain(&self.command);
        let words = words.map(|word| Word { text: interpolate(&word.text, environment), span: word.span });
        let words: Vec<_> = words.collect();
        if words.is_empty() {
            return Vec::new();
        }
        launched(Command { words, ..Command::default() }, environment)
    }
}

impl Variable {
    /// The variable with its `${NAME}` resolved; `None` for one that is only passed on.
    pub fn resolved(&self, environment: &dyn Fn(&str) -> Option<String>) -> Option<SetVariable> {
        let text = interpolate(self.value.as_ref()?, environment);
        Some(SetVariable { name: self.name.clone(), value: Word { text, span: self.span } })
    }
}

fn read(name: &str, service: &Node) -> Service {
    let words_of = |key: &str| service.get(key).map(words).unwrap_or_default();
    Service {
        name: name.to_owned(),
        environment: service.get("environment").map(environment).unwrap_or_default(),
        env_files: service.get("env_file").map(env_files).unwrap_or_default(),
        entrypoint: words_of("entrypoint"),
        command: words_of("command"),
    }
}

/// A mapping, or a list of `NAME=value`.
fn environment(node: &Node) -> Vec<Variable> {
    match &node.content {
        Content::Mapping(pairs) => pairs.iter().filter_map(|(key, value)| entry(key, value)).collect(),
        Content::Sequence(items) => items.iter().filter_map(item).collect(),
        Content::Scalar(_) | Content::Null => Vec::new(),
    }
}

fn entry(key: &Node, value: &Node) -> Option<Variable> {
    let name = key.text()?.to_owned();
    match &value.content {
        Content::Scalar(text) => Some(Variable { name, value: Some(text.clone()), span: value.span }),
        Content::Null => Some(Variable { name, value: None, span: key.span }),
        Content::Sequence(_) | Content::Mapping(_) => None,
    }
}

fn item(item: &Node) -> Option<Variable> {
    let Content::Scalar(text) = &item.content else { return None };
    let Some((name, _)) = text.as_str().split_once('=') else {
        return Some(Variable { name: text.as_str().to_owned(), value: None, span: item.span });
    };
    let value = text.part(name.len() + 1..text.as_str().len());
    let span = value.span().unwrap_or(item.span);
    Some(Variable { name: name.to_owned(), value: Some(value), span })
}

/// A path, a list of paths, or a list of mappings with `path` and `required`.
fn env_files(node: &Node) -> Vec<EnvFile> {
    match &node.content {
        Content::Scalar(path) => vec![EnvFile { path: path.as_str().to_owned(), optional: false, span: node.span }],
        Content::Sequence(items) => items.iter().flat_map(env_files).collect(),
        Content::Mapping(_) => {
            let optional = node.get("required").and_then(Node::text) == Some("false");
            let files = node.get("path").into_iter().flat_map(env_files);
            files.map(|file| EnvFile { optional, ..file }).collect()
        }
        Content::Null => Vec::new(),
    }
}

/// A list of words, or a text that is split as a shell's words without a shell.
fn words(node: &Node) -> Vec<Word> {
    match &node.content {
        Content::Scalar(text) => shlex_split(text),
        Content::Sequence(items) => {
            let word = |item: &Node| match &item.content {
                Content::Scalar(text) => Some(Word { text: text.clone(), span: item.span }),
                Content::Null | Content::Sequence(_) | Content::Mapping(_) => None,
            };
            items.iter().filter_map(word).collect()
        }
        Content::Null | Content::Mapping(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
