//! The wire encoding of values, [postcard](https://postcard.jamesmunns.com/wire-format), used here
//! alone; others know its error type.
//!
//! postcard accepts numbers that are longer than they need be, so two byte strings may decode to the
//! same value: whoever compares or hashes uses the stored bytes, never a re-encoding of them.

use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned};
use std::hash::Hasher;

/// Appends the encoding of `value` to `out`. On an error `out` is as it was.
pub(crate) fn append<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<()> {
    let start = out.len();
    let sink = Sink { out };
    match postcard::serialize_with_flavor(value, sink) {
        Ok(()) => Ok(()),
        Err(source) => {
            out.truncate(start);
            Err(Error::encode(std::any::type_name::<T>(), source))
        }
    }
}

/// Appends the encoding of `value`, its length before it. On an error `out` is as it was.
pub(crate) fn append_sized<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<usize> {
    let start = out.len();
    append(out, value)?;
    let size = out.len() - start;
    append_length(out, size);
    // The length now stands behind the value: turn the two round.
    if let Some(both) = out.get_mut(start..) {
        both.rotate_left(size);
    }
    Ok(size)
}

/// Appends bytes, their length before them.
pub(crate) fn append_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    append_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Appends a length or count.
pub(crate) fn append_length(out: &mut Vec<u8>, length: usize) {
    append_number(out, length as u64);
}

/// Appends a number as postcard writes a `u64`: seven bits a byte, the low ones first.
pub(crate) fn append_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        let [low, ..] = number.to_le_bytes();
        out.push(low | 0x80);
        number >>= 7;
    }
    let [low, ..] = number.to_le_bytes();
    out.push(low);
}

/// The encoding of `value`.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    append(&mut out, value)?;
    Ok(out)
}

/// The hash of the encoding of `value`, which is written nowhere.
pub(crate) fn hash<T: Serialize + ?Sized, H: Hasher>(value: &T, hasher: H) -> Result<u64> {
    postcard::serialize_with_flavor(value, Hashing(hasher))
        .map_err(|source| Error::encode(std::any::type_name::<T>(), source))
}

/// Decodes all of `bytes` as one value, with an error that names its type.
pub(crate) fn decode_as<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    decode(bytes).map_err(|source| Error::decode(std::any::type_name::<T>(), source))
}

/// Decodes all of `bytes` as one value.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, postcard::Error> {
    let mut deserializer = postcard::Deserializer::from_bytes(bytes);
    let value = T::deserialize(&mut deserializer)?;
    if deserializer.finalize()?.is_empty() {
        Ok(value)
    } else {
        Err(postcard::Error::DeserializeBadEncoding)
    }
}

/// Reads what the functions above appended, front to back.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are left.
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next value.
    pub(crate) fn value<T: Deserialize<'a>>(&mut self) -> Result<T, postcard::Error> {
        let (value, rest) = postcard::take_from_bytes(self.rest)?;
        self.rest = rest;
        Ok(value)
    }

    /// The next number or count.
    pub(crate) fn number(&mut self) -> Result<u64, postcard::Error> {
        self.value()
    }

    /// The next length-prefixed bytes.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], postcard::Error> {
        let length = usize::try_from(self.number()?)
            .map_err(|_| postcard::Error::DeserializeUnexpectedEnd)?;
        self.take(length)
    }

    /// The next bytes, so many.
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], postcard::Error> {
        let (bytes, rest) =
            self.rest.split_at_checked(length).ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// What postcard's deserializer makes of the bytes that come next.
    pub(crate) fn with_postcard<R>(
        &mut self,
        read: impl FnOnce(
            &mut postcard::Deserializer<'a, postcard::de_flavors::Slice<'a>>,
        ) -> Result<R, postcard::Error>,
    ) -> Result<R, postcard::Error> {
        let mut deserializer = postcard::Deserializer::from_bytes(self.rest);
        let value = read(&mut deserializer)?;
        self.rest = deserializer.finalize()?;
        Ok(value)
    }
}

/// Lets postcard append to a vector that it does not own.
struct Sink<'a> {
    out: &'a mut Vec<u8>,
}

impl postcard::ser_flavors::Flavor for Sink<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.out.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Lets postcard feed a hash.
struct Hashing<H>(H);

impl<H: Hasher> postcard::ser_flavors::Flavor for Hashing<H> {
    type Output = u64;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.write_u8(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.write(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<u64> {
        Ok(self.0.finish())
    }
}

/// Bytes as two digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from_digit(digit.into(), 16);
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]).filter_map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_postcards_varints() {
        for number in [0, 1, 127, 128, 300, 16_383, 16_384, u64::from(u32::MAX), u64::MAX] {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            append_number(&mut ours, number);
            append(&mut theirs, &number).unwrap();
            assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn sized_values_read_back() {
        let mut out = Vec::new();
        append_sized(&mut out, &("a".repeat(500), 7_u32)).unwrap();
        append_sized(&mut out, "x").unwrap();
        append_bytes(&mut out, b"raw");
        let mut reader = Reader::new(&out);
        let first: (String, u32) = decode(reader.bytes().unwrap()).unwrap();
        assert_eq!((first.0.len(), first.1), (500, 7));
        assert_eq!(decode::<String>(reader.bytes().unwrap()).unwrap(), "x");
        assert_eq!(reader.bytes().unwrap(), b"raw");
        assert!(reader.is_empty());
        assert!(reader.bytes().is_err());
    }

    #[test]
    fn a_value_that_cannot_be_encoded_leaves_no_bytes() {
        struct Unsized;
        impl Serialize for Unsized {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeTuple;
                let mut tuple = serializer.serialize_tuple(2)?;
                tuple.serialize_element("half")?;
                Err(serde::ser::Error::custom("no more"))
            }
        }
        let mut out = vec![1, 2, 3];
        assert!(matches!(append(&mut out, &Unsized), Err(Error::Encode { .. })));
        assert_eq!(out, [1, 2, 3]);
    }

    #[test]
    fn bytes_left_over_are_refused() {
        assert!(decode::<u8>(&[1]).is_ok());
        assert!(decode::<u8>(&[1, 2]).is_err());
    }
}
