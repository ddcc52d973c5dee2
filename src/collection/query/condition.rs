//! Conditions, as users write them.

use crate::collection::query::on_index::{HasKey, InSpan, IndexCondition, range_text};
use crate::table::index::IndexHandle;
use crate::table::key::{KeyPart, KeyRange, Prefix, span_of_prefix};
use crate::table::order::Ordered;
use crate::table::record::Record;
use crate::table::row_map::needs_order;
use crate::table::span::Span;
use std::fmt;
use std::ops::Not;

/// What a record must be to be in the result of a [`Query`](crate::Query).
///
/// A condition on an index holds for the records that the index has under such a key: never for those that it
/// leaves out (`None`, or a partial index), and for those that it has under several keys
/// (`#[index(each)]`) if one of the keys is such. So it can be answered by the index as well as by a
/// look at the record, and which of the two is a question of cost alone.
///
/// ```
/// # use folio::{Condition, Record, Store};
/// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// # struct User { #[key] id: u64, #[index] city: String, #[index] age: u8 }
/// # fn main() -> folio::Result<()> {
/// # let users = Store::in_memory().collection::<User>()?;
/// # users.put(User { id: 1, city: "London".into(), age: 36 })?;
/// let is_young = || Condition::range(User::AGE, ..30);
/// let in_london = || Condition::eq(User::CITY, "London");
/// let elsewhere_or_young = users.query().matching(is_young().or(!in_london()));
/// assert_eq!(elsewhere_or_young.count(), 0);
/// assert_eq!(users.query().matching(in_london().and(!is_young())).count(), 1);
/// # Ok(()) }
/// ```
pub struct Condition<'c, T: Record> {
    pub(super) tree: Tree<'c, T>,
}

pub(super) enum Tree<'c, T: Record> {
    Index(Box<dyn IndexCondition<T>>),
    Keys(Span<T::Key>, String),
    Filter(Box<dyn Fn(&T) -> bool + 'c>),
    All(Vec<Condition<'c, T>>),
    Any(Vec<Condition<'c, T>>),
    Not(Box<Condition<'c, T>>),
}

impl<'c, T: Record> Condition<'c, T> {
    /// The index has the record under this key.
    pub fn eq<I: IndexHandle<T>>(index: I, key: impl KeyPart<I::Key>) -> Self {
        Self::one_of(index, [key])
    }

    /// The index has the record under one of these keys. Without keys it holds for no record.
    pub fn one_of<I, P>(index: I, keys: P) -> Self
    where
        I: IndexHandle<T>,
        P: IntoIterator<Item: KeyPart<I::Key>>,
    {
        let keys = keys.into_iter().map(KeyPart::to_key).collect();
        Self::of(Tree::Index(Box::new(HasKey::new(index, keys))))
    }

    /// The index has the record under a key in this range. There is none of a hash index:
    ///
    /// ```compile_fail,E0271
    /// # use folio::{Condition, Record};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct Session { #[key] id: u64, #[index(hash)] user: u64 }
    /// let some = Condition::range(Session::USER, 7..9);
    /// ```
    pub fn range<I>(index: I, range: impl KeyRange<I::Key>) -> Self
    where
        I: IndexHandle<T, Order = Ordered>,
    {
        let (lower, upper) = range.to_bounds();
        let text = range_text(&lower, &upper);
        let span = Span::from_bounds(lower, upper);
        Self::of(Tree::Index(Box::new(InSpan::new(index, span, text))))
    }

    /// The index has the record under a key that begins with `prefix`.
    pub fn prefix<I>(index: I, prefix: impl Prefix<I::Key>) -> Self
    where
        I: IndexHandle<T, Order = Ordered>,
    {
        let text = "with a prefix".to_owned();
        Self::of(Tree::Index(Box::new(InSpan::new(index, span_of_prefix(prefix), text))))
    }

    /// The record's own key lies in this range. Does not compile where records are
    /// [unordered](Record::UNORDERED): a closure can look at the key of those.
    ///
    /// ```compile_fail,E0080
    /// # use folio::{Condition, Record};
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # #[record(unordered)]
    /// # struct Session { #[key] id: u64 }
    /// # fn main() {
    /// let some: Condition<'_, Session> = Condition::key_range(7..9);
    /// # }
    /// ```
    pub fn key_range(range: impl KeyRange<T::Key>) -> Self {
        const { needs_order::<T>() };
        let (lower, upper) = range.to_bounds();
        let text = range_text(&lower, &upper);
        Self::of(Tree::Keys(Span::from_bounds(lower, upper), text))
    }

    /// The record's own key begins with `prefix`. Does not compile where records are
    /// [unordered](Record::UNORDERED).
    pub fn key_prefix(prefix: impl Prefix<T::Key>) -> Self {
        const { needs_order::<T>() };
        Self::of(Tree::Keys(span_of_prefix(prefix), "with a prefix".to_owned()))
    }

    /// The closure says so. No index can help it. Of which records it is asked, and how often, is the plan's
    /// matter: so it should depend on the record alone.
    pub fn filter(holds: impl Fn(&T) -> bool + 'c) -> Self {
        Self::of(Tree::Filter(Box::new(holds)))
    }

    /// All of these hold. Without conditions it holds for every record.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::of(Tree::All(conditions.into_iter().collect()))
    }

    /// One of these holds, or several. Without conditions it holds for no record. Indexes help only
    /// where there is one for each of them.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::of(Tree::Any(conditions.into_iter().collect()))
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    /// One of the two holds, or both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::any([self, other])
    }

    fn of(tree: Tree<'c, T>) -> Self {
        Self { tree }
    }

    /// Whether it holds for a record.
    pub(super) fn holds(&self, record: &T) -> bool {
        match &self.tree {
            Tree::Index(condition) => condition.holds(record),
            Tree::Keys(span, _) => span.contains(&record.key()),
            Tree::Filter(holds) => holds(record),
            Tree::All(conditions) => conditions.iter().all(|condition| condition.holds(record)),
            Tree::Any(conditions) => conditions.iter().any(|condition| condition.holds(record)),
            Tree::Not(condition) => !condition.holds(record),
        }
    }

    /// Adds it to conditions that must all hold: where it is several such itself, one by one.
    pub(super) fn split_into(self, conditions: &mut Vec<Self>) {
        match self.tree {
            Tree::All(parts) => parts.into_iter().for_each(|part| part.split_into(conditions)),
            tree => conditions.push(Self { tree }),
        }
    }
}

/// The condition does not hold.
impl<T: Record> Not for Condition<'_, T> {
    type Output = Self;

    fn not(self) -> Self {
        Self::of(Tree::Not(Box::new(self)))
    }
}

/// As [`Query::explain`](crate::Query::explain) shows it.
impl<T: Record> fmt::Display for Condition<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, name, conditions: &[Self]| {
            write!(f, "{name} of (")?;
            for (place, condition) in conditions.iter().enumerate() {
                let comma = if place > 0 { ", " } else { "" };
                write!(f, "{comma}{condition}")?;
            }
            f.write_str(")")
        };
        match &self.tree {
            Tree::Index(condition) => {
                write!(f, "index `{}` {}", condition.name(), condition.text())
            }
            Tree::Keys(_, text) => write!(f, "keys {text}"),
            Tree::Filter(_) => f.write_str("a closure"),
            Tree::All(conditions) => list(f, "all", conditions),
            Tree::Any(conditions) => list(f, "any", conditions),
            Tree::Not(condition) => write!(f, "not {condition}"),
        }
    }
}

impl<T: Record> fmt::Debug for Condition<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Condition({self})")
    }
}
