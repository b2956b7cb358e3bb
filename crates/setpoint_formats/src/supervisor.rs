//! supervisord's configuration, as `supervisor/options.py` of 4.3 reads it: the programs that it starts.
//!
//! Sections and keys are Python's `RawConfigParser` with supervisord's comments, see [`ini`]; a value's `%(NAME)s` is
//! replaced, and `environment` is a list of its own kind, see [`pairs`].

mod ini;
mod pairs;

use crate::command_line::{Command, SetVariable, launched, shlex_split};
use crate::{Complaint, Traced, Word, lossy};
use ini::Section;
use setpoint_model::ByteSpan;

/// What a file of supervisord's says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// `environment` of `[supervisord]`, which every program inherits.
    pub environment: Vec<SetVariable>,
    /// In the order of the file.
    pub programs: Vec<Program>,
}

/// A `[program:NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// `web` of `[program:web]`.
    pub name: String,
    /// What it runs, without a shell.
    pub command: Option<Traced>,
    /// Where it runs.
    pub directory: Option<Word>,
    /// Its own `environment`, which wins over the general one.
    pub environment: Vec<SetVariable>,
}

/// Reads every section. supervisord refuses a file of which a part is wrong; here the rest is read all the same.
pub fn parse(bytes: &[u8]) -> (Configuration, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let bad_byte = bad_byte.map(|span| Complaint::new("a byte is not UTF-8", "UTF-8 text", span));
    let mut complaints = Vec::from_iter(bad_byte);
    let sections = ini::parse(&text, &mut complaints);
    let mut configuration = Configuration::default();
    for section in sections.iter().filter(|section| section.name == "supervisord") {
        configuration.environment.extend(environment(section, &|_| None, &mut complaints));
    }
    for section in &sections {
        let Some((kind, name)) = section.name.split_once(':') else { continue };
        // Both are programs; a FastCGI one has a socket in front of it.
        if matches!(kind, "program" | "fcgi-program") {
            let program = program(name.trim(), section, &configuration.environment, &mut complaints);
            configuration.programs.push(program);
        }
    }
    (configuration, complaints)
}

fn program(name: &str, section: &Section, shared: &[SetVariable], complaints: &mut Vec<Complaint>) -> Program {
    let known = |asked: &str| match asked {
        "program_name" | "group_name" => Some(name.to_owned()),
        _ => variable(asked, shared),
    };
    let environment = environment(section, &known, complaints);
    // What a program sets for itself is known in its other values, too.
    let known = |asked: &str| variable(asked, &environment).or_else(|| known(asked));
    let mut expanded = |key: &str| section.get(key).map(|value| expand(value, &known, complaints));
    let directory = expanded("directory");
    Program {
        name: name.to_owned(),
        command: expanded("command"),
        directory: directory.and_then(|text| Some(Word { span: text.span()?, text })),
        environment,
    }
}

/// `%(ENV_HOME)s`, where the file itself sets the variable.
fn variable(asked: &str, set: &[SetVariable]) -> Option<String> {
    let name = asked.strip_prefix("ENV_")?;
    set.iter().rev().find(|variable| variable.name == name).map(|variable| variable.value.as_str().to_owned())
}

fn environment(
    section: &Section,
    known: &dyn Fn(&str) -> Option<String>,
    complaints: &mut Vec<Complaint>,
) -> Vec<SetVariable> {
    let Some(written) = section.get("environment") else { return Vec::new() };
    let expanded = expand(written, known, complaints);
    pairs::parse(&expanded, complaints)
}

impl Program {
    /// The commands that it comes down to: those behind `env`, `sh -c` and the like.
    pub fn commands(&self, environment: &dyn Fn(&str) -> Option<String>) -> Vec<Command> {
        let words = self.command.as_ref().map(shlex_split).unwrap_or_default();
        if words.is_empty() {
            return Vec::new();
        }
        launched(Command { words, directory: self.directory.clone(), ..Command::default() }, environment)
    }
}

/// True for text in which a reference is left that only the machine can resolve: `%(ENV_PORT)s`, `%(here)s`.
pub fn refers(text: &str) -> bool {
    let names = text.split("%(").skip(1).filter_map(|behind| behind.split_once(")s")).map(|(name, _)| name);
    names.into_iter().any(|name| {
        let numbers = ["process_num", "numprocs", "here", "host_node_name"];
        name.starts_with("ENV_") || numbers.contains(&name)
    })
}

/// The longest text that references are expanded to, in bytes.
const LONGEST: usize = 1 << 16;

/// More bytes than a name between `%(` and `)` has.
const LONGEST_NAME: usize = 200;

/// The text with `%(NAME)s` replaced where the name is known and `%%` as `%` (Python's `%` with a mapping). What is not
/// known stays as it is written.
fn expand(text: &Traced, known: &dyn Fn(&str) -> Option<String>, complaints: &mut Vec<Complaint>) -> Traced {
    let mut expanded = Traced::default();
    let written = text.as_str();
    let mut behind = 0;
    for (at, letter, origin) in text.characters() {
        if at < behind {
            continue;
        }
        let rest = &written[at..];
        let named = rest.strip_prefix("%(");
        let end = named.and_then(|named| named.bytes().take(LONGEST_NAME).position(|byte| byte == b')'));
        let name = named.zip(end).map(|(named, end)| (&named[..end], &named[end + 1..]));
        let name = name.filter(|(_, after)| after.starts_with(['s', 'd'])).map(|(name, _)| name);
        match name {
            Some(name) => {
                behind = at + "%()s".len() + name.len();
                let span = text.span_of(at..behind);
                match known(name).filter(|value| expanded.as_str().len() + value.len() <= LONGEST) {
                    Some(value) => expanded.push_str(&value, span),
                    None => expanded.append(&text.part(at..behind)),
                }
            }
            None if rest.starts_with("%%") => {
                behind = at + 2;
                expanded.push('%', text.span_of(at..behind));
            }
            None => {
                if letter == '%' {
                    let expected = "`%%` for a percent sign, or `%(NAME)s`";
                    complaints.push(Complaint::new("a `%` stands alone, and supervisord refuses it", expected, origin));
                }
                expanded.push(letter, origin);
            }
        }
    }
    expanded
}

/// The bytes from the first to the last of these.
fn cover(first: ByteSpan, last: ByteSpan) -> ByteSpan {
    ByteSpan { start: first.start, end: last.end }
}

#[cfg(test)]
mod tests;
