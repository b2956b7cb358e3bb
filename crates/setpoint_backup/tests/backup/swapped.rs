//! What is restored lies in folders of others, who can lay a link there between any two acts.

use crate::shop::{Shop, picture};
use setpoint_backup::{Destination, Store, Wanted};
use setpoint_host::{
    Access, Act, Details, FileLock, Host, Listed, LiveHost, Output, Refusal, Source, Space, Status, TemporaryFolder,
    Unreached,
};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// This machine, on which somebody does something before the act of a number.
struct Between<'b> {
    left: Mutex<Option<usize>>,
    somebody: &'b (dyn Fn(&Path) + Sync),
    has_random_bytes: bool,
}

impl Between<'_> {
    fn wait_for(&self, act: &Act<'_>) {
        let mut left = self.left.lock().unwrap();
        match *left {
            Some(0) => {
                (self.somebody)(act.path());
                *left = None;
            }
            Some(more) => *left = Some(more - 1),
            None => {}
        }
    }
}

/// Lays a link in the place of a file or folder, which is moved aside.
fn swap(path: &Path, victim: &Path) {
    let aside = path.with_extension("aside");
    let moved = std::fs::rename(path, &aside);
    assert!(moved.is_ok() || !path.exists());
    std::os::unix::fs::symlink(victim, path).unwrap();
}

/// What was moved aside takes the place of the link again.
fn swap_back(path: &Path) {
    if path.is_symlink() {
        std::fs::remove_file(path).unwrap();
    }
    let aside = path.with_extension("aside");
    if aside.symlink_metadata().is_ok() {
        std::fs::rename(aside, path).unwrap();
    }
}

/// All that root would lose: content, modes, owners, times and names.
fn state(victim: &Path) -> (Details, String) {
    (LiveHost.details(victim).unwrap(), picture(victim))
}

fn victim(shop: &Shop) -> PathBuf {
    let victim = shop.beside("victim");
    for name in ["shop.env", "empty", "file"] {
        LiveHost.write_with(&victim.join(name), b"root's", Access::PRIVATE).unwrap();
    }
    LiveHost.act(&Act::Own { path: &victim, access: Access { mode: 0o700, owner: None } }).unwrap();
    victim
}

fn change(shop: &Shop) {
    // What a restore that was refused has made already, or somebody has laid.
    for gone in ["etc/shop.env", "etc/empty", "etc/link", "etc/sub/twin", "etc/twin"] {
        let _ = std::fs::remove_file(shop.path(gone));
    }
    let _ = std::fs::remove_dir(shop.path("etc/sub"));
    shop.write("etc/shop.env", "A=2\n");
    shop.write("etc/empty", "");
    for (path, mode) in [("etc", 0o700), ("etc/empty", 0o604)] {
        let path = shop.path(path);
        LiveHost.act(&Act::Own { path: &path, access: Access { mode, owner: None } }).unwrap();
    }
}

/// Restores again and again, and each time somebody lays the link before another act. What was refused.
fn refusals(shop: &Shop, lay: &(dyn Fn(&Path) + Sync), tidy: &dyn Fn()) -> Vec<String> {
    let victim = victim(shop);
    let before = state(&victim);
    let mut refused = Vec::new();
    for acts in 0.. {
        change(shop);
        let host = Between { left: Mutex::new(None), somebody: lay, has_random_bytes: true };
        let store = Store::open(&host, shop.settings(), None).unwrap();
        let restoring = store.plan_restore("latest", Destination::InPlace).unwrap();
        *host.left.lock().unwrap() = Some(acts);
        let restored = restoring.restore();
        let is_over = host.left.lock().unwrap().is_some();
        assert_eq!(state(&victim), before, "before act {acts}: {restored:?}");
        tidy();
        if is_over {
            restored.unwrap();
            let left = LiveHost.list(&shop.path("etc")).unwrap();
            assert!(left.iter().all(|entry| !entry.name.to_string_lossy().starts_with(".setpoint-")), "{left:?}");
            break;
        }
        refused.extend(restored.err().map(|problem| problem.to_string()));
    }
    refused
}

fn shop() -> Shop {
    let shop = Shop::new();
    shop.write("etc/sub/twin", "twin");
    LiveHost.act(&Act::Name { from: &shop.path("etc/sub/twin"), to: &shop.path("etc/twin") }).unwrap();
    let wanted = Wanted { include: vec!["etc".to_owned()], ..Wanted::default() };
    shop.store().create(&wanted).unwrap();
    shop
}

