//! Changes to documents that are made together.

use crate::collection::documents::Document;
use crate::collection::live::Collection;
use crate::error::{Error, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// Changes that are gathered and then made in one commit. Made by
/// [`Documents::batch`](crate::Documents::batch).
///
/// Of several changes at one key the last counts. A value that can't be serialized is reported by
/// [`commit`](Self::commit), which then changes nothing.
#[derive(Debug)]
#[must_use = "a batch changes nothing until it is committed"]
pub struct Batch {
    documents: Collection<Document>,
    changes: BTreeMap<String, Option<Document>>,
    failure: Option<Error>,
}

impl Batch {
    pub(crate) fn new(documents: Collection<Document>) -> Self {
        Self { documents, changes: BTreeMap::new(), failure: None }
    }

    /// Will put a value under a key.
    pub fn set<V: Serialize + ?Sized>(mut self, key: impl Into<String>, value: &V) -> Self {
        match Document::new(key, value) {
            Ok(document) => drop(self.changes.insert(document.key().to_owned(), Some(document))),
            // The first one is the one to look at.
            Err(error) => drop(self.failure.get_or_insert(error)),
        }
        self
    }

    /// Will remove what is under a key.
    pub fn delete(mut self, key: impl Into<String>) -> Self {
        self.changes.insert(key.into(), None);
        self
    }

    /// At how many keys there will be changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether there will be no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Makes all changes in one commit. Durable when it returns.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] where a value could not be serialized, and what
    /// [`Transaction::commit`](crate::Transaction::commit) gives.
    pub fn commit(self) -> Result<()> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        self.documents.write(|documents| {
            for (key, change) in &self.changes {
                match change {
                    Some(document) => drop(documents.put(document.clone())?),
                    None => drop(documents.remove(key.as_str())?),
                }
            }
            Ok(())
        })
    }
}
