//! Carrying out on a table what a log says was done to it: how a follower keeps up with the commits of
//! another process.
//!
//! The changes come as they are stored. Each is read in its form; of several on one key the last one counts. What
//! they change in the indexes is planned from the rows before and behind, as for a transaction, so that the
//! table shares everything else with the one before: O(changes · log n).

use crate::codec;
use crate::error::{Error, Result};
use crate::persistent::Map;
use crate::schema::descriptor::Descriptor;
use crate::table::reading::Plan;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::table::secondary::{Edit, Handover, Row};
use crate::table::stored::{StoredChange, check_key, read, unreadable};
use std::sync::Arc;

/// What becomes of keys, the last of several changes on each.
pub(crate) type Replaced<T> = Map<<T as Record>::Key, Option<Row<T>>>;

impl<T: Record> Table<T> {
    /// The table behind changes that were stored in any forms that the type can read.
    ///
    /// # Errors
    ///
    /// `SchemaMismatch` where the type can't read a form, `Decode` or `Migration` where it can't read a record,
    /// `UniqueViolation` where the records don't fit a unique index.
    pub(crate) fn replayed(&self, collection: &str, changes: &[StoredChange<'_>]) -> Result<Self> {
        let own = Descriptor::of_record::<T>();
        let mut plans: Vec<(&Arc<Descriptor>, Option<Plan<T>>)> = Vec::new();
        let mut replaced = Replaced::<T>::default();
        for change in changes {
            let known = plans.iter().position(|(form, _)| Arc::ptr_eq(form, change.form));
            let place = if let Some(place) = known {
                place
            } else {
                plans.push((change.form, plan_for(collection, change.form, &own)?));
                plans.len() - 1
            };
            let plan = plans.get(place).and_then(|(_, plan)| plan.as_ref());
            let (key, row) = read_change(collection, change, plan)?;
            replaced.insert(key, row);
        }
        self.with(collection, &replaced)
    }

    /// The table with other records under these keys, or none.
    pub(crate) fn with(&self, collection: &str, replaced: &Replaced<T>) -> Result<Self> {
        let edit = |(key, after): (&T::Key, &Option<Row<T>>)| Edit {
            key: key.clone(),
            before: self.rows().get(key).cloned(),
            after: after.clone(),
        };
        let plan = self.plan(&replaced.iter().map(edit).collect::<Vec<_>>());
        self.check(&plan, Handover::Allowed)
            .map_err(|violation| violation.into_error(collection))?;
        let mut table = self.fork();
        table.apply(plan, replaced.iter_held());
        Ok(table)
    }
}

/// How records of a form are read; `None` for the one that the type writes itself.
fn plan_for<T: Record>(
    collection: &str,
    form: &Arc<Descriptor>,
    own: &Descriptor,
) -> Result<Option<Plan<T>>> {
    if **form == *own {
        return Ok(None);
    }
    let mismatch = |diff| Error::SchemaMismatch { collection: collection.to_owned(), diff };
    Plan::of(form).map(Some).map_err(mismatch)
}

fn read_change<T: Record>(
    collection: &str,
    change: &StoredChange<'_>,
    plan: Option<&Plan<T>>,
) -> Result<(T::Key, Option<Row<T>>)> {
    let StoredChange { form, key, record } = *change;
    match (plan, record) {
        (Some(plan), Some(record)) => {
            let read = read(key, record, collection, form, plan)?;
            Ok((read.key, Some(read.row)))
        }
        (Some(plan), None) => {
            let text = || Some(form.key_text(key));
            let found = plan.key.read::<T::Key>(key);
            let found = found.map_err(|source| unreadable::<T::Key>(collection, text(), source))?;
            // Only the record, which is gone, could tell what its key would be now.
            let found = found.ok_or_else(|| Error::SchemaMismatch {
                collection: collection.to_owned(),
                diff:
                    "  the key of a record\n    - of another type, by which a record was removed\n"
                        .to_owned(),
            })?;
            Ok((found, None))
        }
        (None, record) => {
            let key: T::Key = codec::decode(key)
                .map_err(|source| unreadable::<T::Key>(collection, None, source))?;
            let Some(record) = record else { return Ok((key, None)) };
            let text = || Some(form.key_text(change.key));
            let record: T = codec::decode(record)
                .map_err(|source| unreadable::<T>(collection, text(), source))?;
            check_key(collection, &key, &record)?;
            Ok((key, Some(Row(Arc::new(record)))))
        }
    }
}
