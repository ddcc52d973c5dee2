//! Keys whose types change.

use super::golden::Golden;
use folio::{Result, Store};

parts! {
    struct Id(u64);
    struct Place { country: String, city: String }
    #[serde(rename = "Place")]
    struct Moved { city: String, country: String }
    enum Kind { Cat(u8), Dog(u8) }
    #[serde(rename = "Kind")]
    enum Kinds { Bird, Dog(u8), Cat(u8) }
}

users! {
    struct Small {
        #[key]
        id: u8,
        name: String,
    }
    struct Middle {
        #[key]
        id: u32,
        name: String,
    }
    struct Large {
        #[key]
        id: u64,
        #[index]
        name: String,
    }
}

fn small() -> Vec<Small> {
    [0, 1, 127, 128, 255].map(|id| Small { id, name: format!("user {id}") }).into()
}

/// All integers but single bytes have one encoding, whatever their width.
#[test]
fn a_key_widened_that_is_stored_alike() -> Result<()> {
    let ids = [0, 127, 128, 300, u32::MAX];
    let middle = ids.map(|id| Middle { id, name: format!("user {id}") });
    let large = ids.map(|id| Large { id: id.into(), name: format!("user {id}") });
    let golden = Golden::written("key_widened_that_is_stored_alike", &middle)?;
    golden.reads(&large, |users| assert_eq!(users.by(Large::NAME).count("user 300"), 1))?;
    Ok(())
}

/// The last operation on a key is found by its bytes, so there must not be two encodings of one key
/// in the log: records that are put again or removed under the wider key must not come back.
#[test]
fn a_key_widened_that_is_stored_otherwise() -> Result<()> {
    let large = |Small { id, name }| Large { id: id.into(), name };
    let large: Vec<Large> = small().into_iter().map(large).collect();
    let golden = Golden::written("key_widened_that_is_stored_otherwise", &small())?;
    {
        let copy = Golden::copied(&golden.path);
        let store = Store::open(&copy.path)?;
        let users = store.collection::<Large>()?;
        users.update(&255, |user| user.name = "changed".into())?;
        users.remove(&128)?;
        users.put(Large { id: 16_513, name: "two bytes that were two records".into() })?;
        drop((users, store));
        let store = Store::open(&copy.path)?;
        let users = store.collection::<Large>()?;
        assert_eq!(users.view().keys().copied().collect::<Vec<_>>(), [0, 1, 127, 255, 16_513]);
        assert_eq!(users.get(&255).unwrap().name, "changed");
    }
    golden.reads(&large, |users| assert_eq!(users.by(Large::NAME).count("user 255"), 1))?;
    Ok(())
}

#[test]
fn a_key_wrapped_in_a_newtype() -> Result<()> {
    users! {
        struct Wrapped {
            #[key]
            id: Id,
            #[index]
            name: String,
        }
    }
    let ids = [0, 127, 128, u32::MAX];
    let middle = ids.map(|id| Middle { id, name: format!("user {id}") });
    let wrapped = ids.map(|id| Wrapped { id: Id(id.into()), name: format!("user {id}") });
    let golden = Golden::written("key_wrapped_in_a_newtype", &middle)?;
    golden.reads(&wrapped, |users| assert_eq!(users.by(Wrapped::NAME).count("user 0"), 1))?;
    Ok(())
}

#[test]
fn a_key_renamed() -> Result<()> {
    users! {
        struct Renamed {
            #[key]
            #[serde(alias = "id")]
            number: u64,
            #[index]
            name: String,
        }
    }
    let renamed = |Small { id, name }| Renamed { number: id.into(), name };
    let renamed: Vec<Renamed> = small().into_iter().map(renamed).collect();
    let golden = Golden::written("key_renamed", &small())?;
    golden.reads(&renamed, |users| assert_eq!(users.by(Renamed::NAME).count("user 0"), 1))?;
    Ok(())
}

