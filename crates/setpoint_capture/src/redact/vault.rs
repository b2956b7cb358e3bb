use crate::Sensitive;
use setpoint_model::{Fingerprint, Held};
use std::collections::HashMap;

/// The URLs of databases and the like that were hidden, for what has to connect to them. Nothing else that is secret is
/// kept, and what is cannot be printed.
#[derive(Debug, Default)]
pub struct Vault {
    by_fingerprint: HashMap<u64, Sensitive<String>>,
}

impl Vault {
    /// Keeps a secret if it is such a URL.
    pub(super) fn keep(&mut self, fingerprint: Fingerprint, clear: String) {
        if fingerprint.backend.is_some() {
            self.by_fingerprint.insert(fingerprint.hash, Sensitive::new(clear));
        }
    }

    /// The URL that a default of this capture holds, be it secret or not; `None` if it holds none. Whoever asks connects
    /// to it, and shows it to nobody.
    pub fn url<'v>(&'v self, held: &'v Held) -> Option<&'v str> {
        held.backend()?;
        match held {
            Held::Constant(value) => value.as_text(),
            Held::Secret(fingerprint) => self.by_fingerprint.get(&fingerprint.hash).map(|url| url.reveal().as_str()),
            Held::Dynamic | Held::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::redact::{Nature, Redactor};
    use crate::{Clear, Sensitive};
    use setpoint_model::{Value, Written};

    #[test]
    fn urls_of_servers_are_kept_and_no_other_secret() {
        let mut redactor = Redactor::new([7; 16]);
        let mut hide = |text: &str| {
            let value = Clear::from(Value::from(text));
            redactor.show(&value, &Sensitive::new(text.to_owned()), Nature::Secret, Written::Deployment).held
        };
        let [database, key, open] =
            ["postgresql://shop:hunter2-of-shop@db/shop", "hunter2-of-key", "sqlite:///shop.db"].map(&mut hide);
        let vault = redactor.take_vault();
        assert_eq!(vault.url(&database), Some("postgresql://shop:hunter2-of-shop@db/shop"));
        assert_eq!(vault.url(&key), None);
        assert_eq!(vault.url(&open), Some("sqlite:///shop.db"));
        assert!(!format!("{vault:?}").contains("hunter2"));
    }
}
