use super::{Pattern, Shape};
use crate::node::Node;
use crate::report::Report;
use serde_json::{Value as Json, json};
use std::time::Duration;

/// A span of time: `300ms`, `20m`, `1h30m`. It is never nothing.
pub(crate) struct Time;

const TIME: Pattern = Pattern {
    pattern: "^(?:[1-9][0-9]{0,8}(?:ms|s|m|h|d))+$",
    expected: "a time such as \"300ms\", \"20m\" or \"1h30m\" (units `ms`, `s`, `m`, `h`, `d`)",
};

impl Shape for Time {
    type Read = Duration;

    fn expected(&self) -> String {
        TIME.expected()
    }

    fn schema(&self) -> Json {
        TIME.schema()
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<Duration> {
        TIME.read(node, report).map(|text| duration(&text))
    }
}

/// The sum of the parts of a text that matches the pattern.
fn duration(text: &str) -> Duration {
    let mut sum = Duration::ZERO;
    let mut rest = text;
    while let Some(unit) = rest.find(|letter: char| !letter.is_ascii_digit()) {
        let number: u64 = rest[..unit].parse().unwrap_or(0);
        let next = rest[unit..].find(|letter: char| letter.is_ascii_digit()).map_or(rest.len(), |at| unit + at);
        let part = match &rest[unit..next] {
            "ms" => Duration::from_millis(number),
            "s" => Duration::from_secs(number),
            "m" => Duration::from_secs(number * 60),
            "h" => Duration::from_secs(number * 60 * 60),
            _days => Duration::from_secs(number * 60 * 60 * 24),
        };
        sum = sum.saturating_add(part);
        rest = &rest[next..];
    }
    sum
}

/// A day of the calendar. TOML has dates, JSON has none, and so a text in the same form is taken, too.
pub(crate) struct Day;

impl Shape for Day {
    type Read = jiff::civil::Date;

    fn expected(&self) -> String {
        "a day, `2027-03-01`".to_owned()
    }

    fn schema(&self) -> Json {
        json!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<Self::Read> {
        let text = crate::value::read(node.value);
        let text = text.as_text().unwrap_or_default();
        let day = report.matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", text).then(|| text.parse().ok()).flatten();
        if day.is_none() {
            report.wrong(node, self.expected());
        }
        day
    }
}

/// One field of crontab(5): `*`, a number, a range, with a step, or several of them.
macro_rules! cron_field {
    ($unit:literal) => {
        concat!(cron_field!(@part $unit), "(?:,", cron_field!(@part $unit), ")*")
    };
    (@part $unit:literal) => {
        concat!(r"(?:\*|(?:", $unit, ")(?:-(?:", $unit, "))?)(?:/[1-9][0-9]?)?")
    };
}

/// The five fields of crontab(5): minute, hour, day of the month, month, day of the week. Names of months and
/// days are written like `jan`, `Jan` or `JAN`.
pub(crate) const CRON: Pattern = Pattern {
    pattern: concat!(
        "^",
        cron_field!("[0-5]?[0-9]"),
        r"[ \t]+",
        cron_field!("[01]?[0-9]|2[0-3]"),
        r"[ \t]+",
        cron_field!("0?[1-9]|[12][0-9]|3[01]"),
        r"[ \t]+",
        cron_field!(
            "0?[1-9]|1[0-2]|[Jj](?:an|AN|un|UN|ul|UL)|[Ff](?:eb|EB)|[Mm](?:ar|AR|ay|AY)|[Aa](?:pr|PR|ug|UG)|[Ss](?:ep|EP)|[Oo](?:ct|CT)|[Nn](?:ov|OV)|[Dd](?:ec|EC)"
        ),
        r"[ \t]+",
        cron_field!("[0-7]|[Ss](?:un|UN|at|AT)|[Mm](?:on|ON)|[Tt](?:ue|UE|hu|HU)|[Ww](?:ed|ED)|[Ff](?:ri|RI)"),
        "$"
    ),
    expected: "five fields of cron: minute, hour, day of the month, month and day of the week, such as `0 3 * * *`",
};

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn parts_are_added() {
        assert_eq!(duration("300ms"), Duration::from_millis(300));
        assert_eq!(duration("1h30m"), Duration::from_mins(90));
        assert_eq!(duration("14d"), Duration::from_hours(14 * 24));
    }
}
