//! Keys, and the borrowed forms in which they can be looked up.
//!
//! One key is found by what the key borrows as (`&str` for a `String`), as in the standard library, where
//! [`Lookup`] knows it. Ranges take the standard ranges of keys or of what converts to one ([`KeyPart`]), so
//! that `range("a".."b")` works on strings. [`Prefix`] is the beginning of a string, of a list or of
//! a tuple.

use crate::persistent::abbreviation::{Abbreviation, Abbreviator};
use crate::persistent::{HashProbe, MapKey, Probe};
use crate::schema::Schema;
use crate::table::hash::hash_of;
use crate::table::span::{Order, Span};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::Any;
use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What can be the key of a record or of an index: any ordered, cloneable, serializable type.
/// Implemented for all of them.
///
/// The order must not depend on anything that changes while a store is open, and equal keys must
/// have the same encoding.
pub trait Key: Ord + Clone + Serialize + DeserializeOwned + Schema + Send + Sync + 'static {}

impl<K> Key for K where
    K: Ord + Clone + Serialize + DeserializeOwned + Schema + Send + Sync + 'static
{
}

/// A key, or a borrowed form of it ([`Borrow`]), as it is looked up: a `str` for a `String`, a slice for
/// a `Vec`.
///
/// A key type of your own can have one too:
///
/// ```
/// use folio::{Lookup, Schema};
/// # use serde::{Deserialize, Serialize};
/// use std::borrow::Borrow;
///
/// #[derive(Serialize, Deserialize, Schema, Clone, PartialEq, Eq, PartialOrd, Ord)]
/// struct Email(String);
///
/// impl Borrow<str> for Email {
///     fn borrow(&self) -> &str { &self.0 }
/// }
///
/// impl Lookup<Email> for str {
///     fn owned(&self) -> Email { Email(self.to_owned()) }
/// }
/// # use folio::{Record, Store};
/// # #[derive(Record, Serialize, Deserialize, Clone)]
/// # struct User { #[key] email: Email }
/// # fn main() -> folio::Result<()> {
/// # let users = Store::in_memory().collection::<User>()?;
/// users.put(User { email: Email("ada@lovelace.org".into()) })?;
/// assert!(users.contains("ada@lovelace.org"));
/// # Ok(()) }
/// ```
pub trait Lookup<K>: Ord {
    /// The key that this stands for: what that borrows must be equal to this.
    fn owned(&self) -> K;

    /// What the key would write as its abbreviation, where that is known.
    #[doc(hidden)]
    fn stem(&self) -> Option<Abbreviator> {
        None
    }

    /// The hash of the key.
    #[doc(hidden)]
    fn key_hash(&self) -> u64
    where
        K: Serialize,
    {
        hash_of(&self.owned())
    }
}

impl<K: Key> Lookup<K> for K {
    fn owned(&self) -> K {
        self.clone()
    }

    fn stem(&self) -> Option<Abbreviator> {
        Some(stem_of(self))
    }

    fn key_hash(&self) -> u64 {
        hash_of(self)
    }
}

macro_rules! borrowed {
    ($($of:ty: $borrowed:ty $(, $item:ident)?;)+) => {
        $(impl$(<$item: Key>)? Lookup<$of> for $borrowed {
            fn owned(&self) -> $of {
                self.into()
            }

            fn stem(&self) -> Option<Abbreviator> {
                Some(stem_of(self))
            }

            fn key_hash(&self) -> u64 {
                hash_of(self)
            }
        })+
    };
}

borrowed! {
    String: str;
    Box<str>: str;
    Arc<str>: str;
    Vec<T>: [T], T;
    Box<[T]>: [T], T;
    Arc<[T]>: [T], T;
    PathBuf: Path;
    Box<Path>: Path;
}

impl<T: ?Sized> Lookup<Cow<'static, T>> for T
where
    T: ToOwned + Schema + Ord,
    Cow<'static, T>: Key,
{
    fn owned(&self) -> Cow<'static, T> {
        Cow::Owned(self.to_owned())
    }

    fn stem(&self) -> Option<Abbreviator> {
        Some(stem_of(self))
    }
}

