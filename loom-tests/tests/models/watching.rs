//! A watcher that sleeps is woken by each version, and by the end.

use crate::explore::{Seen, finds, holds};
use crate::log::Fault;
use crate::trial::Trial;
use folio::Durability;
use folio::model::Bug;

/// One commits and closes, one watches to the end. With a fault, the commit fails.
fn model(fault: Option<Fault>) -> impl Fn(&Seen) + Send + Sync + 'static {
    move |seen| {
        let trial = Trial::new(fault);
        let watcher = trial.spawn(|trial| {
            let (mut last, mut given) = (0, 0);
            while let Some(version) = trial.pipeline.watch(last) {
                assert!(version > last, "version {version} was given twice");
                (last, given) = (version, given + 1);
            }
            (last, given)
        });
        let _ = trial.commit(Durability::Fsync);
        let _ = trial.pipeline.close();
        let (last, given) = watcher.join().unwrap();
        assert_eq!(last, trial.pipeline.published(), "the watcher ended too early");
        seen.note(format!("{given} given"));
    }
}

#[test]
fn a_watcher_is_given_what_is_published_and_the_end() {
    holds("watching a commit and the end", &["1 given"], model(None));
}

#[test]
fn a_watcher_ends_when_the_log_fails() {
    holds("watching a log that fails", &["0 given"], model(Some(Fault::Sync(1))));
}

/// One commits, one waits for that.
fn commit(seen: &Seen) {
    let trial = Trial::new(None);
    let watcher = trial.spawn(|trial| trial.pipeline.watch(0));
    let _ = trial.commit(Durability::Fsync);
    assert_eq!(watcher.join().unwrap(), Some(1));
    seen.note("woken".to_owned());
}

#[test]
fn a_commit_wakes_a_watcher() {
    holds("watching a commit", &["woken"], commit);
}

#[test]
fn finds_sleep_late() {
    finds(Bug::SleepLate, "deadlock", commit);
}

#[test]
fn finds_forget_watchers() {
    finds(Bug::ForgetWatchers, "deadlock", commit);
}

#[test]
fn finds_forget_watchers_at_end() {
    finds(Bug::ForgetWatchersAtEnd, "deadlock", model(None));
}
