//! The sweeper: it removes what is expired and nothing else, in small commits, at a cost that only what it
//! removes adds to.

use crate::common::{Random, seed, wait_until};
use crate::{Session, clock_at, ids, second, session, unswept};
use folio::simulation::{Disk, Fault, Operation};
use folio::{Collection, Deadline, Error, Options, Record, Schema, Store};
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

/// A store whose sweeper goes on at once.
fn swept(clock: &folio::simulation::Clock) -> Options {
    Store::options().clock(clock).sweep_interval(Duration::ZERO)
}

#[test]
fn what_is_expired_goes_in_the_background_in_small_commits() {
    let clock = clock_at(100);
    let store = swept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    let others = store.collection_named::<Session>("others").unwrap();
    sessions.put_all((0..1_000).map(|id| session(id, 110))).unwrap();
    sessions.put_all((1_000..1_100).map(|id| session(id, 120))).unwrap();
    others.put_all((0..10).map(|id| session(id, 110))).unwrap();
    let (before, held) = (store.stats(), sessions.view());
    assert_eq!(before.swept, 0);

    clock.set(second(110));
    wait_until("the expired records are swept", || store.stats().swept == 1_010);
    let after = store.stats();
    // At most 256 records in each: four of the one collection, one of the other.
    assert_eq!(after.commits - before.commits, 5);
    assert!(ids(&sessions).into_iter().eq(1_000..1_100));
    assert!(others.is_empty());
    assert_eq!(held.len(), 1_100);
    assert_eq!(store.sweep().unwrap(), 0);

    clock.set(second(120));
    wait_until("the others are swept", || store.stats().swept == 1_110);
    assert_eq!(store.collections().iter().map(|of| of.records).sum::<usize>(), 0);
}

/// The sweeper sleeps for the first deadline. A commit that brings an earlier one must wake it: nothing
/// else does, since the clock stands still.
#[test]
fn an_earlier_deadline_wakes_the_sweeper() {
    let clock = clock_at(100);
    let store = swept(&clock).in_memory();
    let sessions = store.collection::<Session>().unwrap();
    sessions.put(session(1, 500)).unwrap();
    for id in 2..50 {
        sessions.put(session(id, 90)).unwrap();
        wait_until("the record is swept", || store.stats().swept == id - 1);
    }
    assert_eq!(ids(&sessions), [1]);
}

#[test]
fn a_collection_that_is_opened_late_is_swept() {
    let (disk, clock) = (Disk::new(), clock_at(100));
    let store = unswept(&clock).open_simulated(&disk).unwrap();
    for name in ["some", "others"] {
        store.collection_named(name).unwrap().put_all([session(1, 110), session(2, 500)]).unwrap();
    }
    store.close().unwrap();
    drop(store);
    clock.set(second(120));
    let store = swept(&clock).open_simulated(&disk).unwrap();
    store.collection_named::<Session>("some").unwrap();
    wait_until("the first is swept", || store.stats().swept == 1);
    // In a transaction alone.
    store.transact(|tx| tx.collection_named::<Session>("others").map(drop)).unwrap();
    wait_until("the second is swept", || store.stats().swept == 2);
}

#[test]
fn closing_ends_the_sweeper_whatever_it_does() {
    let (disk, clock) = (Disk::new(), clock_at(100));
    for round in 0..20 {
        let store = swept(&clock).open_simulated(&disk).unwrap();
        let sessions = store.collection::<Session>().unwrap();
        sessions.put_all((0..2_000).map(|id| session(id, 110 + id % 2 * 1_000))).unwrap();
        // Asleep, awake, or at it.
        if round % 2 == 0 {
            clock.set(second(110));
        }
        if round % 4 < 2 {
            store.close().unwrap();
            assert!(sessions.view().keys().all(|id| id % 2 == 1 || round % 2 == 1));
        }
        // The last handle closes the store, so it can be opened again at once.
        drop((store, sessions));
        clock.set(second(100));
    }
}

#[test]
fn a_store_that_can_not_write_is_not_swept() {
    let (disk, clock) = (Disk::new(), clock_at(100));
    let store = swept(&clock).open_simulated(&disk).unwrap();
    let sessions = store.collection::<Session>().unwrap();
    sessions.put_all([session(1, 110), session(2, 500)]).unwrap();
    disk.fail(Fault::on(Operation::Write).forever());
    clock.set(second(110));
    wait_until("the sweeper has failed", || matches!(store.sync(), Err(Error::Poisoned { .. })));
    assert_eq!(ids(&sessions), [2]);
    assert!(matches!(store.sweep(), Err(Error::Poisoned { .. })));
    assert!(matches!(store.close(), Err(Error::Poisoned { .. })));
}

