//! Fields that are added, removed, moved and renamed.

use super::golden::Golden;
use folio::{Result, Store};
use std::sync::atomic::{AtomicU32, Ordering};

users! {
    struct Plain {
        #[key]
        id: u64,
        #[index]
        name: String,
        logins: u32,
    }
}

fn plain(id: u64, name: &str, logins: u32) -> Plain {
    Plain { id, name: name.into(), logins }
}

fn plains() -> Vec<Plain> {
    vec![plain(1, "Ada", 3), plain(2, "Alan", 0), plain(300, "Grace", u32::MAX)]
}

#[test]
fn a_field_added_with_a_default() -> Result<()> {
    users! {
        struct Later {
            #[key]
            id: u64,
            #[serde(default)]
            #[index]
            city: String,
            name: String,
            logins: u32,
        }
    }
    let later = |Plain { id, name, logins }| Later { id, city: String::new(), name, logins };
    let expected: Vec<Later> = plains().into_iter().map(later).collect();
    let golden = Golden::written("field_added_with_a_default", &plains())?;
    golden.reads(&expected, |users| assert_eq!(users.by(Later::CITY).count(""), 3))?;
    // The earlier type does not see it.
    golden.reads(&plains(), |users| assert_eq!(users.by(Plain::NAME).count("Ada"), 1))?;
    Ok(())
}

/// A default that is another one each time it is asked for is asked once for each record, and what it
/// said then is what is stored.
#[test]
fn a_field_added_with_a_default_of_its_own() -> Result<()> {
    static COUNTER: AtomicU32 = AtomicU32::new(1);
    fn next() -> u32 {
        COUNTER.fetch_add(1, Ordering::Relaxed)
    }
    users! {
        struct Later {
            #[key]
            id: u64,
            name: String,
            logins: u32,
            #[serde(default = "next")]
            #[index(unique)]
            number: u32,
        }
    }
    let golden = Golden::written("field_added_with_a_default_of_its_own", &plains())?;
    let numbers = |store: &Store| -> Result<Vec<u32>> {
        Ok(store.collection::<Later>()?.view().iter().map(|user| user.number).collect())
    };
    // A program that can't write keeps what it saw first for as long as it has the store open.
    {
        let store = Store::options().read_only(true).open(&golden.path)?;
        let seen = numbers(&store)?;
        assert_eq!(numbers(&store)?, seen);
        let snapshot = store.snapshot().collection::<Later>()?;
        assert!(snapshot.iter().map(|user| user.number).eq(seen));
    }
    let kept = {
        let store = Store::open(&golden.path)?;
        // What a snapshot saw before the type was adopted is what is written.
        let snapshot = store.snapshot().collection::<Later>()?;
        let kept = numbers(&store)?;
        assert!(snapshot.iter().map(|user| user.number).eq(kept.iter().copied()));
        kept
    };
    let asked = COUNTER.load(Ordering::Relaxed);
    assert_eq!(asked, 7, "once for each of three records, in each of two openings");
    for _ in 0..3 {
        let store = Store::open(&golden.path)?;
        assert_eq!(numbers(&store)?, kept);
        let users = store.collection::<Later>()?;
        assert_eq!(users.find(Later::NUMBER, &kept[1]).map(|user| user.id), Some(2));
        users.update(&1, |user| user.logins += 1)?;
        store.close()?;
    }
    assert_eq!(COUNTER.load(Ordering::Relaxed), asked);
    Ok(())
}

#[test]
fn fields_added_by_the_default_of_the_type() -> Result<()> {
    users! {
        #[derive(Default)]
        #[serde(default)]
        struct Later {
            #[key]
            id: u64,
            name: String,
            logins: u32,
            #[index]
            tags: Vec<String>,
            admin: bool,
        }
    }
    let later = |Plain { id, name, logins }| Later { id, name, logins, ..Later::default() };
    let expected: Vec<Later> = plains().into_iter().map(later).collect();
    let golden = Golden::written("fields_added_by_the_default_of_the_type", &plains())?;
    golden.reads(&expected, |users| assert_eq!(users.by(Later::TAGS).count(&vec![]), 3))?;
    golden.reads(&plains(), |_| ())?;
    Ok(())
}

