//! Turns: every point of a plot is measured for a moment, then every point again.

use crate::numbers::Point;
use std::time::{Duration, Instant};

/// An odd number, so that there is a median. Enough for quartiles that mean something.
const MOST_ROUNDS: u32 = 21;

/// How often all points have their turns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounds {
    /// So often, however long that takes.
    pub(crate) least: usize,
    /// Whether there is a round that is forgotten, for caches and files.
    pub(crate) warm_up: bool,
}

/// A point that is yet to be measured.
pub(crate) struct Variant<'a> {
    pub(crate) series: String,
    pub(crate) x: u64,
    /// What one turn gives. It takes about as long as it is told, and at least one operation.
    pub(crate) turn: Box<dyn FnMut(Duration) -> f64 + 'a>,
}

impl<'a> Variant<'a> {
    /// A point of a series.
    pub(crate) fn new(series: &str, x: u64, turn: impl FnMut(Duration) -> f64 + 'a) -> Self {
        Self { series: series.to_owned(), x, turn: Box::new(turn) }
    }
}

/// Rounds of turns until the time is over. A round in which each turn is one long operation may
/// take longer than its share, so there are fewer of them then, but never fewer than told.
pub(crate) fn interleave(
    mut variants: Vec<Variant<'_>>,
    rounds: Rounds,
    time: Duration,
) -> Vec<Point> {
    let count = u32::try_from(variants.len()).expect("a plot has few points");
    let budget = time / (count * (MOST_ROUNDS + 1));
    if rounds.warm_up {
        let warmed: f64 = variants.iter_mut().map(|variant| (variant.turn)(budget)).sum();
        assert!(warmed > 0.0, "nothing takes no time");
    }
    let mut figures = vec![Vec::new(); variants.len()];
    let begun = Instant::now();
    for round in 0..MOST_ROUNDS as usize {
        if round >= rounds.least && begun.elapsed() > time {
            break;
        }
        for (variant, figures) in variants.iter_mut().zip(&mut figures) {
            figures.push((variant.turn)(budget));
        }
    }
    variants.iter().zip(figures).map(|(variant, figures)| summary(variant, figures)).collect()
}

fn summary(variant: &Variant<'_>, mut figures: Vec<f64>) -> Point {
    figures.sort_by(f64::total_cmp);
    let at = |quarter: usize| {
        let place = (figures.len() - 1) * quarter / 4;
        figures.get(place).copied().expect("the place is below the length")
    };
    Point {
        plot: String::new(),
        series: variant.series.clone(),
        x: variant.x as f64,
        median: at(2),
        lower: at(1),
        upper: at(3),
        turns: figures.len(),
    }
}

/// Nanoseconds per operation. What an operation takes is made beforehand, so many at a time, and is
/// not in the time.
pub(crate) fn nanoseconds<I, O>(
    budget: Duration,
    batch: usize,
    mut make: impl FnMut() -> I,
    mut operation: impl FnMut(I) -> O,
) -> f64 {
    let (mut spent, mut count) = (Duration::ZERO, 0);
    while count == 0 || spent < budget {
        let inputs: Vec<I> = (0..batch).map(|_| make()).collect();
        let begun = Instant::now();
        let outputs: Vec<O> = inputs.into_iter().map(&mut operation).collect();
        spent += begun.elapsed();
        drop(outputs);
        count += batch;
    }
    spent.as_secs_f64() * 1e9 / count as f64
}
