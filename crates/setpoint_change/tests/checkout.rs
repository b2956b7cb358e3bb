//! What is kept of a real checkout before a deployment: what git does not bring back, and by which one sees afterwards what
//! was touched.

#![expect(clippy::unwrap_used, reason = "what a helper cannot do fails its test")]

use setpoint_change::{Class, Plan, Revision, deployment};
use setpoint_host::{Host as _, LiveHost, TemporaryFolder};
use setpoint_model::register::{Documentation, Release};
use setpoint_model::{Site, Snapshot};
use std::path::Path;
use std::time::Duration;

/// A checkout with a file that is tracked, one that was edited since, one that is ignored and one that git does not know.
fn checkout() -> TemporaryFolder {
    let folder = LiveHost.temporary_folder().unwrap();
    let write = |name: &str, text: &str| LiveHost.write(&folder.path().join(name), text.as_bytes()).unwrap();
    git(folder.path(), &["init", "--quiet"]);
    write("settings.py", "A = 1\n");
    write("näme edited.py", "A = 1\n");
    write("gone.py", "A = 1\n");
    write(".gitignore", ".env\n");
    git(folder.path(), &["add", "--all"]);
    git(
        folder.path(),
        &["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=first"],
    );
    write("näme edited.py", "A = 2\n");
    write(".env", "A=3\n");
    write("local.py", "A = 4\n");
    LiveHost.remove(&folder.path().join("gone.py")).unwrap();
    folder
}

fn git(folder: &Path, words: &[&str]) {
    let shown = folder.display().to_string();
    let words: Vec<&str> = ["-C", &shown].into_iter().chain(words.iter().copied()).collect();
    let output = LiveHost.run("git", &words, Duration::from_secs(20)).unwrap();
    assert!(output.succeeded(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn planned(folder: &Path, files: &[&str]) -> Plan {
    let root = folder.display().to_string();
    let site = Site { root, files: files.iter().map(|file| (*file).to_owned()).collect(), ..Site::default() };
    let snapshot =
        Snapshot { version: 1, site, defaults: Vec::new(), calls: Vec::new(), needs: Vec::new(), problems: Vec::new() };
    let release = Release {
        deploy: "./deploy.sh".to_owned(),
        rollback: "./deploy.sh --previous".to_owned(),
        watch: Duration::from_secs(1),
        proof_lasts: Duration::from_hours(1),
        staging: None,
        documentation: Documentation::default(),
        place: setpoint_model::Place::file("setpoint.toml"),
    };
    deployment(&LiveHost, &snapshot, &release, &[], Class::Reversible).unwrap()
}

fn guarded(folder: &Path, files: &[&str]) -> Vec<String> {
    let plan = planned(folder, files);
    let names = plan.guards.iter().map(|guard| guard.path.strip_prefix(folder).unwrap_or(&guard.path));
    names.map(|name| name.display().to_string()).collect()
}

#[test]
fn what_git_does_not_bring_back_is_kept() {
    let folder = checkout();
    let folder = LiveHost.resolve(folder.path()).unwrap();
    let files = ["settings.py", ".env", "local.py", "/etc/hostname"];
    // The edited file was not captured, and a `git checkout` of the deployment would lose it all the same.
    assert_eq!(guarded(&folder, &files), ["/etc/hostname", ".env", "local.py", "näme edited.py"]);
    // Without git, nobody else keeps any.
    LiveHost.act(&setpoint_host::Act::Rename { from: &folder.join(".git"), to: &folder.join("away") }).unwrap();
    assert_eq!(guarded(&folder, &files), files);
}

#[test]
fn a_look_at_a_checkout_writes_nothing_into_it() {
    let folder = checkout();
    let index = || LiveHost.status(&folder.path().join(".git/index")).unwrap().modified;
    let before = index();
    // git would refresh its index, which would then belong to root.
    LiveHost.write(&folder.path().join("settings.py"), b"A = 1\n").unwrap();
    assert!(Revision::of(&LiveHost, folder.path()).is_some());
    assert_eq!(index(), before);
}
