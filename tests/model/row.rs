//! The record: a key of two parts, and an index of every kind, in order and by hash. Its values are few,
//! so that random ones meet.

use folio::Record;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[record(name = "rows")]
#[record(index(by_color_size = (color, size)))]
#[record(index(active_size = size, when = |row| row.is_active))]
#[record(unique(by_color_badge = (color, badge), when = |row| row.is_active))]
#[record(index(hash_color_size = (color, size), hash, when = |row| row.is_active))]
#[record(unique(hash_color_badge = (color, badge), when = |row| row.is_active, hash))]
pub(crate) struct Row {
    #[key]
    pub(crate) shelf: u8,
    #[key]
    pub(crate) name: String,
    #[index]
    pub(crate) color: u8,
    pub(crate) size: i8,
    #[index]
    #[index(hash, name = "hash_title")]
    pub(crate) title: String,
    #[index(each)]
    #[index(each, hash, name = "hash_tags")]
    pub(crate) tags: Vec<u8>,
    #[index(unique)]
    pub(crate) badge: u8,
    #[index]
    pub(crate) owner: Option<u8>,
    #[index(unique, hash)]
    pub(crate) nickname: Option<String>,
    #[index(unique, each)]
    #[index(unique, each, hash, name = "hash_seats")]
    pub(crate) seats: Vec<u8>,
    pub(crate) is_active: bool,
}

pub(crate) type Key = (u8, String);

pub(crate) fn key() -> impl Strategy<Value = Key> {
    (0..4_u8, "[a-c]{0,2}")
}

pub(crate) fn row() -> impl Strategy<Value = Row> {
    let plain = (key(), 0..4_u8, -3..4_i8, "[ab]{0,3}", prop::collection::vec(0..5_u8, 0..4));
    // Many of these values, since each may be there once only.
    let unique =
        (any::<u8>(), prop::option::of("[a-d]{1,2}"), prop::collection::vec(any::<u8>(), 0..2));
    let rest = (prop::option::of(0..4_u8), any::<bool>());
    (plain, unique, rest).prop_map(|(plain, unique, rest)| {
        let ((shelf, name), color, size, title, tags) = plain;
        let (badge, nickname, seats) = unique;
        let (owner, is_active) = rest;
        Row { shelf, name, color, size, title, tags, badge, owner, nickname, seats, is_active }
    })
}
