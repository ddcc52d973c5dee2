//! Following a store that another process writes.

use crate::error::Result;
use crate::store::Store;
use crate::when::Version;
use std::path::Path;

impl Store {
    /// Opens a store for reading that another process is writing, or may begin to: without its lock, beside any number
    /// of other followers, in the process of the writer too. It keeps up with what is written.
    ///
    /// Everything that reads works: collections with their indexes, documents, values, snapshots. Each version that is
    /// in the files, whole, is published here a moment later, and none goes back. Writing gives
    /// [`Error::ReadOnly`](crate::Error::ReadOnly). What it costs the writer is nothing but the reading of its
    /// files. [`Stats::follower`](crate::Stats::follower) tells how far it has come; [`refresh`](Self::refresh) waits for no
    /// interval. See [`docs::followers`](crate::docs::followers).
    ///
    /// O(bytes of the log behind the newest checkpoint, and of that), like opening.
    ///
    /// ```
    /// # use folio::{Error, Record, Store};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Item { #[key] id: u64 }
    /// # fn main() -> folio::Result<()> {
    /// # let directory = tempfile::tempdir().expect("there is a place for temporary files");
    /// # let path = directory.path().join("app.folio");
    /// // Mostly in another process.
    /// let writer = Store::open(&path)?;
    /// writer.collection::<Item>()?.put(Item { id: 1 })?;
    ///
    /// let follower = Store::follow(&path)?;
    /// let items = follower.collection::<Item>()?;
    /// assert_eq!(items.len(), 1);
    ///
    /// writer.collection::<Item>()?.put(Item { id: 2 })?;
    /// assert_eq!(follower.refresh()?, writer.version());
    /// assert_eq!(items.len(), 2);
    /// assert!(matches!(items.put(Item { id: 3 }), Err(Error::ReadOnly)));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io) of the kind `NotFound` where there is no store, and
    /// [`Error::NotAStore`](crate::Error::NotAStore) where there is something else: nothing is created. Else like
    /// [`open`](Self::open), but for the lock.
    pub fn follow(path: impl AsRef<Path>) -> Result<Self> {
        Self::options().follow(path)
    }

    /// Publishes everything that is in the files by now, where this is a [follower](Self::follow), and returns the newest
    /// version: what another process committed before the call is seen after it, if it was committed at
    /// [`Durability::Write`](crate::Durability::Write) or above. O(bytes written since). A look at the files of the follower's
    /// own that is under way is waited for. In a store that is no follower there is nothing to do.
    ///
    /// # Errors
    ///
    /// Why the follower does not go on: [`Error::Corrupt`](crate::Error::Corrupt) where the log is damaged,
    /// [`Error::Diverged`](crate::Error::Diverged) where it went back, [`Error::WrongKey`](crate::Error::WrongKey) where it was
    /// encrypted anew with another key, [`Error::UnsupportedFormat`](crate::Error::UnsupportedFormat);
    /// [`Error::SchemaMismatch`](crate::Error::SchemaMismatch), [`Error::Decode`](crate::Error::Decode),
    /// [`Error::Migration`](crate::Error::Migration) and [`Error::UniqueViolation`](crate::Error::UniqueViolation) where what
    /// was written does not fit the Rust type of a collection that is open here; [`Error::Io`](crate::Error::Io),
    /// [`Error::Closed`](crate::Error::Closed). The newest version stays what it was, and can be read; the next
    /// look tries again.
    pub fn refresh(&self) -> Result<Version> {
        self.engine.refresh().map(Version::new)
    }
}
