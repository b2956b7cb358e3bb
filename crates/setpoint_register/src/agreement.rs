//! Proves that the schema and the reader say the same: a register with every key of every kind is spoiled in every
//! way that a palette of values allows, and each time both must agree on whether it still has the right shape.

use crate::report::Report;
use crate::{load, schema, value};
use serde_json::Value as Json;
use setpoint_model::Value;

const COMPLETE: &str = include_str!("../tests/registers/complete.toml");

/// What each value is replaced by in turn. One of them is wrong almost everywhere, another right almost everywhere.
const PALETTE: [&str; 16] = [
    "0",
    "-1",
    "7",
    "100000",
    "1.5",
    "true",
    "\"\"",
    "\" \"",
    "\"x\"",
    "\"/x\"",
    "\"10s\"",
    "[]",
    "[\"\"]",
    "[\"x\"]",
    "{}",
    "{ x = \"y\" }",
];

struct Agreement {
    schema: jsonschema::Validator,
    refused: usize,
    accepted: usize,
}

impl Agreement {
    fn new() -> Self {
        Self { schema: jsonschema::validator_for(&schema()).unwrap(), refused: 0, accepted: 0 }
    }

    fn check(&mut self, text: &str, how: &str) {
        let mut report = Report::new("setpoint.toml", text);
        load::read("setpoint.toml", text, &mut report);
        let by_reader = report.misshapen_count() == 0;
        let table = toml::de::DeTable::parse(text).unwrap().into_inner();
        let json = serde_json::to_value(value::read(&toml::de::DeValue::Table(table))).unwrap();
        let by_schema = self.schema.is_valid(&json);
        let problems = report.into_problems();
        assert_eq!(by_reader, by_schema, "{how}: the reader says {problems:#?}\n{text}");
        if by_reader { self.accepted += 1 } else { self.refused += 1 }
    }
}

/// The table as TOML whose top-level sections are inline tables, which is enough for a machine.
fn written(register: &Value) -> String {
    let Value::Map(sections) = register else { panic!("{register:?}") };
    let lines = sections.iter().map(|(name, section)| format!("{} = {}", value::key(name), value::write(section)));
    lines.collect::<Vec<_>>().join("\n")
}

fn parsed(text: &str) -> Value {
    value::read(&toml::de::DeValue::Table(toml::de::DeTable::parse(text).unwrap().into_inner()))
}

/// Every copy of the value with one thing changed, and how.
fn spoiled(value: &Value, path: &str) -> Vec<(String, Value)> {
    let mut copies: Vec<(String, Value)> =
        PALETTE.iter().map(|other| (format!("{path} = {other}"), parsed(&format!("x = {other}")))).collect();
    for (_, copy) in &mut copies {
        let Value::Map(pairs) = copy else { continue };
        *copy = pairs.remove(0).1;
    }
    match value {
        Value::Map(pairs) => {
            for (at, (key, item)) in pairs.iter().enumerate() {
                let path = format!("{path}.{key}");
                for (how, changed) in spoiled(item, &path) {
                    let mut pairs = pairs.clone();
                    pairs[at].1 = changed;
                    copies.push((how, Value::Map(pairs)));
                }
                let mut without = pairs.clone();
                without.remove(at);
                copies.push((format!("{path} left out"), Value::Map(without)));
                let mut misspelled = pairs.clone();
                misspelled[at].0.push('x');
                copies.push((format!("{path} misspelled"), Value::Map(misspelled)));
            }
        }
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                for (how, changed) in spoiled(item, &format!("{path}[{at}]")) {
                    let mut items = items.clone();
                    items[at] = changed;
                    copies.push((how, Value::List(items)));
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) | Value::Text(_) => {}
    }
    copies
}

#[test]
fn schema_and_reader_agree_on_every_spoiled_register() {
    let mut agreement = Agreement::new();
    agreement.check(COMPLETE, "whole");
    agreement.check(include_str!("../tests/registers/design.toml"), "the design's example");
    let Value::Map(sections) = parsed(COMPLETE) else { panic!("a register is a table") };
    let service = sections[0].clone();
    for (name, section) in &sections {
        // One entry at a time with the service, so that each text stays short.
        let entries: Vec<Value> = match (name.as_str(), section) {
            ("environment" | "default" | "check" | "cache" | "job" | "waiver", Value::Map(entries)) => {
                entries.iter().map(|entry| Value::Map(vec![entry.clone()])).collect()
            }
            (_, section) => vec![section.clone()],
        };
        for (how, changed) in entries.iter().flat_map(|entry| spoiled(entry, name)) {
            let mut register = vec![(name.clone(), changed)];
            register.extend((name != "service").then(|| service.clone()));
            agreement.check(&written(&Value::Map(register)), &how);
        }
    }
    assert!(agreement.accepted > 500 && agreement.refused > 2000, "{} {}", agreement.accepted, agreement.refused);
}

#[test]
fn every_key_of_the_schema_is_in_the_complete_register() {
    let schema = schema();
    let register = serde_json::to_value(parsed(COMPLETE)).unwrap();
    let mut missing = Vec::new();
    for (section, form) in schema["properties"].as_object().unwrap() {
        let written = &register[section];
        let named = form["propertyNames"].is_object();
        let form = if named { &form["additionalProperties"] } else { form };
        let entries: Vec<&Json> = if named { written.as_object().unwrap().values().collect() } else { vec![written] };
        let branches = form["oneOf"].as_array().map_or(std::slice::from_ref(form), Vec::as_slice);
        for branch in branches {
            for key in branch["properties"].as_object().unwrap().keys() {
                // What all kinds of check have may stand in a check of any kind.
                let of_all = branches.iter().all(|other| other["properties"].get(key).is_some());
                let of_kind =
                    |entry: &&Json| of_all || branch["title"].as_str().is_none_or(|kind| entry.get(kind).is_some());
                if !entries.iter().filter(|entry| of_kind(entry)).any(|entry| entry.get(key).is_some()) {
                    missing.push(format!("{section} {} {key}", branch["title"]));
                }
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_key_of_the_schema_is_explained() {
    fn visit(schema: &Json, silent: &mut Vec<String>) {
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            if property["description"].as_str().is_none_or(str::is_empty) {
                silent.push(key.clone());
            }
            visit(property, silent);
        }
        ["oneOf", "anyOf"].iter().filter_map(|of| schema[of].as_array()).flatten().for_each(|it| visit(it, silent));
        ["additionalProperties", "items"].iter().filter_map(|inner| schema.get(inner)).for_each(|it| visit(it, silent));
    }
    let mut silent = Vec::new();
    visit(&schema(), &mut silent);
    assert_eq!(silent, Vec::<String>::new());
}
