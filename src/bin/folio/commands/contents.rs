//! `get`, `has`, `keys`: looking at what is under keys.

use crate::exit::{Failure, Result};
use crate::keys;
use crate::rows::Collection;
use crate::session::Session;
use crate::text::{Stdout, print};
use std::ops::Bound;

pub(super) fn get(session: Session<'_>, key: &str, raw: bool, exact: bool) -> Result<()> {
    let name = &session.common().collection;
    let collection = open(session)?;
    let value = keys::parse(collection.values.descriptor(), key)?;
    let Some(entry) = collection.values.entry(&value)? else {
        return Err(keys::missing(name, [key]));
    };
    print_content(collection.content(&entry, exact)?, raw)
}

/// Prints what is under a key, JSON; a text as it is where it is to be `raw`.
pub(crate) fn print_content(content: String, raw: bool) -> Result<()> {
    let bare = raw.then(|| serde_json::from_str::<String>(&content).ok()).flatten();
    print(&bare.unwrap_or(content))
}

pub(super) fn has(session: Session<'_>, key: &str) -> Result<()> {
    let collection = open(session)?;
    let key = keys::parse(collection.values.descriptor(), key)?;
    let is_there = collection.values.entry(&key)?.is_some();
    print(if is_there { "true" } else { "false" })?;
    if is_there { Ok(()) } else { Err(Failure::Missing) }
}

pub(super) fn keys(session: Session<'_>, prefix: Option<&str>, limit: Option<usize>) -> Result<()> {
    let collection = open(session)?;
    let descriptor = collection.values.descriptor();
    if prefix.is_some() {
        keys::must_be_texts(descriptor)?;
    }
    let mut out = Stdout::new();
    let all = (Bound::Unbounded, Bound::Unbounded);
    let range = prefix.map_or(all, keys::beginning_with);
    for entry in collection.values.range(range)?.take(limit.unwrap_or(usize::MAX)) {
        out.line(&keys::line(descriptor, entry?.key())?)?;
    }
    out.finish()
}

fn open(session: Session<'_>) -> Result<Collection> {
    session.collection(&session.common().collection).map(|(_, collection)| collection)
}
