//! The entries of a hash index: for each index key, the primary keys under it.

use crate::persistent::HashMap;
use crate::table::entries::{Entries, PrimaryIter, UnderKey};
use crate::table::entry::Entry;
use crate::table::key::{Key, Lookup, Sought};
use crate::table::ordered::EntryMap;
use crate::table::primaries::{Primaries, Removed};
use std::borrow::Borrow;

/// The entries of a hash index, or of a part of it.
pub(crate) struct HashedEntries<K, P> {
    keys: HashMap<K, Primaries<P>>,
    total: usize,
}

impl<K: Key, P: Key> Entries<K, P> for HashedEntries<K, P> {
    fn from_sorted(entries: Vec<Entry<K, P>>) -> Self {
        let total = entries.len();
        let mut entries = entries.into_iter().peekable();
        let keys = std::iter::from_fn(|| {
            let Entry { key, primary } = entries.next()?;
            let mut primaries = vec![primary];
            while let Some(entry) = entries.next_if(|entry| entry.key == key) {
                primaries.push(entry.primary);
            }
            Some((key, Primaries::from_sorted(primaries)?))
        });
        Self { keys: HashMap::from_entries(keys), total }
    }

    fn insert(&mut self, Entry { key, primary }: Entry<K, P>) {
        self.total += 1;
        match self.keys.get_mut(&key) {
            Some(others) => others.insert(primary),
            None => {
                self.keys.insert(key, Primaries::One(primary));
            }
        }
    }

    fn remove(&mut self, Entry { key, primary }: &Entry<K, P>) {
        let Some(primaries) = self.keys.get_mut(key) else { return };
        let before = primaries.len();
        match primaries.remove(primary) {
            Removed::Done => self.total -= before - primaries.len(),
            Removed::WouldBeLast => {
                self.total -= 1;
                self.keys.remove(key);
            }
        }
    }

    fn first<Q>(&self, key: &Q) -> Option<&P>
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        self.keys.get(&Sought(key))?.first()
    }

    fn at<Q>(&self, key: &Q) -> PrimaryIter<'_, K, P>
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        match self.keys.get(&Sought(key)) {
            None => PrimaryIter::One(None),
            Some(Primaries::One(primary)) => PrimaryIter::One(Some(primary)),
            Some(Primaries::Many(primaries)) => PrimaryIter::Many(primaries.iter()),
        }
    }

    fn count<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Lookup<K> + ?Sized,
    {
        self.keys.get(&Sought(key)).map_or(0, Primaries::len)
    }

    fn hold(&self, key: K) -> UnderKey<K, P> {
        let primaries = self.keys.get(&key).cloned();
        UnderKey::Whole(key, primaries)
    }

    fn differs(&self, other: &Self, key: &K) -> bool {
        match (self.keys.get(key), other.keys.get(key)) {
            (None, None) => false,
            (Some(these), Some(others)) => these.differ(others),
            _ => true,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        self.keys.is_same(&other.keys)
    }

    fn total(&self) -> usize {
        self.total
    }

    fn unique_len(&self) -> usize {
        self.keys.len()
    }

    fn unique_keys(&self) -> impl Iterator<Item = &K> {
        self.keys.iter().map(|(key, _)| key)
    }

    fn in_order(&self) -> Option<&EntryMap<K, P>> {
        None
    }
}

impl<K, P> Clone for HashedEntries<K, P> {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone(), total: self.total }
    }
}

impl<K, P> Default for HashedEntries<K, P> {
    fn default() -> Self {
        Self { keys: HashMap::default(), total: 0 }
    }
}
