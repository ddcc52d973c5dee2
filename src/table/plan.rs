//! What edits change in the indexes of a table, worked out before anything is changed.

use crate::table::key::Key;
use crate::table::secondary::AnyMoves;

/// The moves in each index, by its place among the table's indexes; none where nothing moves.
pub(crate) struct Plan<P, T> {
    moves: Vec<(usize, AnyMoves<P, T>)>,
}

impl<P, T> Default for Plan<P, T> {
    fn default() -> Self {
        Self { moves: Vec::new() }
    }
}

impl<P: Key, T> Plan<P, T> {
    pub(crate) fn new(moves: impl Iterator<Item = (usize, AnyMoves<P, T>)>) -> Self {
        Self { moves: moves.collect() }
    }

    /// Whether unique keys are given to records, so that the plan must be checked.
    pub(crate) fn claims(&self) -> bool {
        self.moves.iter().any(|(_, moves)| moves.claims())
    }

    /// Adds the plan of edits that come later.
    pub(crate) fn append(&mut self, later: Self) {
        if self.moves.is_empty() {
            *self = later;
            return;
        }
        for (place, later) in later.moves {
            match self.moves.iter_mut().find(|(at, _)| *at == place) {
                Some((_, moves)) => moves.append(later),
                None => self.moves.push((place, later)),
            }
        }
    }

    /// Settles all moves: for a plan that others were appended to.
    pub(crate) fn settle(&mut self) {
        for (_, moves) in &mut self.moves {
            moves.settle();
        }
    }

    pub(crate) fn moves(&self) -> &[(usize, AnyMoves<P, T>)] {
        &self.moves
    }

    pub(crate) fn into_moves(self) -> Vec<(usize, AnyMoves<P, T>)> {
        self.moves
    }
}
