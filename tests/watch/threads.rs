//! Real writers, watchers that wait: all is given, and never half a commit.

use crate::{User, apply, user};
use folio::{Durability, Store};
use std::collections::BTreeMap;
use std::thread;

const WRITERS: u64 = 3;
const COMMITS: u64 = 200;

#[test]
fn watchers_beside_writers_come_to_the_last_version() {
    let directory = tempfile::tempdir().unwrap();
    let options = Store::options().durability(Durability::Write);
    for store in [options.clone().open(directory.path()).unwrap(), options.in_memory()] {
        let users = store.collection::<User>().unwrap();
        let watching: Vec<_> = (0..4)
            .map(|_| {
                let watcher = users.watch();
                thread::spawn(move || {
                    let mut model = BTreeMap::new();
                    for delta in watcher {
                        apply(&mut model, delta.changes());
                        // The two of a pair are written together.
                        for pair in 0..WRITERS {
                            let of = |id| model.get(&id).map(|user: &User| user.score);
                            assert_eq!(of(2 * pair), of(2 * pair + 1), "half a commit");
                        }
                    }
                    model
                })
            })
            .collect();
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let users = &users;
                scope.spawn(move || {
                    for commit in 0..COMMITS {
                        let score = u32::try_from(commit).unwrap();
                        let pair = [2 * writer, 2 * writer + 1].map(|id| user(id, "Rome", score));
                        users.put_all(pair).unwrap();
                    }
                });
            }
        });
        store.close().unwrap();
        let last: BTreeMap<_, _> =
            users.view().iter().map(|user| (user.id, user.clone())).collect();
        assert_eq!(last.len() as u64, 2 * WRITERS);
        for watcher in watching {
            assert_eq!(watcher.join().unwrap(), last);
        }
    }
}
