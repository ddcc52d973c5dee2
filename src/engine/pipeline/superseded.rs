//! Versions that were superseded and that somebody holds: snapshots, views, iterators, open transactions, a
//! checkpoint that is being written.
//!
//! Nobody who takes a snapshot has to say so: it clones an `Arc` as before. It is the commit that leaves a note, a
//! [`Weak`], of the version that it takes the place of. Whether anybody holds that is what the reference count says,
//! when somebody asks. Notes of versions that are gone are dropped by later commits: those at the front with each, all
//! when there are twice as many as were left the last time. So a commit looks at a few of them on average, however many are
//! held, and what is left of a version that is gone is the one allocation of its root.
//!
//! Versions that the history in memory has are noted when they leave it: until then whoever holds one keeps nothing.

use crate::version::Root;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};

/// All notes are looked through no earlier than at so many.
const LEAST_SWEPT: usize = 64;

/// A version that somebody held when it was superseded.
#[derive(Debug)]
struct Note {
    number: u64,
    /// When it was, in microseconds since 1970.
    superseded_micros: u64,
    root: Weak<Root>,
}

impl Note {
    fn is_held(&self) -> bool {
        self.root.strong_count() > 0
    }
}

/// The notes, in the order of the versions.
#[derive(Debug, Default)]
pub(super) struct Superseded {
    notes: VecDeque<Note>,
    sweep_at: usize,
}

/// What is held of old versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct HeldVersions {
    pub(crate) count: u64,
    /// The number of the oldest, and when it was superseded, in microseconds since 1970.
    pub(crate) oldest: Option<(u64, u64)>,
}

impl Superseded {
    /// Leaves a note of a version.
    pub(super) fn note(&mut self, root: &Arc<Root>, superseded_micros: u64) {
        while self.notes.front().is_some_and(|note| !note.is_held()) {
            self.notes.pop_front();
        }
        if self.notes.len() >= self.sweep_at.max(LEAST_SWEPT) {
            self.notes.retain(Note::is_held);
            self.sweep_at = 2 * self.notes.len();
        }
        let (number, root) = (root.number, Arc::downgrade(root));
        self.notes.push_back(Note { number, superseded_micros, root });
    }

    /// What is held of versions before one. O(notes).
    pub(super) fn before(&self, version: u64) -> HeldVersions {
        let is_old = |note: &&Note| note.number < version && note.is_held();
        let mut held = self.notes.iter().filter(is_old);
        let Some(oldest) = held.next() else { return HeldVersions::default() };
        let oldest = Some((oldest.number, oldest.superseded_micros));
        HeldVersions { count: 1 + held.count() as u64, oldest }
    }

    /// The first that is held: its number, and when it was superseded. O(1), on average.
    pub(super) fn first(&mut self, version: u64) -> Option<(u64, u64)> {
        while self.notes.front().is_some_and(|note| !note.is_held()) {
            self.notes.pop_front();
        }
        let note = self.notes.front().filter(|note| note.number < version)?;
        Some((note.number, note.superseded_micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u64) -> Arc<Root> {
        let mut root = Root::default();
        root.number = number;
        Arc::new(root)
    }

    #[test]
    fn what_nobody_holds_leaves_no_more_than_a_few_notes() {
        let mut superseded = Superseded::default();
        let held = [version(3), version(500)];
        for number in 0..10_000 {
            let found = held.iter().find(|held| held.number == number).cloned();
            superseded.note(&found.unwrap_or_else(|| version(number)), number + 1);
            assert!(superseded.notes.len() <= LEAST_SWEPT + 1, "{}", superseded.notes.len());
        }
        let all = HeldVersions { count: 2, oldest: Some((3, 4)) };
        assert_eq!((superseded.before(10_000), superseded.before(4).count), (all, 1));
        assert_eq!(superseded.before(3), HeldVersions::default());
        assert_eq!(superseded.first(10_000), Some((3, 4)));
        drop(held);
        assert_eq!(superseded.before(10_000), HeldVersions::default());
        assert_eq!((superseded.first(10_000), superseded.notes.len()), (None, 0));
    }
}
