//! Writing groups of commits, and making them visible.

use crate::engine::pipeline::{Cut, Group, InFlight, Locks, Pipeline, Replaced, State};
use crate::engine::turn::{Failure, Turn, Wake};
use crate::error::{Error, Result};
use crate::options::Durability;
use crate::sync::{Bug, Ordering, seeded};
use crate::trace;
use crate::version::Root;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

impl Pipeline {
    /// Sees the group at hand through: leads its flush if nobody is flushing, else waits.
    pub(super) fn join(&self, mut locks: Locks<'_>) -> Result<()> {
        let state = &mut *locks.state;
        state.group.waiters += 1;
        let Some(in_flight) = &state.in_flight else { return self.lead(locks) };
        let is_quick = in_flight.durability.max(state.group.durability) < Durability::Fsync;
        let turn = state.group.turn.clone();
        drop(locks);
        if is_quick {
            turn.spin();
        }
        self.follow(&turn)
    }

    /// Waits for a group, and leads its flush if asked to and still needed.
    pub(super) fn follow(&self, turn: &Arc<Turn>) -> Result<()> {
        loop {
            match turn.wait() {
                Wake::Done(result) => return Ok(result?),
                Wake::Lead => {
                    // Behind those who ask for the commit lock already: they may join the group first.
                    let order = self.order.lock();
                    let state = self.state.lock();
                    let is_pending = Arc::ptr_eq(&state.group.turn, turn);
                    if is_pending && state.in_flight.is_none() || seeded(Bug::LeadUnasked) {
                        return self.lead(Locks { state, _order: Some(order) });
                    }
                    // Somebody else took the group, or will be asked when the flush under way ends.
                }
            }
        }
    }

    /// Flushes the group at hand. Nobody else is flushing.
    fn lead(&self, mut locks: Locks<'_>) -> Result<()> {
        let state = &mut *locks.state;
        let target = state.tip.clone();
        let next = Group::new(target.number, state.group.commits.len());
        let group = std::mem::replace(&mut state.group, next);
        state.in_flight = Some(InFlight {
            last: target.number,
            turn: group.turn.clone(),
            durability: group.durability,
        });
        if seeded(Bug::PublishBeforeFlush) {
            self.publish(state, &target);
        }
        drop(locks);

        // To those who wait, a panic in the log is a failure like any other. It goes on from here
        // when they have been told.
        let flush = panic::catch_unwind(AssertUnwindSafe(|| self.flush(&group, &target)));
        let (written, panic) = match flush {
            Ok(written) => (written, None),
            Err(panic) if seeded(Bug::LosePanic) => panic::resume_unwind(panic),
            Err(panic) => (Err(panicked()), Some(panic)),
        };
        if seeded(Bug::FinishBeforePublish) {
            group.turn.finish(Ok(()));
        }

        // Nobody may be validating a commit when committing ends. And a sync is the better spent the
        // larger the next group is: whoever asks for the commit lock already may join it first.
        let is_last_or_synced = written.is_err() || group.durability == Durability::Fsync;
        let order =
            (is_last_or_synced && !seeded(Bug::FailBesideCommit)).then(|| self.order.lock());
        let mut state = self.state.lock();
        state.in_flight = None;
        let (mut replaced, mut next) = (Replaced::default(), None);
        let result = match written {
            Ok(()) => {
                state.written = target.number;
                if group.durability == Durability::Fsync {
                    state.synced = target.number;
                }
                replaced = self.publish(&mut state, &target);
                if state.group.waiters > 0 && !seeded(Bug::ForgetNextGroup) {
                    next = Some(state.group.turn.clone());
                }
                Ok(())
            }
            Err(error) => {
                replaced.woken = state.sleepers.all();
                Err(self.poison(&mut state, error))
            }
        };
        drop(state);
        drop(order);
        let follows = next.is_some();
        if let Some(next) = next {
            next.want_leader();
        }
        group.turn.finish(result.clone());
        self.published.show_behind(group.bytes, follows);
        drop(replaced);
        if let Some(panic) = panic {
            panic::resume_unwind(panic);
        }
        Ok(result?)
    }

    /// One write for the group, which makes `target`, and, if anyone in it asked for it, one sync.
    fn flush(&self, group: &Group, target: &Arc<Root>) -> Result<()> {
        let mut log = self.log.lock();
        self.counters.groups.fetch_add(1, Ordering::Relaxed);
        if !group.commits.is_empty() {
            self.counters.group_commits.record(group.commits.len() as u64);
        }
        log.append(group.base, &group.commits)?;
        if group.durability == Durability::Fsync {
            log.sync()?;
        }
        if let Some(cut) = &group.cut
            && let Some(place) = log.cut()?
        {
            let version = if seeded(Bug::CutAtTip) { self.tip() } else { target.clone() };
            let _ = cut.set(Cut { version, place });
        }
        Ok(())
    }

    /// Makes a version visible, unless a newer one is already; returns what is not needed any more, to be
    /// dropped outside of the lock.
    pub(super) fn publish(&self, state: &mut State, version: &Arc<Root>) -> Replaced {
        if version.number <= state.published {
            return Replaced::default();
        }
        state.published = version.number;
        let before = self.published.replace(version.clone());
        let too_old = self.retained.as_ref().map(|retained| retained.published(version));
        let too_old = too_old.unwrap_or_default();
        // What the history lets go has been superseded for as long as it had newer ones.
        let times = too_old.iter().skip(1).map(|kept| kept.root.time_micros);
        for (kept, time) in too_old.iter().zip(times.chain([version.time_micros])) {
            state.superseded.note(&kept.root, time);
        }
        let woken = if state.closed {
            // This may be the last.
            state.sleepers.all()
        } else {
            state.sleepers.concerned(&before, version)
        };
        Replaced { _published: Some(before), _kept: too_old, woken }
    }

    /// Makes a version the tip; returns what it replaces, to be dropped outside of the lock.
    pub(super) fn replace_tip(&self, state: &mut State, version: &Arc<Root>) -> [Arc<Root>; 2] {
        let before = std::mem::replace(&mut state.tip, version.clone());
        if self.retained.is_none() {
            state.superseded.note(&before, version.time_micros);
        }
        [before, std::mem::replace(&mut *self.tip.lock(), version.clone())]
    }

    /// Ends all writing after a failure of the log. The commit lock is held.
    fn poison(&self, state: &mut State, error: Error) -> Failure {
        trace::poisoned(&error);
        let error = Arc::new(error);
        state.failure = Some(error.clone());
        let published = self.published.load();
        if let Some(retained) = &self.retained {
            retained.failed(published.number);
        }
        let behind = std::mem::replace(&mut state.group, Group::new(published.number, 0));
        if !seeded(Bug::KeepTip) {
            self.replace_tip(state, &published);
        }
        if !seeded(Bug::ForgetGroupBehind) {
            behind.turn.finish(Err(Failure::NotWritten(error.clone())));
        }
        self.wake_background();
        self.wake_floor();
        Failure::Unknown(error)
    }
}

/// What those hear who waited for a log that panicked.
fn panicked() -> Error {
    Error::io("the log", "write", io::Error::other("the thread that wrote it panicked"))
}
