//! tmp
#![cfg(feature = "derive")]
use folio::Store;
use std::sync::atomic::{AtomicBool, Ordering};
#[test]
fn fork_race() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let _ = std::process::Command::new("/bin/true").status();
            }
        });
        let mut bad = 0;
        for i in 0..500 {
            match Store::open(&path) {
                Ok(store) => store.close().unwrap(),
                Err(e) => {
                    bad += 1;
                    println!("{i} {e}");
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
        println!("bad {bad}");
    });
}
#[test]
fn close_race() {
    use folio::*;
    use serde::{Deserialize, Serialize};
    #[derive(Record, Serialize, Deserialize, Clone)]
    struct B {
        #[key]
        id: u64,
        bytes: Vec<u8>,
    }
    let directory = tempfile::tempdir().unwrap();
    let mut bad = 0;
    for round in 0..10 {
        let path = directory.path().join(round.to_string());
        let store = Store::options()
            .durability(Durability::Background)
            .flush_interval(std::time::Duration::from_secs(3600))
            .open(&path)
            .unwrap();
        let c = store.collection::<B>().unwrap();
        store.sync().unwrap();
        c.put_all((0..10).map(|id| B { id, bytes: vec![1; 100_000] })).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| store.close().unwrap());
            let probe = || matches!(c.remove(&77777), Err(Error::Closed)) || matches!(c.put(B { id: 5, bytes: vec![1; 100_000] }), Err(Error::Closed));
            while !probe() {}
            loop {
                store.close().unwrap();
                match Store::open(&path) {
                    Ok(again) => {
                        match again.collection::<B>() {
                            Ok(c) => {
                                if c.len() != 10 {
                                    bad += 1;
                                    println!("len {}", c.len())
                                }
                            }
                            Err(e) => {
                                bad += 1;
                                println!("{e}")
                            }
                        }
                        break;
                    }
                    Err(e) if e.is_locked() => {}
                    Err(e) => {
                        bad += 1;
                        println!("{e}");
                        break;
                    }
                }
            }
        });
        if let Err(e) = Store::open(&path) {
            println!("later {e}");
        }
    }
    println!("bad {bad}");
}
