//! The words of a record as they stand there: for phrases, and for how long it is.

use std::sync::Arc;

/// The number of a term in an index: of no other one that there is at the time.
pub(crate) type TermId = u32;

/// No term: it stands between two texts.
pub(super) const NO_TERM: TermId = 0;

/// The terms of a record, in the order of its words. A clone is O(1).
#[derive(Debug, Clone, Default, Eq)]
pub(crate) struct Document {
    /// How many words there are.
    words: u32,
    terms: Arc<[TermId]>,
}

impl Document {
    pub(super) fn new(words: u32, terms: impl Iterator<Item = TermId>) -> Self {
        Self { words, terms: terms.collect() }
    }

    /// How many words there are.
    pub(crate) fn words(&self) -> u32 {
        self.words
    }

    /// The same, with other numbers for the terms.
    pub(super) fn renumbered(&self, number: impl Fn(TermId) -> TermId) -> Self {
        Self::new(self.words, self.terms.iter().map(|term| number(*term)))
    }

    /// How often terms stand there one after the other. O(words).
    pub(super) fn occurrences(&self, phrase: &[TermId]) -> u32 {
        let found = self.terms.windows(phrase.len()).filter(|words| *words == phrase).count();
        u32::try_from(found).unwrap_or(u32::MAX)
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.terms, &other.terms)
            || (self.words == other.words && self.terms == other.terms)
    }
}
