//! The store's own keys, and which segments they are for.
//!
//! A store that is encrypted has *store keys*, numbered from 1 by *epoch*. They are drawn at random,
//! and stand in the manifest, wrapped by what the user's key comes to ([`Wrapping`]). The manifest
//! also says in which *periods* of the log which of them is used: from segment 1 on none, say, and from
//! segment 7 on that of epoch 1. A segment says so itself, but whoever can write files could make one
//! that says otherwise; the list of periods is authenticated together with the wrapped keys.
//!
//! So giving the store another key rewrites the manifest and no segment, and whether new segments are
//! encrypted is decided anew by whoever opens the store.
//!
//! Another *store key* begins while the store is at work, with a [`Renewal`]: whoever ends a segment next adds its
//! period before the next segment is created, so that the list of periods is on disk before any file that it is about.
//! Only segments to come are concerned, so nobody else notices.

use crate::envelope::cipher::{Gcm, KeySize};
use crate::envelope::derive;
use crate::envelope::random;
use crate::envelope::secret::Secret;
use crate::envelope::wrapping::{Period, STORE_KEY_BYTES, Wrapped, Wrapping};
use crate::error::Result;
use crate::sync::{AtomicU64, Mutex, Ordering};
use std::sync::Arc;

/// What a segment says of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mark {
    /// The epoch of the store key that the segment's key is derived from; 0 where it has none.
    pub(crate) epoch: u32,
    /// The size of the segment's key in bytes.
    pub(crate) key_bytes: u32,
    pub(crate) salt: [u8; 16],
}

/// A file that is encrypted.
struct Place {
    what: &'static str,
    number: u64,
    /// The segment that tells the period in which it was written.
    segment: u64,
}

impl Place {
    fn segment(number: u64) -> Self {
        Self { what: "segment", number, segment: number }
    }

    /// It was written when the segment before it ended. The one behind it may belong to another period:
    /// that begins when a store is opened.
    fn checkpoint(number: u64) -> Self {
        Self { what: "checkpoint", number, segment: number.saturating_sub(1) }
    }
}

/// Another store key, from the next segment on. It is waiting for the end of the one at hand.
#[derive(Debug)]
pub(crate) struct Renewal {
    /// What the store's keys are wrapped with then.
    pub(crate) wrapping: Wrapping,
    /// What the manifest says beside the keys: the first segment of a ledger.
    pub(crate) ledger: Option<u64>,
    /// The first segment under the new key, or why there is none.
    begun: Mutex<Option<Result<u64>>>,
}

impl Renewal {
    pub(crate) fn new(wrapping: Wrapping, ledger: Option<u64>) -> Self {
        Self { wrapping, ledger, begun: Mutex::default() }
    }

    /// Says what came of it.
    pub(crate) fn end(&self, begun: Result<u64>) {
        *self.begun.lock() = Some(begun);
    }

    /// What came of it, given once; `None` where nobody has ended a segment.
    pub(crate) fn take_begun(&self) -> Option<Result<u64>> {
        self.begun.lock().take()
    }
}

/// The store's keys, ready to be used.
#[derive(Debug)]
pub(crate) struct Keyring {
    store: [u8; 16],
    /// Locked for moments, never during I/O.
    held: Mutex<Held>,
    renewal: Mutex<Option<Arc<Renewal>>>,
    /// The size that keys of new segments have, in bytes: that of the user's key. It may change while
    /// the store is open. Nothing else is told by it, so its loads and stores are relaxed.
    key_bytes: AtomicU64,
}

/// The keys, that of epoch 1 first, and when which is used.
#[derive(Debug, Default)]
struct Held {
    keys: Vec<Secret>,
    periods: Vec<Period>,
}

impl Held {
    fn epoch_of(&self, segment: u64) -> u32 {
        let last = self.periods.iter().rev().find(|period| period.first_segment <= segment);
        last.map_or(0, |period| period.epoch)
    }

    fn newest(&self) -> u32 {
        u32::try_from(self.keys.len()).unwrap_or(u32::MAX)
    }

    /// Forgets the periods that ended before a segment. Before the first period nothing is encrypted.
    fn forget_ended(&mut self, oldest: u64) {
        let ended = |periods: &[Period]| match periods {
            [_, next, ..] => next.first_segment <= oldest,
            _ => false,
        };
        while ended(&self.periods) || self.periods.first().is_some_and(|first| first.epoch == 0) {
            self.periods.remove(0);
        }
    }

    /// Puts others in the place of keys that no period needs, but for the newest, which may be used again.
    fn forget_unused(&mut self) -> Result<()> {
        let (newest, periods) = (self.newest(), &self.periods);
        let is_unused =
            |epoch: u32| epoch != newest && periods.iter().all(|period| period.epoch != epoch);
        for (key, epoch) in self.keys.iter_mut().zip(1..) {
            if is_unused(epoch) {
                *key = Secret::filled(STORE_KEY_BYTES, random::fill)?;
            }
        }
        Ok(())
    }
}

