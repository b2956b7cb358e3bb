//! restic itself reads the repository.

use crate::shop::{Shop, picture, told};
use insta::assert_snapshot;
use setpoint_backup::{Destination, Doing, Store};
use setpoint_host::{Host as _, LiveHost};
use std::io::Write as _;
use std::process::{Child, Stdio};

#[test]
fn restic_finds_nothing_wrong_and_restores_the_same() {
    let shop = Shop::new();
    let id = shop.back_up();
    shop.write("etc/shop.env", "A=2\n");
    let newer = shop.back_up();
    assert_ne!(id, newer);
    let Some(said) = shop.restic(&["check", "--read-data"]) else { return };
    assert!(said.contains("no errors were found"), "{said}");
    let target = shop.beside("by restic");
    shop.restic(&["restore", &newer, "--target", &target.display().to_string()]).unwrap();
    let restored = target.join(shop.path("").strip_prefix("/").unwrap());
    // Two names of one file are two files or one; both are right, and both have the same content.
    assert_eq!(picture(&restored), picture(&shop.path("")));
    let listed = shop.restic(&["snapshots", "--json"]).unwrap();
    assert!(listed.contains(&id) && listed.contains("\"setpoint\""), "{listed}");
}

#[test]
fn what_restic_saved_is_restored_and_proven() {
    let shop = Shop::new();
    // Makes the repository and its password.
    drop(shop.store());
    let Some(_) = shop.restic(&["backup", "--quiet", &shop.path("").display().to_string()]) else { return };
    let store = Store::open(&LiveHost, shop.settings(), None).unwrap();
    let listed = store.list().unwrap();
    assert!(!listed[0].is_ours && listed[0].record.verification.is_none());
    // It could be of anything, and so is meant only by its id.
    let machine = LiveHost.read("/proc/sys/kernel/hostname".as_ref(), 1000).unwrap();
    let problem = told(&shop, &store.verify("latest", &[]).unwrap_err());
    assert_snapshot!(problem.replace(String::from_utf8(machine).unwrap().trim(), "MACHINE"), @"
    Input: the repository has no backup that this program made on this machine (`MACHINE`) (/repository:1:1); expected one that `latest` can mean; retry: safe once this is mended; nothing was changed
    hint: what other machines and programs saved is named by its id, which `setpoint backup list` shows
    ");
    let id = &listed[0].id;
    let (_, verification) = store.verify(id, &[]).unwrap();
    assert_eq!(verification.differences, Vec::<String>::new());
    let folder = shop.beside("restored");
    store.plan_restore(id, Destination::Folder(folder.clone())).unwrap().restore().unwrap();
    let restored = folder.join(shop.path("").strip_prefix("/").unwrap());
    assert_eq!(picture(&restored), picture(&shop.path("")));
}

/// A restic that is saving, and waits for more.
fn restic_at_work(shop: &Shop) -> Option<Child> {
    if !setpoint_testkit::tool_is_here("restic") {
        return None;
    }
    let mut child =
        shop.restic_command(&["backup", "--stdin"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let began = std::time::Instant::now();
    while LiveHost.list(&shop.beside("repository/locks")).unwrap_or_default().is_empty() {
        assert!(began.elapsed() < std::time::Duration::from_mins(1) && child.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Some(child)
}

#[test]
fn while_restic_saves_all_but_removing_can_be_done() {
    let shop = Shop::new();
    drop(shop.store());
    let Some(mut restic) = restic_at_work(&shop) else { return };
    let id = shop.back_up();
    let store = Store::open(&LiveHost, shop.settings(), None).unwrap();
    let problem = store.prune(&[], Doing::Really).unwrap_err();
    let told = told(&shop, &problem).replace(&restic.id().to_string(), "ID");
    let machine = LiveHost.read("/proc/sys/kernel/hostname".as_ref(), 1000).unwrap();
    let told = told.replace(String::from_utf8(machine).unwrap().trim(), "MACHINE");
    let lock = told.split("/locks/").nth(1).unwrap()[..64].to_owned();
    assert_snapshot!(told.replace(&lock, "LOCK"), @"
    Machine: restic (process ID of `MACHINE`) works on the repository, or was stopped less than half an hour ago (/repository/locks/LOCK:1:1); expected to have it alone; retry: safe, nothing was changed
    hint: try again when that has ended; `restic unlock` removes what a stopped one has left
    ");
    // It ends when there is no more to be saved.
    restic.stdin.take().unwrap().write_all(b"x").unwrap();
    assert!(restic.wait().unwrap().success());
    store.prune(&[], Doing::Really).unwrap();
    assert_eq!(store.list().unwrap().iter().filter(|listed| listed.id == id).count(), 1);
}

#[test]
fn restic_removes_nothing_while_we_are_at_work() {
    let shop = Shop::new();
    shop.back_up();
    let store = Store::open(&LiveHost, shop.settings(), None).unwrap();
    store.list().unwrap();
    if !setpoint_testkit::tool_is_here("restic") {
        return;
    }
    let said = shop.restic_command(&["prune"]).output().unwrap();
    let told = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(!said.status.success() && told.contains("repository is already locked"), "{told}");
    // It may read meanwhile, and afterwards do all.
    shop.restic(&["snapshots"]).unwrap();
    drop(store);
    assert!(LiveHost.list(&shop.beside("repository/locks")).unwrap().is_empty());
    shop.restic(&["prune"]).unwrap();
}

#[test]
fn a_lock_that_a_killed_process_has_left_is_removed_by_the_next() {
    let shop = Shop::new();
    shop.back_up();
    let locks = shop.beside("repository/locks");
    let store = Store::open(&LiveHost, shop.settings(), None).unwrap();
    store.list().unwrap();
    let name = LiveHost.list(&locks).unwrap().remove(0).name;
    let files = [locks.join(&name), shop.beside("repository/setpoint.locks")];
    let left = files.each_ref().map(|file| LiveHost.read(file, 1 << 16).unwrap());
    drop(store);
    files.iter().zip(&left).for_each(|(file, left)| LiveHost.write(file, left).unwrap());
    let store = Store::open(&LiveHost, shop.settings(), None).unwrap();
    assert!(LiveHost.status(&locks.join(&name)).is_err());
    store.prune(&[], Doing::Really).unwrap();
}
