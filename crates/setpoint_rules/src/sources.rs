//! Where a setting takes its value from another one: `ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "*").split(",")`.

use crate::Facts;
use crate::setting::Setting;
use setpoint_model::{Effective, Held, NamedDefault, Reading};

impl<'a> Facts<'a> {
    /// What is effective of the default: of a setting whose value only running the code tells, that of the only
    /// variable that its expression reads.
    pub(crate) fn effective(self, default: &'a NamedDefault) -> Option<(&'a NamedDefault, &'a Effective)> {
        let effective = default.effective.as_ref()?;
        if effective.value != Held::Dynamic {
            return Some((default, effective));
        }
        let written = default.readings.iter().find(|reading| effective.is_of(reading))?;
        let others = self.snapshot.defaults.iter().filter(|other| !std::ptr::eq(*other, default));
        let mut read = others.filter(|other| other.readings.iter().any(|reading| stands_in(reading, written)));
        let source = read.next().filter(|_| read.next().is_none() && !is_computed(&written.text))?;
        Some((source, source.effective.as_ref()?))
    }

    /// The same as a constant.
    pub(crate) fn general(self, name: &str) -> Option<Setting<'a>> {
        let (default, effective) = self.effective(self.snapshot.find(name)?)?;
        Setting::new(default, effective)
    }
}

/// True if it is a part of what is written there. Another name of the setting has all of it.
fn stands_in(inner: &Reading, outer: &Reading) -> bool {
    let (Some(within), Some(around)) = (inner.place.span, outer.place.span) else { return false };
    let is_within = around != within && around.start <= within.start && within.end <= around.end;
    is_within && inner.place.file == outer.place.file
}

/// True if something else than what was read may come out: a choice, a comparison, a sum.
fn is_computed(text: &str) -> bool {
    let quoted = text.replace('\'', "\"");
    let code: String = quoted.split('"').step_by(2).collect();
    let mut words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    code.contains(['+', '-', '*', '/', '%', '<', '>', '!', '{'])
        || code.contains("==")
        || words.any(|word| ["if", "else", "not", "and", "for", "lambda"].contains(&word))
}

#[cfg(test)]
mod tests {
    use super::is_computed;

    #[test]
    fn a_cast_computes_nothing_and_a_choice_does() {
        for (text, expected) in [
            ("os.environ.get(\"ALLOWED_HOSTS\", \"*\").split(\",\")", false),
            ("int(os.getenv('A-B', '5'))", false),
            ("[\"*\"] if os.getenv(\"DEBUG\") else []", true),
            ("os.getenv(\"ENV\") == \"production\"", true),
            ("60 * int(os.getenv(\"MINUTES\", \"5\"))", true),
        ] {
            assert_eq!(is_computed(text), expected, "{text}");
        }
    }
}
