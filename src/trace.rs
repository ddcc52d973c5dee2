//! Spans and events of `tracing`, with the feature of that name. No other module names the crate: here are functions
//! that take what there is to say, and without the feature do nothing, which the compiler leaves out.
//!
//! With the feature and without a subscriber that wants them, a span or event costs the look at one atomic. Fields are
//! made only where somebody wants them. No key and no record is ever in a field: what is encrypted on disk must not
//! be readable in a log. Page `operating` lists targets, levels and fields.

use crate::error::Error;
use crate::options::{Durability, SlowTransaction};
use std::path::Path;
use std::time::Duration;

/// A span that this thread is in, until the value is dropped.
#[derive(Debug)]
#[must_use = "the span ends when this is dropped"]
pub(crate) struct Span {
    #[cfg(feature = "tracing")]
    _entered: tracing::span::EnteredSpan,
}

/// Makes a function that enters a span, or makes an event, with the feature, and nothing without.
macro_rules! told {
    ($($(#[$doc:meta])* fn $name:ident($($field:ident: $type:ty),* $(,)?) $(-> $span:ident)? = $make:expr;)*) => {$(
        $(#[$doc])*
        #[cfg(feature = "tracing")]
        pub(crate) fn $name($($field: $type),*) $(-> $span)? {
            $make
        }

        $(#[$doc])*
        #[cfg(not(feature = "tracing"))]
        #[inline]
        pub(crate) fn $name($($field: $type),*) $(-> $span)? {
            $(let _ = $field;)*
            $($span {})?
        }
    )*};
}

told! {
    /// A store is being opened.
    fn opening(path: &Path) -> Span =
        entered(tracing::info_span!(target: "folio::open", "open", path = %path.display()));

    /// What a store was recovered from.
    fn recovered(version: u64, checkpoint: Option<u64>, log_bytes: u64, torn_bytes: u64, took: Duration) =
        tracing::info!(target: "folio::recovery", version, checkpoint, log_bytes, torn_bytes, duration_us = micros(took), "recovered");

    /// Checkpoints were damaged, and older ones taken.
    fn damaged_checkpoints(count: u64) =
        tracing::warn!(target: "folio::recovery", count, "damaged checkpoints were passed over");

    /// A transaction is being committed.
    fn committing(durability: Durability) -> Span =
        entered(tracing::debug_span!(target: "folio::commit", "commit", durability = ?durability));

    /// A transaction became a version.
    fn committed(version: u64) = tracing::debug!(target: "folio::commit", version, "committed");

    /// A transaction met another one.
    fn conflict(collection: &str) = tracing::debug!(target: "folio::conflict", collection, "conflict");

    /// A transaction took longer than it should.
    fn slow_transaction(slow: &SlowTransaction) =
        tracing::warn!(target: "folio::slow", duration_us = micros(slow.duration), attempts = slow.attempts, collections = ?slow.collections, meta = ?slow.meta, committed = slow.committed, "slow transaction");

    /// A checkpoint is being written.
    fn checkpoint() -> Span =
        entered(tracing::info_span!(target: "folio::checkpoint", "checkpoint"));

    /// A checkpoint was written.
    fn checkpoint_written(version: u64, records: u64, bytes: u64, took: Duration) =
        tracing::info!(target: "folio::checkpoint", version, records, bytes, duration_us = micros(took), "checkpoint written");

    /// A checkpoint could not be written.
    fn checkpoint_failed(error: &Error) =
        tracing::warn!(target: "folio::checkpoint", %error, "checkpoint failed");

    /// The log could not be written, and the store takes no more commits.
    fn poisoned(error: &Error) =
        tracing::error!(target: "folio::poison", %error, "the store takes no more commits");

    /// A backup was made.
    fn backup_made(version: u64, path: &Path, took: Duration) =
        tracing::info!(target: "folio::backup", version, path = %path.display(), duration_us = micros(took), "backup made");

    /// A backup could not be made.
    fn backup_failed(error: &Error) =
        tracing::warn!(target: "folio::backup", %error, "backup failed");

    /// Expired records were removed.
    fn swept(collection: &str, records: u64) =
        tracing::debug!(target: "folio::sweep", collection, records, "expired records removed");

    /// A version is held for longer than it should be.
    fn long_held(version: u64, age: Duration) =
        tracing::warn!(target: "folio::snapshot", version, age_ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX), "an old version is still held");

    /// A commit was refused, since there is too much in memory.
    fn refused_for_memory(used_bytes: u64, limit_bytes: u64) =
        tracing::warn!(target: "folio::memory", used_bytes, limit_bytes, "commit refused at the memory limit");
}

#[cfg(feature = "tracing")]
fn entered(span: tracing::Span) -> Span {
    Span { _entered: span.entered() }
}

#[cfg(feature = "tracing")]
fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
