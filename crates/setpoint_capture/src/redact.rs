//! Decides what is a secret and turns what was read into what may be shown. Nothing else reveals a `Sensitive`
//! to show it, so that this file alone answers for the promise that secrets are never printed or stored.

mod remembered;
mod scrubber;
mod vault;

use crate::{Clear, Sensitive};
use remembered::{Evidence, Remembered};
pub use scrubber::Scrubber;
use setpoint_model::{
    Backend, Fingerprint, Held, Value, Written, is_secret_name, literals, secret_of_option, secrets_in,
};
use std::hash::Hasher as _;
pub use vault::Vault;

/// Stands where a secret's text stood.
pub(crate) const HIDDEN: &str = "***";

/// What a default's name and type say about its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// They are secrets.
    Secret,
    /// Only the text itself can tell.
    Unknown,
}

/// What a place holds, as it may be shown.
#[derive(Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) held: Held,
    pub(crate) text: String,
    /// True if a secret was hidden as a whole.
    pub(crate) hidden: bool,
}

/// Hides secrets, and remembers them for as long as one capture takes, to find them elsewhere too.
pub(crate) struct Redactor {
    fingerprints: Fingerprints,
    remembered: Remembered,
    vault: Vault,
}

impl Redactor {
    /// With a key that is drawn anew for each capture.
    pub(crate) fn new(key: [u8; 16]) -> Self {
        Self { fingerprints: Fingerprints::new(key), remembered: Remembered::default(), vault: Vault::default() }
    }

    /// What may be shown of a value and its source text.
    pub(crate) fn show(&mut self, value: &Clear, text: &Sensitive<String>, nature: Nature, written: Written) -> Shown {
        match value {
            Clear::Constant(value) => self.show_constant(value.reveal(), text.reveal(), nature, written),
            Clear::Dynamic => self.show_source(Held::Dynamic, text.reveal(), nature, written),
            Clear::Nothing => self.show_source(Held::Nothing, text.reveal(), nature, written),
        }
    }

    fn show_constant(&mut self, value: &Value, text: &str, nature: Nature, written: Written) -> Shown {
        let evidence = evidence(written);
        let secret = match nature {
            Nature::Secret => !value.is_harmless(),
            Nature::Unknown => value.as_text().is_some_and(|text| self.finds_in_value(text, evidence)),
        };
        if secret {
            self.remember_all(value, evidence);
            let clear = value.to_string();
            let fingerprint = self.fingerprints.of(&clear);
            self.vault.keep(fingerprint, clear);
            return Shown { held: Held::Secret(fingerprint), text: HIDDEN.to_owned(), hidden: true };
        }
        // `"" if DEBUG else "hunter2"` folds to what is harmless, and its source is not.
        if nature == Nature::Secret && self.remember_literals(text, value.as_text()) {
            return Shown { text: value.to_json(), held: Held::Constant(value.clone()), hidden: false };
        }
        match self.without_inner_secrets(value, evidence) {
            Some(open) => Shown { text: open.to_string(), held: Held::Constant(open), hidden: false },
            None if self.finds_secrets(text, written, evidence) => {
                Shown { text: value.to_string(), held: Held::Constant(value.clone()), hidden: false }
            }
            None => Shown { text: text.to_owned(), held: Held::Constant(value.clone()), hidden: false },
        }
    }

    /// Source that was not folded may hold a literal secret anywhere, so that a secret's source is shown only if
    /// there is no literal text in it.
    fn show_source(&mut self, held: Held, text: &str, nature: Nature, written: Written) -> Shown {
        let may_hold_one = match (nature, written) {
            (Nature::Secret, Written::Code) => self.remember_literals(text, None),
            (Nature::Secret, Written::Deployment) => !text.is_empty(),
            (Nature::Unknown, Written::Code | Written::Deployment) => false,
        };
        let hidden = self.finds_secrets(text, written, evidence(written)) || may_hold_one;
        Shown { held, text: if hidden { HIDDEN.to_owned() } else { text.to_owned() }, hidden }
    }

