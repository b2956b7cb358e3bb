//! Files, folders and links: saved, compared, and taken back.

use crate::shop::{Shop, picture, told};
use insta::assert_snapshot;
use setpoint_backup::{Destination, Restored, Store, WhatIsDone};
use setpoint_host::{Access, Act, FixtureHost, Host as _, LiveHost};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

#[test]
fn all_of_it_comes_back() {
    let shop = Shop::new();
    let created = shop.store().create(&Shop::wanted()).unwrap();
    // Two files of 5 MB are one with two names.
    assert_eq!((created.files, created.unchanged), (7, 0));
    let again = shop.store().create(&Shop::wanted()).unwrap();
    assert_eq!((again.files, again.unchanged), (7, 7));
    let store = shop.store();
    let (id, verification) = store.verify("latest", &[]).unwrap();
    assert_eq!((id.as_str(), verification.differences.as_slice()), (again.id.as_str(), &[] as &[String]));
    assert!(verification.passed && verification.compared > 10 && verification.bytes > 10 << 20);
    let listed = store.list().unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed[0].record.verification.is_none() && listed[1].record.verification == Some(verification));
    let folder = shop.beside("restored");
    let restoring = store.plan_restore(&created.id[..8], Destination::Folder(folder.clone())).unwrap();
    restoring.restore().unwrap();
    let restored = folder.join(shop.path("").strip_prefix("/").unwrap());
    assert_eq!(picture(&restored), picture(&shop.path("")));
    let twin = LiveHost.details(&restored.join("srv/big twin")).unwrap();
    assert_eq!(twin.names, 2);
    assert_eq!(twin.inode, LiveHost.details(&restored.join("srv/big")).unwrap().inode);
}

