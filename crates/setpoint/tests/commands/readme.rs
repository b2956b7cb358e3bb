//! What the README shows is what the binary says.

use crate::{empty, transcript};
use insta::assert_snapshot;

#[test]
fn every_transcript_is_what_the_binary_prints() {
    let transcripts = transcript::of_page("README.md");
    assert_eq!(transcripts.len(), 2, "the README shows two commands with their output");
    // A copy, whose virtual environment the transcripts do not depend on.
    let shop = empty().folder(&transcript::repository().join("examples/shop"));
    for transcript in transcripts {
        transcript.assert_is(&shop.run(&transcript.command).stdout);
    }
}

#[test]
fn the_register_to_copy_is_whole_and_sound() {
    let text = transcript::block_of("README.md", "```toml\n[service]\n");
    let (register, problems) = setpoint_register::load("setpoint.toml", &text);
    assert!(problems.is_empty(), "{problems:?}");
    assert!(register.service.is_some() && register.backup.is_some() && register.release.is_some());
    assert_eq!((register.environments.len(), register.checks.len()), (1, 1));
    // What answers at its URL is the server's; what it says is understood all the same.
    let shop =
        empty().file("setpoint.toml", &text).file("settings.py", "import os\nURL = os.environ['SHOP_DATABASE_URL']\n");
    assert_snapshot!(shop.run("check list"), @"
    exit: 0
    --- stdout
    health  http GET /health
    ");
}
