//! SurrealMX: in memory, multi-version, with an append-only log. Transactions are serializable
//! (`SerializableSnapshotIsolation`) and fail on a conflict.

use crate::peer::{Change, Commit, Failure, Outcome, Peer, See, Session, decode, missing};
use crate::peers::layout::{self, Space, Writes};
use crate::record::User;
use std::path::{Path, PathBuf};
use surrealmx::{
    AolMode, ByteSlice, Database, DatabaseOptions, Error, FsyncMode, PersistenceOptions,
    Transaction,
};

/// Durable is a synchronous append with an fsync, relaxed one without. It is chosen when a database
/// is opened, so a change opens it anew. Snapshots are off: the log is all there is.
pub struct SurrealMx {
    path: PathBuf,
    commit: Commit,
    database: Option<Database>,
}

impl SurrealMx {
    /// With the defaults beyond durability.
    pub fn open(directory: &Path) -> Outcome<Self> {
        let path = directory.join("bench.surrealmx");
        let database = Some(open(&path, Commit::Durable)?);
        Ok(Self { path, commit: Commit::Durable, database })
    }

    fn database(&self) -> Outcome<&Database> {
        self.database.as_ref().ok_or_else(|| "the database could not be opened again".into())
    }

    fn write<R>(&self, mut work: impl FnMut(&mut Transaction) -> Outcome<R>) -> Outcome<R> {
        loop {
            let tx = self.database()?.transaction(true);
            let mut tx = tx.with_serializable_snapshot_isolation();
            let result = work(&mut tx)?;
            match tx.commit() {
                Ok(()) => return Ok(result),
                Err(Error::KeyReadConflict | Error::KeyWriteConflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn open(path: &Path, commit: Commit) -> Outcome<Database> {
    let fsync = match commit {
        Commit::Durable => FsyncMode::EveryAppend,
        Commit::Relaxed => FsyncMode::Never,
    };
    let persistence = PersistenceOptions::new(path)
        .with_aol_mode(AolMode::SynchronousOnCommit)
        .with_fsync_mode(fsync);
    Ok(Database::new_with_persistence(DatabaseOptions::default(), persistence)?)
}

impl Peer for SurrealMx {
    fn prepare(&mut self, commit: Commit) -> Outcome {
        if self.commit != commit || self.database.is_none() {
            self.database = None;
            self.database = Some(open(&self.path, commit)?);
            self.commit = commit;
        }
        Ok(())
    }

    fn session(&self) -> Outcome<Box<dyn Session + '_>> {
        self.database()?;
        Ok(Box::new(self))
    }

    fn close(self: Box<Self>) -> Outcome {
        Ok(())
    }
}

impl Writes for Transaction {
    type Bytes = ByteSlice;
    type Stop = Failure;

    fn read(&mut self, space: Space, key: &[u8]) -> Outcome<Option<ByteSlice>> {
        Ok(self.get(space.key(key))?)
    }

    fn write(&mut self, space: Space, key: &[u8], value: Vec<u8>) -> Outcome {
        Ok(self.set(space.key(key), value)?)
    }

    fn erase(&mut self, space: Space, key: &[u8]) -> Outcome {
        Ok(self.del(space.key(key))?)
    }

    fn stop(failure: Failure) -> Failure {
        failure
    }
}

fn see_user(tx: &Transaction, id: &[u8], see: See<'_>) -> Outcome {
    let bytes = tx.with_value(Space::Users.key(id), decode)?;
    see(&bytes.ok_or_else(|| missing("a record"))??);
    Ok(())
}

impl Session for &SurrealMx {
    fn get(&mut self, id: u64, see: See<'_>) -> Outcome {
        see_user(&self.database()?.transaction(false), &id.to_be_bytes(), see)
    }

    fn find(&mut self, email: &str, see: See<'_>) -> Outcome {
        let tx = self.database()?.transaction(false);
        let id = tx.get(Space::Emails.key(email.as_bytes()))?.ok_or_else(|| missing(email))?;
        see_user(&tx, &id, see)
    }

    fn by_city(&mut self, city: &str, see: See<'_>) -> Outcome {
        let tx = self.database()?.transaction(false);
        let start = Space::Cities.key(&layout::city_start(city));
        let end = Space::Cities.key(&layout::city_end(city));
        let mut result = Ok(());
        tx.keys_for_each(start..end, None, None, |key| {
            result = layout::id(key).and_then(|id| see_user(&tx, &id, see));
            result.is_ok()
        })?;
        result
    }

    fn scan(&mut self, from: u64, count: usize, see: See<'_>) -> Outcome {
        let tx = self.database()?.transaction(false);
        let start = Space::Users.key(&from.to_be_bytes());
        let end = Space::Users.key(&u64::MAX.to_be_bytes());
        let mut result = Ok(());
        tx.scan_with(start..end, None, Some(count), |_, bytes| {
            result = decode(bytes).map(|user| see(&user));
            result.is_ok()
        })?;
        result
    }

    fn put(&mut self, users: Vec<User>) -> Outcome {
        self.write(|tx| users.iter().try_for_each(|user| layout::put(tx, user)))
    }

    fn update(&mut self, id: u64, change: Change<'_>) -> Outcome {
        let found = self.write(|tx| layout::update(tx, id, &mut *change))?;
        if found { Ok(()) } else { Err(missing(id)) }
    }
}
