//! Words: what of a text can be searched for, and what a search asks for.
//!
//! A text becomes *terms* ([`words`]): it is cut into words where Unicode says that they end (UAX #29), each word is
//! brought to one form (compatibility composition and lower case), and, where the index has a [`language`], to its stem. A
//! [`query`] is a tree of words, phrases and beginnings of words as they were written; [`plan`] has it in the terms of one
//! index.
//!
//! Nothing here knows a table: [`table::text`](crate::table::text) has the index.

pub(crate) mod language;
pub(crate) mod plan;
pub(crate) mod query;
pub(crate) mod words;
