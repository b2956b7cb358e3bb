//! ## What it finds
//!
//! A user that the environment's units run as, or whose their files are, is not on this machine, or is not in a
//! group that it was in. Home folder and shell may be others, and so may its number.
//!
//! It is asked by `setpoint check --environment NAME` without `--url`.
//!
//! ## Why it hurts
//!
//! The unit fails when it is started, with `status=217/USER`. A user that lacks a group starts, and may not read
//! what it could read before.
//!
//! ## Example
//!
//! ```console
//! $ setpoint check --environment production
//! error: the user `shop` is missing
//! ```
//!
//! ## What to do
//!
//! Make it, or add it to its groups.

use crate::report::names;
use crate::{Facts, Report, Rule, shell_word};
use setpoint_model::{Needed, Standing};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    for Standing { need, here } in facts.machine {
        let Needed::User { group, groups, home, shell } = &need.what else { continue };
        match here {
            None => report.missing_user(rule, &need.name, [group, home, shell], groups),
            Some(Needed::User { group: its_own, groups: others, .. }) => {
                let is_in = |group: &&String| *group == its_own || others.contains(group);
                let wanted = std::iter::once(group).chain(groups);
                let lacks: Vec<&str> = wanted.filter(|group| !is_in(group)).map(String::as_str).collect();
                if !lacks.is_empty() {
                    report.missing_membership(rule, &need.name, &lacks);
                }
            }
            Some(_) => {}
        }
    }
}

impl Report {
    fn missing_user(&mut self, rule: &Rule, user: &str, [group, home, shell]: [&String; 3], groups: &[String]) {
        let [name, group, home, shell] = [user, group, home, shell].map(shell_word);
        let others = if groups.is_empty() { String::new() } else { format!(" --groups {}", shell_word(&groups.join(","))) };
        self.add(rule, format!("the user `{user}` is missing"), "a user of that name")
            .about(user)
            .hint(format!("sudo useradd --system --gid {group}{others} --home-dir {home} --shell {shell} {name}"));
    }

    fn missing_membership(&mut self, rule: &Rule, user: &str, groups: &[&str]) {
        let message = format!("the user `{user}` is not in the group {}", names(groups.iter().copied()));
        let (groups, name) = (shell_word(&groups.join(",")), shell_word(user));
        self.add(rule, message, "the groups that it was in")
            .about(user)
            .hint(format!("sudo usermod --append --groups {groups} {name}"));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    #[test]
    fn a_user_and_its_groups() {
        assert_snapshot!(findings("missing-user", "
            need user shop shop /srv/shop /usr/sbin/nologin
            need user deploy deploy,adm,www-data /home/deploy /bin/bash
            need user mail mail,adm,shop /var/mail /bin/sh  here mail,shop /home/mail /bin/bash
            need user web web /srv /bin/sh  here web /srv/web /bin/bash
        "), @"
        error: the user `deploy` is missing
          expected: a user of that name
          hint: sudo useradd --system --gid deploy --groups adm,www-data --home-dir /home/deploy --shell /bin/bash deploy
        error: the user `mail` is not in the group `adm`
          expected: the groups that it was in
          hint: sudo usermod --append --groups adm mail
        error: the user `shop` is missing
          expected: a user of that name
          hint: sudo useradd --system --gid shop --home-dir /srv/shop --shell /usr/sbin/nologin shop
        ");
    }
}