#[test]
fn a_key_of_several_parts_widened() -> Result<()> {
    users! {
        struct Earlier {
            #[key]
            city: String,
            #[key]
            number: u8,
            text: String,
        }
        struct Later {
            text: String,
            #[key]
            city: String,
            #[key]
            #[index]
            number: u16,
        }
    }
    let keys = [("Oslo", 255_u8), ("Rome", 0), ("Rome", 128)];
    let earlier =
        keys.map(|(city, number)| Earlier { city: city.into(), number, text: "t".into() });
    let later = keys.map(|(city, number)| Later {
        text: "t".into(),
        city: city.into(),
        number: number.into(),
    });
    let golden = Golden::written("key_of_several_parts_widened", &earlier)?;
    golden.reads(&later, |users| assert_eq!(users.by(Later::NUMBER).count(&255), 1))?;
    Ok(())
}

/// What is sorted by country and then by city becomes sorted the other way round.
#[test]
fn a_key_whose_fields_are_reordered() -> Result<()> {
    users! {
        struct Earlier {
            #[key]
            place: Place,
            #[index]
            mayor: String,
        }
        struct Later {
            #[key]
            place: Moved,
            #[index]
            mayor: String,
        }
    }
    let earlier = |country: &str, city: &str| Earlier {
        place: Place { country: country.into(), city: city.into() },
        mayor: "m".into(),
    };
    let later = |city: &str, country: &str| Later {
        place: Moved { city: city.into(), country: country.into() },
        mayor: "m".into(),
    };
    let golden = Golden::written(
        "key_whose_fields_are_reordered",
        &[earlier("France", "Paris"), earlier("Italy", "Rome"), earlier("Norway", "Oslo")],
    )?;
    let expected = [later("Oslo", "Norway"), later("Paris", "France"), later("Rome", "Italy")];
    golden.reads(&expected, |users| assert_eq!(users.by(Later::MAYOR).count("m"), 3))?;
    Ok(())
}

#[test]
fn a_key_that_is_an_enum_with_variants_added() -> Result<()> {
    users! {
        struct Earlier {
            #[key]
            kind: Kind,
            #[index]
            name: String,
        }
        struct Later {
            #[key]
            kind: Kinds,
            #[index]
            name: String,
        }
    }
    let earlier = |kind| Earlier { kind, name: "n".into() };
    let later = |kind| Later { kind, name: "n".into() };
    let golden = Golden::written(
        "key_that_is_an_enum_with_variants_added",
        &[earlier(Kind::Cat(1)), earlier(Kind::Cat(2)), earlier(Kind::Dog(1))],
    )?;
    let expected = [later(Kinds::Dog(1)), later(Kinds::Cat(1)), later(Kinds::Cat(2))];
    golden.reads(&expected, |users| assert_eq!(users.by(Later::NAME).count("n"), 3))?;
    let _ = Kinds::Bird;
    Ok(())
}

/// Only evolutions that choose values, or that encode keys in another way, write the records again.
#[test]
fn what_is_written_anew() -> Result<()> {
    // The heads of some frames.
    const LITTLE: usize = 400;
    users! {
        struct Optional {
            #[key]
            id: u32,
            name: Option<String>,
            city: Option<String>,
        }
        struct Filled {
            #[key]
            id: u32,
            name: String,
            #[serde(default)]
            city: String,
        }
    }
    let small: Vec<Small> = (0..=255).map(|id| Small { id, name: format!("user {id}") }).collect();
    let middle: Vec<Middle> =
        (0..=255).map(|id| Middle { id, name: format!("user {id}") }).collect();
    let small = || Golden::written("what_is_written_anew", &small);
    let middle = || Golden::written("what_is_not_written_anew", &middle);
    assert_eq!(added::<Middle>(&middle()?)?, 0);
    assert!(added::<Large>(&middle()?)? < LITTLE);
    assert!(added::<Optional>(&middle()?)? < LITTLE);
    assert!(added::<Filled>(&middle()?)? > 256 * 10);
    assert_eq!(added::<Small>(&small()?)?, 0);
    assert!(added::<Middle>(&small()?)? > 256 * 10);
    Ok(())
}

/// The bytes that attaching a type adds to the log beside its descriptor.
fn added<T: folio::Record>(golden: &Golden) -> Result<usize> {
    let size = |golden: &Golden| golden.files().values().map(Vec::len).sum::<usize>();
    let before = size(golden);
    let store = Store::open(&golden.path)?;
    store.collection::<T>()?;
    let known = store.collections();
    let descriptor = known.iter().map(|known| known.descriptor.as_bytes().len()).sum();
    store.close()?;
    Ok((size(golden) - before).saturating_sub(descriptor))
}
