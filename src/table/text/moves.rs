//! What edits change in a full-text index: the words that a record had, and those that it has.
//!
//! Moves are noted in the order in which they happen. Of one record the first tells what it had and the last what it
//! has in the end. *Settled* moves are in the order of the keys, one for each record whose words differ.

use crate::table::secondary::{AnyMoves, Moves};
use std::any::Any;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Between two texts of a record, in the order of its words.
pub(super) const GAP: u32 = u32::MAX;

/// The words of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// How many there are, each as often as it stands there.
    pub(super) total: u32,
    /// Their terms, in order, each with how often it is there.
    pub(super) counts: Vec<(String, u32)>,
    /// The words as they stand there: the places of their terms in `counts`, and a [`GAP`] between two texts.
    pub(super) order: Vec<u32>,
}

impl Words {
    /// The words that texts give, each of which is a list of terms.
    pub(super) fn of(each_text: impl FnOnce(&mut dyn FnMut(Vec<String>))) -> Self {
        let (mut total, mut found, mut order) = (0_u32, HashMap::new(), Vec::new());
        each_text(&mut |terms| {
            if !order.is_empty() && !terms.is_empty() {
                order.push(GAP);
            }
            for term in terms {
                total = total.saturating_add(1);
                let number = u32::try_from(found.len()).unwrap_or(GAP - 1);
                let (number, count) = found.entry(term).or_insert((number, 0_u32));
                *count += 1;
                order.push(*number);
            }
        });
        let mut found: Vec<(String, (u32, u32))> = found.into_iter().collect();
        found.sort_unstable();
        let mut places = vec![GAP; found.len()];
        for ((_, (number, _)), place) in found.iter().zip(0..) {
            if let Some(of) = places.get_mut(*number as usize) {
                *of = place;
            }
        }
        for word in &mut order {
            *word = places.get(*word as usize).copied().unwrap_or(GAP);
        }
        let counts = found.into_iter().map(|(term, (_, count))| (term, count)).collect();
        Self { total, counts, order }
    }
}

/// What becomes of one record.
#[derive(Debug)]
pub(super) struct Move<P> {
    pub(super) key: P,
    pub(super) before: Words,
    pub(super) after: Words,
}

impl<P> Move<P> {
    /// The terms whose counts differ, in order, each with how often it is there in the end.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&String, u32)> {
        let mut before = self.before.counts.iter().peekable();
        let mut after = self.after.counts.iter().peekable();
        let changes = std::iter::from_fn(move || {
            let order = match (before.peek(), after.peek()) {
                (Some((had, _)), Some((has, _))) => had.cmp(has),
                (Some(_), None) => Ordering::Less,
                (None, _) => Ordering::Greater,
            };
            match order {
                Ordering::Less => before.next().map(|(term, count)| (term, *count, 0)),
                Ordering::Greater => after.next().map(|(term, count)| (term, 0, *count)),
                Ordering::Equal => {
                    let ((term, had), (_, has)) = (before.next()?, after.next()?);
                    Some((term, *had, *has))
                }
            }
        });
        changes.filter(|(_, had, has)| had != has).map(|(term, _, has)| (term, has))
    }
}

/// The moves of one index.
#[derive(Debug)]
pub(super) struct TextMoves<P> {
    pub(super) moves: Vec<Move<P>>,
    /// How many moves there may be before they are settled again: a record that is written often in one transaction takes
    /// no more room each time.
    settle_at: usize,
}

/// The fewest moves that are settled when others are appended.
const SETTLE_FROM: usize = 64;

impl<P: Ord> TextMoves<P> {
    pub(super) fn new(moves: Vec<Move<P>>) -> Self {
        let mut moves = Self { moves, settle_at: SETTLE_FROM };
        moves.settle();
        moves
    }

    pub(super) fn settle(&mut self) {
        // Stable: the moves of one record stay in the order in which they happened.
        self.moves.sort_by(|one, other| one.key.cmp(&other.key));
        self.moves.dedup_by(|later, first| {
            let is_again = later.key == first.key;
            if is_again {
                std::mem::swap(&mut first.after, &mut later.after);
            }
            is_again
        });
        self.moves.retain(|of| of.before != of.after);
    }
}

impl<P, T> Moves<P, T> for TextMoves<P>
where
    P: Ord + Send + 'static,
{
    fn claims(&self) -> bool {
        false
    }

    fn append(&mut self, later: AnyMoves<P, T>) {
        let later = later.into_any().downcast::<Self>();
        let mut later = later.expect("a full-text index has moves of one type");
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

    fn words(text: &str) -> Words {
        Words::of(|give| give(text.split_whitespace().map(str::to_owned).collect()))
    }

    fn step(key: u8, before: &str, after: &str) -> Move<u8> {
        Move { key, before: words(before), after: words(after) }
    }

    #[test]
    fn a_move_tells_the_terms_that_differ() {
        let of = step(1, "a b b c", "b c c d");
        let changes: Vec<(&str, u32)> =
            of.changes().map(|(term, count)| (term.as_str(), count)).collect();
        assert_eq!(changes, [("a", 0), ("b", 1), ("c", 2), ("d", 1)]);
        assert_eq!(step(1, "", "x").changes().count(), 1);
        assert_eq!(step(1, "x", "").changes().count(), 1);
        assert_eq!(step(1, "x y", "y x").changes().count(), 0);
    }

    #[test]
    fn the_order_of_words_is_that_of_the_texts() {
        let texts = [&["b", "a", "b"][..], &[], &["c", "a"]];
        let words = Words::of(|give| {
            for text in texts {
                give(text.iter().map(|&term| term.to_owned()).collect());
            }
        });
        let count = |term: &str, count| (term.to_owned(), count);
        assert_eq!(words.counts, [count("a", 2), count("b", 2), count("c", 1)]);
        assert_eq!((words.total, words.order), (5, vec![1, 0, 1, GAP, 2, 0]));
    }

    #[test]
    fn of_each_record_one_move_is_left_or_none() {
        let moves = vec![step(2, "a", "b"), step(1, "", "x"), step(2, "b", "c"), step(1, "x", "")];
        let settled = TextMoves::new(moves).moves;
        let [only] = &settled[..] else { panic!("{settled:?}") };
        assert_eq!((only.key, &only.before, &only.after), (2, &words("a"), &words("c")));
        let mut all = TextMoves::new(Vec::new());
        let letters = ["a", "b", "c"];
        for round in 0..10_000 {
            let later = step(1, letters[round % 3], letters[(round + 1) % 3]);
            Moves::<u8, ()>::append(&mut all, Box::new(TextMoves::new(vec![later])));
        }
        assert!(all.moves.len() <= SETTLE_FROM, "{} moves", all.moves.len());
    }
}
