//! A repository in a bucket of a real server that checks signatures, and of one that does what it should not.

use crate::between::{Fate, between, without_delimiter};
use crate::shop::{Shop, picture, told};
use insta::assert_snapshot;
use setpoint_backup::{Destination, Doing, Settings, Store};
use setpoint_host::{Access, Act, Host as _, LiveHost};
use setpoint_model::register::{Repository, Retention};
use setpoint_testkit::{Background, free_port, object_store};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Who may do all at the server.
const KEY: &str = "AKIASHOP";
const SECRET: &str = "hunter2-of-the-store";

/// A shop whose repository is in a bucket.
pub(crate) struct Bucket {
    pub(crate) shop: Shop,
    port: u16,
    _server: Background,
}

impl Bucket {
    /// `None` where there is no such server.
    fn new() -> Option<Self> {
        let shop = Shop::new();
        let folder = shop.beside("buckets");
        LiveHost.make_folder(&folder.join("shop")).unwrap();
        let (server, port) = object_store(&folder, Some((KEY, SECRET)))?;
        write_key(&shop, SECRET);
        Some(Self { shop, port, _server: server })
    }

    fn settings(&self) -> Settings {
        settings_at(&self.shop, self.port)
    }

    fn store(&self) -> Store<'static> {
        Store::open_or_make(&LiveHost, self.settings(), None).unwrap()
    }

    /// Where the server keeps an object.
    fn object(&self, name: &str) -> PathBuf {
        self.shop.beside("buckets/shop/of/setpoint").join(name)
    }

    /// Has restic look for faults. It asks for a listing without groups by an empty `delimiter=`, which Amazon takes for none and
    /// this server for one. What takes that out spoils the signature, and so another server has the same files for everybody.
    fn check(&self) -> Option<()> {
        let (_server, port) = object_store(&self.shop.beside("buckets"), None)?;
        if !setpoint_testkit::tool_is_here("restic") {
            return None;
        }
        let mut command = self.restic_command_at(without_delimiter(port), &["check", "--read-data", "--no-lock"]);
        let said = command.output().unwrap();
        let text = [said.stdout, said.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(text.contains("no errors were found"), "{text}");
        Some(())
    }

    fn restic(&self, arguments: &[&str]) -> Option<String> {
        if !setpoint_testkit::tool_is_here("restic") {
            return None;
        }
        let said = self.restic_command(arguments).output().unwrap();
        let text = [said.stdout, said.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(said.status.success(), "restic {arguments:?}: {text}");
        Some(text)
    }

    fn restic_command(&self, arguments: &[&str]) -> Command {
        self.restic_command_at(self.port, arguments)
    }

    fn restic_command_at(&self, port: u16, arguments: &[&str]) -> Command {
        let mut command = Command::new("restic");
        command.arg("--no-cache").args(["--repo", &format!("s3:http://127.0.0.1:{port}/shop/of/setpoint")]);
        command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET);
        command.arg("--password-file").arg(self.shop.beside("state/backup-password"));
        command.args(arguments);
        command
    }
}

fn settings_at(shop: &Shop, port: u16) -> Settings {
    Settings {
        repository: Repository::parse(&format!("s3:http://127.0.0.1:{port}/shop/of/setpoint")).unwrap(),
        credentials_file: Some(shop.beside("s3.env")),
        ..shop.settings()
    }
}

fn write_key(shop: &Shop, secret: &str) {
    let text = format!("AWS_ACCESS_KEY_ID={KEY}\nAWS_SECRET_ACCESS_KEY='{secret}'\n");
    LiveHost.write_with(&shop.beside("s3.env"), text.as_bytes(), Access::PRIVATE).unwrap();
}

/// What is told, without the port.
fn said(shop: &Shop, port: u16, problem: &setpoint_model::Problem) -> String {
    let told = told(shop, problem);
    assert!(!told.contains("hunter2") && !told.contains("X-Amz"), "{told}");
    told.replace(&format!("127.0.0.1:{port}"), "127.0.0.1:PORT")
}

