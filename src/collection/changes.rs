//! What differs between a collection in two versions.
//!
//! Both tables are walked side by side, and nodes that they share are passed over ([`crate::persistent`]),
//! so a difference costs what changed. Versions that do not come from one history in memory share nothing,
//! such as one that was read from the log: then all records are looked at, and those with the same content
//! are no change. So that the two cases give the same answer, a record that was written anew as it was is
//! no change in either.

use crate::codec;
use crate::error::{Error, Result};
use crate::table::record::Record;
use crate::table::row_map::RowMap;
use crate::table::rows::Table;
use crate::table::secondary::Row;
use crate::version::Root;
use std::fmt;
use std::sync::Arc;

/// What became of one record between two versions. Given by
/// [`Snapshot::changes_since`](crate::Snapshot::changes_since).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// A record that was not there.
    Inserted(Arc<T>),
    /// A record that is another one now, under the same key.
    Updated {
        /// What it was.
        old: Arc<T>,
        /// What it is.
        new: Arc<T>,
    },
    /// A record that is not there any more.
    Removed(Arc<T>),
}

impl<T> Change<T> {
    /// The record as it was, if there was one.
    #[must_use]
    pub fn before(&self) -> Option<&Arc<T>> {
        match self {
            Self::Inserted(_) => None,
            Self::Updated { old, .. } | Self::Removed(old) => Some(old),
        }
    }

    /// The record as it is, if there is one.
    #[must_use]
    pub fn after(&self) -> Option<&Arc<T>> {
        match self {
            Self::Removed(_) => None,
            Self::Updated { new, .. } | Self::Inserted(new) => Some(new),
        }
    }
}

impl<T: Record> Change<T> {
    /// The key of the record.
    #[must_use]
    pub fn key(&self) -> T::Key {
        match self {
            Self::Inserted(record) | Self::Updated { new: record, .. } | Self::Removed(record) => {
                record.key()
            }
        }
    }

    fn of(old: Option<&Row<T>>, new: Option<&Row<T>>) -> Option<Self> {
        let record = |row: &Row<T>| row.0.clone();
        match (old, new) {
            (Some(old), Some(new)) => {
                (!is_same(old, new)).then(|| Self::Updated { old: record(old), new: record(new) })
            }
            (Some(old), None) => Some(Self::Removed(record(old))),
            (None, new) => new.map(record).map(Self::Inserted),
        }
    }
}

/// Whether two records have the same content. One that can't be encoded was never stored.
fn is_same<T: Record>(old: &Row<T>, new: &Row<T>) -> bool {
    match (codec::encode(&**old), codec::encode(&**new)) {
        (Ok(old), Ok(new)) => old == new,
        _ => false,
    }
}

/// The rows under one key in two versions.
type Pair<'a, T> = (Option<&'a Row<T>>, Option<&'a Row<T>>);

/// The changes between two versions of a collection, found one by one as they are asked for. Made by
/// [`Snapshot::changes_since`](crate::Snapshot::changes_since).
pub struct Changes<'a, T: Record> {
    differences: Box<dyn Iterator<Item = Pair<'a, T>> + Send + 'a>,
}

impl<'a, T: Record> Changes<'a, T> {
    /// Those that lead from one version of the collection `name` to another.
    pub(crate) fn between(old: &'a Root, new: &'a Root, name: &str) -> Result<Self> {
        if old.store != new.store {
            return Err(Error::OtherStore);
        }
        let differences: Box<dyn Iterator<Item = Pair<'a, T>> + Send + 'a> =
            match (rows(old, name)?, rows(new, name)?) {
                (Some(old), Some(new)) => Box::new(old.diff(new).map(|(_, old, new)| (old, new))),
                (Some(old), None) => Box::new(old.iter().map(|(_, row)| (Some(row), None))),
                (None, Some(new)) => Box::new(new.iter().map(|(_, row)| (None, Some(row)))),
                (None, None) => Box::new(std::iter::empty()),
            };
        Ok(Self { differences })
    }

    /// Those that lead from one table to another.
    pub(crate) fn between_tables(old: &'a Table<T>, new: &'a Table<T>) -> Self {
        let differences = old.rows().diff(new.rows()).map(|(_, old, new)| (old, new));
        Self { differences: Box::new(differences) }
    }
}

/// The rows of a collection in a version; `None` where it did not exist yet.
fn rows<'a, T: Record>(root: &'a Root, name: &str) -> Result<Option<&'a RowMap<T>>> {
    let Some(slot) = root.find(name) else { return Ok(None) };
    slot.typed::<T>()?;
    Ok(slot.peek::<T>().map(Table::rows))
}

impl<T: Record> Iterator for Changes<'_, T> {
    type Item = Change<T>;

    fn next(&mut self) -> Option<Change<T>> {
        self.differences.find_map(|(old, new)| Change::of(old, new))
    }
}

impl<T: Record> fmt::Debug for Changes<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}
