//! The setting of the Hermitage cases: records 1 → 10 and 2 → 20, and the ways in which a
//! transaction can get at them.

use folio::{Condition, Durability, Error, Isolation, Record, Result, Store, Transaction, Value};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use tempfile::TempDir;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "items")]
#[record(index(third = value, when = |item| item.value % 3 == 0))]
#[record(index(fifth = value, when = |item| item.value % 5 == 0))]
#[record(index(placed = slot, when = |item| item.value != i64::MIN))]
#[record(index(slot_and_value = (slot, value)))]
pub(crate) struct Item {
    #[key]
    pub(crate) id: u32,
    /// The id once more, so that an ordered index leads to the same record as the key.
    #[index]
    pub(crate) slot: u32,
    /// The id as text, so that a unique index does.
    #[index(unique)]
    pub(crate) badge: String,
    /// The id among others, so that an index on each of several values does.
    #[index(each)]
    pub(crate) labels: Vec<u32>,
    #[index]
    pub(crate) value: i64,
}

pub(crate) fn item(id: u32, value: i64) -> Item {
    Item { id, slot: id, badge: badge(id), labels: vec![id + LABELS, id], value }
}

pub(crate) fn badge(id: u32) -> String {
    format!("badge {id}")
}

/// Above all ids, so that the second labels are in nobody's way.
const LABELS: u32 = 100_000;

/// The name of the collection, whatever is in it.
const ITEMS: &str = "items";

/// How a transaction gets at records: by what it finds them, and in the last three what they are.
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
    Each,
    Composite,
    Partial,
    /// A query answered by the key.
    QueryByKey,
    /// A query answered by an index, with a condition that no index answers.
    QueryByIndex,
    /// A query that is the union of an index and keys.
    QueryOfSeveral,
    /// Documents, by key.
    Documents,
    /// Documents, by the beginning of their keys.
    DocumentsPrefix,
    /// Values of a collection that has its Rust type.
    Values,
    /// Values of a collection that nobody named by its Rust type since the store was opened.
    Untyped,
}

impl Path {
    const ALL: [Self; 20] = [
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
        Self::Each,
        Self::Composite,
        Self::Partial,
        Self::QueryByKey,
        Self::QueryByIndex,
        Self::QueryOfSeveral,
        Self::Documents,
        Self::DocumentsPrefix,
        Self::Values,
        Self::Untyped,
    ];

    fn is_documents(self) -> bool {
        matches!(self, Self::Documents | Self::DocumentsPrefix)
    }

    fn is_values(self) -> bool {
        matches!(self, Self::Values | Self::Untyped)
    }
}

/// The ids that any case uses.
const IDS: std::ops::Range<u32> = 1..5;

/// A store with the two records, how its transactions run and read, and which were refused.
#[derive(Debug)]
pub(crate) struct World {
    store: Store,
    isolation: Isolation,
    path: Path,
    refused: RefCell<Vec<&'static str>>,
    _directory: Option<TempDir>,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Whether the anomaly was seen.
    happened: bool,
    refused: Vec<&'static str>,
    left: Vec<(u32, i64)>,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.happened { "**yes**" } else { "no" })?;
        for (place, refused) in self.refused.iter().enumerate() {
            write!(f, "{} {refused} is refused", if place == 0 { ":" } else { "," })?;
        }
        let left: Vec<_> = self.left.iter().map(|(_, value)| value.to_string()).collect();
        write!(f, "; {}", left.join(", "))
    }
}

/// Runs a case at an isolation level, in a new world for each way of reading; gives the outcome,
/// which must be one, and the number of worlds.
pub(crate) fn in_every_world(
    isolation: Isolation,
    case: fn(&World) -> Result<bool>,
) -> (Outcome, u64) {
    let mut outcomes: Vec<_> = Path::ALL
        .iter()
        .map(|path| {
            // Shown only where the case fails.
            println!("{isolation:?}, reading by {path:?}");
            let world = World::new(isolation, *path).expect("the records can be put in");
            let happened = case(&world).expect("every step but the commits named succeeds");
            let left = world.left().expect("the records can be read");
            Outcome { happened, refused: world.refused.take(), left }
        })
        .collect();
    let runs = outcomes.len() as u64;
    outcomes.dedup();
    assert_eq!(outcomes.len(), 1, "what a transaction reads by makes no difference: {outcomes:?}");
    (outcomes.remove(0), runs)
}

impl World {
    fn new(isolation: Isolation, path: Path) -> Result<Self> {
        let directory =
            (path == Path::Untyped).then(|| tempfile::tempdir().expect("a directory can be made"));
        let open = || match &directory {
            Some(directory) => Store::options().durability(Durability::Write).open(directory),
            None => Ok(Store::in_memory()),
        };
        let mut store = open()?;
        if path.is_documents() {
            store.documents(ITEMS)?.set_all([("item 1", 10), ("item 2", 20)])?;
        } else {
            store.collection::<Item>()?.insert_all([item(1, 10), item(2, 20)])?;
        }
        if path == Path::Untyped {
            store.close()?;
            store = open()?;
        }
        Ok(Self { store, isolation, path, refused: RefCell::default(), _directory: directory })
    }

