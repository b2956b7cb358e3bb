//! ## What it finds
//!
//! An environment file is on this machine and does not set what it set on the machine before. It is an error where
//! the service does not start without it. Another value is drift, which the register is asked about.
//!
//! It is asked by `setpoint check --environment NAME` without `--url`.
//!
//! ## Why it hurts
//!
//! The service runs with the default of its code, which was never production's, or does not start.
//!
//! ## Example
//!
//! ```console
//! $ setpoint check --environment production
//! warning: `SHOP_POOL_SIZE` is not set in `/etc/shop/shop.env`
//! ```
//!
//! ## What to do
//!
//! Set it as the command says. Of a secret the lock does not have the value: `setpoint change` reads it from its
//! standard input.

use crate::{Facts, Report, Rule, shell_word};
use setpoint_model::{Needed, Severity, Standing, Value};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for Standing { need, here } in facts.machine {
        let (Needed::Variables { values }, Some(Needed::Variables { values: found })) = (&need.what, here) else {
            continue;
        };
        for (name, value) in values.iter().filter(|(name, _)| !found.contains_key(*name)) {
            report.missing_variable(rule, facts, &need.name, (name, value.as_ref()));
        }
    }
}

impl Report {
    fn missing_variable(&mut self, rule: &Rule, facts: Facts<'_>, file: &str, (name, value): (&str, Option<&Value>)) {
        let is_required = facts.snapshot.find(name).is_some_and(|default| facts.snapshot.is_missing(default));
        let hint = match (value, &facts.snapshot.site.environment) {
            (Some(value), _) => {
                let line = format!("{name}={}", in_environment_file(&value.to_string()));
                format!("echo {} | sudo tee --append {}", shell_word(&line), shell_word(file))
            }
            (None, Some(environment)) => {
                format!("sudo setpoint change --environment {} {name}=-", shell_word(environment))
            }
            (None, None) => format!("sudo setpoint change {name}=-"),
        };
        let expected = value.map_or_else(|| "the secret that it held".to_owned(), |value| format!("`{value}`"));
        self.add(rule, format!("`{name}` is not set in `{file}`"), expected)
            .about(name)
            .severity(if is_required { Severity::Error } else { rule.severity })
            .hint(hint);
    }
}

/// The value as a line of a file of variables has it, quoted where it must be (systemd.exec(5), `EnvironmentFile=`).
fn in_environment_file(value: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./:@%+=,?&".contains(letter);
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', r"\\").replace('"', "\\\"").replace('$', r"\$").replace('`', r"\`"))
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn what_the_file_does_not_set() {
        assert_snapshot!(findings("missing-variable", "
            looked-at production
            SHOP_URL  pydantic-settings str required
              code              -     shop/settings.py:15
            need variables /etc/shop/shop.env SHOP_POOL_SIZE=10 SHOP_KEY=*** SHOP_URL=http://a SHOP_NAME=a·\"b\" here SHOP_OTHER=1
            need variables /etc/shop/gone.env SHOP_POOL_SIZE=10
        "), @r#"
        error: `SHOP_URL` is not set in `/etc/shop/shop.env`
          expected: `http://a`
          hint: echo SHOP_URL=http://a | sudo tee --append /etc/shop/shop.env
        warning: `SHOP_KEY` is not set in `/etc/shop/shop.env`
          expected: the secret that it held
          hint: sudo setpoint change --environment production SHOP_KEY=-
        warning: `SHOP_NAME` is not set in `/etc/shop/shop.env`
          expected: `a "b"`
          hint: echo 'SHOP_NAME="a \"b\""' | sudo tee --append /etc/shop/shop.env
        warning: `SHOP_POOL_SIZE` is not set in `/etc/shop/shop.env`
          expected: `10`
          hint: echo SHOP_POOL_SIZE=10 | sudo tee --append /etc/shop/shop.env
        "#);
    }
}
