//! `log --diff`, `history --diff`: which fields each commit changed, from what to what.
//!
//! A row is a field that differs. What was before the first commit that is looked at is read as of the version before it, and kept
//! up from commit to commit. Where that version is not kept any more, what was before is not known, and what is put is told
//! as `put`, neither added nor changed.

use super::past;
use crate::difference::{Difference, between};
use crate::exit::{Failure, Result};
use crate::output::Rows;
use crate::rows::{self, Collection};
use crate::session::Session;
use crate::{json, keys, time};
use folio::{CollectionChanges, CommitInfo, Error, Snapshot, Store, Value, Version};
use std::collections::{BTreeMap, BTreeSet};

/// What a key had before a commit.
enum Before {
    Unknown,
    Nothing,
    Record(String),
}

/// What is told of a record, or of one of its fields.
struct Told<'t> {
    change: &'t str,
    difference: Difference,
}

/// A walk along the log.
struct Walk {
    /// What was before the first commit, if that is kept.
    base: Option<Snapshot>,
    newest: Snapshot,
    /// What commits on the way have made of keys, by collection.
    made: BTreeMap<String, BTreeMap<Value, Option<String>>>,
    rows: Rows,
    /// The only collection that is asked for, and the only key in it.
    only: Option<(String, Value)>,
    count: usize,
}

pub(super) fn log(session: Session<'_>, limit: Option<u64>) -> Result<()> {
    let store = session.reader()?;
    let last = past::last(session, &store)?;
    let first = limit.map_or(0, |limit| (last.number() + 1).saturating_sub(limit));
    let walk = Walk::new(session, &store, None);
    walk.go(&store, Version::new(first), last).map(drop)
}

pub(super) fn history(session: Session<'_>, text: &str) -> Result<()> {
    let store = session.reader()?;
    let name = &session.common().collection;
    let last = past::last(session, &store)?;
    let key = keys::parse(store.snapshot().values(name)?.descriptor(), text)?;
    let walk = Walk::new(session, &store, Some((name.clone(), key)));
    let (first, count) = walk.go(&store, Version::new(0), last)?;
    past::tell_where_it_begins(session, first, last);
    if count == 0 {
        return Err(Failure::NotFound(past::nothing(name, text)));
    }
    Ok(())
}

impl Walk {
    fn new(session: Session<'_>, store: &Store, only: Option<(String, Value)>) -> Self {
        Self {
            base: None,
            newest: store.snapshot(),
            made: BTreeMap::new(),
            rows: Rows::new(&session.common().format),
            only,
            count: 0,
        }
    }

    /// Prints what the commits changed. Returns the first of them, and how many rows there are.
    fn go(mut self, store: &Store, from: Version, to: Version) -> Result<(Option<Version>, usize)> {
        let mut first = None;
        for commit in store.commits(from..=to)? {
            let commit = commit?;
            if first.is_none() {
                first = Some(commit.version);
                self.base = before(store, commit.version)?;
            }
            for changes in &commit.changes {
                if self.only.as_ref().is_none_or(|(name, _)| *name == changes.collection) {
                    self.step(&commit, changes)?;
                }
            }
        }
        self.rows.finish()?;
        Ok((first, self.count))
    }

    fn step(&mut self, commit: &CommitInfo, changes: &CollectionChanges) -> Result<()> {
        let name = &changes.collection;
        let documents = rows::find(&self.newest, name).is_some_and(|info| info.holds_documents());
        // What is rewritten has only what is put then.
        let mut left = if changes.rewritten { self.keys_of(name)? } else { BTreeSet::new() };
        if let Some(form) = changes.form() {
            for entry in changes.entries() {
                let (key, record) = entry?;
                left.remove(&key);
                let record = record.map(|record| json::of_record(form, &record, documents, false));
                self.change(commit, changes, key, record.transpose()?)?;
            }
        }
        left.into_iter().try_for_each(|key| self.change(commit, changes, key, None))
    }

