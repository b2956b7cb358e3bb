use super::Binding;
use crate::expansion::{Brought, Room};
use std::collections::HashMap;

/// Which wins where both the process's environment and an earlier line of the file set a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precedence {
    /// The file: `dotenv_values`, pydantic-settings, and `load_dotenv(override=True)`.
    File,
    /// The environment: `load_dotenv` as it is usually called.
    Environment,
}

/// A value after expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanded {
    /// What the program gets; `None` for a key without `=`.
    pub text: Option<String>,
    /// The names that neither the file nor the environment gave a value, of which each became its `:-` default or
    /// nothing, and those that stay as they are written since there was no room for more.
    pub missing: Vec<String>,
}

/// Expands `${NAME}` and `${NAME:-default}` in the bindings, one result each. A name is looked up in the lines
/// above and in the environment; a name that is set to nothing is set, so that its default does not count. References
/// stay as they are written once those before them have brought 2 MiB.
pub fn expand(
    bindings: &[Binding],
    precedence: Precedence,
    environment: impl Fn(&str) -> Option<String>,
) -> Vec<Expanded> {
    let mut above: HashMap<&str, Option<String>> = HashMap::new();
    let mut expanded = Vec::with_capacity(bindings.len());
    let room = Room::new();
    for binding in bindings {
        let mut missing = Vec::new();
        let text = binding.value.as_ref().map(|value| {
            substitute(&value.text, |name| {
                let in_file = || above.get(name).map(|value| value.clone().unwrap_or_default());
                let found = room.bring(|| match precedence {
                    Precedence::File => in_file().or_else(|| environment(name)),
                    Precedence::Environment => environment(name).or_else(in_file),
                });
                if matches!(found, Brought::Nothing | Brought::Full) {
                    missing.push(name.to_owned());
                }
                found
            })
        });
        above.insert(&binding.key, text.clone());
        expanded.push(Expanded { text, missing });
    }
    expanded
}

/// The regular expression `\$\{(?P<name>[^\}:]*)(?::-(?P<default>[^\}]*))?\}` of python-dotenv, by hand.
fn substitute(value: &str, mut look_up: impl FnMut(&str) -> Brought) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find("${") {
        let (before, inner) = (&rest[..start], &rest[start + 2..]);
        text.push_str(before);
        if let Some((name, default, length)) = reference(inner) {
            match look_up(name) {
                Brought::Value(found) => text.push_str(&found),
                Brought::Nothing => text.push_str(default.unwrap_or_default()),
                Brought::Full => text.push_str(&rest[start..start + 2 + length]),
            }
            rest = &inner[length..];
        } else {
            text.push_str("${");
            rest = inner;
        }
    }
    text.push_str(rest);
    text
}

/// The name, the default and the length up to and with the brace, if the text after `${` is a reference.
fn reference(inner: &str) -> Option<(&str, Option<&str>, usize)> {
    let end = inner.find('}')?;
    let body = &inner[..end];
    match body.split_once(':') {
        None => Some((body, None, end + 1)),
        Some((name, default)) => Some((name, Some(default.strip_prefix('-')?), end + 1)),
    }
}
