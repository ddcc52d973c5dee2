//! How the records of one stored form are read: at once, by name, or as an earlier type that is then
//! converted.

use crate::codec;
use crate::error::Result;
use crate::schema::descriptor::Descriptor;
use crate::schema::read::{self, ReadError};
use crate::table::key::Key;
use serde::de::DeserializeOwned;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// The earlier type that a record type migrates from. `#[record(version = 2, from = v1::User)]`
/// makes it.
///
/// Conversions run while the collection is attached, on several threads, and must not use the store:
/// it would wait for itself.
///
/// ```
/// use folio::{Previous, Record};
/// # mod v1 {
/// #     #[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]
/// #     pub struct User { #[key] pub id: u64, pub name: String }
/// # }
/// # #[derive(folio::Schema, serde::Serialize, serde::Deserialize, Clone)]
/// # struct User { id: u64, first: String, last: String }
///
/// impl From<v1::User> for User {
///     fn from(old: v1::User) -> Self {
///         let (first, last) = old.name.split_once(' ').unwrap_or((&old.name, ""));
///         Self { id: old.id, first: first.to_owned(), last: last.to_owned() }
///     }
/// }
///
/// impl Record for User {
///     type Key = u64;
///     const NAME: &'static str = "users";
///     const VERSION: u32 = 2;
///     fn key(&self) -> u64 { self.id }
///     fn indexes() -> folio::Indexes<Self> { folio::Indexes::new() }
///     fn previous() -> Option<Previous<Self>> { Some(Previous::of::<v1::User>()) }
/// }
/// ```
pub struct Previous<T> {
    pub(super) plan: fn(&Arc<Descriptor>) -> Result<Plan<T>, String>,
}

impl<T> fmt::Debug for Previous<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Previous").finish_non_exhaustive()
    }
}

/// How the records and keys of one stored form are read.
pub(crate) struct Plan<T> {
    pub(crate) record: Reading<T>,
    pub(crate) key: KeyReading,
    /// Whether what is read must be written down, since the type puts in values of its own choice.
    pub(crate) fills: bool,
    /// What makes records unreadable that have it, as lines of a difference.
    pub(crate) risks: String,
}

/// How records are read.
pub(crate) enum Reading<T> {
    /// Decoded at once.
    Straight,
    ByName(ByName),
    Migrated(Migrate<T>),
}

/// Reads a record as an earlier type and converts it.
type Migrate<T> = Box<dyn Fn(&[u8]) -> Result<T, Failure> + Send + Sync>;

/// How the keys beside the records are read.
#[derive(Debug)]
pub(crate) enum KeyReading {
    Straight,
    ByName(ByName),
    /// They are keys of another type: the record tells its new one.
    OfRecord,
}

/// What reading by name needs.
#[derive(Debug, Clone)]
pub(crate) struct ByName {
    pub(super) stored: Arc<Descriptor>,
    pub(super) straight: Arc<[bool]>,
}

/// Why a record could not be read.
#[derive(Debug)]
pub(crate) enum Failure {
    Read(ReadError),
    Migration { from: u32, to: u32, source: Box<dyn StdError + Send + Sync> },
}

impl<T: DeserializeOwned> Reading<T> {
    pub(crate) fn read(&self, bytes: &[u8]) -> Result<T, Failure> {
        match self {
            Self::Straight => codec::decode(bytes).map_err(|error| Failure::Read(error.into())),
            Self::ByName(ByName { stored, straight }) => {
                read::by_name(&stored.parts.nodes, straight, stored.parts.record, bytes)
                    .map_err(Failure::Read)
            }
            Self::Migrated(migrate) => migrate(bytes),
        }
    }
}

impl KeyReading {
    /// The key, unless the record must be asked for it.
    pub(crate) fn read<K: Key>(&self, bytes: &[u8]) -> Result<Option<K>, ReadError> {
        match self {
            Self::Straight => Ok(Some(codec::decode(bytes)?)),
            Self::ByName(ByName { stored, straight }) => {
                let of = stored.parts.key.unwrap_or(stored.parts.record);
                read::by_name(&stored.parts.nodes, straight, of, bytes).map(Some)
            }
            Self::OfRecord => Ok(None),
        }
    }
}
