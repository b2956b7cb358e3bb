//! Any bytes as Caddyfiles that import each other: whatever is written lies in its file, and the ways of requests and
//! what is in force on them are known.

#![no_main]

use libfuzzer_sys::fuzz_target;
use setpoint_formats::Files;
use setpoint_formats::caddyfile::Configuration;
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
        Some(Path::new("/etc/caddy").join(included))
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

    let (configuration, _) = Configuration::read(Path::new("/etc/caddy/0"), &Memory(files));
    for node in configuration.nodes() {
        let line = configuration.line(node);
        for token in std::iter::once(&line.name).chain(&line.arguments) {
            assert!(token.span.start < token.span.end && token.span.end <= configuration.file(token).text.len());
        }
        assert!(configuration.children(Some(node)).all(|child| configuration.parent(child) == Some(node)));
    }
    for way in configuration.ways().iter().take(64) {
        drop(configuration.matchers(way));
        for given in configuration.in_force(way) {
            assert!(configuration.line(given.node).arguments.get(given.arguments).is_some());
        }
        way.destinations.iter().for_each(|destination| drop(destination.to_string()));
    }
});
