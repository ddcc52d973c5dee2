//! Typed references: stored as the key, looked up where they lead, and found by where they lead.

use folio::{Descriptor, Record, Ref, Result, Store};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "orgs")]
struct Org {
    #[key]
    id: u64,
    #[index]
    country: String,
}

mod plain {
    use super::{Deserialize, Record, Serialize};

    #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
    #[record(name = "users")]
    pub(crate) struct User {
        #[key]
        pub(crate) id: String,
        #[index]
        pub(crate) org: u64,
        #[index(hash)]
        pub(crate) chief: Option<String>,
    }
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users")]
struct User {
    #[key]
    id: String,
    #[index]
    org: Ref<Org>,
    #[index(hash)]
    chief: Option<Ref<User>>,
}

fn user(id: &str, org: u64, chief: Option<&str>) -> User {
    User { id: id.into(), org: Ref::new(org), chief: chief.map(|id| Ref::new(id.to_owned())) }
}

fn filled(store: &Store) -> Result<()> {
    store.collection::<Org>()?.put_all([
        Org { id: 1, country: "France".into() },
        Org { id: 2, country: "Japan".into() },
        Org { id: 3, country: "France".into() },
    ])?;
    store.collection::<User>()?.put_all([
        user("ada", 1, None),
        user("bob", 1, Some("ada")),
        user("cyd", 2, Some("ada")),
        user("dan", 3, Some("nobody")),
        user("eve", 9, Some("bob")),
    ])?;
    Ok(())
}

#[test]
fn a_reference_is_stored_and_described_as_the_key() -> Result<()> {
    assert_eq!(Descriptor::of::<Ref<Org>>().to_string(), Descriptor::of::<u64>().to_string());
    assert_eq!(
        Descriptor::of_record::<User>().to_string(),
        Descriptor::of_record::<plain::User>().to_string()
    );
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let store = Store::open(&path)?;
    let users = store.collection::<plain::User>()?;
    users.put(plain::User { id: "ada".into(), org: 1, chief: None })?;
    users.put(plain::User { id: "bob".into(), org: 7, chief: Some("ada".into()) })?;
    store.close()?;

    let store = Store::open(&path)?;
    let before = store.version();
    let users = store.collection::<User>()?;
    assert_eq!(users.query().collect().len(), 2);
    assert_eq!(users.get("bob").as_deref(), Some(&user("bob", 7, Some("ada"))));
    assert_eq!(store.version(), before, "nothing is converted");
    users.put(user("cyd", 8, None))?;
    store.close()?;

    let users = Store::open(&path)?.collection::<plain::User>()?;
    assert_eq!(users.get("cyd").map(|user| user.org), Some(8));
    Ok(())
}

#[test]
fn references_lead_to_records_in_every_context() -> Result<()> {
    let store = Store::in_memory();
    filled(&store)?;
    let (orgs, users) = (store.collection::<Org>()?, store.collection::<User>()?);
    let bob = users.get("bob").unwrap();
    assert_eq!(bob.org.get(&orgs).unwrap().country, "France");
    assert_eq!(bob.org.get(&orgs.view()).unwrap().country, "France");
    assert_eq!(bob.chief.as_ref().and_then(|chief| chief.get(&users)).unwrap().id, "ada");
    let dan = users.get("dan").unwrap();
    assert_eq!(dan.chief.as_ref().and_then(|chief| chief.get(&users)), None);
    let eve = users.get("eve").unwrap();
    assert_eq!(eve.org.get(&orgs), None);
    assert_eq!((eve.org.key(), eve.org.into_key()), (&9, 9));
    assert_eq!(format!("{:?} {:?}", eve.org, eve.chief), "orgs[9] Some(users[\"bob\"])");

    // A transaction depends on what it found by a reference, and on its absence.
    for change in [1, 9] {
        let tx = store.begin();
        let (orgs, users) = (tx.collection::<Org>()?, tx.collection::<User>()?);
        assert!(users.get("bob").unwrap().org.get(&orgs).is_some());
        assert!(users.get("eve").unwrap().org.get(&orgs).is_none());
        users.remove("cyd")?;
        store.collection::<Org>()?.put(Org { id: change, country: "Peru".into() })?;
        assert!(tx.commit().is_err_and(|error| error.is_conflict()));
        store.collection::<Org>()?.remove(&9)?;
    }
    Ok(())
}

#[test]
fn records_are_found_by_where_they_lead() -> Result<()> {
    let store = Store::in_memory();
    filled(&store)?;
    let snapshot = store.snapshot();
    let (orgs, users) = (snapshot.collection::<Org>()?, snapshot.collection::<User>()?);
    let ids = |found: Vec<&User>| found.iter().map(|user| user.id.clone()).collect::<Vec<_>>();
    let first = orgs.get(&1).unwrap();
    assert_eq!(ids(users.query().referring(User::ORG, first).collect()), ["ada", "bob"]);
    assert_eq!(users.by(User::ORG).get(&Ref::to(first)).count(), 2);
    let ada = users.get("ada").unwrap();
    assert_eq!(ids(users.query().referring(User::CHIEF, ada).collect()), ["bob", "cyd"]);

    // All users of organisations in a country.
    let french = orgs.query().eq(Org::COUNTRY, "France");
    let of_french = users.query().one_of(User::ORG, french.iter().map(Ref::to));
    assert_eq!(ids(of_french.collect()), ["ada", "bob", "dan"]);

    // Users with their organisations, without those that have none.
    let pairs = users.query();
    let pairs = pairs.iter().filter_map(|user| Some((user, user.org.get(&orgs)?)));
    let pairs: Vec<_> = pairs.map(|(user, org)| (user.id.as_str(), org.id)).collect();
    assert_eq!(pairs, [("ada", 1), ("bob", 1), ("cyd", 2), ("dan", 3)]);
    let per_org = users.query().group_count(User::ORG);
    assert_eq!(per_org.values().copied().collect::<Vec<_>>(), [2, 1, 1, 1]);
    Ok(())
}
