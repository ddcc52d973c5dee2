//! Stores whose records are in several forms.

use super::golden::Golden;
use folio::{Result, Store};

users! {
    struct First {
        #[key]
        id: u64,
        name: String,
    }
    struct Second {
        name: Option<String>,
        #[key]
        id: u64,
        city: Option<String>,
    }
    struct Third {
        #[key]
        id: u64,
        #[index]
        city: Option<String>,
        #[serde(alias = "name")]
        full_name: Option<String>,
        age: Option<u8>,
    }
    struct Last {
        #[key]
        id: u64,
        #[serde(alias = "name", alias = "full_name")]
        #[index]
        title: Option<String>,
        #[serde(default)]
        level: u8,
    }
}

#[test]
fn records_of_several_forms() -> Result<()> {
    let first: Vec<First> = (1..=4).map(|id| First { id, name: format!("user {id}") }).collect();
    let golden = Golden::written("records_of_several_forms", &first)?;
    {
        // Attached, and nothing written.
        let store = Store::open(&golden.path)?;
        assert_eq!(store.collection::<Second>()?.len(), 4);
    }
    {
        let store = Store::open(&golden.path)?;
        let users = store.collection::<Second>()?;
        users.update(&2, |user| user.city = Some("Rome".into()))?;
        users.update(&3, |user| user.city = Some("Oslo".into()))?;
        users.put(Second { name: None, id: 5, city: Some("Bonn".into()) })?;
    }
    {
        // The first type again, to which the cities are nothing. It wants names, which all have that
        // are left.
        let store = Store::open(&golden.path)?;
        store.collection::<Second>()?.update(&5, |user| user.name = Some("user 5".into()))?;
        store.collection::<Second>()?.remove(&5)?;
        assert!(store.collection::<First>().is_err(), "in one process a collection has one type");
    }
    let store = Store::open(&golden.path)?;
    let users = store.collection::<Third>()?;
    users.update(&3, |user| user.age = Some(33))?;
    users.put(Third { id: 6, city: None, full_name: None, age: None })?;
    drop((users, store));

    let store = Store::open(&golden.path)?;
    assert_eq!(store.collections()[0].records, 5);
    let view = store.collection::<Third>()?.view();
    let third = |id: u64, city: Option<&str>, age| Third {
        id,
        city: city.map(Into::into),
        full_name: Some(format!("user {id}")),
        age,
    };
    let expected = [
        third(1, None, None),
        third(2, Some("Rome"), None),
        third(3, Some("Oslo"), Some(33)),
        third(4, None, None),
        Third { id: 6, city: None, full_name: None, age: None },
    ];
    assert!(view.iter().eq(&expected), "{:?}", view.iter().collect::<Vec<_>>());
    assert_eq!(view.by(Third::CITY).count("Oslo"), 1);
    drop((view, store));

    let title = |id: u64| Some(format!("user {id}")).filter(|_| id != 6);
    let last: Vec<Last> = [1, 2, 3, 4, 6].map(|id| Last { id, title: title(id), level: 0 }).into();
    golden.reads(&last, |users| assert_eq!(users.by(Last::TITLE).count("user 3"), 1))?;
    Ok(())
}

/// A form of which nothing is left can't stand in the way.
#[test]
fn forms_of_removed_records_do_not_count() -> Result<()> {
    users! {
        struct Other {
            #[key]
            id: u64,
            name: Vec<u16>,
        }
    }
    let first = [First { id: 1, name: "Ada".into() }];
    let golden = Golden::written("forms_of_removed_records", &first)?;
    golden.refuses::<_, Other>(&first)?;
    Store::open(&golden.path)?.collection::<First>()?.clear()?;
    let store = Store::open(&golden.path)?;
    store.collection::<Other>()?.put(Other { id: 1, name: vec![300] })?;
    drop(store);
    golden.reads(&[Other { id: 1, name: vec![300] }], |_| ())?;
    Ok(())
}
