//! What a backup holds, read back from the repository.

use crate::store::Store;
use crate::tree::mode_of_go;
use rustic_core::repofile::{Node, NodeType, SnapshotFile};
use rustic_core::{DataId, IndexedFullStatus, LsOptions, Repository};
use setpoint_model::Problem;
use std::path::{Path, PathBuf};

/// One file, folder or link of a backup.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    /// Its path when it was saved.
    pub(crate) path: PathBuf,
    pub(crate) kind: SavedKind,
    /// Permission bits.
    pub(crate) mode: u32,
    /// User and group by number; `None` of a folder that another program did not look at.
    pub(crate) owner: Option<(u32, u32)>,
    pub(crate) modified: Option<jiff::Timestamp>,
    pub(crate) attributes: Vec<(String, Vec<u8>)>,
    /// The same for all names of one file.
    pub(crate) twin: Option<(u64, u64)>,
}

/// What it is, with all that it holds.
#[derive(Clone, Debug)]
pub(crate) enum SavedKind {
    /// Its pieces with their lengths in bytes. The id of each is the SHA-256 of what was read when it was saved.
    File(Vec<(DataId, u64)>),
    Folder,
    /// Where it leads.
    Link(PathBuf),
    /// A device, pipe or socket that another program saved.
    Other,
}

impl Saved {
    /// Bytes of its content.
    pub(crate) fn length(&self) -> u64 {
        match &self.kind {
            SavedKind::File(pieces) => pieces.iter().map(|(_, length)| length).sum(),
            SavedKind::Folder | SavedKind::Link(_) | SavedKind::Other => 0,
        }
    }
}

/// All that a backup holds; a folder comes before what is in it.
pub(crate) fn read(
    store: &Store<'_>,
    repository: &Repository<IndexedFullStatus>,
    snapshot: &SnapshotFile,
) -> Result<Vec<Saved>, Problem> {
    let doing = "reading what the backup holds";
    let root = store.said(doing, repository.node_from_snapshot_and_path(snapshot, ""))?;
    let nodes = store.said(doing, repository.ls(&root, &LsOptions::default()))?;
    let mut all = Vec::new();
    for node in nodes {
        let (path, node) = store.said(doing, node)?;
        all.push(of_node(store, repository, &path, &node)?);
    }
    Ok(all)
}

fn of_node(
    store: &Store<'_>,
    repository: &Repository<IndexedFullStatus>,
    path: &Path,
    node: &Node,
) -> Result<Saved, Problem> {
    let kind = match &node.node_type {
        NodeType::File => {
            let mut pieces = Vec::new();
            for id in node.content.iter().flatten() {
                let found = repository.get_index_entry(id);
                let entry = store.said("looking for a piece of a file", found)?;
                pieces.push((*id, u64::from(entry.location.data_length())));
            }
            SavedKind::File(pieces)
        }
        NodeType::Dir => SavedKind::Folder,
        NodeType::Symlink { .. } => SavedKind::Link(node.node_type.to_link().to_owned()),
        NodeType::Dev { .. } | NodeType::Chardev { .. } | NodeType::Fifo | NodeType::Socket => SavedKind::Other,
    };
    let meta = &node.meta;
    let has_twins = matches!(kind, SavedKind::File(_)) && meta.links > 1 && meta.device_id != 0 && meta.inode != 0;
    Ok(Saved {
        path: Path::new("/").join(path),
        mode: mode_of_go(meta.mode.unwrap_or(0o755)),
        owner: meta.uid.zip(meta.gid),
        modified: meta.mtime,
        attributes: meta
            .extended_attributes
            .iter()
            .map(|attribute| (attribute.name.clone(), attribute.value.clone().unwrap_or_default()))
            .collect(),
        twin: has_twins.then_some((meta.device_id, meta.inode)),
        kind,
    })
}
