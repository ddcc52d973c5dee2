//! Keys abbreviated to sixteen bytes that are in the order of the keys.
//!
//! The parts of a key are written one after the other, each in a form whose bytes are in the order of
//! its values: numbers with the greatest byte first, the sign turned round; text and lists with an end
//! that is smaller than anything that could follow. What does not fit is left out. So of two keys the
//! smaller never has the greater abbreviation, while equal abbreviations say nothing. A part whose
//! order is not known here ends it.

use std::cmp::Ordering;
use std::ops::Range;

/// The bytes of an abbreviation.
const BYTES: usize = 16;

/// The beginning of a key, in the order of the keys. Two halves, since a `u128` would be aligned to sixteen
/// bytes, and a key with its pointer take 32 of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Abbreviation([u64; 2]);

/// As one number: that takes two instructions and no branch.
impl Ord for Abbreviation {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

impl PartialOrd for Abbreviation {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Abbreviation {
    /// Not above that of any key.
    pub(crate) const LOWEST: Self = Self([0; 2]);

    /// Not below that of any key.
    pub(crate) const HIGHEST: Self = Self([u64::MAX; 2]);

    /// Where in a list that is in order the items with this abbreviation are; where there are none, the empty
    /// range at which they would be.
    ///
    /// A search by halves learns from each item which one it reads next, so that in a node that is not in the
    /// cache it waits for one miss after the other. Here the list is in groups, about one to a line
    /// of the cache. First the last item of each group is read, none of which depends on another, so that
    /// the processor waits for all of them together; then the items of one group.
    pub(crate) fn places_in<T>(self, items: &[T], of: impl Fn(&T) -> Self) -> Range<usize> {
        const GROUP: usize = 4;
        let is_smaller = |item: &T| usize::from(of(item) < self);
        let (groups, _) = items.as_chunks::<GROUP>();
        let passed: usize = groups.iter().map(|[.., last]| is_smaller(last)).sum();
        let group = items.get(passed * GROUP..).unwrap_or_default().iter().take(GROUP);
        let smaller = passed * GROUP + group.map(is_smaller).sum::<usize>();
        let rest = items.get(smaller..).unwrap_or_default();
        smaller..smaller + rest.iter().take_while(|item| of(item) == self).count()
    }

    fn number(self) -> u128 {
        let Self([high, low]) = self;
        u128::from(high) << 64 | u128::from(low)
    }
}

/// Writes an abbreviation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Abbreviator {
    bytes: [u8; BYTES],
    length: usize,
    is_stopped: bool,
}

impl Abbreviator {
    /// Bytes that are in the order of a part's values, of the same number for all of them.
    pub(crate) fn fixed(&mut self, bytes: &[u8]) {
        if self.is_stopped || self.length == BYTES {
            return;
        }
        let end = (self.length + bytes.len()).min(BYTES);
        if let (Some(to), Some(from)) =
            (self.bytes.get_mut(self.length..end), bytes.get(..end - self.length))
        {
            to.copy_from_slice(from);
        }
        self.length = end;
    }

    /// The beginning of a text, which may go on.
    pub(crate) fn begin_text(&mut self, text: &[u8]) {
        let whole = text.get(..BYTES).unwrap_or(text);
        // Not only up to the first zero: so the processor takes all bytes at once.
        if whole.iter().fold(0, |found, byte| found | u8::from(*byte == 0)) == 0 {
            return self.fixed(whole);
        }
        let before = whole.split(|byte| *byte == 0).next();
        self.fixed(before.unwrap_or_default());
        // Above the end of a text, below all other bytes.
        self.fixed(&[0, 0xFF]);
        self.stop();
    }

    /// A text.
    pub(crate) fn text(&mut self, text: &[u8]) {
        self.begin_text(text);
        self.fixed(&[0, 0]);
    }

    /// The first items of a list, which may go on. A byte before each says that there is one, and
    /// another that there is none left.
    pub(crate) fn begin_list<T>(&mut self, items: &[T], abbreviate: impl Fn(&T, &mut Self)) {
        for item in items {
            if self.is_stopped || self.length == BYTES {
                return;
            }
            self.fixed(&[1]);
            abbreviate(item, self);
        }
    }

    /// A list.
    pub(crate) fn list<T>(&mut self, items: &[T], abbreviate: impl Fn(&T, &mut Self)) {
        self.begin_list(items, abbreviate);
        self.fixed(&[0]);
    }

    /// Nothing behind this counts: the order of what follows is not known.
    pub(crate) fn stop(&mut self) {
        self.is_stopped = true;
    }

    /// The least that begins with what was written.
    pub(crate) fn lower(self) -> Abbreviation {
        let (high, low) = self.bytes.split_at(BYTES / 2);
        let number = |half: &[u8]| u64::from_be_bytes(half.try_into().unwrap_or_default());
        Abbreviation([number(high), number(low)])
    }

    /// The greatest that begins with what was written; nothing where that was not written to its end.
    pub(crate) fn upper(mut self) -> Option<Abbreviation> {
        self.bytes.iter_mut().skip(self.length).for_each(|byte| *byte = 0xFF);
        (!self.is_stopped).then(|| self.lower())
    }
}
