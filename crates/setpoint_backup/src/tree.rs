//! What was collected, as the library reads it.

use crate::collect::Entry;
use crate::gate::Trouble;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use rustic_core::repofile::{Metadata, Node, NodeType};
use rustic_core::{ErrorKind, ReadSource, ReadSourceEntry, ReadSourceOpen, RusticError, RusticResult};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use setpoint_host::{Details, Host, Kind, Refusal, Source};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

// What Go's `io/fs` has in a mode beside the nine bits of permission, which restic's format takes over.
const GO_FOLDER: u32 = 1 << 31;
const GO_LINK: u32 = 1 << 27;
const GO_SET_USER: u32 = 1 << 23;
const GO_SET_GROUP: u32 = 1 << 22;
const GO_STICKY: u32 = 1 << 20;

/// The permission bits of a mode of Go's.
pub(crate) fn mode_of_go(go: u32) -> u32 {
    let bit = |go_bit: u32, bit: u32| if go & go_bit == 0 { 0 } else { bit };
    (go & 0o777) | bit(GO_SET_USER, 0o4000) | bit(GO_SET_GROUP, 0o2000) | bit(GO_STICKY, 0o1000)
}

fn mode_to_go(details: &Details) -> u32 {
    let bit = |bit: u32, go_bit: u32| if details.mode & bit == 0 { 0 } else { go_bit };
    let kind = match details.kind {
        Kind::Folder => GO_FOLDER,
        Kind::Link => GO_LINK,
        Kind::File | Kind::Socket | Kind::Other => 0,
    };
    (details.mode & 0o777) | kind | bit(0o4000, GO_SET_USER) | bit(0o2000, GO_SET_GROUP) | bit(0o1000, GO_STICKY)
}

/// The names of users and groups, which another machine may know by other numbers (passwd(5), group(5)).
#[derive(Debug, Default)]
pub(crate) struct Names {
    users: BTreeMap<u32, String>,
    groups: BTreeMap<u32, String>,
}

impl Names {
    pub(crate) fn of(host: &dyn Host) -> Self {
        let read = |file: &str| {
            let bytes = host.read(Path::new(file), 16 << 20).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let names = text.lines().filter_map(|line| {
                let mut fields = line.split(':');
                let name = fields.next()?.to_owned();
                Some((fields.nth(1)?.parse().ok()?, name))
            });
            names.collect()
        };
        Self { users: read("/etc/passwd"), groups: read("/etc/group") }
    }
}

/// A tree that was collected.
pub(crate) struct Tree {
    entries: Arc<Vec<Entry>>,
    names: Arc<Names>,
    trouble: Trouble,
}

impl Tree {
    pub(crate) fn new(entries: Vec<Entry>, names: Names, trouble: Trouble) -> Self {
        Self { entries: Arc::new(entries), names: Arc::new(names), trouble }
    }
}

impl ReadSource for Tree {
    type Open = Opening;
    type Iter = Walk;

    fn size(&self) -> RusticResult<Option<u64>> {
        let files = self.entries.iter().filter(|entry| entry.details.kind == Kind::File);
        Ok(Some(files.map(|entry| entry.details.length).sum()))
    }

    fn entries(&self) -> Walk {
        Walk {
            entries: Arc::clone(&self.entries),
            names: Arc::clone(&self.names),
            trouble: self.trouble.clone(),
            next: 0,
        }
    }
}

/// Goes through a tree once.
pub(crate) struct Walk {
    entries: Arc<Vec<Entry>>,
    names: Arc<Names>,
    trouble: Trouble,
    next: usize,
}

impl Iterator for Walk {
    type Item = RusticResult<ReadSourceEntry<Opening>>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.get(self.next)?;
        self.next += 1;
        let open = Opening { source: entry.source.clone(), trouble: self.trouble.clone() };
        Some(Ok(ReadSourceEntry { path: entry.path.clone(), node: node(entry, &self.names), open: Some(open) }))
    }
}

fn node(entry: &Entry, names: &Names) -> Node {
    let details = &entry.details;
    let node_type = match (&entry.target, details.kind) {
        (Some(target), _) => NodeType::from_link(target),
        (None, Kind::Folder) => NodeType::Dir,
        (None, Kind::File | Kind::Link | Kind::Socket | Kind::Other) => NodeType::File,
    };
    let is_folder = details.kind == Kind::Folder;
    let has_twins = details.names > 1 && !is_folder;
    let meta = Metadata {
        mode: Some(mode_to_go(details)),
        mtime: Some(details.modified),
        atime: Some(details.modified),
        ctime: Some(details.changed),
        uid: Some(details.user),
        gid: Some(details.group),
        user: names.users.get(&details.user).cloned(),
        group: names.groups.get(&details.group).cloned(),
        inode: details.inode,
        device_id: if has_twins { details.device } else { 0 },
        size: if is_folder { 0 } else { details.length },
        links: if is_folder { 0 } else { details.names },
        extended_attributes: attributes(details),
    };
    Node::new_node(entry.path.file_name().unwrap_or_default(), node_type, meta)
}

/// The library does not name the type of an attribute, which is read like the rest of its format.
fn attributes<T: DeserializeOwned + Default>(details: &Details) -> T {
    let all = details.attributes.iter();
    let all = all.map(|(name, value)| json!({ "name": name, "value": BASE64.encode(value) })).collect();
    serde_json::from_value(Value::Array(all)).unwrap_or_default()
}

/// A file that is opened by whichever thread reads it. What goes wrong is remembered.
#[derive(Debug)]
pub(crate) struct Opening {
    source: Source,
    trouble: Trouble,
}

impl ReadSourceOpen for Opening {
    type Reader = Reading;

    fn open(self) -> RusticResult<Reading> {
        match self.source.open() {
            Ok(reader) => {
                Ok(Reading { reader: Box::new(reader), path: self.source.path().to_owned(), trouble: self.trouble })
            }
            Err(refusal) => {
                let said = refusal.to_string();
                self.trouble.add(refusal);
                Err(RusticError::new(ErrorKind::InputOutput, said))
            }
        }
    }
}

/// A file that is being read.
pub(crate) struct Reading {
    reader: Box<dyn Read + Send>,
    path: PathBuf,
    trouble: Trouble,
}

impl Read for Reading {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.reader.read(buffer).inspect_err(|error| {
            if error.kind() != std::io::ErrorKind::Interrupted {
                self.trouble.add(Refusal::from_io(&self.path, error));
            }
        })
    }
}
