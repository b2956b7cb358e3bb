use super::Instruction;
use crate::command_line::{Command, SetVariable, docker_words, exec_form, launched, shell};
use crate::{Traced, Word};

/// What a stage makes of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The name behind `AS`.
    pub name: Option<String>,
    /// `ENV`, in order; references to other variables resolved as far as the file says.
    pub environment: Vec<SetVariable>,
    /// The last `WORKDIR`.
    pub directory: Option<Word>,
    /// The last `ENTRYPOINT`.
    pub entrypoint: Option<Start>,
    /// The last `CMD`.
    pub command: Option<Start>,
}

/// How a container starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The words of a JSON array.
    Exec(Vec<Word>),
    /// A line for `/bin/sh -c`.
    Shell(Traced),
}

/// The image of the last stage, with what it has from the stages that it builds on.
pub fn last_image(instructions: &[Instruction]) -> Image {
    let mut images: Vec<Image> = Vec::new();
    let mut arguments: Vec<SetVariable> = Vec::new();
    for Instruction { keyword, arguments: text, .. } in instructions {
        if keyword == "FROM" {
            let words: Vec<&str> = text.as_str().split_whitespace().filter(|word| !word.starts_with("--")).collect();
            let base = words.first().and_then(|base| images.iter().find(|image| image.name.as_deref() == Some(base)));
            let mut image = base.cloned().unwrap_or_default();
            image.name = words.get(2).filter(|_| words[1].eq_ignore_ascii_case("as")).map(|name| (*name).to_owned());
            images.push(image);
            continue;
        }
        if images.is_empty() && keyword != "ARG" {
            images.push(Image::default());
        }
        let known = images.last().map(|image| image.environment.clone()).unwrap_or_default();
        let look_up = |name: &str| {
            let set =
                known.iter().rfind(|set| set.name == name).or_else(|| arguments.iter().rfind(|set| set.name == name));
            set.map(|set| set.value.as_str().to_owned())
        };
        let Some(image) = images.last_mut() else {
            arguments.extend(variables(text, &look_up));
            continue;
        };
        match keyword.as_str() {
            "ENV" => image.environment.extend(variables(text, &look_up)),
            "ARG" => arguments.extend(variables(text, &look_up)),
            "WORKDIR" => image.directory = docker_words(text, &look_up).into_iter().next(),
            "CMD" => image.command = Some(start(text)),
            "ENTRYPOINT" => {
                image.entrypoint = Some(start(text));
                // A new entry point takes the base image's command back.
                image.command = None;
            }
            _ => {}
        }
    }
    images.pop().unwrap_or_default()
}

impl Image {
    /// The commands that a container of the image runs: the entry point with the command behind it.
    pub fn commands(&self) -> Vec<Command> {
        let look_up = |name: &str| {
            let set = self.environment.iter().rfind(|set| set.name == name);
            set.map(|set| set.value.as_str().to_owned())
        };
        let (first, rest) = match (&self.entrypoint, &self.command) {
            (Some(entrypoint), command) => (entrypoint, command.as_ref()),
            (None, Some(command)) => (command, None),
            (None, None) => return Vec::new(),
        };
        match (first, rest) {
            (Start::Shell(line), _) => shell(line, &look_up),
            (Start::Exec(words), rest) => {
                let mut words = words.clone();
                if let Some(Start::Exec(more)) = rest {
                    words.extend(more.iter().cloned());
                }
                launched(Command { words, ..Command::default() }, &look_up)
            }
        }
    }
}

fn start(text: &Traced) -> Start {
    exec_form(text).map_or_else(|| Start::Shell(text.clone()), Start::Exec)
}

/// `ENV A=1 B="x y"`, and the old form `ENV A the rest of the line`, which sets one.
fn variables(text: &Traced, look_up: &dyn Fn(&str) -> Option<String>) -> Vec<SetVariable> {
    let first = text.as_str().split_whitespace().next().unwrap_or_default();
    if first.contains('=') {
        let words = docker_words(text, look_up).into_iter();
        let split = |word: Word| {
            let (name, _) = word.as_str().split_once('=')?;
            let value = word.text.part(name.len() + 1..word.as_str().len());
            let span = value.span().unwrap_or(word.span);
            Some(SetVariable { name: name.to_owned(), value: Word { text: value, span } })
        };
        return words.filter_map(split).collect();
    }
    let rest = text.part(first.len()..text.as_str().len()).trimmed();
    let Some(span) = rest.span() else { return Vec::new() };
    let mut value = Traced::default();
    for (at, word) in docker_words(&rest, look_up).iter().enumerate() {
        if at > 0 {
            value.push(' ', word.span);
        }
        value.append(&word.text);
    }
    vec![SetVariable { name: first.to_owned(), value: Word { text: value, span } }]
}
