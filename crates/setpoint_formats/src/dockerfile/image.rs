use super::Instruction;
use crate::command_line::{Command, SetVariable, docker_words, exec_form, launched};
use crate::expansion::Room;
use crate::{Traced, Word};
use std::collections::HashMap;

/// What a stage makes of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
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

/// The image of the last stage, with what it has from the stages that it builds on. References stay as they are written
/// once they have brought 2 MiB.
pub fn last_image(instructions: &[Instruction]) -> Image {
    image(instructions, None, &|_| None).unwrap_or_default()
}

/// The same of the stage that is called `target`, where one is; `None` where there is none of that name. `given` is what
/// whoever builds it gives its arguments (docker-build(1), `--target`, `--build-arg`).
pub fn image(
    instructions: &[Instruction],
    target: Option<&str>,
    given: &dyn Fn(&str) -> Option<String>,
) -> Option<Image> {
    let (before, stages) = stages(instructions);
    let wanted = match target {
        Some(target) => {
            stages.iter().rposition(|stage| stage.name.is_some_and(|name| name.eq_ignore_ascii_case(target)))?
        }
        None => stages.len().checked_sub(1)?,
    };
    let room = Room::new();
    let mut image = Image::default();
    // The latest value of each name: `ARG` outside the stages, `ARG` in them, `ENV`.
    let (mut outside, mut arguments, mut known) = (Known::new(), Known::new(), Known::new());
    for Instruction { keyword, arguments: text, .. } in before {
        if keyword == "ARG" {
            let set = variables(text, &|name| outside.get(name).cloned(), &room);
            outside.extend(set.into_iter().map(named));
            outside.extend(given_of(text, given));
        }
    }
    for Instruction { keyword, arguments: text, .. } in inherited(&stages, wanted) {
        // An argument from outside counts where a stage names it, too; some files forget to.
        let look_up =
            |name: &str| known.get(name).or_else(|| arguments.get(name)).or_else(|| outside.get(name)).cloned();
        match keyword.as_str() {
            "ENV" => {
                let set = variables(text, &look_up, &room);
                known.extend(set.iter().cloned().map(named));
                image.environment.extend(set);
            }
            "ARG" => {
                let set = variables(text, &look_up, &room);
                arguments.extend(set.into_iter().map(named));
                arguments.extend(given_of(text, given));
            }
            "WORKDIR" => image.directory = docker_words(text, &look_up, &room).into_iter().next(),
            "CMD" => image.command = Some(start(text)),
            "ENTRYPOINT" => {
                image.entrypoint = Some(start(text));
                // A new entry point takes the base image's command back.
                image.command = None;
            }
            _ => {}
        }
    }
    Some(image)
}

type Known = HashMap<String, String>;

/// What the arguments that an `ARG` names are given.
fn given_of(text: &Traced, given: &dyn Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let names = text.as_str().split_whitespace().filter_map(|word| word.split('=').next());
    names.filter_map(|name| Some((name.to_owned(), given(name)?))).collect()
}

fn named(set: SetVariable) -> (String, String) {
    (set.name, set.value.as_str().to_owned())
}

/// What stands from one `FROM` to the next.
struct Stage<'i> {
    name: Option<&'i str>,
    instructions: &'i [Instruction],
    /// The earlier stage that it builds on, if it is one of this file.
    base: Option<usize>,
}

/// The instructions before the first stage, and the stages. A file without `FROM` is one stage.
fn stages(instructions: &[Instruction]) -> (&[Instruction], Vec<Stage<'_>>) {
    let is_from = |instruction: &Instruction| instruction.keyword == "FROM";
    let Some(first) = instructions.iter().position(is_from) else {
        return (&[], vec![Stage { name: None, instructions, base: None }]);
    };
    let mut stages: Vec<Stage<'_>> = Vec::new();
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    let (before, rest) = instructions.split_at(first);
    let mut rest = rest;
    while let Some((from, behind)) = rest.split_first() {
        let instructions;
        (instructions, rest) = behind.split_at(behind.iter().position(is_from).unwrap_or(behind.len()));
        let mut words = from.arguments.as_str().split_whitespace().filter(|word| !word.starts_with("--"));
        let base = words.next().and_then(|base| by_name.get(base).copied());
        let name = words.next().filter(|word| word.eq_ignore_ascii_case("as")).and_then(|_| words.next());
        by_name.extend(name.map(|name| (name, stages.len())));
        stages.push(Stage { name, instructions, base });
    }
    (before, stages)
}

/// The instructions of a stage, those of the stages that it builds on before them.
fn inherited<'i>(stages: &[Stage<'i>], wanted: usize) -> impl Iterator<Item = &'i Instruction> {
    let mut chain: Vec<_> = std::iter::successors(Some(wanted), |stage| stages[*stage].base).collect();
    chain.reverse();
    let instructions: Vec<_> = chain.into_iter().map(|stage| stages[stage].instructions).collect();
    instructions.into_iter().flatten()
}

impl Image {
    /// The commands that a container of the image runs: the entry point with the command behind it.
    pub fn commands(&self) -> Vec<Command> {
        let look_up = |name: &str| {
            let set = self.environment.iter().rfind(|set| set.name == name);
            set.map(|set| set.value.as_str().to_owned())
        };
        let behind = self.command.as_ref().filter(|_| self.entrypoint.as_ref().is_none_or(Start::takes_arguments));
        let words: Vec<Word> = self.entrypoint.iter().chain(behind).flat_map(Start::words).collect();
        if words.is_empty() { Vec::new() } else { launched(Command { words, ..Command::default() }, &look_up) }
    }
}

impl Start {
    /// The words that are run: a line is one for a shell (Dockerfile reference, "Shell form").
    pub fn words(&self) -> Vec<Word> {
        match self {
            Self::Exec(words) => words.clone(),
            Self::Shell(line) => {
                let span = line.span_of(0..line.as_str().len());
                let of_shell = ["/bin/sh", "-c"].map(|word| {
                    let mut text = Traced::default();
                    text.push_str(word, span);
                    Word { text, span }
                });
                of_shell.into_iter().chain([Word { text: line.clone(), span }]).collect()
            }
        }
    }

    /// True if an entry point gets the words of a command behind its own. A shell passes them over.
    pub fn takes_arguments(&self) -> bool {
        matches!(self, Self::Exec(_))
    }
}

fn start(text: &Traced) -> Start {
    exec_form(text).map_or_else(|| Start::Shell(text.clone()), Start::Exec)
}

/// `ENV A=1 B="x y"`, and the old form `ENV A the rest of the line`, which sets one.
fn variables(text: &Traced, look_up: &dyn Fn(&str) -> Option<String>, room: &Room) -> Vec<SetVariable> {
    let first = text.as_str().split_whitespace().next().unwrap_or_default();
    if first.contains('=') {
        let words = docker_words(text, look_up, room).into_iter();
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
    for (at, word) in docker_words(&rest, look_up, room).iter().enumerate() {
        if at > 0 {
            value.push(' ', word.span);
        }
        value.append(&word.text);
    }
    vec![SetVariable { name: first.to_owned(), value: Word { text: value, span } }]
}
