//! Record types that follow each other, converted by `From` and by `TryFrom`.

#![deny(warnings)]

use folio::Record;
use serde::{Deserialize, Serialize};

mod v1 {
    #[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]
    pub struct User {
        #[key]
        pub id: u64,
    }
}

mod v3 {
    #[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]
    #[record(name = "user", version = 3, from = super::v1::User)]
    pub struct User {
        #[key]
        pub id: u64,
        pub name: String,
    }

    impl From<super::v1::User> for User {
        fn from(old: super::v1::User) -> Self {
            Self { id: old.id, name: String::new() }
        }
    }
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(from = crate::v3::User, unique(by_name = name), version = 0x4)]
#[record(name = "user")]
pub struct User {
    #[key]
    id: u64,
    name: String,
    email: String,
}

#[derive(Debug)]
pub struct Nameless;

impl std::fmt::Display for Nameless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a user without a name")
    }
}

impl std::error::Error for Nameless {}

impl TryFrom<v3::User> for User {
    type Error = Nameless;

    fn try_from(old: v3::User) -> Result<Self, Nameless> {
        if old.name.is_empty() {
            return Err(Nameless);
        }
        Ok(Self { id: old.id, name: old.name, email: String::new() })
    }
}

/// The chain begins here.
#[derive(Record, Serialize, Deserialize, Clone)]
#[record(version = 2)]
pub struct Begun {
    #[key]
    id: u64,
}

fn main() {
    assert_eq!((v1::User::VERSION, v3::User::VERSION, User::VERSION), (1, 3, 4));
    assert!(v1::User::previous().is_none());
    assert!(v3::User::previous().is_some());
    assert!(User::previous().is_some());
    assert_eq!(Begun::VERSION, 2);
    assert!(Begun::previous().is_none());
}
