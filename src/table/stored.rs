//! Reading one record as it is stored: in the form that its type writes, or in another one that it can read.

use crate::codec;
use crate::error::{Error, Result};
use crate::schema::descriptor::Descriptor;
use crate::table::key;
use crate::table::reading::{Failure, Plan};
use crate::table::record::Record;
use crate::table::secondary::Row;
use std::sync::Arc;

/// An operation of the log on one key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredChange<'a> {
    /// The form that key and record are in.
    pub(crate) form: &'a Arc<Descriptor>,
    pub(crate) key: &'a [u8],
    /// `None` where the key is removed.
    pub(crate) record: Option<&'a [u8]>,
}

/// Reads a record in the form that a plan is for.
pub(crate) fn read<T: Record>(
    bytes: &[u8],
    record: &[u8],
    collection: &str,
    stored: &Descriptor,
    plan: &Plan<T>,
) -> Result<Read<T>> {
    let met = || {
        let diff =
            format!("{}  met in the record with key {}\n", plan.risks, stored.key_text(bytes));
        Error::SchemaMismatch { collection: collection.to_owned(), diff }
    };
    let key = plan.key.read::<T::Key>(bytes).map_err(|source| {
        if !plan.risks.is_empty() {
            return met();
        }
        unreadable::<T::Key>(collection, Some(stored.key_text(bytes)), source)
    })?;
    let record = plan.record.read(record).map_err(|failure| match failure {
        Failure::Migration { from, to, source } => {
            let key = stored.key_text(bytes);
            Error::Migration { collection: collection.to_owned(), key, from, to, source }
        }
        Failure::Read(_) if !plan.risks.is_empty() => met(),
        Failure::Read(source) => unreadable::<T>(collection, Some(stored.key_text(bytes)), source),
    })?;
    let key = match key {
        Some(key) => {
            check_key(collection, &key, &record)?;
            key
        }
        None => record.key(),
    };
    let same_key_bytes = codec::encode(&key)? == bytes;
    Ok(Read { key, row: Row(Arc::new(record)), same_key_bytes })
}

/// A record that was read.
pub(crate) struct Read<T: Record> {
    pub(crate) key: T::Key,
    pub(crate) row: Row<T>,
    /// Whether the type encodes the key as it is stored.
    pub(crate) same_key_bytes: bool,
}

/// The description of a type names its key's type, not its field: a key that was moved to another
/// field shows here, before anything is found under a key it does not have.
pub(crate) fn check_key<T: Record>(collection: &str, stored: &T::Key, record: &T) -> Result<()> {
    let asked = record.key();
    if asked == *stored {
        return Ok(());
    }
    let (stored, asked) = (key::text(stored), key::text(&asked));
    let diff = format!(
        "  the key of a record\n    - {stored}\n    + {asked}: keep the field that is the key\n"
    );
    Err(Error::SchemaMismatch { collection: collection.to_owned(), diff })
}

/// That bytes are no `V`, though their form says so.
pub(crate) fn unreadable<V>(
    collection: &str,
    key: Option<String>,
    source: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::decode(std::any::type_name::<V>(), source).within(Some(collection), key)
}