    pub(crate) fn begin(&self) -> Transaction {
        self.store.transaction().isolation(self.isolation).begin()
    }

    pub(crate) fn is_serializable(&self) -> bool {
        self.isolation == Isolation::Serializable
    }

    /// Commits what must be refused because of a conflict in the items.
    pub(crate) fn refuse(&self, name: &'static str, tx: Transaction) {
        match tx.commit() {
            Err(Error::Conflict { collection, .. }) => assert_eq!(collection, ITEMS),
            other => panic!("{name}: a conflict was to be expected, not {other:?}"),
        }
        self.refused.borrow_mut().push(name);
    }

    /// Commits what only snapshot isolation lets pass.
    pub(crate) fn refuse_if_serializable(&self, name: &'static str, tx: Transaction) -> Result<()> {
        if self.is_serializable() {
            self.refuse(name, tx);
            return Ok(());
        }
        tx.commit().map(|_| ())
    }

    /// Sets the value of a record without reading it first.
    pub(crate) fn set(&self, tx: &Transaction, id: u32, value: i64) -> Result<()> {
        if self.path.is_documents() {
            tx.documents(ITEMS)?.set(document(id), &value)
        } else if self.path.is_values() {
            tx.values(ITEMS)?.put(&Value::of(&item(id, value))?).map(|_| ())
        } else {
            tx.collection::<Item>()?.put(item(id, value)).map(|_| ())
        }
    }

    /// Removes records; gives how many there were.
    pub(crate) fn delete(&self, tx: &Transaction, ids: &[u32]) -> Result<usize> {
        if self.path.is_documents() {
            let keys: Vec<_> = ids.iter().map(|id| document(*id)).collect();
            return tx.documents(ITEMS)?.delete_all(keys.iter().map(String::as_str));
        }
        if !self.path.is_values() {
            return tx.collection::<Item>()?.remove_all(ids);
        }
        let items = tx.values(ITEMS)?;
        ids.iter().map(|id| items.remove(&Value::of(id)?).map(usize::from)).sum()
    }

    /// The value of one record, read in this world's way.
    pub(crate) fn read(&self, tx: &Transaction, id: u32) -> Result<Option<i64>> {
        if self.path.is_documents() || self.path.is_values() {
            return self.read_untyped(tx, id);
        }
        let items = tx.collection::<Item>()?;
        let found = match self.path {
            Path::Keys => items.get_all([id]).remove(0),
            Path::Range => items.range(id..=id).next(),
            Path::Scan => items.iter().find(|item| item.id == id),
            Path::ScanFromTheEnd => items.iter().rev().find(|item| item.id == id),
            Path::Index => items.by(Item::SLOT).get(&id).next(),
            Path::IndexRange => items.by(Item::SLOT).range(id..id + 1).next_back(),
            Path::IndexScan => items.by(Item::SLOT).iter().find(|item| item.id == id),
            Path::Unique => items.find(Item::BADGE, badge(id).as_str()),
            Path::UniqueRange => items.by(Item::BADGE).prefix(badge(id).as_str()).next(),
            Path::Each => items.by(Item::LABELS).get(&id).next(),
            Path::Composite => items.by(Item::SLOT_AND_VALUE).prefix((id,)).next(),
            Path::Partial => items.by(Item::PLACED).get(&id).next(),
            Path::QueryByKey => items.query().key_range(id..=id).first(),
            Path::QueryByIndex => {
                items.query().eq(Item::SLOT, id).filter(|item| item.value > i64::MIN).first()
            }
            Path::QueryOfSeveral => items.query().any(either(id)).first(),
            _ => items.get(&id),
        };
        Ok(found.map(|item| item.value))
    }

    fn read_untyped(&self, tx: &Transaction, id: u32) -> Result<Option<i64>> {
        match self.path {
            Path::Documents => tx.documents(ITEMS)?.find(&document(id)),
            Path::DocumentsPrefix => {
                let found = tx.documents(ITEMS)?.prefix(&document(id)).next();
                found.map(|document| document.to()).transpose()
            }
            _ => {
                let found = tx.values(ITEMS)?.get(&Value::of(&id)?)?;
                Ok(found.map(|record| record.to::<Item>()).transpose()?.map(|item| item.value))
            }
        }
    }

