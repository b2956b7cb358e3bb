use super::{Fingerprints, Scrubber};
use setpoint_model::name_words;
use std::collections::{BTreeMap, HashSet};

/// A shorter secret is not looked for: it would be found in ordinary words.
const SHORTEST: usize = 4;
/// A guess that is shorter is more likely the name of a protocol or a codec, such as `sha256`.
const SHORTEST_GUESS: usize = 8;

/// What makes a text a secret, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// It is a literal somewhere in the source of a secret's value, which only running the code tells.
    Guessed,
    /// The code says it: the default of a secret, the password of a URL.
    Coded,
    /// A deployment sets it.
    Set,
}

/// The secrets that were hidden in their own place, to be looked for everywhere else: a password may be repeated in a
/// command line, a list, a description.
///
/// The same word may also stand there in its own right, so that hiding it would hide what the site is set to, and
/// tell that the password is that very word. Which of them are looked for depends on what made them secrets:
///
/// - What a deployment sets is looked for, except a plain word (letters alone) of which the site's own names are made:
///   with `POSTGRES_PASSWORD=postgres`, whoever sees the names has seen the word.
/// - What code says is looked for, unless it is worded like a name: `development`, `shop.auth.Backend`,
///   `SHOP_SECRET_KEY`. A fallback of that kind is there to be replaced, and no secret.
/// - A literal in source that was not folded may be the secret or anything else (`os.getenv("X") or "localhost"`). It is
///   looked for only where it looks like one that was made up: at least eight characters, letters and digits
///   together between its punctuation (`hunter2-of-code`, `9f86d081884c`), and no name. `localhost`, `redis:6379` and
///   `eu-west-1` are none.
///
/// What is shorter than four characters is never looked for.
#[derive(Default)]
pub(super) struct Remembered {
    secrets: BTreeMap<String, Evidence>,
}

impl Remembered {
    pub(super) fn add(&mut self, secret: &str, evidence: Evidence) {
        if secret.len() >= SHORTEST {
            let known = self.secrets.entry(secret.to_owned()).or_insert(evidence);
            *known = evidence.max(*known);
        }
    }

    /// Finds them, in a site whose defaults have these names.
    pub(super) fn scrubber<'n>(self, names: impl Iterator<Item = &'n str>, fingerprints: Fingerprints) -> Scrubber {
        let words: HashSet<String> = names.flat_map(name_words).collect();
        let worth = |(secret, evidence): (String, Evidence)| is_looked_for(&secret, evidence, &words).then_some(secret);
        let secrets: Vec<String> = self.secrets.into_iter().filter_map(worth).collect();
        Scrubber::new(&secrets, fingerprints)
    }
}

fn is_looked_for(secret: &str, evidence: Evidence, words: &HashSet<String>) -> bool {
    match evidence {
        Evidence::Set => !is_plain_word(secret) || !words.contains(&secret.to_uppercase()),
        Evidence::Coded => !is_name(secret),
        Evidence::Guessed => secret.len() >= SHORTEST_GUESS && is_made_up(secret) && !is_name(secret),
    }
}

fn is_plain_word(text: &str) -> bool {
    text.chars().all(char::is_alphabetic)
}

/// A word, a dotted path of Python's names, or a variable's name in capitals.
fn is_name(text: &str) -> bool {
    let in_capitals = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    let is_path = |text: &str| {
        text.split('.')
            .all(|name| !name.is_empty() && name.chars().all(|letter| letter.is_alphabetic() || letter == '_'))
    };
    is_path(text) || (text.contains('_') && text.chars().all(in_capitals))
}

/// Letters and digits in one run, and nothing that only sentences and templates have.
fn is_made_up(text: &str) -> bool {
    let is_mixed =
        |run: &str| run.contains(|letter: char| letter.is_ascii_digit()) && run.contains(char::is_alphabetic);
    let is_sentence = text.contains(|letter: char| letter.is_whitespace() || matches!(letter, '{' | '}'));
    !is_sentence && text.split(|letter: char| !letter.is_alphanumeric()).any(is_mixed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn what_is_looked_for_by_what_made_it_a_secret() {
        let words = HashSet::from(["POSTGRES".to_owned(), "SHOP".to_owned()]);
        let mut shown = String::new();
        for secret in [
            "hunter2",
            "hunter2-of-code",
            "9f86d081884c7d659a2f",
            "correct horse battery",
            "change-me-please",
            "swordfish",
            "postgres",
            "development",
            "localhost",
            "127.0.0.1",
            "redis:6379",
            "eu-west-1",
            "sha256",
            "shop.auth.Backend",
            "SHOP_S3_SECRET_KEY",
            "no S3 key: {name}",
        ] {
            let by = [(Evidence::Set, "set"), (Evidence::Coded, "coded"), (Evidence::Guessed, "guessed")];
            let by = by.iter().filter(|(evidence, _)| is_looked_for(secret, *evidence, &words)).map(|(_, word)| *word);
            shown.push_str(format!("{secret:22} {}", by.collect::<Vec<_>>().join(" ")).trim_end());
            shown.push('\n');
        }
        assert_snapshot!(shown, @r#"
        hunter2                set coded
        hunter2-of-code        set coded guessed
        9f86d081884c7d659a2f   set coded guessed
        correct horse battery  set coded
        change-me-please       set coded
        swordfish              set
        postgres
        development            set
        localhost              set
        127.0.0.1              set coded
        redis:6379             set coded
        eu-west-1              set coded
        sha256                 set coded
        shop.auth.Backend      set
        SHOP_S3_SECRET_KEY     set
        no S3 key: {name}      set coded
        "#);
    }
}
