//! What could not be read on the way into a backup. The library passes over such a file with a line in its log and saves the
//! rest; here it keeps the backup from being written at all.

use rustic_core::{BytesList, ErrorKind, FileType, Id, ReadBackend, RusticError, RusticResult, WriteBackend};
use setpoint_host::Refusal;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What went wrong, from whichever thread.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trouble(Arc<Mutex<Vec<Refusal>>>);

impl Trouble {
    pub(crate) fn add(&self, refusal: Refusal) {
        self.lock().push(refusal);
    }

    /// All of it, which is forgotten with that.
    pub(crate) fn take(&self) -> Vec<Refusal> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Refusal>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A repository into which no backup gets while there is trouble.
#[derive(Debug)]
pub(crate) struct Gate<B> {
    pub(crate) inner: B,
    pub(crate) trouble: Trouble,
}

impl<B: WriteBackend> ReadBackend for Gate<B> {
    fn location(&self) -> String {
        self.inner.location()
    }

    fn list_with_size(&self, tpe: FileType) -> RusticResult<Vec<(Id, u32)>> {
        self.inner.list_with_size(tpe)
    }

    fn list(&self, tpe: FileType) -> RusticResult<Vec<Id>> {
        self.inner.list(tpe)
    }

    fn read_full(&self, tpe: FileType, id: &Id) -> RusticResult<bytes::Bytes> {
        self.inner.read_full(tpe, id)
    }

    fn read_partial(
        &self,
        tpe: FileType,
        id: &Id,
        cacheable: bool,
        offset: u32,
        length: u32,
    ) -> RusticResult<bytes::Bytes> {
        self.inner.read_partial(tpe, id, cacheable, offset, length)
    }

    fn warmup_path(&self, tpe: FileType, id: &Id) -> String {
        self.inner.warmup_path(tpe, id)
    }
}

impl<B: WriteBackend> WriteBackend for Gate<B> {
    fn create(&self) -> RusticResult<()> {
        self.inner.create()
    }

    fn write_bytes(&self, tpe: FileType, id: &Id, cacheable: bool, content: BytesList) -> RusticResult<()> {
        if tpe == FileType::Snapshot && !self.trouble.lock().is_empty() {
            return Err(RusticError::new(ErrorKind::InputOutput, "not all of it could be read"));
        }
        self.inner.write_bytes(tpe, id, cacheable, content)
    }

    fn remove(&self, tpe: FileType, id: &Id, cacheable: bool) -> RusticResult<()> {
        self.inner.remove(tpe, id, cacheable)
    }
}
