//! One turn: some threads, each with its own session, repeat an operation for a while.
//!
//! Every thread warms up for a tenth of the time, waits for the others, and then counts its own
//! operations against its own clock from its first to its last, so that an operation that takes a
//! good part of a turn is not cut off. The rate is the sum over the threads.

use crate::peer::{Outcome, Peer, Session};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What a thread repeats.
pub type Operation<'a> = Box<dyn FnMut(&mut dyn Session) -> Outcome + 'a>;

/// Makes the operation of a thread, given its number.
pub type MakeOperation<'a> = &'a (dyn Fn(u64) -> Operation<'a> + Sync);

/// Operations per second of all threads together.
pub fn turn(
    peer: &dyn Peer,
    threads: usize,
    duration: Duration,
    make: MakeOperation<'_>,
) -> Outcome<f64> {
    let stop = AtomicBool::new(false);
    let barrier = Barrier::new(threads + 1);
    thread::scope(|scope| {
        let worker = |thread| {
            let (stop, barrier) = (&stop, &barrier);
            move || work(peer, make(thread), duration / 10, stop, barrier)
        };
        let workers: Vec<_> = (0_u64..).take(threads).map(|n| scope.spawn(worker(n))).collect();
        barrier.wait();
        thread::sleep(duration);
        // Relaxed: it says nothing but that it is time to stop.
        stop.store(true, Ordering::Relaxed);
        workers.into_iter().map(|worker| worker.join().map_err(|_| "a thread panicked")?).sum()
    })
}

fn work(
    peer: &dyn Peer,
    mut operation: Operation<'_>,
    warm_up: Duration,
    stop: &AtomicBool,
    barrier: &Barrier,
) -> Outcome<f64> {
    let session = warm(peer, &mut operation, warm_up);
    // Before the error is looked at: the others wait for this thread.
    barrier.wait();
    let mut session = session?;
    let (mut count, start) = (0_u64, Instant::now());
    loop {
        operation(&mut *session)?;
        count += 1;
        if stop.load(Ordering::Relaxed) {
            return Ok(count as f64 / start.elapsed().as_secs_f64());
        }
    }
}

fn warm<'a>(
    peer: &'a dyn Peer,
    operation: &mut Operation<'_>,
    duration: Duration,
) -> Outcome<Box<dyn Session + 'a>> {
    let mut session = peer.session()?;
    let start = Instant::now();
    loop {
        operation(&mut *session)?;
        if start.elapsed() >= duration {
            return Ok(session);
        }
    }
}
