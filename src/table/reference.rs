//! References: fields that hold the key of a record of another collection, or of the same.

use crate::persistent::abbreviation::Abbreviator;
use crate::schema::Schema;
use crate::schema::build::Types;
use crate::schema::node::TypeRef;
use crate::table::key::text;
use crate::table::record::Record;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The key of a record of type `T`, in a record that refers to it.
///
/// It is stored as the key alone, and described as that: a field may become a `Ref` from one release to
/// the next, and cease to be one, without a migration. What it adds is the type: a reference to a city can't
/// be looked up among users.
///
/// Nothing holds the two records together. The record that is referred to may be missing, or be
/// removed later, and then [`get`](Self::get) gives `None`; a transaction that has looked at it depends
/// on that, as on everything it reads. An index on the field leads the other way, from a record to those that refer
/// to it ([`Query::referring`](crate::Query::referring)).
///
/// ```
/// use folio::{Record, Ref, Store};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Record, Serialize, Deserialize, Clone)]
/// struct Org { #[key] id: u64, name: String }
///
/// #[derive(Record, Serialize, Deserialize, Clone)]
/// struct User {
///     #[key]
///     id: u64,
///     #[index]
///     org: Ref<Org>,
///     manager: Option<Ref<User>>,
/// }
///
/// # fn main() -> folio::Result<()> {
/// let store = Store::in_memory();
/// let (orgs, users) = (store.collection::<Org>()?, store.collection::<User>()?);
/// let acme = Org { id: 7, name: "Acme".into() };
/// users.put(User { id: 1, org: Ref::to(&acme), manager: None })?;
/// users.put(User { id: 2, org: Ref::new(7), manager: Some(Ref::new(1)) })?;
/// orgs.put(acme)?;
///
/// let snapshot = store.snapshot();
/// let (orgs, users) = (snapshot.collection::<Org>()?, snapshot.collection::<User>()?);
/// let bob = users.get(&2).unwrap();
/// let acme = bob.org.get(&orgs).unwrap();
/// assert_eq!(acme.name, "Acme");
/// assert_eq!(bob.manager.as_ref().unwrap().get(&users).unwrap().id, 1);
///
/// // The other way, through the index.
/// assert_eq!(users.query().referring(User::ORG, acme).count(), 2);
/// # Ok(()) }
/// ```
pub struct Ref<T: Record>(T::Key);

impl<T: Record> Ref<T> {
    /// A reference to the record with this key, whether or not there is one.
    pub fn new(key: T::Key) -> Self {
        Self(key)
    }

    /// A reference to this record, by its key.
    #[must_use]
    pub fn to(record: &T) -> Self {
        Self(record.key())
    }

    /// The key of the record that is referred to.
    pub fn key(&self) -> &T::Key {
        &self.0
    }

    /// The key of the record that is referred to.
    pub fn into_key(self) -> T::Key {
        self.0
    }

    /// The record that is referred to, where there is one: in a view as `&T`, in a collection or a
    /// transaction as `Arc<T>`. O(log n), like `get` of what it is looked up in.
    pub fn get<C: Referent<T>>(&self, collection: C) -> Option<C::Found> {
        collection.referent(&self.0)
    }
}

/// Where references to records of type `T` are looked up: a [`&View`](crate::View), a
/// [`&Collection`](crate::Collection) or a [`&TxCollection`](crate::TxCollection).
pub trait Referent<T: Record>: private::Sealed<T> {
    /// A record, as it is found there.
    type Found;

    #[doc(hidden)]
    fn referent(self, key: &T::Key) -> Option<Self::Found>;
}

pub(crate) mod private {
    /// Keeps the trait to the three contexts.
    pub trait Sealed<T> {}
}

impl<T: Record> Schema for Ref<T> {
    fn describe(types: &mut Types) -> TypeRef {
        T::Key::describe(types)
    }

    fn abbreviate(&self, out: &mut Abbreviator) {
        self.0.abbreviate(out);
    }
}

impl<T: Record> Serialize for Ref<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Record> Deserialize<'de> for Ref<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::Key::deserialize(deserializer).map(Self)
    }
}

// Derived, these would ask for the same of `T`.

#[expect(clippy::expl_impl_clone_on_copy, reason = "only references of keys that are are `Copy`")]
impl<T: Record> Clone for Ref<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Record<Key: Copy>> Copy for Ref<T> {}

impl<T: Record> PartialEq for Ref<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: Record> Eq for Ref<T> {}

impl<T: Record> PartialOrd for Ref<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Record> Ord for Ref<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T: Record<Key: Hash>> Hash for Ref<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// The collection's name in the store of records of this type, and the key as JSON.
impl<T: Record> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", T::NAME, text(&self.0))
    }
}