/// The beginning of a key or a part of one.
pub(crate) fn stem_of<K: Schema + ?Sized>(key: &K) -> Abbreviator {
    let mut out = Abbreviator::default();
    key.abbreviate(&mut out);
    out
}

/// The place of what is looked up.
pub(crate) struct Sought<'q, Q: ?Sized>(pub(crate) &'q Q);

impl<K: Borrow<Q>, Q: Lookup<K> + ?Sized> Probe<K> for Sought<'_, Q> {
    fn abbreviation(&self) -> Option<Abbreviation> {
        Some(self.0.stem()?.lower())
    }

    fn compare(&self, key: &K) -> Ordering {
        self.0.cmp(key.borrow())
    }
}

impl<K: Serialize + Borrow<Q>, Q: Lookup<K> + ?Sized> HashProbe<K> for Sought<'_, Q> {
    fn hash(&self) -> u64 {
        self.0.key_hash()
    }

    fn is(&self, key: &K) -> bool {
        self.0 == key.borrow()
    }
}

impl<K: Schema + Ord + Clone> MapKey for K {
    fn abbreviate(&self, out: &mut Abbreviator) {
        Schema::abbreviate(self, out);
    }
}

/// A key, or a borrowed form of it, as the end of a range or the part of a tuple prefix: `K` and
/// `&K`, `&str` for `String`, slices for `Vec`.
pub trait KeyPart<K> {
    /// The key that this stands for.
    fn to_key(self) -> K;
}

impl<K> KeyPart<K> for K {
    fn to_key(self) -> K {
        self
    }
}

impl<K: Clone> KeyPart<K> for &K {
    fn to_key(self) -> K {
        self.clone()
    }
}

impl KeyPart<String> for &str {
    fn to_key(self) -> String {
        self.to_owned()
    }
}

impl<T: Clone> KeyPart<Vec<T>> for &[T] {
    fn to_key(self) -> Vec<T> {
        self.to_vec()
    }
}

/// A range of keys: every range of the standard library, of keys or their borrowed forms. A range
/// whose ends are the wrong way round is empty.
pub trait KeyRange<K> {
    /// The lower and the upper end.
    fn to_bounds(self) -> (Bound<K>, Bound<K>);
}

impl<K> KeyRange<K> for RangeFull {
    fn to_bounds(self) -> (Bound<K>, Bound<K>) {
        (Bound::Unbounded, Bound::Unbounded)
    }
}

impl<K, P: KeyPart<K>> KeyRange<K> for Range<P> {
    fn to_bounds(self) -> (Bound<K>, Bound<K>) {
        (Bound::Included(self.start.to_key()), Bound::Excluded(self.end.to_key()))
    }
}

impl<K, P: KeyPart<K>> KeyRange<K> for RangeInclusive<P> {
    fn to_bounds(self) -> (Bound<K>, Bound<K>) {
        let (start, end) = self.into_inner();
        (Bound::Included(start.to_key()), Bound::Included(end.to_key()))
    }
}

impl<K, P: KeyPart<K>> KeyRange<K> for RangeFrom<P> {
    fn to_bounds(self) -> (Bound<K>, Bound<K>) {
        (Bound::Included(self.start.to_key()), Bound::Unbounded)
    }
}

impl<K, P: KeyPart<K>> KeyRange<K> for RangeTo<P> {
    fn to_bounds(self) -> (Bound<K>, Bound<K>) {
        (Bound::Unbounded, Bound::Excluded(self.end.to_key()))
    }
}

impl<K, P: KeyPart<K>> KeyRange<K> for RangeToInclusive<P> {
    fn to_bounds(self) -> (Bound<K>, Bound<K>) {
        (Bound::Unbounded, Bound::Included(self.end.to_key()))
    }
}

impl<K, P: KeyPart<K>, Q: KeyPart<K>> KeyRange<K> for (Bound<P>, Bound<Q>) {
    fn to_bounds(self) -> (Bound<K>, Bound<K>) {
        (self.0.map(KeyPart::to_key), self.1.map(KeyPart::to_key))
    }
}

pub(crate) fn span_of_range<K: MapKey>(range: impl KeyRange<K>) -> Span<K> {
    let (lower, upper) = range.to_bounds();
    Span::from_bounds(lower, upper)
}

