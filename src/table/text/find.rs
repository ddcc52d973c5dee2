//! Which records have what a plan asks for.
//!
//! Every part of a plan gives a list of keys in order. What all of several parts must hold is worked out from the one on that is found
//! in the fewest records, and each of the others is asked only about those that are left ([`Finder::counts`] goes
//! through the shorter of both and looks up in the longer). So `rare common` costs in proportion to `rare`.

use crate::table::key::{Key, span_of_prefix};
use crate::table::text::document::TermId;
use crate::table::text::index::TextIndex;
use crate::table::text::postings::Postings;
use crate::text::plan::Plan;

/// The records that were found.
pub(crate) struct Found<'a, P> {
    /// Their keys, in order.
    pub(crate) keys: Vec<&'a P>,
    /// What was asked for, for ranking.
    pub(super) parts: Vec<Part<'a, P>>,
}

/// A word, a beginning of words or a phrase that was asked for.
pub(super) struct Part<'a, P> {
    /// How much it tells.
    pub(super) weight: f64,
    /// The records that have it, in order, each with how often: all of those at least that were found.
    pub(super) counts: Vec<(&'a P, u32)>,
}

impl<P: Key, T: 'static> TextIndex<P, T> {
    /// The records that have what a plan asks for. O(records that have the rarest part, times parts), and for a beginning
    /// all that have any such word.
    pub(crate) fn find<'a>(&'a self, plan: &Plan) -> Found<'a, P> {
        let mut finder = Finder { index: self, parts: Vec::new() };
        let keys = finder.keys(plan, None, true);
        Found { keys, parts: finder.parts }
    }

    /// Whether one record has what a plan asks for.
    pub(crate) fn holds(&self, plan: &Plan, key: &P) -> bool {
        let has = |postings: &Postings<P>| postings.get(key).is_some();
        match plan {
            Plan::Term(term) => self.postings_of(term).is_some_and(has),
            Plan::Prefix(prefix) => self.beginning(prefix).any(has),
            Plan::Phrase(terms) => self.occurrences(key, &self.ids_of(terms)) > 0,
            Plan::All(parts) => parts.iter().all(|part| self.holds(part, key)),
            Plan::Any(parts) => parts.iter().any(|part| self.holds(part, key)),
            Plan::Without(wanted, unwanted) => {
                self.holds(wanted, key) && !self.holds(unwanted, key)
            }
        }
    }

    /// The postings of the terms that begin so, in the order of the terms.
    fn beginning(&self, prefix: &str) -> impl Iterator<Item = &Postings<P>> {
        let terms = span_of_prefix::<String>(prefix).of(self.terms());
        terms.into_iter().flatten().map(|(_, term)| &term.postings)
    }

    /// The numbers of the terms of a phrase; none where it has one that no record has.
    fn ids_of(&self, terms: &[String]) -> Vec<TermId> {
        terms.iter().map(|term| self.id_of(term)).collect::<Option<_>>().unwrap_or_default()
    }

    /// How often terms stand one after the other in a record.
    fn occurrences(&self, key: &P, phrase: &[TermId]) -> u32 {
        let document = self.documents().get(key).filter(|_| !phrase.is_empty());
        document.map_or(0, |document| document.occurrences(phrase))
    }

    /// How much it tells that a record has something that so many have: the inverse document frequency, in the form that
    /// is never negative.
    #[expect(clippy::cast_precision_loss, reason = "no store has so many records")]
    fn weight(&self, having: usize) -> f64 {
        let (all, having) = (self.documents().len() as f64, having as f64);
        ((all - having + 0.5) / (having + 0.5)).ln_1p()
    }

    /// About how many records have what a plan asks for: not fewer.
    fn estimate(&self, plan: &Plan) -> usize {
        let having = |term: &String| self.postings_of(term).map_or(0, Postings::len);
        let estimates = |parts: &[Plan]| -> Vec<usize> {
            parts.iter().map(|part| self.estimate(part)).collect()
        };
        match plan {
            Plan::Term(term) => having(term),
            Plan::Prefix(prefix) => self.beginning(prefix).map(Postings::len).sum(),
            Plan::Phrase(terms) => terms.iter().map(having).min().unwrap_or(0),
            Plan::All(parts) => estimates(parts).into_iter().min().unwrap_or(0),
            Plan::Any(parts) => estimates(parts).into_iter().sum(),
            Plan::Without(wanted, _) => self.estimate(wanted),
        }
    }
}

/// A search under way.
struct Finder<'a, P, T> {
    index: &'a TextIndex<P, T>,
    parts: Vec<Part<'a, P>>,
}

