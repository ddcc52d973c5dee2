//! The log: the commits of a store, in order, as bytes.
//!
//! The engine appends groups of commits through the small trait [`Log`]; what stands behind it
//! decides what "appended" and "synced" mean. Here that is segment files ([`segments`]) on a
//! [`Medium`](crate::media::Medium), or nothing at all for a store in memory ([`Discard`]). The bytes
//! are those of `docs/format.md`: [`frame`] and [`segment`] know the framing, [`commit`] what a
//! commit's bytes say, [`opened`] takes payloads out of their envelopes, [`scan`] reads it all back and
//! tells a torn tail from damage, [`survey`] finds all that is intact in one that is damaged, [`reader`] walks
//! the [`files`] while they are being written, and [`tail`] waits at their end. A [`checkpoint`] is a
//! version written out, so that the log before it can go; a [`backup`] is copies of both, in another directory;
//! the [`archive`] is where segments of a ledger go that recovery does not need.
//!
//! Nothing here knows tables, types or transactions.

pub(crate) mod archive;
pub(crate) mod backup;
pub(crate) mod checkpoint;
pub(crate) mod commit;
pub(crate) mod files;
pub(crate) mod frame;
pub(crate) mod manifest;
pub(crate) mod opened;
pub(crate) mod reader;
pub(crate) mod scan;
pub(crate) mod segment;
pub(crate) mod segments;
pub(crate) mod survey;
pub(crate) mod tail;

use crate::error::Result;
use frame::Chain;
use segments::Tail;
use std::fmt::Debug;

/// An ordered, append-only record of commits.
///
/// One caller at a time appends and syncs. After any error the log is in an unknown state and is
/// used no more.
pub(crate) trait Log: Debug + Send {
    /// Appends the commits that follow version `base`, one after the other, in one write.
    fn append(&mut self, base: u64, commits: &[Vec<u8>]) -> Result<()>;

    /// Makes everything appended so far durable.
    fn sync(&mut self) -> Result<()>;

    /// Makes everything durable, and lets what follows begin in a place of its own, which is returned:
    /// everything before it is what a checkpoint can stand for. `None` where nothing is kept.
    fn cut(&mut self) -> Result<Option<Tail>>;
    /// The version and the chain value up to which everything is durable, where there are such.
    fn head(&self) -> Option<(u64, Chain)> {
        None
    }

    /// Makes everything durable and marks the end as intended.
    fn close(&mut self) -> Result<()>;
}

/// The log of a store in memory: it keeps nothing.
#[derive(Debug)]
pub(crate) struct Discard;

impl Log for Discard {
    fn append(&mut self, _: u64, _: &[Vec<u8>]) -> Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        Ok(())
    }

    fn cut(&mut self) -> Result<Option<Tail>> {
        Ok(None)
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}
