//! Whose text root follows. A register holds commands, and whoever may write it, or a folder above it, could have root run
//! theirs; so it must be as sshd demands it of its files (`StrictModes`, `sshd_config(5)`) and sudo of its own (`sudoers(5)`).

use crate::scripts::scripts;
use setpoint_host::{Details, Host, Kind};
use setpoint_model::{Place, Problem, Retry};
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// Others may write.
const OTHERS_WRITE: u32 = 0o022;
/// In such a folder only the owner of a file may replace it (`/tmp`).
const STICKY: u32 = 0o1000;
/// A file that names a folder is not longer, in bytes.
const LONGEST_NAME: u64 = 8 << 10;
/// So many links the kernel follows, and no more (`path_resolution(7)`).
const LINKS: usize = 40;

/// Refuses to follow a file as root that somebody else may write: it, and each folder above it, must be root's, and nobody else
/// may write it. A link on the way is looked at as well as what it leads to, since whoever can lay another one decides what is
/// followed. For other users everything is as they have it.
///
/// # Errors
/// Somebody else may write it, or it cannot be looked at.
pub fn trust(host: &dyn Host, path: &Path) -> Result<(), Problem> {
    if host.owner().0 != 0 {
        return Ok(());
    }
    let steps = steps(host, path)?;
    let mut distrusted = Vec::new();
    // From the file upwards, as a person looks for it.
    for (number, (step, details)) in steps.iter().enumerate().rev() {
        let is_itself = number + 1 == steps.len();
        distrusted.extend(distrust(details, is_itself).map(|why| (step, details.kind, is_itself, why)));
    }
    let Some((step, kind, is_itself, why)) = distrusted.first() else { return Ok(()) };
    let named = match kind {
        _ if *is_itself => "it".to_owned(),
        Kind::Link => format!("the link `{}`", step.display()),
        _ => format!("the folder `{}`", step.display()),
    };
    let what = format!("`{}` is not followed as root: {named} {why}", path.display());
    let expected = "a file of root in folders of root, which nobody else may write";
    // All of them in one command, so that nobody mends one to be told of the next.
    let (links, others): (Vec<_>, Vec<_>) = distrusted.iter().partition(|(_, kind, ..)| *kind == Kind::Link);
    let list = |steps: &[&(&PathBuf, Kind, bool, String)]| {
        steps.iter().map(|(step, ..)| step.display().to_string()).collect::<Vec<_>>().join(" ")
    };
    let mut commands = Vec::new();
    if !links.is_empty() {
        commands.push(format!("chown --no-dereference root: {}", list(&links)));
    }
    if !others.is_empty() {
        commands.push(format!("chown root: {0} && chmod go-w {0}", list(&others)));
    }
    Err(Problem::input(what, expected, Retry::SafeOnceMended)
        .at(Place::file(step.display().to_string()))
        .hint(format!("`{}`", commands.join(" && "))))
}

/// Everything on the way to a file: each folder, each link, and what the links lead to, from the root on.
fn steps(host: &dyn Host, path: &Path) -> Result<Vec<(PathBuf, Details)>, Problem> {
    let refused = |refusal: setpoint_host::Refusal| refusal.problem();
    let here = if path.is_absolute() { PathBuf::new() } else { host.resolve(Path::new(".")).map_err(refused)? };
    let mut ahead: Vec<OsString> = names_backwards(&here.join(path));
    let mut at = PathBuf::from("/");
    let mut steps = vec![(at.clone(), host.details(&at).map_err(refused)?)];
    let mut links = 0;
    while let Some(name) = ahead.pop() {
        if name == ".." {
            at.pop();
            continue;
        }
        let next = at.join(&name);
        let details = host.details(&next).map_err(refused)?;
        if details.kind == Kind::Link {
            links += 1;
            if links > LINKS {
                let what = format!("`{}` has too many links on its way", path.display());
                return Err(Problem::input(what, "links that lead to a file", Retry::SafeOnceMended));
            }
            let target = host.link_target(&next).map_err(refused)?;
            if target.is_absolute() {
                at = PathBuf::from("/");
            }
            ahead.extend(names_backwards(&target));
        } else {
            at.clone_from(&next);
        }
        steps.push((next, details));
    }
    Ok(steps)
}

/// The names in a path, the last first.
fn names_backwards(path: &Path) -> Vec<OsString> {
    let names = path.components().rev().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    names.collect()
}

