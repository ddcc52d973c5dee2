//! A disk in memory that shows how a store meets crashes and faults. **There is no stability
//! promise**: this module is for tests of Folio, and of programs that want to see what becomes of
//! their data; it may change in any release. It is there with the feature `simulation`.
//!
//! A [`Disk`] records everything that a store does to it. A test runs its program on one, notes how
//! many operations there were when something was acknowledged, and then looks at each state that a
//! loss of power may leave ([`Disk::crash_states`]) or at the one that the end of the process leaves
//! ([`Disk::after_kill`]). Errors, a full disk, writes that end early and a disk that lies about its
//! syncs are [`Fault`]s.
//!
//! ```
//! use folio::simulation::{Disk, Fault, Operation};
//! use folio::{Error, Record, Store};
//!
//! #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
//! struct Item {
//!     #[key]
//!     id: u64,
//! }
//!
//! # fn main() -> folio::Result<()> {
//! let disk = Disk::new();
//! let store = Store::options().open_simulated(&disk)?;
//! let items = store.collection::<Item>()?;
//!
//! disk.fail(Fault::on(Operation::Sync));
//! assert!(matches!(items.put(Item { id: 1 }), Err(Error::OutcomeUnknown { .. })));
//! assert!(matches!(items.put(Item { id: 2 }), Err(Error::Poisoned { .. })));
//! assert!(items.is_empty());
//! drop((items, store));
//!
//! // The record was written, though nobody could say whether it would stay.
//! let store = Store::options().open_simulated(&disk)?;
//! assert_eq!(store.collection::<Item>()?.len(), 1);
//! # Ok(()) }
//! ```

pub use crate::clock::simulated::Clock;
pub use crate::media::simulated::{Counters, Disk, Fault, Operation, Shelf};

use crate::clock;
use crate::error::Result;
use crate::media::{self, Medium};
use crate::options::{Options, Schedule};
use crate::steps::UNOBSERVED;
use crate::store::{BackupInfo, RepairReport, Report, Store};
use crate::when::Version;
use std::sync::Arc;
use std::time::Duration;

impl Options {
    /// Opens the store on a simulated disk, like [`open`](Self::open). There is no stability promise.
    ///
    /// ```
    /// # use folio::{Store, simulation::Disk};
    /// # fn main() -> folio::Result<()> {
    /// let disk = Disk::new();
    /// Store::options().open_simulated(&disk)?.close()?;
    /// assert!(disk.files().contains_key("MANIFEST"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Like [`Store::open`].
    pub fn open_simulated(self, disk: &Disk) -> Result<Store> {
        Store::open_on(Arc::new(disk.clone()), self)
    }

    /// Follows the store on a simulated disk, like [`follow`](Self::follow). There is no stability promise.
    ///
    /// # Errors
    ///
    /// Like [`Store::follow`].
    pub fn follow_simulated(self, disk: &Disk) -> Result<Store> {
        Store::follow_on(Arc::new(disk.clone()), self)
    }

    /// Takes the time from a clock of the test's own, for the dates of versions and for records that expire.
    /// There is no stability promise.
    pub fn clock(mut self, clock: &Clock) -> Self {
        self.clock = clock::Clock::Simulated(clock.time());
        self
    }

    /// Has the store make backups by itself on a simulated shelf, like [`backups`](Self::backups). There is no
    /// stability promise.
    pub fn backups_simulated(mut self, on: &Shelf, keep: usize, every: Duration) -> Self {
        self.backups = Some(Schedule::new(Arc::new(on.clone()), keep, every));
        self
    }

    /// Gives a ledger a directory on a simulated shelf as its archive, like [`archive`](Self::archive). There is no
    /// stability promise.
    pub fn archive_simulated(mut self, on: &Shelf, directory: &str) -> Self {
        self.archive = Some(media::Shelf::medium(on, directory));
        self
    }

    /// Verifies a store on a simulated disk, like [`verify`](Self::verify). There is no stability promise.
    ///
    /// # Errors
    ///
    /// Like [`verify`](Self::verify).
    pub fn verify_simulated(self, disk: &Disk) -> Result<Report> {
        self.verify_on(&medium(disk), None, UNOBSERVED)
    }

    /// Repairs a store on a simulated disk onto another one, like [`repair`](Self::repair). There is no
    /// stability promise.
    ///
    /// # Errors
    ///
    /// Like [`Store::repair`].
    pub fn repair_simulated(self, damaged: &Disk, target: &Disk) -> Result<RepairReport> {
        self.repair_on(&medium(damaged), &medium(target), UNOBSERVED)
    }

    /// Restores a backup from one simulated disk to another, like [`restore`](Self::restore). There is no
    /// stability promise.
    ///
    /// # Errors
    ///
    /// Like [`Store::restore`].
    pub fn restore_simulated(self, backup: &Disk, target: &Disk) -> Result<Version> {
        self.restore_on(&medium(backup), &medium(target), None, UNOBSERVED)
    }
}

impl Store {
    /// Makes a backup on a simulated disk, like [`backup`](Self::backup). There is no stability promise.
    ///
    /// # Errors
    ///
    /// Like [`backup`](Self::backup).
    pub fn backup_simulated(&self, disk: &Disk) -> Result<BackupInfo> {
        self.backup_on(&medium(disk), UNOBSERVED)
    }
}

fn medium(disk: &Disk) -> Arc<dyn Medium> {
    Arc::new(disk.clone())
}
