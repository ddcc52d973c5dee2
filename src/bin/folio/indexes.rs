//! Indexes of fields, which last as long as an interactive session.
//!
//! Indexes are a matter of Rust types, and are not stored; so a command that is over at once has none, and goes through
//! the records. A session may make some: an index has the keys of the records by what they have in a field. A condition
//! is put to each of these values, once for all records that have it, by the same code that it is put to records by, and the
//! records that are left are held against the whole filter like all others. So nothing is found with an index that
//! is not found without it, in no other order.
//!
//! An index is brought up to date when it is used: of the commits since then it looks at the keys that they changed. Where these
//! are not in the log any more, or were written anew, it is made anew.

use crate::condition::Condition;
use crate::exit::Result;
use crate::interrupt;
use crate::rows::{Collection, Filter};
use folio::{Snapshot, Store, Value, Version};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The indexes of a session.
#[derive(Debug, Default)]
pub(crate) struct Indexes(RefCell<Vec<FieldIndex>>);

/// What is told of an index.
pub(crate) struct About {
    pub(crate) collection: String,
    pub(crate) field: String,
    pub(crate) records: usize,
    pub(crate) values: usize,
}

impl Indexes {
    /// Makes an index of a field, unless there is one.
    pub(crate) fn add(
        &self,
        (snapshot, collection): &(Snapshot, Collection),
        field: &str,
    ) -> Result<()> {
        let name = &*collection.name;
        let mut indexes = self.0.borrow_mut();
        if indexes.iter().any(|index| index.is_of(name, field)) {
            return Ok(());
        }
        let mut index = FieldIndex::new(name, field);
        index.build(collection, snapshot.version())?;
        indexes.push(index);
        Ok(())
    }

    /// Brings those of a collection up to date.
    pub(crate) fn refresh(
        &self,
        store: &Store,
        (snapshot, collection): &(Snapshot, Collection),
    ) -> Result<()> {
        let mut indexes = self.0.borrow_mut();
        let mut of_it = indexes.iter_mut().filter(|index| index.collection == collection.name);
        of_it.try_for_each(|index| index.catch_up(store, snapshot, collection))
    }

    /// All of them, in the order in which they were made.
    pub(crate) fn all(&self) -> Vec<About> {
        self.0.borrow().iter().map(FieldIndex::about).collect()
    }

    /// Leaves of the records that a filter has to look at those of an index, where there is one for one of its
    /// conditions: the one that leaves the fewest.
    pub(crate) fn narrow(
        &self,
        store: &Store,
        snapshot: &Snapshot,
        collection: &Collection,
        filter: &mut Filter,
    ) -> Result<()> {
        let mut best: Option<Vec<Value>> = None;
        for index in
            self.0.borrow_mut().iter_mut().filter(|index| index.collection == collection.name)
        {
            let is_asked = filter.conditions().iter().any(|of| of.path() == index.field);
            if is_asked {
                index.catch_up(store, snapshot, collection)?;
            }
            for condition in filter.conditions().iter().filter(|of| of.path() == index.field) {
                let keys = index.keys(condition);
                if best.as_ref().is_none_or(|best| keys.len() < best.len()) {
                    best = Some(keys);
                }
            }
        }
        filter.narrow(best);
        Ok(())
    }
}

/// The keys of records by what they have in a field.
#[derive(Debug)]
struct FieldIndex {
    collection: String,
    field: String,
    version: Version,
    keys: BTreeMap<Option<Value>, BTreeSet<Value>>,
    values: BTreeMap<Value, Option<Value>>,
}

impl FieldIndex {
    fn new(collection: &str, field: &str) -> Self {
        let (collection, field) = (collection.to_owned(), field.to_owned());
        let (keys, values) = (BTreeMap::new(), BTreeMap::new());
        Self { collection, field, version: Version::new(0), keys, values }
    }

    fn is_of(&self, collection: &str, field: &str) -> bool {
        (&*self.collection, &*self.field) == (collection, field)
    }

    fn about(&self) -> About {
        About {
            collection: self.collection.clone(),
            field: self.field.clone(),
            records: self.values.len(),
            values: self.keys.len(),
        }
    }

    /// The keys of the records for which a condition holds, in order.
    fn keys(&self, condition: &Condition) -> Vec<Value> {
        let held = self.keys.iter().filter(|(value, _)| condition.holds(|_| value.as_ref()));
        let mut keys: Vec<Value> = held.flat_map(|(_, keys)| keys).cloned().collect();
        keys.sort_unstable();
        keys
    }

    fn build(&mut self, collection: &Collection, version: Version) -> Result<()> {
        self.keys.clear();
        self.values.clear();
        for entry in collection.values.entries() {
            interrupt::check()?;
            let entry = entry?;
            let value = collection.field(&entry, &self.field).cloned();
            self.set(entry.key(), value);
        }
        self.version = version;
        Ok(())
    }

    /// Sets what a record has in the field.
    fn set(&mut self, key: &Value, value: Option<Value>) {
        self.remove(key);
        self.values.insert(key.clone(), value.clone());
        self.keys.entry(value).or_default().insert(key.clone());
    }

    fn remove(&mut self, key: &Value) {
        let Some(value) = self.values.remove(key) else { return };
        if let Some(keys) = self.keys.get_mut(&value) {
            keys.remove(key);
            if keys.is_empty() {
                self.keys.remove(&value);
            }
        }
    }

