//! The cases. Each asserts what its transactions read and who is refused, and tells whether the
//! anomaly was seen after all. Where nothing else is said, both levels must give the same outcome.

use super::super::world::World;
use folio::Result;

pub(super) fn g0_write_cycle(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    world.set(&t1, 1, 11)?;
    world.set(&t2, 1, 12)?;
    world.set(&t1, 2, 21)?;
    t1.commit()?;
    world.set(&t2, 2, 22)?;
    world.refuse("T2", t2);
    let left = world.left()?;
    Ok(left != [(1, 11), (2, 21)] && left != [(1, 12), (2, 22)])
}

pub(super) fn g1a_aborted_read(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    world.set(&t1, 1, 101)?;
    let during = world.read_all(&t2)?;
    t1.rollback();
    let after = world.read_all(&t2)?;
    t2.commit()?;
    assert_eq!((&during[..], &after[..]), (&[10, 20][..], &[10, 20][..]));
    Ok(during.contains(&101) || after.contains(&101))
}

pub(super) fn g1b_intermediate_read(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    world.set(&t1, 1, 101)?;
    let during = world.read_all(&t2)?;
    world.set(&t1, 1, 11)?;
    t1.commit()?;
    let after = world.read_all(&t2)?;
    t2.commit()?;
    assert_eq!((&during[..], &after[..]), (&[10, 20][..], &[10, 20][..]));
    Ok(during.contains(&101) || after.contains(&101))
}

/// Nobody ever reads what is not committed. Under snapshot isolation both commit, which is write
/// skew.
pub(super) fn g1c_circular_information_flow(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    world.set(&t1, 1, 11)?;
    world.set(&t2, 2, 22)?;
    let (first, second) = (world.read(&t1, 2)?, world.read(&t2, 1)?);
    assert_eq!((first, second), (Some(20), Some(10)));
    t1.commit()?;
    world.refuse_if_serializable("T2", t2)?;
    Ok(first == Some(22) && second == Some(11))
}

pub(super) fn otv_observed_transaction_vanishes(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    world.set(&t1, 1, 11)?;
    world.set(&t1, 2, 19)?;
    world.set(&t2, 1, 12)?;
    t1.commit()?;
    let t3 = world.begin();
    let first = world.read_all(&t3)?;
    world.set(&t2, 2, 18)?;
    let second = world.read_all(&t3)?;
    world.refuse("T2", t2);
    let third = world.read_all(&t3)?;
    t3.commit()?;
    assert_eq!(first, [11, 19]);
    Ok(second != first || third != first)
}

pub(super) fn pmp_predicate_many_preceders_of_a_read(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    assert!(world.with_value(&t1, 30)?.is_empty());
    world.set(&t2, 3, 30)?;
    t2.commit()?;
    let found = world.divisible(&t1, 3)?;
    t1.commit()?;
    Ok(!found.is_empty())
}

pub(super) fn pmp_predicate_many_preceders_of_a_write(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    for id in [1, 2] {
        let value = world.read(&t1, id)?.unwrap_or_default();
        world.set(&t1, id, value + 10)?;
    }
    assert_eq!(world.read_all(&t2)?, [10, 20]);
    let found = world.with_value(&t2, 20)?;
    assert_eq!(world.delete(&t2, &found)?, 1);
    t1.commit()?;
    world.refuse("T2", t2);
    Ok(world.left()? != [(1, 20), (2, 30)])
}

pub(super) fn p4_lost_update(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    assert_eq!((world.read(&t1, 1)?, world.read(&t2, 1)?), (Some(10), Some(10)));
    world.set(&t1, 1, 11)?;
    world.set(&t2, 1, 11)?;
    let first = t1.commit().is_ok();
    world.refuse("T2", t2);
    Ok(!first)
}

pub(super) fn g_single_read_skew(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    assert_eq!(world.read(&t1, 1)?, Some(10));
    assert_eq!((world.read(&t2, 1)?, world.read(&t2, 2)?), (Some(10), Some(20)));
    world.set(&t2, 1, 12)?;
    world.set(&t2, 2, 18)?;
    t2.commit()?;
    let second = world.read(&t1, 2)?;
    t1.commit()?;
    assert_eq!(second, Some(20));
    Ok(second == Some(18))
}

pub(super) fn g_single_read_skew_of_a_predicate(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    assert_eq!(world.divisible(&t1, 5)?, [1, 2]);
    for id in world.with_value(&t2, 10)? {
        world.set(&t2, id, 12)?;
    }
    t2.commit()?;
    let found = world.divisible(&t1, 3)?;
    t1.commit()?;
    assert_eq!(world.left()?, [(1, 12), (2, 20)]);
    Ok(!found.is_empty())
}

pub(super) fn g_single_read_skew_of_a_writer(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    assert_eq!(world.read(&t1, 1)?, Some(10));
    assert_eq!(world.read_all(&t2)?, [10, 20]);
    world.set(&t2, 1, 12)?;
    world.set(&t2, 2, 18)?;
    t2.commit()?;
    let found = world.with_value(&t1, 20)?;
    assert_eq!(world.delete(&t1, &found)?, 1);
    assert_eq!(world.read(&t1, 2)?, None);
    world.refuse("T1", t1);
    Ok(world.left()? != [(1, 12), (2, 18)])
}

pub(super) fn g_single_read_skew_of_a_writer_that_gives_up(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    assert_eq!(world.read(&t1, 1)?, Some(10));
    assert_eq!(world.read_all(&t2)?, [10, 20]);
    world.set(&t2, 1, 12)?;
    let found = world.with_value(&t1, 20)?;
    assert_eq!(world.delete(&t1, &found)?, 1);
    world.set(&t2, 2, 18)?;
    t1.rollback();
    t2.commit()?;
    Ok(world.left()? != [(1, 12), (2, 18)])
}

/// Refused when serializable, allowed under snapshot isolation.
pub(super) fn g2_item_write_skew(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    for tx in [&t1, &t2] {
        assert_eq!((world.read(tx, 1)?, world.read(tx, 2)?), (Some(10), Some(20)));
    }
    world.set(&t1, 1, 11)?;
    world.set(&t2, 2, 21)?;
    t1.commit()?;
    world.refuse_if_serializable("T2", t2)?;
    Ok(world.left()? == [(1, 11), (2, 21)])
}

/// Refused when serializable, allowed under snapshot isolation.
pub(super) fn g2_predicate_write_skew(world: &World) -> Result<bool> {
    let (t1, t2) = (world.begin(), world.begin());
    assert!(world.divisible(&t1, 3)?.is_empty());
    assert!(world.divisible(&t2, 3)?.is_empty());
    world.set(&t1, 3, 30)?;
    world.set(&t2, 4, 42)?;
    t1.commit()?;
    world.refuse_if_serializable("T2", t2)?;
    Ok(world.left()? == [(1, 10), (2, 20), (3, 30), (4, 42)])
}

/// The first transaction must fail because of what the third, which wrote nothing, has seen.
pub(super) fn g2_fekete_read_only_anomaly(world: &World) -> Result<bool> {
    let t1 = world.begin();
    assert_eq!(world.read_all(&t1)?, [10, 20]);
    let t2 = world.begin();
    let before = world.read(&t2, 2)?.unwrap_or_default();
    world.set(&t2, 2, before + 5)?;
    t2.commit()?;
    let t3 = world.begin();
    assert_eq!(world.read_all(&t3)?, [10, 25]);
    t3.commit()?;
    world.set(&t1, 1, 0)?;
    world.refuse_if_serializable("T1", t1)?;
    Ok(world.left()? == [(1, 0), (2, 25)])
}