    /// True if there are literals in the source besides what it folds to. Any of them may be the secret.
    fn remember_literals(&mut self, source: &str, folded: Option<&str>) -> bool {
        let texts = literals(source).into_iter().map(|range| &source[range]);
        let texts: Vec<&str> = texts.filter(|text| !text.is_empty() && folded != Some(*text)).collect();
        texts.iter().for_each(|text| self.remembered.add(text, Evidence::Guessed));
        !texts.is_empty()
    }

    /// True if the text alone shows that there are secrets in it, which are then remembered.
    fn finds_secrets(&mut self, text: &str, written: Written, evidence: Evidence) -> bool {
        let secrets = secrets_in(text, written);
        secrets.iter().for_each(|secret| self.remembered.add(&text[secret.clone()], evidence));
        !secrets.is_empty()
    }

    /// The same for the text of a value, in which every word is literal.
    fn finds_in_value(&mut self, text: &str, evidence: Evidence) -> bool {
        self.finds_secrets(text, Written::Deployment, evidence)
    }

    /// A list or mapping with the secrets in it hidden; `None` if there are none.
    fn without_inner_secrets(&mut self, value: &Value, evidence: Evidence) -> Option<Value> {
        match value {
            Value::Map(pairs) => {
                let mut found = false;
                let open = pairs.iter().map(|(name, item)| {
                    let open = if is_secret_name(name) && !item.is_harmless() {
                        self.remember_all(item, evidence);
                        Some(Value::from(HIDDEN))
                    } else {
                        self.without_inner_secrets(item, evidence)
                    };
                    found |= open.is_some();
                    (name.clone(), open.unwrap_or_else(|| item.clone()))
                });
                let open = open.collect();
                found.then_some(Value::Map(open))
            }
            Value::List(items) => {
                let mut found = false;
                let mut option = None;
                let open = items.iter().map(|item| {
                    let open = self.without_option_s_secret(option, item, evidence);
                    let open = open.or_else(|| self.without_inner_secrets(item, evidence));
                    option = item.as_text();
                    found |= open.is_some();
                    open.unwrap_or_else(|| item.clone())
                });
                let open = open.collect();
                found.then_some(Value::List(open))
            }
            Value::Text(text) if self.finds_in_value(text, evidence) => Some(Value::from(HIDDEN)),
            Value::Text(_) | Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => None,
        }
    }

    /// The item of a list behind one that is an option, `["--api-key", "hunter2"]`, without its secret.
    fn without_option_s_secret(&mut self, option: Option<&str>, item: &Value, evidence: Evidence) -> Option<Value> {
        let value = item.to_string();
        let secret = secret_of_option(option?, &value).filter(|_| !item.is_harmless())?;
        self.remembered.add(&value[secret.clone()], evidence);
        let mut open = value;
        open.replace_range(secret, HIDDEN);
        Some(Value::Text(open))
    }

    /// Finds in sentences and values what was hidden so far, in a site whose defaults have these names.
    pub(crate) fn scrubber<'n>(self, names: impl Iterator<Item = &'n str>) -> Scrubber {
        self.remembered.scrubber(names, self.fingerprints)
    }

    /// The URLs that were hidden so far.
    pub(crate) fn take_vault(&mut self) -> Vault {
        std::mem::take(&mut self.vault)
    }

    /// Of a secret mapping, what stands under a name that is not a secret's may be a host or a user.
    fn remember_all(&mut self, value: &Value, evidence: Evidence) {
        match value {
            Value::Text(_) if value.is_harmless() => {}
            Value::Text(text) => {
                self.remembered.add(text, evidence);
                // A sentence may quote the password of a URL and not the URL.
                self.finds_in_value(text, evidence);
            }
            Value::List(items) => items.iter().for_each(|item| self.remember_all(item, evidence)),
            Value::Map(pairs) => pairs.iter().for_each(|(name, item)| {
                self.remember_all(item, if is_secret_name(name) { evidence } else { Evidence::Guessed });
            }),
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => {}
        }
    }
}

