//! A transaction that is open across the lines of a session.

use crate::arguments::{Command, Common};
use crate::commands::{contents, edit};
use crate::exit::{Failure, Result};
use crate::text::print;
use crate::{json, keys, rows};
use folio::{Store, Transaction, Version};

pub(super) struct Open {
    store: Store,
    tx: Transaction,
}

impl Open {
    pub(super) fn begin(store: &Store) -> Self {
        Self { store: store.clone(), tx: store.begin() }
    }

    pub(super) fn commit(self) -> Result<Version> {
        Ok(self.tx.commit()?.version)
    }

    /// Runs a command within the transaction, if it can be a part of one.
    pub(super) fn run(&self, common: &Common, command: Command) -> Result<()> {
        let name = &common.collection;
        match command {
            Command::Set { key, value } => {
                edit::must_hold_documents(&self.store, name)?;
                Ok(self.tx.documents(name)?.set(key, &json::value("the value", &value)?)?)
            }
            Command::Put { record } => {
                let record = edit::typed_record(&self.store, name, &record)?;
                Ok(self.tx.values(name)?.put(&record).map(drop)?)
            }
            Command::Delete { keys } => edit::delete_in(&self.tx, name, &keys).map(drop),
            Command::Get { key, raw, exact } => {
                let found = self.content(name, &key, exact)?.ok_or_else(|| keys::missing(name, [&*key]))?;
                contents::print_content(found, raw)
            }
            Command::Has { key } => {
                let is_there = self.content(name, &key, false)?.is_some();
                print(if is_there { "true" } else { "false" })
            }
            _ => Err(Failure::Usage(
                "in a transaction there are `set`, `put`, `delete`, `get` and `has`; `commit` or `rollback` ends it"
                    .to_owned(),
            )),
        }
    }

    /// What the transaction sees under a key.
    fn content(&self, name: &str, text: &str, exact: bool) -> Result<Option<String>> {
        let values = self.tx.values(name)?;
        let descriptor = values.descriptor();
        let Some(record) = values.get(&keys::parse(descriptor, text)?)? else { return Ok(None) };
        let holds_documents =
            rows::find(&self.store.snapshot(), name).is_some_and(|info| info.holds_documents());
        json::of_record(descriptor, &record, holds_documents, exact).map(Some)
    }
}