thread_local! {
    /// How often this thread asked a record for its deadline.
    static ASKED: Cell<usize> = const { Cell::new(0) };
    /// What happens when it is asked next.
    static HOOK: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
}

/// A deadline that notices being asked for.
#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Noticed(SystemTime);

impl Deadline for Noticed {
    fn deadline(&self) -> Option<SystemTime> {
        ASKED.set(ASKED.get() + 1);
        let hook = HOOK.with_borrow_mut(Option::take);
        if let Some(hook) = hook {
            hook();
        }
        Some(self.0)
    }
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "offers", expires = until)]
struct Offer {
    #[key]
    id: u64,
    until: Noticed,
}

fn offer(id: u64, until: u64) -> Offer {
    Offer { id, until: Noticed(second(until)) }
}

/// Looks at records are counted, and how many there are makes no difference.
#[test]
fn the_work_of_a_sweep_is_that_of_the_expired_records() {
    let asked = [1_000, 20_000].map(|alive| {
        let clock = clock_at(100);
        let store = unswept(&clock).in_memory();
        let offers = store.collection::<Offer>().unwrap();
        // Deadlines before and behind those of the ones that expire, in all parts of the keys.
        let until =
            |id: u64| if id.is_multiple_of(alive / 500) { 200 + id % 10 } else { 1_000 + id };
        offers.put_all((0..alive).map(|id| offer(id, until(id)))).unwrap();
        clock.set(second(300));
        ASKED.set(0);
        assert_eq!(offers.sweep().unwrap(), 500);
        let asked = ASKED.get();
        assert_eq!(offers.sweep().unwrap(), 0);
        assert_eq!(ASKED.get(), asked, "nothing is expired, and nothing is looked at");
        asked
    });
    assert_eq!(asked[0], asked[1], "for ten times the records");
    assert!(asked[0] <= 4 * 500, "{} looks at 500 records", asked[0]);
}

/// The sweeper has found a record expired and is about to remove it when somebody revives it.
#[test]
fn a_record_that_is_revived_meanwhile_is_not_swept() {
    let clock = clock_at(100);
    let store = unswept(&clock).in_memory();
    let offers = store.collection::<Offer>().unwrap();
    offers.put_all((0..10).map(|id| offer(id, 110))).unwrap();
    clock.set(second(110));
    let revive = offers.clone();
    HOOK.set(Some(Box::new(move || drop(revive.put(offer(3, 500)).unwrap()))));
    let conflicts = store.stats().conflicts;
    assert_eq!(offers.sweep().unwrap(), 9);
    assert!(HOOK.with_borrow(Option::is_none), "the record was revived");
    assert_eq!(offers.get(&3).as_deref(), Some(&offer(3, 500)));
    assert_eq!(offers.len(), 1);
    assert_eq!(store.stats().conflicts, conflicts, "no transaction of anybody's was refused");
}

/// Sessions are prolonged at the last moment or revived just behind it, while the clock and the sweeper go
/// on: none is lost that was there by its last write.
#[test]
fn sessions_are_prolonged_beside_the_sweeper() {
    let mut random = Random::new(seed("sessions_are_prolonged_beside_the_sweeper"));
    let clock = clock_at(1_000);
    let store = swept(&clock).in_memory();
    let sessions: Collection<Session> = store.collection().unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = (0..3_u64)
            .map(|place| {
                let (mut random, clock, sessions) = (random.fork(), clock.clone(), &sessions);
                scope.spawn(move || {
                    for _ in 0..400 {
                        // Each writer has keys of its own, so it knows what was written last.
                        let id = random.below(8) * 3 + place;
                        let until = clock.now() + Duration::from_millis(random.below(3));
                        let until = Some(until);
                        let change = |session: &mut Session| session.until = until;
                        let fresh = || Session { until, ..session(id, 0) };
                        sessions.upsert(&id, fresh, change).unwrap();
                        let view = sessions.view();
                        // Read before the clock is, so it is there if it is not over by now.
                        let found = view.get(&id).is_some();
                        assert!(found || Some(clock.now()) >= until, "{id} is gone");
                    }
                })
            })
            .collect();
        let time = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                clock.advance(Duration::from_millis(1));
                thread::yield_now();
            }
        });
        let ended: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        over.store(true, Ordering::Relaxed);
        time.join().unwrap();
        for ended in ended {
            ended.unwrap();
        }
    });
    clock.advance(Duration::from_secs(1));
    wait_until("all is swept", || store.sweep().is_ok_and(|left| left == 0));
    assert_eq!(sessions.len(), 0);
    assert!(store.stats().swept > 0);
}
