use crate::{Clear, Sensitive};
use setpoint_formats::caddyfile::{Configuration, Given, Node, Part, Token};
use setpoint_model::{ByteSpan, Value};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// What one line, or several of one name together, give.
#[derive(Debug)]
pub(super) struct Set {
    /// `request_body.max_size`, `reverse_proxy.header_up.Host`.
    pub(super) name: String,
    /// Text; a list of texts where several lines say it, the outer ones first; true for one without arguments; not
    /// known where a variable of Caddy's environment is in it.
    pub(super) value: Clear,
    /// As written; several apart by `; `.
    pub(super) text: String,
    /// The first of the lines.
    pub(super) node: Node,
    /// Where its value begins.
    pub(super) token: Token,
    /// The bytes of its value.
    pub(super) span: ByteSpan,
    /// The requests of the way that it holds for.
    pub(super) part: Part,
}

/// What is in force on a way: all lines of one name together, in the order of the first ones.
pub(super) fn of_way(configuration: &Configuration, in_force: Vec<Given>) -> Vec<Set> {
    let mut named: Vec<(Given, Vec<Given>)> = Vec::new();
    let mut indices = HashMap::<_, usize>::new();
    for given in in_force {
        match indices.entry((given.name.clone(), given.part.clone())) {
            Entry::Occupied(index) => named[*index.get()].1.push(given),
            Entry::Vacant(index) => {
                index.insert(named.len());
                named.push((given, Vec::new()));
            }
        }
    }
    named.into_iter().map(|(first, more)| together(configuration, first, &more)).collect()
}

fn together(configuration: &Configuration, first: Given, more: &[Given]) -> Set {
    let all = || std::iter::once(&first).chain(more);
    let words =
        |given: &Given| configuration.line(given.node).arguments.get(given.arguments.clone()).unwrap_or_default();
    let value = |given: &Given| match words(given) {
        [] => Value::Bool(true),
        words => Value::Text(words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")),
    };
    let is_known = all().flat_map(words).all(|word| !word.has_variable);
    let value = match more {
        [] => value(&first),
        _ => Value::List(all().map(value).collect()),
    };
    let texts: Vec<String> = all().map(|given| written(configuration, given, words(given))).collect();
    let line = configuration.line(first.node);
    let token = words(&first).first().unwrap_or(&line.name).clone();
    let span = span(&token, words(&first));
    Set {
        value: if is_known { Clear::Constant(Sensitive::new(value)) } else { Clear::Dynamic },
        text: texts.join("; "),
        node: first.node,
        token,
        span,
        name: first.name,
        part: first.part,
    }
}

/// The bytes from the first word to the last, if they stand behind each other: an argument of an `import` may stand
/// among them.
fn span(token: &Token, words: &[Token]) -> ByteSpan {
    let is_row = words.windows(2).all(|pair| pair[0].is_before(&pair[1]));
    let end = words.last().filter(|_| is_row).map_or(token.span.end, |last| last.span.end);
    ByteSpan { start: token.span.start, end }
}

fn written(configuration: &Configuration, given: &Given, words: &[Token]) -> String {
    let token = words.first().unwrap_or(&configuration.line(given.node).name);
    let span = span(token, words);
    String::from_utf8_lossy(&configuration.file(token).text[span.start..span.end]).into_owned()
}
