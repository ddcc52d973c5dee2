//! `log`, `history`: commits, and what they made of a record.

use crate::exit::Result;
use crate::output::{Rows, row};
use crate::session::Session;
use crate::text::Stdout;
use crate::{json, keys, rows, time};
use folio::{CollectionChanges, CommitInfo, Descriptor, Store, Value, Version};

pub(super) fn log(session: Session<'_>, limit: Option<u64>, full: bool) -> Result<()> {
    let store = session.reader()?;
    let last = last(session, &store)?;
    let first = limit.map_or(0, |limit| last.number().saturating_sub(limit) + 1);
    let mut commits = store.commits(Version::new(first)..=last)?;
    if full {
        let mut out = Stdout::new();
        commits.try_for_each(|commit| out.line(&commit?.to_json()?))?;
        return out.finish();
    }
    let mut rows = Rows::new(&session.common().format);
    commits.try_for_each(|commit| {
        let commit = commit?;
        let changes = commit.changes.iter().map(told).collect::<Vec<_>>().join(", ");
        rows.push(&row([
            ("version", commit.version.to_string()),
            ("time", json::of_text(&time::text(commit.time))),
            ("changes", json::of_text(&changes)),
            ("meta", meta(&commit)),
        ]))
    })?;
    rows.finish()
}

/// The last version that is wanted: the newest, or that of `--at`.
fn last(session: Session<'_>, store: &Store) -> Result<Version> {
    match &session.common().at {
        Some(at) => Ok(store.as_of(time::when(at)?)?.version()),
        None => Ok(store.version()),
    }
}

/// What was done to a collection, in words.
fn told(changes: &CollectionChanges) -> String {
    let marks = [
        (changes.created, "created".to_owned()),
        (changes.announced, "new form".to_owned()),
        (changes.rewritten, "rewritten".to_owned()),
        (changes.puts > 0, format!("{} put", changes.puts)),
        (changes.removes > 0, format!("{} removed", changes.removes)),
    ];
    let marks = marks.into_iter().filter_map(|(is_so, mark)| is_so.then_some(mark));
    format!("{} {}", changes.collection, marks.collect::<Vec<_>>().join(" "))
}

fn meta(commit: &CommitInfo) -> String {
    row(commit.meta.iter().map(|(name, value)| (name.as_str(), json::of_text(value))))
}

pub(super) fn history(session: Session<'_>, key: &str) -> Result<()> {
    let store = session.reader()?;
    let name = &session.common().collection;
    let last = last(session, &store)?;
    let snapshot = store.snapshot();
    let key = keys::parse(snapshot.values(name)?.descriptor(), key)?;
    let documents = rows::find(&snapshot, name).is_some_and(|info| info.holds_documents());
    let mut rows = Rows::new(&session.common().format);
    let mut now: Option<String> = None;
    let mut first = None;
    for commit in store.commits(..=last)? {
        let commit = commit?;
        first = first.or(Some(commit.version));
        let found = commit.changes.iter().filter(|changes| changes.collection == *name);
        for changes in found {
            let record = match made_of(changes, &key, documents)? {
                Made::Nothing => continue,
                Made::Put(record) => Some(record),
                Made::Removed => None,
            };
            if record == now && (changes.rewritten || record.is_none()) {
                continue;
            }
            rows.push(&row([
                ("version", commit.version.to_string()),
                ("time", json::of_text(&time::text(commit.time))),
                ("change", json::of_text(if record.is_some() { "put" } else { "removed" })),
                ("value", record.clone().unwrap_or_else(|| "null".to_owned())),
                ("meta", meta(&commit)),
            ]))?;
            now = record;
        }
    }
    rows.finish()?;
    if let Some(first) = first.filter(|first| first.number() > 1) {
        session.say(&format!("the log begins with version {first}; what was before is not in it"));
    }
    Ok(())
}

/// What a commit made of the record under a key.
enum Made {
    Nothing,
    Put(String),
    Removed,
}

fn made_of(changes: &CollectionChanges, key: &Value, documents: bool) -> Result<Made> {
    let mut made = if changes.rewritten { Made::Removed } else { Made::Nothing };
    let Some(form) = changes.form() else { return Ok(made) };
    for entry in changes.entries() {
        let (other, record) = entry?;
        if other == *key {
            made = match record {
                Some(record) => Made::Put(content(form, &record, documents)?),
                None => Made::Removed,
            };
        }
    }
    Ok(made)
}

fn content(form: &Descriptor, record: &Value, documents: bool) -> Result<String> {
    match record.get("value").filter(|_| documents) {
        Some(value) => json::of_document(value, false),
        None => Ok(form.to_json(record)?),
    }
}
