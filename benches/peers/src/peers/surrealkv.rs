//! SurrealKV: an LSM tree with an asynchronous commit pipeline.
//!
//! Its transactions are snapshot isolated; what a write transaction reads is read by
//! `get_for_update`, so that it fails if that has changed. No write here reads a range, so this is
//! serializable for what is measured.

use crate::peer::{Change, Commit, Failure, Outcome, Peer, See, Session, decode, missing};
use crate::peers::layout::{self, Space, Writes};
use crate::record::User;
use std::path::Path;
use surrealkv::{Durability, Error, LSMIterator, Mode, Options, Transaction, Tree, TreeBuilder};
use tokio::runtime::{Builder, Runtime};

/// Durable is [`Durability::Immediate`], relaxed is [`Durability::Eventual`].
pub struct SurrealKv {
    runtime: Runtime,
    tree: Tree,
    durability: Durability,
}

impl SurrealKv {
    /// With a block cache that holds everything, as the store beside it does.
    pub fn open(directory: &Path, cache_bytes: u64) -> Outcome<Self> {
        let runtime = Builder::new_multi_thread().enable_all().build()?;
        let options = Options::new()
            .with_path(directory.join("bench.surrealkv"))
            .with_block_cache_capacity(cache_bytes);
        let tree = {
            let _context = runtime.enter();
            TreeBuilder::with_options(options).build()?
        };
        Ok(Self { runtime, tree, durability: Durability::Immediate })
    }

    fn write<R>(&self, mut work: impl FnMut(&mut Transaction) -> Outcome<R>) -> Outcome<R> {
        loop {
            let mut tx = self.tree.begin()?.with_durability(self.durability);
            let result = work(&mut tx)?;
            match self.runtime.block_on(tx.commit()) {
                Ok(()) => return Ok(result),
                Err(Error::TransactionWriteConflict | Error::TransactionRetry) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn read(&self) -> Outcome<Transaction> {
        Ok(self.tree.begin_with_mode(Mode::ReadOnly)?)
    }
}

impl Peer for SurrealKv {
    fn prepare(&mut self, commit: Commit) -> Outcome {
        self.durability = match commit {
            Commit::Durable => Durability::Immediate,
            Commit::Relaxed => Durability::Eventual,
        };
        Ok(())
    }

    fn session(&self) -> Outcome<Box<dyn Session + '_>> {
        Ok(Box::new(self))
    }

    fn close(self: Box<Self>) -> Outcome {
        Ok(self.runtime.block_on(self.tree.close())?)
    }
}

impl Writes for Transaction {
    type Bytes = Vec<u8>;
    type Stop = Failure;

    fn read(&mut self, space: Space, key: &[u8]) -> Outcome<Option<Vec<u8>>> {
        Ok(self.get_for_update(space.key(key))?)
    }

    fn write(&mut self, space: Space, key: &[u8], value: Vec<u8>) -> Outcome {
        Ok(self.set(space.key(key), value)?)
    }

    fn erase(&mut self, space: Space, key: &[u8]) -> Outcome {
        Ok(self.delete(space.key(key))?)
    }

    fn stop(failure: Failure) -> Failure {
        failure
    }
}

impl Session for &SurrealKv {
    fn get(&mut self, id: u64, see: See<'_>) -> Outcome {
        let bytes = self.read()?.get(Space::Users.key(&id.to_be_bytes()))?;
        see(&decode(&bytes.ok_or_else(|| missing(id))?)?);
        Ok(())
    }

    fn find(&mut self, email: &str, see: See<'_>) -> Outcome {
        let tx = self.read()?;
        let id = tx.get(Space::Emails.key(email.as_bytes()))?.ok_or_else(|| missing(email))?;
        let bytes = tx.get(Space::Users.key(&id))?.ok_or_else(|| missing(email))?;
        see(&decode(&bytes)?);
        Ok(())
    }

    fn by_city(&mut self, city: &str, see: See<'_>) -> Outcome {
        let tx = self.read()?;
        let start = Space::Cities.key(&layout::city_start(city));
        let mut entries = tx.range(start, Space::Cities.key(&layout::city_end(city)))?;
        entries.seek_first()?;
        while entries.valid() {
            let id = layout::id(entries.key().user_key())?;
            let bytes = tx.get(Space::Users.key(&id))?.ok_or_else(|| missing(city))?;
            see(&decode(&bytes)?);
            entries.next()?;
        }
        Ok(())
    }

    fn scan(&mut self, from: u64, count: usize, see: See<'_>) -> Outcome {
        let tx = self.read()?;
        let end = Space::Users.key(&u64::MAX.to_be_bytes());
        let mut entries = tx.range(Space::Users.key(&from.to_be_bytes()), end)?;
        entries.seek_first()?;
        for _ in 0..count {
            if !entries.valid() {
                break;
            }
            see(&decode(&entries.value()?)?);
            entries.next()?;
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
