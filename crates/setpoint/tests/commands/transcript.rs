//! What a page of this repository shows of a command is what the binary prints.

use std::path::{Path, PathBuf};

/// A command that a page shows, and the lines below it; `…` alone on a line stands for any lines.
pub(crate) struct Transcript {
    pub(crate) command: String,
    lines: Vec<String>,
}

impl Transcript {
    /// Panics, naming the line, where this is not what was printed.
    pub(crate) fn assert_is(&self, printed: &str) {
        let Self { command, lines } = self;
        let mut rest: Vec<&str> = printed.lines().collect();
        let mut skips = false;
        for line in lines {
            if line == "…" || (skips && line.is_empty()) {
                skips = true;
                continue;
            }
            let at = rest.iter().position(|other| other == line);
            let at =
                at.unwrap_or_else(|| panic!("the page shows a line that `setpoint {command}` does not print:\n{line}"));
            assert!(skips || at == 0, "`setpoint {command}` prints this where the page shows `{line}`:\n{}", rest[0]);
            rest.drain(..=at);
            skips = false;
        }
        assert!(skips || rest.is_empty(), "`setpoint {command}` goes on with:\n{}", rest.join("\n"));
    }
}

/// The commands that a page shows with their output.
pub(crate) fn of_page(page: &str) -> Vec<Transcript> {
    #[expect(clippy::disallowed_methods, reason = "the page is the test's input")]
    let page = std::fs::read_to_string(repository().join(page)).expect("the page, in UTF-8");
    let blocks = page.split("```console\n").skip(1).filter_map(|block| block.split("\n```").next());
    let shown = blocks.map(|block| {
        let (first, output) = block.split_once('\n').unwrap_or((block, ""));
        let command = first.rsplit("setpoint ").next().unwrap_or(first).to_owned();
        Transcript { command, lines: output.lines().map(str::to_owned).collect() }
    });
    shown.collect()
}

/// The block of a page that begins so, without its fence.
pub(crate) fn block_of(page: &str, begin: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "the page is the test's input")]
    let text = std::fs::read_to_string(repository().join(page)).expect("the page, in UTF-8");
    let at = text.find(begin).unwrap_or_else(|| panic!("`{page}` has no block that begins with `{begin}`"));
    let (_, block) = text[at..].split_once('\n').expect("a line below the fence");
    block.split("```").next().unwrap_or(block).to_owned()
}

/// The one of this command.
pub(crate) fn of_command(page: &str, command: &str) -> Transcript {
    let found = of_page(page).into_iter().find(|transcript| transcript.command == command);
    found.unwrap_or_else(|| panic!("`{page}` shows no `setpoint {command}`"))
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository around the crate")
}