#[test]
fn all_of_it_comes_back_from_a_bucket_and_to_restic() {
    let Some(bucket) = Bucket::new() else { return };
    let shop = &bucket.shop;
    assert!(!Store::is_there(&LiveHost, &bucket.settings()).unwrap());
    let created = bucket.store().create(&Shop::wanted()).unwrap();
    assert_eq!((created.files, created.unchanged), (7, 0));
    shop.write("etc/shop.env", "A=2\n");
    let again = bucket.store().create(&Shop::wanted()).unwrap();
    assert_eq!((again.files, again.unchanged), (7, 6));
    let store = Store::open(&LiveHost, bucket.settings(), None).unwrap();
    let (_, verification) = store.verify("latest", &[]).unwrap();
    assert_eq!(verification.differences, Vec::<String>::new());
    let listed = store.list().unwrap();
    assert_eq!(listed.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [&created.id, &again.id]);
    assert!(listed[1].record.verification.as_ref().is_some_and(|found| found.passed));
    let folder = shop.beside("restored");
    store.plan_restore("latest", Destination::Folder(folder.clone())).unwrap().restore().unwrap();
    let restored = |folder: &Path| picture(&folder.join(shop.path("").strip_prefix("/").unwrap()));
    assert_eq!(restored(&folder), picture(&shop.path("")));
    drop(store);
    assert_eq!(LiveHost.list(&bucket.object("locks")).unwrap_or_default().len(), 0);
    let Some(()) = bucket.check() else { return };
    let folder = shop.beside("by restic");
    bucket.restic(&["restore", &again.id, "--target", &folder.display().to_string()]).unwrap();
    assert_eq!(restored(&folder), picture(&shop.path("")));
}

#[test]
fn what_restic_saved_in_a_bucket_is_proven() {
    let Some(bucket) = Bucket::new() else { return };
    drop(bucket.store());
    let Some(_) = bucket.restic(&["backup", "--quiet", &bucket.shop.path("").display().to_string()]) else { return };
    let listed = bucket.store().list().unwrap().remove(0);
    assert!(!listed.is_ours);
    let (_, verification) = bucket.store().verify(&listed.id, &[]).unwrap();
    assert_eq!(verification.differences, Vec::<String>::new());
}

#[test]
fn a_making_in_a_bucket_that_was_interrupted_is_begun_anew() {
    let Some(bucket) = Bucket::new() else { return };
    let forget = || {
        LiveHost.remove(&bucket.object("config")).unwrap();
        let state = bucket.shop.beside("state/backups");
        for listed in LiveHost.list(&state).unwrap() {
            LiveHost.remove(&state.join(listed.name)).unwrap();
        }
    };
    for _ in 0..2 {
        drop(bucket.store());
        forget();
    }
    bucket.store().create(&Shop::wanted()).unwrap();
    assert_eq!(LiveHost.list(&bucket.object("keys")).unwrap().len(), 1);
    forget();
    let problem = Store::open_or_make(&LiveHost, bucket.settings(), None).unwrap_err();
    assert!(problem.what.contains("has lost `config`"), "{problem}");
    assert_eq!(LiveHost.list(&bucket.object("keys")).unwrap().len(), 1);
}

#[test]
fn a_listing_of_many_pages_is_read_to_its_end() {
    let Some(bucket) = Bucket::new() else { return };
    bucket.store().create(&Shop::wanted()).unwrap();
    // More than a page of packs that nothing needs.
    let number = 1100_u64;
    for name in 0..number {
        LiveHost.write(&bucket.object(&format!("data/{:02x}/{name:064x}", name % 256)), b"ten bytes!").unwrap();
    }
    let pruned = bucket.store().prune(&[], Doing::DryRun).unwrap();
    assert_eq!(pruned.freed, number * 10);
}

