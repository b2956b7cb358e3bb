use crate::{crates, read, repository};
use std::collections::BTreeSet;

#[test]
fn architecture_has_a_section_for_every_crate_and_no_other() {
    let text = read(&repository().join("ARCHITECTURE.md"));
    let sections = text.lines().filter_map(|line| line.strip_prefix("### `")).filter_map(|line| line.split('`').next());
    let sections: BTreeSet<String> = sections.map(str::to_owned).collect();
    let mut there: BTreeSet<String> = crates().into_iter().collect();
    there.insert("xtask".to_owned());
    assert_eq!(sections, there);
    assert!(text.lines().count() < 200, "ARCHITECTURE.md is read in one sitting");
}

#[test]
fn every_path_that_a_text_names_is_there() {
    for name in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = read(&repository().join(name));
        for path in text.split('`').skip(1).step_by(2).filter(|word| is_path(word)) {
            assert!(repository().join(path).exists(), "{name} names `{path}`, which is not there");
        }
    }
}

/// `crates/setpoint/src/cli.rs`, and not `crates/<name>` or `docs/*.md`.
fn is_path(word: &str) -> bool {
    let starts = ["crates/", "xtask/", "docs/", "examples/", "tests/", "fuzz/"];
    starts.iter().any(|start| word.starts_with(start)) && !word.contains(['<', '*', ' ', '{'])
}

/// Every `setpoint …` that a text shows, in a fenced block or between backticks, is a command that the binary has.
#[test]
fn every_command_that_a_text_shows_is_there() {
    let command = setpoint::command();
    let known: BTreeSet<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let path = repository().join(name);
        if !path.exists() && name == "README.md" {
            continue;
        }
        let text = read(&path);
        for line in text.lines() {
            let shown = line.split('`').skip(1).step_by(2).chain(line.strip_prefix("$ "));
            for word in shown.filter_map(subcommand) {
                assert!(known.contains(word), "{name} shows `setpoint {word}`, which does not exist");
            }
        }
    }
}

/// The command in `sudo setpoint capture --unit shop.service`.
fn subcommand(shown: &str) -> Option<&str> {
    let shown = shown.strip_prefix("sudo ").unwrap_or(shown);
    let word = shown.strip_prefix("setpoint ")?.split_whitespace().find(|word| !word.starts_with('-'))?;
    word.chars().all(|letter| letter.is_ascii_lowercase()).then_some(word)
}
