//! `log`, `history`: commits, and what they made of a record.

use crate::exit::{Failure, Result};
use crate::output::{Rows, row};
use crate::session::Session;
use crate::text::Stdout;
use crate::{json, keys, rows, time};
use folio::{CollectionChanges, CommitInfo, Store, Value, Version};

pub(super) fn log(session: Session<'_>, limit: Option<u64>, full: bool) -> Result<()> {
    let store = session.reader()?;
    let last = last(session, &store)?;
    let first = limit.map_or(0, |limit| (last.number() + 1).saturating_sub(limit));
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
        rows.push(&[
            ("version", commit.version.to_string()),
            ("time", json::of_text(&time::text(commit.time))),
            ("changes", json::of_text(&changes)),
            ("meta", meta(&commit)),
        ])
    })?;
    rows.finish()
}

/// The last version that is wanted: the newest, or that of `--at`.
pub(super) fn last(session: Session<'_>, store: &Store) -> Result<Version> {
    match &session.common().at {
        Some(at) => Ok(store.as_of(time::when(at)?)?.version()),
        None => Ok(store.version()),
    }
}

/// What was done to a collection, in words.
pub(super) fn told(changes: &CollectionChanges) -> String {
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

pub(super) fn meta(commit: &CommitInfo) -> String {
    row(commit.meta.iter().map(|(name, value)| (name.as_str(), json::of_text(value))))
}

pub(super) fn history(session: Session<'_>, text: &str) -> Result<()> {
    let store = session.reader()?;
    let name = &session.common().collection;
    let last = last(session, &store)?;
    let snapshot = store.snapshot();
    let key = keys::parse(snapshot.values(name)?.descriptor(), text)?;
    let documents = rows::find(&snapshot, name).is_some_and(|info| info.holds_documents());
    let mut rows = Rows::new(&session.common().format);
    let (mut first, mut now) = (None, None);
    for commit in store.commits(..=last)? {
        let commit = commit?;
        first = first.or(Some(commit.version));
        for changes in commit.changes.iter().filter(|changes| changes.collection == *name) {
            let made = made_of(changes, &key, documents)?;
            if let Some(made) = made.filter(|made| is_news(now.as_ref(), made, changes.rewritten)) {
                rows.push(&change(&commit, &made))?;
                now = Some(made);
            }
        }
    }
    rows.finish()?;
    tell_where_it_begins(session, first, last);
    now.map(drop).ok_or_else(|| Failure::NotFound(nothing(name, text)))
}

/// Whether a commit changed a record of which this is known. What is rewritten is put again without a change, and whatever is
/// not put then is removed, be it that it was there or not.
fn is_news(now: Option<&Made>, made: &Made, rewritten: bool) -> bool {
    match now {
        None => !rewritten || *made != Made::Removed,
        Some(now) => !rewritten || now != made,
    }
}

fn change(commit: &CommitInfo, made: &Made) -> [(&'static str, String); 5] {
    let (change, value) = match made {
        Made::Put(record) => ("put", record.clone()),
        Made::Removed => ("removed", "null".to_owned()),
    };
    [
        ("version", commit.version.to_string()),
        ("time", json::of_text(&time::text(commit.time))),
        ("change", json::of_text(change)),
        ("value", value),
        ("meta", meta(commit)),
    ]
}

/// What is not in the log is not told, which is not the same as not having been.
pub(super) fn tell_where_it_begins(session: Session<'_>, first: Option<Version>, last: Version) {
    let told = match first {
        Some(first) if first.number() > 1 => {
            format!("the log begins with version {first}; what was before is not in it")
        }
        None if last.number() > 0 => {
            format!("the log has no commit up to version {last} any more")
        }
        _ => return,
    };
    session.say(&format!("{told}. A store that is opened with --ledger keeps all from then on"));
}

pub(super) fn nothing(name: &str, key: &str) -> String {
    format!("no commit in the log of collection `{name}` has anything under {}", json::of_text(key))
}

/// What a commit made of a record.
#[derive(PartialEq, Eq)]
enum Made {
    Put(String),
    Removed,
}

/// What a commit made of the record under a key, if anything.
fn made_of(changes: &CollectionChanges, key: &Value, documents: bool) -> Result<Option<Made>> {
    // What is rewritten has only what is put then.
    let mut made = changes.rewritten.then_some(Made::Removed);
    let Some(form) = changes.form() else { return Ok(made) };
    for entry in changes.entries() {
        let (other, record) = entry?;
        if other == *key {
            made = Some(match record {
                Some(record) => Made::Put(json::of_record(form, &record, documents, false)?),
                None => Made::Removed,
            });
        }
    }
    Ok(made)
}