#[test]
fn in_place_only_what_differs_is_written_and_what_is_unknown_stays() {
    let shop = Shop::new();
    let before = picture(&shop.path(""));
    shop.back_up();
    shop.write("etc/shop.env", "A=2\n");
    let otherwise = Act::Attribute { path: &shop.path("etc/shop.env"), name: "user.why", value: b"no reason" };
    LiveHost.act(&otherwise).unwrap();
    LiveHost.remove(&shop.path("etc/link")).unwrap();
    LiveHost.act(&Act::Own { path: &shop.path("srv/big"), access: Access { mode: 0o777, owner: None } }).unwrap();
    LiveHost.act(&Act::Remove { path: &shop.path("srv/nothing in it") }).unwrap_err();
    LiveHost.act(&Act::RemoveFolder { path: &shop.path("srv/nothing in it") }).unwrap();
    shop.write("srv/static/new", "unknown to the backup");
    let store = shop.store();
    let restoring = store.plan_restore("latest", Destination::InPlace).unwrap();
    let differing = restoring.planned().filter(|planned| planned.what != WhatIsDone::Same);
    let lines: Vec<String> = differing
        .map(|planned| {
            let path = planned.path.strip_prefix(shop.path("")).unwrap();
            format!("{:?} {}: {:?}", planned.what, path.display(), planned.differences)
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @"
    Adjusted etc: [Time]
    New etc/link: [Missing]
    Replaced etc/shop.env: [Content, Time, Attributes]
    Adjusted srv: [Time]
    Adjusted srv/big: [Mode]
    Adjusted srv/big twin: [Mode]
    New srv/nothing in it: [Missing]
    Adjusted srv/static: [Time]
    ");
    let Restored { new, replaced, .. } = restoring.restore().unwrap();
    assert_eq!((new, replaced), (2, 1));
    assert_eq!(shop.read("srv/static/new"), "unknown to the backup");
    LiveHost.remove(&shop.path("srv/static/new")).unwrap();
    let stays = |picture: &str| picture.lines().filter(|line| !line.contains("srv/static")).count();
    let after = picture(&shop.path(""));
    let changed: Vec<&str> = after.lines().filter(|line| !before.contains(line)).collect();
    // The folder that the unknown file was in got a new time by its removal just now.
    assert_eq!(changed.len(), 1, "{changed:#?}");
    assert!(changed[0].starts_with("srv/static Folder"));
    assert_eq!(stays(&before), stays(&after));
}

#[test]
fn a_restore_that_is_killed_anywhere_leaves_each_file_old_or_as_saved() {
    let shop = Shop::new();
    let id = shop.back_up();
    let saved = shop.read("etc/shop.env");
    let host = FixtureHost::new(shop.beside(""));
    let (mut seen, mut acts) = (Vec::new(), 0);
    loop {
        shop.write("etc/shop.env", "A=2\n");
        let store = Store::open(&host, shop.settings(), None).unwrap();
        let restoring = store.plan_restore(&id, Destination::InPlace).unwrap();
        host.dies_after(Some(acts));
        let ended = catch_unwind(AssertUnwindSafe(|| restoring.restore()));
        host.dies_after(None);
        let now = shop.read("etc/shop.env");
        assert!(now == "A=2\n" || now == saved, "{now:?} after {acts}");
        seen.push(now == saved);
        if ended.is_ok() {
            break;
        }
        acts += 1;
    }
    // Some of the deaths came before the file took its place and some after it.
    assert!(seen.len() > 8 && !seen[0] && seen[seen.len() - 2], "{seen:?}");
    let picture = picture(&shop.path(""));
    assert!(!picture.contains(".setpoint-"), "the last has removed what those before it left: {picture}");
}

#[test]
fn nothing_is_written_where_something_else_stands_in_the_way() {
    let shop = Shop::new();
    shop.back_up();
    LiveHost.remove(&shop.path("etc/shop.env")).unwrap();
    shop.write("etc/shop.env/inside", "a folder now");
    let store = shop.store();
    let problem = store.plan_restore("latest", Destination::InPlace).unwrap_err();
    assert_snapshot!(told(&shop, &problem), @"
    Input: `/machine/etc/shop.env` is something else than a file (/machine/etc/shop.env:1:1); expected a file, or nothing; retry: safe once this is mended; nothing was changed
    hint: nothing was written; move it away, or restore into a folder with `--to`
    ");
    assert_eq!(shop.read("etc/shop.env/inside"), "a folder now");
}

#[test]
fn a_folder_of_somebody_else_is_not_restored_into() {
    let shop = Shop::new();
    shop.back_up();
    let store = shop.store();
    let folder = shop.beside("restored");
    LiveHost.make_folder(&folder).unwrap();
    let mut accesses = vec![Access { mode: 0o777, owner: None }];
    if LiveHost.owner().0 == 0 {
        accesses.push(Access { mode: 0o755, owner: Some((1234, 5678)) });
    }
    let mut said = Vec::new();
    for access in accesses {
        LiveHost.act(&Act::Own { path: &folder, access }).unwrap();
        let problem = store.plan_restore("latest", Destination::Folder(folder.clone())).unwrap_err();
        said.push(told(&shop, &problem));
        // A link on the way makes no difference.
        let link = shop.beside("link");
        let _ = LiveHost.act(&Act::Link { path: &link, target: &folder });
        assert!(store.plan_restore("latest", Destination::Folder(link)).is_err());
    }
    if LiveHost.owner().0 == 0 {
        let access = Access { mode: 0o755, owner: Some((0, 0)) };
        LiveHost.act(&Act::Own { path: &folder, access }).unwrap();
        let below = || store.plan_restore("latest", Destination::Folder(shop.beside("link/new"))).map(drop);
        below().unwrap();
        LiveHost.act(&Act::OwnLink { path: &shop.beside("link"), owner: (1234, 5678) }).unwrap();
        let problem = below().unwrap_err();
        assert!(problem.to_string().contains("is a link of user 1234"), "{problem}");
    }
    assert_snapshot!(said[0], @"
    Input: `/restored` is one in which everybody may write (/restored:1:1); expected a folder of who restores, in which nobody else may write, or none; retry: safe once this is mended; nothing was changed
    hint: nothing was written; name a folder that is not there, and it is made
    ");
    assert!(said.get(1).is_none_or(|said| said.contains("is of user 1234")), "{said:?}");
    assert_eq!(LiveHost.list(&folder).unwrap(), []);
}

#[test]
fn below_a_link_of_ones_own_all_is_restored() {
    let shop = Shop::new();
    shop.back_up();
    LiveHost.make_folder(&shop.beside("there")).unwrap();
    LiveHost.act(&Act::Link { path: &shop.beside("link"), target: Path::new("there") }).unwrap();
    let store = shop.store();
    let to = Destination::Folder(shop.beside("link/new/../restored"));
    let restoring = store.plan_restore("latest", to.clone()).unwrap();
    assert!(!restoring.replaces());
    restoring.restore().unwrap();
    let restored = shop.beside("there/restored").join(shop.path("").strip_prefix("/").unwrap());
    assert_eq!(picture(&restored), picture(&shop.path("")));
    LiveHost.write(&restored.join("etc/shop.env"), b"edited").unwrap();
    assert!(store.plan_restore("latest", to).unwrap().replaces());
}
