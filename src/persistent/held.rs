//! Keys on their way from one map to another.

use crate::persistent::slot::{Inline, Shared, Slot};
use std::ops::Deref;

/// A key as a map holds it. A map that takes it over needs neither a clone of the key nor a new
/// abbreviation of it.
pub(crate) struct Held<'a, K> {
    pub(super) slot: HeldSlot<'a, K>,
}

pub(super) enum HeldSlot<'a, K> {
    Inline(&'a Inline<K>),
    Shared(&'a Shared<K>),
}

impl<'a, K> Held<'a, K> {
    pub(super) fn inline<V>((slot, value): (&'a Inline<K>, &'a V)) -> (Self, &'a V) {
        (Self { slot: HeldSlot::Inline(slot) }, value)
    }

    pub(super) fn shared<V>((slot, value): (&'a Shared<K>, &'a V)) -> (Self, &'a V) {
        (Self { slot: HeldSlot::Shared(slot) }, value)
    }
}

impl<K> Deref for Held<'_, K> {
    type Target = K;

    fn deref(&self) -> &K {
        match self.slot {
            HeldSlot::Inline(slot) => slot.key(),
            HeldSlot::Shared(slot) => slot.key(),
        }
    }
}
