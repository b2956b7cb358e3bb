//! The locks of restic, of which each is a small encrypted file in the repository ("Locks" of its design). Ours tell restic
//! that somebody is at work here, and its own tell us.

use crate::location::Location;
use crate::lock::Ours;
use crate::{machine, sentences};
use aes256ctr_poly1305aes::aead::{Aead as _, AeadInPlace as _};
use aes256ctr_poly1305aes::{Aes256CtrPoly1305Aes, Key, aead};
use rustic_core::repofile::MasterKey;
use serde::{Deserialize, Serialize};
use setpoint_host::{Host, LiveHost};
use setpoint_model::Problem;
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// restic renews its lock this often, and so do we.
const RENEWED: Duration = Duration::from_mins(5);
/// A renewal that failed is tried again by then.
const AGAIN: Duration = Duration::from_secs(30);
/// Whose lock is older than this is taken for stopped, by restic (`StaleLockTimeout`) and by us.
const STALE: Duration = Duration::from_mins(30);
/// What begins a file of the second version of the format that is compressed.
const COMPRESSED: u8 = 2;
const NONCE: usize = 16;

/// What a lock keeps others from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// Removing what is there.
    Shared,
    /// All work.
    Exclusive,
}

/// A lock as restic writes it.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    time: jiff::Timestamp,
    exclusive: bool,
    hostname: String,
    username: String,
    pid: u32,
    #[serde(default)]
    uid: u32,
    #[serde(default)]
    gid: u32,
}

/// A lock that restic sees until this is dropped.
pub(crate) struct ResticLock<'a> {
    host: &'a dyn Host,
    held: Arc<Held>,
    /// Who renews it, and what ends that.
    renewing: Option<(Sender<()>, JoinHandle<()>)>,
}

/// What is needed to write it, once and anew.
struct Held {
    location: Location,
    cipher: Aes256CtrPoly1305Aes,
    strength: Strength,
    ours: Arc<Ours>,
    /// The name of the file as it is now.
    name: Mutex<String>,
}

impl Drop for ResticLock<'_> {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.renewing.take() {
            drop(stop);
            // Whatever became of it, it writes no more.
            let _ = thread.join();
        }
        self.held.give_back(self.host, &self.held.name());
    }
}

impl<'a> ResticLock<'a> {
    /// Locks the repository. As restic does, it first says so and then looks for others, so that of two at least one sees
    /// the other.
    pub(crate) fn take(
        host: &'a dyn Host,
        location: &Location,
        key: &MasterKey,
        strength: Strength,
        ours: &Arc<Ours>,
    ) -> Result<Self, Problem> {
        Self::renewed_every(RENEWED, host, location, key, strength, ours)
    }

    fn renewed_every(
        period: Duration,
        host: &'a dyn Host,
        location: &Location,
        key: &MasterKey,
        strength: Strength,
        ours: &Arc<Ours>,
    ) -> Result<Self, Problem> {
        let cipher = cipher(key).ok_or_else(|| sentences::no_key(location))?;
        let (location, ours) = (location.clone(), Arc::clone(ours));
        let held = Arc::new(Held { location, cipher, strength, ours, name: Mutex::default() });
        held.write(host)?;
        let mut lock = Self { host, held, renewing: None };
        lock.held.look_for_others(host)?;
        let (stop, stopped) = channel();
        let held = Arc::clone(&lock.held);
        // It outlives what the host is borrowed for as far as Rust can tell, and so has the machine itself. The library, too,
        // writes a repository to no other.
        let thread = std::thread::spawn(move || {
            let mut pause = period;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = if held.write(&LiveHost).is_ok() { period } else { period.min(AGAIN) };
            }
        });
        lock.renewing = Some((stop, thread));
        Ok(lock)
    }
}

impl Held {
    /// Writes it with the time of now, and removes the one before only then: there is one at every moment.
    fn write(&self, host: &dyn Host) -> Result<(), Problem> {
        let sealed = serde_json::to_vec(&content(host, self.strength)).ok();
        let nonce = host.random().map_err(|refusal| refusal.problem())?;
        let sealed = sealed.and_then(|text| encrypt(nonce, &self.cipher, &text));
        let bytes = sealed.ok_or_else(|| sentences::no_key(&self.location))?;
        let name: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        // Remembered before it is there, so that whoever comes after us finds it wherever we are killed.
        self.ours.add(host, &name)?;
        if let Err(problem) = self.location.write_lock(host, &name, &bytes) {
            self.give_back(host, &name);
            return Err(problem);
        }
        let before = std::mem::replace(&mut *self.name(), name);
        if !before.is_empty() {
            self.give_back(host, &before);
        }
        Ok(())
    }

    fn give_back(&self, host: &dyn Host, name: &str) {
        if self.location.remove_lock(host, name) {
            self.ours.forget(host, name);
        }
    }

