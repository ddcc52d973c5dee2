//! Putting records as they were stored elsewhere: in any form that the type can read.

use super::Work;
use crate::error::{Error, Result};
use crate::options::Merge;
use crate::schema::descriptor::Descriptor;
use crate::table::key::text;
use crate::table::reading::Plan;
use crate::table::record::Record;
use crate::table::stored;
use std::fmt;
use std::sync::Arc;

/// A record with its key, encoded, and the form that both are in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored<'a> {
    pub(crate) form: &'a Arc<Descriptor>,
    pub(crate) key: &'a [u8],
    pub(crate) record: &'a [u8],
}

/// What became of a record that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    Inserted,
    Replaced,
    /// One that was there stayed.
    Kept,
}

/// How records of other forms are read, once that was asked for.
pub(super) struct Plans<T>(Vec<(Arc<Descriptor>, Arc<Plan<T>>)>);

impl<T> Default for Plans<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> fmt::Debug for Plans<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Plans").field(&self.0.len()).finish()
    }
}

impl<T: Record> Plans<T> {
    /// The plan for a form; made once, O(types).
    fn of(&mut self, form: &Arc<Descriptor>) -> Result<Arc<Plan<T>>, String> {
        if let Some((_, plan)) = self.0.iter().find(|(known, _)| known == form) {
            return Ok(plan.clone());
        }
        let plan = Arc::new(Plan::of(form)?);
        self.0.push((form.clone(), plan.clone()));
        Ok(plan)
    }
}

impl<T: Record> Work<T> {
    /// Puts a record that was stored in any form that the type can read.
    pub(super) fn put_as(&mut self, stored: &Stored<'_>, merge: Merge) -> Result<Put> {
        let name = self.identity.name.clone();
        let plan = self
            .plans
            .of(stored.form)
            .map_err(|diff| Error::SchemaMismatch { collection: name.clone(), diff })?;
        let read = stored::read(stored.key, stored.record, &name, stored.form, &plan)?;
        let is_there = self.row(&read.key).is_some();
        match merge {
            Merge::Keep if is_there => return Ok(Put::Kept),
            Merge::Refuse | Merge::IntoEmpty if is_there => {
                return Err(Error::KeyExists { collection: name, key: text(&read.key) });
            }
            _ => {}
        }
        self.write(read.key, Some(read.row))?;
        Ok(if is_there { Put::Replaced } else { Put::Inserted })
    }
}
