//! What collections there are.

use crate::version::Root;

/// A collection, as the catalog lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CollectionInfo {
    /// Its name.
    pub name: String,
    /// How many records it has.
    pub records: usize,
    /// Its indexes; `None` where the collection was recovered and nobody has named its type yet.
    pub indexes: Option<Vec<IndexInfo>>,
    /// Its record type, its key type and the types in them, as text.
    pub schema: String,
}

/// An index, as the catalog lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexInfo {
    /// Its name.
    pub name: &'static str,
    /// Whether it is unique.
    pub unique: bool,
}

pub(crate) fn of(root: &Root) -> Vec<CollectionInfo> {
    root.slots()
        .map(|slot| CollectionInfo {
            name: slot.identity().name.clone(),
            records: slot.len(),
            indexes: slot.table().map(|table| {
                let indexes = table.indexes().into_iter();
                indexes.map(|(name, unique)| IndexInfo { name, unique }).collect()
            }),
            schema: slot.identity().schema.clone(),
        })
        .collect()
}
