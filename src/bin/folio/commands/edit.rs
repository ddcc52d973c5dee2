//! `set`, `put`, `delete`, `clear`: changing a collection, each in one commit.

use super::counted;
use crate::exit::{Failure, Result};
use crate::rows;
use crate::session::Session;
use crate::text::argument_or_stdin;
use crate::{json, keys};
use folio::{Descriptor, Store, Transaction, Value};

pub(super) fn set(session: Session<'_>, key: &str, value: &str) -> Result<()> {
    let value = json::value("the value", &argument_or_stdin(value)?)?;
    let name = &session.common().collection;
    session.write_or_create(|store| {
        must_hold_documents(store, name)?;
        Ok(store.documents(name)?.set(key, &value)?)
    })
}

pub(super) fn put(session: Session<'_>, record: &str) -> Result<()> {
    let text = argument_or_stdin(record)?;
    let name = &session.common().collection;
    session.write(|store| {
        let record = typed_record(store, name, &text)?;
        Ok(store.transact(|tx| tx.values(name)?.put(&record).map(drop))?)
    })
}

pub(super) fn delete(session: Session<'_>, texts: &[String]) -> Result<()> {
    let name = &session.common().collection;
    session.write(|store| {
        let removed = store.try_transact(|tx| delete_in(tx, name, texts))?;
        session.say(&format!("{} removed", counted(&removed, "key", "keys")));
        Ok(())
    })
}

/// Removes what is under keys; returns how many there were, which must be one at least.
pub(crate) fn delete_in(tx: &Transaction, name: &str, texts: &[String]) -> Result<usize> {
    let values = tx.values(name)?;
    let keys = texts.iter().map(|text| keys::parse(values.descriptor(), text));
    let keys = keys.collect::<Result<Vec<Value>>>()?;
    let mut removed = 0;
    for key in &keys {
        removed += usize::from(values.remove(key)?);
    }
    if removed == 0 {
        return Err(keys::missing(name, texts.iter().map(String::as_str)));
    }
    Ok(removed)
}

pub(super) fn clear(session: Session<'_>) -> Result<()> {
    let name = &session.common().collection;
    session.write(|store| {
        let removed = clear_in(store, name)?;
        session.say(&format!("{} removed", counted(&removed, "key", "keys")));
        Ok(())
    })
}

fn clear_in(store: &Store, name: &str) -> Result<usize> {
    let snapshot = store.snapshot();
    if rows::find(&snapshot, name).is_some_and(|info| info.holds_documents()) {
        return Ok(store.documents(name)?.clear()?);
    }
    // Nobody else writes while this process has the store.
    let values = snapshot.values(name)?;
    let keys = values.iter().map(|entry| Ok(entry?.0)).collect::<Result<Vec<Value>>>()?;
    Ok(store.transact(|tx| {
        let values = tx.values(name)?;
        keys.iter().try_for_each(|key| values.remove(key).map(drop))?;
        Ok(keys.len())
    })?)
}

/// Holds that a collection has documents, or can have them since it is not there.
pub(crate) fn must_hold_documents(store: &Store, name: &str) -> Result<()> {
    match rows::find(&store.snapshot(), name) {
        Some(info) if !info.holds_documents() => Err(Failure::Usage(format!(
            "collection `{name}` has typed records and no documents; use `put` with a whole record, which `folio schema {name}` describes"
        ))),
        _ => Ok(()),
    }
}

/// The record of a typed collection that a text is.
pub(crate) fn typed_record(store: &Store, name: &str, text: &str) -> Result<Value> {
    let values = store.values(name)?;
    if rows::find(&store.snapshot(), name).is_some_and(|info| info.holds_documents()) {
        return Err(Failure::Usage(format!(
            "collection `{name}` has documents and no typed records; use `set KEY JSON`"
        )));
    }
    record_of(values.descriptor(), name, text)
}

/// The record that a text is in a form: no JSON is a matter of usage, JSON that does not fit one of constraints.
pub(super) fn record_of(descriptor: &Descriptor, name: &str, text: &str) -> Result<Value> {
    json::value("the record", text)?;
    let fits = |record: Value| descriptor.encode(&record).map(|_| record);
    descriptor.from_json(text).and_then(fits).map_err(|error| {
        Failure::Constraint(format!(
            "that is no record of collection `{name}`: {}; `folio schema {name}` describes them",
            json::reason(&error)
        ))
    })
}