    /// Tells what a commit made of a key.
    fn change(
        &mut self,
        commit: &CommitInfo,
        changes: &CollectionChanges,
        key: Value,
        after: Option<String>,
    ) -> Result<()> {
        if self.only.as_ref().is_some_and(|(_, only)| *only != key) {
            return Ok(());
        }
        let name = &changes.collection;
        let all = told(&self.before(name, &key)?, after.as_deref(), changes.rewritten);
        let key_json = self.newest.values(name)?.descriptor().key_to_json(&key)?;
        for Told { change, difference } in all {
            let Difference { field, old, new } = difference;
            let or_null = |json: Option<String>| json.unwrap_or_else(|| "null".to_owned());
            self.rows.push(&[
                ("version", commit.version.to_string()),
                ("time", json::of_text(&time::text(commit.time))),
                ("collection", json::of_text(name)),
                ("key", key_json.clone()),
                ("change", json::of_text(change)),
                ("field", or_null(field.as_deref().map(json::of_text))),
                ("old", or_null(old)),
                ("new", or_null(new)),
                ("meta", past::meta(commit)),
            ])?;
            self.count += 1;
        }
        self.made.entry(name.clone()).or_default().insert(key, after);
        Ok(())
    }

    fn before(&self, name: &str, key: &Value) -> Result<Before> {
        if let Some(made) = self.made.get(name).and_then(|made| made.get(key)) {
            return Ok(made.clone().map_or(Before::Nothing, Before::Record));
        }
        let Some(base) = &self.base else { return Ok(Before::Unknown) };
        let Some(collection) = collection_in(base, name)? else { return Ok(Before::Nothing) };
        match collection.values.entry(key)? {
            Some(entry) => collection.content(&entry, false).map(Before::Record),
            None => Ok(Before::Nothing),
        }
    }

    /// The keys that a collection is known to have.
    fn keys_of(&self, name: &str) -> Result<BTreeSet<Value>> {
        let mut keys = BTreeSet::new();
        if let Some(base) = &self.base
            && let Some(collection) = collection_in(base, name)?
        {
            for entry in collection.values.entries() {
                keys.insert(entry?.key().clone());
            }
        }
        for (key, record) in self.made.get(name).into_iter().flatten() {
            match record {
                Some(_) => keys.insert(key.clone()),
                None => keys.remove(key),
            };
        }
        Ok(keys)
    }
}

/// What was before a version, if it is kept.
fn before(store: &Store, version: Version) -> Result<Option<Snapshot>> {
    match store.as_of(Version::new(version.number().saturating_sub(1))) {
        Ok(snapshot) => Ok(Some(snapshot)),
        Err(Error::OutOfHistory { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A collection, if it was there.
fn collection_in(snapshot: &Snapshot, name: &str) -> Result<Option<Collection>> {
    match rows::find(snapshot, name) {
        Some(_) => Collection::of(snapshot, name).map(Some),
        None => Ok(None),
    }
}

/// What is told of a key. What is rewritten is put again without a change, which is no news.
fn told(before: &Before, after: Option<&str>, is_rewritten: bool) -> Vec<Told<'static>> {
    let whole = |change, old: Option<&str>, new: Option<&str>| {
        let (old, new) = (old.map(str::to_owned), new.map(str::to_owned));
        vec![Told { change, difference: Difference { field: None, old, new } }]
    };
    match (before, after) {
        (Before::Nothing, None) => Vec::new(),
        (Before::Nothing, Some(new)) => whole("added", None, Some(new)),
        (Before::Record(old), None) => whole("removed", Some(old), None),
        (Before::Unknown, None) => whole("removed", None, None),
        (Before::Unknown, Some(new)) => whole("put", None, Some(new)),
        (Before::Record(old), Some(new)) => {
            let differences = between(old, new);
            if differences.is_empty() {
                return if is_rewritten { Vec::new() } else { whole("same", None, None) };
            }
            let change_of = |difference: &Difference| match (&difference.old, &difference.new) {
                (None, _) => "added",
                (_, None) => "removed",
                _ => "changed",
            };
            let told = |difference| Told { change: change_of(&difference), difference };
            differences.into_iter().map(told).collect()
        }
    }
}
