//! `native_db`: typed records with secondary keys over redb 2.6. It has no relaxed commits.

use crate::peer::{Change, Commit, Outcome, Peer, See, Session, missing};
use crate::record::User;
use native_db::{Builder, Database, Models, ToKey, native_db};
use native_model::{Model, native_model};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::OnceLock;

/// The record under `native_db`'s own description, stored in postcard like everybody's.
#[derive(Serialize, Deserialize, Clone, Debug)]
#[native_model(id = 1, version = 1, with = native_model::postcard_1_0::PostCard)]
#[native_db(
    primary_key(id -> u64),
    secondary_key(email -> String, unique),
    secondary_key(city -> String)
)]
struct Stored(User);

impl Stored {
    fn id(&self) -> u64 {
        self.0.id
    }

    fn email(&self) -> String {
        self.0.email.clone()
    }

    fn city(&self) -> String {
        self.0.city.clone()
    }
}

static MODELS: OnceLock<Models> = OnceLock::new();

fn models() -> Outcome<&'static Models> {
    if let Some(models) = MODELS.get() {
        return Ok(models);
    }
    let mut models = Models::new();
    models.define::<Stored>()?;
    Ok(MODELS.get_or_init(|| models))
}

/// Every commit is redb's default, `Durability::Immediate`.
pub struct NativeDb {
    database: Database<'static>,
}

impl NativeDb {
    /// With the defaults.
    pub fn open(directory: &Path) -> Outcome<Self> {
        let path = directory.join("bench.native_db");
        Ok(Self { database: Builder::new().create(models()?, path)? })
    }
}

impl Peer for NativeDb {
    fn prepare(&mut self, commit: Commit) -> Outcome {
        match commit {
            Commit::Durable => Ok(()),
            Commit::Relaxed => Err("native_db has no relaxed commits".into()),
        }
    }

    fn session(&self) -> Outcome<Box<dyn Session + '_>> {
        Ok(Box::new(self))
    }

    fn close(self: Box<Self>) -> Outcome {
        Ok(())
    }
}

impl Session for &NativeDb {
    fn get(&mut self, id: u64, see: See<'_>) -> Outcome {
        let stored = self.database.r_transaction()?.get().primary::<Stored>(id)?;
        see(&stored.ok_or_else(|| missing(id))?.0);
        Ok(())
    }

    fn find(&mut self, email: &str, see: See<'_>) -> Outcome {
        let tx = self.database.r_transaction()?;
        let stored = tx.get().secondary::<Stored>(StoredKey::email, email.to_owned())?;
        see(&stored.ok_or_else(|| missing(email))?.0);
        Ok(())
    }

    fn by_city(&mut self, city: &str, see: See<'_>) -> Outcome {
        let tx = self.database.r_transaction()?;
        let scan = tx.scan().secondary::<Stored>(StoredKey::city)?;
        for stored in scan.range(city.to_owned()..=city.to_owned())? {
            see(&stored?.0);
        }
        Ok(())
    }

    fn scan(&mut self, from: u64, count: usize, see: See<'_>) -> Outcome {
        let tx = self.database.r_transaction()?;
        for stored in tx.scan().primary::<Stored>()?.range(from..)?.take(count) {
            see(&stored?.0);
        }
        Ok(())
    }

    fn put(&mut self, users: Vec<User>) -> Outcome {
        let tx = self.database.rw_transaction()?;
        for user in users {
            tx.upsert(Stored(user))?;
        }
        Ok(tx.commit()?)
    }

    fn update(&mut self, id: u64, change: Change<'_>) -> Outcome {
        let tx = self.database.rw_transaction()?;
        let old = tx.get().primary::<Stored>(id)?.ok_or_else(|| missing(id))?;
        let mut new = old.clone();
        change(&mut new.0);
        tx.update(old, new)?;
        Ok(tx.commit()?)
    }
}
