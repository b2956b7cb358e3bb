use crate::Rule;
use setpoint_model::{Finding, Layer, Place, Severity, Snapshot};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// Collects findings. Each rule adds its own sentences to it as a method beside the rule, and calls that with facts.
#[derive(Debug, Default)]
pub(crate) struct Report {
    findings: Vec<Finding>,
}

/// A finding that its rule still completes.
#[derive(Debug)]
pub(crate) struct Draft<'a>(&'a mut Finding);

impl Report {
    /// Adds a finding: what is wrong, and what was expected instead.
    pub(crate) fn add(&mut self, rule: &Rule, message: String, expected: impl Into<String>) -> Draft<'_> {
        Draft(self.findings.push_mut(Finding {
            code: rule.code,
            name: rule.name,
            severity: rule.severity,
            message,
            expected: expected.into(),
            subject: None,
            process: None,
            places: Vec::new(),
            hint: None,
            waived: None,
            waived_until: None,
        }))
    }

    /// All that was added, each with the places that a person can change in front: an annotation beside a line of
    /// somebody else's library, or of a process, shows nobody what to mend. What was said of several processes in the same words and places is said once, of none
    /// in particular: two units that share an env file share its faults.
    pub(crate) fn findings(self, snapshot: &Snapshot) -> Vec<Finding> {
        let readings = snapshot.defaults.iter().flat_map(|default| &default.readings);
        let others = readings.filter(|reading| matches!(reading.layer, Layer::Library | Layer::Process));
        let others: HashSet<&str> = others.map(|reading| reading.place.file.as_str()).collect();
        let mut distinct: Vec<Finding> = Vec::with_capacity(self.findings.len());
        let mut known: HashMap<(&'static str, String, Vec<Place>), usize> = HashMap::new();
        for mut finding in self.findings {
            finding.places.sort_by_key(|place| others.contains(place.file.as_str()));
            match known.entry((finding.code, finding.message.clone(), finding.places.clone())) {
                Entry::Occupied(first) => distinct[*first.get()].process = None,
                Entry::Vacant(slot) => {
                    slot.insert(distinct.len());
                    distinct.push(finding);
                }
            }
        }
        distinct
    }
}

impl Draft<'_> {
    /// The default or register entry that it is about.
    pub(crate) fn about(self, subject: &str) -> Self {
        self.0.subject = Some(subject.to_owned());
        self
    }

    /// The process that it concerns, where it does not concern all.
    pub(crate) fn in_process(self, process: Option<&str>) -> Self {
        self.0.process = process.map(str::to_owned);
        self
    }

    /// A place to look at; the first that a person can change is the one to mend.
    pub(crate) fn at(self, place: &Place) -> Self {
        if !self.0.places.contains(place) {
            self.0.places.push(place.clone());
        }
        self
    }

    /// More places, in the order in which to look at them.
    pub(crate) fn at_each<'a>(self, places: impl IntoIterator<Item = &'a Place>) -> Self {
        places.into_iter().fold(self, Self::at)
    }

    /// What to do.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Another severity than the rule's usual one.
    pub(crate) fn severity(self, severity: Severity) -> Self {
        self.0.severity = severity;
        self
    }
}

/// `a`, `b` and `c`, each in backticks.
pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The command that adds an entry for a default. A name that begins like an option must be tied to `--write`.
pub fn command_that_documents(name: &str) -> String {
    let tie = if name.starts_with('-') { '=' } else { ' ' };
    format!("setpoint capture --write{tie}{}", shell_word(name))
}

/// The text as one word of a shell's command, quoted where a shell would read more into it.
pub fn shell_word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:@%+=,".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::command_that_documents;

    #[test]
    fn a_name_is_one_word_to_a_shell() {
        let shown =
            ["SHOP_PORT", "--host", "nginx[shop.example = /health].access_log", "it's"].map(command_that_documents);
        insta::assert_snapshot!(shown.join("\n"), @r"
        setpoint capture --write SHOP_PORT
        setpoint capture --write=--host
        setpoint capture --write 'nginx[shop.example = /health].access_log'
        setpoint capture --write 'it'\''s'
        ");
    }
}
