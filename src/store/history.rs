//! A store's past: old versions, commits, the audit trail, witnesses.

use crate::error::Result;
use crate::store::commits::Commits;
use crate::store::snapshot::Snapshot;
use crate::store::witness::{self, Head};
use crate::store::{Store, audit};
use crate::when::{Version, When};
use std::io::Write;
use std::ops::RangeBounds;

impl Store {
    /// An old version: that with a number, or the newest one that was committed at a time or before.
    ///
    /// It comes from memory where [`Options::history`] keeps it: O(log versions). Otherwise it is made of
    /// the log, as far as that goes back: it takes as long as opening a store of that size, O(bytes of the
    /// log up to there), and the snapshot shares nothing in memory with the versions of now. A store in
    /// memory has no log. At [`Durability::Background`] what was published before it was written is
    /// written first.
    ///
    /// ```
    /// use folio::{History, Record, Store};
    ///
    /// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// struct Price { #[key] item: u64, cents: u32 }
    ///
    /// # fn main() -> folio::Result<()> {
    /// let store = Store::options().history(History::Versions(100)).in_memory();
    /// let prices = store.collection::<Price>()?;
    /// prices.put(Price { item: 1, cents: 250 })?;
    /// let (version, time) = (store.version(), store.snapshot().time());
    /// prices.put(Price { item: 1, cents: 275 })?;
    ///
    /// let then = store.as_of(version)?;
    /// assert_eq!(then.collection::<Price>()?.get(&1).unwrap().cents, 250);
    /// assert!(store.as_of(time)?.version() >= version);
    /// # Ok(()) }
    /// ```
    ///
    /// Records that [expire](crate::Record::EXPIRES) are there as they were then: at the time asked for, or at
    /// that of the version.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfHistory`] where it is older than what is kept, [`Error::NotYet`] for a version that
    /// is still to come, [`Error::Corrupt`] and [`Error::Io`] where the log can't be read,
    /// [`Error::Poisoned`] where what must be written first can't be.
    ///
    /// [`Durability::Background`]: crate::Durability::Background
    /// [`Error::Corrupt`]: crate::Error::Corrupt
    /// [`Error::Io`]: crate::Error::Io
    /// [`Error::NotYet`]: crate::Error::NotYet
    /// [`Error::OutOfHistory`]: crate::Error::OutOfHistory
    /// [`Error::Poisoned`]: crate::Error::Poisoned
    /// [`Options::history`]: crate::Options::history
    pub fn as_of(&self, when: impl Into<When>) -> Result<Snapshot> {
        let when = when.into();
        let root = self.engine.as_of(when)?;
        let time = match when {
            When::Version(_) => root.time(),
            When::Time(time) => time,
        };
        Ok(Snapshot::at(root, time, &self.engine))
    }

    /// The commits in a range of versions, oldest first, as far as the log goes back; all there ever were
    /// where it is a [ledger](crate::Options::ledger). The log is read as they are asked for, beginning
    /// with the segment that has the first; what is committed after this was called is not among them.
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # #[record(name = "items")]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().unwrap();
    /// # let store = Store::open(directory.path().join("store"))?;
    /// let before = store.version();
    /// store.transaction().meta("actor", "ada").run(|tx| {
    ///     let items = tx.collection::<Item>()?;
    ///     items.put(Item { id: 1 })?;
    ///     items.put(Item { id: 2 })
    /// })?;
    /// for commit in store.commits(before..)? {
    ///     let commit = commit?;
    ///     for changes in &commit.changes {
    ///         println!("{}: {} put in {}", commit.version, changes.puts, changes.collection);
    ///     }
    /// }
    /// # let last = store.commits(store.version()..)?.next().unwrap()?;
    /// # assert_eq!(last.meta, [("actor".to_owned(), "ada".to_owned())]);
    /// # assert_eq!((last.changes[0].collection.as_str(), last.changes[0].puts), ("items", 2));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoLog`] of a store in memory, [`Error::Poisoned`] where what is published can't be
    /// written. The items are [`Error::Corrupt`] and [`Error::Io`] where the log can't be read; the first
    /// error is the last item.
    ///
    /// [`Error::Corrupt`]: crate::Error::Corrupt
    /// [`Error::Io`]: crate::Error::Io
    /// [`Error::NoLog`]: crate::Error::NoLog
    /// [`Error::Poisoned`]: crate::Error::Poisoned
    pub fn commits(&self, range: impl RangeBounds<Version>) -> Result<Commits> {
        Commits::of(&self.engine, range)
    }