impl<'a, P: Key, T: 'static> Finder<'a, P, T> {
    /// The keys of the records that have what a plan asks for, in order; of some alone where those are given. Where it
    /// is `wanted`, it counts for ranking.
    fn keys(&mut self, plan: &Plan, within: Option<&[&'a P]>, wanted: bool) -> Vec<&'a P> {
        match plan {
            Plan::Term(term) => {
                let postings = self.index.postings_of(term);
                let counts = postings.map_or(Vec::new(), |postings| Self::counts(postings, within));
                self.part(self.index.weight(postings.map_or(0, Postings::len)), counts, wanted)
            }
            Plan::Prefix(prefix) => self.beginning(prefix, within, wanted),
            Plan::Phrase(terms) => self.phrase(terms, within, wanted),
            Plan::All(parts) => self.all(&parts.iter().collect::<Vec<_>>(), within, wanted),
            Plan::Any(parts) => {
                let keys = parts.iter().flat_map(|part| self.keys(part, within, wanted));
                let mut keys: Vec<&P> = keys.collect();
                keys.sort_unstable();
                keys.dedup();
                keys
            }
            Plan::Without(these, others) => {
                let first = self.parts.len();
                let mut keys = self.keys(these, within, wanted);
                let unwanted = self.keys(others, Some(&keys), false);
                keys.retain(|key| unwanted.binary_search(key).is_err());
                self.confine(first, &keys);
                keys
            }
        }
    }

    fn all(&mut self, parts: &[&Plan], within: Option<&[&'a P]>, wanted: bool) -> Vec<&'a P> {
        let mut parts: Vec<(usize, &Plan)> =
            parts.iter().map(|part| (self.index.estimate(part), *part)).collect();
        parts.sort_by_key(|(estimate, _)| *estimate);
        let (mut keys, first) = (None::<Vec<&P>>, self.parts.len());
        for (_, part) in parts {
            keys = Some(self.keys(part, keys.as_deref().or(within), wanted));
        }
        let keys = keys.unwrap_or_default();
        self.confine(first, &keys);
        keys
    }

    /// Leaves of the parts from this one on what they have of some records: who has one of several words that are all asked for,
    /// and is found for another reason, is not ranked for it.
    fn confine(&mut self, first: usize, keys: &[&'a P]) {
        for part in self.parts.iter_mut().skip(first) {
            part.counts.retain(|(key, _)| keys.binary_search(key).is_ok());
        }
    }

    fn beginning(&mut self, prefix: &str, within: Option<&[&'a P]>, wanted: bool) -> Vec<&'a P> {
        let (mut having, mut counts) = (0_usize, Vec::new());
        for postings in self.index.beginning(prefix) {
            having += postings.len();
            counts.extend(Self::counts(postings, within));
        }
        counts.sort_unstable_by_key(|(key, _)| *key);
        counts.dedup_by(|(later, count), (first, sum)| {
            let is_same = later == first;
            if is_same {
                *sum += *count;
            }
            is_same
        });
        // As if it were one word. Who has several such words is counted for each.
        let weight = self.index.weight(having.min(self.index.documents().len()));
        self.part(weight, counts, wanted)
    }

    fn phrase(&mut self, terms: &[String], within: Option<&[&'a P]>, wanted: bool) -> Vec<&'a P> {
        let words: Vec<Plan> = terms.iter().cloned().map(Plan::Term).collect();
        let having_all = self.all(&words.iter().collect::<Vec<_>>(), within, false);
        let phrase = self.index.ids_of(terms);
        let counted = having_all.into_iter().filter_map(|key| {
            let count = self.index.occurrences(key, &phrase);
            (count > 0).then_some((key, count))
        });
        let counts = counted.collect();
        let weights = terms
            .iter()
            .map(|term| self.index.weight(self.index.postings_of(term).map_or(0, Postings::len)));
        self.part(weights.sum(), counts, wanted)
    }

    /// Keeps a part for ranking where it is wanted.
    fn part(&mut self, weight: f64, counts: Vec<(&'a P, u32)>, wanted: bool) -> Vec<&'a P> {
        let keys = counts.iter().map(|(key, _)| *key).collect();
        if wanted {
            self.parts.push(Part { weight, counts });
        }
        keys
    }

    /// What postings have, of some records alone where those are given.
    fn counts(postings: &'a Postings<P>, within: Option<&[&'a P]>) -> Vec<(&'a P, u32)> {
        match within {
            None => postings.iter().collect(),
            Some(keys) if keys.len() < postings.len() => {
                keys.iter().filter_map(|key| Some((*key, postings.get(key)?))).collect()
            }
            Some(keys) => {
                postings.iter().filter(|(key, _)| keys.binary_search(key).is_ok()).collect()
            }
        }
    }
}
