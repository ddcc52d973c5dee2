//! A transaction that starts from the tip hears of its outcome when what it saw is durable.

use crate::explore::{Seen, finds, holds};
use crate::log::Fault;
use crate::trial::Trial;
use folio::Durability;
use folio::model::Bug;

fn model(fault: Option<Fault>) -> impl Fn(&Seen) + Send + Sync + 'static {
    move |seen| {
        let trial = Trial::new(fault);
        let committers = [0, 1].map(|_| trial.spawn(|trial| trial.commit(Durability::Fsync)));
        let published = trial.look();
        let tip = trial.pipeline.tip();
        if fault.is_none() {
            assert!(published <= tip, "version {published} was published, the tip was {tip}");
        }
        let outcome = if trial.wait_for(tip).is_ok() { "kept" } else { "lost" };
        seen.note(format!("{} ahead, {outcome}", tip.saturating_sub(published)));
        for committer in committers {
            committer.join().unwrap();
        }
        match fault {
            None => trial.check_all_kept(),
            Some(_) => trial.check_poisoned(),
        }
    }
}

#[test]
fn what_was_waited_for_is_durable() {
    holds("waiting for the tip", &["0 ahead, kept", "1 ahead, kept", "2 ahead, kept"], model(None));
}

#[test]
fn what_was_waited_for_is_lost() {
    let expected = ["0 ahead, kept", "1 ahead, lost", "2 ahead, lost"];
    holds("waiting for a tip that is lost", &expected, model(Some(Fault::Sync(1))));
}

#[test]
fn finds_skip_wait() {
    finds(Bug::SkipWait, "was waited for and is not seen", model(None));
}

#[test]
fn finds_keep_tip() {
    finds(Bug::KeepTip, "the tip has not gone back", model(Some(Fault::Sync(1))));
}
