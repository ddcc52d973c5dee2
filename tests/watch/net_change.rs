//! Random histories, random pauses, all filters, against a model.

use crate::common::Random;
use crate::{User, apply, user};
use folio::{Change, Collection, Store, Watcher};
use std::collections::BTreeMap;
use std::time::Duration;

type Model = BTreeMap<u64, User>;

const CITIES: [&str; 3] = ["London", "Paris", "Rome"];

/// A watcher, what it should see of the collection, and what it was given so far.
struct Watched {
    name: &'static str,
    watcher: Watcher<User>,
    is_seen: fn(&User) -> bool,
    given: Model,
}

impl Watched {
    fn new(name: &'static str, watcher: Watcher<User>, is_seen: fn(&User) -> bool) -> Self {
        Self { name, watcher, is_seen, given: Model::new() }
    }

    fn look(&mut self, all: &Model, newest: folio::Version) {
        let seen = |model: &Model| -> Model {
            model
                .iter()
                .filter(|(_, user)| (self.is_seen)(user))
                .map(|(id, user)| (*id, user.clone()))
                .collect()
        };
        let expected = seen(all);
        let before = self.given.clone();
        match self.watcher.try_next() {
            None => assert_eq!(before, expected, "{}: nothing was given", self.name),
            Some(delta) => {
                assert_eq!(delta.version(), newest);
                assert!(delta.from() < delta.version());
                let changes: Vec<_> = delta.changes().collect();
                assert!(!changes.is_empty(), "{}: an empty delta", self.name);
                for change in &changes {
                    if let Change::Updated { old, new } = change {
                        assert_ne!(old, new, "{}: nothing changed", self.name);
                    }
                }
                apply(&mut self.given, changes.into_iter());
                assert_eq!(self.given, expected, "{}", self.name);
            }
        }
        assert_eq!(self.watcher.version(), newest);
        assert!(self.watcher.try_next().is_none(), "{}: given twice", self.name);
    }
}

fn watch_all(users: &Collection<User>) -> Vec<Watched> {
    vec![
        Watched::new("all", users.watch(), |_| true),
        Watched::new("key", users.watch().key(3), |user| user.id == 3),
        Watched::new("range", users.watch().range(4..9), |user| (4..9).contains(&user.id)),
        Watched::new("index", users.watch().index(User::CITY, "London"), |user| {
            user.city == "London"
        }),
        Watched::new("both", users.watch().range(..6).index(User::CITY, "Rome"), |user| {
            user.id < 6 && user.city == "Rome"
        }),
    ]
}

fn write(users: &Collection<User>, model: &mut Model, random: &mut Random) {
    let id = random.below(12);
    if random.below(4) == 0 {
        users.remove(&id).unwrap();
        model.remove(&id);
        return;
    }
    let city = CITIES[usize::try_from(random.below(3)).unwrap()];
    let record = user(id, city, u32::try_from(random.below(3)).unwrap());
    users.put(record.clone()).unwrap();
    model.insert(id, record);
}

#[test]
fn a_watcher_is_given_the_net_change_whenever_it_looks() {
    for seed in 0..40 {
        println!("seed {seed}");
        let mut random = Random::new(seed);
        let store = Store::in_memory();
        let users = store.collection::<User>().unwrap();
        let mut watched = watch_all(&users);
        let mut model = Model::new();
        for step in 0..60 {
            if step == seed {
                let londoners = users.watch().index(User::CITY, "London").with_existing();
                watched.push(Watched::new("existing", users.watch().with_existing(), |_| true));
                watched.push(Watched::new("both", londoners, |user| user.city == "London"));
            }
            write(&users, &mut model, &mut random);
            for watched in &mut watched {
                // Some look at once, some after a dozen commits.
                if random.below(6) == 0 {
                    watched.look(&model, store.version());
                }
            }
        }
        for watched in &mut watched {
            watched.look(&model, store.version());
        }
    }
}

#[test]
fn what_is_there_already_is_waited_for_only_if_nothing_is() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    assert!(users.watch().with_existing().next_timeout(Duration::ZERO).is_none());
    users.put(user(1, "Rome", 1)).unwrap();
    let mut watcher = users.watch().range(..5).with_existing();
    let delta = watcher.try_next().unwrap();
    assert_eq!((delta.from().number(), delta.version()), (0, store.version()));
    let ids: Vec<_> = delta.changes().map(|change| change.after().unwrap().id).collect();
    assert_eq!(ids, [1]);
    assert!(watcher.try_next().is_none());
    let mut none = users.watch().range(5..).with_existing();
    assert!(none.try_next().is_none());
    store.close().unwrap();
    let given: Vec<_> = users.watch().with_existing().collect();
    assert_eq!(given.len(), 1, "what is there is given behind the end, too");
}

#[test]
fn keys_by_prefix_and_documents() {
    let store = Store::in_memory();
    let settings = store.documents("settings").unwrap();
    let mut windows = settings.watch().prefix("window/");
    settings.set("zoom", &1).unwrap();
    assert!(windows.try_next().is_none());
    settings.set("window/main", &2).unwrap();
    settings.set("window/about", &3).unwrap();
    let delta = windows.try_next().unwrap();
    let keys: Vec<_> = delta.changes().map(|change| change.key()).collect();
    assert_eq!(keys, ["window/about", "window/main"]);
}

#[test]
fn the_store_says_which_collections_changed() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    let settings = store.documents("settings").unwrap();
    let mut watcher = store.watch();
    assert!(watcher.try_next().is_none());
    users.put(user(1, "Rome", 1)).unwrap();
    let delta = watcher.try_next().unwrap();
    assert_eq!(delta.collections(), ["users"]);
    settings.set("zoom", &1).unwrap();
    users.remove(&1).unwrap();
    let delta = watcher.try_next().unwrap();
    assert_eq!(delta.collections(), ["settings", "users"]);
    let changes: Vec<_> = delta.after().changes_since::<User>(delta.before()).unwrap().collect();
    assert!(matches!(&changes[..], [Change::Removed(user)] if user.id == 1));
    assert_eq!(delta.version(), store.version());
    assert!(watcher.try_next().is_none());
}

#[test]
fn a_watcher_that_stands_still_is_seen() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    assert_eq!((store.stats().watchers, store.stats().oldest_watched), (0, None));
    let at = store.version();
    let mut first = users.watch();
    for score in 0..5 {
        users.put(user(1, "Rome", score)).unwrap();
    }
    let second = store.watch();
    assert_eq!((store.stats().watchers, store.stats().oldest_watched), (2, Some(at)));
    assert!(first.try_next().is_some());
    assert_eq!(store.stats().oldest_watched, Some(store.version()));
    drop((first, second));
    assert_eq!((store.stats().watchers, store.stats().oldest_watched), (0, None));
}
