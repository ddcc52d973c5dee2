//! Each commit is written once and in order, whoever leads, and nobody is left waiting.

use crate::explore::{Seen, finds, holds};
use crate::trial::{Outcome, Trial};
use folio::Durability;
use folio::model::Bug;

fn model(seen: &Seen) {
    let trial = Trial::new(None);
    let others = [0, 1].map(|_| trial.spawn(|trial| trial.commit(Durability::Fsync)));
    let mut outcomes = vec![trial.commit(Durability::Fsync)];
    outcomes.extend(others.map(|other| other.join().unwrap()));
    outcomes.sort();
    assert_eq!(outcomes, [1, 2, 3].map(Outcome::Committed));
    trial.check_all_kept();
    let truth = trial.disk.truth();
    assert_eq!((truth.written, truth.synced), (3, 3));
    seen.note(truth.shape());
}

#[test]
fn every_commit_is_written_once_and_in_order() {
    holds("group commit", &["1+1+1", "1+2"], model);
}

#[test]
fn finds_forget_next_group() {
    finds(Bug::ForgetNextGroup, "deadlock", model);
}

#[test]
fn finds_lead_unasked() {
    finds(Bug::LeadUnasked, "a group does not follow the one before it", model);
}

#[test]
fn finds_finish_before_publish() {
    finds(Bug::FinishBeforePublish, "is not seen by its own committer", model);
}
