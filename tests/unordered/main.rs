//! Collections whose records lie in a hash map, `#[record(unordered)]`: they do all that others do but
//! for what needs an order, and nothing of it is on disk.
#![cfg(feature = "derive")]

#[path = "../common/mod.rs"]
mod common;
mod footprint;
mod ids;
mod iteration;
mod lookups;
mod model;
mod stores;

use folio::{Record, Unique};
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// A record type of the tests, with a key that is made of a number.
trait Sample: Record<Key: Debug> + PartialEq + Debug {
    const MARK: Unique<Self, u64>;
    const GROUP: folio::Index<Self, u8>;

    /// The key of a number. Keys are in the order of the numbers.
    fn key_of(number: u64) -> Self::Key;

    fn new(number: u64, mark: Option<u64>, group: u8) -> Self;

    fn mark(&self) -> Option<u64>;

    fn group(&self) -> u8;

    fn count_up(&mut self);

    fn set(&mut self, mark: Option<u64>, group: u8);
}

macro_rules! sample {
    ($name:ident, $key:ty, $number:ident => $of:expr) => {
        #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
        #[record(unordered)]
        struct $name {
            #[key]
            id: $key,
            #[index(unique)]
            mark: Option<u64>,
            #[index]
            group: u8,
            count: u64,
        }

        impl Sample for $name {
            const MARK: Unique<Self, u64> = $name::MARK;
            const GROUP: folio::Index<Self, u8> = $name::GROUP;

            fn key_of($number: u64) -> $key {
                $of
            }

            fn new(number: u64, mark: Option<u64>, group: u8) -> Self {
                Self { id: Self::key_of(number), mark, group, count: 0 }
            }

            fn mark(&self) -> Option<u64> {
                self.mark
            }

            fn group(&self) -> u8 {
                self.group
            }

            fn count_up(&mut self) {
                self.count += 1;
            }

            fn set(&mut self, mark: Option<u64>, group: u8) {
                (self.mark, self.group) = (mark, group);
            }
        }
    };
}

sample!(Numbered, u64, number => number);
sample!(Named, String, number => format!("{number:08} is a name of more than sixteen bytes"));
sample!(Placed, (String, u16), number => {
    (format!("{:04}", number / 4), u16::try_from(number % 4).expect("it is below 4"))
});
