//! What the README shows is what the binary says.

use crate::{empty, transcript};

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