/// The beginning of a key: of a string (`"Lon"`), of a list (`&[1, 2]`), or the first parts of a
/// tuple (`("London",)` or `("London", 36)`, all parts included).
pub trait Prefix<K> {
    #[doc(hidden)]
    fn into_order(self) -> PrefixOrder<K>;
}

/// How keys compare with a prefix.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "an opaque function")]
pub struct PrefixOrder<K> {
    order: Order<K>,
    stem: Abbreviator,
}

pub(crate) fn span_of_prefix<K: MapKey>(prefix: impl Prefix<K>) -> Span<K> {
    let PrefixOrder { order, stem } = prefix.into_order();
    Span::around(order, stem)
}

impl Prefix<String> for &str {
    fn into_order(self) -> PrefixOrder<String> {
        self.to_owned().into_order()
    }
}

impl Prefix<String> for &String {
    fn into_order(self) -> PrefixOrder<String> {
        self.clone().into_order()
    }
}

impl Prefix<String> for String {
    fn into_order(self) -> PrefixOrder<String> {
        let mut stem = Abbreviator::default();
        stem.begin_text(self.as_bytes());
        let order = Arc::new(move |key: &String| {
            let length = self.len().min(key.len());
            // Bytes, since the prefix may end within a character of the key; the order is the same.
            key.as_bytes().get(..length).unwrap_or_default().cmp(self.as_bytes())
        });
        PrefixOrder { order, stem }
    }
}

impl<T: Ord + Clone + Schema + Send + Sync> Prefix<Vec<T>> for &[T] {
    fn into_order(self) -> PrefixOrder<Vec<T>> {
        let prefix = self.to_vec();
        let mut stem = Abbreviator::default();
        stem.begin_list(&prefix, Schema::abbreviate);
        let order = Arc::new(move |key: &Vec<T>| {
            let length = prefix.len().min(key.len());
            key.get(..length).unwrap_or_default().cmp(prefix.as_slice())
        });
        PrefixOrder { order, stem }
    }
}

impl<T: Ord + Clone + Schema + Send + Sync, const N: usize> Prefix<Vec<T>> for &[T; N] {
    fn into_order(self) -> PrefixOrder<Vec<T>> {
        self.as_slice().into_order()
    }
}

/// A tuple of parts as the prefix of a longer (or equally long) tuple.
macro_rules! tuple_prefix {
    ($($part:ident $key:ident $value:ident $place:tt),+; $($rest:ident),*) => {
        impl<$($part,)+ $($key,)+ $($rest),*> Prefix<($($key,)+ $($rest,)*)> for ($($part,)+)
        where
            $($part: KeyPart<$key>, $key: Ord + Schema + Send + Sync,)+
        {
            fn into_order(self) -> PrefixOrder<($($key,)+ $($rest,)*)> {
                $(let $value = self.$place.to_key();)+
                let mut stem = Abbreviator::default();
                $($value.abbreviate(&mut stem);)+
                let order = Arc::new(move |key: &($($key,)+ $($rest,)*)| {
                    Ordering::Equal$(.then_with(|| key.$place.cmp(&$value)))+
                });
                PrefixOrder { order, stem }
            }
        }

        impl<'a, $($part,)+ $($key,)+ $($rest),*> Prefix<($($key,)+ $($rest,)*)> for &'a ($($part,)+)
        where
            $($part: Clone + KeyPart<$key>, $key: Ord + Schema + Send + Sync,)+
        {
            fn into_order(self) -> PrefixOrder<($($key,)+ $($rest,)*)> {
                self.clone().into_order()
            }
        }
    };
}

tuple_prefix!(P A a 0; B);
tuple_prefix!(P A a 0, Q B b 1;);
tuple_prefix!(P A a 0; B, C);
tuple_prefix!(P A a 0, Q B b 1; C);
tuple_prefix!(P A a 0, Q B b 1, R C c 2;);
tuple_prefix!(P A a 0; B, C, D);
tuple_prefix!(P A a 0, Q B b 1; C, D);
tuple_prefix!(P A a 0, Q B b 1, R C c 2; D);
tuple_prefix!(P A a 0, Q B b 1, R C c 2, S D d 3;);
tuple_prefix!(P A a 0; B, C, D, E);
tuple_prefix!(P A a 0, Q B b 1; C, D, E);
tuple_prefix!(P A a 0, Q B b 1, R C c 2; D, E);
tuple_prefix!(P A a 0, Q B b 1, R C c 2, S D d 3; E);
tuple_prefix!(P A a 0, Q B b 1, R C c 2, S D d 3, T E e 4;);

