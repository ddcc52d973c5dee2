//! Commits of different levels side by side: none is seen before all up to it are as durable as
//! they asked for.

use crate::explore::{Seen, finds, holds};
use crate::trial::{Outcome, Trial};
use folio::Durability;
use folio::model::Bug;

fn model(levels: [Durability; 3]) -> impl Fn(&Seen) + Send + Sync + 'static {
    move |seen| {
        let trial = Trial::new(None);
        let [first, second, third] = levels;
        let others = [first, second].map(|level| trial.spawn(move |trial| trial.commit(level)));
        trial.look();
        let mut outcomes = vec![trial.commit(third)];
        outcomes.extend(others.map(|other| other.join().unwrap()));
        seen.note(trial.disk.truth().shape());
        outcomes.sort();
        assert_eq!(outcomes, [1, 2, 3].map(Outcome::Committed));
        trial.check_all_kept();
        trial.pipeline.sync().expect("nothing fails");
        assert_eq!(trial.disk.truth().synced, 3, "a sync has left something out");
    }
}

#[test]
fn one_of_each_level() {
    let levels = [Durability::Fsync, Durability::Background, Durability::Write];
    holds("one commit of each level", &["1+1+1", "1+2", "2+1"], model(levels));
}

#[test]
fn one_synced_before_two_in_the_background() {
    let levels = [Durability::Fsync, Durability::Background, Durability::Background];
    holds("two commits in the background", &["1", "1+1", "1+2", "2", "2+1", "3"], model(levels));
}

#[test]
fn finds_overtake_in_background() {
    let levels = [Durability::Fsync, Durability::Background, Durability::Background];
    finds(Bug::OvertakeInBackground, "is seen before it is synced", model(levels));
}

#[test]
fn finds_publish_before_write() {
    let levels = [Durability::Write, Durability::Background, Durability::Write];
    finds(Bug::PublishBeforeFlush, "is seen before it is written", model(levels));
}
