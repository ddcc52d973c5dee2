//! fjall: an LSM tree; `OptimisticTxDatabase`, whose transactions are serializable (SSI) and fail on
//! a conflict.

use crate::peer::{Change, Commit, Failure, Outcome, Peer, See, Session, decode, missing};
use crate::peers::layout::{self, Space, Writes};
use crate::record::User;
use fjall::{
    KeyspaceCreateOptions, OptimisticTxDatabase, OptimisticTxKeyspace, OptimisticWriteTx,
    PersistMode, Readable, UserValue,
};
use std::path::Path;

/// Durable is [`PersistMode::SyncAll`] on every transaction, relaxed is [`PersistMode::Buffer`].
pub struct Fjall {
    database: OptimisticTxDatabase,
    users: OptimisticTxKeyspace,
    emails: OptimisticTxKeyspace,
    cities: OptimisticTxKeyspace,
    mode: PersistMode,
}

impl Fjall {
    /// With a block cache that holds everything, as the store beside it does.
    pub fn open(directory: &Path, cache_bytes: u64) -> Outcome<Self> {
        let database = OptimisticTxDatabase::builder(directory.join("bench.fjall"))
            .cache_size(cache_bytes)
            .open()?;
        let keyspace = |name| database.keyspace(name, KeyspaceCreateOptions::default);
        let (users, emails) = (keyspace("users")?, keyspace("emails")?);
        let cities = keyspace("cities")?;
        Ok(Self { database, users, emails, cities, mode: PersistMode::SyncAll })
    }

    fn write<R>(&self, mut work: impl FnMut(&mut Tx<'_>) -> Outcome<R>) -> Outcome<R> {
        loop {
            let tx = self.database.write_tx()?.durability(Some(self.mode));
            let mut tx = Tx { tx, store: self };
            let result = work(&mut tx)?;
            if tx.tx.commit()?.is_ok() {
                return Ok(result);
            }
        }
    }
}

impl Peer for Fjall {
    fn prepare(&mut self, commit: Commit) -> Outcome {
        self.mode = match commit {
            Commit::Durable => PersistMode::SyncAll,
            Commit::Relaxed => PersistMode::Buffer,
        };
        Ok(())
    }

    fn session(&self) -> Outcome<Box<dyn Session + '_>> {
        Ok(Box::new(self))
    }

    fn close(self: Box<Self>) -> Outcome {
        Ok(self.database.persist(PersistMode::SyncAll)?)
    }
}

struct Tx<'a> {
    tx: OptimisticWriteTx,
    store: &'a Fjall,
}

impl Tx<'_> {
    fn keyspace(&self, space: Space) -> &OptimisticTxKeyspace {
        match space {
            Space::Users => &self.store.users,
            Space::Emails => &self.store.emails,
            Space::Cities => &self.store.cities,
        }
    }
}

impl Writes for Tx<'_> {
    type Bytes = UserValue;
    type Stop = Failure;

    fn read(&mut self, space: Space, key: &[u8]) -> Outcome<Option<UserValue>> {
        Ok(self.tx.get(self.keyspace(space), key)?)
    }

    fn write(&mut self, space: Space, key: &[u8], value: Vec<u8>) -> Outcome {
        let keyspace = self.keyspace(space).clone();
        self.tx.insert(keyspace, key, value);
        Ok(())
    }

    fn erase(&mut self, space: Space, key: &[u8]) -> Outcome {
        let keyspace = self.keyspace(space).clone();
        self.tx.remove(keyspace, key);
        Ok(())
    }

    fn stop(failure: Failure) -> Failure {
        failure
    }
}

impl Session for &Fjall {
    fn get(&mut self, id: u64, see: See<'_>) -> Outcome {
        let bytes = self.database.read_tx().get(&self.users, id.to_be_bytes())?;
        see(&decode(&bytes.ok_or_else(|| missing(id))?)?);
        Ok(())
    }

    fn find(&mut self, email: &str, see: See<'_>) -> Outcome {
        let tx = self.database.read_tx();
        let id = tx.get(&self.emails, email)?.ok_or_else(|| missing(email))?;
        see(&decode(&tx.get(&self.users, &id)?.ok_or_else(|| missing(email))?)?);
        Ok(())
    }

    fn by_city(&mut self, city: &str, see: See<'_>) -> Outcome {
        let tx = self.database.read_tx();
        for entry in tx.range(&self.cities, layout::city_start(city)..layout::city_end(city)) {
            let id = layout::id(&entry.key()?)?;
            see(&decode(&tx.get(&self.users, id)?.ok_or_else(|| missing(city))?)?);
        }
        Ok(())
    }

    fn scan(&mut self, from: u64, count: usize, see: See<'_>) -> Outcome {
        let tx = self.database.read_tx();
        for entry in tx.range(&self.users, from.to_be_bytes()..).take(count) {
            see(&decode(&entry.value()?)?);
        }
        Ok(())
    }

    fn put(&mut self, users: Vec<User>) -> Outcome {
        self.write(|tx| users.iter().try_for_each(|user| layout::put(tx, user)))
    }

    fn update(&mut self, id: u64, change: Change<'_>) -> Outcome {
        let found = self.write(|tx| layout::update(tx, id, &mut *change))?;
        if found { Ok(()) } else { Err(missing(id)) }
    }
}