impl Keyring {
    /// The keys of a store that has none.
    pub(crate) fn plain(store: [u8; 16]) -> Self {
        Self::holding(store, Held::default(), 0)
    }

    fn holding(store: [u8; 16], held: Held, key_bytes: u64) -> Self {
        let key_bytes = AtomicU64::new(key_bytes);
        Self { store, held: Mutex::new(held), renewal: Mutex::default(), key_bytes }
    }

    /// The keys that a manifest has.
    ///
    /// # Errors
    ///
    /// `WrongKey`.
    pub(crate) fn of(store: [u8; 16], wrapped: &Wrapped, wrapping: &Wrapping) -> Result<Self> {
        let keys = wrapped.unwrap(store, wrapping)?;
        let held = Held { keys, periods: wrapped.periods().to_vec() };
        Ok(Self::holding(store, held, wrapped.size().bytes().into()))
    }

    /// Goes on with the keys of another keyring of the store, from a manifest that was written since; that one has none
    /// left.
    pub(crate) fn take_over(&self, newer: &Self) {
        self.key_bytes.store(newer.key_bytes.load(Ordering::Relaxed), Ordering::Relaxed);
        let newer = std::mem::take(&mut *newer.held.lock());
        *self.held.lock() = newer;
    }

    /// The store whose keys these are.
    pub(crate) fn store(&self) -> [u8; 16] {
        self.store
    }

    /// Whether there are no keys.
    pub(crate) fn is_plain(&self) -> bool {
        self.held.lock().keys.is_empty()
    }

    /// Whether new segments are encrypted.
    pub(crate) fn encrypts(&self) -> bool {
        self.is_encrypted(u64::MAX)
    }

    /// The keys with which segments from `next_segment` on are encrypted, or are not, and whether the
    /// manifest says that already. No segment may have that number yet, or a greater one. Of periods
    /// that ended before the segment `oldest`, nothing is left, and nothing is said any more.
    pub(crate) fn settle(
        self,
        encrypt: bool,
        oldest: u64,
        next_segment: u64,
    ) -> Result<(Self, bool)> {
        let mut held = self.held.lock();
        if encrypt && held.keys.is_empty() {
            held.keys.push(Secret::filled(STORE_KEY_BYTES, random::fill)?);
        }
        let wanted = if encrypt { held.newest() } else { 0 };
        let before = held.periods.clone();
        held.periods.retain(|period| period.first_segment < next_segment);
        if held.epoch_of(next_segment) != wanted {
            held.periods.push(Period { first_segment: next_segment, epoch: wanted });
        }
        held.forget_ended(oldest);
        let had_keys = !held.keys.is_empty();
        if held.periods.iter().all(|period| period.epoch == 0) {
            // Nothing is encrypted, nor will be.
            held.keys.clear();
            held.periods.clear();
        }
        if held.periods != before {
            held.forget_unused()?;
        }
        let same = held.periods == before && had_keys != held.keys.is_empty();
        drop(held);
        Ok((self, same))
    }

    /// Forgets the periods of which nothing is left before the segment `oldest`, and their keys.
    pub(crate) fn forget_before(&self, oldest: u64) -> Result<()> {
        let mut held = self.held.lock();
        held.forget_ended(oldest);
        held.forget_unused()
    }

    /// Forgets the periods behind a segment: what follows it is encrypted, or is not, as it is itself. Nothing may follow it
    /// yet.
    pub(crate) fn forget_behind(&self, segment: u64) {
        self.held.lock().periods.retain(|period| period.first_segment <= segment);
    }

    /// Whether a segment is encrypted.
    pub(crate) fn is_encrypted(&self, segment: u64) -> bool {
        self.epoch_of(segment) != 0
    }

    /// Has another store key begin where a segment is ended next. Only one may be waiting.
    pub(crate) fn renew(&self, renewal: &Arc<Renewal>) {
        *self.renewal.lock() = Some(renewal.clone());
    }

    /// Takes the renewal that is waiting.
    pub(crate) fn take_renewal(&self) -> Option<Arc<Renewal>> {
        self.renewal.lock().take()
    }