#[test]
fn a_field_added_as_an_option() -> Result<()> {
    users! {
        struct Later {
            #[key]
            id: u64,
            name: String,
            #[index]
            city: Option<String>,
            logins: u32,
        }
    }
    let later = |Plain { id, name, logins }| Later { id, name, city: None, logins };
    let expected: Vec<Later> = plains().into_iter().map(later).collect();
    let golden = Golden::written("field_added_as_an_option", &plains())?;
    golden.reads(&expected, |users| assert_eq!(users.by(Later::CITY).iter().count(), 0))?;
    golden.reads(&plains(), |_| ())?;
    Ok(())
}

#[test]
fn fields_removed() -> Result<()> {
    parts! {
        enum Kind {
            Guest,
            Member { since: u16, friends: Vec<Kind> },
            Bot(i8, [u16; 2]),
        }
    }
    users! {
        struct Earlier {
            first: (f32, f64, char, bool, i8, i128),
            #[key]
            id: u64,
            kinds: Vec<Option<Kind>>,
            notes: std::collections::BTreeMap<String, Vec<u8>>,
            name: String,
            last: u128,
        }
        struct Later {
            #[key]
            id: u64,
            #[index]
            name: String,
        }
    }
    let earlier = |id, name: &str| Earlier {
        first: (0.5, -1e300, 'ß', true, -1, i128::MIN),
        id,
        kinds: vec![
            None,
            Some(Kind::Member {
                since: 2_000,
                friends: vec![Kind::Guest, Kind::Bot(-1, [300, 1])],
            }),
        ],
        notes: [("a".to_owned(), vec![200, 1]), (name.to_owned(), vec![])].into(),
        name: name.into(),
        last: u128::MAX,
    };
    let golden = Golden::written("fields_removed", &[earlier(1, "Ada"), earlier(200, "Alan")])?;
    let expected = [Later { id: 1, name: "Ada".into() }, Later { id: 200, name: "Alan".into() }];
    golden.reads(&expected, |users| assert_eq!(users.by(Later::NAME).count("Alan"), 1))?;
    Ok(())
}

/// Passing over what nobody asks for had a limit to its depth that reading has not.
#[test]
fn a_removed_field_that_is_nested_deep() -> Result<()> {
    parts! {
        enum Chain { End, Link(Box<Chain>) }
        struct Tree { under: Vec<Tree>, nothing: ((), [(); 9]) }
    }
    users! {
        struct Earlier {
            #[key]
            id: u64,
            chain: Chain,
            tree: Tree,
            name: String,
        }
        struct Later {
            #[key]
            id: u64,
            #[index]
            name: String,
        }
    }
    let nothing = ((), [(); 9]);
    let chain = (0..800).fold(Chain::End, |chain, _| Chain::Link(Box::new(chain)));
    let leaf = Tree { under: vec![], nothing };
    let tree = (0..300).fold(leaf.clone(), |tree, _| Tree {
        under: vec![leaf.clone(), tree, leaf.clone()],
        nothing,
    });
    let golden = Golden::written(
        "removed_field_that_is_nested_deep",
        &[Earlier { id: 1, chain, tree, name: "Ada".into() }],
    )?;
    let expected = [Later { id: 1, name: "Ada".into() }];
    golden.reads(&expected, |users| assert_eq!(users.by(Later::NAME).count("Ada"), 1))?;
    Ok(())
}

