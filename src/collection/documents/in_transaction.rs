//! A collection of documents in a transaction.

use crate::collection::documents::{Document, missing};
use crate::collection::in_transaction::TxCollection;
use crate::collection::scan::{TxKeys, TxRecords};
use crate::error::Result;
use crate::table::key::KeyRange;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Documents as a transaction sees them: the version it started from, with its own changes.
///
/// What is read becomes part of the transaction's footprint, as with
/// [`TxCollection`].
///
/// ```
/// # use folio::{Error, Store};
/// # fn main() -> folio::Result<()> {
/// let store = Store::in_memory();
/// let accounts = store.documents("accounts")?;
/// accounts.set_all([("ada", 100), ("grace", 0)])?;
/// store.transact(|tx| {
///     let accounts = tx.documents("accounts")?;
///     let ada: i64 = accounts.get("ada")?;
///     if ada < 30 {
///         return Err(Error::abort("not enough"));
///     }
///     accounts.set("ada", &(ada - 30))?;
///     accounts.update("grace", |cents: &mut i64| *cents += 30)?;
///     Ok(())
/// })?;
/// assert_eq!(accounts.get::<i64>("grace")?, 30);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct TxDocuments<'a> {
    name: String,
    documents: TxCollection<'a, Document>,
}

impl<'a> TxDocuments<'a> {
    pub(crate) fn new(name: &str, documents: TxCollection<'a, Document>) -> Self {
        Self { name: name.to_owned(), documents }
    }

    /// The value under a key. O(log n), and O(size) to make a `V` of it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound) where there is none,
    /// [`Error::Decode`](crate::Error::Decode) where it is not a `V`.
    pub fn get<V: DeserializeOwned>(&self, key: &str) -> Result<V> {
        self.find(key)?.ok_or_else(|| missing(&self.name, key))
    }

    /// The value under a key, if there is one. O(log n), and O(size) to make a `V` of it.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`](crate::Error::Decode) where it is not a `V`.
    pub fn find<V: DeserializeOwned>(&self, key: &str) -> Result<Option<V>> {
        self.document(key).map(|document| document.to_in(&self.name)).transpose()
    }

    /// The document under a key, as it is. O(log n), without a copy.
    #[must_use]
    pub fn document(&self, key: &str) -> Option<Arc<Document>> {
        self.documents.get(key)
    }

    /// Whether there is a value under this key. O(log n).
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.documents.contains(key)
    }

    /// The keys in order, from either end; safe while writing.
    #[must_use]
    pub fn keys(&self) -> TxKeys<'a, Document> {
        self.documents.keys()
    }

    /// All documents in the order of their keys, from either end; safe while writing.
    #[must_use]
    pub fn iter(&self) -> TxRecords<'a, Document> {
        self.documents.iter()
    }

    /// The documents whose keys begin with `prefix`, in order, from either end; safe while writing.
    #[must_use]
    pub fn prefix(&self, prefix: &str) -> TxRecords<'a, Document> {
        self.documents.prefix(prefix)
    }

    /// The documents whose keys lie in a range, in order, from either end; safe while writing.
    pub fn range(&self, range: impl KeyRange<String>) -> TxRecords<'a, Document> {
        self.documents.range(range)
    }

    /// The number of keys. O(1). The transaction then depends on the number.
    #[must_use]
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there are no keys. O(log n).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Puts a value under a key, in the place of what was there.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`](crate::Error::Encode) where the value can't be serialized; nothing is changed
    /// then.
    pub fn set<V: Serialize + ?Sized>(&self, key: impl Into<String>, value: &V) -> Result<()> {
        self.documents.put(Document::new(key, value)?).map(drop)
    }

    /// Puts values under keys; returns how many keys that were. Of values with one key the last stays.
    ///
    /// # Errors
    ///
    /// Like [`set`](Self::set); nothing is changed then.
    pub fn set_all<K: Into<String>, V: Serialize>(
        &self,
        values: impl IntoIterator<Item = (K, V)>,
    ) -> Result<usize> {
        let documents = values.into_iter().map(|(key, value)| Document::new(key, &value));
        self.documents.put_all(documents.collect::<Result<Vec<_>>>()?)
    }

    /// Changes the value under a key, or the default value where there is none, and returns it as it
    /// is then.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`](crate::Error::Decode) where the value is not a `V`, and what
    /// [`set`](Self::set) gives.
    pub fn update<V: Serialize + DeserializeOwned + Default>(
        &self,
        key: &str,
        change: impl FnOnce(&mut V),
    ) -> Result<V> {
        let mut value = self.find(key)?.unwrap_or_default();
        change(&mut value);
        self.set(key, &value)?;
        Ok(value)
    }

    /// Removes what is under a key; returns whether there was anything.
    ///
    /// # Errors
    ///
    /// None at present; the same as in [`Documents::delete`](crate::Documents::delete) otherwise.
    pub fn delete(&self, key: &str) -> Result<bool> {
        self.documents.remove(key).map(|removed| removed.is_some())
    }

    /// Removes what is under these keys; returns how many there were.
    ///
    /// # Errors
    ///
    /// Like [`delete`](Self::delete).
    pub fn delete_all<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> Result<usize> {
        self.documents.remove_all(keys)
    }

    /// Removes everything; returns how many keys there were.
    ///
    /// # Errors
    ///
    /// Like [`delete`](Self::delete).
    pub fn clear(&self) -> Result<usize> {
        self.documents.clear()
    }
}

impl<'a> IntoIterator for &TxDocuments<'a> {
    type Item = Arc<Document>;
    type IntoIter = TxRecords<'a, Document>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
