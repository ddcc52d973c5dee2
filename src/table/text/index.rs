//! A full-text index: its terms, and what a change of records does to them.

use crate::parallel;
use crate::persistent::Map;
use crate::table::key::{Key, Sought};
use crate::table::needs::entry_bytes;
use crate::table::secondary::{
    AnyMoves, AnyReliance, Audit, Edit, Handover, Moves, Row, Secondary, Violation,
};
use crate::table::text::document::{Document, NO_TERM, TermId};
use crate::table::text::handle::Text;
use crate::table::text::moves::{Move, TextMoves, Words};
use crate::table::text::postings::{Postings, Removed};
use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::mem::needs_drop;
use std::sync::Arc;

/// So many records are read before their words go into the index.
const COUNTED_AT_ONCE: usize = 8_192;

/// Below this number of records one thread reads them faster than several.
const PARALLEL_FROM: usize = 256;

/// From this number of a term on the terms are numbered anew, which is far from where numbers end.
const RENUMBERED_FROM: TermId = if cfg!(test) { 1_000 } else { TermId::MAX / 2 };

/// A full-text index of a table whose records are `T` with primary keys `P`.
pub(crate) struct TextIndex<P, T> {
    text: Text<T>,
    terms: Map<String, Term<P>>,
    /// The records that have any word.
    documents: Map<P, Document>,
    /// How many words all of them have.
    words: u64,
    /// How many postings there are.
    postings: usize,
    /// The number that the next new term is given.
    next: TermId,
}

/// A term of an index.
#[derive(Debug, Clone)]
pub(crate) struct Term<P> {
    id: TermId,
    pub(crate) postings: Postings<P>,
}

impl<P: Key, T> TextIndex<P, T> {
    /// The index that a handle names, with nothing in it.
    pub(crate) fn of(text: Text<T>) -> Self {
        let (terms, documents) = (Map::default(), Map::default());
        Self { text, terms, documents, words: 0, postings: 0, next: NO_TERM + 1 }
    }

    pub(crate) fn text(&self) -> Text<T> {
        self.text
    }

    pub(crate) fn terms(&self) -> &Map<String, Term<P>> {
        &self.terms
    }

    /// The records that have any word.
    pub(crate) fn documents(&self) -> &Map<P, Document> {
        &self.documents
    }

    /// How many words the records have, together.
    pub(crate) fn words(&self) -> u64 {
        self.words
    }

    pub(crate) fn postings_of(&self, term: &str) -> Option<&Postings<P>> {
        self.terms.get(&Sought(term)).map(|term| &term.postings)
    }

    /// The number of a term, where there is one.
    pub(super) fn id_of(&self, term: &str) -> Option<TermId> {
        self.terms.get(&Sought(term)).map(|term| term.id)
    }

    fn words_of(&self, row: Option<&Row<T>>) -> Words {
        Words::of(|give| {
            if let Some(row) = row {
                self.text.each_text(row, give);
            }
        })
    }

    /// What a record with these words has in the index, whose terms are all there.
    fn document(&self, words: &Words) -> Document {
        let ids: Vec<TermId> =
            words.counts.iter().map(|(term, _)| self.id_of(term).unwrap_or(NO_TERM)).collect();
        let id = |place: &u32| ids.get(*place as usize).copied().unwrap_or(NO_TERM);
        Document::new(words.total, words.order.iter().map(id))
    }

    /// Carries out moves of different records. Each term is looked for once, whatever the number of records in which it
    /// comes or goes.
    fn carry_out(&mut self, moves: &[Move<P>]) {
        if self.next >= RENUMBERED_FROM {
            self.renumber();
        }
        let mut changes: Vec<(&String, usize, u32)> = Vec::new();
        for (of, place) in moves.iter().zip(0..) {
            let (had, has) = (of.before.total, of.after.total);
            self.words = self.words.saturating_sub(had.into()) + u64::from(has);
            if has > 0 {
                // For its key; its terms may not be there yet.
                self.documents.insert(of.key.clone(), Document::default());
            }
            changes.extend(of.changes().map(|(term, count)| (term, place, count)));
        }
        changes.sort_unstable();
        for of_term in changes.chunk_by(|(one, ..), (other, ..)| one == other) {
            let Some((term, ..)) = of_term.first() else { continue };
            let of_term = of_term
                .iter()
                .filter_map(|(_, place, count)| moves.get(*place).map(|of| (&of.key, *count)));
            self.change_term(term, of_term);
        }
        for Move { key, after, .. } in moves {
            if after.total > 0 {
                let document = self.document(after);
                self.documents.insert(key.clone(), document);
            } else {
                self.documents.remove(key);
            }
        }
    }

