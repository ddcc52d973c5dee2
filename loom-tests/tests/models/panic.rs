//! A panic in the log is a failure to everybody but the thread that it happened to.

use crate::explore::{Seen, finds, holds};
use crate::log::{Fault, LogPanics};
use crate::trial::{Outcome, Trial};
use folio::Durability;
use folio::model::Bug;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Commits; `None` where the log panics. Any other panic is the end of the model.
fn commit(trial: &Trial) -> Option<Outcome> {
    match catch_unwind(AssertUnwindSafe(|| trial.commit(Durability::Fsync))) {
        Ok(outcome) => Some(outcome),
        Err(panic) if panic.is::<LogPanics>() => None,
        Err(panic) => resume_unwind(panic),
    }
}

fn model(seen: &Seen) {
    let trial = Trial::new(Some(Fault::Panic(2)));
    let others = [0, 1].map(|_| trial.spawn(commit));
    let mut outcomes = vec![commit(&trial)];
    outcomes.extend(others.map(|other| other.join().unwrap()));
    outcomes.sort();
    let [None, Some(Outcome::Committed(1)), Some(third)] = outcomes[..] else {
        panic!("one commits and one panics, but here: {outcomes:?}");
    };
    seen.note(format!("{third:?}"));
    trial.check_poisoned();
}

#[test]
fn nobody_waits_for_a_leader_that_panicked() {
    holds("a panic in the log", &["Unknown", "Poisoned"], model);
}

#[test]
fn finds_lose_panic() {
    finds(Bug::LosePanic, "deadlock", model);
}
