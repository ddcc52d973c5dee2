//! The setting of the Hermitage cases: records 1 → 10 and 2 → 20, and the ways in which a
//! transaction can get at them.

use folio::{Isolation, Record, Store, Transaction};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "items")]
#[record(index(third = value, when = |item| item.value % 3 == 0))]
#[record(index(fifth = value, when = |item| item.value % 5 == 0))]
pub(crate) struct Item {
    #[key]
    pub(crate) id: u32,
    /// The id once more, so that an ordered index leads to the same record as the key.
    #[index]
    pub(crate) slot: u32,
    /// The id as text, so that a unique index does.
    #[index(unique)]
    pub(crate) badge: String,
    #[index]
    pub(crate) value: i64,
}

pub(crate) fn item(id: u32, value: i64) -> Item {
    Item { id, slot: id, badge: badge(id), value }
}

pub(crate) fn badge(id: u32) -> String {
    format!("badge {id}")
}

/// How a transaction gets at records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    Key,
    Keys,
    Range,
    Scan,
    ScanFromTheEnd,
    Index,
    IndexRange,
    IndexScan,
    Unique,
    UniqueRange,
}

impl Path {
    const ALL: [Self; 10] = [
        Self::Key,
        Self::Keys,
        Self::Range,
        Self::Scan,
        Self::ScanFromTheEnd,
        Self::Index,
        Self::IndexRange,
        Self::IndexScan,
        Self::Unique,
        Self::UniqueRange,
    ];
}

/// A store with the two records, and how its transactions run and read.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) isolation: Isolation,
    pub(crate) path: Path,
}

/// Runs a case in a new world for each isolation level and each way of reading.
pub(crate) fn in_every_world(case: impl Fn(&World) -> folio::Result<()>) {
    for isolation in [Isolation::Serializable, Isolation::Snapshot] {
        for path in Path::ALL {
            let world = World { store: Store::in_memory(), isolation, path };
            let items = world.store.collection::<Item>().expect("the collection is new");
            items.insert_all([item(1, 10), item(2, 20)]).expect("the collection is empty");
            // Shown only where the case fails.
            println!("{isolation:?}, reading by {path:?}");
            case(&world).expect("every step but the commits named succeeds");
        }
    }
}

impl World {
    pub(crate) fn begin(&self) -> Transaction {
        self.store.transaction().isolation(self.isolation).begin()
    }

    pub(crate) fn is_serializable(&self) -> bool {
        self.isolation == Isolation::Serializable
    }

    /// The value of one record, read in this world's way.
    pub(crate) fn read(&self, tx: &Transaction, id: u32) -> folio::Result<Option<i64>> {
        let items = tx.collection::<Item>()?;
        let found = match self.path {
            Path::Key => items.get(&id),
            Path::Keys => items.get_all([id]).remove(0),
            Path::Range => items.range(id..=id).next(),
            Path::Scan => items.iter().find(|item| item.id == id),
            Path::ScanFromTheEnd => items.iter().rev().find(|item| item.id == id),
            Path::Index => items.by(Item::SLOT).get(&id).next(),
            Path::IndexRange => items.by(Item::SLOT).range(id..id + 1).next_back(),
            Path::IndexScan => items.by(Item::SLOT).iter().find(|item| item.id == id),
            Path::Unique => items.find(Item::BADGE, badge(id).as_str()),
            Path::UniqueRange => items.by(Item::BADGE).prefix(badge(id).as_str()).next(),
        };
        Ok(found.map(|item| item.value))
    }

    /// The values of the two records and of those with ids 3 and 4, as far as they are there.
    pub(crate) fn read_all(&self, tx: &Transaction) -> folio::Result<Vec<i64>> {
        let items = tx.collection::<Item>()?;
        let values = |items: &mut dyn Iterator<Item = std::sync::Arc<Item>>| {
            let mut values: Vec<_> = items.map(|item| (item.id, item.value)).collect();
            values.sort_unstable();
            values.into_iter().map(|(_, value)| value).collect()
        };
        Ok(match self.path {
            Path::Key => values(&mut (1..5).filter_map(|id| items.get(&id))),
            Path::Keys => values(&mut items.get_all([1, 2, 3, 4]).into_iter().flatten()),
            Path::Range => values(&mut items.range(1..5)),
            Path::Scan => values(&mut items.iter()),
            Path::ScanFromTheEnd => values(&mut items.iter().rev()),
            Path::Index => values(&mut (1..5).flat_map(|id| items.by(Item::SLOT).get(&id))),
            Path::IndexRange => values(&mut items.by(Item::SLOT).range(1..5)),
            Path::IndexScan => values(&mut items.by(Item::SLOT).iter().rev()),
            Path::Unique => {
                values(&mut (1..5).filter_map(|id| items.find(Item::BADGE, badge(id).as_str())))
            }
            Path::UniqueRange => values(&mut items.by(Item::BADGE).prefix("badge")),
        })
    }

    /// The ids of the records whose value is divisible by 3 (`third`) or 5.
    pub(crate) fn divisible(&self, tx: &Transaction, by: i64) -> folio::Result<Vec<u32>> {
        let items = tx.collection::<Item>()?;
        let index = if by == 3 { Item::THIRD } else { Item::FIFTH };
        let mut ids: Vec<u32> = match self.path {
            Path::Index | Path::IndexScan | Path::Unique => {
                items.by(index).iter().map(|item| item.id).collect()
            }
            Path::IndexRange | Path::UniqueRange => {
                items.by(index).range(0..1_000).rev().map(|item| item.id).collect()
            }
            Path::Key | Path::Keys => {
                let found = (1..5).filter_map(|id| items.get(&id));
                found.filter(|item| item.value % by == 0).map(|item| item.id).collect()
            }
            Path::Range | Path::Scan | Path::ScanFromTheEnd => {
                let found = items.range(..).filter(|item| item.value % by == 0);
                found.map(|item| item.id).collect()
            }
        };
        ids.sort_unstable();
        Ok(ids)
    }

    /// The ids of the records with this value.
    pub(crate) fn with_value(&self, tx: &Transaction, value: i64) -> folio::Result<Vec<u32>> {
        let items = tx.collection::<Item>()?;
        let by_value = items.by(Item::VALUE);
        Ok(match self.path {
            Path::Index | Path::IndexScan | Path::Unique => {
                by_value.get(&value).map(|item| item.id).collect()
            }
            Path::IndexRange | Path::UniqueRange => {
                by_value.range(value..=value).map(|item| item.id).collect()
            }
            _ => items.iter().filter(|item| item.value == value).map(|item| item.id).collect(),
        })
    }

    /// What is there when everything is over.
    pub(crate) fn outcome(&self) -> Vec<(u32, i64)> {
        let items = self.store.snapshot().collection::<Item>().expect("it is there");
        items.iter().map(|item| (item.id, item.value)).collect()
    }
}

/// Sets the value of a record without reading it first.
pub(crate) fn set(tx: &Transaction, id: u32, value: i64) -> folio::Result<()> {
    tx.collection::<Item>()?.put(item(id, value)).map(|_| ())
}

pub(crate) fn delete(tx: &Transaction, ids: &[u32]) -> folio::Result<usize> {
    tx.collection::<Item>()?.remove_all(ids)
}

/// Asserts that a commit was refused because of a conflict in the items.
pub(crate) fn refused(result: folio::Result<folio::Commit>) {
    match result {
        Err(folio::Error::Conflict { collection, .. }) => assert_eq!(collection, "items"),
        other => panic!("a conflict was to be expected, not {other:?}"),
    }
}