    /// The ids and values of all records, in the order of the ids.
    fn all(&self, tx: &Transaction) -> Result<Vec<(u32, i64)>> {
        if self.path.is_documents() || self.path.is_values() {
            let each = IDS.map(|id| Ok(self.read(tx, id)?.map(|value| (id, value))));
            return each.filter_map(Result::transpose).collect();
        }
        let items = tx.collection::<Item>()?;
        let values = |items: &mut dyn Iterator<Item = Arc<Item>>| {
            let mut values: Vec<_> = items.map(|item| (item.id, item.value)).collect();
            values.sort_unstable();
            values
        };
        Ok(match self.path {
            Path::Keys => values(&mut items.get_all(IDS).into_iter().flatten()),
            Path::Range => values(&mut items.range(IDS)),
            Path::Scan => values(&mut items.iter()),
            Path::ScanFromTheEnd => values(&mut items.iter().rev()),
            Path::Index => values(&mut IDS.flat_map(|id| items.by(Item::SLOT).get(&id))),
            Path::IndexRange => values(&mut items.by(Item::SLOT).range(IDS)),
            Path::IndexScan => values(&mut items.by(Item::SLOT).iter().rev()),
            Path::Unique => {
                values(&mut IDS.filter_map(|id| items.find(Item::BADGE, badge(id).as_str())))
            }
            Path::UniqueRange => values(&mut items.by(Item::BADGE).prefix("badge")),
            Path::Each => values(&mut items.by(Item::LABELS).range(IDS)),
            Path::Composite => values(&mut items.by(Item::SLOT_AND_VALUE).iter()),
            Path::Partial => values(&mut items.by(Item::PLACED).iter()),
            Path::QueryByKey => values(&mut items.query().key_range(IDS).iter()),
            Path::QueryByIndex => values(&mut items.query().range(Item::SLOT, IDS).iter()),
            Path::QueryOfSeveral => {
                values(&mut items.query().any(IDS.flat_map(either)).order_by(Item::SLOT).iter())
            }
            _ => values(&mut IDS.filter_map(|id| items.get(&id))),
        })
    }

    /// The values of all records, in the order of their ids.
    pub(crate) fn read_all(&self, tx: &Transaction) -> Result<Vec<i64>> {
        Ok(self.all(tx)?.into_iter().map(|(_, value)| value).collect())
    }

    /// The ids of the records whose value is divisible by 3 or 5: by an index that has just these,
    /// where this world reads by indexes.
    pub(crate) fn divisible(&self, tx: &Transaction, by: i64) -> Result<Vec<u32>> {
        let index = if by == 3 { Item::THIRD } else { Item::FIFTH };
        let mut ids: Vec<u32> = match self.path {
            Path::Index | Path::IndexScan | Path::Unique | Path::Partial => {
                tx.collection::<Item>()?.by(index).iter().map(|item| item.id).collect()
            }
            Path::IndexRange | Path::UniqueRange => {
                let items = tx.collection::<Item>()?;
                items.by(index).range(0..1_000).rev().map(|item| item.id).collect()
            }
            Path::QueryByIndex | Path::QueryOfSeveral => {
                let items = tx.collection::<Item>()?;
                items.query().range(index, ..).iter().map(|item| item.id).collect()
            }
            _ => {
                let all = self.all(tx)?.into_iter();
                all.filter(|(_, value)| value % by == 0).map(|(id, _)| id).collect()
            }
        };
        ids.sort_unstable();
        Ok(ids)
    }

    /// The ids of the records with this value.
    pub(crate) fn with_value(&self, tx: &Transaction, value: i64) -> Result<Vec<u32>> {
        Ok(match self.path {
            Path::Index | Path::IndexScan | Path::Unique => {
                let items = tx.collection::<Item>()?;
                items.by(Item::VALUE).get(&value).map(|item| item.id).collect()
            }
            Path::IndexRange | Path::UniqueRange => {
                let items = tx.collection::<Item>()?;
                items.by(Item::VALUE).range(value..=value).map(|item| item.id).collect()
            }
            Path::QueryByIndex | Path::QueryOfSeveral => {
                let items = tx.collection::<Item>()?;
                items.query().eq(Item::VALUE, value).iter().map(|item| item.id).collect()
            }
            Path::QueryByKey => {
                let items = tx.collection::<Item>()?;
                let with_value = items.query().filter(|item| item.value == value);
                with_value.iter().map(|item| item.id).collect()
            }
            _ => {
                let all = self.all(tx)?.into_iter();
                all.filter(|(_, other)| *other == value).map(|(id, _)| id).collect()
            }
        })
    }

    /// What is there when everything is over.
    pub(crate) fn left(&self) -> Result<Vec<(u32, i64)>> {
        let snapshot = self.store.snapshot();
        if self.path.is_documents() {
            let documents = snapshot.documents(ITEMS)?;
            let each = IDS.map(|id| Ok(documents.find(&document(id))?.map(|value| (id, value))));
            return each.filter_map(Result::transpose).collect();
        }
        let items = snapshot.values(ITEMS)?;
        let items = items.iter().map(|entry| entry?.1.to::<Item>());
        items.map(|item| item.map(|item| (item.id, item.value))).collect()
    }
}

/// Two conditions, of which either is that a record has this id.
fn either(id: u32) -> [Condition<'static, Item>; 2] {
    [Condition::eq(Item::SLOT, id), Condition::key_range(id..=id)]
}

fn document(id: u32) -> String {
    format!("item {id}")
}
