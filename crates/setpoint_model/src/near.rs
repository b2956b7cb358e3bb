/// The candidates that `name` was most likely meant to be, the nearest first, equals in their order: at most one letter
/// in four wrong, three at most, whatever the case.
pub fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let limit = (name.chars().count() / 4).clamp(1, 3);
    let name = name.to_lowercase();
    let distance = |candidate: &str| strsim::damerau_levenshtein(&name, &candidate.to_lowercase());
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// The nearest of them.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    near(name, candidates).into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::{near, nearest};

    #[test]
    fn two_letters_swapped_are_near_and_another_word_is_not() {
        let names = ["SHOP_POOL_SIZE", "SHOP_POOL_TIMEOUT", "PORT"];
        assert_eq!(nearest("SHOP_POOL_SZIE", names), Some("SHOP_POOL_SIZE"));
        assert_eq!(nearest("SHOP_POOL_AGE", names), Some("SHOP_POOL_SIZE"));
        assert_eq!(nearest("HOST", names), None);
    }

    #[test]
    fn the_nearest_comes_first_whatever_the_case() {
        assert_eq!(nearest("Time_out", ["status", "timeout", "within"]), Some("timeout"));
        assert_eq!(near("SHOP_SIZE", ["SHOP_SIDES", "SHOP_SIZES"]), ["SHOP_SIZES", "SHOP_SIDES"]);
    }
}
