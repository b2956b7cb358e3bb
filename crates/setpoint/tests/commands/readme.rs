//! What the README shows is what the binary says.

use crate::empty;
use std::path::{Path, PathBuf};

/// A command that the README shows, and the lines below it; `…` alone on a line stands for any lines.
struct Shown<'a> {
    command: &'a str,
    lines: Vec<&'a str>,
}

#[test]
fn every_transcript_is_what_the_binary_prints() {
    let readme = repository().join("README.md");
    #[expect(clippy::disallowed_methods, reason = "the README is this test's input")]
    let readme = std::fs::read_to_string(readme).unwrap();
    let transcripts = transcripts(&readme);
    assert_eq!(transcripts.len(), 2, "the README shows two commands with their output");
    // A copy, whose virtual environment the transcripts do not depend on.
    let shop = empty().folder(&repository().join("examples/shop"));
    for Shown { command, lines } in transcripts {
        let said = shop.run(command);
        let mut rest: Vec<&str> = said.stdout.lines().collect();
        let mut skips = false;
        for line in lines {
            if line == "…" || (skips && line.is_empty()) {
                skips = true;
                continue;
            }
            let at = rest.iter().position(|other| *other == line);
            let at = at
                .unwrap_or_else(|| panic!("the README shows a line that `setpoint {command}` does not print:\n{line}"));
            assert!(skips || at == 0, "`setpoint {command}` prints this where the README shows `{line}`:\n{}", rest[0]);
            rest.drain(..=at);
            skips = false;
        }
        assert!(skips || rest.is_empty(), "`setpoint {command}` goes on with:\n{}", rest.join("\n"));
    }
}

fn transcripts(readme: &str) -> Vec<Shown<'_>> {
    let blocks = readme.split("```console\n").skip(1).filter_map(|block| block.split("\n```").next());
    let shown = blocks.map(|block| {
        let (first, output) = block.split_once('\n').unwrap_or((block, ""));
        let command = first.rsplit("setpoint ").next().unwrap_or(first);
        Shown { command, lines: output.lines().collect() }
    });
    shown.collect()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository around the crate")
}
