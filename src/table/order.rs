//! How the keys of an index lie: the two markers by which an index says so in its type, and the
//! container that each of them stands for.
//!
//! It is a property of the Rust type alone. Indexes are not on disk, so the same store may be attached
//! with an index in order today and by hash tomorrow.

use crate::table::entries::Entries;
use crate::table::hashed::HashedEntries;
use crate::table::key::Key;
use crate::table::ordered::EntryMap;

/// The keys of an index lie in their order: what every index does that does not say otherwise.
///
/// Ranges, prefixes, and iteration over the index and over its keys are there, and each lookup is
/// O(log n).
#[derive(Debug, Clone, Copy)]
pub enum Ordered {}

/// The keys of an index lie by their hashes: what `#[index(hash)]` says, for an index of which one only
/// looks up keys.
///
/// Its key is then found in O(1), expected, instead of O(log n). That pays for keys that own memory, such
/// as strings; integers are found as quickly in order, and writes are dearer. Of the records under one key
/// there may be any number; they come in the order of their own keys, as from every index. An index key that
/// many records have is kept once, not once for each of them.
///
/// What is given up: [`range`](crate::ViewIndex::range), [`prefix`](crate::ViewIndex::prefix),
/// [`iter`](crate::ViewIndex::iter) and [`keys`](crate::ViewIndex::keys). The methods are not there, so
/// that asking for them does not compile. And a transaction that reads under a key depends on all that is
/// under it, whereas in an ordered index it depends on as much of that as it has taken.
///
/// Nothing on disk depends on it: an index may change from the one to the other at any time.
///
/// ```
/// # use folio::{Record, Store};
/// # use serde::{Deserialize, Serialize};
/// #[derive(Record, Serialize, Deserialize, Clone)]
/// struct Session {
///     #[key]
///     id: u64,
///     #[index(unique, hash)]
///     token: String,
///     #[index(hash)]
///     user: u64,
/// }
///
/// # fn main() -> folio::Result<()> {
/// let sessions = Store::in_memory().collection::<Session>()?;
/// sessions.put(Session { id: 1, token: "f3a9".into(), user: 7 })?;
/// sessions.put(Session { id: 2, token: "07cc".into(), user: 7 })?;
/// assert_eq!(sessions.find(Session::TOKEN, "07cc").map(|session| session.id), Some(2));
/// assert_eq!(sessions.view().by(Session::USER).get(&7).count(), 2);
/// # Ok(()) }
/// ```
///
/// There is no range of it:
///
/// ```compile_fail,E0599
/// # use folio::{Record, Store};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Record, Serialize, Deserialize, Clone)]
/// # struct Session { #[key] id: u64, #[index(hash)] user: u64 }
/// # fn main() -> folio::Result<()> {
/// # let sessions = Store::in_memory().collection::<Session>()?;
/// sessions.view().by(Session::USER).range(7..9);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Hashed {}

/// [`Ordered`] or [`Hashed`].
#[expect(private_bounds, reason = "it is sealed: which container it stands for is not for users")]
pub trait IndexOrder: Container {}

impl IndexOrder for Ordered {}

impl IndexOrder for Hashed {}

/// What the entries of an index lie in.
pub(crate) trait Container: Send + Sync + 'static {
    type Entries<K: Key, P: Key>: Entries<K, P>;
}

impl Container for Ordered {
    type Entries<K: Key, P: Key> = EntryMap<K, P>;
}

impl Container for Hashed {
    type Entries<K: Key, P: Key> = HashedEntries<K, P>;
}
