//! Putting records as they were stored elsewhere, for imports.

use crate::collection::values::in_transaction::TxValues;
use crate::error::{Error, Result};
use crate::options::Merge;
use crate::schema::compare::compare;
use crate::table::secondary::Row;
use crate::transaction::work::{Put, Stored};
use crate::version::untyped::{Untyped, UntypedKey};
use std::sync::Arc;

impl TxValues<'_> {
    /// Puts a record that was stored in any form that the type can read; where the collection is attached
    /// without its type, in the form that it has.
    pub(crate) fn put_stored(&self, stored: &Stored<'_>, merge: Merge) -> Result<Put> {
        let Some(form) = &self.untyped else {
            return self.tx.with_any(self.place, |work| work.put_stored(stored, merge));
        };
        if form != stored.form {
            let found = compare(stored.form, form);
            let diff = format!(
                "{}  only its Rust type can convert records: open the collection as that before anything else\n",
                found.unfit
            );
            return Err(Error::SchemaMismatch { collection: self.name.clone(), diff });
        }
        let key = UntypedKey::new(form, stored.key)?;
        let record = Row(Arc::new(Untyped::new(form, key.clone(), stored.record)));
        self.tx.with::<Untyped, _>(self.place, |work| {
            let is_there = work.row(&key).is_some();
            match merge {
                Merge::Keep if is_there => return Ok(Put::Kept),
                Merge::Refuse | Merge::IntoEmpty if is_there => {
                    let (collection, key) = (self.name.clone(), form.key_text(stored.key));
                    return Err(Error::KeyExists { collection, key });
                }
                _ => {}
            }
            work.write(key, Some(record))?;
            Ok(if is_there { Put::Replaced } else { Put::Inserted })
        })
    }

    /// Sees to it that no id below this one is given out again.
    pub(crate) fn raise_ids(&self, ids_used: u64) {
        self.tx.with_any(self.place, |work| work.raise_ids(ids_used));
    }
}
