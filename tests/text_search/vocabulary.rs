//! Words whose terms are written down here, texts of them, and what is found in such texts by going through them: without any of what Folio
//! has for that.

#![allow(clippy::cast_precision_loss, reason = "a few dozen words")]

use crate::common::Random;
use folio::TextQuery;
use std::collections::BTreeMap;

/// Words as they are written, with their terms as they are and in English.
const WORDS: [Word; 14] = [
    ("fox", "fox", "fox"),
    ("Foxes", "foxes", "fox"),
    ("dog", "dog", "dog"),
    ("DOGS", "dogs", "dog"),
    ("running", "running", "run"),
    ("run", "run", "run"),
    ("runs", "runs", "run"),
    ("quick", "quick", "quick"),
    ("quickly", "quickly", "quick"),
    ("Café", "café", "café"),
    ("cafe\u{301}", "café", "café"),
    ("שלום", "שלום", "שלום"),
    ("x", "x", "x"),
    ("42", "42", "42"),
];

/// A word as it is written, its term as it is, and in English.
type Word = (&'static str, &'static str, &'static str);

/// What stands between words.
const BETWEEN: [&str; 5] = [" ", ", ", " -- ", "\n", "! "];

/// A text of up to so many words.
pub(crate) fn text(random: &mut Random, most: u64) -> String {
    let mut text = String::new();
    for _ in 0..random.below(most + 1) {
        text += random.pick(&WORDS).0;
        text += random.pick(&BETWEEN);
    }
    text
}

/// The terms of a text of such words.
pub(crate) fn terms(text: &str, english: bool) -> Vec<&'static str> {
    let words = text.split(|letter: char| letter.is_whitespace() || ",-!".contains(letter));
    let words = words.filter(|word| !word.is_empty());
    let term = |word: &str| {
        let (_, plain, stem) = WORDS.iter().find(|(written, ..)| *written == word).expect(word);
        if english { *stem } else { *plain }
    };
    words.map(term).collect()
}

/// A query of such words.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    Word(Word),
    Phrase(Vec<Word>),
    /// Plain letters, which are no word of these.
    Prefix(&'static str),
    All(Vec<Asked>),
    Any(Vec<Asked>),
    Without(Box<Asked>, Box<Asked>),
}

impl Asked {
    pub(crate) fn any(random: &mut Random, depth: u64) -> Self {
        let word = |random: &mut Random| random.pick(&WORDS);
        let parts = |random: &mut Random| {
            (0..2 + random.below(2)).map(|_| Self::any(random, depth - 1)).collect()
        };
        match random.below(if depth == 0 { 5 } else { 10 }) {
            0..3 => Self::Word(word(random)),
            3 => Self::Phrase((0..2 + random.below(2)).map(|_| word(random)).collect()),
            4 => Self::Prefix(
                random.pick(&["fo", "d", "qui", "quick", "ca", "caf", "r", "ru", "4", "zz"]),
            ),
            5..7 => Self::All(parts(random)),
            7..9 => Self::Any(parts(random)),
            _ => {
                let (wanted, unwanted) =
                    (Self::any(random, depth - 1), Self::any(random, depth - 1));
                Self::Without(Box::new(wanted), Box::new(unwanted))
            }
        }
    }

    pub(crate) fn query(&self) -> TextQuery {
        let written = |word: &Word| word.0;
        match self {
            Self::Word(word) => TextQuery::words(written(word)),
            Self::Phrase(words) => {
                TextQuery::phrase(words.iter().map(written).collect::<Vec<_>>().join(" / "))
            }
            Self::Prefix(prefix) => TextQuery::prefix(*prefix),
            Self::All(parts) => {
                parts.iter().map(Self::query).fold(TextQuery::default(), TextQuery::and)
            }
            Self::Any(parts) => {
                parts.iter().map(Self::query).fold(TextQuery::default(), TextQuery::or)
            }
            Self::Without(wanted, unwanted) => wanted.query().without(unwanted.query()),
        }
    }

