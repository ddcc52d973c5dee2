//! Running a model in all its interleavings, and its twin until it fails.

use crate::figures;
use folio::model::{Bug, seed};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// The bound where the environment (`LOOM_MAX_PREEMPTIONS`) gives none. Without any, the models
/// would not come to an end.
const PREEMPTIONS: usize = 3;

/// What has happened in some interleaving.
#[derive(Debug, Clone, Default)]
pub struct Seen(Arc<Mutex<BTreeSet<String>>>);

impl Seen {
    pub fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().insert(what.into());
    }
}

/// Runs a model in every interleaving. It must hold in each, and all of `expected` must have
/// happened in some.
pub fn holds(name: &str, expected: &[&str], model: impl Fn(&Seen) + Send + Sync + 'static) {
    let seen = Seen::default();
    let interleavings = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    explore({
        let (seen, interleavings) = (seen.clone(), interleavings.clone());
        move || {
            interleavings.fetch_add(1, Ordering::Relaxed);
            model(&seen);
        }
    });
    let count = interleavings.load(Ordering::Relaxed);
    println!("{name}: {count} interleavings in {:.1} s", started.elapsed().as_secs_f64());
    figures::count("loom", "models", 1);
    figures::count("loom", "interleavings", count);
    let seen = seen.0.lock().unwrap();
    for what in expected {
        assert!(seen.contains(*what), "no interleaving of `{name}` had `{what}`, only {seen:?}");
    }
}

/// Runs a model over a pipeline with a bug. Some interleaving must fail, and say `expected`.
pub fn finds(bug: Bug, expected: &str, model: impl Fn(&Seen) + Send + Sync + 'static) {
    let interleavings = Arc::new(AtomicU64::new(0));
    let counted = interleavings.clone();
    seed(Some(bug));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        explore(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            model(&Seen::default());
        });
    }));
    seed(None);
    let count = interleavings.load(Ordering::Relaxed);
    let Err(payload) = outcome else {
        panic!("none of {count} interleavings has found {bug:?}");
    };
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    assert!(message.contains(expected), "{bug:?} was found for another reason: {message}");
    println!("{bug:?}: found in interleaving {count}: {message}");
    figures::count("loom", "seeded bugs found", 1);
}

fn explore(model: impl Fn() + Send + Sync + 'static) {
    let mut checker = loom::model::Builder::new();
    checker.preemption_bound.get_or_insert(PREEMPTIONS);
    checker.check(model);
}
