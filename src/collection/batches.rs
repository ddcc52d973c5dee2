//! Iterating from both ends over what is fetched a few items at a time, more each time.

use std::collections::VecDeque;

/// How many items are fetched at first and at the most.
const BATCH: std::ops::RangeInclusive<usize> = 4..=64;

/// Where the items come from. It knows which of them were not fetched yet, from either end.
pub(crate) trait Source {
    type Item;

    /// Fetches about `batch` of the first items into an empty queue, in their order.
    fn fetch_front(&mut self, batch: usize, into: &mut VecDeque<Self::Item>);

    /// Fetches about `batch` of the last items into an empty queue, the last first.
    fn fetch_back(&mut self, batch: usize, into: &mut VecDeque<Self::Item>);
}

/// An owned double-ended iterator.
pub(crate) struct Batches<S: Source> {
    source: S,
    front: VecDeque<S::Item>,
    back: VecDeque<S::Item>,
    batch: usize,
}

impl<S: Source> Batches<S> {
    pub(crate) fn of(source: S) -> Self {
        Self { source, front: VecDeque::new(), back: VecDeque::new(), batch: *BATCH.start() }
    }

    /// The size of the batch at hand; the next is larger.
    fn next_batch(&mut self) -> usize {
        let batch = self.batch;
        self.batch = (batch * 2).min(*BATCH.end());
        batch
    }
}

impl<S: Source> Iterator for Batches<S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        if self.front.is_empty() {
            let batch = self.next_batch();
            self.source.fetch_front(batch, &mut self.front);
        }
        self.front.pop_front().or_else(|| self.back.pop_back())
    }
}

impl<S: Source> DoubleEndedIterator for Batches<S> {
    fn next_back(&mut self) -> Option<S::Item> {
        if self.back.is_empty() {
            let batch = self.next_batch();
            self.source.fetch_back(batch, &mut self.back);
        }
        self.back.pop_front().or_else(|| self.front.pop_back())
    }
}
