//! What edits change in an index: the entries that go from it and those that come.
//!
//! Moves are noted in the order in which they happen. Of one entry, the first tells whether it was
//! there before and the last whether it is there in the end; nothing between them matters. *Settled*
//! moves are in the order of the entries, one for each that does not end as it began.

use crate::table::entry::Entry;
use crate::table::secondary::{AnyMoves, Moves};
use std::any::Any;

/// What becomes of one entry.
#[derive(Debug)]
pub(crate) struct Move<K, P> {
    pub(crate) entry: Entry<K, P>,
    was_there: bool,
    is_there: bool,
}

impl<K, P> Move<K, P> {
    /// Whether the entry comes; else it goes.
    pub(crate) fn is_gain(&self) -> bool {
        self.is_there
    }
}

/// The moves of one index.
#[derive(Debug)]
pub(crate) struct EntryMoves<K, P> {
    moves: Vec<Move<K, P>>,
    /// Whether the index is unique.
    unique: bool,
    /// How many moves there may be before they are settled again: an entry that moves to and fro in one
    /// transaction takes no more room each time.
    settle_at: usize,
}

/// The fewest moves that are settled when others are appended.
const SETTLE_FROM: usize = 256;

impl<K: Ord, P: Ord> EntryMoves<K, P> {
    pub(crate) fn new(unique: bool) -> Self {
        Self { moves: Vec::new(), unique, settle_at: SETTLE_FROM }
    }

    pub(crate) fn lose(&mut self, key: K, primary: P) {
        let entry = Entry { key, primary };
        self.moves.push(Move { entry, was_there: true, is_there: false });
    }

    pub(crate) fn gain(&mut self, key: K, primary: P) {
        let entry = Entry { key, primary };
        self.moves.push(Move { entry, was_there: false, is_there: true });
    }

    pub(crate) fn settle(&mut self) {
        // Stable: the moves of one entry stay in the order in which they happened.
        self.moves.sort_by(|one, other| one.entry.cmp(&other.entry));
        self.moves.dedup_by(|later, first| {
            let is_again = later.entry == first.entry;
            if is_again {
                first.is_there = later.is_there;
            }
            is_again
        });
        self.moves.retain(|of| of.was_there != of.is_there);
    }

    pub(crate) fn as_slice(&self) -> &[Move<K, P>] {
        &self.moves
    }

    pub(crate) fn into_vec(self) -> Vec<Move<K, P>> {
        self.moves
    }
}

impl<K, P, T> Moves<P, T> for EntryMoves<K, P>
where
    K: Ord + Send + 'static,
    P: Ord + Send + 'static,
{
    fn claims(&self) -> bool {
        self.unique && self.moves.iter().any(Move::is_gain)
    }

    fn append(&mut self, later: AnyMoves<P, T>) {
        let later = later.into_any().downcast::<Self>();
        let mut later = later.expect("an index has one key type");
        self.moves.append(&mut later.moves);
        if self.moves.len() >= self.settle_at {
            Self::settle(self);
            self.settle_at = SETTLE_FROM.max(2 * self.moves.len());
        }
    }

    fn settle(&mut self) {
        Self::settle(self);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(moves: &[(char, u8, bool)]) -> Vec<(char, u8, bool)> {
        let mut all = EntryMoves::new(false);
        for &(key, primary, is_gain) in moves {
            if is_gain { all.gain(key, primary) } else { all.lose(key, primary) }
        }
        all.settle();
        all.into_vec().iter().map(|of| (of.entry.key, of.entry.primary, of.is_gain())).collect()
    }

    #[test]
    fn settled_moves_are_what_is_left_in_the_end() {
        // A record that keeps its key, and one whose key comes and goes again.
        assert_eq!(settled(&[('a', 1, false), ('a', 1, true)]), []);
        assert_eq!(settled(&[('a', 1, true), ('a', 1, false)]), []);
        // An index function may give a key twice.
        assert_eq!(settled(&[('a', 1, false), ('a', 1, false)]), [('a', 1, false)]);
        assert_eq!(settled(&[('a', 1, false), ('a', 1, true), ('a', 1, true)]), []);
        assert_eq!(settled(&[('a', 1, true), ('a', 1, true)]), [('a', 1, true)]);
        // There and back and away.
        let away = [('a', 1, false), ('a', 1, true), ('a', 1, false)];
        assert_eq!(settled(&away), [('a', 1, false)]);
        let handed_on = [('b', 2, false), ('a', 2, true), ('b', 1, true), ('a', 1, false)];
        let in_order = [('a', 1, false), ('a', 2, true), ('b', 1, true), ('b', 2, false)];
        assert_eq!(settled(&handed_on), in_order);
    }

    #[test]
    fn an_entry_that_moves_often_takes_no_room() {
        let mut all = EntryMoves::<u64, u8>::new(false);
        for round in 0..10_000_u64 {
            let mut later = EntryMoves::new(false);
            later.lose(round % 7, 1_u8);
            later.gain((round + 1) % 7, 1);
            Moves::<u8, ()>::append(&mut all, Box::new(later));
        }
        assert!(all.as_slice().len() <= SETTLE_FROM, "{} moves", all.as_slice().len());
    }
}
