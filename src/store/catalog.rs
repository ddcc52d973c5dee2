//! What collections there are.

use crate::schema::descriptor::Descriptor;
use crate::table::expiry::Moment;
use crate::version::Root;

/// A collection, as the catalog lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CollectionInfo {
    /// Its name.
    pub name: String,
    /// How many records it has. While it is not `attached`, expired ones are among them.
    pub records: usize,
    /// Whether somebody has named its type since the store was opened. Until then a recovered
    /// collection is bytes, and its indexes are not known.
    pub attached: bool,
    /// Its indexes.
    pub indexes: Vec<IndexInfo>,
    /// Its record type, its key type and the types in them, as text in the form of Rust
    /// declarations: what `descriptor` prints.
    pub schema: String,
    /// What its records look like in storage. Where their type has changed, records that were
    /// written before may still be stored in an earlier form.
    pub descriptor: Descriptor,
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

pub(crate) fn of(root: &Root, moment: Moment) -> Vec<CollectionInfo> {
    root.slots()
        .filter_map(|slot| Some((slot, slot.identity().schemas.newest()?)))
        .map(|(slot, schema)| CollectionInfo {
            name: slot.identity().name.clone(),
            records: slot.len(moment),
            attached: slot.table().is_some(),
            indexes: slot
                .table()
                .into_iter()
                .flat_map(|table| table.indexes())
                .map(|(name, unique)| IndexInfo { name, unique })
                .collect(),
            schema: schema.to_string(),
            descriptor: Descriptor::clone(&schema),
        })
        .collect()
}
