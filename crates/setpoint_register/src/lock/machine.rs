//! What the environments of a service need of their machines: a table for each environment and kind, a line for each need.

use crate::{node, value};
use setpoint_model::{Need, Needed, Ownership, Purpose, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::iter::once;
use toml::de::DeTable;

/// The table that holds a table for each environment.
pub(super) const MACHINE: &str = "machine";

/// The needs of each environment, in the order in which a machine is set up.
pub(super) type Machines = BTreeMap<String, Vec<Need>>;

/// A need on which a lock and a machine disagree.
#[derive(Clone, Debug, PartialEq)]
pub struct NeedDifference {
    /// As the lock has it; `None` where it is new.
    pub old: Option<Need>,
    /// As the machine has it; `None` where it is gone.
    pub new: Option<Need>,
}

/// Sorted by the order in which a machine is set up.
pub(super) fn between(old: &[Need], new: &[Need]) -> Vec<NeedDifference> {
    let find = |needs: &[Need], order: (u8, &str)| needs.iter().find(|need| need.order() == order).cloned();
    let orders: BTreeSet<(u8, &str)> = old.iter().chain(new).map(Need::order).collect();
    let differences = orders.into_iter().map(|order| NeedDifference { old: find(old, order), new: find(new, order) });
    // What the lock writes the same is the same.
    let written = |need: &Option<Need>| need.as_ref().map(|need| rows(&need.what));
    differences.filter(|difference| written(&difference.old) != written(&difference.new)).collect()
}

/// One line: `` package `nginx` is new``.
impl fmt::Display for NeedDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(need) = self.new.as_ref().or(self.old.as_ref()) else { return Ok(()) };
        let became = match (&self.old, &self.new) {
            (None, _) => "is new",
            (Some(_), None) => "is gone",
            (Some(_), Some(_)) => "changed",
        };
        write!(f, "what the machine needs: {} `{}` {became}", need.what.kind(), need.name)
    }
}

/// The machines of a lock; what is not understood is left out, since a later version may know more kinds.
pub(super) fn read(machines: &DeTable<'_>) -> Machines {
    let mut read = Machines::new();
    for environment in node::in_order("", machines) {
        let mut needs = Vec::new();
        for kind in environment.table().map(|table| node::in_order("", table)).unwrap_or_default() {
            for need in kind.table().map(|table| node::in_order("", table)).unwrap_or_default() {
                let Value::Map(pairs) = value::read(need.value) else { continue };
                needs.extend(needed(kind.name, &Pairs(&pairs)).map(|what| Need { name: need.name.to_owned(), what }));
            }
        }
        needs.sort_by(|one, two| one.order().cmp(&two.order()));
        read.insert(environment.name.to_owned(), needs);
    }
    read
}

/// The tables of all machines, each with a blank line above it.
pub(super) fn write(machines: &Machines) -> String {
    let mut text = String::new();
    for (environment, needs) in machines.iter().filter(|(_, needs)| !needs.is_empty()) {
        let shown = value::key(environment);
        text.push_str(&format!(
            "\n# What `{environment}` needs of its machine; `setpoint check --environment {shown}` says what another one lacks.\n"
        ));
        let mut above = None;
        for need in needs {
            let header = format!("{MACHINE}.{shown}.{}", need.what.kind());
            let header = match &need.what {
                // Those that are many have a line for each.
                Needed::Distributions { .. } | Needed::Variables { .. } => {
                    format!("{header}.{}", value::key(&need.name))
                }
                _ => header,
            };
            if above.as_ref() != Some(&header) {
                let blank = if above.is_some() { "\n" } else { "" };
                text.push_str(&format!("{blank}[{header}]\n"));
                above = Some(header);
            }
            match &need.what {
                Needed::Distributions { .. } | Needed::Variables { .. } => {
                    for (name, held) in rows(&need.what) {
                        text.push_str(&format!("{} = {}\n", value::key(&name), value::write(&held)));
                    }
                }
                what => {
                    text.push_str(&format!("{} = {}\n", value::key(&need.name), value::write(&Value::Map(rows(what)))));
                }
            }
        }
    }
    text
}

