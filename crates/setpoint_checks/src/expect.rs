//! Comparing what came with what is expected. The sentences that several kinds need stand here.

mod json;

pub(crate) use json::json;

use setpoint_model::register::ExpectedText;
use setpoint_model::{Failure, Reason};
use std::time::Duration;

/// More of a value than this is not quoted, in characters.
const LONGEST_QUOTE: usize = 80;

/// What is wrong with a text, if something is.
pub(crate) fn text(what: &str, came: &str, expected: &ExpectedText, reason: Reason) -> Option<Failure> {
    let holds = match expected {
        ExpectedText::Equals(text) => came == text,
        ExpectedText::Contains(text) => came.contains(text),
        ExpectedText::Lacks(text) => !came.contains(text),
        ExpectedText::Matches(pattern) => match regex::Regex::new(pattern) {
            Ok(pattern) => pattern.is_match(came),
            Err(_) => {
                return Some(Failure::new(
                    Reason::NotUnderstood,
                    format!("`{pattern}` is no pattern"),
                    "a regular expression",
                ));
            }
        },
    };
    let message = match expected {
        ExpectedText::Equals(_) | ExpectedText::Contains(_) | ExpectedText::Matches(_) => {
            format!("{what} is `{}`", quoted(came))
        }
        ExpectedText::Lacks(text) => format!("{what} says `{text}`"),
    };
    (!holds).then(|| Failure::new(reason, message, text_in_words(expected)))
}

/// What is expected of a text, for a person.
pub(crate) fn text_in_words(expected: &ExpectedText) -> String {
    match expected {
        ExpectedText::Equals(text) => format!("`{text}`"),
        ExpectedText::Contains(text) => format!("something with `{text}` in it"),
        ExpectedText::Lacks(text) => format!("something without `{text}` in it"),
        ExpectedText::Matches(pattern) => format!("something that the pattern `{pattern}` matches"),
    }
}

/// A failure if something took longer than it may.
pub(crate) fn within(what: &str, limit: Option<Duration>, took: Duration) -> Option<Failure> {
    let limit = limit.filter(|limit| took > *limit)?;
    let message = format!("{what} took {}", duration(took));
    Some(Failure::new(Reason::TooSlow, message, format!("{} at most", duration(limit))))
}

/// A duration for a person: `300 ms`, `1.25 s`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.001 {
        format!("{:.2} ms", seconds * 1000.0)
    } else if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1000.0)
    } else if seconds < 100.0 {
        // No trailing zeros: 10 s are 10 s.
        format!("{seconds:.2}").trim_end_matches('0').trim_end_matches('.').to_owned() + " s"
    } else {
        format!("{seconds:.0} s")
    }
}

/// `HOST:PORT`, the host without the brackets of an IPv6 address.
pub(crate) fn host_and_port(text: &str) -> Result<(&str, u16), Failure> {
    let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let (host, port) =
        parts.ok_or_else(|| Failure::new(Reason::NotUnderstood, format!("`{text}` names no port"), "`HOST:PORT`"))?;
    Ok((host.trim_start_matches('[').trim_end_matches(']'), port))
}

/// The beginning of a text, in one line.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted: String =
        text.chars().take(LONGEST_QUOTE).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if text.chars().nth(LONGEST_QUOTE).is_some() {
        quoted.push('…');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn durations_have_as_many_digits_as_they_are_worth() {
        let written = [250, 300_000, 1_250_000, 10_000_000, 600_000_000].map(|it| duration(Duration::from_micros(it)));
        assert_eq!(written, ["0.25 ms", "300 ms", "1.25 s", "10 s", "600 s"]);
    }
}
