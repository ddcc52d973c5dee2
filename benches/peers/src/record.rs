//! The record that every store keeps: about 130 bytes in postcard, one unique and one non-unique
//! index. What a read hands out is always this type, never bytes.
//!
//! Emails ascend with the ids, and ten neighbouring ids share a city, so that a load appends to all
//! three trees: the kindest case for everybody.

use folio::{Hashed, Index, Indexes, Record, Schema, TypeRef, Types, Unique};
use serde::{Deserialize, Serialize};

/// How many records share a city after the load.
pub const RECORDS_PER_CITY: u64 = 10;

/// What is stored.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users")]
pub struct User {
    #[key]
    pub id: u64,
    #[index(unique)]
    pub email: String,
    #[index]
    pub city: String,
    pub tags: Vec<String>,
    pub score: f64,
    pub parent: Option<u32>,
    pub kind: Kind,
}

/// The same record, as Folio keeps it where nobody asks for an order: `#[record(unordered)]`,
/// `#[index(unique, hash)]` and `#[index(hash)]`, written out since the record is another type's.
#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(transparent)]
pub struct Unordered(pub User);

impl Unordered {
    pub const EMAIL: Unique<Self, String, Hashed> = Unique::comparing(
        "email",
        |record, emit| emit(record.0.email.clone()),
        |before, after| before.0.email == after.0.email,
    );
    pub const CITY: Index<Self, String, Hashed> = Index::comparing(
        "city",
        |record, emit| emit(record.0.city.clone()),
        |before, after| before.0.city == after.0.city,
    );
}

impl Schema for Unordered {
    fn describe(types: &mut Types) -> TypeRef {
        User::describe(types)
    }
}

impl Record for Unordered {
    type Key = u64;
    const NAME: &'static str = User::NAME;
    const UNORDERED: bool = true;

    fn key(&self) -> u64 {
        self.0.id
    }

    fn indexes() -> Indexes<Self> {
        Indexes::new().with(Self::EMAIL).with(Self::CITY)
    }

    fn key_fields() -> &'static [&'static str] {
        User::key_fields()
    }
}

/// An enum with a variant that has fields.
#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub enum Kind {
    Guest,
    Member { since: u32, note: String },
}

/// The record as it is loaded.
pub fn user(id: u64) -> User {
    user_in(id, id / RECORDS_PER_CITY, 0.5)
}

/// The record after it has moved to another city: its unique key stays, its other key changes.
pub fn user_in(id: u64, city_number: u64, score: f64) -> User {
    let note = "pays by the month, in advance".to_owned();
    let kind = if id.is_multiple_of(50) { Kind::Guest } else { Kind::Member { since: 2013, note } };
    User {
        id,
        email: email(id),
        city: city(city_number),
        tags: ["storage", "databases", "rust", "transactions"].map(str::to_owned).to_vec(),
        score,
        parent: Some(17),
        kind,
    }
}

/// The unique key of a record.
pub fn email(id: u64) -> String {
    format!("user{id:08}@example.org")
}

/// The non-unique key of a record.
pub fn city(number: u64) -> String {
    format!("city{number:07}")
}
