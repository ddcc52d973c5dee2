//! SQLite by rusqlite: a B-tree with a write-ahead log, real SQL indexes on real columns, the record
//! in postcard beside them. One writer at a time, readers on snapshots.

use crate::peer::{Change, Commit, Failure, Outcome, Peer, See, Session, decode, encode, missing};
use crate::record::User;
use rusqlite::{Connection, OptionalExtension, Params, Row, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS users (
        id INTEGER PRIMARY KEY,
        email TEXT NOT NULL UNIQUE,
        city TEXT NOT NULL,
        record BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS users_city ON users (city);";

const GET: &str = "SELECT record FROM users WHERE id = ?1";
const FIND: &str = "SELECT record FROM users WHERE email = ?1";
const BY_CITY: &str = "SELECT record FROM users WHERE city = ?1";
const SCAN: &str = "SELECT record FROM users WHERE id >= ?1 ORDER BY id LIMIT ?2";
const PUT: &str = "
    INSERT INTO users (id, email, city, record) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (id) DO UPDATE SET
        email = excluded.email, city = excluded.city, record = excluded.record";

/// Durable is WAL with `synchronous = FULL`, relaxed is WAL with `synchronous = NORMAL`, which hands
/// a commit to the operating system and syncs at checkpoints.
///
/// Connections are kept from turn to turn, so that their caches stay warm, and writers queue at a
/// mutex, since SQLite's own busy handler sleeps and would have been much slower.
pub struct Sqlite {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    writer: Mutex<()>,
    commit: Commit,
}

impl Sqlite {
    /// The database is made when it is not there.
    pub fn open(directory: &Path) -> Outcome<Self> {
        let sqlite = Self {
            path: directory.join("bench.sqlite"),
            idle: Mutex::default(),
            writer: Mutex::default(),
            commit: Commit::Durable,
        };
        let connection = sqlite.connect()?;
        connection.execute_batch(SCHEMA)?;
        lock(&sqlite.idle).push(connection);
        Ok(sqlite)
    }

    fn connect(&self) -> Outcome<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(Duration::from_mins(1))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "mmap_size", 8_i64 << 30)?;
        connection.pragma_update(None, "cache_size", -(64 << 10))?;
        Ok(connection)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Peer for Sqlite {
    fn prepare(&mut self, commit: Commit) -> Outcome {
        self.commit = commit;
        Ok(())
    }

    fn session(&self) -> Outcome<Box<dyn Session + '_>> {
        let idle = lock(&self.idle).pop();
        let connection = idle.map_or_else(|| self.connect(), Ok)?;
        let synchronous = match self.commit {
            Commit::Durable => "FULL",
            Commit::Relaxed => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        Ok(Box::new(Connected { store: self, connection: Some(connection) }))
    }

    fn close(self: Box<Self>) -> Outcome {
        for connection in lock(&self.idle).drain(..) {
            connection.close().map_err(|(_, error)| error)?;
        }
        Ok(())
    }
}

/// A connection that goes back to the idle ones.
struct Connected<'a> {
    store: &'a Sqlite,
    connection: Option<Connection>,
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        lock(&self.store.idle).extend(self.connection.take());
    }
}

impl Connected<'_> {
    fn connection(&mut self) -> Outcome<&mut Connection> {
        self.connection.as_mut().ok_or_else(|| Failure::from("the connection is gone"))
    }

    fn one(&mut self, sql: &str, parameters: impl Params) -> Outcome<Option<User>> {
        one(self.connection()?, sql, parameters)
    }

    fn many(&mut self, sql: &str, parameters: impl Params, see: See<'_>) -> Outcome {
        let mut statement = self.connection()?.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        while let Some(row) = rows.next()? {
            see(&record(row)?);
        }
        Ok(())
    }

    /// Works in one write transaction, which is rolled back when the work fails.
    fn write(&mut self, work: impl FnOnce(&Connection) -> Outcome) -> Outcome {
        let _turn = lock(&self.store.writer);
        let connection = self.connection.as_mut().ok_or("the connection is gone")?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        work(&tx)?;
        Ok(tx.commit()?)
    }
}

fn one(connection: &Connection, sql: &str, parameters: impl Params) -> Outcome<Option<User>> {
    let mut statement = connection.prepare_cached(sql)?;
    let record = statement.query_row(parameters, |row| Ok(record(row))).optional()?;
    record.transpose()
}

fn record(row: &Row<'_>) -> Outcome<User> {
    decode(row.get_ref(0)?.as_blob()?)
}

fn put(connection: &Connection, user: &User) -> Outcome {
    let id = user.id.cast_signed();
    let mut statement = connection.prepare_cached(PUT)?;
    statement.execute((id, &user.email, &user.city, encode(user)?))?;
    Ok(())
}

impl Session for Connected<'_> {
    fn get(&mut self, id: u64, see: See<'_>) -> Outcome {
        see(&self.one(GET, [id.cast_signed()])?.ok_or_else(|| missing(id))?);
        Ok(())
    }

    fn find(&mut self, email: &str, see: See<'_>) -> Outcome {
        see(&self.one(FIND, [email])?.ok_or_else(|| missing(email))?);
        Ok(())
    }

    fn by_city(&mut self, city: &str, see: See<'_>) -> Outcome {
        self.many(BY_CITY, [city], see)
    }

    fn scan(&mut self, from: u64, count: usize, see: See<'_>) -> Outcome {
        self.many(SCAN, (from.cast_signed(), i64::try_from(count)?), see)
    }

    fn put(&mut self, users: Vec<User>) -> Outcome {
        self.write(|connection| users.iter().try_for_each(|user| put(connection, user)))
    }

    fn update(&mut self, id: u64, change: Change<'_>) -> Outcome {
        self.write(|connection| {
            let mut user = one(connection, GET, [id.cast_signed()])?.ok_or_else(|| missing(id))?;
            change(&mut user);
            put(connection, &user)
        })
    }
}
