//! Declaring indexes: the typed handles by which they are named and looked up.

use crate::table::key::Key;
use crate::table::order::{IndexOrder, Ordered};
use crate::table::secondary::{Extract, Same};
use std::fmt;
use std::marker::PhantomData;

/// An index: any number of records under each of its keys, which lie in their order, or by hash where
/// `O` is [`Hashed`](crate::Hashed).
///
/// A handle, not the index itself: it is `Copy`, and `#[derive(Record)]` makes one associated
/// constant of the record for each index.
pub struct Index<T, K, O = Ordered> {
    name: &'static str,
    extract: Extract<T, K>,
    same: Option<Same<T>>,
    order: PhantomData<fn() -> O>,
}

/// An index in which each key leads to one record at most. Its keys lie in their order, or by hash where
/// `O` is [`Hashed`](crate::Hashed).
///
/// In a record that is written by hand, the type of the constant says so:
///
/// ```
/// # use folio::{Hashed, Index, Unique};
/// # struct User { email: String, city: String }
/// impl User {
///     pub const EMAIL: Unique<User, String, Hashed> =
///         Unique::new("email", |user, emit| emit(user.email.clone()));
///     pub const CITY: Index<User, String> =
///         Index::new("city", |user, emit| emit(user.city.clone()));
/// }
/// ```
pub struct Unique<T, K, O = Ordered> {
    name: &'static str,
    extract: Extract<T, K>,
    same: Option<Same<T>>,
    order: PhantomData<fn() -> O>,
}

/// An [`Index`] or a [`Unique`] index of records of type `T`.
pub trait IndexHandle<T>: private::Sealed<T, Self::Key> + Copy + Send + Sync + 'static {
    /// The type of its keys.
    type Key: Key;

    /// Whether its keys lie in their order or by hash.
    type Order: IndexOrder;

    /// Whether each key leads to one record at most.
    const UNIQUE: bool;

    /// The name of the index.
    fn name(&self) -> &'static str;
}

pub(crate) mod private {
    use crate::table::secondary::{Extract, Same};

    /// What a handle knows that is not for users.
    pub trait Sealed<T, K> {
        #[doc(hidden)]
        fn extract(&self) -> Extract<T, K>;

        #[doc(hidden)]
        fn same(&self) -> Option<Same<T>>;
    }
}

macro_rules! handle {
    ($handle:ident, $unique:literal) => {
        impl<T, K, O> $handle<T, K, O> {
            /// An index called `name`. `extract` calls its second argument with each key under which
            /// the record is to be found: once for a plain index, never for a record that the index
            /// leaves out. It must depend on the record alone.
            pub const fn new(name: &'static str, extract: fn(&T, &mut dyn FnMut(K))) -> Self {
                Self { name, extract, same: None, order: PhantomData }
            }

            /// Like [`new`](Self::new), with a comparison of what the keys are made of, which saves
            /// making the keys of a record that an update leaves where it is. For the derive.
            #[doc(hidden)]
            pub const fn comparing(
                name: &'static str,
                extract: fn(&T, &mut dyn FnMut(K)),
                same: fn(&T, &T) -> bool,
            ) -> Self {
                Self { name, extract, same: Some(same), order: PhantomData }
            }

            /// The name of the index.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                self.name
            }
        }

        impl<T: Send + Sync + 'static, K: Key, O: IndexOrder> IndexHandle<T> for $handle<T, K, O> {
            type Key = K;
            type Order = O;
            const UNIQUE: bool = $unique;

            fn name(&self) -> &'static str {
                self.name
            }
        }

        impl<T, K, O> private::Sealed<T, K> for $handle<T, K, O> {
            fn extract(&self) -> Extract<T, K> {
                self.extract
            }

            fn same(&self) -> Option<Same<T>> {
                self.same
            }
        }

        impl<T, K, O> Clone for $handle<T, K, O> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T, K, O> Copy for $handle<T, K, O> {}

        impl<T, K, O> fmt::Debug for $handle<T, K, O> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($handle)).field("name", &self.name).finish()
            }
        }
    };
}

handle!(Index, false);
handle!(Unique, true);
