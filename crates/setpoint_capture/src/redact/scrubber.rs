use super::{Fingerprints, HIDDEN};
use aho_corasick::{AhoCorasick, Input, MatchKind};
use setpoint_model::{Held, Value};
use std::fmt;
use std::ops::Range;

/// A shorter secret, and one of letters alone, is hidden only where it is a word of its own.
const LONG_ENOUGH_ANYWHERE: usize = 8;

/// Finds the secrets of one capture wherever they are repeated. It hides them and tells nobody what they are.
pub struct Scrubber {
    /// `None` where there is no secret, or more of them than can be looked for.
    secrets: Option<AhoCorasick>,
    fingerprints: Fingerprints,
}

impl Scrubber {
    pub(super) fn new(secrets: &[String], fingerprints: Fingerprints) -> Self {
        // The longest, so that a URL is hidden as a whole and not its password alone.
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(secrets);
        Self { secrets: automaton.ok().filter(|_| !secrets.is_empty()), fingerprints }
    }

    /// The bytes of the secrets in a text, in order, without overlaps.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let Some(secrets) = &self.secrets else { return found };
        let mut at = 0;
        while let Some(next) = secrets.find(Input::new(text).range(at..)) {
            if is_the_secret(text, &next.range()) {
                found.push(next.range());
                at = next.end();
            } else {
                // Another one may start within the word that is none.
                at = next.start() + text[next.start()..].chars().next().map_or(1, char::len_utf8);
            }
        }
        found
    }

    /// The sentence without secrets; `None` if there are none in it.
    pub fn scrub(&self, sentence: &str) -> Option<String> {
        let found = self.ranges(sentence);
        let mut scrubbed = sentence.to_owned();
        found.iter().rev().for_each(|range| scrubbed.replace_range(range.clone(), HIDDEN));
        (!found.is_empty()).then_some(scrubbed)
    }

    /// What is held without secrets; `None` if there are none in it. A text with one in it is a secret as a whole, as
    /// it is where its form alone shows that; of a list or mapping, only the items are hidden that hold one.
    pub fn hide(&self, held: &Held) -> Option<Held> {
        match held {
            Held::Constant(Value::Text(text)) => {
                (!self.ranges(text).is_empty()).then(|| Held::Secret(self.fingerprints.of(text)))
            }
            Held::Constant(value) => self.hide_items(value).map(Held::Constant),
            Held::Dynamic | Held::Secret(_) | Held::Nothing => None,
        }
    }

    fn hide_items(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Text(text) => (!self.ranges(text).is_empty()).then(|| Value::from(HIDDEN)),
            Value::List(items) => {
                let hidden: Vec<Option<Value>> = items.iter().map(|item| self.hide_items(item)).collect();
                let found = hidden.iter().any(Option::is_some);
                let either = hidden.into_iter().zip(items).map(|(hidden, item)| hidden.unwrap_or_else(|| item.clone()));
                found.then(|| Value::List(either.collect()))
            }
            Value::Map(pairs) => {
                let hidden: Vec<_> =
                    pairs.iter().map(|(name, item)| (self.scrub(name), self.hide_items(item))).collect();
                let found = hidden.iter().any(|(name, item)| name.is_some() || item.is_some());
                let either = hidden.into_iter().zip(pairs).map(|((open_name, open), (name, item))| {
                    (open_name.unwrap_or_else(|| name.clone()), open.unwrap_or_else(|| item.clone()))
                });
                found.then(|| Value::Map(either.collect()))
            }
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => None,
        }
    }
}

/// True unless it is only a part of another word.
fn is_the_secret(text: &str, found: &Range<usize>) -> bool {
    let (before, after) = (&text[..found.start], &text[found.end..]);
    let neighbours = [before.chars().next_back(), after.chars().next()];
    let alone = !neighbours.into_iter().flatten().any(char::is_alphanumeric);
    let secret = &text[found.clone()];
    alone || (secret.len() >= LONG_ENOUGH_ANYWHERE && !secret.chars().all(char::is_alphabetic))
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubber(secrets: &[&str]) -> Scrubber {
        let secrets: Vec<String> = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        Scrubber::new(&secrets, Fingerprints::new([7; 16]))
    }

    #[test]
    fn a_short_secret_is_hidden_as_a_word_and_a_long_one_anywhere() {
        let scrubber = scrubber(&["shop", "correct horse", "swordfish"]);
        let sentence = "shopping at `shop`: xcorrect horsex, swordfish, swordfishes";
        assert_eq!(scrubber.scrub(sentence).as_deref(), Some("shopping at `***`: x***x, ***, swordfishes"));
        assert_eq!(scrubber.scrub("shopping"), None);
        assert_eq!(format!("{scrubber:?}"), "***");
    }

    #[test]
    fn a_word_that_is_none_hides_no_other_secret() {
        let scrubber = scrubber(&["abcd", "bcd-efghi"]);
        assert_eq!(scrubber.scrub("xabcd-efghi").as_deref(), Some("xa***"));
    }

    #[test]
    fn of_what_is_held_texts_are_hidden_as_a_whole_and_of_lists_the_items() {
        let scrubber = scrubber(&["hunter2"]);
        let hidden = |json: &str| scrubber.hide(&Held::Constant(Value::from_json(json).unwrap()));
        assert!(matches!(hidden("\"-u shop:hunter2\""), Some(Held::Secret(_))));
        let shown = |json: &str| hidden(json).and_then(|held| held.constant().map(Value::to_json));
        assert_eq!(shown(r#"["a", {"hunter2": ["x hunter2"]}, 5]"#).as_deref(), Some(r#"["a",{"***":["***"]},5]"#));
        assert_eq!(hidden(r#"["a", {"b": [5]}]"#), None);
    }
}
