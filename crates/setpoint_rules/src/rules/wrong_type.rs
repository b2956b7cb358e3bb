//! ## What it finds
//!
//! A value that the deployment sets and that the declaration's type refuses: letters for an `int`, `10s` for a
//! `float`, a word that is no `bool`, a list that is not JSON for a field of pydantic-settings, a word that a
//! `Literal` does not list, a text that is none of an enumeration's values, `30m` for a `timedelta`, `two` for a
//! server's `--workers`, an address without a scheme, a port above 65535. Each
//! mechanism is judged by its own rules; where these accept anything, or the type is one
//! that only the code knows, nothing is said; nor where the type says what the code makes of the text, as the
//! annotation of `def log_level(name) -> int` does, nor where a validator of pydantic is given the text first.
//!
//! Judged is what the processes start with. A value that a stronger place overrides in each of them is no error,
//! and SP008 has it as one without effect.
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

use crate::accepts::{Accepted, accepted_by};
use crate::{Facts, Report, Rule};
use setpoint_model::{Layer, NamedDefault, Reading, Seen, SiteProcesses, Takes, TypeOrigin, Value, winner};
use std::borrow::Cow;

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for default in facts.snapshot.defaults.iter().filter(|default| default.type_origin == TypeOrigin::Parsed) {
        let Some(accepted) = accepted_by(default) else { continue };
        for reading in facts.started_with(default) {
            // Only text has yet to be understood. Some declarations take empty text for nothing, so it proves nothing.
            let text = reading.value.constant().and_then(|value| text_of(value, &accepted));
            let text = text.as_deref().filter(|text| !text.trim().is_empty());
            if reading.layer.is_deployment()
                && let Some(text) = text
                && !accepted.accepts(text)
            {
                report.wrong_type(rule, default, reading, &accepted);
            }
        }
    }
}

