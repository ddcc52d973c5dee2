//! Encrypting a store anew: another store key, and nothing left under the one before.
//!
//! ```text
//!  cut         the segment at hand ends; the manifest gets the new store key, wrapped with the user's new key
//!  checkpoint  everything that is live, under the new store key
//!  removal     of what is older
//!  manifest    without the keys of which nothing is left
//! ```
//!
//! It goes on beside reads and commits, like a checkpoint, which it mostly is. From the cut on everything is written under
//! the new key, and the user's key before opens the store no longer. Where it ends behind that, by a crash or a failure,
//! the store is whole, and a part of it still is under the store key before: doing it again ends that.
//!
//! The segments of a ledger are what their chain says, and can't be written again. They stay, and so does their key, under
//! the user's new one.

use crate::engine::checkpoints::{Checkpoints, Last, Task};
use crate::engine::keys::Keys;
use crate::engine::recovery;
use crate::envelope::keyring::Renewal;
use crate::envelope::wrapping::Wrapping;
use crate::error::{Error, Result};
use crate::log::{checkpoint, segment};
use crate::steps::GoOn;
use crate::sync::Mutex;
use std::io;
use std::sync::Arc;

impl Checkpoints {
    /// Encrypts the store anew. Returns how many segments stay as they were, which those of a ledger do.
    pub(in crate::engine) fn reencrypt(
        &self,
        keys: &Mutex<Keys>,
        is_open: &dyn Fn() -> bool,
        wrapping: Wrapping,
        observer: GoOn<'_>,
    ) -> Result<u64> {
        let mut holding = self.hold_for(Task::Checkpoint);
        // The key changes once at a time.
        let _keys = keys.lock();
        if !is_open() {
            return Err(Error::Closed);
        }
        let (store, keyring) = (&*self.files.store, &*self.settings.keyring);
        if !keyring.encrypts() {
            return Err(Error::NotEncrypted);
        }
        let renewal = Arc::new(Renewal::new(wrapping, self.policy.ledger));
        let first = self.renew(&renewal)?;
        let last = &mut holding.last;
        let go_on = self.while_open(observer);
        self.write(last, &go_on)?;
        self.remove_before(last.segment, &go_on)?;
        last.before = 0;
        self.check_removed(last, first)?;
        let kept = self.policy.ledger.map(|ledger| first.saturating_sub(ledger));
        // The checkpoint belongs to the segment before it.
        keyring.forget_before(self.policy.ledger.unwrap_or(first))?;
        recovery::write_manifest(store, keyring, Some(&renewal.wrapping), self.policy.ledger)?;
        Ok(kept.unwrap_or(0))
    }

    /// Has the new key begin. Returns the first segment that is under it.
    fn renew(&self, renewal: &Arc<Renewal>) -> Result<u64> {
        let keyring = &*self.settings.keyring;
        keyring.renew(renewal);
        let cut = self.pipeline.cut();
        // Nobody has taken it where the log takes no more.
        keyring.take_renewal();
        cut?;
        renewal.take_begun().unwrap_or(Err(Error::NoLog))
    }

    /// That nothing is left from before a segment but what a ledger keeps.
    fn check_removed(&self, last: &Last, first: u64) -> Result<()> {
        let store = &*self.files.store;
        let names = store.list().map_err(|error| Error::io(store.path(""), "list", error))?;
        let is_kept = |number: u64| self.policy.ledger.is_some_and(|ledger| ledger <= number);
        let is_left = |name: &&String| {
            let segment = segment::number_of(name).filter(|number| *number < first);
            let checkpoint = checkpoint::number_of(name).filter(|number| *number <= first);
            segment.or(checkpoint).is_some_and(|number| !is_kept(number))
        };
        let Some(left) = names.iter().find(is_left) else { return Ok(()) };
        // It stayed because the newest checkpoint is damaged.
        checkpoint::read(store, &self.settings.keyring, last.segment)?;
        let error = io::Error::other("it is still there");
        Err(Error::io(store.path(left), "remove", error))
    }
}
