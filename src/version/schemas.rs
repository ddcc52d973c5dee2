//! The forms in which the records of a collection are stored.
//!
//! Each form that a record type has had while it was written to a collection is one descriptor,
//! numbered from 0 in the order in which they came; the operations in the log say by number which one
//! their bytes follow. The newest version of the type that somebody attached for writing is
//! *adopted*: new records are written in its form, for as long as the store is open.

use crate::schema::descriptor::Descriptor;
use crate::sync::{Mutex, OnceLock};
use std::sync::Arc;

/// The number of a form in its collection.
pub(crate) type SchemaId = u32;

/// The forms of one collection.
#[derive(Debug)]
pub(crate) struct Schemas {
    known: Mutex<Vec<Arc<Descriptor>>>,
    /// Of a store that is followed: the versions that brought some, and how many there were before each.
    learned: Mutex<Vec<(u64, usize)>>,
    /// The form in which new records are written, and the version from which on the collection is attached as
    /// the type that was adopted. Set under the commit lock.
    adopted: OnceLock<(SchemaId, u64)>,
    /// The version that announced it, if one did in this process.
    announced: OnceLock<u64>,
    /// Set once what was written to adopt it is durable.
    settled: OnceLock<()>,
    /// Whether the attached type reads other records than those that are stored, so that they must
    /// be written down before anything else is.
    rewrite: OnceLock<()>,
}

impl Schemas {
    /// Those that were recovered.
    pub(crate) fn recovered(known: Vec<Arc<Descriptor>>) -> Self {
        let (known, learned) = (Mutex::new(known), Mutex::default());
        let (adopted, announced) = (OnceLock::new(), OnceLock::new());
        let (settled, rewrite) = (OnceLock::new(), OnceLock::new());
        Self { known, learned, adopted, announced, settled, rewrite }
    }

    /// That of a collection which is created with it, and seen by nobody before that is durable.
    pub(crate) fn created(schema: Arc<Descriptor>) -> Self {
        let schemas = Self::recovered(vec![schema]);
        schemas.adopt(0, 0);
        schemas.settle();
        schemas
    }

    /// The one that came last.
    pub(crate) fn newest(&self) -> Option<Arc<Descriptor>> {
        self.known.lock().last().cloned()
    }

    /// Those that another process has given the collection by now, the last of them in a version. They begin with those
    /// that are known.
    pub(crate) fn learn(&self, forms: &[Arc<Descriptor>], version: u64) {
        let mut known = self.known.lock();
        let new = forms.get(known.len()..).unwrap_or_default();
        if new.is_empty() {
            return;
        }
        self.learned.lock().push((version, known.len()));
        known.extend_from_slice(new);
    }

    /// All of them.
    pub(crate) fn known(&self) -> Vec<Arc<Descriptor>> {
        self.known.lock().clone()
    }

    /// Those that a version knows.
    pub(crate) fn known_at(&self, version: u64) -> Vec<Arc<Descriptor>> {
        let mut known = self.known.lock().clone();
        let learned = self.learned.lock();
        if let Some((_, first)) = learned.iter().find(|(later, _)| *later > version) {
            known.truncate(*first);
        }
        drop(learned);
        // One that was announced in this process is the last one.
        if self.announced().is_some_and(|announced| announced > version) {
            known.pop();
        }
        known
    }

    /// The one with a number.
    pub(crate) fn get(&self, number: SchemaId) -> Option<Arc<Descriptor>> {
        self.known.lock().get(number as usize).cloned()
    }

    /// The number of the form in which new records are written, once there is one.
    pub(crate) fn adopted(&self) -> Option<SchemaId> {
        self.adopted.get().map(|(schema, _)| *schema)
    }

    /// The version from which on the collection is attached in all versions.
    pub(crate) fn adopted_at(&self) -> Option<u64> {
        self.adopted.get().map(|(_, version)| *version)
    }

    /// The number of the form that came last, if it is this one. Going back to an earlier form makes
    /// a new number, so that the last is always the newest.
    pub(crate) fn newest_is(&self, schema: &Descriptor) -> Option<SchemaId> {
        let known = self.known.lock();
        let is_newest = known.last().is_some_and(|newest| **newest == *schema);
        is_newest.then(|| number(known.len() - 1))
    }

    /// The number of a form, if it is known; the last, where it came twice.
    pub(crate) fn number_of(&self, schema: &Descriptor) -> Option<SchemaId> {
        self.known.lock().iter().rposition(|known| **known == *schema).map(number)
    }

    /// The number that the next new form gets.
    pub(crate) fn next(&self) -> SchemaId {
        number(self.known.lock().len())
    }

    /// The version that must be published before the adopted form counts.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.announced.get().copied()
    }

    /// Whether a form was adopted, and what that took is durable.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled.get().is_some()
    }

    pub(crate) fn settle(&self) {
        let _ = self.settled.set(());
    }

    /// From this version on records are written in a form that is known.
    pub(crate) fn adopt(&self, schema: SchemaId, version: u64) {
        let _ = self.adopted.set((schema, version));
    }

    /// The number of the form that came last.
    pub(crate) fn last(&self) -> SchemaId {
        number(self.known.lock().len().saturating_sub(1))
    }

    /// From now on records are written in a new form. Called in the order of the commits.
    pub(crate) fn add(&self, schema: Arc<Descriptor>, version: u64) {
        let mut known = self.known.lock();
        let _ = self.announced.set(version);
        let number = number(known.len());
        known.push(schema);
        self.adopt(number, version);
    }

    pub(crate) fn needs_rewrite(&self) -> bool {
        self.rewrite.get().is_some()
    }

    /// Called before the attached table can be seen.
    pub(crate) fn set_rewrite(&self) {
        let _ = self.rewrite.set(());
    }
}

fn number(place: usize) -> SchemaId {
    SchemaId::try_from(place).unwrap_or(SchemaId::MAX)
}