/// The text that has yet to be understood. A number in a file of code is understood already, but may be beyond an end.
fn text_of<'v>(value: &'v Value, accepted: &Accepted) -> Option<Cow<'v, str>> {
    match value {
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Integer(number) if matches!(accepted, Accepted::Within(..)) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

impl<'a> Facts<'a> {
    /// What the processes get of the default when they start, each place once: the reading that wins in each that
    /// reads it. A live process has what its files gave it, and they are the places to mend.
    fn started_with(self, default: &'a NamedDefault) -> Vec<&'a Reading> {
        let files = || default.readings.iter().filter(|reading| reading.layer != Layer::Process);
        let concerned = SiteProcesses::of_files(&self.snapshot.site).concerned(&default.readings);
        let reads = |process: &&str| !self.snapshot.is_of_other_processes(default, process);
        let mut processes: Vec<Option<&str>> = concerned.into_iter().filter(reads).map(Some).collect();
        if processes.is_empty() {
            processes.push(None);
        }
        let mut winners: Vec<&Reading> = Vec::new();
        for process in processes {
            let winner = winner(files(), process, Seen::default());
            winners.extend(winner.filter(|winner| !winners.contains(winner)));
        }
        winners
    }
}

/// True for a number that would be right if there were no ends.
fn is_beyond(reading: &Reading, accepted: &Accepted) -> bool {
    let Accepted::Within(kind, _) = accepted else { return false };
    let text = reading.value.constant().and_then(|value| text_of(value, accepted));
    text.is_some_and(|text| kind.accepts(&text))
}

impl Report {
    fn wrong_type(&mut self, rule: &Rule, default: &NamedDefault, reading: &Reading, accepted: &Accepted) {
        let name = &default.name;
        let no_type = match (&default.type_name, &default.takes) {
            (_, Some(Takes::Numbers)) | (None, _) => "no number".to_owned(),
            (Some(type_name), _) => format!("no `{type_name}`"),
        };
        let no_type = if is_beyond(reading, accepted) { "beyond what it may be".to_owned() } else { no_type };
        self.add(rule, format!("`{name}` is `{}`, which is {no_type}", reading.value.shown()), accepted.to_string())
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
    fn values_that_no_list_has_and_times_with_a_unit() {
        assert_snapshot!(findings("wrong-type", "
            SHOP_MODE        pydantic-settings Mode one-of=fast,safe
              dotenv            FAST          .env:3
            SHOP_TTL         pydantic-settings timedelta
              dotenv            30m           .env:4
            SHOP_GRACE       pydantic-settings Optional[timedelta]
              dotenv            PT30M         .env:5
            uvicorn.workers  uvicorn numbers
              command-line      two           deploy/shop.service:9   shop.service
            granian.workers_lifetime  granian numbers
              command-line      1h            deploy/shop.service:9   shop.service
        "), @"
        error: `SHOP_MODE` is `FAST`, which is no `Mode`
          --> .env:3
          expected: one of fast, safe
          hint: correct the value in `.env`
        error: `SHOP_TTL` is `30m`, which is no `timedelta`
          --> .env:4
          expected: a length of time by ISO 8601 or as hours, minutes and seconds: `PT30M`, `00:30:00`
          hint: correct the value in `.env`
        error: `uvicorn.workers` is `two`, which is no number
          --> deploy/shop.service:9
          expected: a number without a unit: `4`
          hint: correct the value in `deploy/shop.service`
        ");
    }

    #[test]
    fn addresses_decimals_and_numbers_beyond_their_ends() {
        assert_snapshot!(findings("wrong-type", "
            SHOP_BASE_URL     pydantic-settings AnyHttpUrl
              environment-file  notaurl       deploy/shop.env:3
            SHOP_VAT_RATE     pydantic-settings Decimal
              environment-file  abc           deploy/shop.env:4
            SHOP_LIMIT        pydantic-settings PositiveInt
              environment-file  0             deploy/shop.env:5
            uvicorn.port      uvicorn numbers
              command-line      70000         deploy/shop.service:9   shop.service
            gunicorn.workers  gunicorn numbers
              command-line      0             deploy/jobs.service:9   jobs.service
        "), @"
        error: `gunicorn.workers` is `0`, which is beyond what it may be
          --> deploy/jobs.service:9
          expected: a number without a unit: `4`, at least 1
          hint: correct the value in `deploy/jobs.service`
        error: `SHOP_BASE_URL` is `notaurl`, which is no `AnyHttpUrl`
          --> deploy/shop.env:3
          expected: an address with its scheme and host: `https://shop.example`
          hint: correct the value in `deploy/shop.env`
        error: `SHOP_VAT_RATE` is `abc`, which is no `Decimal`
          --> deploy/shop.env:4
          expected: a number without a unit: `1.5`
          hint: correct the value in `deploy/shop.env`
        error: `SHOP_LIMIT` is `0`, which is beyond what it may be
          --> deploy/shop.env:5
          expected: a whole number without separators or units: `1000`, above 0
          hint: correct the value in `deploy/shop.env`
        error: `uvicorn.port` is `70000`, which is beyond what it may be
          --> deploy/shop.service:9
          expected: a number without a unit: `4`, at least 0 and at most 65535
          hint: correct the value in `deploy/shop.service`
        ");
    }

    #[test]
    fn only_what_a_process_starts_with_is_judged() {
        assert_snapshot!(findings("wrong-type", "
            process web.service program=uvicorn
            process worker.service program=celery
            SHOP_BATCH_SIZE  pydantic-settings int
              code              500           shop/settings.py:12
              environment-file  ten           deploy/shop.env:3       web.service
              unit-environment  10            deploy/web.service:7    web.service
              environment-file  many          deploy/worker.env:3     worker.service
            SHOP_LIMIT       pydantic-settings int
              dotenv            few           .env:1
              environment-file  10            deploy/shop.env:4       web.service
              environment-file  10            deploy/shop.env:4       worker.service
        "), @"
        error: `SHOP_BATCH_SIZE` is `many`, which is no `int`
          --> deploy/worker.env:3
          expected: a whole number without separators or units: `1000`
          hint: correct the value in `deploy/worker.env`
        ");
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
