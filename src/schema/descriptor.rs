//! Descriptors: what the bytes of a type mean.

use crate::error::{Error, Result};
use crate::schema::Schema;
use crate::schema::build::Types;
use crate::schema::encoding::{self, Malformed};
use crate::schema::node::Parts;
use crate::schema::soundness;
use crate::schema::text;
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;

/// What a type looks like in storage: its parts, their names and their order.
///
/// A descriptor is stored with the records of a collection, so that they can be read without the
/// Rust type that wrote them, and by a type that has changed since. Its [`Display`](fmt::Display) has
/// the form of Rust declarations:
///
/// ```
/// use folio::{Descriptor, Schema};
///
/// #[derive(Schema, serde::Serialize, serde::Deserialize)]
/// enum Shape {
///     Point,
///     Circle { radius: f64 },
/// }
/// let shape = Descriptor::of::<Shape>();
/// assert_eq!(shape.to_string(), "Shape\nenum Shape {\n    Point,\n    Circle { radius: f64 },\n}\n");
/// ```
///
/// Two descriptors are equal if their [fingerprints](Self::fingerprint) are: the same names and types
/// in the same order.
#[derive(Clone)]
pub struct Descriptor {
    pub(crate) parts: Parts,
    bytes: Arc<[u8]>,
    fingerprint: [u8; 32],
}

impl Descriptor {
    /// The descriptor of a type. O(number of types in it).
    #[must_use]
    pub fn of<T: Schema>() -> Self {
        let mut types = Types::default();
        let of = T::describe(&mut types);
        let nodes = types.into_nodes();
        Self::new(Parts { nodes, version: 1, record: of, key: None, key_fields: Vec::new() })
    }

    /// The descriptor of a collection of `T` by `K`.
    pub(crate) fn of_collection<T: Schema, K: Schema>(version: u32, key_fields: &[&str]) -> Self {
        let mut types = Types::default();
        let record = T::describe(&mut types);
        let key = K::describe(&mut types);
        let key_fields = key_fields.iter().map(|name| (*name).into()).collect();
        let nodes = types.into_nodes();
        Self::new(Parts { nodes, version, record, key: Some(key), key_fields })
    }

    fn new(parts: Parts) -> Self {
        let bytes: Arc<[u8]> = encoding::encode(&parts).into();
        let fingerprint = Sha256::digest(&bytes).into();
        Self { parts, bytes, fingerprint }
    }

    /// Holds that it can be read back: what recovery would refuse must not be written.
    ///
    /// # Errors
    ///
    /// [`Error::Encode`] for a type without a value of finite size, or with types more than 128 deep in
    /// each other.
    pub(crate) fn check<T>(&self) -> Result<()> {
        soundness::check(&self.parts.nodes)
            .map_err(|error| Error::encode(std::any::type_name::<T>(), Malformed::from(error)))
    }

    /// Reads what [`as_bytes`](Self::as_bytes) gave.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] where the bytes are no descriptor.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::parse(bytes).map_err(|error| Error::decode("folio::Descriptor", error))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        encoding::decode(bytes).map(Self::new)
    }

    /// The SHA-256 of [`as_bytes`](Self::as_bytes).
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// The version of the record type, as `#[record(version = 2)]` gives it; 1 where nothing does.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.parts.version
    }

    /// The descriptor as it is stored: see [`docs::format`](mod@crate::docs::format).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl PartialEq for Descriptor {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl Eq for Descriptor {}

impl fmt::Display for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::declarations(&self.parts))
    }
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Descriptor").field(&self.to_string()).finish()
    }
}
