//! sled 0.34: a lock-free B-link tree over a log; transactions over three trees are serializable, one
//! at a time.

use crate::peer::{Change, Commit, Failure, Outcome, Peer, See, Session, decode, missing};
use crate::peers::layout::{self, Space, Writes};
use crate::record::User;
use sled::transaction::{
    ConflictableTransactionError, TransactionError, Transactional, TransactionalTree,
};
use sled::{Db, IVec, Tree};
use std::cell::RefCell;
use std::path::Path;

/// Durable is a flush after each commit; relaxed is sled's own flush every 500 ms.
///
/// On Linux sled's flush calls `sync_file_range`, not fsync: less than what the others promise, so the
/// report marks its durable rows.
pub struct Sled {
    database: Db,
    users: Tree,
    emails: Tree,
    cities: Tree,
    commit: Commit,
}

impl Sled {
    /// With a cache that holds everything, as the store beside it does.
    pub fn open(directory: &Path, cache_bytes: u64) -> Outcome<Self> {
        let path = directory.join("bench.sled");
        let database = sled::Config::new().path(path).cache_capacity(cache_bytes).open()?;
        let users = database.open_tree("users")?;
        let emails = database.open_tree("emails")?;
        let cities = database.open_tree("cities")?;
        Ok(Self { database, users, emails, cities, commit: Commit::Durable })
    }

    fn write<R>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<R, ConflictableTransactionError<Failure>>,
    ) -> Outcome<R> {
        let trees = (&self.users, &self.emails, &self.cities);
        let result =
            trees.transaction(|(users, emails, cities)| work(&mut Tx { users, emails, cities }));
        let result = result.map_err(|error| match error {
            TransactionError::Abort(failure) => failure,
            TransactionError::Storage(error) => error.into(),
        })?;
        if self.commit == Commit::Durable {
            self.database.flush()?;
        }
        Ok(result)
    }
}

impl Peer for Sled {
    fn prepare(&mut self, commit: Commit) -> Outcome {
        self.commit = commit;
        Ok(())
    }

    fn session(&self) -> Outcome<Box<dyn Session + '_>> {
        Ok(Box::new(self))
    }

    fn close(self: Box<Self>) -> Outcome {
        self.database.flush()?;
        Ok(())
    }
}

struct Tx<'a> {
    users: &'a TransactionalTree,
    emails: &'a TransactionalTree,
    cities: &'a TransactionalTree,
}

impl<'a> Tx<'a> {
    fn tree(&self, space: Space) -> &'a TransactionalTree {
        match space {
            Space::Users => self.users,
            Space::Emails => self.emails,
            Space::Cities => self.cities,
        }
    }
}

impl Writes for Tx<'_> {
    type Bytes = IVec;
    type Stop = ConflictableTransactionError<Failure>;

    fn read(&mut self, space: Space, key: &[u8]) -> Result<Option<IVec>, Self::Stop> {
        Ok(self.tree(space).get(key)?)
    }

    fn write(&mut self, space: Space, key: &[u8], value: Vec<u8>) -> Result<(), Self::Stop> {
        self.tree(space).insert(key, value)?;
        Ok(())
    }

    fn erase(&mut self, space: Space, key: &[u8]) -> Result<(), Self::Stop> {
        self.tree(space).remove(key)?;
        Ok(())
    }

    fn stop(failure: Failure) -> Self::Stop {
        ConflictableTransactionError::Abort(failure)
    }
}

impl Session for &Sled {
    fn get(&mut self, id: u64, see: See<'_>) -> Outcome {
        let bytes = self.users.get(id.to_be_bytes())?;
        see(&decode(&bytes.ok_or_else(|| missing(id))?)?);
        Ok(())
    }

    fn find(&mut self, email: &str, see: See<'_>) -> Outcome {
        let id = self.emails.get(email)?.ok_or_else(|| missing(email))?;
        see(&decode(&self.users.get(&id)?.ok_or_else(|| missing(email))?)?);
        Ok(())
    }

    fn by_city(&mut self, city: &str, see: See<'_>) -> Outcome {
        for key in self.cities.range(layout::city_start(city)..layout::city_end(city)).keys() {
            let id = layout::id(&key?)?;
            see(&decode(&self.users.get(id)?.ok_or_else(|| missing(city))?)?);
        }
        Ok(())
    }

    fn scan(&mut self, from: u64, count: usize, see: See<'_>) -> Outcome {
        for bytes in self.users.range(from.to_be_bytes()..).values().take(count) {
            see(&decode(&bytes?)?);
        }
        Ok(())
    }

    fn put(&mut self, users: Vec<User>) -> Outcome {
        self.write(|tx| users.iter().try_for_each(|user| layout::put(tx, user)))
    }

    fn update(&mut self, id: u64, change: Change<'_>) -> Outcome {
        let change = RefCell::new(change);
        let found = self.write(|tx| layout::update(tx, id, |user| change.borrow_mut()(user)))?;
        if found { Ok(()) } else { Err(missing(id)) }
    }
}
