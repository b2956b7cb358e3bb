//! ## What it finds
//!
//! A value of systemd's `EnvironmentFile=` that ends in what looks like a comment. systemd knows comments only as
//! lines of their own (systemd.exec(5)); after a value, `# …` is part of the value. python-dotenv and shells cut it
//! off, so the same file means one thing on a laptop and another in production.
//!
//! ## Why it hurts
//!
//! A number with a comment stops the service from starting. An address or a name with one is worse: it starts, and
//! sends its mail to `help@shop.example  # the shared mailbox`.
//!
//! ## Example
//!
//! ```ini
//! SHOP_SUPPORT_EMAIL=help@shop.example  # the shared mailbox
//! ```
//!
//! ## What to do
//!
//! Put the comment on a line of its own. Where the `#` belongs to the value, write the value in quotes.

use crate::{Facts, Report, Rule};
use setpoint_model::{Layer, NamedDefault, Reading};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for default in &facts.snapshot.defaults {
        for reading in default.readings.iter().filter(|reading| reading.layer == Layer::EnvironmentFile) {
            let value = reading.value.constant().and_then(setpoint_model::Value::as_text);
            let is_quoted = reading.text.starts_with(['"', '\'']);
            if let Some((meant, _)) = value.and_then(|value| value.split_once(" #"))
                && !is_quoted
            {
                report.comment_in_value(rule, default, reading, meant.trim_end());
            }
        }
    }
}

impl Report {
    fn comment_in_value(&mut self, rule: &Rule, default: &NamedDefault, reading: &Reading, meant: &str) {
        let name = &default.name;
        self.add(
            rule,
            format!("the value of `{name}` ends in a comment, and systemd takes that for a part of it"),
            format!("`{meant}`, if that is all that is meant"),
        )
        .about(name)
        .in_process(reading.process.as_deref())
        .at(&reading.place)
        .hint("put the comment on a line of its own, or the value in quotes if the `#` belongs to it");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    /// `·` stands for a space.
    #[test]
    fn behind_a_value_and_not_within_quotes_or_other_files() {
        assert_snapshot!(findings("comment-in-value", "
            SHOP_EMAIL  environ str
              dotenv            help@shop.example··#·mailbox    .env:1
              environment-file  help@shop.example··#·mailbox    deploy/shop.env:4
            SHOP_COLOR  environ str
              environment-file  #aabbcc                         deploy/shop.env:5
        "), @"
        warning: the value of `SHOP_EMAIL` ends in a comment, and systemd takes that for a part of it
          --> deploy/shop.env:4
          expected: `help@shop.example`, if that is all that is meant
          hint: put the comment on a line of its own, or the value in quotes if the `#` belongs to it
        ");
    }
}
