//! Keys that are refused.

use super::golden::Golden;
use folio::{Error, Result, Store};

parts! {
    struct Place { country: String, city: String }
    #[serde(rename = "Place")]
    struct Country { country: String }
    enum Kind { Cat(u8), Dog(u8) }
    #[serde(rename = "Kind")]
    enum Dogs { Dog(u8) }
}

users! {
    struct Earlier {
        #[key]
        id: u64,
        other: u64,
        name: String,
    }
    struct OtherKey {
        id: u64,
        #[key]
        other: u64,
        name: String,
    }
    struct OtherType {
        id: u64,
        other: u64,
        #[key]
        name: String,
    }
    struct MoreParts {
        #[key]
        id: u64,
        #[key]
        other: u64,
        name: String,
    }
}

fn earlier() -> Vec<Earlier> {
    vec![Earlier { id: 7, other: 9, name: "Ada".into() }]
}

/// The types of both keys are the same, so only the records show it.
#[test]
fn another_field_of_the_same_type() -> Result<()> {
    let golden = Golden::written("refused_key_in_another_field", &earlier())?;
    assert_eq!(
        golden.refuses::<_, OtherKey>(&earlier())?,
        "  the key of a record\n    - 7\n    + 9: keep the field that is the key\n"
    );
    Ok(())
}

#[test]
fn another_field_of_another_type() -> Result<()> {
    let golden = Golden::written("refused_key_of_another_type", &earlier())?;
    let advice = "the key is of another type; keep the field that is the key, or migrate: \
                  `#[record(version = …, from = …)]`";
    assert_eq!(
        golden.refuses::<_, OtherType>(&earlier())?,
        format!("  key of User\n    - u64\n    + String: {advice}\n")
    );
    assert_eq!(
        golden.refuses::<_, MoreParts>(&earlier())?,
        format!("  key of User\n    - u64\n    + (u64, u64): {advice}\n")
    );
    Ok(())
}

#[test]
fn two_keys_that_become_one() -> Result<()> {
    users! {
        struct Places {
            #[key]
            place: Place,
        }
        struct Countries {
            #[key]
            place: Country,
        }
    }
    let place = |country: &str, city: &str| Places {
        place: Place { country: country.into(), city: city.into() },
    };
    let country = |country: &str| Countries { place: Country { country: country.into() } };
    let two = [place("France", "Lyon"), place("France", "Paris"), place("Italy", "Rome")];
    let golden = Golden::written("refused_keys_that_become_one", &two)?;
    assert_eq!(
        golden.refuses::<_, Countries>(&two)?,
        "  the key of a record\n    \
           - several keys\n    \
           + {\"country\":\"France\"} for all of them: keep what tells them apart\n"
    );
    // Where there are no two, the key may get shorter.
    Store::open(&golden.path)?.collection::<Places>()?.remove(&two[0].place)?;
    golden.reads(&[country("France"), country("Italy")], |_| ())?;
    Ok(())
}

/// A variant that only the key has was met as a record that can't be decoded, without a word of what to
/// do about it.
#[test]
fn a_key_with_a_variant_that_was_removed() -> Result<()> {
    users! {
        struct Pets {
            #[key]
            kind: Kind,
        }
        struct DogsAlone {
            #[key]
            kind: Dogs,
        }
    }
    let pets = [Pets { kind: Kind::Cat(1) }, Pets { kind: Kind::Dog(2) }];
    let golden = Golden::written("refused_key_with_a_removed_variant", &pets)?;
    let diff = golden.refuses::<_, DogsAlone>(&pets)?;
    let fixed = "  User.kind\n    \
                   - Cat, a variant\n    \
                   + nothing: keep the variant, or migrate the records that have it\n  \
                   met in the record with key ";
    assert!(diff.starts_with(fixed), "{diff}");
    let golden = Golden::written("refused_key_with_a_removed_variant", &pets)?;
    Store::open(&golden.path)?.collection::<Pets>()?.remove(&Kind::Cat(1))?;
    golden.reads(&[DogsAlone { kind: Dogs::Dog(2) }], |_| ())?;
    Ok(())
}

/// A default that is another one each time can't be what records are found by.
#[test]
fn a_key_that_is_filled_in() -> Result<()> {
    users! {
        struct NewKey {
            id: u64,
            other: u64,
            name: String,
            #[key]
            #[serde(default)]
            number: u64,
        }
    }
    let golden = Golden::written("refused_key_that_is_filled_in", &earlier())?;
    assert_eq!(
        golden.refuses::<_, NewKey>(&earlier())?,
        "  the key of a record\n    - 7\n    + 0: keep the field that is the key\n"
    );
    Ok(())
}

/// What is attached stays what it is for as long as the store is open.
#[test]
fn a_collection_that_is_attached_already() -> Result<()> {
    users! {
        struct Later {
            #[key]
            id: u64,
            other: u64,
            name: Option<String>,
        }
    }
    let golden = Golden::written("refused_while_it_is_attached", &earlier())?;
    let store = Store::open(&golden.path)?;
    store.collection::<Earlier>()?;
    let Err(Error::SchemaMismatch { diff, .. }) = store.collection::<Later>() else {
        panic!("two types at once");
    };
    assert_eq!(
        diff,
        "  the collection is attached as another Rust type: use one type in one process\n"
    );
    Ok(())
}
