//! LMDB by heed: a copy-on-write B-tree in a memory map, one writer at a time, readers on snapshots.
//! The non-unique index is a database with sorted duplicates.

use crate::peer::{Change, Commit, Outcome, Peer, See, Session, decode, encode, missing, taken};
use crate::record::User;
use heed::byteorder::BigEndian;
use heed::types::{Bytes, Str, U64};
use heed::{Database, DatabaseFlags, Env, EnvFlags, EnvOpenOptions, FlagSetMode, RwTxn};
use std::fs;
use std::ops::Bound;
use std::path::Path;

type Id = U64<BigEndian>;

/// Address space for the map, not disk: the file grows as it is filled.
const MAP_BYTES: usize = 64 << 30;

/// Durable is LMDB's default (fdatasync at each commit), relaxed is `MDB_NOSYNC`.
pub struct Lmdb {
    env: Env,
    users: Database<Id, Bytes>,
    emails: Database<Str, Id>,
    cities: Database<Str, Id>,
}

impl Lmdb {
    /// Readers have a slot per thread: enough for the widest workload.
    #[expect(unsafe_code, reason = "a memory map trusts that nobody else changes its file")]
    pub fn open(directory: &Path) -> Outcome<Self> {
        let path = directory.join("bench.lmdb");
        fs::create_dir_all(&path)?;
        let mut options = EnvOpenOptions::new();
        options.map_size(MAP_BYTES).max_dbs(3).max_readers(256);
        // SAFETY: the directory belongs to this process, and is opened once.
        let env = unsafe { options.open(&path)? };
        let mut tx = env.write_txn()?;
        let users = env.create_database(&mut tx, Some("users"))?;
        let emails = env.create_database(&mut tx, Some("emails"))?;
        let cities = env
            .database_options()
            .types::<Str, Id>()
            .name("cities")
            .flags(DatabaseFlags::DUP_SORT | DatabaseFlags::DUP_FIXED)
            .create(&mut tx)?;
        tx.commit()?;
        Ok(Self { env, users, emails, cities })
    }

    fn read(&self, tx: &RwTxn<'_>, id: u64) -> Outcome<Option<User>> {
        self.users.get(tx, &id)?.map(decode).transpose()
    }

    fn replace(&self, tx: &mut RwTxn<'_>, old: Option<&User>, new: &User) -> Outcome {
        if old.is_none_or(|old| old.email != new.email) {
            if self.emails.get(tx, &new.email)?.is_some() {
                return Err(taken(&new.email));
            }
            if let Some(old) = old {
                self.emails.delete(tx, &old.email)?;
            }
            self.emails.put(tx, &new.email, &new.id)?;
        }
        if old.is_none_or(|old| old.city != new.city) {
            if let Some(old) = old {
                self.cities.delete_one_duplicate(tx, &old.city, &old.id)?;
            }
            self.cities.put(tx, &new.city, &new.id)?;
        }
        Ok(self.users.put(tx, &new.id, &encode(new)?)?)
    }
}

impl Peer for Lmdb {
    #[expect(
        unsafe_code,
        reason = "without syncs a power cut may damage the file: nothing is cut here"
    )]
    fn prepare(&mut self, commit: Commit) -> Outcome {
        let mode = match commit {
            Commit::Durable => FlagSetMode::Disable,
            Commit::Relaxed => FlagSetMode::Enable,
        };
        // SAFETY: no transaction is running, and the store is thrown away at the end.
        unsafe { self.env.set_flags(EnvFlags::NO_SYNC, mode)? };
        if commit == Commit::Durable {
            self.env.force_sync()?;
        }
        Ok(())
    }

    fn session(&self) -> Outcome<Box<dyn Session + '_>> {
        Ok(Box::new(self))
    }

    fn close(self: Box<Self>) -> Outcome {
        self.env.force_sync()?;
        self.env.prepare_for_closing().wait();
        Ok(())
    }
}

impl Session for &Lmdb {
    fn get(&mut self, id: u64, see: See<'_>) -> Outcome {
        let tx = self.env.read_txn()?;
        see(&decode(self.users.get(&tx, &id)?.ok_or_else(|| missing(id))?)?);
        Ok(())
    }

    fn find(&mut self, email: &str, see: See<'_>) -> Outcome {
        let tx = self.env.read_txn()?;
        let id = self.emails.get(&tx, email)?.ok_or_else(|| missing(email))?;
        see(&decode(self.users.get(&tx, &id)?.ok_or_else(|| missing(id))?)?);
        Ok(())
    }

    fn by_city(&mut self, city: &str, see: See<'_>) -> Outcome {
        let tx = self.env.read_txn()?;
        for entry in self.cities.get_duplicates(&tx, city)?.into_iter().flatten() {
            let id = entry?.1;
            see(&decode(self.users.get(&tx, &id)?.ok_or_else(|| missing(id))?)?);
        }
        Ok(())
    }

    fn scan(&mut self, from: u64, count: usize, see: See<'_>) -> Outcome {
        let tx = self.env.read_txn()?;
        let range = (Bound::Included(from), Bound::Unbounded);
        for entry in self.users.range(&tx, &range)?.take(count) {
            see(&decode(entry?.1)?);
        }
        Ok(())
    }

    fn put(&mut self, users: Vec<User>) -> Outcome {
        let mut tx = self.env.write_txn()?;
        for user in &users {
            let old = self.read(&tx, user.id)?;
            self.replace(&mut tx, old.as_ref(), user)?;
        }
        Ok(tx.commit()?)
    }

    fn update(&mut self, id: u64, change: Change<'_>) -> Outcome {
        let mut tx = self.env.write_txn()?;
        let old = self.read(&tx, id)?.ok_or_else(|| missing(id))?;
        let mut new = old.clone();
        change(&mut new);
        self.replace(&mut tx, Some(&old), &new)?;
        Ok(tx.commit()?)
    }
}
