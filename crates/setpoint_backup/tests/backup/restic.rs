//! restic itself reads the repository.

use crate::shop::{Shop, picture};
use setpoint_backup::{Destination, Store};
use setpoint_host::{Host as _, LiveHost};

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
    let (_, verification) = store.verify("latest", &[]).unwrap();
    assert_eq!(verification.differences, Vec::<String>::new());
    let folder = shop.beside("restored");
    store.plan_restore("latest", Destination::Folder(folder.clone())).unwrap().restore().unwrap();
    let restored = folder.join(shop.path("").strip_prefix("/").unwrap());
    assert_eq!(picture(&restored), picture(&shop.path("")));
}

#[test]
fn a_repository_that_restic_works_on_is_left_alone() {
    let shop = Shop::new();
    drop(shop.store());
    LiveHost.write(&shop.beside("repository/locks/0123"), b"x").unwrap();
    let problem = Store::open(&LiveHost, shop.settings(), None).unwrap_err();
    insta::assert_snapshot!(crate::shop::told(&shop, &problem), @"
    Machine: restic works on the repository, or was stopped less than half an hour ago (/repository/locks/0123:1:1); expected to have it alone; retry: safe, nothing was changed
    hint: try again when that has ended; `restic unlock` removes what a stopped one has left
    ");
}