    /// Adds a store key, for the segments from this one on, of which none may be there; returns what the manifest has to
    /// say of it before there may.
    ///
    /// `write` is given that, and brings it to where it is found in any case. If it fails, everything is as it was.
    pub(crate) fn begin_epoch(
        &self,
        first_segment: u64,
        wrapping: &Wrapping,
        write: impl FnOnce(Wrapped) -> Result<()>,
    ) -> Result<()> {
        let secret = Secret::filled(STORE_KEY_BYTES, random::fill)?;
        let (before, wrapped) = {
            let mut held = self.held.lock();
            let before = held.periods.clone();
            held.keys.push(secret);
            let epoch = held.newest();
            held.periods.retain(|period| period.first_segment < first_segment);
            held.periods.push(Period { first_segment, epoch });
            (before, Wrapped::new(self.store, &held.keys, held.periods.clone(), wrapping))
        };
        // Nobody else changes the keys of a store that is open, or asks for those of segments to come.
        let written = wrapped.and_then(write);
        if written.is_err() {
            let mut held = self.held.lock();
            held.keys.pop();
            held.periods = before;
        }
        written
    }

    /// A key for a new segment, and what the segment has to say of it; nothing where it is not to be
    /// encrypted.
    pub(crate) fn for_new_segment(&self, number: u64) -> Result<(Mark, Option<Gcm>)> {
        self.new_key(&Place::segment(number))
    }

    /// The same for a new checkpoint, which has its number from the segment behind it and is as old as
    /// the segment before.
    pub(crate) fn for_new_checkpoint(&self, number: u64) -> Result<(Mark, Option<Gcm>)> {
        self.new_key(&Place::checkpoint(number))
    }

    fn new_key(&self, place: &Place) -> Result<(Mark, Option<Gcm>)> {
        let epoch = self.epoch_of(place.segment);
        if epoch == 0 {
            return Ok((Mark::default(), None));
        }
        let key_bytes = u32::try_from(self.key_bytes.load(Ordering::Relaxed)).unwrap_or_default();
        let mark = Mark { epoch, key_bytes, salt: random::draw()? };
        let key = self.derive(place, &mark);
        Ok((mark, Some(key.expect("the store has the keys of its periods"))))
    }

    /// The key of a segment that says this of it: none where it is not encrypted. An error says what
    /// the segment should say.
    pub(crate) fn for_segment(&self, number: u64, mark: &Mark) -> Result<Option<Gcm>, String> {
        self.key(&Place::segment(number), mark)
    }

    /// The same for a checkpoint.
    pub(crate) fn for_checkpoint(&self, number: u64, mark: &Mark) -> Result<Option<Gcm>, String> {
        self.key(&Place::checkpoint(number), mark)
    }

    fn key(&self, place: &Place, mark: &Mark) -> Result<Option<Gcm>, String> {
        let epoch = self.epoch_of(place.segment);
        if epoch == 0 && *mark == Mark::default() {
            return Ok(None);
        }
        let key = (epoch != 0 && epoch == mark.epoch).then(|| self.derive(place, mark)).flatten();
        let what = place.what;
        match key {
            Some(key) => Ok(Some(key)),
            None if epoch == 0 => Err(format!("a {what} that is not encrypted")),
            None => Err(format!("a {what} that is encrypted with store key {epoch}")),
        }
    }

    /// Whether a checkpoint is encrypted, or is not, as new files are.
    pub(crate) fn is_current(&self, checkpoint: u64) -> bool {
        self.epoch_of(Place::checkpoint(checkpoint).segment) == self.epoch_of(u64::MAX)
    }

    fn derive(&self, place: &Place, mark: &Mark) -> Option<Gcm> {
        let key = usize::try_from(mark.epoch.checked_sub(1)?).ok()?;
        let held = self.held.lock();
        let key = held.keys.get(key)?;
        let size = KeySize::of_bytes(usize::try_from(mark.key_bytes).ok()?)?.bytes();
        let purpose: [&[u8]; 5] =
            [b"folio ", place.what.as_bytes(), &self.store, &place.number.to_le_bytes(), &[size]];
        Gcm::new(&derive::key(key, &mark.salt, &purpose, size.into()))
    }

    fn epoch_of(&self, segment: u64) -> u32 {
        self.held.lock().epoch_of(segment)
    }

    /// What the manifest has to say.
    pub(crate) fn wrap(&self, wrapping: &Wrapping) -> Result<Wrapped> {
        let held = self.held.lock();
        Wrapped::new(self.store, &held.keys, held.periods.clone(), wrapping)
    }