#[test]
fn a_folder_that_becomes_a_link_meanwhile_is_not_restored_through_that() {
    let shop = shop();
    let (etc, to) = (shop.path("etc"), shop.beside("victim"));
    let refused = refusals(&shop, &|_| swap(&etc, &to), &|| swap_back(&etc));
    assert!(refused.len() > 15, "{refused:#?}");
    let told = refused.iter().filter(|problem| problem.contains("something on the way to it was replaced")).count();
    assert_eq!(told, refused.len(), "{refused:#?}");
    assert!(refused[0].contains(&etc.display().to_string()), "{refused:#?}");
}

#[test]
fn what_becomes_a_link_meanwhile_is_not_written_or_given_away_through_that() {
    let shop = shop();
    let to = shop.beside("victim/file");
    let swapped = Mutex::new(PathBuf::new());
    let lay = |path: &Path| {
        // Not the folder of the test itself, which the disk is synced by.
        if path.starts_with(shop.path("etc")) {
            swap(path, &to);
            path.clone_into(&mut swapped.lock().unwrap());
        }
    };
    let tidy = || {
        let path = std::mem::take(&mut *swapped.lock().unwrap());
        let is_of_shop = path.starts_with(shop.path("etc"));
        let is_half = is_of_shop && path.file_name().unwrap().to_string_lossy().starts_with(".setpoint-");
        if is_half {
            drop(std::fs::remove_file(path.with_extension("aside")));
        } else if is_of_shop {
            swap_back(&path);
        }
    };
    let refused = refusals(&shop, &lay, &tidy);
    let told = refused.iter().filter(|problem| problem.contains("was replaced in this moment")).count();
    assert!(told > 3, "{refused:#?}");
}

#[test]
fn without_random_bytes_no_password_is_made() {
    let shop = Shop::new();
    let host = Between { left: Mutex::new(None), somebody: &|_| {}, has_random_bytes: false };
    let problem = Store::open_or_make(&host, shop.settings(), None).unwrap_err();
    assert!(problem.to_string().starts_with("`getrandom`: there are none"), "{problem}");
    assert!(LiveHost.status(&shop.beside("state/backup-password")).is_err());
    assert!(LiveHost.status(&shop.beside("repository/config")).is_err());
}

impl Host for Between<'_> {
    fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Refusal> {
        LiveHost.read(path, limit)
    }

    fn read_end(&self, path: &Path, limit: u64) -> Result<(Vec<u8>, bool), Refusal> {
        LiveHost.read_end(path, limit)
    }

    fn space(&self, path: &Path) -> Result<Space, Refusal> {
        LiveHost.space(path)
    }

    fn list(&self, folder: &Path) -> Result<Vec<Listed>, Refusal> {
        LiveHost.list(folder)
    }

    fn status(&self, path: &Path) -> Result<Status, Refusal> {
        LiveHost.status(path)
    }

    fn details(&self, path: &Path) -> Result<Details, Refusal> {
        LiveHost.details(path)
    }

    fn source(&self, path: &Path) -> Source {
        LiveHost.source(path)
    }

    fn resolve(&self, path: &Path) -> Result<PathBuf, Refusal> {
        LiveHost.resolve(path)
    }

    fn link_target(&self, path: &Path) -> Result<PathBuf, Refusal> {
        LiveHost.link_target(path)
    }

    fn run(&self, program: &str, arguments: &[&str], limit: Duration) -> Result<Output, Refusal> {
        LiveHost.run(program, arguments, limit)
    }

    fn lookup(&self, name: &str, limit: Duration) -> Result<Vec<IpAddr>, Unreached> {
        LiveHost.lookup(name, limit)
    }

    fn connect(&self, address: SocketAddr, limit: Duration) -> Result<TcpStream, Unreached> {
        LiveHost.connect(address, limit)
    }

    fn now(&self) -> jiff::Zoned {
        LiveHost.now()
    }

    fn elapsed(&self) -> Duration {
        LiveHost.elapsed()
    }

    fn variable(&self, name: &str) -> Option<String> {
        LiveHost.variable(name)
    }

    fn random(&self) -> Result<[u8; 16], Refusal> {
        let because = "there are none".to_owned();
        if self.has_random_bytes {
            LiveHost.random()
        } else {
            Err(Refusal::Failed { what: "getrandom".to_owned(), because })
        }
    }

    fn act(&self, act: &Act<'_>) -> Result<(), Refusal> {
        self.wait_for(act);
        LiveHost.act(act)
    }

    fn act_closely(&self, act: &Act<'_>) -> Result<(), Refusal> {
        self.wait_for(act);
        LiveHost.act_closely(act)
    }

    fn owner(&self) -> (u32, u32) {
        LiveHost.owner()
    }

    fn lock(&self, path: &Path) -> Result<Option<FileLock>, Refusal> {
        LiveHost.lock(path)
    }

    fn sleep(&self, duration: Duration) {
        LiveHost.sleep(duration);
    }

    fn temporary_folder(&self) -> Result<TemporaryFolder, Refusal> {
        LiveHost.temporary_folder()
    }
}
