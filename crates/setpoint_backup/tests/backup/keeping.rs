//! How long backups stay.

use crate::shop::{Shop, picture};
use setpoint_backup::{Destination, Doing, Kept, Wanted};
use setpoint_host::{Host as _, LiveHost};
use setpoint_model::register::Retention;
use std::time::Duration;

#[test]
fn only_what_is_old_and_needed_by_nobody_goes() {
    let shop = Shop::new();
    let of = |environment: &str| Wanted { environment: Some(environment.to_owned()), ..Shop::wanted() };
    let store = shop.store();
    let mut ids = Vec::new();
    for (number, environment) in ["production", "production", "production", "staging"].into_iter().enumerate() {
        shop.write("etc/number", number.to_string());
        ids.push(store.create(&of(environment)).unwrap().id);
    }
    store.pin(&ids[0], "change 7").unwrap();
    store.pin(&ids[0], "change 7").unwrap();
    let keep = [Retention { environment: "production".to_owned(), age: Duration::ZERO }];
    let kept =
        |doing| -> Vec<Kept> { store.prune(&keep, doing).unwrap().backups.into_iter().map(|fate| fate.kept).collect() };
    let pinned = Kept::Pinned { by: vec!["change 7".to_owned()] };
    let expected = [pinned, Kept::Gone, Kept::Newest, Kept::NoRule];
    assert_eq!(kept(Doing::DryRun), expected);
    assert_eq!(store.list().unwrap().len(), 4);
    assert_eq!(kept(Doing::Really), expected);
    let left: Vec<String> = store.list().unwrap().into_iter().map(|listed| listed.id).collect();
    assert_eq!(left, [ids[0].clone(), ids[2].clone(), ids[3].clone()]);
    // The proven one stays beside the newest.
    store.unpin(&ids[0], "change 7").unwrap();
    store.verify(&ids[0], &[]).unwrap();
    assert_eq!(kept(Doing::DryRun), [Kept::Newest, Kept::Newest, Kept::NoRule]);
    drop(store);
    if let Some(said) = shop.restic(&["check", "--read-data"]) {
        assert!(said.contains("no errors were found"), "{said}");
    }
    // What the removed one shared with the others is still there.
    let store = shop.store();
    let folder = shop.beside("restored");
    store.plan_restore(&ids[2], Destination::Folder(folder.clone())).unwrap().restore().unwrap();
    let restored = folder.join(shop.path("").strip_prefix("/").unwrap());
    assert_eq!(LiveHost.read(&restored.join("etc/number"), 10).unwrap(), b"2");
    assert_eq!(picture(&restored.join("srv")), picture(&shop.path("srv")));
}

#[test]
fn what_another_machine_saved_is_its_own_to_remove_and_is_never_the_latest() {
    let shop = Shop::new();
    let wanted = || Wanted { environment: Some("production".to_owned()), ..Shop::wanted() };
    let store = shop.store();
    let ours: Vec<String> = (0..2).map(|_| store.create(&wanted()).unwrap().id).collect();
    drop(store);
    // As this program on another machine would name them.
    let folder = shop.path("").display().to_string();
    let arguments = ["backup", "--host", "other", "--tag", "setpoint", "--tag", "environment=production", &folder];
    for _ in 0..2 {
        let Some(_) = shop.restic(&arguments) else { return };
    }
    let keep = [Retention { environment: "production".to_owned(), age: Duration::ZERO }];
    let store = shop.store();
    let pruned = store.prune(&keep, Doing::Really).unwrap();
    let kept: Vec<(bool, Kept)> =
        pruned.backups.into_iter().map(|fate| (fate.backup.is_of_this_machine, fate.kept)).collect();
    let theirs = (false, Kept::OtherMachine);
    assert_eq!(kept, [(true, Kept::Gone), (true, Kept::Newest), theirs.clone(), theirs]);
    assert_eq!(store.verify("latest", &[]).unwrap().0, ours[1]);
    assert_eq!(store.list().unwrap().len(), 3);
}
