//! The cases of the Hermitage suite, each step in its place: <https://github.com/ept/hermitage>.
//!
//! Every case runs at both isolation levels and through every way of reading. Where nothing else is
//! said, both levels must give the same outcome.

use super::world::{delete, in_every_world, refused, set};

#[test]
fn g0_write_cycle() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        set(&t1, 1, 11)?;
        set(&t2, 1, 12)?;
        set(&t1, 2, 21)?;
        t1.commit()?;
        set(&t2, 2, 22)?;
        refused(t2.commit());
        assert_eq!(world.outcome(), [(1, 11), (2, 21)]);
        Ok(())
    });
}

#[test]
fn g1a_aborted_read() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        set(&t1, 1, 101)?;
        assert_eq!(world.read_all(&t2)?, [10, 20]);
        t1.rollback();
        assert_eq!(world.read_all(&t2)?, [10, 20]);
        t2.commit()?;
        assert_eq!(world.outcome(), [(1, 10), (2, 20)]);
        Ok(())
    });
}

#[test]
fn g1b_intermediate_read() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        set(&t1, 1, 101)?;
        assert_eq!(world.read_all(&t2)?, [10, 20]);
        set(&t1, 1, 11)?;
        t1.commit()?;
        assert_eq!(world.read_all(&t2)?, [10, 20]);
        t2.commit()?;
        assert_eq!(world.outcome(), [(1, 11), (2, 20)]);
        Ok(())
    });
}

/// Under snapshot isolation this is write skew, which it allows.
#[test]
fn g1c_circular_information_flow() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        set(&t1, 1, 11)?;
        set(&t2, 2, 22)?;
        assert_eq!(world.read(&t1, 2)?, Some(20));
        assert_eq!(world.read(&t2, 1)?, Some(10));
        t1.commit()?;
        if world.is_serializable() {
            refused(t2.commit());
            assert_eq!(world.outcome(), [(1, 11), (2, 20)]);
        } else {
            t2.commit()?;
            assert_eq!(world.outcome(), [(1, 11), (2, 22)]);
        }
        Ok(())
    });
}

#[test]
fn otv_observed_transaction_vanishes() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        set(&t1, 1, 11)?;
        set(&t1, 2, 19)?;
        set(&t2, 1, 12)?;
        t1.commit()?;
        let t3 = world.begin();
        assert_eq!(world.read(&t3, 1)?, Some(11));
        set(&t2, 2, 18)?;
        assert_eq!(world.read(&t3, 2)?, Some(19));
        refused(t2.commit());
        assert_eq!(world.read(&t3, 2)?, Some(19));
        assert_eq!(world.read(&t3, 1)?, Some(11));
        t3.commit()?;
        assert_eq!(world.outcome(), [(1, 11), (2, 19)]);
        Ok(())
    });
}

#[test]
fn pmp_predicate_many_preceders_of_a_read() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        assert!(world.with_value(&t1, 30)?.is_empty());
        set(&t2, 3, 30)?;
        t2.commit()?;
        assert!(world.divisible(&t1, 3)?.is_empty());
        t1.commit()?;
        Ok(())
    });
}

#[test]
fn pmp_predicate_many_preceders_of_a_write() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        for (id, value) in [(1, 10), (2, 20)] {
            assert_eq!(world.read(&t1, id)?, Some(value));
            set(&t1, id, value + 10)?;
        }
        assert_eq!(world.read_all(&t2)?, [10, 20]);
        let found = world.with_value(&t2, 20)?;
        assert_eq!(delete(&t2, &found)?, 1);
        t1.commit()?;
        refused(t2.commit());
        assert_eq!(world.outcome(), [(1, 20), (2, 30)]);
        Ok(())
    });
}

#[test]
fn p4_lost_update() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        assert_eq!(world.read(&t1, 1)?, Some(10));
        assert_eq!(world.read(&t2, 1)?, Some(10));
        set(&t1, 1, 11)?;
        set(&t2, 1, 11)?;
        t1.commit()?;
        refused(t2.commit());
        Ok(())
    });
}

#[test]
fn g_single_read_skew() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        assert_eq!(world.read(&t1, 1)?, Some(10));
        assert_eq!(world.read(&t2, 1)?, Some(10));
        assert_eq!(world.read(&t2, 2)?, Some(20));
        set(&t2, 1, 12)?;
        set(&t2, 2, 18)?;
        t2.commit()?;
        assert_eq!(world.read(&t1, 2)?, Some(20));
        t1.commit()?;
        Ok(())
    });
}