    fn look_for_others(&self, host: &dyn Host) -> Result<(), Problem> {
        let now = host.now().timestamp();
        for file in self.location.locks(host)? {
            if self.ours.has(&file.name) || now.duration_since(file.modified).unsigned_abs() > STALE {
                continue;
            }
            // One that is gone by now was given back.
            let Some(bytes) = self.location.read_lock(host, &file.name)? else { continue };
            let other = decrypt(&self.cipher, &bytes);
            // What is not understood could be anything.
            if self.strength == Strength::Exclusive || other.as_ref().is_none_or(|other| other.exclusive) {
                let who = other.map(|other| format!("process {} of `{}`", other.pid, other.hostname));
                return Err(sentences::taken_by_restic(self.location.place_of_lock(&file.name), who.as_deref()));
            }
        }
        Ok(())
    }

    fn name(&self) -> MutexGuard<'_, String> {
        self.name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn content(host: &dyn Host, strength: Strength) -> Content {
    let process = host.link_target(Path::new("/proc/self")).ok();
    let (uid, gid) = host.owner();
    Content {
        time: host.now().timestamp(),
        exclusive: strength == Strength::Exclusive,
        // It is for people alone.
        hostname: machine::name(host).unwrap_or_default(),
        username: "setpoint".to_owned(),
        pid: process.and_then(|path| path.display().to_string().parse().ok()).unwrap_or_default(),
        uid,
        gid,
    }
}

/// The repository's own key, in the order in which the cipher takes its parts. `None` where a part is not as long as it has to
/// be: what is missing of a key must never be made up.
fn cipher(key: &MasterKey) -> Option<Aes256CtrPoly1305Aes> {
    let (encrypt, mac) = (&key.encrypt, &key.mac);
    if [encrypt.len(), mac.k.len(), mac.r.len()] != [32, 16, 16] {
        return None;
    }
    let whole = [encrypt.as_slice(), &mac.k, &mac.r].concat();
    Some(Aes256CtrPoly1305Aes::new(Key::from_slice(&whole)))
}

/// Two texts under one nonce would tell each other, and how to forge a third.
fn encrypt(nonce: [u8; NONCE], cipher: &Aes256CtrPoly1305Aes, text: &[u8]) -> Option<Vec<u8>> {
    let nonce = aead::Nonce::<Aes256CtrPoly1305Aes>::from(nonce);
    let mut bytes = nonce.to_vec();
    bytes.extend_from_slice(text);
    let tag = cipher.encrypt_in_place_detached(&nonce, &[], &mut bytes[NONCE..]).ok()?;
    bytes.extend_from_slice(&tag);
    Some(bytes)
}

fn decrypt(cipher: &Aes256CtrPoly1305Aes, bytes: &[u8]) -> Option<Content> {
    let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
    let text = cipher.decrypt(aead::Nonce::<Aes256CtrPoly1305Aes>::from_slice(nonce), sealed).ok()?;
    match text.split_first()? {
        (&COMPRESSED, packed) => serde_json::from_slice(&zstd::decode_all(packed).ok()?).ok(),
        _ => serde_json::from_slice(&text).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{ResticLock, Strength, cipher};
    use crate::location::Location;
    use crate::lock::Ours;
    use rustic_core::repofile::MasterKey;
    use setpoint_host::{Host as _, LiveHost};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    #[test]
    fn a_lock_is_renewed_and_there_is_one_at_every_moment() {
        let folder = LiveHost.temporary_folder().unwrap();
        let location = Location::Folder(folder.path().to_owned());
        let ours = Arc::new(Ours::of(&location, folder.path()));
        let period = Duration::from_millis(50);
        let key = MasterKey::new();
        let lock = ResticLock::renewed_every(period, &LiveHost, &location, &key, Strength::Shared, &ours).unwrap();
        let names = || -> Vec<String> {
            let locks = location.locks(&LiveHost).unwrap();
            locks.into_iter().map(|lock| lock.name).collect()
        };
        let first = names();
        assert_eq!(first.len(), 1);
        let began = Instant::now();
        while names().contains(&first[0]) {
            assert!(!names().is_empty() && began.elapsed() < Duration::from_secs(30));
        }
        // The next of us finds what is there, wherever this one is killed.
        let remembered = LiveHost.read(&folder.path().join("setpoint.locks"), 1 << 16).unwrap();
        assert!(!remembered.is_empty());
        drop(lock);
        assert_eq!(names(), [""; 0]);
        assert_eq!(LiveHost.read(&folder.path().join("setpoint.locks"), 1 << 16).unwrap(), b"");
    }

    #[test]
    fn a_key_that_is_not_whole_encrypts_nothing() {
        assert!(cipher(&MasterKey::new()).is_some());
        assert!(cipher(&MasterKey { encrypt: Vec::new(), ..MasterKey::new() }).is_none());
    }
}
