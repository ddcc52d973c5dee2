//! What a store that is being closed still waits for.

use std::fmt;

/// Something that is not done yet in a store that is being closed
/// ([`Store::close_timeout`](crate::Store::close_timeout)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pending {
    /// So many commits, which are not known to be durable.
    Commits(u64),
    /// The end of the log, in which nothing is missing but that it is ended.
    Log,
    /// A checkpoint, which is told to end.
    Checkpoint,
    /// A backup, which is told to end.
    Backup,
    /// The sweeper, in the middle of a transaction.
    Sweeper,
    /// The thread that flushes commits in the background.
    FlushThread,
    /// The manifest, which another key is being written to.
    Manifest,
}

impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commits(1) => f.write_str("one commit"),
            Self::Commits(count) => write!(f, "{count} commits"),
            Self::Log => f.write_str("the end of the log"),
            Self::Checkpoint => f.write_str("a checkpoint"),
            Self::Backup => f.write_str("a backup"),
            Self::Sweeper => f.write_str("the sweeper"),
            Self::FlushThread => f.write_str("the flush thread"),
            Self::Manifest => f.write_str("the manifest"),
        }
    }
}

/// All of it, as a message has it.
pub(super) fn listed(pending: &[Pending]) -> String {
    let texts: Vec<String> = pending.iter().map(ToString::to_string).collect();
    if texts.is_empty() { "nothing that is known".to_owned() } else { texts.join(", ") }
}
