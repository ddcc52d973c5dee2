//! Tasks are woken by what concerns them, once.

use crate::{User, user};
use folio::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Counted(AtomicUsize);

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Counted {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn a_commit_wakes_those_of_its_collection_once() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    let settings = store.documents("settings").unwrap();
    let counted = Arc::new(Counted::default());
    let waker = Waker::from(counted.clone());
    let context = Context::from_waker(&waker);

    let mut watcher = users.watch();
    assert!(watcher.poll_next(&context).is_pending());
    settings.set("zoom", &1).unwrap();
    assert_eq!(counted.count(), 0, "another collection");
    users.put(user(1, "Rome", 1)).unwrap();
    assert_eq!(counted.count(), 1);
    users.put(user(2, "Rome", 1)).unwrap();
    assert_eq!(counted.count(), 1, "it has not asked again");
    let Poll::Ready(Some(delta)) = watcher.poll_next(&context) else { panic!("nothing is ready") };
    assert_eq!(delta.changes().count(), 2);
    assert!(watcher.poll_next(&context).is_pending());
    store.close().unwrap();
    assert_eq!(counted.count(), 2);
    assert!(matches!(watcher.poll_next(&context), Poll::Ready(None)));
}

#[test]
fn a_watcher_that_is_dropped_is_not_woken() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    let counted = Arc::new(Counted::default());
    let waker = Waker::from(counted.clone());
    let mut watcher = store.watch();
    assert!(watcher.poll_next(&Context::from_waker(&waker)).is_pending());
    drop(watcher);
    users.put(user(1, "Rome", 1)).unwrap();
    assert_eq!(counted.count(), 0);
}
