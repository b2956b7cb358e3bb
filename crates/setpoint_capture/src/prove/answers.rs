//! What the script says, one line of JSON for each thing. The service's code ran beside it and may have written there,
//! too, so that nothing of it is taken for granted.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes; more than the script may write.
pub(super) const LONGEST: u64 = 80 << 20;

/// All that was said.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) python: Option<String>,
    pub(super) libraries: BTreeMap<String, String>,
    /// By the number of the module.
    pub(super) modules: BTreeMap<usize, Module>,
}

/// What was said of the classes of a module, by name.
#[derive(Debug, Default)]
pub(super) struct Module {
    classes: BTreeMap<String, Answered>,
    /// Why nothing was said.
    failed: Option<String>,
}

/// What was said of a class.
#[derive(Debug, Default)]
pub(super) struct Answered {
    /// Why there is nothing, or not for the whole of its module.
    pub(super) failed: Option<String>,
    pub(super) said: Option<Class>,
}

/// A class as the interpreter has it.
#[derive(Debug, Deserialize)]
pub(super) struct Class {
    pub(super) ignores_case: bool,
    pub(super) fields: Vec<Field>,
}

/// A field as the interpreter has it.
#[derive(Debug, Deserialize)]
pub(super) struct Field {
    pub(super) name: String,
    /// The variables that set it, the strongest first.
    pub(super) names: Vec<String>,
    pub(super) required: bool,
    pub(super) default: Default,
    /// The type in Python's own words.
    #[serde(rename = "type")]
    pub(super) type_name: String,
    /// Whether it is the one that was read; `None` where only more of the code would tell.
    #[serde(default)]
    pub(super) agrees: Option<bool>,
}

/// A field's default.
#[derive(Debug, Deserialize)]
pub(super) struct Default {
    /// Not there where there is none, or where it is no constant.
    #[serde(default, deserialize_with = "there")]
    pub(super) constant: Option<serde_json::Value>,
    /// The constant is a set, and its order says nothing.
    #[serde(default)]
    pub(super) unordered: bool,
    /// The field's validators are yet to make something of it.
    #[serde(default)]
    pub(super) before_validation: bool,
}

/// `null` is a constant, too.
fn there<'d, D: serde::Deserializer<'d>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
struct Line {
    python: Option<String>,
    #[serde(default)]
    libraries: BTreeMap<String, String>,
    begins: Option<usize>,
    ended: Option<usize>,
    #[serde(default)]
    classes: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    failed: Option<String>,
    #[serde(flatten)]
    said: Option<Class>,
}

impl Answers {
    /// Adds what one run has said of these modules, and returns the last one that it began with; `None` if it did not
    /// come so far.
    pub(super) fn add(&mut self, said: &[u8], asked: Range<usize>) -> Option<usize> {
        let mut last = None;
        let lines = said.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Line>(line).ok());
        for Line { python, libraries, begins, ended, classes } in lines {
            self.python = python.or(self.python.take());
            self.libraries.extend(libraries);
            let is_asked = |number: &usize| asked.contains(number);
            let begun = begins.filter(is_asked);
            if begun > last {
                // Of the one before nothing that can be read was said.
                last.into_iter().for_each(|before| {
                    self.modules.entry(before).or_insert_with(|| Module::failed(NOTHING.to_owned()));
                });
                last = begun;
            }
            if let Some(number) = ended.filter(is_asked) {
                let named = |Named { name, failed, said }| (name, Answered { failed, said });
                let module = Module { classes: classes.into_iter().map(named).collect(), failed: None };
                self.modules.entry(number).or_insert(module);
            }
        }
        last
    }
}

impl Module {
    pub(super) fn failed(because: String) -> Self {
        Self { failed: Some(because), ..Self::default() }
    }

    /// Takes out what was said of a class.
    pub(super) fn of_class(&mut self, name: &str) -> Answered {
        self.classes.remove(name).unwrap_or_else(|| Answered::failed(self.failed.as_deref().unwrap_or(NOTHING)))
    }
}

const NOTHING: &str = "the interpreter said nothing of it that can be read";

impl Answered {
    pub(super) fn failed(because: &str) -> Self {
        Self { failed: Some(because.to_owned()), said: None }
    }
}
