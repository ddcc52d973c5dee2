//! A reader sees only what is synced, never goes back, and sees its own commits.

use crate::explore::{Seen, finds, holds};
use crate::trial::{Outcome, Trial};
use folio::Durability;
use folio::model::Bug;

fn model(seen: &Seen) {
    let trial = Trial::new(None);
    let committers = [0, 1].map(|_| trial.spawn(|trial| trial.commit(Durability::Fsync)));
    let mut last = 0;
    for _ in 0..3 {
        let now = trial.look();
        assert!(now >= last, "version {now} was seen after version {last}");
        last = now;
        seen.note(format!("saw {now}"));
    }
    for committer in committers {
        assert!(matches!(committer.join().unwrap(), Outcome::Committed(_)));
    }
    trial.check_all_kept();
}

#[test]
fn a_reader_sees_only_what_is_synced() {
    holds("publication", &["saw 0", "saw 1", "saw 2"], model);
}

#[test]
fn finds_publish_before_flush() {
    finds(Bug::PublishBeforeFlush, "is seen before it is synced", model);
}

#[test]
fn finds_trust_shown() {
    finds(Bug::TrustShown, "is not seen by its own committer", model);
}
