//! Time zones by their names, and whether two of them show the same time.

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use std::collections::BTreeSet;

/// Names by which Python code holds UTC without a text.
const UTC_OBJECTS: [&str; 5] = ["pytz.utc", "pytz.UTC", "datetime.timezone.utc", "datetime.UTC", "dateutil.tz.UTC"];

/// A time zone as somebody named it.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    pub(crate) name: String,
    zone: TimeZone,
}

impl Zone {
    /// The zone of `Europe/Berlin`, `:Europe/Berlin` or `CET-1CEST` (tzset(3)), or of a name by which code holds UTC.
    /// `None` for what only the machine knows, a file's path among it. The names are those of the database that comes
    /// with this program, so that nothing is read.
    pub(crate) fn named(text: &str) -> Option<Self> {
        let name = text.trim();
        let name = if UTC_OBJECTS.contains(&name) { "UTC" } else { name.strip_prefix(':').unwrap_or(name) };
        let has_digit = name.contains(|letter: char| letter.is_ascii_digit());
        let rule = || TimeZone::posix(name).ok().filter(|_| has_digit);
        let zone = TimeZoneDatabase::bundled().get(name).ok().or_else(rule)?;
        Some(Self { name: name.to_owned(), zone })
    }

    /// True if it shows the time of UTC in that year.
    pub(crate) fn is_utc(&self, year: Date) -> bool {
        let utc = Self { name: String::new(), zone: TimeZone::UTC };
        self.apart(&utc, year).is_none()
    }

    /// How far the clocks of both are apart in the year of that day, `1 h or 2 h` say; `None` where they never are, as
    /// in Berlin and Paris.
    pub(crate) fn apart(&self, other: &Self, year: Date) -> Option<String> {
        let offset = |zone: &TimeZone, at: Timestamp| i64::from(zone.to_offset(at).seconds());
        let distance = |at| (offset(&self.zone, at) - offset(&other.zone, at)).abs();
        let start = year.first_of_year().at(12, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?.timestamp();
        let days = (0..365).filter_map(|day| start.checked_add((24 * day).hours()).ok());
        let distances: BTreeSet<i64> = days.map(distance).collect();
        let shown: Vec<String> = distances.iter().map(|seconds| shown(*seconds)).collect();
        distances.iter().any(|seconds| *seconds != 0).then(|| shown.join(" or "))
    }
}

fn shown(seconds: i64) -> String {
    let time = SignedDuration::from_secs(seconds);
    match (time.as_hours(), time.as_mins() % 60) {
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::Zone;
    use jiff::civil::date;

    #[test]
    fn how_far_zones_are_apart() {
        let apart = |one: &str, other: &str| {
            let shown = Zone::named(one)?.apart(&Zone::named(other)?, date(2026, 6, 1));
            Some(shown.unwrap_or_else(|| "the same".to_owned()))
        };
        for (one, other, expected) in [
            ("UTC", "Etc/GMT", Some("the same")),
            ("pytz.utc", "UTC0", Some("the same")),
            ("Europe/Berlin", "Europe/Paris", Some("the same")),
            (":Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3", Some("the same")),
            ("Asia/Calcutta", "Asia/Kolkata", Some("the same")),
            ("UTC", "Europe/Berlin", Some("1 h or 2 h")),
            ("UTC", "Europe/London", Some("0 h or 1 h")),
            ("Asia/Kolkata", "UTC", Some("5 h 30 min")),
            ("America/New_York", "Europe/Berlin", Some("5 h or 6 h")),
            // What glibc makes of it only the machine knows.
            ("UTC", "/etc/localtime", None),
            ("UTC", "Berlin", None),
            ("UTC", "", None),
        ] {
            assert_eq!(apart(one, other).as_deref(), expected, "{one} {other}");
        }
    }
}
