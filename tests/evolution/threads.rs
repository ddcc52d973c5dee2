//! Threads that meet a changed type together.

use super::golden::Golden;
use folio::{Result, Store};
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

users! {
    struct Earlier {
        #[key]
        id: u8,
        name: String,
    }
}

/// All of them convert, one of them writes that down, and nothing is lost of what they write then.
#[test]
fn threads_that_attach_at_once() -> Result<()> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    fn next() -> u32 {
        COUNTER.fetch_add(1, Ordering::Relaxed)
    }
    users! {
        struct Later {
            #[key]
            id: u64,
            name: String,
            #[serde(default = "next")]
            #[index(unique)]
            number: u32,
        }
    }
    const THREADS: u64 = 8;
    let earlier: Vec<Earlier> =
        (0..=255).map(|id| Earlier { id, name: format!("user {id}") }).collect();
    let original = Golden::written("threads_that_attach_at_once", &earlier)?;
    for _ in 0..10 {
        let golden = Golden::copied(&original.path);
        let numbers_from = COUNTER.load(Ordering::Relaxed);
        let store = Store::open(&golden.path)?;
        let version = store.version().number();
        let barrier = Barrier::new(8);
        let write = |thread: u64| -> Result<()> {
            barrier.wait();
            let name = format!("thread {thread}");
            if thread.is_multiple_of(2) {
                let users = store.collection::<Later>()?;
                users.update(&thread, |user| user.name.clone_from(&name))?;
                return Ok(());
            }
            store.transact(|tx| {
                tx.collection::<Later>()?.update(&thread, |user| user.name.clone_from(&name))?;
                Ok(())
            })
        };
        let write = &write;
        thread::scope(|scope| {
            for thread in 0..THREADS {
                scope.spawn(move || write(thread).expect("the thread can write"));
            }
        });
        assert_eq!(store.version().number(), version + THREADS + 1, "one rewrite, and the writes");
        let asked = COUNTER.load(Ordering::Relaxed) - numbers_from;
        assert_eq!(asked, 256, "each record was converted once");
        let seen: Vec<Later> = store.collection::<Later>()?.view().iter().cloned().collect();
        drop(store);
        let users = Store::open(&golden.path)?.collection::<Later>()?.view();
        assert!(users.iter().eq(&seen));
        for user in &seen {
            let name = if user.id < THREADS { "thread" } else { "user" };
            assert_eq!(user.name, format!("{name} {}", user.id));
        }
    }
    Ok(())
}
