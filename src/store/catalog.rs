//! What collections there are.

use crate::collection::documents::Document;
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

impl CollectionInfo {
    /// Whether it holds [documents](crate::Document): values of any type by string keys, to be opened with
    /// [`Store::documents`](crate::Store::documents). O(types in the records).
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # #[record(name = "items")]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// # let store = Store::in_memory();
    /// store.documents("settings")?.set("theme", "dark")?;
    /// store.collection::<Item>()?.put(Item { id: 1 })?;
    /// let held: Vec<bool> = store.collections().iter().map(|info| info.holds_documents()).collect();
    /// assert_eq!(held, [false, true]);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn holds_documents(&self) -> bool {
        self.descriptor == Descriptor::of_record::<Document>()
    }
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
