//! Indexes are not stored: they come, go and change without any evolution.

use super::golden::Golden;
use folio::{Result, Store};

users! {
    struct Plain {
        #[key]
        id: u64,
        #[index]
        name: String,
        city: String,
    }
    #[record(index(by_city_name = (city, name)))]
    struct More {
        #[key]
        id: u64,
        #[index(unique)]
        name: String,
        #[index]
        city: String,
    }
    struct None {
        #[key]
        id: u64,
        name: String,
        city: String,
    }
}

/// A store in which a collection was opened by types that differ in their indexes alone has not got a
/// byte more.
#[test]
fn indexes_added_removed_and_changed() -> Result<()> {
    let names = [("Ada", "London"), ("Alan", "London"), ("Grace", "New York")];
    let all = (1..).zip(names);
    let plain: Vec<Plain> = all
        .clone()
        .map(|(id, (name, city))| Plain { id, name: name.into(), city: city.into() })
        .collect();
    let more: Vec<More> = all
        .clone()
        .map(|(id, (name, city))| More { id, name: name.into(), city: city.into() })
        .collect();
    let none: Vec<None> =
        all.map(|(id, (name, city))| None { id, name: name.into(), city: city.into() }).collect();
    let golden = Golden::written("indexes_added_removed_and_changed", &plain)?;
    let before = golden.files();
    {
        let store = Store::open(&golden.path)?;
        let users = store.collection::<More>()?;
        assert_eq!(users.find(More::NAME, "Ada").map(|user| user.id), Some(1));
        store.close()?;
    }
    Store::open(&golden.path)?.collection::<None>()?;
    assert!(golden.files() == before);
    golden.reads(&more, |users| {
        assert_eq!(users.find(More::NAME, "Alan").map(|user| user.id), Some(2));
        assert_eq!(users.by(More::CITY).count("London"), 2);
        assert_eq!(users.by(More::BY_CITY_NAME).prefix(("London", "Ada")).count(), 1);
    })?;
    golden.reads(&none, |_| ())?;
    golden.reads(&plain, |users| assert_eq!(users.by(Plain::NAME).count("Ada"), 1))?;
    Ok(())
}
