//! A commit that a task waits for is written though its thread writes nothing, and the task is woken.

use crate::explore::{Seen, finds, holds};
use crate::log::Fault;
use crate::trial::{Outcome, Trial};
use folio::Durability;
use folio::model::Bug;

/// One task, and nobody else who commits.
fn alone(seen: &Seen) {
    let trial = Trial::new(None);
    let background = trial.spawn(|trial| trial.pipeline.run_background());
    assert_eq!(trial.commit_as_task(Durability::Fsync), Outcome::Committed(1));
    trial.pipeline.close().expect("nothing fails");
    background.join().unwrap();
    seen.note("committed");
    trial.check_all_kept();
}

/// A task whose group may be written by a thread that commits as well.
fn beside(seen: &Seen) {
    let trial = Trial::new(None);
    let background = trial.spawn(|trial| trial.pipeline.run_background());
    let committer = trial.spawn(|trial| trial.commit(Durability::Fsync));
    let outcome = trial.commit_as_task(Durability::Fsync);
    assert!(matches!(outcome, Outcome::Committed(_)), "{outcome:?}");
    assert!(matches!(committer.join().unwrap(), Outcome::Committed(_)));
    trial.pipeline.close().expect("nothing fails");
    background.join().unwrap();
    seen.note(trial.disk.truth().shape());
    trial.check_all_kept();
}

/// A task that commits while the log is closed.
fn closing(seen: &Seen) {
    let trial = Trial::new(None);
    let background = trial.spawn(|trial| trial.pipeline.run_background());
    let task = trial.spawn(|trial| trial.commit_as_task(Durability::Fsync));
    trial.pipeline.close().expect("nothing fails");
    let outcome = task.join().unwrap();
    background.join().unwrap();
    seen.note(if outcome == Outcome::Closed { "closed" } else { "committed" });
    trial.check_all_kept();
}

fn failing(seen: &Seen) {
    let trial = Trial::new(Some(Fault::Sync(1)));
    let background = trial.spawn(|trial| trial.pipeline.run_background());
    let outcome = trial.commit_as_task(Durability::Fsync);
    assert_eq!(outcome, Outcome::Unknown);
    background.join().unwrap();
    seen.note("told");
    trial.check_poisoned();
}

#[test]
fn a_task_is_woken_when_its_commit_is_durable() {
    holds("a task commits", &["committed"], alone);
}

#[test]
fn a_task_and_a_thread_commit() {
    holds("a task and a thread commit", &["1+1", "2"], beside);
}

#[test]
fn a_task_beside_closing() {
    holds("a task commits beside closing", &["closed", "committed"], closing);
}

#[test]
fn a_task_is_told_of_a_failure() {
    holds("a task commits to a log that fails", &["told"], failing);
}

#[test]
fn finds_forget_tasks() {
    finds(Bug::ForgetTasks, "deadlock", alone);
}

#[test]
fn finds_poll_late() {
    finds(Bug::PollLate, "deadlock", alone);
}
