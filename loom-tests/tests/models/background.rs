//! The background thread makes commits durable without being waited for, and ends when there is
//! nothing more for it to do.

use crate::explore::{Seen, finds, holds};
use crate::log::Fault;
use crate::trial::{Outcome, Trial};
use folio::model::Bug;
use folio::{Durability, Error};

fn model(seen: &Seen) {
    let trial = Trial::new(None);
    let background = trial.spawn(|trial| trial.pipeline.run_background());
    for version in 1..=2 {
        assert_eq!(trial.commit(Durability::Background), Outcome::Committed(version));
    }
    trial.disk.wait_until_synced(2);
    seen.note(trial.disk.truth().shape());
    trial.pipeline.close().expect("nothing fails");
    background.join().unwrap();
    assert!(trial.disk.truth().closed);
    trial.check_all_kept();
}

/// Somebody commits and closes while the background thread is at it.
fn beside(seen: &Seen) {
    let trial = Trial::new(None);
    let background = trial.spawn(|trial| trial.pipeline.run_background());
    let committer = trial.spawn(|trial| trial.commit(Durability::Fsync));
    trial.commit(Durability::Background);
    trial.pipeline.close().expect("nothing fails");
    let staged = trial.staged();
    assert_eq!(trial.disk.truth().synced, staged, "closing has left something out");
    let outcome = committer.join().unwrap();
    background.join().unwrap();
    seen.note(if outcome == Outcome::Closed { "closed" } else { "committed" });
    trial.check_all_kept();
}

fn failing(seen: &Seen) {
    let trial = Trial::new(Some(Fault::Sync(1)));
    let background = trial.spawn(|trial| trial.pipeline.run_background());
    assert_eq!(trial.commit(Durability::Background), Outcome::Committed(1));
    let outcome = trial.commit(Durability::Fsync);
    assert!(matches!(outcome, Outcome::Unknown | Outcome::Poisoned), "{outcome:?}");
    seen.note(format!("{outcome:?}"));
    background.join().unwrap();
    assert_eq!(trial.look(), 1, "what was published goes back");
    assert!(matches!(trial.pipeline.sync(), Err(Error::Poisoned { .. })));
    trial.check_poisoned();
}

#[test]
fn commits_become_durable_by_themselves() {
    holds("the background thread", &["1+1", "2"], model);
}

#[test]
fn closing_ends_the_background_thread() {
    holds("the background thread beside others", &["closed", "committed"], beside);
}

#[test]
fn a_failure_ends_the_background_thread() {
    holds("the background thread fails", &["Unknown", "Poisoned"], failing);
}

#[test]
fn finds_forget_background() {
    finds(Bug::ForgetBackground, "deadlock", model);
}

#[test]
fn finds_forget_background_when_closing() {
    finds(Bug::ForgetBackground, "deadlock", beside);
}

#[test]
fn finds_forget_background_after_a_failure() {
    finds(Bug::ForgetBackground, "deadlock", failing);
}
