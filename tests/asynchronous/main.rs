//! Transactions that tasks wait for: nobody keeps a thread, what is on its way takes its course whether or not anybody
//! waits for it, and what a future says is durable is.
#![cfg(all(feature = "derive", feature = "simulation"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod ends;
mod waiting;

#[path = "../common/mod.rs"]
mod common;

use folio::simulation::{Disk, Operation};
use folio::{Record, Store};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "accounts")]
struct Account {
    #[key]
    id: u64,
    cents: i64,
}

fn account(id: u64, cents: i64) -> Account {
    Account { id, cents }
}

fn cents(store: &Store) -> BTreeMap<u64, i64> {
    let accounts = store.collection::<Account>().expect("accounts can be read");
    accounts.view().iter().map(|account| (account.id, account.cents)).collect()
}

/// A disk that lets no sync through, until this is dropped: by a test that fails, too, which would wait for
/// ever otherwise.
struct Held<'a>(&'a Disk);

impl<'a> Held<'a> {
    fn at_sync(disk: &'a Disk) -> Self {
        disk.hold(Operation::Sync);
        Self(disk)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// Counts how often its task is woken.
#[derive(Default)]
struct Counted(AtomicUsize);

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Counted {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Polls once.
fn poll<F: Future + Unpin>(future: &mut F, counted: &Arc<Counted>) -> Poll<F::Output> {
    let waker = Waker::from(counted.clone());
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}
