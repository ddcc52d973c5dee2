//! Keys, and the borrowed forms in which they can be looked up.
//!
//! One key is found by anything the key borrows as (`&str` for a `String`), as in the standard
//! library. Ranges take the standard ranges of keys or of what converts to one ([`KeyPart`]), so
//! that `range("a".."b")` works on strings. [`Prefix`] is the beginning of a string, of a list or of
//! a tuple.

use crate::schema::Schema;
use crate::table::span::{Order, Span};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::Any;
use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
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

pub(crate) fn span_of_range<K: Ord>(range: impl KeyRange<K>) -> Span<K> {
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
pub struct PrefixOrder<K>(Order<K>);

pub(crate) fn span_of_prefix<K: Ord>(prefix: impl Prefix<K>) -> Span<K> {
    Span::around(prefix.into_order().0)
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
        PrefixOrder(Arc::new(move |key: &String| {
            let length = self.len().min(key.len());
            // Bytes, since the prefix may end within a character of the key; the order is the same.
            key.as_bytes().get(..length).unwrap_or_default().cmp(self.as_bytes())
        }))
    }
}

impl<T: Ord + Clone + Send + Sync + 'static> Prefix<Vec<T>> for &[T] {
    fn into_order(self) -> PrefixOrder<Vec<T>> {
        let prefix = self.to_vec();
        PrefixOrder(Arc::new(move |key: &Vec<T>| {
            let length = prefix.len().min(key.len());
            key.get(..length).unwrap_or_default().cmp(prefix.as_slice())
        }))
    }
}

impl<T: Ord + Clone + Send + Sync + 'static, const N: usize> Prefix<Vec<T>> for &[T; N] {
    fn into_order(self) -> PrefixOrder<Vec<T>> {
        self.as_slice().into_order()
    }
}

/// A tuple of parts as the prefix of a longer (or equally long) tuple.
macro_rules! tuple_prefix {
    ($($part:ident $key:ident $value:ident $place:tt),+; $($rest:ident),*) => {
        impl<$($part,)+ $($key,)+ $($rest),*> Prefix<($($key,)+ $($rest,)*)> for ($($part,)+)
        where
            $($part: KeyPart<$key>, $key: Ord + Send + Sync + 'static,)+
        {
            fn into_order(self) -> PrefixOrder<($($key,)+ $($rest,)*)> {
                $(let $value = self.$place.to_key();)+
                PrefixOrder(Arc::new(move |key: &($($key,)+ $($rest,)*)| {
                    std::cmp::Ordering::Equal$(.then_with(|| key.$place.cmp(&$value)))+
                }))
            }
        }

        impl<'a, $($part,)+ $($key,)+ $($rest),*> Prefix<($($key,)+ $($rest,)*)> for &'a ($($part,)+)
        where
            $($part: Clone + KeyPart<$key>, $key: Ord + Send + Sync + 'static,)+
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
