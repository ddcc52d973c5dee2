//! What is stored: one record of about 130 bytes in postcard, with 0, 1, 2 or 5 indexes or with a
//! key of another type, and one whose size can be chosen.

use folio::{Collection, Durability, Record, Store};
use serde::{Deserialize, Serialize};

/// Records per transaction of a load, where nothing says otherwise.
const BATCH_RECORDS: u64 = 10_000;

/// A record that can be made from its number.
pub(crate) trait Numbered: Record {
    /// A record has the same index keys for each `place`, and other ones in another place.
    fn make(number: u64, place: u64) -> Self;

    /// The key of the record of that number.
    fn key_of(number: u64) -> Self::Key;
}

/// Puts the records of the numbers below a limit into a collection, in the order of their keys.
pub(crate) fn fill<T: Numbered>(collection: &Collection<T>, count: u64) {
    fill_by(BATCH_RECORDS, collection, count);
}

/// The same, with so many records in each transaction.
pub(crate) fn fill_by<T: Numbered>(batch: u64, collection: &Collection<T>, count: u64) {
    for start in (0..count).step_by(batch.try_into().unwrap()) {
        let end = count.min(start + batch);
        collection.insert_all((start..end).map(|number| T::make(number, 0))).unwrap();
    }
}

/// One record, in a transaction of its own.
pub(crate) fn put<T: Record>(store: &Store, level: Durability, record: T) {
    let transaction = store.transaction().durability(level).begin();
    transaction.collection::<T>().unwrap().put(record).unwrap();
    transaction.commit().unwrap();
}

/// Random numbers (xorshift64, Marsaglia 2003), the same in every run.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(stream: u64) -> Self {
        Self(0x2545_F491_4F6C_DD1D ^ (stream << 1))
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// A key that can be made from the number of its record.
trait NumberedKey {
    fn from_number(number: u64) -> Self;
}

impl NumberedKey for u64 {
    fn from_number(number: u64) -> Self {
        number
    }
}

impl NumberedKey for String {
    fn from_number(number: u64) -> Self {
        format!("user{number:08}@example.org")
    }
}

macro_rules! numbered {
    ($(#[$about:meta])* $name:ident, $key:ty, [$($email:meta)?] [$($city:meta)?] [$($others:meta)?]) => {
        $(#[$about])*
        #[derive(Record, Serialize, Deserialize, Clone, Debug)]
        pub(crate) struct $name {
            #[key]
            id: $key,
            $(#[$email])?
            email: String,
            $(#[$city])?
            city: String,
            $(#[$others])?
            street: String,
            $(#[$others])?
            team: String,
            $(#[$others])?
            role: String,
            score: f64,
            parent: Option<u32>,
            note: String,
        }

        impl Numbered for $name {
            fn make(number: u64, place: u64) -> Self {
                Self {
                    id: NumberedKey::from_number(number),
                    email: format!("user{number:08}.{place:04}@example.org"),
                    city: format!("city{:07}", number / 10 + place),
                    street: format!("street{:07}", number / 20 + place),
                    team: format!("team{:07}", number / 50 + place),
                    role: format!("role{:07}", number / 100 + place),
                    score: 0.5,
                    parent: Some(17),
                    note: "pays by the month, in advance".to_owned(),
                }
            }

            fn key_of(number: u64) -> $key {
                NumberedKey::from_number(number)
            }
        }
    };
}

numbered!(
    /// No index.
    Plain, u64, [] [] []
);
numbered!(
    /// No index, and a string for a key.
    Named, String, [] [] []
);
numbered!(
    /// A unique index.
    OneIndex, u64, [index(unique)] [] []
);
numbered!(
    /// A unique index and a plain one, with ten records to a key.
    TwoIndexes, u64, [index(unique)] [index] []
);
numbered!(
    /// A unique index and four plain ones.
    FiveIndexes, u64, [index(unique)] [index] [index]
);

/// A record of the size that is asked for, and no index.
#[derive(Record, Serialize, Deserialize, Clone, Debug)]
pub(crate) struct Text {
    #[key]
    id: u64,
    text: String,
}

impl Text {
    /// A record whose value is so many bytes long.
    pub(crate) fn new(id: u64, bytes: u64) -> Self {
        Self { id, text: "x".repeat(bytes.try_into().unwrap()) }
    }
}
