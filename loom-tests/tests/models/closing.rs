//! What was committed when a store is closed is durable when closing returns, for everybody who
//! closes it, and nothing follows.

use crate::explore::{Seen, finds, holds};
use crate::trial::{Outcome, Trial};
use folio::model::Bug;
use folio::{Durability, Error};

/// Closes, and checks what is true from then on. Returns the last version.
fn close(trial: &Trial) -> u64 {
    trial.pipeline.close().expect("nothing fails");
    let staged = trial.staged();
    let truth = trial.disk.truth();
    assert!(truth.closed, "closing has returned and the log is not closed");
    assert_eq!(truth.synced, staged, "closing has returned and a commit is not synced");
    staged
}

/// Two close while a third commits, as far as it can.
fn commits(durability: Durability) -> impl Fn(&Seen) + Send + Sync + 'static {
    move |seen| {
        let trial = Trial::new(None);
        let committer = trial.spawn(move |trial| {
            let first = trial.commit(durability);
            let second = trial.commit(durability);
            assert!(first != Outcome::Closed || second == Outcome::Closed, "opened again");
        });
        let closer = trial.spawn(close);
        let last = close(&trial);
        assert_eq!(closer.join().unwrap(), last, "commits were taken between two closings");
        committer.join().unwrap();
        assert_eq!(trial.commit(durability), Outcome::Closed);
        assert_eq!(trial.staged(), last, "a commit was taken after closing");
        trial.check_all_kept();
        seen.note(format!("{last} committed"));
    }
}

/// One closes while another commits and a third syncs.
fn syncs(seen: &Seen) {
    let trial = Trial::new(None);
    let committer = trial.spawn(|trial| trial.commit(Durability::Fsync));
    let syncer = trial.spawn(|trial| {
        let tip = trial.pipeline.tip();
        let result = trial.pipeline.sync();
        assert!(result.is_err() || trial.disk.truth().synced >= tip, "a sync left something out");
        result
    });
    let last = close(&trial);
    committer.join().unwrap();
    match syncer.join().unwrap() {
        Ok(()) => seen.note("synced"),
        Err(Error::Closed) => seen.note("closed"),
        Err(error) => panic!("a sync gave {error}"),
    }
    assert_eq!(trial.staged(), last, "a commit was taken after closing");
    trial.check_all_kept();
}

#[test]
fn commits_are_durable_or_refused() {
    let expected = ["0 committed", "1 committed", "2 committed"];
    holds("closing while committing", &expected, commits(Durability::Fsync));
}

#[test]
fn commits_in_the_background_are_durable_or_refused() {
    let expected = ["0 committed", "1 committed", "2 committed"];
    let model = commits(Durability::Background);
    holds("closing while committing in the background", &expected, model);
}

#[test]
fn the_log_is_left_alone_once_closed() {
    holds("closing while syncing", &["synced", "closed"], syncs);
}

#[test]
fn finds_close_without_sync() {
    let message = "a commit is not synced";
    finds(Bug::CloseWithoutSync, message, commits(Durability::Background));
}

#[test]
fn finds_commit_after_close() {
    finds(
        Bug::CommitAfterClose,
        "the log was used after it was closed",
        commits(Durability::Fsync),
    );
}

/// Two threads closed a store at once. The second was told that there was nothing to do, gave up
/// the lock on the directory, and the first was still writing to it.
#[test]
fn finds_close_twice() {
    finds(Bug::CloseTwice, "the log is not closed", commits(Durability::Fsync));
}

/// A sync came while a flush was under way and waited for the next. When that flush had made
/// everything durable, closing saw nothing left to wait for and closed the log; then the thread
/// that synced woke up, led its empty group, and used the log once more.
#[test]
fn finds_close_before_waiters() {
    finds(Bug::CloseBeforeWaiters, "the log was used after it was closed", syncs);
}

/// A commit that was validated while the store was closed would be written behind the seal of the log.
#[test]
fn finds_close_beside_commit() {
    let message = "a commit is not synced";
    finds(Bug::CloseBesideCommit, message, commits(Durability::Fsync));
}
