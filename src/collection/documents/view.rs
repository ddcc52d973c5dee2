//! A collection of documents in one version.

use crate::collection::documents::{Document, missing};
use crate::collection::view::{Keys, Records, View};
use crate::error::Result;
use crate::table::key::KeyRange;
use serde::de::DeserializeOwned;

/// The documents of one collection in one version: owned, cheap to clone, never waiting.
///
/// ```
/// # use folio::Store;
/// # fn main() -> folio::Result<()> {
/// let store = Store::in_memory();
/// let settings = store.documents("settings")?;
/// settings.set("window/main", &(800, 600))?;
/// settings.set("window/about", &(300, 200))?;
/// settings.set("zoom", &1.5)?;
///
/// let view = settings.view();
/// settings.clear()?;
/// let sizes: Vec<(u32, u32)> =
///     view.prefix("window/").map(|document| document.to()).collect::<Result<_, _>>()?;
/// assert_eq!(sizes, [(300, 200), (800, 600)]);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct DocumentsView {
    name: String,
    documents: View<Document>,
}

impl DocumentsView {
    pub(crate) fn new(name: &str, documents: View<Document>) -> Self {
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
    pub fn document(&self, key: &str) -> Option<&Document> {
        self.documents.get(key)
    }

    /// Whether there is a value under this key. O(log n).
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.documents.contains(key)
    }

    /// The keys in order, from either end.
    #[must_use]
    pub fn keys(&self) -> Keys<'_, Document> {
        self.documents.keys()
    }

    /// All documents in the order of their keys, from either end.
    #[must_use]
    pub fn iter(&self) -> Records<'_, Document> {
        self.documents.iter()
    }

    /// The documents whose keys begin with `prefix`, in order, from either end. O(log n) to find the
    /// first.
    #[must_use]
    pub fn prefix(&self, prefix: &str) -> Records<'_, Document> {
        self.documents.prefix(prefix)
    }

    /// The documents whose keys lie in a range, in order, from either end. O(log n) to find the first.
    pub fn range(&self, range: impl KeyRange<String>) -> Records<'_, Document> {
        self.documents.range(range)
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
}

impl<'a> IntoIterator for &'a DocumentsView {
    type Item = &'a Document;
    type IntoIter = Records<'a, Document>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