/// The same of each script that a command of the register names, and of the program that it begins with, where that is named
/// by its path.
///
/// # Errors
/// Somebody else may write one, or what it begins with is not there.
pub fn trust_scripts(host: &dyn Host, folder: &Path, command: &str) -> Result<(), Problem> {
    let first = command.split_whitespace().next().filter(|word| word.contains('/'));
    if let Some(first) = first {
        trust(host, &folder.join(first.trim_start_matches("./")))?;
    }
    scripts(host, folder, command).iter().try_for_each(|script| trust(host, script))
}

/// Refuses to have git as root do more with a checkout than name its commits where somebody else may write the checkout's
/// configuration: git runs the programs that it names (`filter.*` of gitattributes(5), `core.fsmonitor` of git-config(1)).
/// Where there is no checkout there is nothing to refuse.
///
/// # Errors
/// Somebody else may write it, or it cannot be looked at.
pub fn trust_checkout(host: &dyn Host, folder: &Path) -> Result<(), Problem> {
    let Some((dot, details)) = repository(host, folder) else { return Ok(()) };
    if details.kind == Kind::Folder {
        return trust(host, &dot.join("config"));
    }
    // Of a work tree or a submodule it is a file that names the folder, which may name another (gitrepository-layout(5)).
    trust(host, &dot)?;
    let named = |file: &Path, before: &str| {
        let text = String::from_utf8(host.read(file, LONGEST_NAME).ok()?).ok()?;
        Some(file.parent()?.join(text.strip_prefix(before)?.trim_end_matches('\n')))
    };
    let own = named(&dot, "gitdir: ").unwrap_or(dot);
    trust(host, &own)?;
    trust(host, &named(&own.join("commondir"), "").unwrap_or(own).join("config"))
}

/// `.git` of the checkout that a folder is in.
pub(crate) fn repository(host: &dyn Host, folder: &Path) -> Option<(PathBuf, Details)> {
    folder.ancestors().find_map(|above| {
        let dot = above.join(".git");
        host.details(&dot).ok().map(|details| (dot, details))
    })
}

fn distrust(details: &Details, is_itself: bool) -> Option<String> {
    if details.user != 0 {
        return Some(format!("belongs to the user {}", details.user));
    }
    // The permissions of a link are never asked (symlink(7)).
    let is_shared = details.kind == Kind::Folder && details.mode & STICKY != 0 && !is_itself;
    (details.mode & OTHERS_WRITE != 0 && !is_shared && details.kind != Kind::Link)
        .then(|| format!("may be written by others (mode {:o})", details.mode))
}

#[cfg(test)]
mod tests {
    use super::{distrust, steps, trust, trust_scripts};
    use setpoint_host::{Access, Act, Details, FixtureHost, Host, Kind, LiveHost, TemporaryFolder};
    use std::path::Path;

    /// A machine with `/srv/shop/setpoint.toml`, all of root.
    fn machine() -> (FixtureHost, TemporaryFolder) {
        let folder = LiveHost.temporary_folder().unwrap();
        let host = FixtureHost::new(folder.path());
        host.write(Path::new("/srv/shop/setpoint.toml"), b"").unwrap();
        host.write(Path::new("/srv/shop/deploy.sh"), b"").unwrap();
        host.make_folder(Path::new("/home/app")).unwrap();
        host.act(&Act::Own { path: Path::new("/"), access: Access { mode: 0o755, owner: Some((0, 0)) } }).unwrap();
        (host, folder)
    }

    fn own(host: &dyn Host, path: &str, mode: u32, user: u32) {
        let access = Access { mode, owner: Some((user, user)) };
        host.act(&Act::Own { path: Path::new(path), access }).unwrap();
    }

    fn said(host: &dyn Host, path: &str) -> String {
        trust(host, Path::new(path)).map_or_else(|problem| problem.what, |()| "trusted".to_owned())
    }

