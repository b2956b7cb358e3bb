//! What was found out once. Only what no limit has cut short is kept, so that it does not matter who asked first.

use crate::FileId;
use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// A table that every thread fills and reads.
#[derive(Debug)]
pub(crate) struct Memo<K, V>(Mutex<HashMap<K, V>>);

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(crate) fn put(&self, key: K, value: V) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, value);
    }
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

/// What is known of names, by the file that asks.
#[derive(Debug)]
pub(crate) struct ByName<V>(Vec<Memo<Box<str>, V>>);

impl<V: Clone> ByName<V> {
    /// Nothing, for this many files.
    pub(crate) fn new(files: usize) -> Self {
        Self((0..files).map(|_| Memo::default()).collect())
    }

    pub(crate) fn get(&self, file: FileId, name: &str) -> Option<V> {
        self.0[file.0 as usize].get(name)
    }

    pub(crate) fn put(&self, file: FileId, name: &str, value: V) {
        self.0[file.0 as usize].put(name.into(), value);
    }
}
