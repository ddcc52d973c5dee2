//! `watch`: what changes, as it is committed.
//!
//! The store is followed, so whoever writes it is not disturbed. Each commit that arrives is read from the log: nothing is
//! summed up, and what a checkpoint has taken out of the log meanwhile is told.

use crate::exit::Result;
use crate::output::row;
use crate::session::Session;
use crate::text::Stdout;
use crate::{interrupt, json, rows, time};
use folio::{CollectionChanges, CommitInfo, Snapshot, Version};

pub(super) fn watch(session: Session<'_>, name: Option<&str>, limit: Option<u64>) -> Result<()> {
    session.must_be_now()?;
    let store = session.follower()?;
    let mut watcher = store.watch();
    let mut left = limit.unwrap_or(u64::MAX);
    if let Some(name) = name.filter(|name| rows::find(&store.snapshot(), name).is_none()) {
        session.say(&format!("there is no collection `{name}` yet"));
    }
    session
        .say(&format!("watching what comes behind version {}; Ctrl-C ends it", watcher.version()));
    if left == 0 {
        return Ok(());
    }
    while let Some(delta) = interrupt::next(&mut watcher)? {
        let (mut next, last) = (delta.before().version().number() + 1, delta.version());
        let mut out = Stdout::new();
        for commit in store.commits(Version::new(next)..=last)? {
            let commit = commit?;
            tell_gap(session, next, commit.version.number());
            next = commit.version.number() + 1;
            let changes = commit.changes.iter();
            let wanted =
                changes.filter(|changes| name.is_none_or(|name| changes.collection == name));
            let mut is_shown = false;
            for changes in wanted {
                is_shown |= print(&mut out, &commit, changes, delta.after())?;
            }
            left -= u64::from(is_shown);
            if left == 0 {
                return out.finish();
            }
        }
        tell_gap(session, next, last.number() + 1);
        // Whoever reads this waits for it.
        out.finish()?;
    }
    // It ended by itself, so something is wrong.
    Ok(store.refresh().map(drop)?)
}

/// Tells of commits that a checkpoint took out of the log before they were read.
fn tell_gap(session: Session<'_>, next: u64, found: u64) {
    if next < found {
        let last = found - 1;
        session
            .say(&format!("versions {next} to {last} are not in the log any more, and not shown"));
    }
}

/// Prints what a commit did to a collection, a line for each record. Returns whether there was anything.
fn print(
    out: &mut Stdout,
    commit: &CommitInfo,
    changes: &CollectionChanges,
    snapshot: &Snapshot,
) -> Result<bool> {
    let Some(form) = changes.form() else { return Ok(false) };
    let info = rows::find(snapshot, &changes.collection);
    let is_of_documents = info.is_some_and(|info| info.holds_documents());
    let mut is_shown = false;
    for entry in changes.entries() {
        let (key, record) = entry?;
        let change = if record.is_some() { "put" } else { "removed" };
        let value = match &record {
            None => "null".to_owned(),
            Some(record) => json::of_record(form, record, is_of_documents, false)?,
        };
        out.line(&row([
            ("version", commit.version.to_string()),
            ("time", json::of_text(&time::text(commit.time))),
            ("collection", json::of_text(&changes.collection)),
            ("change", json::of_text(change)),
            ("key", form.key_to_json(&key)?),
            ("value", value),
        ]))?;
        is_shown = true;
    }
    Ok(is_shown)
}