    fn term((_, plain, stem): Word, english: bool) -> &'static str {
        if english { stem } else { plain }
    }

    /// How often what is asked for is in texts; of several parts, whether it is.
    fn count(&self, texts: &[Vec<&str>], english: bool) -> usize {
        let terms = || texts.iter().flatten();
        let of = |part: &Self| part.count(texts, english) > 0;
        match self {
            Self::Word(word) => terms().filter(|term| **term == Self::term(*word, english)).count(),
            Self::Phrase(words) => {
                let phrase: Vec<&str> =
                    words.iter().map(|word| Self::term(*word, english)).collect();
                let found = |text: &Vec<&str>| {
                    text.windows(phrase.len()).filter(|words| *words == phrase).count()
                };
                texts.iter().map(found).sum()
            }
            Self::Prefix(prefix) => terms().filter(|term| term.starts_with(prefix)).count(),
            Self::All(parts) => usize::from(parts.iter().all(of)),
            Self::Any(parts) => usize::from(parts.iter().any(of)),
            Self::Without(wanted, unwanted) => usize::from(of(wanted) && !of(unwanted)),
        }
    }
}

/// Texts by key, for a search through all of them.
pub(crate) struct Naive<'a> {
    pub(crate) documents: BTreeMap<&'a str, Vec<Vec<&'static str>>>,
    pub(crate) english: bool,
}

impl<'a> Naive<'a> {
    /// The keys of what is found, with their scores, the best first.
    pub(crate) fn ranked(&self, asked: &Asked) -> Vec<(&'a str, f64)> {
        let found = self.documents.iter().filter(|(_, texts)| asked.count(texts, self.english) > 0);
        let mut hits: Vec<(&str, f64)> =
            found.map(|(key, texts)| (*key, self.score(asked, texts))).collect();
        hits.sort_by(|(one, score), (other, others)| {
            others.total_cmp(score).then_with(|| one.cmp(other))
        });
        hits
    }

    fn having(&self, holds: impl Fn(&str) -> bool) -> f64 {
        let has = |texts: &&Vec<Vec<&'static str>>| texts.iter().flatten().any(|term| holds(term));
        self.documents.values().filter(has).count() as f64
    }

    fn all(&self) -> f64 {
        self.having(|_| true)
    }

    fn weight(&self, having: f64) -> f64 {
        (1.0 + (self.all() - having + 0.5) / (having + 0.5)).ln()
    }

    fn score(&self, asked: &Asked, texts: &[Vec<&str>]) -> f64 {
        let count = asked.count(texts, self.english);
        let weight = match asked {
            _ if count == 0 => return 0.0,
            Asked::All(parts) | Asked::Any(parts) => {
                return parts.iter().map(|part| self.score(part, texts)).sum();
            }
            Asked::Without(wanted, _) => return self.score(wanted, texts),
            Asked::Word(word) => {
                self.weight(self.having(|term| term == Asked::term(*word, self.english)))
            }
            Asked::Phrase(words) => {
                let terms = words.iter().map(|word| Asked::term(*word, self.english));
                terms.map(|asked| self.weight(self.having(|term| term == asked))).sum()
            }
            Asked::Prefix(prefix) => {
                let mut terms: Vec<&str> =
                    self.documents.values().flatten().flatten().copied().collect();
                terms.sort_unstable();
                terms.dedup();
                let terms = terms.into_iter().filter(|term| term.starts_with(prefix));
                let having: f64 = terms.map(|of| self.having(|term| term == of)).sum();
                self.weight(having.min(self.all()))
            }
        };
        let length = |texts: &[Vec<&str>]| texts.iter().map(Vec::len).sum::<usize>() as f64;
        let total: f64 = self.documents.values().map(|texts| length(texts)).sum();
        let norm = 1.2 * (1.0 - 0.75 + 0.75 * length(texts) / (total / self.all()));
        weight * count as f64 * 2.2 / (count as f64 + norm)
    }
}
