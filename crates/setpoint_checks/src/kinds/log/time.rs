//! The time that a line of a log bears, in the forms that services of this kind write.

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::{Timestamp, Zoned};
use regex::bytes::{Captures, Regex};
use std::sync::LazyLock;

/// A time stands at the beginning of a line; behind this many bytes it is something else.
const LATEST_START: usize = 200;

/// What a form looks like, and how what was found is read.
type Form = (LazyLock<Regex>, fn(&Captures<'_>, &Zoned) -> Option<Timestamp>);

static FORMS: [Form; 4] = [
    // ISO 8601 as structured logs write it, and Python's `logging` with its comma; without a zone it is the machine's.
    (
        LazyLock::new(|| pattern(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d+)?( ?Z| ?[+-]\d\d:?\d\d)?")),
        |found, now| {
            let local = civil("%Y-%m-%d %H:%M:%S", &format!("{} {}", text(found, 1)?, text(found, 2)?))?;
            match text(found, 3).map(str::trim) {
                None => in_zone_of(now, local),
                Some("Z") => local.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp()),
                Some(offset) => with_offset(local, offset),
            }
        },
    ),
    // nginx's access log: `[26/Nov/2026:15:22:16 +0000]`.
    (LazyLock::new(|| pattern(r"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d) ([+-]\d{4})\]")), |found, _| {
        with_offset(civil("%d/%b/%Y:%H:%M:%S", text(found, 1)?)?, text(found, 2)?)
    }),
    // nginx's error log: `2026/11/26 15:22:16`, in the machine's zone.
    (LazyLock::new(|| pattern(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)")), |found, now| {
        in_zone_of(now, civil("%Y/%m/%d %H:%M:%S", text(found, 1)?)?)
    }),
    // syslog of old (RFC 3164): `Nov 26 15:22:16`, without a year; a day that is still to come was last year's.
    (LazyLock::new(|| pattern(r"^([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d)")), |found, now| {
        let (month, day, time) = (text(found, 1)?, text(found, 2)?, text(found, 3)?);
        let in_year =
            |year: i16| in_zone_of(now, civil("%Y %b %d %H:%M:%S", &format!("{year:04} {month} {day:0>2} {time}"))?);
        let this_year = in_year(now.year());
        let tomorrow = now.timestamp() + jiff::SignedDuration::from_hours(24);
        this_year.filter(|time| *time <= tomorrow).or_else(|| in_year(now.year() - 1))
    }),
];

/// When a line was written, if it says so.
pub(super) fn of_line(line: &[u8], now: &Zoned) -> Option<Timestamp> {
    let beginning = &line[..line.len().min(LATEST_START)];
    FORMS.iter().find_map(|(pattern, read)| read(&pattern.captures(beginning)?, now))
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of this file")
}

fn text<'f>(found: &Captures<'f>, number: usize) -> Option<&'f str> {
    std::str::from_utf8(found.get(number)?.as_bytes()).ok()
}

fn civil(format: &str, text: &str) -> Option<DateTime> {
    strtime::parse(format, text).ok()?.to_datetime().ok()
}

fn in_zone_of(now: &Zoned, local: DateTime) -> Option<Timestamp> {
    local.to_zoned(now.time_zone().clone()).ok().map(|zoned| zoned.timestamp())
}

/// `+0200` or `+02:00`.
fn with_offset(local: DateTime, offset: &str) -> Option<Timestamp> {
    let digits = offset.get(1..)?.replace(':', "");
    let (hours, minutes): (i32, i32) = (digits.get(..2)?.parse().ok()?, digits.get(2..4)?.parse().ok()?);
    let seconds = (hours * 60 + minutes) * 60;
    let signed = if offset.starts_with('-') { -seconds } else { seconds };
    jiff::tz::Offset::from_seconds(signed).ok()?.to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use super::of_line;

    #[test]
    fn times_as_services_write_them() {
        let now: jiff::Zoned = "2026-11-26T12:00:00+01:00[Europe/Berlin]".parse().unwrap();
        let told = |line: &str| of_line(line.as_bytes(), &now).map(|time| time.to_string()).unwrap_or_default();
        assert_eq!(told(r#"{"time": "2026-11-26T10:00:00.123Z"}"#), "2026-11-26T10:00:00Z");
        assert_eq!(told("2026-11-26T10:00:00+02:00 shop: up"), "2026-11-26T08:00:00Z");
        assert_eq!(told("2026-11-26 11:30:00,250 INFO shop"), "2026-11-26T10:30:00Z");
        assert_eq!(told("[2026-11-26 11:30:00 +0100] [812] [INFO] Booting worker"), "2026-11-26T10:30:00Z");
        assert_eq!(told(r#"::1 - - [26/Nov/2026:11:30:00 +0100] "GET / HTTP/1.1" 200"#), "2026-11-26T10:30:00Z");
        assert_eq!(told("2026/11/26 11:30:00 [error] 812#812: *1"), "2026-11-26T10:30:00Z");
        assert_eq!(told("Nov  6 11:30:00 vps shop[812]: up"), "2026-11-06T10:30:00Z");
        assert_eq!(told("Dec 31 11:30:00 vps shop[812]: up"), "2025-12-31T10:30:00Z");
        assert_eq!(told("    raise ValueError"), "");
        assert_eq!(told("2026-13-45 99:99:99 never"), "");
    }
}