#[test]
fn old_backups_go_from_a_bucket_and_the_rest_stays_whole() {
    let Some(bucket) = Bucket::new() else { return };
    let (shop, store) = (&bucket.shop, bucket.store());
    let wanted = || setpoint_backup::Wanted { environment: Some("production".to_owned()), ..Shop::wanted() };
    store.create(&wanted()).unwrap();
    shop.write("etc/shop.env", "A=2\n");
    let newer = store.create(&wanted()).unwrap().id;
    let keep = [Retention { environment: "production".to_owned(), age: Duration::ZERO }];
    store.prune(&keep, Doing::Really).unwrap();
    assert_eq!(store.list().unwrap().into_iter().map(|listed| listed.id).collect::<Vec<_>>(), [newer]);
    drop(store);
    bucket.check();
    assert_eq!(LiveHost.list(&bucket.object("locks")).unwrap_or_default().len(), 0);
}

#[test]
fn what_goes_is_decided_alone_and_each_backup_is_read_once() {
    let Some(bucket) = Bucket::new() else { return };
    let wanted = || setpoint_backup::Wanted { environment: Some("production".to_owned()), ..Shop::wanted() };
    let store = bucket.store();
    (0..3).for_each(|_| drop(store.create(&wanted()).unwrap()));
    drop(store);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let asked = Arc::clone(&seen);
    let (settings, _) = by_way_of(&bucket, move |line, _| {
        asked.lock().unwrap().push(line.to_owned());
        Fate::Passes
    });
    let keep = [Retention { environment: "production".to_owned(), age: Duration::ZERO }];
    let store = Store::open(&LiveHost, settings, None).unwrap();
    store.prune(&keep, Doing::Really).unwrap();
    drop(store);
    let seen = seen.lock().unwrap();
    let are = |begin: &str| -> Vec<usize> {
        let found = seen.iter().enumerate().filter(|(_, line)| line.starts_with(begin));
        found.map(|(number, _)| number).collect()
    };
    let (locked, read) = (are("PUT /shop/of/setpoint/locks/"), are("GET /shop/of/setpoint/snapshots/"));
    assert_eq!(locked.len(), 2);
    assert!(locked.iter().all(|locked| read.iter().all(|read| locked < read)), "{seen:?}");
    // Once to decide, and of those that stay once by the library.
    assert!((3..=4).contains(&read.len()), "{seen:?}");
}

