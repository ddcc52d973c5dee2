//! Versions of a type between which there is no way.

use super::golden::Golden;
use folio::{Result, Schema};
use serde::{Deserialize, Serialize};

users! {
    struct First {
        #[key]
        id: u64,
        name: String,
    }
}

/// A type of a later version of the same form.
macro_rules! version {
    ($name:ident, $version:literal, $previous:expr) => {
        #[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
        #[serde(rename = "User")]
        struct $name {
            id: u64,
            name: String,
        }

        migrates!($name by id: u64, version $version, $previous);
    };
}

version!(SecondAlone, 2, None);
version!(Second, 2, Some(folio::Previous::of::<First>()));
version!(ThirdFromFirst, 3, Some(folio::Previous::of::<First>()));

impl From<First> for Second {
    fn from(First { id, name }: First) -> Self {
        Self { id, name }
    }
}

impl From<First> for ThirdFromFirst {
    fn from(First { id, name }: First) -> Self {
        Self { id, name }
    }
}

fn first() -> [First; 1] {
    [First { id: 1, name: "Ada".into() }]
}

#[test]
fn a_version_older_than_what_is_stored() -> Result<()> {
    let second = [Second { id: 1, name: "Ada".into() }];
    let golden = Golden::written("refused_older_version", &second)?;
    assert_eq!(
        golden.refuses::<_, First>(&second)?,
        "  version of User\n    - 2\n    + 1: use the newer program\n"
    );
    Ok(())
}

#[test]
fn a_version_that_migrates_from_nothing() -> Result<()> {
    let golden = Golden::written("refused_version_from_nothing", &first())?;
    assert_eq!(
        golden.refuses::<_, SecondAlone>(&first())?,
        "  version of User\n    \
           - 1\n    \
           + 2: say what it migrates from: `#[record(version = 2, from = …)]`\n"
    );
    Ok(())
}

/// Whoever skipped a version in the chain was told to use the newer program, which it was.
#[test]
fn a_version_that_migrates_from_older_ones_alone() -> Result<()> {
    let second = [Second { id: 1, name: "Ada".into() }];
    let golden = Golden::written("refused_version_in_a_gap", &second)?;
    assert_eq!(
        golden.refuses::<_, ThirdFromFirst>(&second)?,
        "  version of User\n    \
           - 2\n    \
           + 3: it migrates from version 1, and nothing tells how from 2; make it migrate from \
             version 2, and that from version 1\n"
    );
    Ok(())
}
