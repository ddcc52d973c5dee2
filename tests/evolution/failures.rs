//! Migrations that fail: the record is named, and nothing has happened.

use super::golden::Golden;
use folio::{Error, Result, Schema};
use serde::{Deserialize, Serialize};
use std::error::Error as _;

users! {
    struct First {
        #[key]
        name: String,
        age: String,
    }
}

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename = "User")]
struct Second {
    name: String,
    age: u8,
}

impl TryFrom<First> for Second {
    type Error = std::num::ParseIntError;

    fn try_from(First { name, age }: First) -> Result<Self, Self::Error> {
        Ok(Self { name, age: age.parse()? })
    }
}

migrates!(Second by name: String, version 2, from First);

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename = "User")]
struct Fifth {
    name: String,
    decade: u8,
}

impl TryFrom<Second> for Fifth {
    type Error = String;

    fn try_from(Second { name, age }: Second) -> Result<Self, Self::Error> {
        if age < 10 {
            return Err(format!("{name} is a child"));
        }
        Ok(Self { name, decade: age / 10 })
    }
}

migrates!(Fifth by name: String, version 5, from Second);

fn user(name: &str, age: &str) -> First {
    First { name: name.into(), age: age.into() }
}

#[test]
fn a_record_that_cannot_be_migrated() -> Result<()> {
    let first = [user("Ada", "36"), user("Alan", "forty-one"), user("Grace", "85")];
    let golden = Golden::written("migration_that_fails", &first)?;
    let error = golden.fails::<_, Second>(&first)?;
    let Error::Migration { collection, key, from, to, source } = &error else {
        panic!("{error:?}")
    };
    assert_eq!((collection.as_str(), *from, *to), ("users", 1, 2));
    assert!(key == "\"Alan\"" || *key == format!("{:?}", b"\x04Alan"), "{key}");
    assert_eq!(source.to_string(), "invalid digit found in string");
    assert!(error.source().unwrap().is::<std::num::ParseIntError>());
    assert_eq!(
        error.to_string(),
        format!(
            "the record with key {key} of collection `users` can't be migrated from version 1 of its \
             type to version 2: invalid digit found in string; nothing was changed"
        )
    );
    Ok(())
}

/// The versions are those of the step that failed.
#[test]
fn a_record_that_cannot_be_migrated_further() -> Result<()> {
    let first = [user("Ada", "36"), user("Alan", "4"), user("Grace", "85")];
    let golden = Golden::written("migration_that_fails_later", &first)?;
    let error = golden.fails::<_, Fifth>(&first)?;
    let Error::Migration { from, to, source, .. } = &error else { panic!("{error:?}") };
    assert_eq!((*from, *to, source.to_string().as_str()), (2, 5, "Alan is a child"));
    // The step before can be taken.
    let second = [("Ada", 36), ("Alan", 4), ("Grace", 85)]
        .map(|(name, age)| Second { name: name.into(), age });
    golden.reads(&second, |_| ())?;
    let error = golden.fails::<_, Fifth>(&second)?;
    assert!(matches!(error, Error::Migration { from: 2, to: 5, .. }), "{error:?}");
    Ok(())
}
