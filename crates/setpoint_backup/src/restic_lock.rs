//! The locks of restic, of which each is a small encrypted file in the repository ("Locks" of its design). Ours tell restic
//! that somebody is at work here, and its own tell us.

use crate::location::Location;
use crate::sentences;
use aes256ctr_poly1305aes::aead::{Aead as _, AeadInPlace as _};
use aes256ctr_poly1305aes::{Aes256CtrPoly1305Aes, Key, aead};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use rustic_core::repofile::MasterKey;
use serde::{Deserialize, Serialize};
use setpoint_host::Host;
use setpoint_model::Problem;
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::time::Duration;

/// restic renews its lock every five minutes and takes one that is older than this for left behind (`StaleLockTimeout`).
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
    location: Location,
    name: String,
}

impl Drop for ResticLock<'_> {
    fn drop(&mut self) {
        self.location.remove_lock(self.host, &self.name);
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
        ours: &[&str],
    ) -> Result<Self, Problem> {
        let cipher = cipher(key);
        let bytes = encrypt(host, &cipher, &serde_json::to_vec(&content(host, strength)).unwrap_or_default())?;
        let name: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let lock = Self { host, location: location.clone(), name };
        location.write_lock(host, &lock.name, &bytes)?;
        let now = host.now().timestamp();
        for file in location.locks(host)? {
            if file.name == lock.name || ours.contains(&file.name.as_str()) {
                continue;
            }
            // One that is gone by now was given back.
            if now.duration_since(file.modified).unsigned_abs() > STALE {
                continue;
            }
            let other = location.read_lock(host, &file.name).and_then(|bytes| decrypt(&cipher, &bytes));
            // What is not understood could be anything.
            if strength == Strength::Exclusive || other.as_ref().is_none_or(|other| other.exclusive) {
                let who = other.map(|other| format!("process {} of `{}`", other.pid, other.hostname));
                return Err(sentences::taken_by_restic(location.place_of_lock(&file.name), who.as_deref()));
            }
        }
        Ok(lock)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

fn content(host: &dyn Host, strength: Strength) -> Content {
    let hostname = host.read(Path::new("/proc/sys/kernel/hostname"), 1 << 10).unwrap_or_default();
    let process = host.link_target(Path::new("/proc/self")).ok();
    let (uid, gid) = host.owner();
    Content {
        time: host.now().timestamp(),
        exclusive: strength == Strength::Exclusive,
        hostname: String::from_utf8_lossy(&hostname).trim().to_owned(),
        username: "setpoint".to_owned(),
        pid: process.and_then(|path| path.display().to_string().parse().ok()).unwrap_or_default(),
        uid,
        gid,
    }
}

/// The repository's own key, in the order in which the cipher takes its parts.
fn cipher(key: &MasterKey) -> Aes256CtrPoly1305Aes {
    // The library gives the parts of the key in the form of its files alone.
    let parts = serde_json::to_value(key).unwrap_or_default();
    let part = |pointer: &str| {
        let text = parts.pointer(pointer).and_then(|part| part.as_str()).unwrap_or_default();
        BASE64.decode(text).unwrap_or_default()
    };
    let mut whole = [part("/encrypt"), part("/mac/k"), part("/mac/r")].concat();
    let mut key = Key::default();
    whole.resize(key.len(), 0);
    key.copy_from_slice(&whole);
    Aes256CtrPoly1305Aes::new(&key)
}

fn encrypt(host: &dyn Host, cipher: &Aes256CtrPoly1305Aes, text: &[u8]) -> Result<Vec<u8>, Problem> {
    // Two texts under one nonce would tell each other, and how to forge a third.
    let nonce = host.random().map_err(|refusal| refusal.problem())?;
    let nonce = aead::Nonce::<Aes256CtrPoly1305Aes>::from(nonce);
    let mut bytes = nonce.to_vec();
    bytes.extend_from_slice(text);
    if let Ok(tag) = cipher.encrypt_in_place_detached(&nonce, &[], &mut bytes[NONCE..]) {
        bytes.extend_from_slice(&tag);
    }
    Ok(bytes)
}

fn decrypt(cipher: &Aes256CtrPoly1305Aes, bytes: &[u8]) -> Option<Content> {
    let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
    let text = cipher.decrypt(aead::Nonce::<Aes256CtrPoly1305Aes>::from_slice(nonce), sealed).ok()?;
    match text.split_first()? {
        (&COMPRESSED, packed) => serde_json::from_slice(&zstd::decode_all(packed).ok()?).ok(),
        _ => serde_json::from_slice(&text).ok(),
    }
}
