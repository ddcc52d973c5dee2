//! The versions that a frame of the log makes.
//!
//! The commits of a frame are one step to those who read, as they were to the readers of the process that
//! wrote them: it published the last of them. So of all that they do to a collection the table is changed once. Where
//! old versions are kept, each commit is a step by itself.

use crate::error::Result;
use crate::log::commit::{Commit, Create, TableHead, place_in};
use crate::log::reader::LoggedFrame;
use crate::schema::descriptor::Descriptor;
use crate::version::encoded::{Encoded, Followed, Operation};
use crate::version::schemas::Schemas;
use crate::version::slot::{Identity, Slot};
use crate::version::{CollectionId, Root};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A version, and the bytes of the commit that made it.
pub(super) type Step<'f> = (Arc<Root>, &'f [u8]);

/// The versions behind `root` that a frame makes: that of its last commit, or of each.
///
/// # Errors
///
/// `Corrupt` where a commit contradicts the ones before it; what an attached type says of records that it can't have.
pub(super) fn steps<'f>(root: &Root, frame: &'f LoggedFrame, each: bool) -> Result<Vec<Step<'f>>> {
    let buffer = Arc::new(frame.payload.clone());
    let (root, changed) = (root.clone(), BTreeMap::new());
    let mut building = Building { root, changed, payload: &frame.payload, buffer: &buffer };
    let mut steps = Vec::new();
    for place in 0..frame.commits.len() {
        let Some((number, bytes)) = frame.commit(place, u64::MAX) else { break };
        let commit =
            Commit::parse(bytes).map_err(|error| frame.bad_commit(number, &error.to_string()))?;
        building.root = building.root.next(commit.time_micros);
        building.take_in(&commit).map_err(|found| frame.bad_commit(number, &found))?;
        if each || place + 1 == frame.commits.len() {
            steps.push((Arc::new(building.finish()?), bytes));
        }
    }
    Ok(steps)
}

/// A version as it comes together.
struct Building<'f> {
    root: Root,
    /// What was done to collections and is not in the version yet.
    changed: BTreeMap<CollectionId, Followed>,
    /// What the commits are in.
    payload: &'f [u8],
    /// A copy of that, to be kept.
    buffer: &'f Arc<Vec<u8>>,
}

impl Building<'_> {
    /// Takes in one commit; an error says what is wrong with it.
    fn take_in(&mut self, commit: &Commit<'_>) -> Result<(), String> {
        for Create { collection, name } in &commit.creates {
            let next = self.root.collections();
            if *collection != next || self.root.find(name).is_some() {
                return Err(format!(
                    "collection {collection} (`{name}`), though {next} comes next"
                ));
            }
            let forms = descriptors(commit, *collection)?;
            if forms.is_empty() {
                return Err(format!("no descriptor for the new collection `{name}`"));
            }
            let nothing = Encoded::new(&[], forms.clone(), Vec::new());
            let identity = Identity::new(next, (*name).to_owned(), Schemas::recovered(forms), 0);
            self.root.add(Arc::new(Slot::unattached(Arc::new(identity), nothing)));
        }
        for schema in &commit.schemas {
            let id = schema.collection;
            // Those of new collections are known.
            if commit.creates.iter().all(|create| create.collection != id) {
                let form =
                    Descriptor::parse(schema.descriptor).map_err(|error| error.to_string())?;
                self.changed(id)?.forms.push(Arc::new(form));
            }
        }
        for table in &commit.tables {
            let TableHead { collection, schema, reset, ids_used } = table.head;
            let payload = self.payload;
            let changed = self.changed(collection)?;
            if schema as usize >= changed.forms.len() {
                return Err(format!("form {schema} of {}", changed.forms.len()));
            }
            if reset {
                changed.operations.clear();
                changed.reset = true;
            }
            changed.ids_used = changed.ids_used.max(ids_used);
            changed.operations.extend(table.operations.iter().map(|(key, record)| Operation {
                buffer: 0,
                schema,
                key: place_in(payload, key),
                record: record.map(|record| place_in(payload, record)),
            }));
        }
        Ok(())
    }

    /// What was done to a collection so far.
    fn changed(&mut self, id: CollectionId) -> Result<&mut Followed, String> {
        let known = self.root.collections();
        let slot = self.root.slot(id).ok_or_else(|| format!("collection {id} of {known}"))?;
        Ok(self.changed.entry(id).or_insert_with(|| {
            let forms = slot.identity().schemas.known();
            Followed { forms, ..Followed::default() }
        }))
    }

    /// The version with all that was done so far.
    fn finish(&mut self) -> Result<Root> {
        for (id, followed) in std::mem::take(&mut self.changed) {
            let Some(slot) = self.root.slot(id) else { continue };
            let next = slot.followed(&followed, self.buffer, self.root.number)?;
            self.root.put(Arc::new(next));
        }
        Ok(self.root.clone())
    }
}

/// The forms that a commit gives to a collection.
fn descriptors(commit: &Commit<'_>, id: CollectionId) -> Result<Vec<Arc<Descriptor>>, String> {
    let of_it = commit.schemas.iter().filter(|schema| schema.collection == id);
    let parse = |bytes| Descriptor::parse(bytes).map(Arc::new).map_err(|error| error.to_string());
    of_it.map(|schema| parse(schema.descriptor)).collect()
}

/// A version that was read back by itself, as one that follows `root`: what is attached there stays attached.
///
/// # Errors
///
/// `Corrupt` where it is one of another store; what an attached type says of records that it can't have.
pub(super) fn rebased(root: &Root, read: &Root) -> Result<Root> {
    let mut next = root.clone();
    (next.number, next.time_micros) = (read.number, read.time_micros);
    for id in 0..read.collections() {
        let Some(slot) = read.slot(id) else { continue };
        match root.slot(id) {
            Some(before) => next.put(Arc::new(before.replaced_by(slot, read.number)?)),
            None => next.add(slot.clone()),
        }
    }
    Ok(next)
}
