//! Writing a version down: what a checkpoint says of each collection.
//!
//! A collection that is attached is its rows, in the form that its type writes. One that is not, or
//! whose type was not adopted though it has another form, is what it was recovered as: the operations that still
//! count, as they are. So writing a version down never decides for a program which form its records
//! have.

use crate::error::Result;
use crate::schema::descriptor::Descriptor;
use crate::sync::Ordering;
use crate::table::expiry::Moment;
use crate::table::rows::Table;
use crate::version::encoded::PutEncoded;
use crate::version::schemas::SchemaId;
use crate::version::slot::{Contents, Slot};
use crate::version::untyped::Untyped;
use crate::version::{CollectionId, Root};
use std::sync::Arc;

/// A collection of a version, held to be written down.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) id: CollectionId,
    pub(crate) name: String,
    /// The forms that the version knows.
    pub(crate) schemas: Vec<Arc<Descriptor>>,
    /// At least what was given out when the version was made.
    pub(crate) ids_used: u64,
    contents: Contents,
}

impl Root {
    /// The collections in the order of their numbers; `None` where one is attached in a form that this version
    /// does not know yet, but a later one does.
    pub(crate) fn hold(&self) -> Option<Vec<Held>> {
        (0..self.collections()).filter_map(|id| self.slot(id)).map(|slot| self.held(slot)).collect()
    }

    fn held(&self, slot: &Slot) -> Option<Held> {
        // Before what was recovered is asked for: it goes once a form is announced.
        let contents = slot.contents();
        let identity = slot.identity();
        let schemas = identity.schemas.known_at(self.number);
        if let Contents::Table(table) = &contents
            && !table.as_any().is::<Table<Untyped>>()
            && form_of(&schemas, &table.descriptor()).is_none()
        {
            return None;
        }
        Some(Held {
            id: identity.id,
            name: identity.name.clone(),
            schemas,
            ids_used: identity.ids_used.load(Ordering::Relaxed),
            contents,
        })
    }
}

impl Held {
    /// Gives each record with its key, encoded, and the number of the form they are in. Expired ones too, as long
    /// as they are there: that is for the sweeper.
    pub(crate) fn for_each(&self, put: &mut PutEncoded<'_>) -> Result<()> {
        each_of(&self.contents, &self.schemas, Moment::default(), put)
    }
}

fn each_of(
    contents: &Contents,
    schemas: &[Arc<Descriptor>],
    moment: Moment,
    put: &mut PutEncoded<'_>,
) -> Result<()> {
    let table = match contents {
        Contents::Encoded(encoded) => return encoded.for_each_live(put),
        Contents::Table(table) => table,
    };
    if let Some(table) = table.as_any().downcast_ref::<Table<Untyped>>() {
        return table.rows().in_key_order().try_for_each(|(key, row)| {
            let form = form_of(schemas, row.0.schema()).unwrap_or_default();
            put(form, key.as_bytes(), row.0.as_bytes())
        });
    }
    let form = form_of(schemas, &table.descriptor()).unwrap_or_default();
    table.all_encoded(moment).try_for_each(|row| {
        let (key, record) = row?;
        put(form, &key, &record)
    })
}

/// A collection as somebody reads it, to be written out elsewhere.
#[derive(Debug)]
pub(crate) struct Readable {
    /// The forms of its records; keys are in the last.
    pub(crate) forms: Vec<Arc<Descriptor>>,
    contents: Contents,
    moment: Moment,
}

impl Slot {
    /// The collection at a moment, as a version with this number has it.
    pub(crate) fn readable(&self, version: u64, moment: Moment) -> Readable {
        let contents = match self.table() {
            Some(table) => Contents::Table(table.clone()),
            None => self.contents(),
        };
        let forms = match &contents {
            Contents::Table(table) if !table.as_any().is::<Table<Untyped>>() => {
                vec![Arc::new(table.descriptor())]
            }
            _ => self.identity().schemas.known_at(version),
        };
        Readable { forms, contents, moment }
    }
}

impl Readable {
    /// Gives each record with its key, encoded, and the number of the form they are in.
    pub(crate) fn for_each(&self, put: &mut PutEncoded<'_>) -> Result<()> {
        each_of(&self.contents, &self.forms, self.moment, put)
    }
}

/// The number of a form. The last, where a form came twice: later ones are written in that.
fn form_of(schemas: &[Arc<Descriptor>], form: &Descriptor) -> Option<SchemaId> {
    let place = schemas.iter().rposition(|known| **known == *form)?;
    SchemaId::try_from(place).ok()
}
