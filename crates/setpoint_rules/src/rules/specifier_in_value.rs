//! ## What it finds
//!
//! A date format in a unit's `Environment=`, written with single percent signs. To systemd `%d`, `%m` and `%Y` are
//! specifiers (systemd.unit(5)): the credentials folder, the machine's id, the unit's folder.
//!
//! ## Why it hurts
//!
//! The unit loads without a word, and customers read "Placed on /run/credentials/shop.service.8819928f…".
//!
//! ## Example
//!
//! ```ini
//! [Service]
//! Environment=SHOP_DATE_FORMAT=%d.%m.%Y
//! ```
//!
//! ## What to do
//!
//! Write `%%` for every percent sign: `%%d.%%m.%%Y`. Or move the variable into an env file, where `%` means nothing.

use crate::{Facts, Report, Rule};
use setpoint_model::{Layer, NamedDefault, Reading};

/// Pairs that stand together in dates and times (strftime(3)) and have no meaning together as specifiers.
const PAIRS: [[char; 2]; 6] = [['d', 'm'], ['m', 'Y'], ['m', 'y'], ['d', 'B'], ['d', 'b'], ['H', 'M']];

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for default in facts.snapshot.defaults.iter().filter(|default| !default.secret) {
        for reading in default.readings.iter().filter(|reading| is_of_a_unit(reading)) {
            let specifiers = specifiers(&reading.text);
            if PAIRS.iter().any(|pair| pair.iter().all(|letter| specifiers.contains(letter))) {
                report.specifier_in_value(rule, default, reading);
            }
        }
    }
}

/// Only systemd knows specifiers; a compose file or Procfile sets variables too.
fn is_of_a_unit(reading: &Reading) -> bool {
    let is_unit = [".service", ".conf", ".socket"].iter().any(|ending| reading.place.file.ends_with(ending));
    reading.layer == Layer::UnitEnvironment && is_unit
}

/// The letters after single percent signs.
fn specifiers(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    let mut letters = text.chars();
    while letters.any(|letter| letter == '%') {
        found.extend(letters.next().filter(|letter| *letter != '%'));
    }
    found
}

impl Report {
    fn specifier_in_value(&mut self, rule: &Rule, default: &NamedDefault, reading: &Reading) {
        let name = &default.name;
        let doubled = reading.text.replace("%%", "%").replace('%', "%%");
        self.add(
            rule,
            format!("`{name}` is written as a date format, and systemd replaces its `%` letters with its own values"),
            format!("`{doubled}`"),
        )
        .about(name)
        .in_process(reading.process.as_deref())
        .at(&reading.place)
        .hint("write `%%` for every percent sign, or set the variable in an env file");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_date_format_and_not_a_unit_that_means_its_specifiers() {
        assert_snapshot!(findings("specifier-in-value", "
            SHOP_DATE_FORMAT  environ str
              unit-environment  %d.%m.%Y             deploy/shop.service:9
            SHOP_TIME_FORMAT  environ str
              unit-environment  %%H:%%M              deploy/shop.service:10
              environment-file  %H:%M                deploy/shop.env:3
            SHOP_INSTANCE     environ str
              unit-environment  %H-%i-%m             deploy/shop.service:11
            SHOP_LOG_FORMAT   environ str
              unit-environment  %d.%m.%Y             compose.yaml:4
        "), @"
        warning: `SHOP_DATE_FORMAT` is written as a date format, and systemd replaces its `%` letters with its own values
          --> deploy/shop.service:9
          expected: `%%d.%%m.%%Y`
          hint: write `%%` for every percent sign, or set the variable in an env file
        ");
    }
}