fn evidence(written: Written) -> Evidence {
    match written {
        Written::Code => Evidence::Coded,
        Written::Deployment => Evidence::Set,
    }
}

/// Makes fingerprints with the key of one capture.
#[derive(Clone, Copy)]
pub(crate) struct Fingerprints {
    key: (u64, u64),
}

impl Fingerprints {
    fn new(key: [u8; 16]) -> Self {
        let (high, low) = key.split_at(8);
        let word = |bytes: &[u8]| bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        Self { key: (word(high), word(low)) }
    }

    /// `SipHash` is what std offers for hashing with a key of one's own.
    #[expect(deprecated, reason = "the hasher that replaces it takes no key")]
    fn of(self, clear: &str) -> Fingerprint {
        let mut hasher = std::hash::SipHasher::new_with_keys(self.key.0, self.key.1);
        hasher.write(clear.as_bytes());
        Fingerprint { hash: hasher.finish(), backend: Backend::of_url(clear) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: impl Into<Value>, text: &str, nature: Nature) -> Shown {
        Redactor::new([7; 16]).show(&Clear::from(value.into()), &Sensitive::new(text.to_owned()), nature, Written::Code)
    }

    #[test]
    fn a_secret_is_hidden_and_a_harmless_value_of_its_name_is_not() {
        let secret = shown("hunter2", "\"hunter2\"", Nature::Secret);
        assert!(matches!(secret.held, Held::Secret(_)) && secret.text == "***" && secret.hidden);
        let unset = shown("", "\"\"", Nature::Secret);
        assert_eq!((unset.held, unset.text.as_str()), (Held::Constant(Value::from("")), "\"\""));
    }

    #[test]
    fn the_fingerprint_tells_whether_two_places_agree_and_depends_on_the_key() {
        let [one, two] = [1, 2].map(|key| Fingerprints::new([key; 16]));
        assert_eq!(one.of("hunter2"), one.of("hunter2"));
        assert_ne!(one.of("hunter2"), one.of("hunter3"));
        assert_ne!(one.of("hunter2"), two.of("hunter2"));
    }

    #[test]
    fn secrets_inside_a_structure_are_hidden_alone() {
        let json = r#"{"default": {"NAME": "shop", "PASSWORD": "hunter2", "OPTIONS": ["--api-key", "hunter2"]}}"#;
        let value: Value = serde_json::from_str::<serde_json::Value>(json).unwrap().into();
        let shown = shown(value, json, Nature::Unknown);
        let open = r#"{"default":{"NAME":"shop","OPTIONS":["--api-key","***"],"PASSWORD":"***"}}"#;
        assert_eq!(serde_json::to_string(&shown.held).unwrap(), open);
        assert_eq!((shown.text.as_str(), shown.hidden), (open, false));
    }

    #[test]
    fn a_hidden_url_tells_the_kind_of_its_server() {
        let url = shown("mysql+pymysql://shop:hunter2@db/shop", "url", Nature::Unknown).held;
        assert!(matches!(url, Held::Secret(_)) && url.backend() == Some(Backend::MySql));
        assert_eq!(shown("hunter://2@db/shop", "key", Nature::Secret).held.backend(), None);
    }

    #[test]
    fn a_sentence_loses_the_secrets_that_were_hidden() {
        let mut redactor = Redactor::new([7; 16]);
        let url = Clear::from(Value::from("postgres://shop:hunter2@db/shop"));
        redactor.show(&url, &Sensitive::new(String::new()), Nature::Unknown, Written::Deployment);
        let scrubber = redactor.scrubber(std::iter::empty());
        assert_eq!(scrubber.scrub("bad line `x hunter2 y`").as_deref(), Some("bad line `x *** y`"));
        assert_eq!(scrubber.scrub("a good line"), None);
    }
}
