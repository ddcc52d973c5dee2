//! While a thread has the floor the commits of others wait, and they go on when it is done.

use crate::explore::{Seen, finds, holds};
use crate::trial::{Outcome, Trial};
use folio::Durability;
use folio::model::Bug;

/// Commits twice with the floor, which is taken again in between, and returns the first version.
fn alone(trial: &Trial) -> u64 {
    let floor = trial.pipeline.exclusive();
    let tip = trial.pipeline.tip();
    let nested = trial.pipeline.exclusive();
    let first = trial.commit(Durability::Background);
    drop(nested);
    let second = trial.commit(Durability::Fsync);
    let expected = (Outcome::Committed(tip + 1), Outcome::Committed(tip + 2));
    assert_eq!((first, second), expected, "another commit came between");
    drop(floor);
    tip + 1
}

fn model(seen: &Seen) {
    let trial = Trial::new(None);
    let other = trial.spawn(alone);
    let committer = trial.spawn(|trial| trial.commit(Durability::Fsync));
    let floor = trial.pipeline.exclusive();
    let tip = trial.pipeline.tip();
    let outcome = trial.commit(Durability::Fsync);
    assert_eq!(outcome, Outcome::Committed(tip + 1), "another commit came between");
    drop(floor);
    let first = other.join().unwrap();
    let Outcome::Committed(alone) = committer.join().unwrap() else { panic!("nothing fails") };
    seen.note(format!("{first}, {}, {alone}", tip + 1));
    trial.check_all_kept();
}

#[test]
fn nobody_commits_between() {
    let expected = ["1, 3, 4", "1, 4, 3", "2, 1, 4", "2, 4, 1", "3, 1, 2", "3, 2, 1"];
    holds("the floor", &expected, model);
}

#[test]
fn finds_ignore_floor() {
    finds(Bug::IgnoreFloor, "another commit came between", model);
}

#[test]
fn finds_free_nested_floor() {
    finds(Bug::FreeNestedFloor, "another commit came between", model);
}

#[test]
fn finds_forget_floor() {
    finds(Bug::ForgetFloor, "deadlock", model);
}
