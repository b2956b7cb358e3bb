//! The repository's files as objects of a bucket, for the library.

use super::Client;
use super::client::LONGEST;
use super::fault::Fault;
use rustic_core::{BytesList, ErrorKind, FileType, Id, ReadBackend, RusticError, RusticResult, WriteBackend};

/// A bucket as the library reads and writes it.
#[derive(Debug)]
pub(crate) struct Objects(pub(crate) Client);

/// The name of a file, in restic's default layout ("Repository Layout" of its design).
fn name(tpe: FileType, id: &Id) -> String {
    let hex = id.to_hex();
    let hex = hex.as_str();
    match tpe {
        FileType::Config => "config".to_owned(),
        FileType::Pack => format!("data/{}/{hex}", hex.get(..2).unwrap_or_default()),
        FileType::Index | FileType::Key | FileType::Snapshot => format!("{}/{hex}", tpe.dirname()),
    }
}

/// What a file of that kind has at most, in bytes: by that a request for all of it is limited in time and memory. An index counts
/// 50000 pieces, in ten megabytes where it is not compressed, and a snapshot names what was asked to be saved.
fn longest(tpe: FileType) -> u64 {
    match tpe {
        FileType::Config | FileType::Key => 64 << 10,
        FileType::Snapshot => 16 << 20,
        FileType::Index => 64 << 20,
        FileType::Pack => LONGEST,
    }
}

fn in_the_librarys_words(fault: Fault) -> Box<RusticError> {
    RusticError::with_source(ErrorKind::Backend, "the store did not do it", fault)
}

impl ReadBackend for Objects {
    fn location(&self) -> String {
        self.0.shown().to_owned()
    }

    fn list_with_size(&self, tpe: FileType) -> RusticResult<Vec<(Id, u32)>> {
        let begin = match tpe {
            FileType::Config => "config".to_owned(),
            FileType::Pack | FileType::Index | FileType::Key | FileType::Snapshot => format!("{}/", tpe.dirname()),
        };
        let listed = self.0.list(&begin).map_err(in_the_librarys_words)?;
        let files = listed.iter().filter_map(|object| {
            let id = match tpe {
                FileType::Config => (object.name == "config").then(Id::default),
                FileType::Pack | FileType::Index | FileType::Key | FileType::Snapshot => {
                    Id::parse_some(object.name.rsplit('/').next()?, tpe)
                }
            };
            Some((id?, u32::try_from(object.size).ok()?))
        });
        Ok(files.collect())
    }

    fn read_full(&self, tpe: FileType, id: &Id) -> RusticResult<bytes::Bytes> {
        self.0.get_all(&name(tpe, id), longest(tpe)).map_err(in_the_librarys_words)
    }

    fn read_partial(
        &self,
        tpe: FileType,
        id: &Id,
        _cacheable: bool,
        offset: u32,
        length: u32,
    ) -> RusticResult<bytes::Bytes> {
        if length == 0 {
            return Ok(bytes::Bytes::new());
        }
        self.0.get(&name(tpe, id), (u64::from(offset), u64::from(length))).map_err(in_the_librarys_words)
    }

    fn warmup_path(&self, tpe: FileType, id: &Id) -> String {
        name(tpe, id)
    }
}

impl WriteBackend for Objects {
    fn write_bytes(&self, tpe: FileType, id: &Id, _cacheable: bool, content: BytesList) -> RusticResult<()> {
        self.0.put(&name(tpe, id), &content).map_err(in_the_librarys_words)
    }

    fn remove(&self, tpe: FileType, id: &Id, _cacheable: bool) -> RusticResult<()> {
        self.0.remove(&name(tpe, id)).map_err(in_the_librarys_words)
    }
}