    fn catch_up(
        &mut self,
        store: &Store,
        snapshot: &Snapshot,
        collection: &Collection,
    ) -> Result<()> {
        let version = snapshot.version();
        if version == self.version {
            return Ok(());
        }
        let Some(changed) = self.changed(store, version)? else {
            return self.build(collection, version);
        };
        for key in changed {
            match collection.values.entry(&key)? {
                Some(entry) => self.set(&key, collection.field(&entry, &self.field).cloned()),
                None => self.remove(&key),
            }
        }
        self.version = version;
        Ok(())
    }

    /// The keys that were changed up to a version; `None` where that is not known.
    fn changed(&self, store: &Store, until: Version) -> Result<Option<BTreeSet<Value>>> {
        let mut next = self.version.number() + 1;
        if until.number() < next {
            return Ok(None);
        }
        let mut keys = BTreeSet::new();
        for commit in store.commits(Version::new(next)..=until)? {
            let commit = commit?;
            if commit.version.number() != next {
                return Ok(None);
            }
            next += 1;
            for changes in commit.changes.iter().filter(|of| of.collection == self.collection) {
                if changes.created || changes.announced || changes.rewritten {
                    return Ok(None);
                }
                for entry in changes.entries() {
                    keys.insert(entry?.0);
                }
            }
        }
        Ok((next == until.number() + 1).then_some(keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found by conditions, with the indexes and without; and how many records were looked at with them.
    fn found(store: &Store, indexes: &Indexes, conditions: &[&str]) -> (Vec<Value>, usize) {
        let snapshot = store.snapshot();
        let collection = Collection::of(&snapshot, "documents").unwrap();
        let texts: Vec<String> = conditions.iter().map(|&text| text.to_owned()).collect();
        let mut filter = Filter::of_conditions(&texts).unwrap();
        let mut looked_at = 0;
        let mut keys = |filter: &Filter| -> Vec<Value> {
            looked_at = 0;
            let entries = filter.entries(&collection).unwrap().map(|entry| entry.unwrap());
            let entries = entries.inspect(|_| looked_at += 1);
            let wanted = entries.filter(|entry| filter.wants(&collection, entry));
            wanted.map(|entry| entry.key().clone()).collect()
        };
        let without = keys(&filter);
        indexes.narrow(store, &snapshot, &collection, &mut filter).unwrap();
        let with = keys(&filter);
        assert_eq!(with, without, "{conditions:?}");
        (with, looked_at)
    }

    fn add(store: &Store, indexes: &Indexes, field: &str) {
        let snapshot = store.snapshot();
        let collection = Collection::of(&snapshot, "documents").unwrap();
        indexes.add(&(snapshot, collection), field).unwrap();
    }

    #[test]
    fn an_index_finds_what_going_through_all_records_finds() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        let store = Store::open(&path).unwrap();
        let documents = store.documents("documents").unwrap();
        let indexes = Indexes::default();
        let values = [
            "1",
            "2",
            "10",
            "2.5",
            "\"1\"",
            "\"ab\"",
            "\"abc\"",
            "null",
            "true",
            "[1,2]",
            "[\"ab\"]",
            "{\"x\":1}",
        ];
        let conditions = [
            "n=1",
            "n!=1",
            "n<3",
            "n>=2",
            "n>a",
            "n^=ab",
            "n*=ab",
            "n*=1",
            "n=null",
            "n!=null",
            "n=true",
            "n={\"x\":1}",
            "n=[1,2]",
            "n<=\"ab\"",
            "m=1",
        ];
        let mut state = 7_u64;
        let mut random = |limit: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from((state >> 33) % limit).unwrap()
        };
        for round in 0..300 {
            let key = format!("key {:02}", random(40));
            match random(10) {
                0 => drop(documents.delete(&key)),
                1 => documents.set(&key, &serde_json::json!({"m": 1})).unwrap(),
                2 => documents.set(&key, &serde_json::json!(7)).unwrap(),
                _ => {
                    let value: serde_json::Value =
                        serde_json::from_str(values[random(12)]).unwrap();
                    documents.set(&key, &serde_json::json!({"n": value, "m": round})).unwrap();
                }
            }
            if round == 20 {
                add(&store, &indexes, "n");
                add(&store, &indexes, "n");
            }
            if round == 100 {
                add(&store, &indexes, "m");
            }
            if round % 90 == 80 {
                // What was committed before is not in the log any more.
                store.checkpoint().unwrap();
                store.checkpoint().unwrap();
            }
            if random(3) == 0 {
                found(&store, &indexes, &[conditions[random(15)]]);
                found(&store, &indexes, &[conditions[random(15)], conditions[random(15)]]);
            }
        }
        assert_eq!(indexes.all().len(), 2);
    }

    #[test]
    fn only_what_the_index_has_is_looked_at() {
        let store = Store::in_memory();
        let documents = store.documents("documents").unwrap();
        let all =
            (0..100).map(|id| (format!("{id:03}"), serde_json::json!({"n": id % 10, "m": id})));
        documents.set_all(all).unwrap();
        let indexes = Indexes::default();
        assert_eq!(found(&store, &indexes, &["n=3"]).1, 100);
        add(&store, &indexes, "n");
        assert_eq!(found(&store, &indexes, &["n=3"]).1, 10);
        assert_eq!(found(&store, &indexes, &["n=3", "m>50"]).1, 10);
        add(&store, &indexes, "m");
        assert_eq!(found(&store, &indexes, &["n=3", "m>90"]).1, 9);
        assert_eq!(found(&store, &indexes, &["o=3"]).1, 100);
        let [about, _] = &indexes.all()[..] else { panic!("there are two") };
        assert_eq!((about.records, about.values), (100, 10));
    }
}
