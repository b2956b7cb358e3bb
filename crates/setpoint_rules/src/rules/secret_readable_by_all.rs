//! ## What it finds
//!
//! A file on the machine that holds secrets and that every user may read. A checkout's own files are passed over,
//! since version control keeps no modes, unless the service runs from it here.
//!
//! ## Why it hurts
//!
//! A flaw in any other program of the machine, or any login, is enough to read the secrets.
//!
//! ## Example
//!
//! ```text
//! $ ls -l /etc/shop/shop.env
//! -rw-r--r-- 1 root root 311 Nov  1 12:00 /etc/shop/shop.env
//! ```
//!
//! ## What to do
//!
//! `chmod 600` for a file that systemd reads (it reads an `EnvironmentFile=` as root), or mode 0640 with the
//! service's group for one that the code reads. Mend the deploy script that installs it as well, and replace the
//! secrets if others have accounts on the machine.

use crate::report::names;
use crate::{Facts, Report, Rule};
use setpoint_model::{Held, Layer, NamedDefault, Place};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    let site = &facts.snapshot.site;
    let runs_here = site.processes.iter().any(|process| process.pid.is_some() || process.live);
    for file in site.readable_by_all.iter().filter(|file| runs_here || file.starts_with('/')) {
        let held: Vec<(&NamedDefault, &Place)> = facts
            .snapshot
            .defaults
            .iter()
            .filter_map(|default| {
                let reading = default.readings.iter().find(|reading| {
                    matches!(reading.value, Held::Secret(_))
                        && matches!(reading.layer, Layer::Dotenv | Layer::EnvironmentFile)
                        && reading.place.file == *file
                })?;
                Some((default, &reading.place))
            })
            .collect();
        if let Some((_, place)) = held.first() {
            report.secret_readable_by_all(rule, file, place, held.iter().map(|(default, _)| default.name.as_str()));
        }
    }
}

impl Report {
    fn secret_readable_by_all<'a>(
        &mut self,
        rule: &Rule,
        file: &str,
        place: &Place,
        secrets: impl Iterator<Item = &'a str>,
    ) {
        self.add(
            rule,
            format!("`{file}` can be read by every user and holds {}", names(secrets)),
            "a file with secrets that only the service can read: mode 0600 or 0640",
        )
        .at(place)
        .hint(format!("`chmod o-r {file}`, and mend what installs it"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        SHOP_API_KEY       environ str secret
          environment-file  ***1  /etc/shop/shop.env:4
          dotenv            ***2  .env:1
        SHOP_SMTP_PASSWORD environ str secret
          environment-file  ***3  /etc/shop/shop.env:9
        SHOP_PORT          environ int
          environment-file  8000  /etc/shop/port.env:1
        readable-by-all /etc/shop/shop.env
        readable-by-all /etc/shop/port.env
        readable-by-all .env
    ";

    #[test]
    fn one_finding_for_each_file() {
        assert_snapshot!(findings("secret-readable-by-all", SITE), @"
        error: `/etc/shop/shop.env` can be read by every user and holds `SHOP_API_KEY` and `SHOP_SMTP_PASSWORD`
          --> /etc/shop/shop.env:4
          expected: a file with secrets that only the service can read: mode 0600 or 0640
          hint: `chmod o-r /etc/shop/shop.env`, and mend what installs it
        ");
    }

    #[test]
    fn the_mode_of_a_checkout_counts_where_the_service_runs_from_it() {
        assert_snapshot!(findings("secret-readable-by-all", &format!("{SITE}\nlive shop.service")), @"
        error: `.env` can be read by every user and holds `SHOP_API_KEY`
          --> .env:1
          expected: a file with secrets that only the service can read: mode 0600 or 0640
          hint: `chmod o-r .env`, and mend what installs it
        error: `/etc/shop/shop.env` can be read by every user and holds `SHOP_API_KEY` and `SHOP_SMTP_PASSWORD`
          --> /etc/shop/shop.env:4
          expected: a file with secrets that only the service can read: mode 0600 or 0640
          hint: `chmod o-r /etc/shop/shop.env`, and mend what installs it
        ");
    }
}
