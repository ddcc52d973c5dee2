//! Declaring indexes: the typed handles by which they are named and looked up.

use crate::table::key::Key;
use crate::table::secondary::{Extract, Same};
use std::fmt;

/// An ordered index: any number of records under each of its keys.
///
/// A handle, not the index itself: it is `Copy`, and `#[derive(Record)]` makes one associated
/// constant of the record for each index.
pub struct Index<T, K> {
    name: &'static str,
    extract: Extract<T, K>,
    same: Option<Same<T>>,
}

/// An index in which each key leads to one record at most.
pub struct Unique<T, K> {
    name: &'static str,
    extract: Extract<T, K>,
    same: Option<Same<T>>,
}

/// An [`Index`] or a [`Unique`] index of records of type `T`.
pub trait IndexHandle<T>: private::Sealed<T, Self::Key> + Copy {
    /// The type of its keys.
    type Key: Key;

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
        impl<T, K> $handle<T, K> {
            /// An index called `name`. `extract` calls its second argument with each key under which
            /// the record is to be found: once for a plain index, never for a record that the index
            /// leaves out. It must depend on the record alone.
            pub const fn new(name: &'static str, extract: fn(&T, &mut dyn FnMut(K))) -> Self {
                Self { name, extract, same: None }
            }

            /// Like [`new`](Self::new), with a comparison of what the keys are made of, which saves
            /// making the keys of a record that an update leaves where it is. For the derive.
            #[doc(hidden)]
            pub const fn comparing(
                name: &'static str,
                extract: fn(&T, &mut dyn FnMut(K)),
                same: fn(&T, &T) -> bool,
            ) -> Self {
                Self { name, extract, same: Some(same) }
            }

            /// The name of the index.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                self.name
            }
        }

        impl<T: Send + Sync + 'static, K: Key> IndexHandle<T> for $handle<T, K> {
            type Key = K;
            const UNIQUE: bool = $unique;

            fn name(&self) -> &'static str {
                self.name
            }
        }

        impl<T, K> private::Sealed<T, K> for $handle<T, K> {
            fn extract(&self) -> Extract<T, K> {
                self.extract
            }

            fn same(&self) -> Option<Same<T>> {
                self.same
            }
        }

        impl<T, K> Clone for $handle<T, K> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T, K> Copy for $handle<T, K> {}

        impl<T, K> fmt::Debug for $handle<T, K> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($handle)).field("name", &self.name).finish()
            }
        }
    };
}

handle!(Index, false);
handle!(Unique, true);
