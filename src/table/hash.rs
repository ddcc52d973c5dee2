//! Hashes of keys, for the maps without an order.
//!
//! A key is hashed as it is encoded: equal keys have equal encodings ([`Key`](crate::table::key::Key)), so
//! that no key type needs another trait for it. The hash is the standard library's, with a secret drawn at
//! random for each process: whoever may choose keys can't choose them such that they collide.

use crate::codec;
use crate::persistent::{HashKey, HashProbe};
use crate::table::key::{Lookup, Sought};
use serde::Serialize;
use std::borrow::Borrow;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

static HASHES: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The hash of a key or of a borrowed form that has the same encoding.
pub(crate) fn hash_of<K: Serialize + ?Sized>(key: &K) -> u64 {
    // A key that can't be encoded can't be stored. Until that is told, it may collide.
    codec::hash(key, HASHES.build_hasher()).unwrap_or_default()
}

impl<K: Serialize + Eq + Clone> HashKey for K {
    fn hash(&self) -> u64 {
        hash_of(self)
    }
}

impl<K: Serialize + Borrow<Q>, Q: Lookup<K> + ?Sized> HashProbe<K> for Sought<'_, Q> {
    fn hash(&self) -> u64 {
        self.0.key_hash()
    }

    fn is(&self, key: &K) -> bool {
        self.0 == key.borrow()
    }
}
