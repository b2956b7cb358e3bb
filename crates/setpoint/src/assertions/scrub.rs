//! What of an outcome may be shown.

use crate::survey::Survey;
use setpoint_model::{Conclusion, Failure, Outcome, Written, hide_secrets};

/// What came back may repeat a secret of the site, or hold one of its own.
pub(crate) fn scrub(outcome: &mut Outcome, survey: &Survey) {
    for_each_text(outcome, &mut |text| scrub_text(text, survey));
}

/// Does something with each text of an outcome that may say what came back.
pub(super) fn for_each_text(outcome: &mut Outcome, work: &mut dyn FnMut(&mut String)) {
    work(&mut outcome.subject);
    outcome.evidence.iter_mut().for_each(|evidence| work(&mut evidence.text));
    match &mut outcome.conclusion {
        Conclusion::Passed => {}
        Conclusion::Skipped { because } => work(because),
        Conclusion::Failed { failures } => failures.iter_mut().for_each(|failure| for_each_text_of(failure, work)),
    }
}

fn for_each_text_of(failure: &mut Failure, work: &mut dyn FnMut(&mut String)) {
    [&mut failure.message, &mut failure.expected].into_iter().chain(&mut failure.hint).for_each(work);
}

/// The same of one failure.
pub(crate) fn scrub_failure(failure: &mut Failure, survey: &Survey) {
    for_each_text_of(failure, &mut |text| scrub_text(text, survey));
}

/// True if a text says a secret.
pub(crate) fn holds_secret(text: &str, survey: &Survey) -> bool {
    let mut scrubbed = text.to_owned();
    scrub_text(&mut scrubbed, survey);
    scrubbed != text
}

/// The same of a text.
pub(crate) fn scrub_text(text: &mut String, survey: &Survey) {
    if let Some(scrubbed) = survey.scrubber.scrub(text) {
        *text = scrubbed;
    }
    *text = hide_secrets(text, Written::Deployment);
}