    /// Sets how often some records have a term.
    fn change_term<'k>(&mut self, term: &str, changes: impl Iterator<Item = (&'k P, u32)>) {
        let mut changes = changes;
        let Self { terms, documents, postings: total, next, .. } = self;
        if terms.get(&Sought(term)).is_none() {
            // The first that comes makes it.
            let Some((key, count)) = changes.find(|(_, count)| *count > 0) else { return };
            let postings = Postings::One(key.clone(), count);
            terms.insert(term.to_owned(), Term { id: *next, postings });
            *next = next.saturating_add(1);
            *total += 1;
        }
        let Some(Term { postings, .. }) = terms.get_mut(&Sought(term)) else { return };
        // What comes before what goes, so that it is never empty in between.
        let (comes, goes): (Vec<_>, Vec<_>) = changes.partition(|(_, count)| *count > 0);
        for (key, count) in comes {
            // As the map of documents holds the key, so that it is there once.
            if let Some((key, _)) = documents.held_at(key) {
                *total += usize::from(postings.insert(&key, count).is_none());
            }
        }
        let mut is_last = false;
        for (key, _) in goes {
            match postings.remove(key) {
                Removed::Missing => continue,
                Removed::Done => {}
                Removed::WouldBeLast => is_last = true,
            }
            *total -= 1;
        }
        if is_last {
            terms.remove(&Sought(term));
        }
    }

    /// Gives the terms the first numbers again. O(index), once in billions of new terms.
    fn renumber(&mut self) {
        let mut numbers = HashMap::new();
        let terms = self.terms.iter().zip(NO_TERM + 1..).map(|((name, term), id)| {
            numbers.insert(term.id, id);
            (name.clone(), Term { id, postings: term.postings.clone() })
        });
        let terms = Map::from_sorted(terms.collect::<Vec<_>>());
        let number = |id: TermId| numbers.get(&id).copied().unwrap_or(NO_TERM);
        let documents = self.documents.iter().map(|(key, of)| (key.clone(), of.renumbered(number)));
        self.documents = Map::from_sorted(documents.collect::<Vec<_>>());
        self.next = NO_TERM + 1 + TermId::try_from(terms.len()).unwrap_or(RENUMBERED_FROM);
        self.terms = terms;
    }

    /// Postings from a list in order. Keys that own something are those of the map of documents.
    fn posted(&self, list: Vec<(P, u32)>) -> Option<Postings<P>> {
        if !needs_drop::<P>() || list.len() < 2 {
            return Postings::from_sorted(list);
        }
        let mut map = Map::default();
        for (key, count) in list {
            let (key, _) = self.documents.held_at(&key)?;
            map.insert_held(&key, count);
        }
        Some(Postings::Many(Arc::new(map)))
    }
}

