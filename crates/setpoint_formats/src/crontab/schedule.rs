//! Whether cron can read a schedule: `get_list`, `get_range` and `get_number` of Debian's `entry.c`.

use std::ops::RangeInclusive;

/// A field of five, in their order, as crontab(5) has them.
struct Field {
    means: &'static str,
    range: RangeInclusive<u32>,
    /// Names in the place of numbers, the first for the smallest.
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { means: "a minute, 0 to 59", range: 0..=59, names: &[] },
    Field { means: "an hour, 0 to 23", range: 0..=23, names: &[] },
    Field { means: "a day of the month, 1 to 31", range: 1..=31, names: &[] },
    Field {
        means: "a month, 1 to 12 or `jan` to `dec`",
        range: 1..=12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field {
        means: "a day of the week, 0 to 7 or `sun` to `sat`",
        range: 0..=7,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// What may stand in the place of the five fields.
const NICKNAMES: [&str; 8] =
    ["@reboot", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// The number of the first field of a schedule that cron does not understand, and what it expects there.
pub(super) fn fault(schedule: &str) -> Option<(usize, &'static str)> {
    if schedule.starts_with('@') {
        let is_known = NICKNAMES.contains(&schedule);
        return (!is_known).then_some((0, "`@daily` and its like, as crontab(5) lists them"));
    }
    let mut fields = schedule.split_whitespace().zip(&FIELDS);
    let at = fields.position(|(written, field)| !field.takes(written))?;
    Some((at, FIELDS[at].means))
}

impl Field {
    /// `*`, `3`, `1-5`, `*/15`, `0-30/10`, and several of them.
    fn takes(&self, written: &str) -> bool {
        written.split(',').all(|part| {
            let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
            let is_step = |step: &str| step.parse().is_ok_and(|step: u32| step > 0);
            step.is_none_or(is_step) && self.takes_range(range, step.is_some())
        })
    }

    fn takes_range(&self, range: &str, has_step: bool) -> bool {
        // `~` chooses one at random (crontab(5) of cronie).
        match range.split_once(['-', '~']) {
            Some((first, last)) => match (self.number(first), self.number(last)) {
                // A range that ends before it starts is none, and cron says nothing.
                (Some(_), Some(_)) => true,
                (None, _) | (_, None) => false,
            },
            None => range == "*" || (!has_step && self.number(range).is_some()),
        }
    }

    fn number(&self, written: &str) -> Option<u32> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(written));
        let number =
            named.map_or_else(|| written.parse().ok(), |at| u32::try_from(at).ok()?.checked_add(*self.range.start()));
        number.filter(|number| self.range.contains(number))
    }
}

#[cfg(test)]
mod tests {
    use super::fault;
    use insta::assert_snapshot;

    #[test]
    fn schedules_that_cron_reads() {
        for schedule in [
            "* * * * *",
            "*/5 0-23/2 1,15,31 jan-MAR,12 1-5",
            "0 3 * * sun",
            "59 23 31 12 7",
            "5-1 * * * *",
            "*/61 * * * *",
            "0 0 * * sat-0",
            "@reboot",
            "@hourly",
        ] {
            assert_eq!(fault(schedule), None, "{schedule}");
        }
    }

    #[test]
    fn and_those_that_it_refuses() {
        let schedules = [
            "99 99 * * *",
            "0 24 * * *",
            "0 0 0 * *",
            "0 0 32 * *",
            "0 0 * 13 *",
            "0 0 * * 8",
            "*/0 * * * *",
            "5/2 * * * *",
            "1,,2 * * * *",
            "0 0 * foo *",
            "-1 * * * *",
            "1- * * * *",
            "@every",
            "4294967296 * * * *",
        ];
        let lines = schedules.iter().map(|schedule| format!("{schedule}: {:?}", fault(schedule)));
        assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
        99 99 * * *: Some((0, "a minute, 0 to 59"))
        0 24 * * *: Some((1, "an hour, 0 to 23"))
        0 0 0 * *: Some((2, "a day of the month, 1 to 31"))
        0 0 32 * *: Some((2, "a day of the month, 1 to 31"))
        0 0 * 13 *: Some((3, "a month, 1 to 12 or `jan` to `dec`"))
        0 0 * * 8: Some((4, "a day of the week, 0 to 7 or `sun` to `sat`"))
        */0 * * * *: Some((0, "a minute, 0 to 59"))
        5/2 * * * *: Some((0, "a minute, 0 to 59"))
        1,,2 * * * *: Some((0, "a minute, 0 to 59"))
        0 0 * foo *: Some((3, "a month, 1 to 12 or `jan` to `dec`"))
        -1 * * * *: Some((0, "a minute, 0 to 59"))
        1- * * * *: Some((0, "a minute, 0 to 59"))
        @every: Some((0, "`@daily` and its like, as crontab(5) lists them"))
        4294967296 * * * *: Some((0, "a minute, 0 to 59"))
        "#);
    }
}