/// A key as people read it, for messages.
pub(crate) fn text<K: Serialize>(key: &K) -> String {
    serde_json::to_string(key).unwrap_or_else(|_| format!("a {}", std::any::type_name::<K>()))
}

/// The number that an integer key is, for keeping [`next_id`](crate::Transaction::next_id) ahead of
/// keys that were chosen by hand.
pub(crate) fn number<K: Key>(key: &K) -> Option<u64> {
    let key: &dyn Any = key;
    None.or_else(|| key.downcast_ref::<u64>().copied())
        .or_else(|| key.downcast_ref::<u32>().map(|&key| key.into()))
        .or_else(|| key.downcast_ref::<u16>().map(|&key| key.into()))
        .or_else(|| key.downcast_ref::<u8>().map(|&key| key.into()))
        .or_else(|| key.downcast_ref::<usize>().and_then(|&key| key.try_into().ok()))
        .or_else(|| key.downcast_ref::<u128>().and_then(|&key| key.try_into().ok()))
        .or_else(|| key.downcast_ref::<i8>().and_then(|&key| key.try_into().ok()))
        .or_else(|| key.downcast_ref::<i16>().and_then(|&key| key.try_into().ok()))
        .or_else(|| key.downcast_ref::<isize>().and_then(|&key| key.try_into().ok()))
        .or_else(|| key.downcast_ref::<i64>().and_then(|&key| key.try_into().ok()))
        .or_else(|| key.downcast_ref::<i32>().and_then(|&key| key.try_into().ok()))
        .or_else(|| key.downcast_ref::<i128>().and_then(|&key| key.try_into().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, proptest};
    use std::fmt::Debug;

    /// The smaller of two keys has the smaller abbreviation or the same, and lies where it should
    /// between the places around the other.
    fn in_order<K: MapKey + Debug>(left: &K, right: &K) {
        let (low, high) = if left <= right { (left, right) } else { (right, left) };
        assert!(low.abbreviation() <= high.abbreviation(), "{low:?} {high:?}");
        let stem = low.stem();
        assert!(stem.lower() <= high.abbreviation());
        if low == high {
            assert!(stem.upper().is_none_or(|upper| upper >= high.abbreviation()));
        }
    }

    /// Two strings that have some of their beginning in common.
    const ALIKE: &str = "[a-c\\x00]{0,18}";

    proptest! {
        #[test]
        fn abbreviations_are_in_the_order_of_numbers(
            left in any::<(i8, u16, i64, Option<i32>, char, bool)>(),
            right in any::<(i8, u16, i64, Option<i32>, char, bool)>(),
        ) {
            in_order(&left, &right);
            in_order(&(1_u8, left.1), &(1_u8, right.1));
            in_order(&[left.2; 2], &[right.2, left.2]);
            in_order(&(left.3, left.4), &(right.3, right.4));
            in_order(&(i128::from(left.2), left.5), &(i128::from(right.2), right.5));
        }

        #[test]
        fn abbreviations_are_in_the_order_of_texts_and_lists(
            left in (ALIKE, proptest::collection::vec(ALIKE, 0..4), any::<i16>()),
            right in (ALIKE, proptest::collection::vec(ALIKE, 0..4), any::<i16>()),
        ) {
            in_order(&left.0, &right.0);
            in_order(&(left.0.clone(), left.2), &(right.0.clone(), right.2));
            in_order(&(left.0.clone(), left.2), &(left.0.clone(), right.2));
            in_order(&left.1, &right.1);
            in_order(&(left.1.clone(), left.2), &(right.1, right.2));
            in_order(&Some(left.0.into_boxed_str()), &Some(right.0.into_boxed_str()));
        }
    }
}
