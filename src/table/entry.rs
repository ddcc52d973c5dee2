//! Entries of indexes: pairs of index key and primary key, in that order.

use crate::persistent::MapKey;
use crate::persistent::abbreviation::Abbreviator;

/// A place of one record in an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry<K, P> {
    pub(crate) key: K,
    pub(crate) primary: P,
}

impl<K, P> Entry<K, P> {
    pub(crate) fn key(&self) -> &K {
        &self.key
    }
}

impl<K: MapKey, P: MapKey> MapKey for Entry<K, P> {
    fn abbreviate(&self, out: &mut Abbreviator) {
        self.key.abbreviate(out);
        self.primary.abbreviate(out);
    }
}
