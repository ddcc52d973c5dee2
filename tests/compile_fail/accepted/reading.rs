//! What a type says of reading what earlier forms of it have stored.

#![deny(warnings)]

use folio::{Descriptor, Record, Schema};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
pub struct User {
    #[key]
    #[serde(alias = "number")]
    id: u64,
    #[serde(alias = "mail", alias = "e_mail", default = "nobody")]
    email: String,
    role: Role,
    place: Place,
    id_of: Transparent<u8>,
}

fn nobody() -> String {
    "nobody".into()
}

#[derive(Schema, Serialize, Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, rename_all = "snake_case", expecting = "a role")]
pub enum Role {
    #[default]
    #[serde(alias = "guest", alias = "Guest")]
    Member,
    Admin {
        #[serde(default, alias = "from")]
        since: u32,
    },
    Pair(u8, #[serde(default)] u8),
}

#[derive(Schema, Serialize, Deserialize, Clone, Default)]
#[serde(default)]
pub struct Place(i32, #[serde(default)] i32);

#[derive(Schema, Serialize, Deserialize, Clone, Default)]
#[serde(transparent)]
pub struct Transparent<T>(T);

fn main() {
    let text = Descriptor::of::<User>().to_string();
    assert!(text.contains("email: String"), "{text}");
    assert!(text.contains("id_of: u8"), "{text}");
}
