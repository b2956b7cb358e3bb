//! What a variable may hold: the values that `set` gives it around a place, and those that `map`, `geo` and
//! `split_clients` choose from. What a request brings (`$host`, `$arg_page`) is not known.

use super::configuration::{Configuration, Node};
use super::tree::Body;
use std::collections::{BTreeMap, BTreeSet};

/// How many texts a text with variables may become, and how long one may get.
const TEXTS: usize = 256;
const LENGTH: usize = 4096;

/// The blocks that choose a variable's value, each named by its last argument.
const TABLES: [&str; 3] = ["map", "geo", "split_clients"];
/// Parameters of those blocks that stand where values do.
pub(super) const PARAMETERS: [&str; 6] = ["include", "hostnames", "volatile", "delete", "proxy", "ranges"];

/// Where each variable gets its values.
#[derive(Debug, Default)]
pub(super) struct Variables {
    pub(super) tables: BTreeMap<Vec<u8>, Vec<Node>>,
    pub(super) sets: BTreeMap<Vec<u8>, Vec<Node>>,
}

impl Variables {
    pub(super) fn of(configuration: &Configuration) -> Self {
        let mut variables = Self::default();
        for node in configuration.nodes() {
            let directive = configuration.directive(node);
            match (directive.body, directive.arguments.as_slice()) {
                (Body::Block(_), [.., name]) if TABLES.iter().any(|table| directive.name.is(table)) => {
                    variables.tables.entry(name.value.clone()).or_default().push(node);
                }
                (Body::Nothing, [name, _]) if directive.name.is("set") => {
                    variables.sets.entry(name.value.clone()).or_default().push(node);
                }
                (Body::Nothing | Body::Block(_) | Body::Lua(_), _) => {}
            }
        }
        variables
    }

    /// Every text that `text` may become at `node`. A variable that nothing gives a value stays as it is written.
    pub(super) fn texts(&self, configuration: &Configuration, node: Node, text: &str) -> BTreeSet<String> {
        let mut known = BTreeSet::new();
        let mut open = vec![text.to_owned()];
        let mut steps = 0;
        while let Some(text) = open.pop() {
            steps += 1;
            if steps > TEXTS || text.len() > LENGTH {
                continue;
            }
            let replaced = names(&text).into_iter().find_map(|(start, end, name)| {
                let values = self.values(configuration, node, &name);
                let with = |value: String| format!("{}{value}{}", &text[..start], &text[end..]);
                (!values.is_empty()).then(|| values.into_iter().take(TEXTS).map(with).collect::<Vec<_>>())
            });
            match replaced {
                Some(texts) => open.extend(texts),
                None => drop(known.insert(text)),
            }
        }
        known
    }

    fn values(&self, configuration: &Configuration, node: Node, name: &str) -> BTreeSet<String> {
        let name = format!("${name}").into_bytes();
        let around: Vec<Node> = configuration.around(node).collect();
        let is_around = |set: Node| {
            let mut block = configuration.parent(set);
            // An `if` decides whether the value is set; either may be the case.
            while let Some(inner) = block.filter(|block| configuration.directive(*block).name.is("if")) {
                block = configuration.parent(inner);
            }
            block.is_none_or(|block| around.contains(&block))
        };
        let sets = self.sets.get(&name).into_iter().flatten().copied().filter(|set| is_around(*set));
        let set = sets.filter_map(|set| configuration.directive(set).arguments.last());
        let tables = self.tables.get(&name).into_iter().flatten();
        let chosen = tables.flat_map(|table| configuration.children(Some(*table))).filter_map(|row| {
            let row = configuration.directive(row);
            let is_value = !PARAMETERS.iter().any(|parameter| row.name.is(parameter));
            row.arguments.first().filter(|_| is_value)
        });
        set.chain(chosen).map(|value| value.text().into_owned()).collect()
    }
}

/// Each `$name` and `${name}` with its bytes.
pub(super) fn names(text: &str) -> Vec<(usize, usize, String)> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let name_at = |dollar: usize| {
        let after = &text[dollar + 1..];
        if let Some(braced) = after.strip_prefix('{') {
            let length = braced.find('}')?;
            return Some((dollar, dollar + length + 3, braced[..length].to_owned()));
        }
        let length = after.find(|letter| !is_letter(letter)).unwrap_or(after.len());
        (length > 0).then(|| (dollar, dollar + 1 + length, after[..length].to_owned()))
    };
    text.match_indices('$').filter_map(|(dollar, _)| name_at(dollar)).collect()
}