/// Two of one type change places: nothing but their names tells them apart.
#[test]
fn fields_reordered() -> Result<()> {
    users! {
        struct Earlier {
            #[key]
            id: u64,
            first: String,
            last: String,
            age: u8,
        }
        struct Later {
            age: u8,
            #[index]
            last: String,
            first: String,
            #[key]
            id: u64,
        }
    }
    let golden = Golden::written(
        "fields_reordered",
        &[
            Earlier { id: 1, first: "Ada".into(), last: "Lovelace".into(), age: 36 },
            Earlier { id: 500, first: "Alan".into(), last: "Turing".into(), age: 41 },
        ],
    )?;
    let expected = [
        Later { age: 36, last: "Lovelace".into(), first: "Ada".into(), id: 1 },
        Later { age: 41, last: "Turing".into(), first: "Alan".into(), id: 500 },
    ];
    golden.reads(&expected, |users| assert_eq!(users.by(Later::LAST).count("Turing"), 1))?;
    Ok(())
}

#[test]
fn a_field_renamed_with_an_alias() -> Result<()> {
    users! {
        struct Later {
            #[key]
            id: u64,
            #[serde(alias = "label", alias = "name")]
            #[index]
            full_name: String,
            logins: u32,
        }
        struct Latest {
            #[key]
            #[serde(alias = "id")]
            number: u64,
            logins: u64,
            #[serde(alias = "name", alias = "full_name")]
            #[index]
            title: String,
        }
    }
    let later = |Plain { id, name, logins }| Later { id, full_name: name, logins };
    let latest =
        |Plain { id, name, logins }| Latest { number: id, logins: logins.into(), title: name };
    let golden = Golden::written("field_renamed_with_an_alias", &plains())?;
    let expected: Vec<Later> = plains().into_iter().map(later).collect();
    golden.reads(&expected, |users| assert_eq!(users.by(Later::FULL_NAME).count("Ada"), 1))?;
    // Some are stored under the first name now and some under the second.
    let expected: Vec<Latest> = plains().into_iter().map(latest).collect();
    golden.reads(&expected, |users| assert_eq!(users.by(Latest::TITLE).count("Ada"), 1))?;
    Ok(())
}

/// The field has another name in Rust and the same one in storage.
#[test]
fn a_field_renamed_in_rust_alone() -> Result<()> {
    users! {
        struct Later {
            #[key]
            id: u64,
            #[serde(rename = "name")]
            #[index]
            full_name: String,
            logins: u32,
        }
        #[serde(rename_all = "camelCase")]
        struct Camel {
            #[key]
            id: u64,
            #[serde(alias = "name")]
            #[index]
            full_name: String,
            #[serde(alias = "logins")]
            number_of_logins: u32,
        }
    }
    let golden = Golden::written("field_renamed_in_rust_alone", &plains())?;
    let before = golden.files();
    let later = |Plain { id, name, logins }| Later { id, full_name: name, logins };
    let expected: Vec<Later> = plains().into_iter().map(later).collect();
    {
        let store = Store::open(&golden.path)?;
        assert_eq!(store.collection::<Later>()?.get(&1).as_deref(), expected.first());
        store.close()?;
    }
    assert!(golden.files() == before, "nothing is new in it");
    golden.reads(&expected, |users| assert_eq!(users.by(Later::FULL_NAME).count("Ada"), 1))?;
    let camel =
        |Plain { id, name, logins }| Camel { id, full_name: name, number_of_logins: logins };
    let expected: Vec<Camel> = plains().into_iter().map(camel).collect();
    golden.reads(&expected, |users| assert_eq!(users.by(Camel::FULL_NAME).count("Ada"), 1))?;
    Ok(())
}

#[test]
fn the_record_type_renamed_in_rust() -> Result<()> {
    use folio::Record;
    use serde::{Deserialize, Serialize};

    #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "users")]
    struct Person {
        #[key]
        id: u64,
        #[index]
        name: String,
        logins: u32,
    }
    let person = |Plain { id, name, logins }| Person { id, name, logins };
    let expected: Vec<Person> = plains().into_iter().map(person).collect();
    let golden = Golden::written("record_type_renamed", &plains())?;
    golden.reads(&expected, |users| assert_eq!(users.by(Person::NAME).count("Ada"), 1))?;
    golden.reads(&plains(), |_| ())?;
    Ok(())
}
