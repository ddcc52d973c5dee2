//! Full-text indexes: which records have which words.
//!
//! # What there is
//!
//! A [`TextIndex`](index::TextIndex) has, for each *term* (a word in the form in which it is compared,
//! [`crate::text`]), a number and its [`postings`]: the keys of the records that have it, each with how often. And it has, for
//! each record, its [`document`]: the numbers of its terms in the order of its words. That is all that finding and ranking
//! take, and no record is looked at.
//!
//! Search engines keep where a word stands beside its postings instead. Then a word more at the beginning of a text changes the
//! postings of all words behind it; here it changes its own, and the document.
//!
//! Both are persistent maps, so an index is shared between versions as every other, and stands behind the same trait
//! ([`Secondary`](crate::table::secondary::Secondary)): it is planned, carried over, filled and audited as they are, and is as little on
//! disk. A [plan](moves) counts the words of a record before and after, and touches the postings of those terms whose
//! counts differ.
//!
//! # Searching
//!
//! [`find`](mod@find) gives the records that have what a plan asks for, from those terms on that the fewest have, and
//! [`rank`] puts them in order.

pub(crate) mod document;
pub(crate) mod find;
pub(crate) mod handle;
pub(crate) mod index;
mod moves;
pub(crate) mod postings;
pub(crate) mod rank;
