/// The candidate that `name` was most likely meant to be: at most one letter in four wrong, three at most, whatever
/// the case. The first of equals.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 4).clamp(1, 3);
    let name = name.to_lowercase();
    let distance = |candidate: &str| strsim::damerau_levenshtein(&name, &candidate.to_lowercase());
    candidates
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn two_letters_swapped_are_near_and_another_word_is_not() {
        let names = ["SHOP_POOL_SIZE", "SHOP_POOL_TIMEOUT", "PORT"];
        assert_eq!(nearest("SHOP_POOL_SZIE", names), Some("SHOP_POOL_SIZE"));
        assert_eq!(nearest("SHOP_POOL_AGE", names), Some("SHOP_POOL_SIZE"));
        assert_eq!(nearest("HOST", names), None);
    }
}
