//! What a search asks for, in the terms of one index.

use std::fmt;

/// A query as an index answers it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Plan {
    Term(String),
    /// Any term that begins so.
    Prefix(String),
    /// Terms one after the other: two or more.
    Phrase(Vec<String>),
    All(Vec<Plan>),
    Any(Vec<Plan>),
    /// The one, where the other is not.
    Without(Box<Plan>, Box<Plan>),
}

impl Plan {
    /// Whether a text is found by this term, among others.
    pub(crate) fn shows(&self, term: &str) -> bool {
        match self {
            Self::Term(asked) => asked == term,
            Self::Prefix(prefix) => term.starts_with(prefix.as_str()),
            Self::Phrase(terms) => terms.iter().any(|asked| asked == term),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.shows(term)),
            Self::Without(wanted, _) => wanted.shows(term),
        }
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, name: &str, parts: &[Self]| {
            let parts: Vec<String> = parts.iter().map(|part| format!("{part:?}")).collect();
            write!(f, "{name}({})", parts.join(", "))
        };
        match self {
            Self::Term(term) => f.write_str(term),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
            Self::Phrase(terms) => write!(f, "\"{}\"", terms.join(" ")),
            Self::All(parts) => list(f, "all", parts),
            Self::Any(parts) => list(f, "any", parts),
            Self::Without(wanted, unwanted) => write!(f, "{wanted:?} without {unwanted:?}"),
        }
    }
}
