use super::HIDDEN;
use aho_corasick::{AhoCorasick, MatchKind};

/// A shorter secret is hidden only where it is a word of its own.
const LONG_ENOUGH_ANYWHERE: usize = 8;

/// Replaces secrets in sentences, all in one walk over each.
pub(crate) struct Scrubber {
    /// `None` where there is no secret, or more of them than can be looked for.
    secrets: Option<AhoCorasick>,
}

impl Scrubber {
    pub(super) fn new(secrets: &[String]) -> Self {
        // The longest, so that a URL is hidden as a whole and not its password alone.
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(secrets);
        Self { secrets: automaton.ok().filter(|_| !secrets.is_empty()) }
    }

    /// The sentence without secrets; `None` if there are none in it.
    pub(crate) fn scrub(&self, sentence: &str) -> Option<String> {
        let mut scrubbed = String::new();
        let mut done = 0;
        for found in self.secrets.as_ref()?.find_iter(sentence) {
            let (before, after) = (&sentence[..found.start()], &sentence[found.end()..]);
            let neighbours = [before.chars().next_back(), after.chars().next()];
            let alone = !neighbours.into_iter().flatten().any(char::is_alphanumeric);
            if alone || found.len() >= LONG_ENOUGH_ANYWHERE {
                scrubbed.push_str(&sentence[done..found.start()]);
                scrubbed.push_str(HIDDEN);
                done = found.end();
            }
        }
        (done > 0).then(|| scrubbed + &sentence[done..])
    }
}

#[cfg(test)]
mod tests {
    use super::Scrubber;

    #[test]
    fn a_short_secret_is_hidden_as_a_word_and_a_long_one_anywhere() {
        let scrubber = Scrubber::new(&["shop".to_owned(), "correct horse".to_owned()]);
        let sentence = "shopping at `shop`: xcorrect horsex";
        assert_eq!(scrubber.scrub(sentence).as_deref(), Some("shopping at `***`: x***x"));
        assert_eq!(scrubber.scrub("shopping"), None);
    }
}