impl<P: Key, T: Send + Sync + 'static> Secondary<P, T> for TextIndex<P, T> {
    fn name(&self) -> &'static str {
        self.text.name()
    }

    fn is_unique(&self) -> bool {
        false
    }

    fn entries(&self) -> usize {
        self.postings
    }

    fn entry_bytes(&self) -> usize {
        entry_bytes::<u32, P>()
    }

    fn plan(&self, edits: &[Edit<P, T>]) -> Option<AnyMoves<P, T>> {
        let is_same = |edit: &Edit<P, T>| match (&edit.before, &edit.after, self.text.same()) {
            (Some(before), Some(after), Some(same)) => same(before, after),
            _ => false,
        };
        let moves = edits.iter().filter(|edit| !is_same(edit)).map(|edit| Move {
            key: edit.key.clone(),
            before: self.words_of(edit.before.as_ref()),
            after: self.words_of(edit.after.as_ref()),
        });
        let moves = TextMoves::new(moves.collect());
        if moves.moves.is_empty() { None } else { Some(Box::new(moves)) }
    }

    fn check(
        &self,
        _: &dyn Moves<P, T>,
        _: Handover,
    ) -> Result<Option<AnyReliance<P, T>>, Violation<P>> {
        Ok(None)
    }

    fn apply(&mut self, moves: AnyMoves<P, T>) {
        let moves = moves.into_any().downcast::<TextMoves<P>>();
        let mut moves = moves.expect("a full-text index has moves of one type");
        // Of a record that was written twice there are two that were not settled yet.
        moves.settle();
        self.carry_out(&moves.moves);
    }

    fn fill(&mut self, rows: &[(P, Row<T>)]) -> Result<(), Violation<P>> {
        let mut lists: HashMap<String, (TermId, Vec<(P, u32)>)> = HashMap::new();
        let mut documents = Vec::with_capacity(rows.len());
        // A part after the other, so that not all words of all records are there at a time.
        for part in rows.chunks(COUNTED_AT_ONCE) {
            let words = parallel::map(part, PARALLEL_FROM, |(_, row)| Ok(self.words_of(Some(row))));
            let words = words.expect("counting words does not fail");
            for ((key, _), Words { total, counts, order }) in part.iter().zip(words) {
                if total == 0 {
                    continue;
                }
                self.words += u64::from(total);
                self.postings += counts.len();
                let mut ids = Vec::with_capacity(counts.len());
                for (term, count) in counts {
                    let next = self.next;
                    let (id, list) = lists.entry(term).or_insert((next, Vec::new()));
                    self.next += TermId::from(*id == next);
                    ids.push(*id);
                    list.push((key.clone(), count));
                }
                let id = |place: u32| ids.get(place as usize).copied().unwrap_or(NO_TERM);
                documents.push((key.clone(), Document::new(total, order.into_iter().map(id))));
            }
        }
        documents.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        self.documents = Map::from_sorted(documents);
        let mut lists: Vec<_> = lists.into_iter().collect();
        lists.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let terms = lists.into_iter().filter_map(|(term, (id, mut list))| {
            list.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
            Some((term, Term { id, postings: self.posted(list)? }))
        });
        self.terms = Map::from_sorted(terms);
        Ok(())
    }

    fn audit(&self, rows: &mut dyn Iterator<Item = (&P, &Row<T>)>) -> Audit {
        let (mut found, mut missing, mut documents, mut words) = (0, 0, 0, 0);
        for (key, row) in rows {
            let expected = self.words_of(Some(row));
            documents += usize::from(expected.total > 0);
            words += u64::from(expected.total);
            let document = (expected.total > 0).then(|| self.document(&expected));
            missing += usize::from(self.documents.get(key) != document.as_ref());
            for (term, count) in expected.counts {
                let there = self.postings_of(&term).and_then(|postings| postings.get(key));
                if there == Some(count) {
                    found += 1;
                } else {
                    missing += 1;
                }
            }
        }
        let entries = self.postings;
        // Counted anew: the number that is kept may be what is wrong.
        let there: usize = self.terms.iter().map(|(_, term)| term.postings.len()).sum();
        let superfluous = there.saturating_sub(found)
            + there.abs_diff(entries)
            + self.documents.len().saturating_sub(documents)
            + usize::from(self.words != words);
        Audit { index: self.name(), entries, missing, superfluous, shared: 0 }
    }

    fn reliance_on_all(&self) -> Option<AnyReliance<P, T>> {
        None
    }

    fn share(&self) -> Arc<dyn Secondary<P, T>> {
        let Self { text, words, postings, next, .. } = *self;
        let (terms, documents) = (self.terms.clone(), self.documents.clone());
        Arc::new(Self { text, terms, documents, words, postings, next })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl<P, T> fmt::Debug for TextIndex<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextIndex").field("text", &self.text).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: Text<String> = Text::<String>::new("text", |record, emit| emit(record));

    fn rows(texts: &[(u8, &str)]) -> Vec<(u8, Row<String>)> {
        texts.iter().map(|(key, text)| (*key, Row(Arc::new((*text).to_owned())))).collect()
    }

    fn index(texts: &[(u8, &str)]) -> TextIndex<u8, String> {
        let mut index = TextIndex::of(TEXT);
        assert!(index.fill(&rows(texts)).is_ok());
        index
    }

    fn audit(index: &TextIndex<u8, String>, texts: &[(u8, &str)]) -> (usize, usize) {
        let rows = rows(texts);
        let audit = index.audit(&mut rows.iter().map(|(key, row)| (key, row)));
        assert_eq!(audit.fault().is_none(), (audit.missing, audit.superfluous) == (0, 0));
        (audit.missing, audit.superfluous)
    }

    #[test]
    fn an_audit_finds_what_does_not_fit_the_records() {
        let texts = [(1, "a b"), (2, "b c c"), (3, "")];
        assert_eq!(audit(&index(&texts), &texts), (0, 0));
        for other in [
            &[(1, "a b"), (2, "b c c"), (3, "d")][..],
            &[(1, "a b"), (2, "b c d")],
            &[(1, "a b"), (2, "b b c")],
            &[(1, "b a"), (2, "b c c")],
            &[(1, "a b")],
            &[],
        ] {
            assert_ne!(audit(&index(&texts), other), (0, 0), "{other:?}");
        }
        let mut miscounted = index(&texts);
        miscounted.words += 1;
        assert_eq!(audit(&miscounted, &texts), (0, 1));
        let mut miscounted = index(&texts);
        miscounted.postings -= 1;
        assert_eq!(audit(&miscounted, &texts), (0, 1));
        let mut longer = index(&texts);
        longer.documents.insert(1, Document::new(7, [1, 2].into_iter()));
        assert_eq!(audit(&longer, &texts), (1, 0));
    }

    #[test]
    fn what_edits_leave_is_what_would_be_built() {
        let mut edited = index(&[(1, "a b"), (2, "b c c")]);
        let row = |text: &str| Some(Row(Arc::new(text.to_owned())));
        let edits = [
            Edit { key: 1, before: row("a b"), after: None },
            Edit { key: 2, before: row("b c c"), after: row("c d") },
            Edit { key: 3, before: None, after: row("d d e") },
        ];
        let held = Secondary::<u8, String>::share(&edited);
        let plan = edited.plan(&edits).expect("words change");
        edited.apply(plan);
        assert_eq!(audit(&edited, &[(2, "c d"), (3, "d d e")]), (0, 0));
        let held = held.as_any().downcast_ref::<TextIndex<u8, String>>();
        assert_eq!(audit(held.expect("it is the same"), &[(1, "a b"), (2, "b c c")]), (0, 0));
        assert!(edited.plan(&[Edit { key: 2, before: row("c d"), after: row("C, d!") }]).is_none());
        // The same words in another order.
        let plan = edited.plan(&[Edit { key: 2, before: row("c d"), after: row("d c") }]);
        edited.apply(plan.expect("their order changes"));
        assert_eq!(audit(&edited, &[(2, "d c"), (3, "d d e")]), (0, 0));
    }

    #[test]
    fn terms_are_numbered_anew_before_numbers_end() {
        let row = |text: &str| Some(Row(Arc::new(text.to_owned())));
        let text = |round: u32| format!("always word{round} here");
        let mut index = index(&[(1, &text(0)), (2, "always somewhere here")]);
        let mut numbers = Vec::new();
        for round in 0..3 * RENUMBERED_FROM {
            let edit = Edit { key: 1, before: row(&text(round)), after: row(&text(round + 1)) };
            let plan = index.plan(&[edit]).expect("a word changes");
            index.apply(plan);
            numbers.push(index.next);
        }
        assert!(numbers.iter().all(|next| *next <= RENUMBERED_FROM + 1), "{numbers:?}");
        assert!(numbers.windows(2).filter(|pair| pair[1] < pair[0]).count() >= 3);
        let last = text(3 * RENUMBERED_FROM);
        assert_eq!(audit(&index, &[(1, &last), (2, "always somewhere here")]), (0, 0));
    }
}
