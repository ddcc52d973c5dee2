//! Hashes of keys, for the maps without an order.
//!
//! A key is hashed as it is encoded: equal keys have equal encodings ([`Key`](crate::table::key::Key)), so
//! that no key type needs another trait for it.
//!
//! The hash is foldhash, that of the maps of `hashbrown`, with seeds drawn at random for each process. It is
//! a few multiplications: with the standard library's `SipHash`, a lookup among a million numbers took
//! twice as long, since its instructions keep the processor from waiting for the memory of one lookup while
//! it begins the next. It is no cryptographic hash. Somebody who could choose keys and learn the
//! seeds could make keys that have one hash; those are found all the same, one by one.

use crate::codec;
use crate::persistent::HashKey;
use foldhash::quality::RandomState;
use serde::Serialize;
use std::hash::BuildHasher;
use std::sync::LazyLock;

static HASHES: LazyLock<RandomState> = LazyLock::new(RandomState::default);

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
