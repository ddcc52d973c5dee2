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

/// A floor that goes with the commit that it was for: the next one has it before it is dropped.
fn ending(seen: &Seen) {
    let trial = Trial::new(None);
    let floor = trial.pipeline.exclusive();
    let committer = trial.spawn(|trial| trial.commit(Durability::Fsync));
    floor.end_with_commit();
    assert_eq!(trial.commit(Durability::Fsync), Outcome::Committed(1));
    assert_eq!(committer.join().unwrap(), Outcome::Committed(2));
    drop(floor);
    seen.note(trial.disk.truth().shape());
    trial.check_all_kept();
}

/// Such a floor is dropped while somebody else has it.
fn handed_on(seen: &Seen) {
    let trial = Trial::new(None);
    let other = trial.spawn(alone);
    let floor = trial.pipeline.exclusive();
    let tip = trial.pipeline.tip();
    floor.end_with_commit();
    let outcome = trial.commit(Durability::Background);
    assert_eq!(outcome, Outcome::Committed(tip + 1), "another commit came between");
    drop(floor);
    let Outcome::Committed(last) = trial.commit(Durability::Fsync) else { panic!("nothing fails") };
    let first = other.join().unwrap();
    seen.note(format!("{}, {last}, {first}", tip + 1));
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
fn the_floor_goes_with_its_commit() {
    holds("the floor goes with a commit", &["1+1"], ending);
}

#[test]
fn the_floor_is_given_up_once() {
    let expected = ["1, 2, 3", "1, 4, 2", "3, 4, 1"];
    holds("the floor is handed on", &expected, handed_on);
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
fn finds_keep_floor() {
    finds(Bug::KeepFloor, "deadlock", ending);
}

#[test]
fn finds_free_foreign_floor() {
    finds(Bug::FreeForeignFloor, "another commit came between", handed_on);
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
