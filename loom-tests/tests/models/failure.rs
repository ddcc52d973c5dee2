//! A failure of the log reaches everybody, and each hears what is true of its own commit.

use crate::explore::{Seen, finds, holds};
use crate::log::Fault;
use crate::trial::{Outcome, Trial};
use folio::Durability;
use folio::model::Bug;

fn model(fault: Fault) -> impl Fn(&Seen) + Send + Sync + 'static {
    move |seen| {
        let trial = Trial::new(Some(fault));
        let others = [0, 1].map(|_| trial.spawn(|trial| trial.commit(Durability::Fsync)));
        let mut outcomes = vec![trial.commit(Durability::Fsync)];
        outcomes.extend(others.map(|other| other.join().unwrap()));
        let count = |kind: fn(&Outcome) -> bool| outcomes.iter().filter(|one| kind(one)).count();
        let committed = count(|one| matches!(one, Outcome::Committed(_)));
        let unknown = count(|one| *one == Outcome::Unknown);
        let poisoned = count(|one| *one == Outcome::Poisoned);
        seen.note(format!("{committed} committed, {unknown} unknown, {poisoned} poisoned"));
        assert_eq!(trial.look(), committed as u64, "what was not committed is seen");
        trial.check_poisoned();
    }
}

#[test]
fn the_first_sync_fails() {
    holds(
        "failure of the first sync",
        &["0 committed, 1 unknown, 2 poisoned"],
        model(Fault::Sync(1)),
    );
}

#[test]
fn the_second_sync_fails() {
    let expected = ["1 committed, 1 unknown, 1 poisoned", "1 committed, 2 unknown, 0 poisoned"];
    holds("failure of the second sync", &expected, model(Fault::Sync(2)));
}

#[test]
fn the_second_write_fails() {
    let expected = ["1 committed, 1 unknown, 1 poisoned", "1 committed, 2 unknown, 0 poisoned"];
    holds("failure of the second write", &expected, model(Fault::Append(2)));
}

#[test]
fn finds_forget_group_behind() {
    finds(Bug::ForgetGroupBehind, "deadlock", model(Fault::Sync(1)));
}

#[test]
fn finds_keep_tip() {
    finds(Bug::KeepTip, "the tip has not gone back", model(Fault::Sync(1)));
}

#[test]
fn finds_fail_beside_commit() {
    finds(Bug::FailBesideCommit, "the log was used after it had failed", model(Fault::Sync(1)));
}