#[test]
fn g_single_read_skew_of_a_predicate() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        assert_eq!(world.divisible(&t1, 5)?, [1, 2]);
        for id in world.with_value(&t2, 10)? {
            set(&t2, id, 12)?;
        }
        t2.commit()?;
        assert!(world.divisible(&t1, 3)?.is_empty());
        t1.commit()?;
        assert_eq!(world.outcome(), [(1, 12), (2, 20)]);
        Ok(())
    });
}

#[test]
fn g_single_read_skew_of_a_writer() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        assert_eq!(world.read(&t1, 1)?, Some(10));
        assert_eq!(world.read_all(&t2)?, [10, 20]);
        set(&t2, 1, 12)?;
        set(&t2, 2, 18)?;
        t2.commit()?;
        let found = world.with_value(&t1, 20)?;
        assert_eq!(delete(&t1, &found)?, 1);
        assert_eq!(world.read(&t1, 2)?, None);
        refused(t1.commit());
        assert_eq!(world.outcome(), [(1, 12), (2, 18)]);
        Ok(())
    });
}

#[test]
fn g_single_read_skew_of_a_writer_that_gives_up() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        assert_eq!(world.read(&t1, 1)?, Some(10));
        assert_eq!(world.read_all(&t2)?, [10, 20]);
        set(&t2, 1, 12)?;
        let found = world.with_value(&t1, 20)?;
        assert_eq!(delete(&t1, &found)?, 1);
        set(&t2, 2, 18)?;
        t1.rollback();
        t2.commit()?;
        assert_eq!(world.outcome(), [(1, 12), (2, 18)]);
        Ok(())
    });
}

/// Write skew: refused when serializable, allowed under snapshot isolation.
#[test]
fn g2_item_write_skew() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        for tx in [&t1, &t2] {
            assert_eq!(world.read(tx, 1)?, Some(10));
            assert_eq!(world.read(tx, 2)?, Some(20));
        }
        set(&t1, 1, 11)?;
        set(&t2, 2, 21)?;
        t1.commit()?;
        if world.is_serializable() {
            refused(t2.commit());
            assert_eq!(world.outcome(), [(1, 11), (2, 20)]);
        } else {
            t2.commit()?;
            assert_eq!(world.outcome(), [(1, 11), (2, 21)]);
        }
        Ok(())
    });
}

/// Write skew through a predicate: refused when serializable, allowed under snapshot isolation.
#[test]
fn g2_predicate_write_skew() {
    in_every_world(|world| {
        let (t1, t2) = (world.begin(), world.begin());
        assert!(world.divisible(&t1, 3)?.is_empty());
        assert!(world.divisible(&t2, 3)?.is_empty());
        set(&t1, 3, 30)?;
        set(&t2, 4, 42)?;
        t1.commit()?;
        if world.is_serializable() {
            refused(t2.commit());
            assert_eq!(world.outcome(), [(1, 10), (2, 20), (3, 30)]);
        } else {
            t2.commit()?;
            assert_eq!(world.outcome(), [(1, 10), (2, 20), (3, 30), (4, 42)]);
        }
        Ok(())
    });
}

/// Fekete, O'Neil, O'Neil: "A Read-Only Transaction Anomaly Under Snapshot Isolation". The first
/// transaction must fail because of what the third, which wrote nothing, has seen.
#[test]
fn g2_fekete_read_only_anomaly() {
    in_every_world(|world| {
        let t1 = world.begin();
        assert_eq!(world.read_all(&t1)?, [10, 20]);
        let t2 = world.begin();
        let before = world.read(&t2, 2)?.unwrap_or_default();
        set(&t2, 2, before + 5)?;
        t2.commit()?;
        let t3 = world.begin();
        assert_eq!(world.read_all(&t3)?, [10, 25]);
        t3.commit()?;
        set(&t1, 1, 0)?;
        if world.is_serializable() {
            refused(t1.commit());
            assert_eq!(world.outcome(), [(1, 10), (2, 25)]);
        } else {
            t1.commit()?;
            assert_eq!(world.outcome(), [(1, 0), (2, 25)]);
        }
        Ok(())
    });
}