    #[test]
    fn a_file_and_a_folder_are_judged_by_their_owner_and_mode() {
        let folder = LiveHost.temporary_folder().unwrap();
        let real = LiveHost.details(folder.path()).unwrap();
        let of = |kind: Kind, user: u32, mode: u32| {
            distrust(&Details { kind, user, mode, ..real.clone() }, kind == Kind::File).unwrap_or_default()
        };
        assert_eq!([of(Kind::File, 0, 0o644), of(Kind::Folder, 0, 0o755), of(Kind::Link, 0, 0o777)], ["", "", ""]);
        assert_eq!(of(Kind::Folder, 0, 0o1777), "", "as `/tmp` is");
        assert_eq!(of(Kind::File, 1000, 0o644), "belongs to the user 1000");
        assert_eq!(of(Kind::Link, 1000, 0o777), "belongs to the user 1000");
        assert_eq!(of(Kind::File, 0, 0o664), "may be written by others (mode 664)");
        assert_eq!(of(Kind::Folder, 0, 0o777), "may be written by others (mode 777)");
    }

    // Only root can give files away; the next three look at nothing where others run them.

    #[test]
    fn what_others_may_write_is_not_followed() {
        if LiveHost.owner().0 != 0 {
            return;
        }
        let register = "/srv/shop/setpoint.toml";
        let (host, _folder) = machine();
        assert_eq!(said(&host, register), "trusted");
        for (path, mode, user, why) in [
            (register, 0o644, 1000, "it belongs to the user 1000"),
            (register, 0o664, 0, "it may be written by others (mode 664)"),
            (register, 0o646, 0, "it may be written by others (mode 646)"),
            ("/srv", 0o777, 0, "the folder `/srv` may be written by others (mode 777)"),
            ("/srv/shop", 0o755, 33, "the folder `/srv/shop` belongs to the user 33"),
        ] {
            let (host, _folder) = machine();
            own(&host, path, mode, user);
            assert_eq!(said(&host, register), format!("`{register}` is not followed as root: {why}"));
        }
        // As `/tmp` is.
        own(&host, "/srv", 0o1777, 0);
        assert_eq!(said(&host, register), "trusted");
    }

    #[test]
    fn a_link_that_others_may_lay_is_not_followed_wherever_it_leads() {
        if LiveHost.owner().0 != 0 {
            return;
        }
        let (host, _folder) = machine();
        let link = |path: &str, target: &str| {
            host.act(&Act::Link { path: Path::new(path), target: Path::new(target) }).unwrap();
        };
        link("/home/app/current", "../../srv/shop");
        link("/etc-shop", "/home/app/current/../shop");
        assert_eq!(said(&host, "/home/app/current/setpoint.toml"), "trusted");
        let names: Vec<String> = steps(&host, Path::new("/etc-shop/setpoint.toml"))
            .unwrap()
            .into_iter()
            .map(|(step, _)| step.display().to_string())
            .collect();
        assert_eq!(
            names.join(" "),
            "/ /etc-shop /home /home/app /home/app/current /srv /srv/shop /srv/shop /srv/shop/setpoint.toml"
        );
        own(&host, "/home/app", 0o755, 1000);
        for path in ["/home/app/current/setpoint.toml", "/etc-shop/setpoint.toml"] {
            let why = format!("`{path}` is not followed as root: the folder `/home/app` belongs to the user 1000");
            assert_eq!(said(&host, path), why);
        }
        own(&host, "/home/app", 0o1777, 0);
        host.act(&Act::OwnLink { path: Path::new("/home/app/current"), owner: (1000, 1000) }).unwrap();
        let problem = trust(&host, Path::new("/home/app/current/setpoint.toml")).unwrap_err();
        insta::assert_snapshot!(problem.what, @"`/home/app/current/setpoint.toml` is not followed as root: the link `/home/app/current` belongs to the user 1000");
        insta::assert_snapshot!(problem.hint.unwrap(), @"`chown --no-dereference root: /home/app/current`");
    }

    #[test]
    fn every_script_that_a_command_names_is_looked_at() {
        if LiveHost.owner().0 != 0 {
            return;
        }
        let (host, _folder) = machine();
        let is_followed = |command: &str| trust_scripts(&host, Path::new("/srv/shop"), command).is_ok();
        let commands =
            ["./deploy.sh", "sh deploy.sh", "bash -eu /srv/shop/deploy.sh", "cd /srv/shop && ./deploy.sh --previous"];
        assert!(commands.iter().all(|command| is_followed(command)));
        own(&host, "/srv/shop/deploy.sh", 0o755, 1000);
        for command in commands {
            assert!(!is_followed(command), "{command}");
        }
        assert!(!is_followed("./is-not-there.sh"));
    }
}
