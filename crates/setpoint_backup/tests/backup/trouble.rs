//! What can go wrong, and what is said then.

use crate::shop::{Shop, told};
use insta::assert_snapshot;
use setpoint_backup::{Destination, Settings, Store, Wanted};
use setpoint_host::{Access, Act, Host as _, Kind, LiveHost};
use setpoint_model::register::Repository;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn a_file_that_cannot_be_read_keeps_the_backup_from_being_made() {
    let shop = Shop::new();
    // Opens, and cannot be read from its beginning (proc(5)).
    let mut wanted = Shop::wanted();
    wanted.include.push("/proc/self/mem".to_owned());
    let store = shop.store();
    let problems = store.create(&wanted).unwrap_err();
    let process = format!("/proc/{}", std::process::id());
    assert_snapshot!(told(&shop, &problems[0]).replace(&process, "/proc/ID"), @"
    Machine: `/proc/ID/mem`: Input/output error (os error 5), and so nothing was saved; expected the machine to do it; retry: safe, nothing was changed
    hint: `exclude` of `[backup]` leaves out what need not be saved
    ");
    assert_eq!(store.list().unwrap().len(), 0);
    // The same store makes one without that file.
    store.create(&Shop::wanted()).unwrap();
    wanted.exclude.push("mem".to_owned());
    store.create(&wanted).unwrap();
}

#[test]
fn a_wrong_password_is_said_and_not_shown() {
    let shop = Shop::new();
    shop.back_up();
    let file = shop.beside("other password");
    LiveHost.write_with(&file, b"hunter2-of-nobody\n", Access::PRIVATE).unwrap();
    let settings = Settings { password_file: Some(file), ..shop.settings() };
    let problem = Store::open(&LiveHost, settings, None).unwrap().list().unwrap_err();
    let told = told(&shop, &problem);
    assert!(!told.contains("hunter2"));
    assert_snapshot!(told, @"
    Input: the password does not open the repository `/repository` (/repository:1:1); expected the password that it was made with; retry: safe once this is mended; nothing was changed
    hint: `password_file` of `[backup]` names the file that holds it
    ");
}

#[test]
fn a_password_that_others_may_read_is_refused() {
    let shop = Shop::new();
    shop.back_up();
    let file = shop.beside("state/backup-password");
    LiveHost.act(&Act::Own { path: &file, access: Access { mode: 0o640, owner: None } }).unwrap();
    let problem = Store::open(&LiveHost, shop.settings(), None).unwrap_err();
    assert_snapshot!(told(&shop, &problem), @"
    Input: the file `/state/backup-password` with the password of the repository has mode 0640 (/state/backup-password:1:1); expected that nobody but its owner may read or write it; retry: safe once this is mended; nothing was changed
    hint: `chmod 0600 /state/backup-password`, and another secret if others can have read this one
    ");
}

#[test]
fn a_password_that_is_gone_is_missed_and_not_made_anew() {
    let shop = Shop::new();
    shop.back_up();
    LiveHost.remove(&shop.beside("state/backup-password")).unwrap();
    let problem = Store::open_or_make(&LiveHost, shop.settings(), None).unwrap_err();
    assert_snapshot!(told(&shop, &problem), @"
    Input: the password of the repository `/repository` is not here (/state/backup-password:1:1); expected it in `/state/backup-password`; retry: safe once this is mended; nothing was changed
    hint: put the copy that was kept elsewhere there, with mode 0600; without it nothing can be restored
    ");
    assert!(LiveHost.status(&shop.beside("state/backup-password")).is_err());
}

#[test]
fn the_password_is_made_once_and_is_private() {
    let shop = Shop::new();
    let file = shop.beside("state/backup-password");
    assert_eq!(shop.store().made_password(), Some(file.as_path()));
    assert_eq!(shop.store().made_password(), None);
    assert_eq!(LiveHost.status(&file).unwrap().mode, 0o600);
    assert_eq!(LiveHost.status(&shop.beside("repository")).unwrap().mode, 0o700);
}

#[test]
fn two_do_not_work_on_a_repository_at_once() {
    let shop = Shop::new();
    let held = shop.store();
    let problem = Store::open(&LiveHost, shop.settings(), None).unwrap_err();
    assert_snapshot!(told(&shop, &problem), @"
    Machine: another process works on the repository `/repository` (/repository:1:1); expected to have it alone; retry: safe, nothing was changed
    hint: try again when that has ended
    ");
    drop(held);
    Store::open(&LiveHost, shop.settings(), None).unwrap();
}

#[test]
fn what_is_not_there_is_said() {
    let shop = Shop::new();
    let missing = Store::open(&LiveHost, shop.settings(), None).unwrap_err();
    let store = shop.store();
    let wanted = Wanted { include: vec!["etc/*.conf".to_owned()], ..Wanted::default() };
    let nothing = store.create(&wanted).unwrap_err().remove(0);
    let unknown = store.plan_restore("beef", Destination::InPlace).unwrap_err();
    let all = [missing, nothing, unknown].map(|problem| told(&shop, &problem));
    assert_snapshot!(all.join("\n\n"), @"
    Input: there is no repository in `/repository` (/repository:1:1); expected one that `setpoint backup create` has made; retry: safe once this is mended; nothing was changed

    Input: nothing is there to be saved of `/machine/etc/*.conf` (/machine/etc/*.conf:1:1); expected `include` of `[backup]` to name what is there; retry: safe once this is mended; nothing was changed

    Input: the repository has no backup `beef` (/repository:1:1); expected an id that `setpoint backup list` shows, or `latest`; retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn no_repository_is_made_for_what_is_not_there() {
    let shop = Shop::new();
    let wanted = Wanted { include: vec!["etc/*.conf".to_owned()], ..Wanted::default() };
    let problems = Store::open_or_make_for(&LiveHost, shop.settings(), &wanted, None).unwrap_err();
    assert!(problems[0].what.starts_with("nothing is there to be saved of"), "{problems:?}");
    assert!(LiveHost.list(&shop.beside("repository")).is_err());
    assert!(LiveHost.list(&shop.settings().state).is_err());
    let store = Store::open_or_make_for(&LiveHost, shop.settings(), &Shop::wanted(), None).unwrap();
    assert!(store.made_repository().is_some());
}

#[test]
fn a_folder_of_something_else_becomes_no_repository() {
    let shop = Shop::new();
    LiveHost.write(&shop.beside("repository/letters/to.txt"), b"x").unwrap();
    let problem = Store::open_or_make(&LiveHost, shop.settings(), None).unwrap_err();
    assert_eq!(
        problem.what.replace(&shop.beside("").display().to_string(), "/"),
        "`/repository` is no repository, and holds `letters`"
    );
    assert_eq!(LiveHost.list(&shop.beside("repository")).unwrap().len(), 1);
}

/// All files below a folder of the repository, the largest first.
fn files_of(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for listed in LiveHost.list(&folder).unwrap() {
            let path = folder.join(&listed.name);
            match listed.kind {
                Kind::Folder => folders.push(path),
                _ => files.push((LiveHost.status(&path).unwrap().length, path)),
            }
        }
    }
    files.sort_unstable_by(|one, other| other.cmp(one));
    files.into_iter().map(|(_, path)| path).collect()
}

/// Changes one bit in the middle of a file.
fn damage(file: &Path) {
    let mut bytes = LiveHost.read(file, 1 << 30).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    LiveHost.write(file, &bytes).unwrap();
}

#[test]
fn a_damaged_repository_is_not_called_safe() {
    let shop = Shop::new();
    shop.back_up();
    damage(&files_of(&shop.beside("repository/data"))[0]);
    let store = shop.store();
    let (_, verification) = store.verify("latest", &[]).unwrap();
    assert!(!verification.passed);
    let expected =
        format!("`{}` cannot be read back: reading from the repository failed: ", shop.path("srv/big").display());
    assert!(verification.differences[0].starts_with(&expected), "{:?}", verification.differences);
    assert!(store.list().unwrap()[0].record.verification.as_ref().is_some_and(|found| !found.passed));
}

#[test]
fn damage_in_what_says_where_all_is_counts_as_damage() {
    for (below, beginning) in
        [("data", "reading what the backup holds failed: "), ("index", "reading the repository's index failed: ")]
    {
        let shop = Shop::new();
        shop.back_up();
        assert!(shop.store().verify("latest", &[]).unwrap().1.passed);
        let files = files_of(&shop.beside("repository").join(below));
        // Lists of files are in packs of their own, which are smaller than those of their content.
        files.iter().skip(usize::from(below == "data")).for_each(|file| damage(file));
        let store = shop.store();
        let (_, verification) = store.verify("latest", &[]).unwrap();
        assert!(verification.differences[0].starts_with(beginning), "{:?}", verification.differences);
        let recorded = store.list().unwrap()[0].record.verification.clone();
        assert!(recorded.is_some_and(|found| !found.passed), "{below}");
    }
}

/// A disk of a few megabytes, as only root can make one.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn make(at: &Path, megabytes: u32) -> Option<Self> {
        LiveHost.make_folder(at).unwrap();
        let size = format!("size={megabytes}m");
        let said = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output();
        said.is_ok_and(|said| said.status.success()).then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_said_and_leaves_no_half_backup() {
    let shop = Shop::new();
    let Some(_disk) = SmallDisk::make(&shop.beside("small"), 4) else { return };
    let repository = Repository::Folder(shop.beside("small/repository").display().to_string());
    let store = Store::open_or_make(&LiveHost, Settings { repository, ..shop.settings() }, None).unwrap();
    let problem = store.create(&Shop::wanted()).unwrap_err().remove(0);
    assert_snapshot!(told(&shop, &problem), @"Machine: the disk of `/small/repository` is full (/small/repository:1:1); expected room for all of it; retry: safe once this is mended; nothing was changed");
    assert_eq!(store.list().unwrap().len(), 0);
}

#[test]
fn room_for_a_restore_is_looked_for_first() {
    let shop = Shop::new();
    shop.back_up();
    let Some(_disk) = SmallDisk::make(&shop.beside("small"), 4) else { return };
    let store = shop.store();
    let problem = store.plan_restore("latest", Destination::Folder(shop.beside("small/restored"))).unwrap_err();
    assert_snapshot!(told(&shop, &problem), @"Machine: `/small/restored` has no room: 4194304 bytes are free, and 10485768 are needed (/small/restored:1:1); expected room for all of it; retry: safe once this is mended; nothing was changed");
    assert_eq!(LiveHost.list(&shop.beside("small")).unwrap().len(), 0);
}

#[test]
fn a_repository_that_is_gone_is_missed_and_not_made_anew() {
    let shop = Shop::new();
    assert_eq!(shop.store().made_repository(), Some(shop.beside("repository").display().to_string()));
    assert_eq!(shop.store().made_repository(), None);
    // As if the disk were not mounted.
    let aside = shop.beside("aside");
    LiveHost.act(&Act::Rename { from: &shop.beside("repository"), to: &aside }).unwrap();
    let problem = Store::open_or_make(&LiveHost, shop.settings(), None).unwrap_err();
    let records = LiveHost.list(&shop.beside("state/backups")).unwrap().remove(0).name;
    let records = records.to_string_lossy().into_owned();
    assert_snapshot!(told(&shop, &problem).replace(&records, "RECORDS"), @"
    Machine: there is no repository in `/repository` any more, and there was one (/repository:1:1); expected what it is on to be there, and mounted; retry: safe once this is mended; nothing was changed
    hint: to begin anew, without the backups that were in it, remove `/state/backups/RECORDS`
    ");
    assert_eq!(Store::open(&LiveHost, shop.settings(), None).unwrap_err(), problem);
    assert_eq!(Store::is_there(&LiveHost, &shop.settings()).unwrap_err(), problem);
    assert!(LiveHost.status(&shop.beside("repository")).is_err());
    // As the hint says.
    LiveHost.remove(&shop.beside("state/backups").join(records)).unwrap();
    assert!(!Store::is_there(&LiveHost, &shop.settings()).unwrap());
    shop.back_up();
}

#[test]
fn a_place_that_cannot_be_looked_at_is_not_taken_for_an_empty_one() {
    let shop = Shop::new();
    // A link that leads back to itself is refused to everybody, as another's folder is to all but root.
    LiveHost.act(&Act::Link { path: &shop.beside("repository"), target: Path::new("repository") }).unwrap();
    let problem = Store::is_there(&LiveHost, &shop.settings()).unwrap_err();
    assert_snapshot!(told(&shop, &problem), @"Input: `/repository/config` is a link that leads back to itself (/repository/config:1:1); expected a link that leads to a file; retry: safe once this is mended; nothing was changed");
}

/// As a process leaves it that is killed when it has made the key, and nobody remembers it.
fn without_config(shop: &Shop, repository: &Path) {
    LiveHost.remove(&repository.join("config")).unwrap();
    let state = shop.beside("state/backups");
    for listed in LiveHost.list(&state).unwrap() {
        LiveHost.remove(&state.join(listed.name)).unwrap();
    }
}

#[test]
fn a_making_that_was_interrupted_is_begun_anew() {
    let shop = Shop::new();
    let repository = shop.beside("repository");
    for _ in 0..3 {
        drop(shop.store());
        without_config(&shop, &repository);
    }
    shop.back_up();
    assert_eq!(LiveHost.list(&repository.join("keys")).unwrap().len(), 1);
    assert_eq!(shop.store().list().unwrap().len(), 1);
    // Nobody can say that of what has backups.
    without_config(&shop, &repository);
    let problem = Store::open_or_make(&LiveHost, shop.settings(), None).unwrap_err();
    let pack = problem.what.split('`').nth(3).unwrap().to_owned();
    assert_snapshot!(told(&shop, &problem).replace(&pack, "data/PACK"), @"
    Input: `/repository` holds `data/PACK`, and has lost `config`, without which nothing of it can be read (/repository:1:1); expected a whole repository, or an empty folder or none to make it in; retry: safe once this is mended; nothing was changed
    hint: bring `config` back from a copy of the repository, or let `repository` of `[backup]` name another place
    ");
    assert_eq!(LiveHost.list(&repository.join("keys")).unwrap().len(), 1);
}