    /// Writes the audit trail: a line of JSON for each commit in the log, oldest first, with its version,
    /// time (RFC 3339, UTC), metadata as pairs, hash, and for each collection the keys and new records
    /// that were put and the keys that were removed. Returns how many lines it wrote. O(bytes of the log).
    ///
    /// ```text
    /// {"version":2,"time":"2026-02-03T04:05:06.000007Z","meta":[["actor","ada"]],"hash":"9f…",
    ///  "changes":[{"collection":"items","puts":[{"key":1,"value":{"id":1}}],"removes":[]}]}
    /// ```
    ///
    /// # Errors
    ///
    /// Like [`commits`](Self::commits) and [`CommitInfo::to_json`], and [`Error::Io`] of the writer. The
    /// lines before are written.
    ///
    /// [`CommitInfo::to_json`]: crate::CommitInfo::to_json
    /// [`Error::Io`]: crate::Error::Io
    pub fn audit(&self, mut writer: impl Write) -> Result<u64> {
        let mut lines = 0;
        for commit in self.commits(..)? {
            writeln!(writer, "{}", commit?.to_json()?).map_err(audit::not_taken)?;
            lines += 1;
        }
        writer.flush().map_err(audit::not_taken)?;
        Ok(lines)
    }

    /// The newest version and the hash of everything that led to it, to be kept outside of the store as a
    /// witness ([`check_witness`](Self::check_witness)). Everything committed so far is durable when this
    /// returns. O(1), and one sync where something was not durable yet.
    ///
    /// # Errors
    ///
    /// [`Error::NoLog`] of a store in memory; otherwise like [`sync`](Self::sync).
    ///
    /// [`Error::NoLog`]: crate::Error::NoLog
    pub fn head(&self) -> Result<Head> {
        let (version, hash) = self.engine.head()?;
        Ok(Head { version: Version::new(version), hash })
    }

    /// Checks that the log still has exactly the history that a witness was taken of, and returns the head
    /// that it ends with now, which is as good a witness from then on. All of the log is read, and its
    /// checksums and hashes are computed anew: O(bytes of the log).
    ///
    /// Of a log that does not go back to the first commit, the part that is there is checked; of a
    /// [ledger](crate::Options::ledger) all must be there.
    ///
    /// It finds what opening can't: that somebody who can write the files changed, took out or put in a
    /// commit and computed all checksums and hashes anew. What such a person did *behind* the witness only
    /// a later witness can show.
    ///
    /// # Errors
    ///
    /// [`Error::WitnessMismatch`] where the history is another one or ends before, [`Error::Corrupt`] with
    /// the place where the log contradicts itself, [`Error::OutOfHistory`] where it no longer goes back so
    /// far, [`Error::NoLog`], [`Error::Io`].
    ///
    /// [`Error::Corrupt`]: crate::Error::Corrupt
    /// [`Error::Io`]: crate::Error::Io
    /// [`Error::NoLog`]: crate::Error::NoLog
    /// [`Error::OutOfHistory`]: crate::Error::OutOfHistory
    /// [`Error::WitnessMismatch`]: crate::Error::WitnessMismatch
    pub fn check_witness(&self, witness: &Head) -> Result<Head> {
        witness::check(&self.engine, witness)
    }
}
