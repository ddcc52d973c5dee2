//! A collection of documents at its latest version.

use crate::collection::documents::batch::Batch;
use crate::collection::documents::in_transaction::TxDocuments;
use crate::collection::documents::view::DocumentsView;
use crate::collection::documents::{Document, missing};
use crate::collection::live::Collection;
use crate::collection::revisions::Revisions;
use crate::collection::watch::Watcher;
use crate::error::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Values of any type by string keys: a cheap handle that can be cloned and shared between threads.
///
/// Each key may hold another type, and what is read must be what was written: an integer never comes
/// back as a float, nor bytes as text. Reads see the newest version that is durable; each write is a
/// transaction of its own, and durable when it returns.
///
/// ```
/// use folio::{Error, Store};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, PartialEq, Debug)]
/// struct Window { width: u32, height: u32, title: Option<String> }
///
/// # fn main() -> folio::Result<()> {
/// let store = Store::in_memory();
/// let settings = store.documents("settings")?;
/// settings.set("window/main", &Window { width: 800, height: 600, title: None })?;
/// settings.set("recent", &["a.txt", "b.txt"])?;
///
/// let window: Window = settings.get("window/main")?;
/// assert_eq!((window.width, window.height), (800, 600));
/// assert!(matches!(settings.get::<u32>("zoom"), Err(Error::NotFound { .. })));
/// assert!(matches!(settings.get::<u32>("recent"), Err(Error::Decode { .. })));
/// assert_eq!(settings.view().prefix("window/").count(), 1);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Documents {
    documents: Collection<Document>,
}

impl Documents {
    pub(crate) fn new(documents: Collection<Document>) -> Self {
        Self { documents }
    }

    /// The collection's name in the store.
    #[must_use]
    pub fn name(&self) -> &str {
        self.documents.name()
    }

    /// Watches the documents from now on, like [`Collection::watch`].
    #[must_use]
    pub fn watch(&self) -> Watcher<Document> {
        self.documents.watch()
    }

    /// The value under a key. O(log n), and O(size) to make a `V` of it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`](crate::Error::NotFound) where there is none,
    /// [`Error::Decode`](crate::Error::Decode) where it is not a `V`.
    pub fn get<V: DeserializeOwned>(&self, key: &str) -> Result<V> {
        self.find(key)?.ok_or_else(|| missing(self.name(), key))
    }

    /// The value under a key, if there is one. O(log n), and O(size) to make a `V` of it.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`](crate::Error::Decode) where it is not a `V`.
    pub fn find<V: DeserializeOwned>(&self, key: &str) -> Result<Option<V>> {
        self.document(key).map(|document| document.to_in(self.name())).transpose()
    }

    /// The values under these keys at one version, in the order of the keys.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`](crate::Error::Decode) where one is not a `V`.
    pub fn get_all<'k, V: DeserializeOwned>(
        &self,
        keys: impl IntoIterator<Item = &'k str>,
    ) -> Result<Vec<Option<V>>> {
        let documents = self.documents.get_all(keys);
        let read = |document: Option<Arc<Document>>| {
            document.map(|document| document.to_in(self.name())).transpose()
        };
        documents.into_iter().map(read).collect()
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

    /// All keys, in order. O(n): to look at some of them, use [`view`](Self::view).
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.view().keys().cloned().collect()
    }

    /// The number of keys. O(1).
    #[must_use]
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there are no keys. O(1).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// The collection as it is now, for reading as much as wanted from one version. O(1).
    #[must_use]
    pub fn view(&self) -> DocumentsView {
        DocumentsView::new(self.name(), self.documents.view())
    }

    /// What every commit made of the document under a key, oldest first: see
    /// [`Collection::history`](crate::Collection::history).
    ///
    /// # Errors
    ///
    /// Like [`Collection::history`](crate::Collection::history).
    pub fn history(&self, key: impl Into<String>) -> Result<Revisions<Document>> {
        self.documents.history(key.into())
    }

    /// Puts a value under a key, in the place of what was there. Durable when it returns.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`](crate::Error::Encode) where the value can't be serialized; nothing is changed
    /// then. What [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn set<V: Serialize + ?Sized>(&self, key: impl Into<String>, value: &V) -> Result<()> {
        self.documents.put(Document::new(key, value)?).map(drop)
    }

    /// Puts values under keys, all in one commit or none; returns how many keys that were. Of values
    /// with one key the last stays.
    ///
    /// # Errors
    ///
    /// Like [`set`](Self::set).
    pub fn set_all<K: Into<String>, V: Serialize>(
        &self,
        values: impl IntoIterator<Item = (K, V)>,
    ) -> Result<usize> {
        let documents = values.into_iter().map(|(key, value)| Document::new(key, &value));
        self.documents.put_all(documents.collect::<Result<Vec<_>>>()?)
    }

    /// Changes the value under a key, or the default value where there is none, and returns it as it
    /// is then. Durable when it returns. On a conflict `change` runs again, on the newer value.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`](crate::Error::Decode) where the value is not a `V`, and what
    /// [`set`](Self::set) gives.
    pub fn update<V: Serialize + DeserializeOwned + Default>(
        &self,
        key: &str,
        mut change: impl FnMut(&mut V),
    ) -> Result<V> {
        self.documents
            .write(|documents| TxDocuments::new(self.name(), *documents).update(key, &mut change))
    }

    /// Removes what is under a key; returns whether there was anything. Durable when it returns.
    ///
    /// # Errors
    ///
    /// What [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn delete(&self, key: &str) -> Result<bool> {
        self.documents.remove(key).map(|removed| removed.is_some())
    }

    /// Removes what is under these keys, in one commit; returns how many there were.
    ///
    /// # Errors
    ///
    /// What [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn delete_all<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> Result<usize> {
        self.documents.remove_all(keys)
    }

    /// Removes everything, in one commit; returns how many keys there were.
    ///
    /// # Errors
    ///
    /// What [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn clear(&self) -> Result<usize> {
        self.documents.clear()
    }

    /// Changes that are gathered first and then made all in one commit or not at all.
    ///
    /// ```
    /// # use folio::Store;
    /// # fn main() -> folio::Result<()> {
    /// # let settings = Store::in_memory().documents("settings")?;
    /// # settings.set("old", &0)?;
    /// settings.batch().set("zoom", &1.5).set("theme", "dark").delete("old").commit()?;
    /// assert_eq!(settings.keys(), ["theme", "zoom"]);
    /// # Ok(()) }
    /// ```
    pub fn batch(&self) -> Batch {
        Batch::new(self.documents.clone())
    }
}
