//! The commands that bring to a machine what it lacks, each one line of a shell.

use crate::{Facts, shell_word};
use setpoint_model::register::Backup;
use setpoint_model::{Needed, Ownership, Standing};

/// Brings a file from where the register says that it can be had: a backup, the deployment, else the machine before.
pub(crate) fn bring(facts: Facts<'_>, path: &str, access: &Ownership) -> String {
    if let Some(restored) = restore(facts, path) {
        return restored;
    }
    if let Some(release) = facts.register.and_then(|register| register.release.as_ref()) {
        return format!("sudo sh -c {}", shell_word(&release.deploy));
    }
    let (name, access) = (path.rsplit('/').next().unwrap_or(path), install_options(access));
    let (name, path) = (shell_word(name), shell_word(path));
    format!("scp OLD-MACHINE:{path} . && sudo install -D {access} {name} {path}")
}

/// Takes a file or folder back from the newest backup, if the register says that it is saved.
pub(crate) fn restore(facts: Facts<'_>, path: &str) -> Option<String> {
    let backup = facts.register.and_then(|register| register.backup.as_ref())?;
    // Where a link is saved, what it leads to is saved too.
    let leads_to_it = |standing: &&Standing| match &standing.need.what {
        Needed::Link { target } => leads_to(&standing.need.name, target) == path,
        _ => false,
    };
    let links = facts.machine.iter().filter(leads_to_it).map(|standing| standing.need.name.as_str());
    let mut names = std::iter::once(path).chain(links);
    names.any(|name| saves(backup, name)).then(|| "sudo setpoint backup restore latest --yes".to_owned())
}

fn saves(backup: &Backup, path: &str) -> bool {
    let leaves_out = |pattern: &String| {
        if pattern.contains('/') {
            return is_within(pattern, path);
        }
        path.split('/').any(|name| matches(pattern, name))
    };
    backup.include.iter().any(|saved| is_within(saved, path)) && !backup.exclude.iter().any(leaves_out)
}

/// The path that a link leads to, as far as its text says it.
fn leads_to(link: &str, target: &str) -> String {
    let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
    let whole = if target.starts_with('/') { target.to_owned() } else { format!("{folder}/{target}") };
    let mut names: Vec<&str> = Vec::new();
    for name in whole.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}

/// Makes a folder.
pub(crate) fn make_folder(path: &str, access: &Ownership) -> String {
    format!("sudo install -d {} {}", install_options(access), shell_word(path))
}

/// Gives a file or folder the access that it is meant to have.
pub(crate) fn give(path: &str, access: &Ownership) -> String {
    let Ownership { mode, owner, group } = access;
    let (path, owner) = (shell_word(path), shell_word(&format!("{owner}:{group}")));
    // A change of the owner takes bits of the mode away (chown(2)), so that the mode comes last.
    format!("sudo chown {owner} {path} && sudo chmod {mode:04o} {path}")
}

/// `0640 root:shop`
pub(crate) fn in_words(access: &Ownership) -> String {
    format!("{:04o} {}:{}", access.mode, access.owner, access.group)
}

fn install_options(access: &Ownership) -> String {
    let Ownership { mode, owner, group } = access;
    format!("-m {mode:04o} -o {} -g {}", shell_word(owner), shell_word(group))
}

/// True if a path of the register's `[backup]`, of which `*` stands for any part of one name, is that path or a folder
/// above it.
fn is_within(saved: &str, path: &str) -> bool {
    let mut names = path.split('/').filter(|name| !name.is_empty());
    let mut saved = saved.split('/').filter(|name| !name.is_empty());
    saved.all(|pattern| names.next().is_some_and(|name| matches(pattern, name)))
}

fn matches(pattern: &str, name: &str) -> bool {
    // A dot that a name begins with is written out.
    let is_hidden = name.starts_with('.') && !pattern.starts_with('.');
    !is_hidden && continues(pattern, name)
}

fn continues(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    name.strip_prefix(start).is_some_and(|name| {
        let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
        ends.any(|at| name.get(at..).is_some_and(|end| continues(rest, end)))
    })
}

#[cfg(test)]
mod tests {
    use super::{is_within, leads_to};

    #[test]
    fn what_a_backup_saves() {
        assert!(is_within("/etc/shop", "/etc/shop/shop.env"));
        assert!(is_within("/etc/*/shop*", "/etc/nginx/shop.conf"));
        assert!(is_within("/etc/shop/", "/etc/shop"));
        assert!(!is_within("/etc/shop", "/etc/shop-staging/shop.env"));
        assert!(!is_within("/etc/shop/*.env", "/etc/shop"));
        assert!(!is_within("/etc/shop/*.env", "/etc/shop/.hidden.env"));
    }

    #[test]
    fn where_a_link_leads() {
        assert_eq!(
            leads_to("/etc/nginx/sites-enabled/shop", "../sites-available/shop"),
            "/etc/nginx/sites-available/shop"
        );
        assert_eq!(leads_to("/etc/shop", "/srv/./shop"), "/srv/shop");
    }
}
