//! The workloads: one that was written by hand, all short ones, and random ones.

use crate::history::Step;
use crate::model::{Edit, account, note};
use folio::Durability::{self, Background, Fsync, Write};

fn commit<const N: usize>(durability: Durability, edits: [Edit; N]) -> Step {
    Step::Commit { durability, edits: edits.into() }
}

fn put(id: u64, variant: u64) -> Edit {
    Edit::PutAccount(account(id, variant))
}

/// A bit of everything: collections created, single and joint commits at all levels, updates and
/// removals, segments that fill up, stores that are closed and opened again.
pub(crate) fn scripted() -> Vec<Step> {
    let pay = |from, to, cents: i64| {
        let text = Edit::PutNote(note(from * 100 + to, 40));
        [Edit::AddCents { id: from, cents: -cents }, Edit::AddCents { id: to, cents }, text]
    };
    vec![
        commit(Fsync, [put(1, 1)]),
        commit(Write, [put(2, 5), put(3, 7)]),
        commit(Fsync, pay(1, 2, 30)),
        commit(Write, [put(2, 9)]),
        commit(Write, [Edit::RemoveAccount(3)]),
        commit(Background, [put(4, 11)]),
        Step::Sync,
        commit(Background, [put(5, 2)]),
        commit(Background, pay(5, 4, 1)),
        commit(Fsync, [Edit::RemoveAccount(1), put(6, 0)]),
        Step::Reopen,
        commit(Write, [Edit::PutNote(note(1, 30_000)), put(7, 3)]),
        commit(Fsync, [Edit::PutNote(note(2, 36_000))]),
        // The segment is full now, and the next commit begins another.
        commit(Write, pay(7, 4, 12)),
        commit(Background, [Edit::RemoveNote("/notes/1".into())]),
        commit(Write, [Edit::PutNote(note(3, 70_000)), Edit::RemoveAccount(5)]),
        commit(Fsync, [Edit::ClearNotes, put(1, 8)]),
        commit(Background, [put(8, 4)]),
        Step::Reopen,
        Step::Reopen,
        commit(Write, [put(9, 6)]),
        commit(Fsync, pay(9, 8, 100)),
        commit(Background, [put(10, 13)]),
        commit(Write, [Edit::RemoveAccount(9)]),
    ]
}

/// Commits that need more space than a segment has, and others behind them.
pub(crate) fn growing() -> Vec<Step> {
    vec![
        commit(Fsync, [put(1, 1)]),
        commit(Write, [Edit::PutNote(note(1, 66_000))]),
        commit(Write, [put(2, 2)]),
        commit(Fsync, [put(3, 3)]),
        commit(Background, [Edit::PutNote(note(2, 140_000))]),
        commit(Write, [put(1, 4), Edit::RemoveAccount(2)]),
        commit(Write, [put(4, 5)]),
        commit(Fsync, [Edit::RemoveNote("/notes/1".into())]),
        commit(Write, [put(5, 6)]),
    ]
}

/// Steps with checkpoints, of which all short sequences are tried.
pub(crate) fn checkpoint_alphabet() -> Vec<Step> {
    vec![
        commit(Fsync, [put(1, 1), Edit::PutNote(note(1, 20))]),
        commit(Background, [put(2, 2), Edit::RemoveAccount(1)]),
        commit(Write, [Edit::PutNote(note(2, 66_000))]),
        Step::Checkpoint,
        Step::Compact,
        Step::Reopen,
    ]
}

/// The steps of which all short sequences are tried.
pub(crate) fn alphabet() -> Vec<Step> {
    vec![
        commit(Fsync, [put(1, 1), Edit::PutNote(note(1, 20))]),
        commit(Write, [put(2, 2)]),
        commit(Background, [Edit::AddCents { id: 2, cents: 5 }, put(3, 4)]),
        commit(Write, [Edit::RemoveAccount(2), Edit::RemoveAccount(1)]),
        commit(Write, [Edit::PutNote(note(2, 66_000))]),
        Step::Sync,
        Step::Reopen,
    ]
}

/// How many sequences of this length there are.
pub(crate) fn sequences(letters: &[Step], length: u32) -> usize {
    letters.len().pow(length)
}

/// One of all sequences of this length.
pub(crate) fn sequence(letters: &[Step], length: u32, mut number: usize) -> Vec<Step> {
    let step = |_| {
        let step = letters[number % letters.len()].clone();
        number /= letters.len();
        step
    };
    (0..length).map(step).collect()
}

/// A small generator of numbers (`SplitMix64`).
#[derive(Debug, Clone)]
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn durability(&mut self) -> Durability {
        [Fsync, Write, Background, Write][usize::try_from(self.below(4)).unwrap()]
    }

    pub(crate) fn edit(&mut self) -> Edit {
        let id = self.below(6);
        match self.below(16) {
            0..=5 => put(id, self.below(40)),
            6..=7 => Edit::AddCents { id, cents: 3 },
            8..=10 => Edit::RemoveAccount(id),
            11..=13 => {
                let size = 10 + self.below(200);
                Edit::PutNote(note(id, usize::try_from(size).unwrap()))
            }
            14 => Edit::RemoveNote(format!("/notes/{id}")),
            _ => Edit::ClearNotes,
        }
    }

    pub(crate) fn edits(&mut self) -> Vec<Edit> {
        (0..=self.below(3)).map(|_| self.edit()).collect()
    }

    /// A workload of up to so many steps.
    pub(crate) fn workload(&mut self, most: u64) -> Vec<Step> {
        let count = 1 + self.below(most);
        (0..count).map(|_| self.step()).collect()
    }

    fn step(&mut self) -> Step {
        match self.below(40) {
            0..=3 => Step::Sync,
            4..=6 => Step::Reopen,
            // Enough for a segment.
            7 => commit(self.durability(), [Edit::PutNote(note(9, 66_000))]),
            8..=10 => Step::Checkpoint,
            11 => Step::Compact,
            _ => Step::Commit { durability: self.durability(), edits: self.edits() },
        }
    }
}
