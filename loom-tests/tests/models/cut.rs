//! Where the log is cut for a checkpoint, it ends with the version that the checkpoint is of, which is
//! durable and seen.

use crate::explore::{Seen, finds, holds};
use crate::trial::{Outcome, Trial};
use folio::model::Bug;
use folio::{Durability, Error};

/// Cuts, and checks what is true from then on. Returns the version.
fn cut(trial: &Trial) -> u64 {
    let (version, written) = trial.pipeline.cut().expect("nothing fails");
    assert_eq!(version, written, "the log was cut at another version than the one held");
    let seen = trial.look();
    assert!(seen >= version, "version {version} is to be written down and not seen");
    let synced = trial.disk.truth().synced;
    assert!(synced >= version, "the log was cut and version {version} is not synced");
    version
}

fn beside(levels: [Durability; 2]) -> impl Fn(&Seen) + Send + Sync + 'static {
    move |seen| {
        let trial = Trial::new(None);
        let others = levels.map(|level| trial.spawn(move |trial| trial.commit(level)));
        seen.note(format!("at {}", cut(&trial)));
        let mut outcomes = others.map(|other| other.join().unwrap());
        outcomes.sort();
        assert_eq!(outcomes, [1, 2].map(Outcome::Committed));
        trial.check_all_kept();
    }
}

#[test]
fn beside_synced_commits() {
    holds("cut beside synced commits", &["at 0", "at 1", "at 2"], beside([Durability::Fsync; 2]));
}

#[test]
fn beside_commits_in_the_background() {
    let levels = [Durability::Write, Durability::Background];
    holds("cut beside relaxed commits", &["at 0", "at 1", "at 2"], beside(levels));
}

/// Two cut, for one of whom the other may do it.
#[test]
fn of_two_both_get_one() {
    holds("two cuts beside a commit", &["0 and 0", "0 and 1", "1 and 1"], |seen| {
        let trial = Trial::new(None);
        let committer = trial.spawn(|trial| trial.commit(Durability::Fsync));
        let other = trial.spawn(cut);
        let ours = cut(&trial);
        let theirs = other.join().unwrap();
        seen.note(format!("{} and {}", ours.min(theirs), ours.max(theirs)));
        assert_eq!(committer.join().unwrap(), Outcome::Committed(1));
        trial.check_all_kept();
    });
}

#[test]
fn beside_closing() {
    holds("cut beside closing", &["cut", "closed"], |seen| {
        let trial = Trial::new(None);
        let closer = trial.spawn(|trial| trial.pipeline.close().expect("nothing fails"));
        match trial.pipeline.cut() {
            Ok((version, written)) => {
                assert_eq!(version, written);
                seen.note("cut".to_owned());
            }
            Err(Error::Closed) => seen.note("closed".to_owned()),
            Err(error) => panic!("{error}"),
        }
        closer.join().unwrap();
    });
}

#[test]
fn finds_cut_at_tip() {
    let reason = "at another version than the one held";
    finds(Bug::CutAtTip, reason, beside([Durability::Fsync; 2]));
}
