//! While a thread has the floor the commits of others wait, and they go on when it is done.

use crate::explore::{Seen, finds, holds};
use crate::log::Fault;
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

/// The owner of the floor still has it while another is told that waiting for it is of no use.
fn closed(seen: &Seen) {
    let trial = Trial::new(None);
    let floor = trial.pipeline.exclusive();
    let committer = trial.spawn(|trial| trial.commit(Durability::Fsync));
    let outcome = trial.commit(Durability::Fsync);
    assert_eq!(outcome, Outcome::Committed(1), "another commit came between");
    seen.note(format!("{} seen", trial.look()));
    trial.pipeline.close().expect("nothing fails");
    assert_eq!(committer.join().unwrap(), Outcome::Closed);
    assert_eq!(trial.commit(Durability::Fsync), Outcome::Closed);
    drop(floor);
    trial.check_all_kept();
}

/// Likewise, when the owner's own commit fails.
fn poisoned(seen: &Seen) {
    let trial = Trial::new(Some(Fault::Sync(1)));
    let floor = trial.pipeline.exclusive();
    let committer = trial.spawn(|trial| trial.commit(Durability::Fsync));
    assert_eq!(trial.commit(Durability::Fsync), Outcome::Unknown);
    assert_eq!(committer.join().unwrap(), Outcome::Poisoned);
    seen.note("poisoned");
    drop(floor);
    trial.check_poisoned();
}

#[test]
fn nobody_commits_between() {
    let expected = ["1, 3, 4", "1, 4, 3", "2, 1, 4", "2, 4, 1", "3, 1, 2", "3, 2, 1"];
    holds("the floor", &expected, model);
}

#[test]
fn closing_wakes_those_who_wait() {
    holds("closing under the floor", &["1 seen"], closed);
}

#[test]
fn a_failure_wakes_those_who_wait() {
    holds("a failure under the floor", &["poisoned"], poisoned);
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

#[test]
fn finds_forget_floor_when_closing() {
    finds(Bug::ForgetFloor, "deadlock", closed);
}

#[test]
fn finds_forget_floor_after_a_failure() {
    finds(Bug::ForgetFloor, "deadlock", poisoned);
}
