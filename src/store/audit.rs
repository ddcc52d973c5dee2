//! The audit trail: every commit as a line of JSON.

use crate::codec::hexadecimal;
use crate::error::{Error, Result};
use crate::store::commits::{CollectionChanges, CommitInfo};
use crate::value::Value;
use crate::when::rfc_3339;

impl CommitInfo {
    /// The commit as JSON, on one line: what [`Store::audit`](crate::Store::audit) writes of it. O(size).
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] where a key or a record can't be read by the form it was stored in,
    /// [`Error::Encode`] where it can't be JSON, like a map whose keys are lists.
    pub fn to_json(&self) -> Result<String> {
        let changes = self.changes.iter().map(change).collect::<Result<Vec<_>>>()?;
        let meta: Vec<String> = self
            .meta
            .iter()
            .map(|(key, value)| Ok(format!("[{},{}]", json(key)?, json(value)?)))
            .collect::<Result<_>>()?;
        Ok(format!(
            r#"{{"version":{},"time":"{}","meta":[{}],"hash":"{}","changes":[{}]}}"#,
            self.version,
            rfc_3339(self.time),
            meta.join(","),
            hexadecimal(&self.hash),
            changes.join(","),
        ))
    }
}

fn change(changes: &CollectionChanges) -> Result<String> {
    let (mut puts, mut removes) = (Vec::new(), Vec::new());
    for entry in changes.entries() {
        match entry? {
            (key, Some(record)) => {
                puts.push(format!(r#"{{"key":{},"value":{}}}"#, key.to_json()?, record.to_json()?));
            }
            (key, None) => removes.push(key.to_json()?),
        }
    }
    let mut marks = String::new();
    for (name, is_so) in [
        ("created", changes.created),
        ("announced", changes.announced),
        ("rewritten", changes.rewritten),
    ] {
        if is_so {
            marks.extend(["\"", name, "\":true,"]);
        }
    }
    Ok(format!(
        r#"{{"collection":{},{marks}"puts":[{}],"removes":[{}]}}"#,
        json(&changes.collection)?,
        puts.join(","),
        removes.join(","),
    ))
}

fn json(text: &str) -> Result<String> {
    Value::from(text).to_json()
}

/// The failure of whoever takes the audit trail.
pub(super) fn not_taken(error: std::io::Error) -> Error {
    Error::io("the audit trail", "write", error)
}