#[test]
fn a_bucket_is_held_against_ourselves_and_against_restic() {
    let Some(bucket) = Bucket::new() else { return };
    let store = bucket.store();
    store.create(&Shop::wanted()).unwrap();
    let problem = Store::open(&LiveHost, bucket.settings(), None).unwrap_err();
    assert_snapshot!(said(&bucket.shop, bucket.port, &problem), @"
    Machine: another process works on the repository `s3:http://127.0.0.1:PORT/shop/of/setpoint` (s3:http://127.0.0.1:PORT/shop/of/setpoint); expected to have it alone; retry: safe, nothing was changed
    hint: try again when that has ended
    ");
    // Another machine has another state folder, and sees what restic would see: it may save meanwhile, and not remove.
    let mut other = Settings { state: bucket.shop.beside("other machine"), ..bucket.settings() };
    other.password_file = Some(bucket.shop.beside("state/backup-password"));
    let elsewhere = Store::open(&LiveHost, other, None).unwrap();
    assert_eq!(elsewhere.list().unwrap().len(), 1);
    let told = said(&bucket.shop, bucket.port, &elsewhere.prune(&[], Doing::Really).unwrap_err());
    assert!(told.contains(&format!("restic (process {} of `", std::process::id())), "{told}");
    assert!(told.contains("/of/setpoint/locks/"), "{told}");
    drop(elsewhere);
    if setpoint_testkit::tool_is_here("restic") {
        let mut command = bucket.restic_command(&["prune"]);
        let said = command.output().unwrap();
        let told = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(!said.status.success() && told.contains("repository is already locked"), "{told}");
    }
    drop(store);
    assert_eq!(LiveHost.list(&bucket.object("locks")).unwrap_or_default().len(), 0);
}

#[test]
fn a_lock_that_a_killed_process_has_left_in_a_bucket_is_removed_by_the_next() {
    let Some(bucket) = Bucket::new() else { return };
    let store = bucket.store();
    store.create(&Shop::wanted()).unwrap();
    let name = LiveHost.list(&bucket.object("locks")).unwrap().remove(0).name;
    let state = bucket.shop.beside("state/backups");
    let names = LiveHost.list(&state).unwrap().into_iter().map(|listed| state.join(listed.name));
    let remembered = names.into_iter().find(|path| path.extension().is_some_and(|end| end == "locks")).unwrap();
    let files = [bucket.object("locks").join(&name), remembered];
    let left = files.each_ref().map(|file| LiveHost.read(file, 1 << 16).unwrap());
    drop(store);
    files.iter().zip(&left).for_each(|(file, left)| LiveHost.write(file, left).unwrap());
    let store = bucket.store();
    assert!(LiveHost.status(&bucket.object("locks").join(&name)).is_err());
    store.prune(&[], Doing::Really).unwrap();
}

#[test]
fn a_lock_in_a_bucket_that_nobody_renews_keeps_us_away_for_half_an_hour() {
    let Some(bucket) = Bucket::new() else { return };
    let store = bucket.store();
    store.create(&Shop::wanted()).unwrap();
    let lock = bucket.object("locks").join(&LiveHost.list(&bucket.object("locks")).unwrap().remove(0).name);
    let left = LiveHost.read(&lock, 1 << 16).unwrap();
    drop(store);
    LiveHost.write(&lock, &left).unwrap();
    let mut other = Settings { state: bucket.shop.beside("other machine"), ..bucket.settings() };
    other.password_file = Some(bucket.shop.beside("state/backup-password"));
    let store = Store::open(&LiveHost, other, None).unwrap();
    let prune_after = |minutes: u64| {
        let modified = jiff::Timestamp::now() - Duration::from_mins(minutes);
        LiveHost.act(&Act::Date { path: &lock, modified }).unwrap();
        store.prune(&[], Doing::Really).map(drop).map_err(|problem| problem.what)
    };
    assert!(prune_after(29).is_err_and(|what| what.contains("works on the repository")));
    assert_eq!(prune_after(31), Ok(()));
}

/// The packs, as files of the server, the largest last.
fn packs(bucket: &Bucket) -> Vec<PathBuf> {
    let data = bucket.object("data");
    let mut packs = Vec::new();
    for folder in LiveHost.list(&data).unwrap() {
        for file in LiveHost.list(&data.join(&folder.name)).unwrap() {
            packs.push(data.join(&folder.name).join(&file.name));
        }
    }
    packs.sort_by_key(|path| LiveHost.status(path).unwrap().length);
    packs
}

#[test]
fn a_bucket_that_lost_something_is_not_called_safe() {
    let Some(bucket) = Bucket::new() else { return };
    bucket.store().create(&Shop::wanted()).unwrap();
    let pack = packs(&bucket).pop().unwrap();
    let whole = LiveHost.read(&pack, 1 << 30).unwrap();
    let mut told = Vec::new();
    for bytes in [Some(&whole[..whole.len() / 2]), None] {
        match bytes {
            Some(bytes) => LiveHost.write(&pack, bytes).unwrap(),
            None => LiveHost.remove(&pack).unwrap(),
        }
        let (_, verification) = bucket.store().verify("latest", &[]).unwrap();
        assert!(!verification.passed);
        // Which of the files is read first is up to the threads.
        told.extend(verification.differences[0].split_once(" cannot ").map(|(_, told)| told.to_owned()));
    }
    let name = pack.file_name().unwrap().to_str().unwrap();
    let told = told.join("\n");
    let told = told.replace(&format!("{}/{name}", &name[..2]), "PACK").replace(&bucket.port.to_string(), "PORT");
    // Where the part begins that is read first is up to what else got into the pack.
    let words = told.split(' ').map(|word| if word.parse::<u64>().is_ok() { "SO MANY" } else { word });
    let told = words.collect::<Vec<_>>().join(" ");
    assert_snapshot!(told, @"
    be read back: reading from the repository failed: `s3:http://127.0.0.1:PORT/shop/of/setpoint` has less than the SO MANY bytes to read `data/PACK`
    be read back: reading from the repository failed: `s3:http://127.0.0.1:PORT/shop/of/setpoint` has nothing to read `data/PACK`: it is missing
    ");
    LiveHost.write(&pack, &whole).unwrap();
    assert!(bucket.store().verify("latest", &[]).unwrap().1.passed);
}

#[test]
fn what_a_store_refuses_is_said_with_what_can_be_done() {
    let Some(bucket) = Bucket::new() else { return };
    let shop = &bucket.shop;
    let open = |settings: Settings| Store::open_or_make(&LiveHost, settings, None).unwrap_err();
    let at = |place: &str| Settings {
        repository: Repository::parse(&format!("s3:http://127.0.0.1:{place}")).unwrap(),
        ..bucket.settings()
    };
    let no_bucket = open(at(&format!("{}/nothing", bucket.port)));
    LiveHost.write(&shop.beside("buckets/letters/to/mother.txt"), b"x").unwrap();
    let no_repository = open(at(&format!("{}/letters/to", bucket.port)));
    write_key(shop, "hunter2-of-another");
    let wrong_secret = open(bucket.settings());
    LiveHost.write(&shop.beside("s3.env"), b"AWS_ACCESS_KEY_ID=nobody\nAWS_SECRET_ACCESS_KEY=hunter2\n").unwrap();
    let wrong_key = open(bucket.settings());
    LiveHost.write(&shop.beside("s3.env"), b"AWS_SECRET_ACCESS_KEY=hunter2\n").unwrap();
    let half = open(bucket.settings());
    let access = Access { mode: 0o640, owner: None };
    LiveHost.write_with(&shop.beside("s3.env"), b"AWS_SECRET_ACCESS_KEY=hunter2\n", access).unwrap();
    let readable = open(bucket.settings());
    LiveHost.remove(&shop.beside("s3.env")).unwrap();
    let no_file = open(bucket.settings());
    let not_named = open(Settings { credentials_file: None, ..bucket.settings() });
    write_key(shop, SECRET);
    let port = free_port();
    let nobody = open(at(&format!("{port}/shop")));
    let all = [no_bucket, no_repository, wrong_secret, wrong_key, half, readable, no_file, not_named, nobody];
    let all = all.map(|problem| said(shop, bucket.port, &problem).replace(&port.to_string(), "PORT"));
    assert_snapshot!(all.join("\n\n"), @"
    Input: looking for the repository failed: `s3:http://127.0.0.1:PORT/nothing` refused to list `config`: NoSuchBucket (HTTP status 404); expected a bucket that is there; retry: safe once this is mended; nothing was changed
    hint: make it with the means of the store: this program makes no buckets

    Input: `s3:http://127.0.0.1:PORT/letters/to` is no repository, and holds `mother.txt` (s3:http://127.0.0.1:PORT/letters/to); expected a repository, or an empty folder or none to make it in; retry: safe once this is mended; nothing was changed

    Input: looking for the repository failed: `s3:http://127.0.0.1:PORT/shop/of/setpoint` refused to list `config`: SignatureDoesNotMatch (HTTP status 403); expected a key that the store knows, and its secret; retry: safe once this is mended; nothing was changed
    hint: `credentials_file` of `[backup]` names the file that holds both

    Input: looking for the repository failed: `s3:http://127.0.0.1:PORT/shop/of/setpoint` refused to list `config`: NotSignedUp (HTTP status 403); expected a key that may list, read, write and remove in the bucket; retry: safe once this is mended; nothing was changed
    hint: `credentials_file` of `[backup]` names the file with the key; what it may do is said at the store

    Input: the file `/s3.env` with the key of the store does not set `AWS_ACCESS_KEY_ID` (/s3.env:1:1); expected one with `AWS_ACCESS_KEY_ID=` and `AWS_SECRET_ACCESS_KEY=`, a line each; retry: safe once this is mended; nothing was changed

    Input: the file `/s3.env` with the key of the store has mode 0640 (/s3.env:1:1); expected that nobody but its owner may read or write it; retry: safe once this is mended; nothing was changed
    hint: `chmod 0600 /s3.env`, and another secret if others can have read this one

    Input: the file `/s3.env` with the key of the store does not exist (/s3.env:1:1); expected one with `AWS_ACCESS_KEY_ID=` and `AWS_SECRET_ACCESS_KEY=`, a line each; retry: safe once this is mended; nothing was changed

    Input: nothing says with which key `s3:http://127.0.0.1:PORT/shop/of/setpoint` is opened; expected `credentials_file` of `[backup]`; retry: safe once this is mended; nothing was changed

    Machine: looking for the repository failed: `s3:http://127.0.0.1:PORT/shop` gave no answer to list `config`: Connection refused (os error 111), tried 6 times; expected a store that answers; retry: safe, nothing was changed
    hint: look whether it runs and is reached from here, and do the same again
    ");
}

/// The shop's repository as it is reached by way of something that does this to requests.
fn by_way_of(bucket: &Bucket, fate: impl Fn(&str, usize) -> Fate + Send + Sync + 'static) -> (Settings, u16) {
    let port = between(bucket.port, fate);
    (settings_at(&bucket.shop, port), port)
}

#[test]
fn what_passes_by_itself_is_tried_again_and_nothing_is_lost() {
    let Some(bucket) = Bucket::new() else { return };
    let fates = [
        Fate::Answered(503, "SlowDown"),
        Fate::AnswerLost,
        Fate::AnswerCut,
        Fate::RequestCut,
        Fate::Answered(500, "InternalError"),
    ];
    // The first of all requests for an object fails, and of those that write it the second, too.
    let seen = Mutex::new(HashMap::new());
    let (settings, _) = by_way_of(&bucket, move |line, number| {
        let mut seen = seen.lock().unwrap();
        let times = seen.entry(line.split('?').next().unwrap_or_default().to_owned()).or_insert(0);
        *times += 1;
        match *times {
            1 => fates[number % fates.len()],
            2 if line.starts_with("PUT ") => Fate::RequestDamaged,
            _ => Fate::Passes,
        }
    });
    let store = Store::open_or_make(&LiveHost, settings, None).unwrap();
    let id = store.create(&Shop::wanted()).unwrap().id;
    let (_, verification) = store.verify(&id, &[]).unwrap();
    assert_eq!(verification.differences, Vec::<String>::new());
    store.prune(&[], Doing::Really).unwrap();
    drop(store);
    bucket.check();
}

/// Of the files of a repository only which kind they are.
fn without_ids(told: &str) -> String {
    let is_id = |part: &&str| [2, 64].contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let line = |line: &str| {
        line.split('`')
            .map(|words| words.split('/').filter(|part| !is_id(part)).collect::<Vec<_>>().join("/"))
            .collect::<Vec<_>>()
            .join("`")
    };
    told.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_does_not_pass_leaves_no_backup_that_is_not_whole() {
    let Some(bucket) = Bucket::new() else { return };
    let fine = bucket.store().create(&Shop::wanted()).unwrap().id;
    let mut told = Vec::new();
    let fates = [
        ("PUT /shop/of/setpoint/data/", Fate::Answered(503, "SlowDown")),
        ("PUT /shop/of/setpoint/index/", Fate::RequestCut),
        ("PUT /shop/of/setpoint/snapshots/", Fate::Answered(403, "AccessDenied")),
        ("PUT /shop/of/setpoint/locks/", Fate::Answered(403, "RequestTimeTooSkewed")),
        ("GET /shop/?", Fate::Answered(400, "AuthorizationQueryParametersError")),
        ("GET /shop/of/setpoint/keys/", Fate::AnswerCut),
    ];
    for (number, (begin, fate)) in fates.into_iter().enumerate() {
        bucket.shop.write("etc/shop.env", format!("A={number}\n"));
        let (settings, port) =
            by_way_of(&bucket, move |line, _| if line.starts_with(begin) { fate } else { Fate::Passes });
        let failed = Store::open(&LiveHost, settings, None)
            .map_err(|problem| vec![problem])
            .and_then(|store| store.create(&Shop::wanted()));
        told.push(without_ids(&said(&bucket.shop, port, &failed.unwrap_err()[0])));
        let ids: Vec<String> = bucket.store().list().unwrap().into_iter().map(|listed| listed.id).collect();
        assert_eq!(ids, std::slice::from_ref(&fine));
    }
    assert_snapshot!(told.join("\n\n"), @"
    Machine: saving failed: `s3:http://127.0.0.1:PORT/shop/of/setpoint` refused to write `data`: SlowDown (HTTP status 503), tried 6 times; expected a store that does it; retry: safe, nothing was changed

    Machine: saving failed: `s3:http://127.0.0.1:PORT/shop/of/setpoint` gave no answer to write `index`: Peer disconnected, tried 6 times; expected a store that answers; retry: safe, nothing was changed
    hint: look whether it runs and is reached from here, and do the same again

    Input: saving failed: `s3:http://127.0.0.1:PORT/shop/of/setpoint` refused to write `snapshots`: AccessDenied (HTTP status 403); expected a key that may list, read, write and remove in the bucket; retry: safe once this is mended; nothing was changed
    hint: `credentials_file` of `[backup]` names the file with the key; what it may do is said at the store

    Machine: locking the repository failed: `s3:http://127.0.0.1:PORT/shop/of/setpoint` refused to write `locks`: RequestTimeTooSkewed (HTTP status 403); expected this machine's clock to be right within 15 minutes; retry: safe once this is mended; nothing was changed
    hint: `timedatectl` says whether it is kept right

    Input: looking for the repository failed: `s3:http://127.0.0.1:PORT/shop/of/setpoint` refused to list `config`: AuthorizationQueryParametersError (HTTP status 400); expected the region and the address that the bucket is in; retry: safe once this is mended; nothing was changed
    hint: `region` of `[backup]` is `us-east-1` where it is left out

    Machine: opening the repository failed: `s3:http://127.0.0.1:PORT/shop/of/setpoint` gave no answer to read `keys`: Peer disconnected, tried 6 times; expected a store that answers; retry: safe, nothing was changed
    hint: look whether it runs and is reached from here, and do the same again
    ");
    // What was written in vain is in nobody's way.
    bucket.store().create(&Shop::wanted()).unwrap();
    bucket.check();
}

#[test]
fn a_store_that_does_not_answer_proves_nothing() {
    let Some(bucket) = Bucket::new() else { return };
    bucket.store().create(&Shop::wanted()).unwrap();
    let (settings, port) = by_way_of(&bucket, |line, _| {
        if line.starts_with("GET /shop/of/setpoint/data/") { Fate::AnswerCut } else { Fate::Passes }
    });
    // That it could not be tried is no word about the backup.
    let problem = Store::open(&LiveHost, settings, None).unwrap().verify("latest", &[]).unwrap_err();
    let told = said(&bucket.shop, port, &problem);
    assert!(told.starts_with("Machine: ") && told.contains("gave no answer to read `data/"), "{told}");
    assert!(bucket.store().list().unwrap()[0].record.verification.is_none());
}
