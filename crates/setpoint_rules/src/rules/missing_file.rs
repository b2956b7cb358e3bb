//! ## What it finds
//!
//! A file that the environment's units or the proxy in front of them read is not on this machine: a unit file or
//! drop-in, an environment file, a site of nginx, a certificate. Or it is open to others than it was. What it holds
//! is not compared, since the lock has nothing of that; what it sets is what the rules about defaults are for.
//!
//! It is asked by `setpoint check --environment NAME` without `--url`, and is about what lies outside of the
//! checkout and is no package's.
//!
//! ## Why it hurts
//!
//! A unit without its environment file fails when it is started; without a drop-in it starts with other limits than
//! it had.
//!
//! ## Example
//!
//! ```console
//! $ setpoint check --environment production
//! error: the file `/etc/shop/shop.env` is missing
//! ```
//!
//! ## What to do
//!
//! Bring it: from the backup where `[backup]` of the register names it, else by the deployment command of
//! `[release]`, else from the machine before.

use crate::mending::{bring, give, in_words};
use crate::{Facts, Report, Rule, shell_word};
use setpoint_model::{Needed, Ownership, Severity, Standing};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for Standing { need, here } in facts.machine {
        match (&need.what, here) {
            (Needed::File { access }, None) => report.missing_file(rule, facts, &need.name, access),
            (Needed::File { access }, Some(Needed::File { access: found })) if found != access => {
                report.file_of_others(rule, &need.name, access, found);
            }
            (Needed::Link { target }, None) => report.missing_link(rule, &need.name, target),
            _ => {}
        }
    }
}

impl Report {
    fn missing_file(&mut self, rule: &Rule, facts: Facts<'_>, file: &str, access: &Ownership) {
        self.add(rule, format!("the file `{file}` is missing"), in_words(access))
            .about(file)
            .hint(and_taken_up(bring(facts, file, access), file));
    }

    fn missing_link(&mut self, rule: &Rule, link: &str, target: &str) {
        let made = format!("sudo ln -s {} {}", shell_word(target), shell_word(link));
        self.add(rule, format!("the link `{link}` is missing"), format!("a link to `{target}`"))
            .about(link)
            .hint(and_taken_up(made, link));
    }

    fn file_of_others(&mut self, rule: &Rule, file: &str, access: &Ownership, found: &Ownership) {
        self.add(rule, format!("`{file}` is {}", in_words(found)), in_words(access))
            .about(file)
            .severity(Severity::Warning)
            .hint(give(file, access));
    }
}

/// nginx runs as soon as its package is installed, and reads a new file when it is told to.
fn and_taken_up(command: String, file: &str) -> String {
    if file.starts_with("/etc/nginx/") { format!("{command} && sudo systemctl reload nginx.service") } else { command }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        need file /etc/shop/shop.env 0640 root:shop
        need file /etc/nginx/sites-available/shop 0644 root:root
        need link /etc/nginx/sites-enabled/shop ../sites-available/shop
        need file /etc/systemd/system/shop.service 0644 root:root here 0644 root:root
    ";

    #[test]
    fn from_the_machine_before() {
        assert_snapshot!(findings("missing-file", SITE), @"
        error: the file `/etc/nginx/sites-available/shop` is missing
          expected: 0644 root:root
          hint: scp OLD-MACHINE:/etc/nginx/sites-available/shop . && sudo install -D -m 0644 -o root -g root shop /etc/nginx/sites-available/shop && sudo systemctl reload nginx.service
        error: the link `/etc/nginx/sites-enabled/shop` is missing
          expected: a link to `../sites-available/shop`
          hint: sudo ln -s ../sites-available/shop /etc/nginx/sites-enabled/shop && sudo systemctl reload nginx.service
        error: the file `/etc/shop/shop.env` is missing
          expected: 0640 root:shop
          hint: scp OLD-MACHINE:/etc/shop/shop.env . && sudo install -D -m 0640 -o root -g shop shop.env /etc/shop/shop.env
        ");
    }

    #[test]
    fn from_the_backup_or_by_the_deployment() {
        assert_snapshot!(findings("missing-file", &format!("{SITE}
            backup /etc/shop/*.env /etc/nginx/sites-enabled/shop
            need file /etc/cron.d/shop 0644 root:root
            release ./deploy.sh·&&·true
        ")), @"
        error: the file `/etc/cron.d/shop` is missing
          expected: 0644 root:root
          hint: sudo sh -c './deploy.sh && true'
        error: the file `/etc/nginx/sites-available/shop` is missing
          expected: 0644 root:root
          hint: sudo setpoint backup restore latest --yes && sudo systemctl reload nginx.service
        error: the link `/etc/nginx/sites-enabled/shop` is missing
          expected: a link to `../sites-available/shop`
          hint: sudo ln -s ../sites-available/shop /etc/nginx/sites-enabled/shop && sudo systemctl reload nginx.service
        error: the file `/etc/shop/shop.env` is missing
          expected: 0640 root:shop
          hint: sudo setpoint backup restore latest --yes
        ");
    }

    #[test]
    fn who_may_read_it() {
        assert_snapshot!(findings("missing-file", "
            need file /etc/shop/shop.env 0640 root:shop here 0644 root:root
        "), @"
        warning: `/etc/shop/shop.env` is 0644 root:root
          expected: 0640 root:shop
          hint: sudo chown root:shop /etc/shop/shop.env && sudo chmod 0640 /etc/shop/shop.env
        ");
    }
}
