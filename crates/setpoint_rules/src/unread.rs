//! Whether a variable that the deployment sets is read by anything.

use crate::{Facts, variables};
use setpoint_model::{Mechanism, NamedDefault, nearest};

/// A variable that is set and that nothing reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread<'a> {
    /// The variable that was most likely meant: one that code reads and nothing sets.
    pub(crate) meant: Option<&'a str>,
}

/// What is known of a variable that no code was seen to read. Installed libraries read variables too, so this is
/// `None` unless the name is evidently one of the service's own: nearly the name of a variable that its code reads
/// and nobody sets, or of a family (`SHOP_…`) that its code reads several of.
pub(crate) fn unread<'a>(facts: Facts<'a>, default: &NamedDefault) -> Option<Unread<'a>> {
    let name = default.name.as_str();
    if !is_only_set(default.mechanism) || variables::is_read_by_others(name) || cannot_know(facts, name) {
        return None;
    }
    let read: Vec<&NamedDefault> =
        facts.snapshot.defaults.iter().filter(|default| default.mechanism.reads_variables()).collect();
    if belongs_to_a_mapping(name, &read) {
        return None;
    }
    let unset = read.iter().filter(|default| default.readings.iter().all(|reading| !reading.layer.is_deployment()));
    let meant = nearest(name, unset.flat_map(|default| names(default)));
    (meant.is_some() || is_of_the_family(name, &read)).then_some(Unread { meant })
}

/// True if the default exists only since something sets it.
fn is_only_set(mechanism: Mechanism) -> bool {
    matches!(mechanism, Mechanism::Dotenv | Mechanism::UnitEnvironment)
}

/// True if part of the code was not understood, or reads variables whose names only running it tells, which this may be.
fn cannot_know(facts: Facts<'_>, name: &str) -> bool {
    let may_read = facts.snapshot.site.dynamic_reads.iter().any(|read| read.may_read(name));
    may_read || !facts.is_code_understood()
}

/// `SHOP_LABELS__REGION` sets a key of the mapping `SHOP_LABELS`, whose keys no declaration lists.
fn belongs_to_a_mapping(name: &str, read: &[&NamedDefault]) -> bool {
    let all = || read.iter().flat_map(|default| names(default));
    name.match_indices("__").any(|(at, _)| {
        let (mapping, with_delimiter) = (&name[..at], &name[..at + 2]);
        all().any(|known| known.eq_ignore_ascii_case(mapping)) && !all().any(|known| starts(known, with_delimiter))
    })
}

fn is_of_the_family(name: &str, read: &[&NamedDefault]) -> bool {
    let Some(end) = name.find('_').filter(|end| !variables::is_common_word(&name[..*end])) else { return false };
    read.iter().filter(|default| names(default).any(|known| starts(known, &name[..=end]))).count() >= 2
}

fn starts(name: &str, beginning: &str) -> bool {
    name.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}

fn names(default: &NamedDefault) -> impl Iterator<Item = &str> {
    std::iter::once(default.name.as_str()).chain(default.aliases.iter().map(String::as_str))
}
