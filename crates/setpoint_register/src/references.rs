//! What entries say of one another: names that must exist, names that must differ, circles.

use crate::report::{Referred, Report};
use crate::shapes::Reference;
use crate::words::listed;
use setpoint_model::register::Register;
use setpoint_model::{Place, nearest};
use std::collections::HashMap;

/// Reports every name that nothing has, or that two have, and every circle. `lost` are the checks of the file that are not
/// in the register, and are there all the same.
pub(crate) fn check(register: &Register, lost: &[&str], report: &mut Report) {
    names_exist(register, lost, report);
    names_differ(register, report);
    let copies = register.environments.iter().map(|it| (it.name.as_str(), &it.place, it.copy_from.as_slice()));
    no_circles("copy_from", copies.collect(), report);
    let needs = register.checks.iter().map(|it| (it.name.as_str(), &it.place, it.needs.as_slice()));
    no_circles("needs", needs.collect(), report);
}

fn names_exist(register: &Register, lost: &[&str], report: &mut Report) {
    let environments: Vec<&str> = register.environments.iter().map(|it| it.name.as_str()).collect();
    let checks: Vec<&str> = register.checks.iter().map(|it| it.name.as_str()).chain(lost.iter().copied()).collect();
    for Referred { kind, name, place, entry } in report.take_references() {
        let (word, known) = match kind {
            Reference::Environment => ("environment", &environments),
            Reference::Check => ("check", &checks),
        };
        if known.contains(&name.as_str()) {
            continue;
        }
        let expected = match nearest(&name, known.iter().copied()) {
            Some(near) => format!("`{near}`, perhaps"),
            None if known.is_empty() => format!("a `[{word}.{name}]`"),
            None => format!("one of {}", listed(known.iter().copied())),
        };
        let what = format!("there is no {word} `{name}`");
        match entry {
            Some(entry) => report.within(entry, |report| report.senseless(place, what, expected)),
            None => report.senseless(place, what, expected),
        }
    }
}

/// Checks, cache rules and jobs are picked by name alone, and so no two of them may have the same.
fn names_differ(register: &Register, report: &mut Report) {
    let checks = register.checks.iter().map(|it| ("check", &it.name, &it.place));
    let caches = register.caches.iter().map(|it| ("cache rule", &it.name, &it.place));
    let jobs = register.jobs.iter().map(|it| ("job", &it.name, &it.place));
    let mut seen: HashMap<&str, (&str, &Place)> = HashMap::new();
    for (kind, name, place) in checks.chain(caches).chain(jobs) {
        if let Some((other, at)) = seen.insert(name, (kind, place)) {
            let what = format!("the {kind} `{name}` has the name of a {other} (line {})", at.line);
            about(place, report, |report| {
                report.senseless(place.clone(), what, "a name of its own, since both are picked by name");
            });
        }
    }
}

/// Reports about the entry whose key stands there.
fn about(place: &Place, report: &mut Report, work: impl FnOnce(&mut Report)) {
    match place.span {
        Some(key) => report.within(key, work),
        None => work(report),
    }
}

/// Follows each chain from where it begins; an entry that comes back to itself is reported, once for each circle.
fn no_circles(key: &str, entries: Vec<(&str, &Place, &[String])>, report: &mut Report) {
    let links: HashMap<&str, &[String]> = entries.iter().map(|(name, _, next)| (*name, *next)).collect();
    let mut reported: Vec<&str> = Vec::new();
    for (name, place, _) in entries {
        if reported.contains(&name) {
            continue;
        }
        if let Some(circle) = circle_from(name, &links) {
            let what = format!("`{key}` goes in a circle: {}", listed(circle.iter().copied().chain([name])));
            about(place, report, |report| report.senseless(place.clone(), what, "a chain that ends"));
            reported.extend(circle);
        }
    }
}

/// The way from an entry back to itself, if there is one.
fn circle_from<'n>(name: &'n str, links: &HashMap<&'n str, &'n [String]>) -> Option<Vec<&'n str>> {
    let mut seen: Vec<&str> = Vec::new();
    let mut ways: Vec<Vec<&str>> = vec![vec![name]];
    while let Some(way) = ways.pop() {
        let last = way.last().copied().unwrap_or(name);
        for next in links.get(last).copied().unwrap_or_default() {
            if next == name {
                return Some(way);
            }
            if !seen.contains(&next.as_str()) {
                seen.push(next);
                ways.push(way.iter().copied().chain([next.as_str()]).collect());
            }
        }
    }
    None
}
