//! Compose files, as far as they set a service's defaults: `environment`, `env_file`, `command`, `entrypoint`, `build`
//! and what is around the process (Compose specification, "services"), and how several files say one service together
//! ("Merge", "extends").

mod build;
mod env_file;
mod include;
mod interpolate;
mod merge;
mod property;

pub use build::Build;
pub use env_file::{Format, env_file, resolve};
pub use include::Include;
pub use interpolate::{Interpolated, interpolate};
pub use merge::{DEFAULT_NAMES, OVERRIDE_NAMES, merge};
pub use property::{Property, PropertyKind};

use crate::command_line::shlex_split;
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
    /// `entrypoint`; `None` where the file says nothing of it.
    pub entrypoint: Option<Start>,
    /// `command`; the same.
    pub command: Option<Start>,
    /// How its image is made.
    pub build: Option<Build>,
    /// What it says of its container, in no order of the file's.
    pub properties: Vec<Property>,
    /// `profiles`: it runs only where one of them is asked for, and always where there is none.
    pub profiles: Vec<String>,
    /// The service that it builds upon.
    pub extends: Option<Extends>,
    /// What `!reset` and `!override` take away of what weaker files say.
    pub takes_away: Vec<TakenAway>,
}

/// What a file says of the entry point or the command of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// `null`: the image's counts, whatever weaker files say.
    OfImage,
    /// These words, which may be none: the image's does not count.
    Words(Vec<Word>),
}

impl Start {
    /// Its words.
    pub fn words(&self) -> &[Word] {
        match self {
            Self::OfImage => &[],
            Self::Words(words) => words,
        }
    }
}

/// `extends`: a service whose keys are this one's where it does not say them itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extends {
    /// Its name.
    pub service: String,
    /// The file that has it; `None` for this one.
    pub file: Option<Traced>,
    /// The name as written.
    pub span: ByteSpan,
}

/// What a stronger file takes away of what weaker files say of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenAway {
    /// All of it.
    Everything,
    /// The service itself.
    Service,
    /// `environment`
    Environment,
    /// One variable of `environment`.
    Variable(String),
    /// `env_file`
    EnvFiles,
    /// `profiles`
    Profiles,
    /// Every property of this key, or of one below it.
    Property(String),
}

/// A variable of `environment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, `$$` for a `$`; `None` for a name alone, which passes the variable of whoever starts the service.
    pub value: Option<Traced>,
    /// The value as written, or the name where there is none.
    pub span: ByteSpan,
}

/// A file of `env_file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFile {
    /// Relative to the compose file; `${NAME}` stands in it as it is written.
    pub path: Traced,
    /// `required: false`: a file that is missing is no fault.
    pub optional: bool,
    /// `format`
    pub format: Format,
    /// The path as written.
    pub span: ByteSpan,
}

/// What a compose file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compose {
    /// `services`, in order.
    pub services: Vec<Service>,
    /// `include`, in order.
    pub include: Vec<Include>,
}

/// Reads a compose file.
pub fn parse(bytes: &[u8]) -> (Compose, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let (root, mut complaints) = yaml::parse(&text);
    complaints.extend(bad_byte.map(|span| Complaint::new("a byte is not UTF-8", "UTF-8 text", span)));
    let services = match root.as_ref().and_then(|root| root.get("services")).map(|node| &node.content) {
        Some(Content::Mapping(services)) => services.as_slice(),
        Some(Content::Scalar(_) | Content::Null | Content::Sequence(_)) | None => &[],
    };
    let services = services.iter().filter_map(|(name, service)| Some(read(name.text()?, service)));
    let include = root.as_ref().and_then(|root| root.get("include")).map(include::read);
    (Compose { services: services.collect(), include: include.unwrap_or_default() }, complaints)
}

/// The words with their references resolved.
pub fn interpolated(words: &[Word], environment: &dyn Fn(&str) -> Option<String>) -> Vec<Word> {
    let word = |word: &Word| Word { text: interpolate(&word.text, environment).text, span: word.span };
    words.iter().map(word).collect()
}

