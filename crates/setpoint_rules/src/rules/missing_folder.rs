//! ## What it finds
//!
//! A folder in which the environment's units run or keep their state, or which held one of their configuration
//! files, is not on this machine, or is open to others than it was.
//!
//! It is asked by `setpoint check --environment NAME` without `--url`.
//!
//! ## Why it hurts
//!
//! A unit without its `WorkingDirectory=` fails when it is started, with `status=200/CHDIR`. A `StateDirectory=` is
//! made by systemd, and is empty: the service starts as if it had never had a customer.
//!
//! ## Example
//!
//! ```console
//! $ setpoint check --environment production
//! warning: the folder `/var/lib/shop` is missing, in which a unit keeps its state
//! ```
//!
//! ## What to do
//!
//! Bring the state before the unit is started for the first time; put the checkout where the units look for it.

use crate::mending::{give, in_words, make_folder, restore};
use crate::{Facts, Report, Rule, shell_word};
use setpoint_model::{Needed, Ownership, Purpose, Severity, Standing};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for Standing { need, here } in facts.machine {
        let Needed::Folder { access, purpose } = &need.what else { continue };
        match (purpose, here) {
            (Purpose::Code, None) => report.missing_code(rule, facts, &need.name, access),
            (Purpose::State, None) => report.missing_state(rule, facts, &need.name, access),
            (Purpose::Other, None) => report.missing_folder(rule, &need.name, access),
            // A checkout keeps no modes.
            (Purpose::Code, Some(_)) => {}
            (Purpose::State | Purpose::Other, Some(Needed::Folder { access: found, .. })) if found != access => {
                report.other_access(rule, &need.name, access, found);
            }
            (Purpose::State | Purpose::Other, Some(_)) => {}
        }
    }
}

impl Report {
    fn missing_code(&mut self, rule: &Rule, facts: Facts<'_>, folder: &str, access: &Ownership) {
        let checkout = shell_word(&facts.snapshot.site.root);
        let copied = format!("sudo cp -a {checkout}/. {}/", shell_word(folder));
        self.add(rule, format!("the folder `{folder}` is missing, in which units run the code"), "the checkout")
            .about(folder)
            .hint(format!("{} && {copied}", make_folder(folder, access)));
    }

    fn missing_state(&mut self, rule: &Rule, facts: Facts<'_>, folder: &str, access: &Ownership) {
        // Without a backup nobody knows what of it can be copied while the service runs.
        let hint = restore(facts, folder).unwrap_or_else(|| make_folder(folder, access));
        let message = format!("the folder `{folder}` is missing, in which a unit keeps its state");
        self.add(rule, message, "the state of the machine before; systemd makes it with nothing in it")
            .about(folder)
            .severity(Severity::Warning)
            .hint(hint);
    }

    fn missing_folder(&mut self, rule: &Rule, folder: &str, access: &Ownership) {
        self.add(rule, format!("the folder `{folder}` is missing"), in_words(access))
            .about(folder)
            .hint(make_folder(folder, access));
    }

    fn other_access(&mut self, rule: &Rule, path: &str, access: &Ownership, found: &Ownership) {
        self.add(rule, format!("`{path}` is {}", in_words(found)), in_words(access))
            .about(path)
            .severity(Severity::Warning)
            .hint(give(path, access));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        checkout /home/me/shop
        need folder /srv/shop 0755 root:root code
        need folder /var/lib/shop 0755 shop:shop state
        need folder /etc/shop 0750 root:shop other
    ";

    #[test]
    fn code_state_and_what_held_files() {
        assert_snapshot!(findings("missing-folder", SITE), @"
        error: the folder `/etc/shop` is missing
          expected: 0750 root:shop
          hint: sudo install -d -m 0750 -o root -g shop /etc/shop
        error: the folder `/srv/shop` is missing, in which units run the code
          expected: the checkout
          hint: sudo install -d -m 0755 -o root -g root /srv/shop && sudo cp -a /home/me/shop/. /srv/shop/
        warning: the folder `/var/lib/shop` is missing, in which a unit keeps its state
          expected: the state of the machine before; systemd makes it with nothing in it
          hint: sudo install -d -m 0755 -o shop -g shop /var/lib/shop
        ");
    }

    #[test]
    fn state_that_is_in_a_backup() {
        assert_snapshot!(findings("missing-folder", &format!("{SITE} backup /var/lib/shop")), @"
        error: the folder `/etc/shop` is missing
          expected: 0750 root:shop
          hint: sudo install -d -m 0750 -o root -g shop /etc/shop
        error: the folder `/srv/shop` is missing, in which units run the code
          expected: the checkout
          hint: sudo install -d -m 0755 -o root -g root /srv/shop && sudo cp -a /home/me/shop/. /srv/shop/
        warning: the folder `/var/lib/shop` is missing, in which a unit keeps its state
          expected: the state of the machine before; systemd makes it with nothing in it
          hint: sudo setpoint backup restore latest --yes
        ");
    }

    #[test]
    fn who_may_look_into_it() {
        assert_snapshot!(findings("missing-folder", "
            need folder /srv/shop 0755 root:root code       here 0700 me:me code
            need folder /var/lib/shop 0750 shop:shop state  here 0750 root:root state
            need folder /etc/shop 0750 root:shop other      here 0750 root:shop other
        "), @"
        warning: `/var/lib/shop` is 0750 root:root
          expected: 0750 shop:shop
          hint: sudo chown shop:shop /var/lib/shop && sudo chmod 0750 /var/lib/shop
        ");
    }
}
