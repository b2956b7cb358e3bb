//! Comparing what came with what is expected. The sentences that several kinds need stand here.

mod json;

pub(crate) use json::{json, stable};

use crate::refusal::no_pattern;
use setpoint_model::register::{Comparison, ExpectedText};
use setpoint_model::{Failure, Reason, Value};
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
            Err(_) => return Some(no_pattern(pattern)),
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

/// What is wrong with a value, if something is; `is_same` says when two are the same.
pub(crate) fn comparison(
    what: &str,
    came: &Value,
    wanted: &Comparison,
    is_same: &dyn Fn(&Value) -> bool,
) -> Option<Failure> {
    let number = || match came {
        #[expect(clippy::cast_precision_loss, reason = "a limit is no more exact than that")]
        Value::Integer(whole) => Some(*whole as f64),
        Value::Float(float) => Some(*float),
        Value::Text(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
    };
    // What is no number is neither large nor small enough.
    let is_within = |limit: Option<f64>, holds: fn(f64, f64) -> bool| {
        limit.is_none_or(|limit| number().is_some_and(|number| holds(number, limit)))
    };
    let holds = wanted.equals.as_ref().is_none_or(is_same)
        && is_within(wanted.at_least, |number, least| number >= least)
        && is_within(wanted.at_most, |number, most| number <= most);
    (!holds).then(|| {
        let message = format!("{what} is `{}`", quoted(&came.to_string()));
        Failure::new(Reason::WrongValue, message, comparison_in_words(wanted))
    })
}

/// What is expected of a value, for a person.
pub(crate) fn comparison_in_words(wanted: &Comparison) -> String {
    let equals = wanted.equals.as_ref().map(|value| format!("`{value}`"));
    let least = wanted.at_least.map(|least| format!("{least} or more"));
    let most = wanted.at_most.map(|most| format!("{most} or less"));
    [equals, least, most].into_iter().flatten().collect::<Vec<_>>().join(", ")
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
