//! Watchers as streams, for asynchronous programs; with the feature `stream`. The trait is that of the crate
//! `futures-core`, which nothing else here names.
//!
//! A stream is a type of its own and not the watcher itself, since watchers are iterators: with the usual extension
//! traits in scope `watcher.next()` would be two methods.

use crate::collection::watch::{Delta, Watcher};
use crate::store::watch::{StoreDelta, StoreWatcher};
use crate::table::record::Record;
use futures_core::stream::{FusedStream, Stream};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A [`Watcher`] or [`StoreWatcher`] as a [`Stream`]: made by [`Watcher::into_stream`] and
/// [`StoreWatcher::into_stream`].
///
/// It gives what the watcher would have given, waits without a thread, on any runtime, and ends as the watcher does. A
/// stream that is dropped is woken no more; nothing is lost by dropping a future that waits for its next item.
#[derive(Debug)]
pub struct WatchStream<W> {
    watcher: W,
    is_over: bool,
}

impl<W> WatchStream<W> {
    fn new(watcher: W) -> Self {
        Self { watcher, is_over: false }
    }

    /// The watcher, with the place that it has reached.
    #[must_use]
    pub fn into_watcher(self) -> W {
        self.watcher
    }

    fn ended<I>(&mut self, item: Poll<Option<I>>) -> Poll<Option<I>> {
        self.is_over = matches!(item, Poll::Ready(None));
        item
    }
}

impl<T: Record> Watcher<T> {
    /// This watcher as a stream. Needs the feature `stream`.
    ///
    /// ```
    /// # use folio::{Record, Store};
    /// # use futures_executor::block_on_stream;
    /// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// struct User { #[key] id: u64, city: String }
    ///
    /// # fn main() -> folio::Result<()> {
    /// let store = Store::in_memory();
    /// let users = store.collection::<User>()?;
    /// let deltas = users.watch().into_stream();
    /// users.put(User { id: 1, city: "Paris".into() })?;
    /// store.close()?;
    /// // In a task: `while let Some(delta) = deltas.next().await`.
    /// let changes: usize = block_on_stream(deltas).map(|delta| delta.changes().count()).sum();
    /// assert_eq!(changes, 1);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn into_stream(self) -> WatchStream<Self> {
        WatchStream::new(self)
    }
}

impl StoreWatcher {
    /// This watcher as a stream. Needs the feature `stream`.
    #[must_use]
    pub fn into_stream(self) -> WatchStream<Self> {
        WatchStream::new(self)
    }
}

impl<T: Record> Stream for WatchStream<Watcher<T>> {
    type Item = Delta<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Delta<T>>> {
        let stream = self.get_mut();
        let item = stream.watcher.poll_next(context);
        stream.ended(item)
    }
}

impl Stream for WatchStream<StoreWatcher> {
    type Item = StoreDelta;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<StoreDelta>> {
        let stream = self.get_mut();
        let item = stream.watcher.poll_next(context);
        stream.ended(item)
    }
}

impl<W> FusedStream for WatchStream<W>
where
    Self: Stream,
{
    fn is_terminated(&self) -> bool {
        self.is_over
    }
}
