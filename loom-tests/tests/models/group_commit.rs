//! Each commit is written once and in order, whoever leads, and nobody is left waiting.

use crate::explore::{Seen, finds, holds};
use crate::trial::{Outcome, Trial};
use folio::Durability;
use folio::model::Bug;

/// So many threads, each with so many commits.
fn model(threads: usize, commits: usize) -> impl Fn(&Seen) + Send + Sync + 'static {
    move |seen| {
        let trial = Trial::new(None);
        let act = move |trial: &Trial| {
            (0..commits).map(|_| trial.commit(Durability::Fsync)).collect::<Vec<_>>()
        };
        let others: Vec<_> = (1..threads).map(|_| trial.spawn(act)).collect();
        let mut outcomes = act(&trial);
        for other in others {
            outcomes.extend(other.join().unwrap());
        }
        outcomes.sort();
        let last = (threads * commits) as u64;
        let expected: Vec<_> = (1..=last).map(Outcome::Committed).collect();
        assert_eq!(outcomes, expected);
        trial.check_all_kept();
        let truth = trial.disk.truth();
        assert_eq!((truth.written, truth.synced), (last, last));
        seen.note(truth.shape());
    }
}

#[test]
fn every_commit_is_written_once_and_in_order() {
    holds("group commit", &["1+1+1", "1+2"], model(3, 1));
}

#[test]
fn four_threads_hand_over_to_each_other() {
    holds("group commit by four", &["1+1+1+1", "1+1+2", "1+2+1", "1+3"], model(4, 1));
}

#[test]
fn threads_that_have_led_wait_again() {
    holds("group commit, again", &["1+1+1+1+1+1", "1+2+1+2"], model(3, 2));
}

#[test]
fn finds_forget_next_group() {
    finds(Bug::ForgetNextGroup, "deadlock", model(3, 1));
}

#[test]
fn finds_lead_unasked() {
    finds(Bug::LeadUnasked, "a group does not follow the one before it", model(3, 1));
}

#[test]
fn finds_finish_before_publish() {
    finds(Bug::FinishBeforePublish, "is not seen by its own committer", model(3, 1));
}
