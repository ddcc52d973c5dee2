//! A record that counts what is done with it and its key, on this thread: work can be counted where
//! time could only be guessed at.

use folio::{Fields, Index, Indexes, Record, Schema, TypeRef, Types};
use serde::{Deserialize, Serialize, Serializer};
use std::cell::Cell;
use std::cmp::Ordering;

thread_local! {
    static COMPARISONS: Cell<u64> = const { Cell::new(0) };
    static CLONES: Cell<u64> = const { Cell::new(0) };
    static ENCODINGS: Cell<u64> = const { Cell::new(0) };
}

fn count(counter: &'static std::thread::LocalKey<Cell<u64>>) {
    counter.with(|count| count.set(count.get() + 1));
}

/// What was done on this thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Work {
    /// Of keys with each other.
    pub(crate) comparisons: u64,
    /// Of whole records.
    pub(crate) clones: u64,
    /// Of whole records.
    pub(crate) encodings: u64,
}

/// Does something and counts the work.
pub(crate) fn counted<R>(act: impl FnOnce() -> R) -> (R, Work) {
    let now = || Work {
        comparisons: COMPARISONS.get(),
        clones: CLONES.get(),
        encodings: ENCODINGS.get(),
    };
    let before = now();
    let result = act();
    let after = now();
    let work = Work {
        comparisons: after.comparisons - before.comparisons,
        clones: after.clones - before.clones,
        encodings: after.encodings - before.encodings,
    };
    (result, work)
}

/// A number that counts how often it is compared.
#[derive(Serialize, Deserialize, Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) u64);

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        count(&COMPARISONS);
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl Schema for Number {
    fn describe(types: &mut Types) -> TypeRef {
        u64::describe(types)
    }
}

/// A record that counts how often it is copied and encoded.
#[derive(Deserialize, Debug)]
pub(crate) struct Counted {
    pub(crate) id: Number,
    pub(crate) group: Number,
    pub(crate) text: String,
}

impl Counted {
    pub(crate) const GROUP: Index<Counted, Number> =
        Index::new("group", |counted, emit| emit(counted.group));
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        count(&CLONES);
        Self { id: self.id, group: self.group, text: self.text.clone() }
    }
}

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        count(&ENCODINGS);
        (self.id, self.group, &self.text).serialize(serializer)
    }
}

impl Schema for Counted {
    fn describe(types: &mut Types) -> TypeRef {
        types.structure::<Counted>("Counted", |fields: &mut Fields<'_>| {
            fields.field::<Number>("id");
            fields.field::<Number>("group");
            fields.field::<String>("text");
        })
    }
}

impl Record for Counted {
    type Key = Number;
    const NAME: &'static str = "counted";

    fn key(&self) -> Number {
        self.id
    }

    fn indexes() -> Indexes<Self> {
        Indexes::new().with(Self::GROUP)
    }
}

/// The first id. All ids from here on are of one size when encoded.
pub(crate) const FIRST: u64 = 1 << 40;

pub(crate) fn counted_record(place: u64) -> Counted {
    let group = Number(FIRST + place % 1_000);
    Counted { id: Number(FIRST + place), group, text: "the same for all".into() }
}