    /// Gives keys of the size of this one to the segments to come.
    pub(crate) fn set_size(&self, wrapping: &Wrapping) {
        self.key_bytes.store(wrapping.size().bytes().into(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::cipher::Nonce;
    use crate::envelope::key::EncryptionKey;

    const STORE: [u8; 16] = [5; 16];

    fn key(byte: u8) -> EncryptionKey {
        EncryptionKey::from_bytes([byte; 32])
    }

    fn encrypted_from(segment: u64) -> Keyring {
        let (keyring, same) = Keyring::plain(STORE).settle(true, 1, segment).unwrap();
        assert!(!same);
        keyring
    }

    /// From a manifest and back, under this key.
    fn again(keyring: &Keyring, byte: u8) -> Keyring {
        let wrapping = Wrapping::new(&key(byte)).unwrap();
        let bytes = keyring.wrap(&wrapping).unwrap().to_bytes();
        let wrapped = Wrapped::parse(&bytes).unwrap();
        Keyring::of(STORE, &wrapped, &Wrapping::of(&key(byte), &wrapped).unwrap()).unwrap()
    }

    fn epochs(keyring: &Keyring) -> Vec<u32> {
        (1..8).map(|segment| keyring.epoch_of(segment)).collect()
    }

    #[test]
    fn periods_say_which_segments_are_encrypted() {
        let keyring = encrypted_from(3);
        assert_eq!(epochs(&keyring), [0, 0, 1, 1, 1, 1, 1]);
        // Nothing was written since.
        let (keyring, same) = again(&keyring, 1).settle(true, 1, 3).unwrap();
        assert!(same);
        let (keyring, same) = keyring.settle(true, 1, 5).unwrap();
        assert!(same);
        let (keyring, same) = keyring.settle(false, 1, 5).unwrap();
        assert!(!same);
        assert_eq!(epochs(&keyring), [0, 0, 1, 1, 0, 0, 0]);
        let (keyring, _) = again(&keyring, 2).settle(true, 1, 7).unwrap();
        assert_eq!(epochs(&keyring), [0, 0, 1, 1, 0, 0, 1]);
        assert_eq!(keyring.held.lock().keys.len(), 1, "the store key is used again");
        // Segments that are gone altogether leave nothing that later ones would contradict.
        let (keyring, same) = keyring.settle(true, 1, 4).unwrap();
        assert!(!same);
        assert_eq!(epochs(&keyring), [0, 0, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn periods_of_which_nothing_is_left_are_forgotten() {
        let (keyring, _) = encrypted_from(3).settle(false, 1, 5).unwrap();
        let (keyring, same) = keyring.settle(false, 4, 9).unwrap();
        assert!(same, "segment 4 is encrypted");
        let (keyring, same) = keyring.settle(true, 5, 9).unwrap();
        assert!(!same);
        assert_eq!(keyring.held.lock().periods.len(), 1);
        assert_eq!(keyring.epoch_of(8), 0);
        let (keyring, same) = keyring.settle(false, 9, 9).unwrap();
        assert!(!same && keyring.is_plain());
    }

    #[test]
    fn a_store_without_encrypted_segments_needs_no_keys() {
        let (keyring, same) = encrypted_from(3).settle(false, 1, 3).unwrap();
        assert!(!same && keyring.is_plain());
        let (keyring, same) = keyring.settle(false, 1, 9).unwrap();
        assert!(same && keyring.is_plain());
    }

    #[test]
    fn segments_with_one_number_have_different_keys() {
        let keyring = encrypted_from(1);
        keyring.set_size(&Wrapping::new(&key(1)).unwrap());
        let (first, second) =
            (keyring.for_new_segment(1).unwrap(), keyring.for_new_segment(1).unwrap());
        assert_ne!(first.0.salt, second.0.salt);
        let sealed = |gcm: Option<Gcm>| {
            let mut bytes = *b"the same text";
            let tag = gcm.unwrap().seal(&Nonce::default(), b"", &mut bytes);
            (bytes, tag)
        };
        let found = keyring.for_segment(1, &first.0).unwrap();
        let elsewhere = keyring.for_segment(2, &first.0).unwrap();
        let shorter = Mark { key_bytes: 16, ..first.0 };
        let all = [first.1, second.1, elsewhere, keyring.for_segment(1, &shorter).unwrap()];
        let all = all.map(sealed);
        assert_eq!(sealed(found), all[0]);
        assert!(all[1..].iter().all(|other| *other != all[0]), "{all:?}");
    }

    #[test]
    fn a_segment_that_contradicts_its_period_is_refused() {
        let keyring = encrypted_from(2);
        let mark = Mark { epoch: 1, key_bytes: 32, salt: [1; 16] };
        assert!(keyring.for_segment(1, &Mark::default()).unwrap().is_none());
        assert!(keyring.for_segment(2, &mark).unwrap().is_some());
        for (number, mark) in [
            (1, mark),
            (1, Mark { epoch: 0, ..mark }),
            (2, Mark::default()),
            (2, Mark { epoch: 2, ..mark }),
            (2, Mark { key_bytes: 20, ..mark }),
        ] {
            assert!(keyring.for_segment(number, &mark).is_err(), "{number}, {mark:?}");
        }
    }
}
