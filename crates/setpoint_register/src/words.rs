//! How names are written in sentences, and which one was meant.

/// `` `http`, `tcp`, `tls` ``
pub(crate) fn listed<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The word that was most likely meant; `None` if nothing is near.
pub(crate) fn nearest<'w>(typed: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    // One slip in three letters still reads as the same word.
    let slips = (typed.chars().count() / 3).max(1);
    words
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&typed.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= slips)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// A doc comment as a paragraph.
pub(crate) fn sentence(comment: &str) -> String {
    comment.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let words = ["status", "timeout", "within"];
        assert_eq!(nearest("statsu", words), Some("status"));
        assert_eq!(nearest("Time_out", words), Some("timeout"));
        assert_eq!(nearest("body", words), None);
    }
}
