//! Reading bytes of one form as one type, many times.

use crate::codec;
use crate::error::{Error, Result};
use crate::schema::Schema;
use crate::schema::compare::compare;
use crate::schema::descriptor::Descriptor;
use crate::schema::read::{self, ReadError};
use serde::de::DeserializeOwned;
use std::fmt;
use std::marker::PhantomData;

/// Reads bytes that were stored in one form as values of a type that may have changed since. Made by
/// [`Descriptor::decoder`].
///
/// This is what attaching a collection does for each of its records. By itself it is of use for bytes
/// that are kept or sent elsewhere, with their descriptor beside them:
///
/// ```
/// use folio::{Descriptor, Schema};
/// # mod before {
/// #     #[derive(folio::Schema, serde::Serialize, serde::Deserialize)]
/// #     pub struct Note { pub text: String, pub stars: u8 }
/// # }
///
/// #[derive(Schema, serde::Serialize, serde::Deserialize)]
/// struct Note {
///     stars: u32,
///     #[serde(alias = "text")]
///     title: String,
///     author: Option<String>,
/// }
///
/// let stored = Descriptor::of::<before::Note>();
/// let bytes = postcard::to_stdvec(&before::Note { text: "Hello".into(), stars: 4 }).unwrap();
/// let note = stored.decoder::<Note>()?.decode(&bytes)?;
/// assert_eq!((note.stars, note.title.as_str(), note.author), (4, "Hello", None));
/// # Ok::<(), folio::Error>(())
/// ```
pub struct Decoder<T> {
    /// The stored form, and which of its types can be decoded at once; `None` where all can.
    by_name: Option<(Descriptor, Vec<bool>)>,
    values: PhantomData<fn() -> T>,
}

impl Descriptor {
    /// How bytes of this form are read as values of `T`. O(types in both).
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] where `T` can't read this form, with the difference.
    pub fn decoder<T: Schema + DeserializeOwned>(&self) -> Result<Decoder<T>> {
        let found = compare(self, &Self::of::<T>());
        if !found.unfit.is_empty() {
            return Err(error::<T>(ReadError::Message(format!("\n{}", found.unfit).into())));
        }
        let by_name = (!found.straight_record).then(|| (self.clone(), found.straight));
        Ok(Decoder { by_name, values: PhantomData })
    }
}

impl<T: DeserializeOwned> Decoder<T> {
    /// The value that `bytes` are. O(size).
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] where they are not all of one value.
    pub fn decode(&self, bytes: &[u8]) -> Result<T> {
        match &self.by_name {
            None => codec::decode(bytes).map_err(|source| error::<T>(source.into())),
            Some((stored, straight)) => {
                read::by_name(&stored.parts.nodes, straight, stored.parts.record, bytes)
                    .map_err(error::<T>)
            }
        }
    }
}

fn error<T>(source: ReadError) -> Error {
    Error::decode(std::any::type_name::<T>(), source)
}

impl<T> fmt::Debug for Decoder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("by_name", &self.by_name.is_some()).finish_non_exhaustive()
    }
}
