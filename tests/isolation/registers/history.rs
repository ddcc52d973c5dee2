//! What transactions on registers did and saw.
//!
//! A register is a record with one value, which is replaced as a whole. Every value is written once,
//! so whoever reads it tells whose write it saw. From id and value follows everything by which the
//! register can be found, so a look is a predicate on these two.

use super::super::graph::Place;
use std::collections::BTreeMap;

/// Ids are below this.
pub(super) const IDS: u32 = 6;

/// How many ids each group has.
pub(super) const GROUP: u32 = 3;

/// Values fall into so many classes, so that a new value mostly changes the class.
pub(super) const CLASSES: u64 = 4;

/// By what registers are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Key(u32),
    /// From the first to below the second.
    Ids(u32, u32),
    /// The ids of a group, by the beginning of the key.
    Group(u32),
    /// An index that many share.
    Class(u64),
    Classes(u64, u64),
    /// A composite index, and its beginning alone.
    GroupClass(u32, u64),
    GroupInIndex(u32),
    /// An index with several keys for each record.
    Digit(u64),
    /// An index of odd values alone.
    OddClass(u64),
    /// A unique index.
    Value(u64),
    Values(u64, u64),
}

impl By {
    pub(super) fn matches(self, id: u32, value: u64) -> bool {
        let (group, class) = (id / GROUP, value % CLASSES);
        match self {
            Self::Key(key) => id == key,
            Self::Ids(from, to) => (from..to).contains(&id),
            Self::Group(wanted) | Self::GroupInIndex(wanted) => group == wanted,
            Self::Class(wanted) => class == wanted,
            Self::Classes(from, to) => (from..to).contains(&class),
            Self::GroupClass(wanted, wanted_class) => (group, class) == (wanted, wanted_class),
            Self::Digit(digit) => digits(value).contains(&digit),
            Self::OddClass(wanted) => value % 2 == 1 && value % 3 == wanted,
            Self::Value(wanted) => value == wanted,
            Self::Values(from, to) => (from..to).contains(&value),
        }
    }

    /// Where a register stands among those that are found.
    fn order(self, id: u32, value: u64) -> (u64, u32) {
        match self {
            Self::Key(_) | Self::Ids(..) | Self::Group(_) | Self::OddClass(_) | Self::Digit(_) => {
                (0, id)
            }
            Self::Values(..) | Self::Value(_) => (value, id),
            Self::Class(_) | Self::Classes(..) | Self::GroupClass(..) | Self::GroupInIndex(_) => {
                (value % CLASSES, id)
            }
        }
    }
}

/// The index keys of the index with several.
pub(super) fn digits(value: u64) -> Vec<u64> {
    vec![value % 3, 10 + value % 2]
}

/// How much of what matches is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    All,
    /// So many, from the smallest.
    First(usize),
    /// So many, from the greatest.
    Last(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) by: By,
    pub(super) part: Part,
}

/// Ids, each with its value where that was looked at.
pub(super) type Found = Vec<(u32, Option<u64>)>;

impl Look {
    pub(super) fn all(by: By) -> Self {
        Self { by, part: Part::All }
    }

    /// What it finds among these registers, in the order of ids.
    pub(super) fn find(self, registers: impl Iterator<Item = (u32, u64)>) -> Vec<(u32, u64)> {
        let mut found: Vec<_> =
            registers.filter(|(id, value)| self.by.matches(*id, *value)).collect();
        found.sort_by_key(|(id, value)| self.by.order(*id, *value));
        match self.part {
            Part::All => {}
            Part::First(most) => found.truncate(most),
            Part::Last(most) => drop(found.drain(..found.len().saturating_sub(most))),
        }
        found.sort_unstable();
        found
    }

    /// Whether it finds this register wherever that is there, whatever its value.
    pub(super) fn tells_by_id(self, id: u32) -> bool {
        let by_id =
            matches!(self.by, By::Key(_) | By::Ids(..) | By::Group(_) | By::GroupInIndex(_));
        by_id && self.part == Part::All && self.by.matches(id, 0)
    }

    /// Whether a register that is not in `found` can't have been there with this value.
    pub(super) fn excludes(self, found: &Found, id: u32, value: u64) -> bool {
        if !self.by.matches(id, value) {
            return false;
        }
        let order = |(id, value): &(u32, Option<u64>)| {
            // Without their values registers are looked at in the order of ids alone.
            self.by.order(*id, value.unwrap_or_default())
        };
        let at = self.by.order(id, value);
        match self.part {
            // Behind what was taken nothing was looked at.
            Part::First(most) if found.len() == most => {
                found.iter().map(order).max().is_some_and(|last| at < last)
            }
            Part::Last(most) if found.len() == most => {
                found.iter().map(order).min().is_some_and(|first| at > first)
            }
            _ => true,
        }
    }
}

/// A step of a transaction, and what it saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    Read {
        collection: usize,
        look: Look,
        found: Found,
    },
    Count {
        collection: usize,
        by: By,
        count: usize,
    },
    /// A new value, or the removal of what was there. `before` is what was there, where the step was
    /// told.
    Write {
        place: Place,
        value: Option<u64>,
        before: Option<Option<u64>>,
    },
    /// A part that failed, so that its writes were undone, or did not.
    Nested {
        events: Vec<Event>,
        stays: bool,
    },
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Committed,
    /// Rolled back, or refused: what it wrote may not be seen, what it read must be right all the
    /// same.
    Undone,
}

#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub(super) begin: u64,
    pub(super) end: u64,
    /// The version it became; of one that wrote nothing, or was undone, the one it read.
    pub(super) version: Option<u64>,
    pub(super) events: Vec<Event>,
    pub(super) ended: End,
}

/// What was written, by place; `None` where it was removed.
pub(super) type Writes = BTreeMap<Place, Option<u64>>;

impl Transaction {
    /// What it leaves behind.
    pub(super) fn writes(&self) -> Writes {
        let mut writes = Writes::new();
        if self.ended == End::Committed {
            collect(&self.events, &mut writes);
        }
        writes
    }
}

fn collect(events: &[Event], writes: &mut Writes) {
    for event in events {
        match event {
            Event::Write { place, value, before } if (value, before) != (&None, &Some(None)) => {
                writes.insert(*place, *value);
            }
            Event::Nested { events, stays: true } => collect(events, writes),
            _ => {}
        }
    }
}

/// All transactions; the last of them read everything when the others were over.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    pub(super) transactions: Vec<Transaction>,
}

impl History {
    /// Whether the order of the commits is known.
    pub(super) fn has_versions(&self) -> bool {
        self.transactions.iter().all(|transaction| transaction.version.is_some())
    }
}
