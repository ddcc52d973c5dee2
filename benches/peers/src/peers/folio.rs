//! Folio itself, by its collections: each `put` and `update` is a serializable transaction. Twice: with
//! ordered maps, as it is without being asked, and with hash maps.

use crate::peer::{Change, Commit, Outcome, Peer, See, Session, missing};
use crate::record::{Unordered, User};
use folio::{Collection, Durability, Record, Store};
use std::path::{Path, PathBuf};

/// The durability of a store is chosen when it is opened, so a change of it opens it anew.
pub struct Folio<R: Record> {
    path: PathBuf,
    relaxed: Durability,
    commit: Commit,
    store: Store,
    users: Collection<R>,
}

impl<R: Record> Folio<R> {
    /// `relaxed` is what a relaxed commit means: [`Durability::Write`] or
    /// [`Durability::Background`].
    pub fn open(directory: &Path, relaxed: Durability) -> Outcome<Self> {
        let path = directory.join("bench.folio");
        let commit = Commit::Durable;
        let (store, users) = open(&path, Durability::Fsync)?;
        Ok(Self { path, relaxed, commit, store, users })
    }
}

fn open<R: Record>(path: &Path, durability: Durability) -> Outcome<(Store, Collection<R>)> {
    let store = Store::options().durability(durability).open(path)?;
    let users = store.collection::<R>()?;
    Ok((store, users))
}

impl<R: Record> Peer for Folio<R>
where
    Collection<R>: Session,
{
    fn prepare(&mut self, commit: Commit) -> Outcome {
        if self.commit == commit {
            return Ok(());
        }
        let durability = match commit {
            Commit::Durable => Durability::Fsync,
            Commit::Relaxed => self.relaxed,
        };
        self.store.close()?;
        (self.store, self.users) = open(&self.path, durability)?;
        self.commit = commit;
        Ok(())
    }

    fn session(&self) -> Outcome<Box<dyn Session + '_>> {
        Ok(Box::new(self.users.clone()))
    }

    fn close(self: Box<Self>) -> Outcome {
        Ok(self.store.close()?)
    }
}

impl Session for Collection<User> {
    fn get(&mut self, id: u64, see: See<'_>) -> Outcome {
        self.with(&id, see).ok_or_else(|| missing(id))
    }

    fn find(&mut self, email: &str, see: See<'_>) -> Outcome {
        self.find_with(User::EMAIL, email, see).ok_or_else(|| missing(email))
    }

    fn by_city(&mut self, city: &str, see: See<'_>) -> Outcome {
        self.view().by(User::CITY).get(city).for_each(see);
        Ok(())
    }

    fn scan(&mut self, from: u64, count: usize, see: See<'_>) -> Outcome {
        self.view().range(from..).take(count).for_each(see);
        Ok(())
    }

    fn put(&mut self, users: Vec<User>) -> Outcome {
        match <[User; 1]>::try_from(users) {
            Ok([user]) => drop(Self::put(self, user)?),
            Err(users) => drop(self.put_all(users)?),
        }
        Ok(())
    }

    fn update(&mut self, id: u64, change: Change<'_>) -> Outcome {
        Self::update(self, &id, change)?;
        Ok(())
    }
}

impl Session for Collection<Unordered> {
    fn get(&mut self, id: u64, see: See<'_>) -> Outcome {
        self.with(&id, |record| see(&record.0)).ok_or_else(|| missing(id))
    }

    fn find(&mut self, email: &str, see: See<'_>) -> Outcome {
        let found = self.find_with(Unordered::EMAIL, email, |record| see(&record.0));
        found.ok_or_else(|| missing(email))
    }

    fn by_city(&mut self, city: &str, see: See<'_>) -> Outcome {
        self.view().by(Unordered::CITY).get(city).for_each(|record| see(&record.0));
        Ok(())
    }

    fn scan(&mut self, _: u64, _: usize, _: See<'_>) -> Outcome {
        Err("what has no order can't be scanned in order".into())
    }

    fn put(&mut self, users: Vec<User>) -> Outcome {
        let records: Vec<_> = users.into_iter().map(Unordered).collect();
        match <[Unordered; 1]>::try_from(records) {
            Ok([record]) => drop(Self::put(self, record)?),
            Err(records) => drop(self.put_all(records)?),
        }
        Ok(())
    }

    fn update(&mut self, id: u64, change: Change<'_>) -> Outcome {
        Self::update(self, &id, |record| change(&mut record.0))?;
        Ok(())
    }
}
