//! Changes of meaning: records that are converted by `From` and `TryFrom`.

use super::golden::Golden;
use folio::{Record, Result, Store};
use serde::{Deserialize, Serialize};

users! {
    struct First {
        #[key]
        id: u64,
        name: String,
        cents: i64,
    }
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users", version = 2, from = First)]
#[serde(rename = "User")]
struct Second {
    #[key]
    id: u64,
    first: String,
    last: String,
    cents: i64,
}

impl From<First> for Second {
    fn from(First { id, name, cents }: First) -> Self {
        let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
        Self { id, first: first.into(), last: last.into(), cents }
    }
}

/// The third version has another key.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users", version = 3, from = Second)]
#[serde(rename = "User")]
struct Third {
    #[key]
    name: String,
    euros: f64,
}

impl From<Second> for Third {
    #[allow(clippy::cast_precision_loss, reason = "the sums of these users are small")]
    fn from(Second { id, first, last, cents }: Second) -> Self {
        Self { name: format!("{last}, {first} ({id})"), euros: cents as f64 / 100.0 }
    }
}

fn first() -> Vec<First> {
    let all = [(1, "Ada Lovelace", 1_250), (2, "Alan Turing", -50), (300, "Grace", 0)];
    all.map(|(id, name, cents)| First { id, name: name.into(), cents }).into()
}

fn second() -> Vec<Second> {
    first().into_iter().map(Second::from).collect()
}

fn third() -> Vec<Third> {
    let mut third: Vec<Third> = second().into_iter().map(Third::from).collect();
    third.sort_by(|left, right| left.name.cmp(&right.name));
    third
}

#[test]
fn from_one_version_to_the_next() -> Result<()> {
    let golden = Golden::written("migration_from_one_version_to_the_next", &first())?;
    golden.reads(&second(), |users| assert_eq!(users.get(&2).unwrap().last, "Turing"))?;
    let store = Store::open(&golden.path)?;
    let schema = store.collections()[0].schema.clone();
    assert!(schema.starts_with("User by u64, version 2\n"), "{schema}");
    Ok(())
}

#[test]
fn over_two_versions_at_once() -> Result<()> {
    let golden = Golden::written("migration_over_two_versions_at_once", &first())?;
    golden.reads(&third(), |users| {
        assert_eq!(users.keys().next().map(String::as_str), Some(", Grace (300)"));
    })?;
    Ok(())
}

#[test]
fn over_two_versions_one_by_one() -> Result<()> {
    let golden = Golden::written("migration_over_two_versions_one_by_one", &first())?;
    golden.reads(&second(), |_| ())?;
    golden.reads(&third(), |_| ())?;
    Ok(())
}

/// The earlier type had changed as well since records were stored as it, without another version.
#[test]
fn from_a_type_that_reads_by_name() -> Result<()> {
    users! {
        struct Earliest {
            #[key]
            id: u32,
            #[serde(rename = "title")]
            name: String,
            cents: i16,
        }
        struct Earlier {
            cents: i64,
            #[serde(alias = "title")]
            name: String,
            #[key]
            id: u64,
            city: Option<String>,
        }
    }

    #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "users", version = 7, from = Earlier)]
    #[serde(rename = "User")]
    struct Later {
        #[key]
        number: u64,
        text: String,
    }

    impl From<Earlier> for Later {
        fn from(Earlier { cents, name, id, city }: Earlier) -> Self {
            Self { number: id, text: format!("{name} {cents} {city:?}") }
        }
    }

    let golden = Golden::written(
        "migration_from_a_type_that_reads_by_name",
        &[
            Earliest { id: 1, name: "Ada".into(), cents: -300 },
            Earliest { id: u32::MAX, name: "Alan".into(), cents: 0 },
        ],
    )?;
    let expected = [
        Later { number: 1, text: "Ada -300 None".into() },
        Later { number: u64::from(u32::MAX), text: "Alan 0 None".into() },
    ];
    golden.reads(&expected, |_| ())?;
    Ok(())
}

/// The whole collection is in the new version once one record is: what the conversion makes of a record
/// another time does not matter.
#[test]
fn each_record_is_converted_once() -> Result<()> {
    use std::sync::atomic::{AtomicU64, Ordering};

    static COUNTER: AtomicU64 = AtomicU64::new(100);

    #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "users", version = 2, from = First)]
    #[serde(rename = "User")]
    struct Numbered {
        #[key]
        number: u64,
        name: String,
    }

    impl From<First> for Numbered {
        fn from(First { name, .. }: First) -> Self {
            Self { number: COUNTER.fetch_add(1, Ordering::Relaxed), name }
        }
    }

    let golden = Golden::written("migration_that_is_another_each_time", &first())?;
    let numbers = || -> Result<Vec<u64>> {
        let store = Store::open(&golden.path)?;
        let users = store.collection::<Numbered>()?.view();
        Ok(users.keys().copied().collect())
    };
    let before = COUNTER.load(Ordering::Relaxed);
    assert_eq!(numbers()?, [before, before + 1, before + 2]);
    assert_eq!(numbers()?, [before, before + 1, before + 2]);
    assert_eq!(COUNTER.load(Ordering::Relaxed), before + 3);
    Ok(())
}

/// So many that all cores take part.
#[test]
fn many_records() -> Result<()> {
    const MANY: u64 = 200_000;
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("store.folio");
    let name = |id: u64| format!("first{id} last{id}");
    {
        let store = Store::open(&path)?;
        let all = (0..MANY).map(|id| First { id, name: name(id), cents: 1 });
        store.collection::<First>()?.put_all(all)?;
    }
    for _ in 0..2 {
        let store = Store::open(&path)?;
        let users = store.collection::<Second>()?;
        assert_eq!(users.len() as u64, MANY);
        let is_right = |user: &Second| {
            user.first == format!("first{}", user.id) && user.last == format!("last{}", user.id)
        };
        assert!(users.view().iter().all(is_right));
        users.remove(&7)?;
        users.put(Second::from(First { id: 7, name: name(7), cents: 1 }))?;
    }
    Ok(())
}
