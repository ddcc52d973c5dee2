//! The order of what was found: BM25.
//!
//! A record counts the more for a word the rarer the word is and the more often the record has it, but each time less, and the
//! less the longer the record is beside the others. The formula is that of Robertson and Zaragoza, *The Probabilistic
//! Relevance Framework: BM25 and Beyond* (2009), with the parameters that are usual; the weight of a word is `ln(1 + (N − n +
//! ½) / (n + ½))`, which is not negative for words that most records have.

use crate::table::key::Key;
use crate::table::text::find::Found;
use crate::table::text::index::TextIndex;
use std::cmp::Ordering;

/// How soon it counts no more that a word comes again.
const SATURATION: f64 = 1.2;

/// How much the length of a record counts.
const NORMALIZATION: f64 = 0.75;

impl<P: Key, T: 'static> TextIndex<P, T> {
    /// The first `most` of the records that were found, each with its score: the best first, and of equal ones the one with the
    /// least key. O(found × (parts + log n) + most × log most).
    pub(crate) fn rank<'a>(&self, found: Found<'a, P>, most: usize) -> Vec<(&'a P, f64)> {
        let Found { keys, parts, .. } = found;
        let mut hits: Vec<(&P, f64)> = keys.into_iter().map(|key| (key, 0.0)).collect();
        let norms: Vec<f64> = hits.iter().map(|(key, _)| self.norm(key)).collect();
        for part in parts {
            let mut counts = part.counts.into_iter().peekable();
            for ((key, score), norm) in hits.iter_mut().zip(&norms) {
                while counts.next_if(|(before, _)| before < key).is_some() {}
                if let Some((_, count)) = counts.next_if(|(at, _)| at == key) {
                    let count = f64::from(count);
                    *score += part.weight * count * (SATURATION + 1.0) / (count + norm);
                }
            }
        }
        let order = |(one, score): &(&P, f64), (other, others): &(&P, f64)| {
            others.total_cmp(score).then_with(|| one.cmp(other))
        };
        if most < hits.len() {
            best(&mut hits, most, order);
        }
        hits.sort_unstable_by(order);
        hits
    }

    /// What the length of a record makes of its counts.
    #[expect(clippy::cast_precision_loss, reason = "no store has so many words")]
    fn norm(&self, key: &P) -> f64 {
        let length = self.documents().get(key).map_or(0.0, |document| document.words().into());
        let average = self.words() as f64 / self.documents().len().max(1) as f64;
        SATURATION * (1.0 - NORMALIZATION + NORMALIZATION * length / average)
    }
}

/// Leaves the first of a list in some order, in no order.
fn best<H>(hits: &mut Vec<H>, most: usize, order: impl Fn(&H, &H) -> Ordering) {
    if most > 0 {
        hits.select_nth_unstable_by(most - 1, order);
    }
    hits.truncate(most);
}
