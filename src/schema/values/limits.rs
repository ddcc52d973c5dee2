//! How much a decoded value may take.

use super::failure::{Cause, Failure};
use crate::value::Value;

/// How much [`Descriptor::decode_within`](crate::Descriptor::decode_within) makes of bytes at most,
/// whatever they claim.
///
/// Bytes can claim a lot: a list of a billion `()` takes five bytes. What is decoded takes some 50
/// bytes of memory a value, besides texts and bytes, which are no longer than what they are
/// decoded from. A [`Value`] that is stored as such is counted after it was read: it has no more
/// values in it than bytes.
///
/// ```
/// use folio::{Descriptor, Limits};
///
/// let units = Descriptor::of::<Vec<()>>();
/// let few = Limits::default().items(1_000);
/// assert!(units.decode_within(&[100], few).is_ok());
/// assert!(units.decode_within(&[0xff, 0xff, 0xff, 0xff, 0x0f], few).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many values may be around a value: [`Value::MAX_DEPTH`], which more does not raise, since
    /// deeper values can't be written.
    pub depth: usize,
    /// How many values may be in it, all told: 4,000,000. Each struct around a single value counts
    /// too.
    pub items: usize,
}

impl Limits {
    /// Limits with this depth.
    #[must_use]
    pub const fn depth(self, depth: usize) -> Self {
        Self { depth, ..self }
    }

    /// Limits with this number of values.
    #[must_use]
    pub const fn items(self, items: usize) -> Self {
        Self { items, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: Value::MAX_DEPTH, items: 4_000_000 }
    }
}

/// What is left of the limits while a value is decoded or encoded.
#[derive(Debug)]
pub(super) struct Budget {
    limits: Limits,
    left: usize,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        let depth = limits.depth.min(Value::MAX_DEPTH);
        Self { limits: limits.depth(depth), left: limits.items }
    }

    /// Takes away one value.
    pub(super) fn charge(&mut self) -> Result<(), Failure> {
        self.left = self.left.checked_sub(1).ok_or(Cause::Many(self.limits.items))?;
        Ok(())
    }

    /// Takes away the values in a value that there is already.
    pub(super) fn admit(&mut self, value: &Value, depth: usize) -> Result<(), Failure> {
        match value {
            Value::Some(value) => self.admit_part(value, depth),
            Value::Variant(variant) => self.admit_part(&variant.value, depth),
            Value::Sequence(values) => self.admit_all(values.iter(), depth),
            Value::Map(entries) => {
                self.admit_all(entries.iter().flat_map(|(key, value)| [key, value]), depth)
            }
            Value::Struct(fields) => self.admit_all(fields.iter().map(|(_, value)| value), depth),
            _ => Ok(()),
        }
    }

    fn admit_all<'v>(
        &mut self,
        mut values: impl Iterator<Item = &'v Value>,
        depth: usize,
    ) -> Result<(), Failure> {
        self.inner(depth)?;
        values.try_for_each(|value| self.admit_part(value, depth))
    }

    fn admit_part(&mut self, value: &Value, depth: usize) -> Result<(), Failure> {
        let inner = self.inner(depth)?;
        self.charge()?;
        self.admit(value, inner)
    }

    /// How many values are around what is in a value that has `depth` around it.
    pub(super) fn inner(&self, depth: usize) -> Result<usize, Failure> {
        if depth >= self.limits.depth {
            return Err(Cause::Deep(self.limits.depth).into());
        }
        Ok(depth + 1)
    }
}
