//! The record of the README, in a program that uses nothing but `folio` and `serde`.

use folio::{Record, Schema};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users")]
#[record(index(by_city_email = (city, email)))]
#[record(unique(active_email = email, when = |user| user.logins > 0))]
pub struct User {
    #[key]
    id: u64,
    #[index(unique)]
    email: String,
    #[index]
    city: String,
    #[index(each)]
    tags: Vec<String>,
    logins: u32,
    role: Role,
}

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Member,
    Admin { since: u32 },
}

fn main() {
    assert_eq!(User::NAME, "users");
    assert_eq!(User::BY_CITY_EMAIL.name(), "by_city_email");
}