/// What the lock says of a need, in its order.
fn rows(what: &Needed) -> Vec<(String, Value)> {
    let row = |key: &str, held: Value| (key.to_owned(), held);
    let texts = |texts: &[String]| Value::List(texts.iter().map(|text| Value::from(text.as_str())).collect());
    match what {
        Needed::Package { files } => vec![row("files", texts(files))],
        Needed::Group => Vec::new(),
        Needed::User { group, groups, home, shell } => {
            let others = (!groups.is_empty()).then(|| row("groups", texts(groups)));
            let named = [("home", home), ("shell", shell)].map(|(key, text)| row(key, Value::from(text.as_str())));
            once(row("group", Value::from(group.as_str()))).chain(others).chain(named).collect()
        }
        Needed::Folder { access, purpose } => {
            let purpose = row("for", Value::from(purpose.as_str()));
            rows_of_access(access).into_iter().chain(once(purpose)).collect()
        }
        Needed::File { access } => rows_of_access(access),
        Needed::Link { target } => vec![row("target", Value::from(target.as_str()))],
        Needed::Python { interpreter } => vec![row("interpreter", Value::from(interpreter.as_str()))],
        Needed::Distributions { pins } => pins.iter().map(|(name, pin)| row(name, Value::from(pin.as_str()))).collect(),
        Needed::Variables { values } => {
            let secret = || Value::Map(vec![row("secret", Value::Bool(true))]);
            values.iter().map(|(name, held)| row(name, held.clone().unwrap_or_else(secret))).collect()
        }
        Needed::Unit { enabled } => vec![row("enabled", Value::Bool(*enabled))],
    }
}

fn rows_of_access(access: &Ownership) -> Vec<(String, Value)> {
    let mode = Value::Text(format!("{:04o}", access.mode));
    let owner = Value::Text(format!("{}:{}", access.owner, access.group));
    vec![("mode".to_owned(), mode), ("owner".to_owned(), owner)]
}

fn needed(kind: &str, pairs: &Pairs<'_>) -> Option<Needed> {
    Some(match kind {
        "package" => Needed::Package { files: pairs.texts("files") },
        "group" => Needed::Group,
        "user" => Needed::User {
            group: pairs.text("group")?,
            groups: pairs.texts("groups"),
            home: pairs.text("home")?,
            shell: pairs.text("shell")?,
        },
        "folder" => {
            let purpose = pairs.text("for")?;
            let purpose = Purpose::ALL.into_iter().find(|known| known.as_str() == purpose)?;
            Needed::Folder { access: pairs.access()?, purpose }
        }
        "file" => Needed::File { access: pairs.access()? },
        "link" => Needed::Link { target: pairs.text("target")? },
        "python" => Needed::Python { interpreter: pairs.text("interpreter")? },
        "distributions" => {
            let pin = |(name, held): &(String, Value)| Some((name.clone(), text(held)?));
            Needed::Distributions { pins: pairs.0.iter().filter_map(pin).collect() }
        }
        "variables" => {
            let held = |held: &Value| (!matches!(held, Value::Map(_))).then(|| held.clone());
            Needed::Variables { values: pairs.0.iter().map(|(name, value)| (name.clone(), held(value))).collect() }
        }
        "unit" => Needed::Unit { enabled: pairs.is_true("enabled") },
        _ => return None,
    })
}

/// The keys and values of a line.
struct Pairs<'v>(&'v [(String, Value)]);

impl Pairs<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, held)| held)
    }

    fn text(&self, key: &str) -> Option<String> {
        text(self.get(key)?)
    }

    fn texts(&self, key: &str) -> Vec<String> {
        match self.get(key) {
            Some(Value::List(items)) => items.iter().filter_map(text).collect(),
            Some(_) | None => Vec::new(),
        }
    }

    fn is_true(&self, key: &str) -> bool {
        self.get(key) == Some(&Value::Bool(true))
    }

    fn access(&self) -> Option<Ownership> {
        let (mode, owner) = (self.text("mode")?, self.text("owner")?);
        let (owner, group) = owner.split_once(':')?;
        let mode = u32::from_str_radix(&mode, 8).ok().filter(|mode| *mode <= 0o7777)?;
        Some(Ownership { mode, owner: owner.to_owned(), group: group.to_owned() })
    }
}

fn text(held: &Value) -> Option<String> {
    match held {
        Value::Text(text) => Some(text.clone()),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::List(_) | Value::Map(_) => None,
    }
}
