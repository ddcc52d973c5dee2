//! `PolarysDB` 1.1 replayed its log when it was opened, and then wrote the old snapshot over the
//! result: 20,000 of 20,000 acknowledged writes were lost at `kill -9`. In 2.1 committed transactions
//! never reached the log, so that a clean close and reopen *reverted* them. Whatever ends a process,
//! and however often, what was committed must be there after it, also what was there before.

use super::common::{Random, seed};
use super::{Value, crash, place, value, values};
use folio::{Result, Store};

#[test]
fn what_was_committed_is_there_however_the_process_ends() -> Result<()> {
    let mut random = Random::new(seed("endings"));
    let (mut directory, mut path) = place();
    let mut expected = Vec::new();
    for round in 0..20_i64 {
        let store = Store::open(&path)?;
        assert_eq!(values(&store)?, expected, "round {round}");
        let former = store.collection_named::<Value>("former")?;
        assert_eq!(former.len(), expected.len());
        // By single writes, in batches and in transactions over two collections.
        let all = store.collection::<Value>()?;
        for step in 0..5 {
            let new = value(&format!("{round:03} {step}"), round * step);
            store.transact(|tx| {
                tx.collection_named::<Value>("former")?.put(value(&new.name, -1))?;
                tx.collection::<Value>()?.put(new.clone())
            })?;
            expected.push(new);
        }
        expected[0].number = round;
        all.put(expected[0].clone())?;
        let last = expected.len() - 1;
        expected[last].number = 99;
        expected[last - 1].number = 98;
        all.put_all(expected[last - 1..].iter().cloned())?;
        match random.below(3) {
            0 => store.close()?,
            1 => drop((store, all, former)),
            _ => {
                // Dropped behind the copy's back: the copy is what goes on.
                let image = crash(&path);
                (directory, path) = image;
            }
        }
    }
    drop(directory);
    Ok(())
}

/// Opening, and nothing else, changes nothing: not once, and not ten times.
#[test]
fn opening_changes_nothing() -> Result<()> {
    let (_directory, path) = place();
    let expected = {
        let store = Store::open(&path)?;
        store.collection::<Value>()?.put_all((0..500).map(|n| value(&format!("{n:04}"), n)))?;
        values(&store)?
    };
    for round in 0..10 {
        let store = Store::open(&path)?;
        if round % 2 == 0 {
            assert_eq!(values(&store)?, expected);
        }
        if round % 3 == 0 {
            store.close()?;
        }
    }
    assert_eq!(values(&Store::open(&path)?)?, expected);
    Ok(())
}