fn read(name: &str, service: &Node) -> Service {
    let mut takes_away = Vec::new();
    match service.tag.as_deref() {
        Some(RESET) => {
            let takes_away = vec![TakenAway::Service];
            return Service { name: name.to_owned(), takes_away, ..Service::default() };
        }
        Some(OVERRIDE) => takes_away.push(TakenAway::Everything),
        Some(_) | None => {}
    }
    let mut said = |key: &str, all: TakenAway| {
        let node = service.get(key)?;
        let tag = node.tag.as_deref();
        if matches!(tag, Some(RESET | OVERRIDE)) {
            takes_away.push(all);
        }
        Some(node).filter(|_| tag != Some(RESET))
    };
    let environment_node = said("environment", TakenAway::Environment);
    let env_files = said("env_file", TakenAway::EnvFiles).map(env_files).unwrap_or_default();
    let profiles = said("profiles", TakenAway::Profiles).map(texts).unwrap_or_default();
    takes_away.extend(environment_node.into_iter().flat_map(reset_variables).map(TakenAway::Variable));
    let properties = property::properties(service, &mut takes_away);
    let start = |key: &str| {
        let node = service.get(key)?;
        let is_of_image = node.tag.as_deref() == Some(RESET) || matches!(node.content, Content::Null);
        Some(if is_of_image { Start::OfImage } else { Start::Words(words(node)) })
    };
    let build = service.get("build").filter(|node| node.tag.as_deref() != Some(RESET)).map(build::read);
    Service {
        name: name.to_owned(),
        environment: environment_node.map(environment).unwrap_or_default(),
        env_files,
        entrypoint: start("entrypoint"),
        command: start("command"),
        build,
        properties,
        profiles,
        extends: service.get("extends").and_then(extends),
        takes_away,
    }
}

/// The tag of a key that takes away what weaker files say of it (Compose specification, "Reset value").
const RESET: &str = "reset";
/// The tag of a key that stands in place of what weaker files say of it ("Replace value").
const OVERRIDE: &str = "override";

/// The names that a mapping has with `!reset`.
fn reset_variables(node: &Node) -> Vec<String> {
    let Content::Mapping(pairs) = &node.content else { return Vec::new() };
    let reset = pairs.iter().filter(|(_, value)| value.tag.as_deref() == Some(RESET));
    reset.filter_map(|(key, _)| Some(key.text()?.to_owned())).collect()
}

/// A name, or a mapping with `service` and `file`.
fn extends(node: &Node) -> Option<Extends> {
    let service = node.get("service").unwrap_or(node);
    let file = node.get("file").and_then(scalar).cloned();
    Some(Extends { service: service.text()?.to_owned(), file, span: service.span })
}

fn scalar(node: &Node) -> Option<&Traced> {
    match &node.content {
        Content::Scalar(text) => Some(text),
        Content::Null | Content::Sequence(_) | Content::Mapping(_) => None,
    }
}

fn texts(node: &Node) -> Vec<String> {
    let Content::Sequence(items) = &node.content else { return Vec::new() };
    items.iter().filter_map(|item| Some(item.text()?.to_owned())).collect()
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
    if value.tag.as_deref() == Some(RESET) {
        return None;
    }
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

/// A path, a list of paths, or a list of mappings with `path`, `required` and `format`.
fn env_files(node: &Node) -> Vec<EnvFile> {
    match &node.content {
        Content::Scalar(path) => {
            vec![EnvFile { path: path.clone(), optional: false, format: Format::Dotenv, span: node.span }]
        }
        Content::Sequence(items) => items.iter().flat_map(env_files).collect(),
        Content::Mapping(_) => {
            let says = |key: &str, value: &str| node.get(key).and_then(Node::text) == Some(value);
            let optional = says("required", "false");
            let format = if says("format", "raw") { Format::Raw } else { Format::Dotenv };
            // A path that is itself a list would let a file nest mappings without end.
            let path = node.get("path").filter(|path| path.text().is_some());
            path.into_iter().flat_map(env_files).map(|file| EnvFile { optional, format, ..file }).collect()
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
