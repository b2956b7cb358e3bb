//! A repository in a bucket of a real server that checks signatures, and of one that does what it should not.

use crate::shop::{Shop, picture, told};
use insta::assert_snapshot;
use setpoint_backup::{Destination, Doing, Settings, Store};
use setpoint_host::{Access, Host as _, LiveHost};
use setpoint_model::register::{Repository, Retention};
use setpoint_testkit::{Background, free_port, object_store};
use std::path::{Path, PathBuf};
use std::process::Command;
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
        let (server, port) = object_store(&folder, KEY, SECRET)?;
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

    fn restic(&self, arguments: &[&str]) -> Option<String> {
        if !setpoint_testkit::tool_is_here("restic") {
            return None;
        }
        let mut command = Command::new("restic");
        command.arg("--no-cache").args(["--repo", &format!("s3:http://127.0.0.1:{}/shop/of/setpoint", self.port)]);
        command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET);
        command.arg("--password-file").arg(self.shop.beside("state/backup-password"));
        let said = command.args(arguments).output().unwrap();
        let text = [said.stdout, said.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(said.status.success(), "restic {arguments:?}: {text}");
        Some(text)
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
    let Some(checked) = bucket.restic(&["check", "--read-data"]) else { return };
    assert!(checked.contains("no errors were found"), "{checked}");
    let folder = shop.beside("by restic");
    bucket.restic(&["restore", &again.id, "--target", &folder.display().to_string()]).unwrap();
    assert_eq!(restored(&folder), picture(&shop.path("")));
}

#[test]
fn what_restic_saved_in_a_bucket_is_proven() {
    let Some(bucket) = Bucket::new() else { return };
    drop(bucket.store());
    let Some(_) = bucket.restic(&["backup", "--quiet", &bucket.shop.path("").display().to_string()]) else { return };
    let (_, verification) = bucket.store().verify("latest", &[]).unwrap();
    assert_eq!(verification.differences, Vec::<String>::new());
    assert!(!bucket.store().list().unwrap()[0].is_ours);
}
