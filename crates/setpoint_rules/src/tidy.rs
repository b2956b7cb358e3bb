//! What every rule owes: a line in the registry, a page with all its parts, and a test that shows a finding.

use crate::catalogue;
use std::collections::BTreeSet;
use std::path::Path;

const HEADINGS: [&str; 4] = ["## What it finds", "## Why it hurts", "## Example", "## What to do"];

#[test]
fn every_file_is_a_rule_of_its_own_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let names = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // Snapshots that nobody has looked at yet lie there too while a test is being written.
    let files: BTreeSet<String> = names.filter(|name| !name.ends_with(".pending-snap")).collect();
    let registered: BTreeSet<String> =
        catalogue().iter().map(|rule| format!("{}.rs", rule.name.replace('-', "_"))).collect();
    assert_eq!(files, registered);
}

#[test]
fn codes_are_sorted_and_neither_they_nor_names_are_given_twice() {
    assert!(catalogue().is_sorted_by(|one, two| one.code < two.code));
    for rule in catalogue() {
        let digits = rule.code.strip_prefix("SP").unwrap();
        assert!(digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit()), "{}", rule.code);
    }
    let names: BTreeSet<&str> = catalogue().iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), catalogue().len());
}

#[test]
fn every_page_has_its_headings_in_order_and_an_example() {
    for rule in catalogue() {
        let page = rule.page();
        let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, HEADINGS, "{}", rule.name);
        let example = &page[page.find("## Example").unwrap()..page.find("## What to do").unwrap()];
        assert_eq!(example.matches("\n```").count(), 2, "{} shows no example", rule.name);
        assert!(!rule.summary().is_empty() && page.lines().all(|line| line.chars().count() <= 116), "{}", rule.name);
    }
}

#[test]
fn every_rule_is_tested_by_its_name() {
    for rule in catalogue() {
        let (_, tests) = rule.source.split_once("#[cfg(test)]").unwrap_or_default();
        assert!(tests.contains(&format!("\"{}\"", rule.name)), "{} has no test", rule.name);
        let shows_a_finding = ["\n        error: ", "\n        warning: ", "\n        note: "];
        assert!(shows_a_finding.iter().any(|start| tests.contains(start)), "{} shows no finding", rule.name);
    }
}
