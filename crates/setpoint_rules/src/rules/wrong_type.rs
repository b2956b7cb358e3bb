//! ## What it finds
//!
//! A value that the deployment sets and that the declaration's type refuses: letters for an `int`, `10s` for a
//! `float`, a word that is no `bool`, a list that is not JSON for a field of pydantic-settings, a word that a
//! `Literal` does not list. Each mechanism is judged by its own rules; where these accept anything, or the type is
//! one that only the code knows, nothing is said; nor where the type says what the code makes of the text, as the
//! annotation of `def log_level(name) -> int` does.
//!
//! ## Why it hurts
//!
//! The service refuses to start with it, or fails at the first use.
//!
//! ## Example
//!
//! ```ini
//! # deploy/shop.env; the code has `batch_size: int` and `hosts: list[str]`
//! SHOP_BATCH_SIZE=1,000
//! SHOP_HOSTS=shop.example,www.shop.example
//! ```
//!
//! ## What to do
//!
//! Write the value as the type wants it: `1000`, and `["shop.example", "www.shop.example"]`.

use crate::accepts::{Accepted, accepted};
use crate::{Facts, Report, Rule};
use setpoint_model::{Layer, NamedDefault, Reading, TypeOrigin, Value};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for default in facts.snapshot.defaults.iter().filter(|default| default.type_origin == TypeOrigin::Parsed) {
        let Some(accepted) = default.type_name.as_deref().and_then(|name| accepted(name, default.mechanism)) else {
            continue;
        };
        // A live process has what its files gave it; the files are the places to mend.
        let is_written = |reading: &&Reading| reading.layer.is_deployment() && reading.layer != Layer::Process;
        for reading in default.readings.iter().filter(is_written) {
            // Only text has yet to be understood. Some declarations take empty text for nothing, so it proves nothing.
            let text = reading.value.constant().and_then(Value::as_text).filter(|text| !text.trim().is_empty());
            if let Some(text) = text
                && !accepted.accepts(text)
            {
                report.wrong_type(rule, default, reading, &accepted);
            }
        }
    }
}

impl Report {
    fn wrong_type(&mut self, rule: &Rule, default: &NamedDefault, reading: &Reading, accepted: &Accepted) {
        let name = &default.name;
        let type_name = default.type_name.as_deref().unwrap_or_default();
        self.add(
            rule,
            format!("`{name}` is `{}`, which is no `{type_name}`", reading.value.shown()),
            accepted.to_string(),
        )
        .about(name)
        .in_process(reading.process.as_deref())
        .at(&reading.place)
        .hint(format!("correct the value in `{}`", reading.place.file));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn values_that_stop_the_service() {
        assert_snapshot!(findings("wrong-type", "
            SHOP_BATCH_SIZE  pydantic-settings Optional[int]
              code              500           shop/settings.py:12
              environment-file  1,000         deploy/shop.env:3
            SHOP_HOSTS       pydantic-settings list[str]
              environment-file  a.example,b   deploy/shop.env:4
            SHOP_LEVEL       pydantic-settings Literal['INFO','ERROR']
              environment-file  LOUD          deploy/shop.env:5
            SHOP_DEBUG       decouple bool
              environment-file  maybe         deploy/shop.env:6       shop.service
              environment-file  maybe         deploy/shop.env:6       worker.service
              process           maybe         /proc/17/environ:1      shop.service
        "), @r#"
        error: `SHOP_BATCH_SIZE` is `1,000`, which is no `Optional[int]`
          --> deploy/shop.env:3
          expected: a whole number without separators or units: `1000`
          hint: correct the value in `deploy/shop.env`
        error: `SHOP_HOSTS` is `a.example,b`, which is no `list[str]`
          --> deploy/shop.env:4
          expected: a JSON array: `["one", "two"]`
          hint: correct the value in `deploy/shop.env`
        error: `SHOP_LEVEL` is `LOUD`, which is no `Literal['INFO','ERROR']`
          --> deploy/shop.env:5
          expected: one of INFO, ERROR
          hint: correct the value in `deploy/shop.env`
        error: `SHOP_DEBUG` is `maybe`, which is no `bool`
          --> deploy/shop.env:6
          expected: one of true, yes, on, false, no, off
          hint: correct the value in `deploy/shop.env`
        "#);
    }

    #[test]
    fn silent_where_the_value_may_be_right() {
        assert_snapshot!(findings("wrong-type", "
            SHOP_BATCH_SIZE  pydantic-settings int
              environment-file  1_000         deploy/shop.env:3
            SHOP_HOSTS       environs list[str]
              environment-file  a.example,b   deploy/shop.env:4
            SHOP_DEBUG       environ bool
              environment-file  maybe         deploy/shop.env:6
            SHOP_LEVEL       environ int made
              environment-file  INFO          deploy/shop.env:8
            SHOP_LIMIT       pydantic-settings int|str
              environment-file  many          deploy/shop.env:7
        "), @"");
    }
}
