/// True if the pattern, in which `*` stands for anything, covers the path. Of another pattern in the place of the path it
/// says whether that covers nothing else: a `*` there is covered by a `*` alone, and so is whatever it stands for.
pub(super) fn covers(pattern: &str, path: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == path };
    let Some(mut left) = path.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').map_or((None, rest), |(middle, last)| (Some(middle), last));
    for part in middle.into_iter().flat_map(|middle| middle.split('*')) {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_star_stands_for_anything_and_nothing() {
        let covered = [("/a", "/a"), ("/a/*", "/a/"), ("/a/*", "/a/b/c"), ("*", "/"), ("/*.css", "/a/b.css")];
        assert!(covered.iter().all(|(pattern, path)| covers(pattern, path)));
        assert!(covers("/a*b*c*d", "/abbxcbcd") && covers("/**", "/x") && covers("/a*a", "/aa"));
        let others = [("/a", "/a/"), ("/a/*", "/a"), ("/a*a", "/a"), ("/*.css", "/a.css/"), ("/a*b*c", "/acb")];
        assert!(!others.iter().any(|(pattern, path)| covers(pattern, path)));
    }

    #[test]
    fn a_pattern_covers_another_if_it_covers_all_that_it_covers() {
        assert!(covers("/a/*", "/a/b/*") && covers("*", "/a*b") && covers("/a/*", "/a/*") && covers("/*/*", "/*/x/*"));
        assert!(!covers("/a/b/*", "/a/*") && !covers("/a/*.css", "/a/*") && !covers("/a", "/a*"));
    }
}
