use crate::sources;

/// A file that is longer than this without its tests is two things.
const LONGEST: usize = 400;
/// Names that gather what has no home.
const DRAWERS: [&str; 6] = ["common", "core", "misc", "shared", "util", "utils"];

/// The lines before the file's tests.
fn lines_without_tests(text: &str) -> usize {
    let is_tests = |(number, line): &(usize, &str)| {
        *line == "#[cfg(test)]" && text.lines().nth(number + 1).is_some_and(|next| next.ends_with('{'))
    };
    text.lines().enumerate().find(is_tests).map_or_else(|| text.lines().count(), |(number, _)| number)
}

/// True if the file says what it is: by a head of its own, or by the documentation of the first thing in it. An
/// implementation is named by what it implements, and `documented!` does not compile without a comment.
fn says_what_it_is(text: &str) -> bool {
    const SILENT: [&str; 7] = ["use ", "mod ", "pub use ", "pub mod ", "    ", "}", "#"];
    const SAYS: [&str; 3] = ["//", "impl ", "documented! {"];
    let first = text.lines().find(|line| !line.is_empty() && !SILENT.iter().any(|start| line.starts_with(start)));
    first.is_none_or(|line| SAYS.iter().any(|start| line.starts_with(start)))
}

/// A file of the product itself, and not of its tests.
fn is_code(path: &str) -> bool {
    path.contains("/src/") && !path.ends_with("/tests.rs")
}

fn complain(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_file_is_two_things() {
    let sources = sources();
    assert!(sources.len() > 50, "only {} files were found", sources.len());
    let code = sources.iter().filter(|(path, _)| is_code(path));
    let lengths = code.map(|(path, text)| (path, lines_without_tests(text)));
    let long = lengths.filter(|(_, lines)| *lines > LONGEST);
    complain(
        &long
            .map(|(path, lines)| format!("{path} has {lines} lines, at most {LONGEST} without tests"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_file_says_what_it_is() {
    let silent = sources().into_iter().filter(|(path, text)| is_code(path) && !says_what_it_is(text));
    complain(&silent.map(|(path, _)| format!("{path} starts without a word on what it is")).collect::<Vec<_>>());
}

#[test]
fn no_module_is_a_drawer() {
    let is_drawer = |path: &str| path.split(['/', '.']).any(|part| DRAWERS.contains(&part));
    let drawers = sources().into_iter().filter(|(path, _)| is_drawer(path));
    complain(
        &drawers
            .map(|(path, _)| format!("{path} is named after nothing; a helper lives with its first user"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn tests_do_not_count_and_heads_are_seen() {
    assert_eq!(lines_without_tests("a\nb\n#[cfg(test)]\nmod tests {\n}\n"), 2);
    assert_eq!(lines_without_tests("#[cfg(test)]\nmod testing;\na\n"), 3);
    assert!(says_what_it_is("use a::b;\n\n/// A thing.\npub struct Thing;\n"));
    assert!(!says_what_it_is("use a::b;\n\nfn f() {}\n/// A thing.\npub struct Thing;\n"));
}
