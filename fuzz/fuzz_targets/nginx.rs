//! Any bytes as nginx files that include each other: spans lie in their texts, a word is read back as it is written,
//! and what is in force is known everywhere.

#![no_main]

use libfuzzer_sys::fuzz_target;
use setpoint_formats::Files;
use setpoint_formats::nginx::{Configuration, Token, parse, written};
use setpoint_model::{Problem, Retry};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Parts the files of one input; the first is the main file and the others are called `1`, `2`, ...
const NEXT_FILE: &[u8] = b"\n#FILE\n";

struct Memory<'a>(Vec<&'a [u8]>);

impl Files for Memory<'_> {
    fn read(&self, path: &Path) -> Result<Vec<u8>, Box<Problem>> {
        let file = path.file_name().and_then(|name| name.to_str()?.parse::<usize>().ok());
        let text = file.and_then(|file| self.0.get(file)).map(|text| text.to_vec());
        text.ok_or_else(|| Box::new(Problem::machine("there is none", "a file", Retry::SafeOnceMended)))
    }

    fn list(&self, _folder: &Path) -> Vec<OsString> {
        (0..self.0.len()).map(|file| file.to_string().into()).collect()
    }

    fn locate(&self, included: &Path, _from: &Path) -> Option<PathBuf> {
        Some(Path::new("/etc/nginx").join(included))
    }

    fn shown(&self, path: &Path) -> String {
        path.display().to_string()
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut files = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(NEXT_FILE.len()).position(|window| window == NEXT_FILE) {
        files.push(&rest[..at]);
        rest = &rest[at + NEXT_FILE.len()..];
    }
    files.push(rest);

    for text in &files {
        let (tree, complaints) = parse(text);
        let words = tree.directives().iter().flat_map(|directive| {
            assert!(directive.span.start < directive.span.end && directive.span.end <= text.len());
            std::iter::once(&directive.name).chain(&directive.arguments)
        });
        words.for_each(|word| is_read_back(word, text));
        assert!(complaints.iter().all(|complaint| complaint.span.end <= text.len()));
    }

    let (configuration, _) = Configuration::read(Path::new("/etc/nginx/0"), &Memory(files));
    for route in configuration.routes() {
        drop(configuration.in_force(route.block));
        route.destinations.iter().for_each(|destination| drop(destination.address.to_string()));
    }
    for node in configuration.nodes().take(64) {
        drop(configuration.in_force(Some(node)));
        drop(configuration.place(node, configuration.directive(node).span));
    }
});

fn is_read_back(word: &Token, text: &[u8]) {
    assert!(word.span.start < word.span.end && word.span.end <= text.len());
    let again = [b"a ".as_slice(), &written(&word.value), b";"].concat();
    let (tree, _) = parse(&again);
    assert_eq!(tree.directives()[0].arguments[0].value, word.value);
}
