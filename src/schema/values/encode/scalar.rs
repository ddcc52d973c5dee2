//! Values without parts.

use super::Encoder;
use crate::codec;
use crate::schema::node::Primitive;
use crate::schema::values::failure::Failure;
use crate::value::{Integer, Value, float};

impl Encoder<'_> {
    pub(super) fn primitive(
        &mut self,
        primitive: Primitive,
        value: &Value,
        depth: usize,
    ) -> Result<(), Failure> {
        match primitive {
            Primitive::Unit => unit(value),
            Primitive::Bool => match value {
                Value::Bool(value) => self.append(value),
                _ => Err(Failure::mismatch("`true` or `false`", value)),
            },
            Primitive::Char => match only_char(value) {
                Some(value) => self.append(&value),
                None => Err(Failure::mismatch("one character", value)),
            },
            Primitive::F32 => match short_float(value) {
                Some(value) => self.append(&value),
                None => Err(Failure::mismatch("a number that is exact as an `f32`", value)),
            },
            Primitive::F64 => match value.as_f64() {
                Some(value) => self.append(&value),
                None => Err(Failure::mismatch("a number that is exact as an `f64`", value)),
            },
            Primitive::String => self.text(value),
            Primitive::Bytes => self.bytes(value),
            Primitive::Value => {
                // Bytes that are too deep could not be read again.
                self.budget.admit(value, depth)?;
                self.append(value)
            }
            _ => self.integer(primitive, value, None),
        }
    }

    /// Writes an integer, given as one or as the text of a map's key.
    pub(super) fn integer(
        &mut self,
        primitive: Primitive,
        value: &Value,
        text: Option<&str>,
    ) -> Result<(), Failure> {
        let parsed = text.and_then(integer_of_text);
        let integer = match value {
            Value::Integer(integer) => Some(integer),
            _ => parsed.as_ref(),
        };
        match primitive {
            Primitive::U8 => self.fitting::<u8>(integer, value, u8::MIN, u8::MAX),
            Primitive::U16 => self.fitting::<u16>(integer, value, u16::MIN, u16::MAX),
            Primitive::U32 => self.fitting::<u32>(integer, value, u32::MIN, u32::MAX),
            Primitive::U64 | Primitive::Usize => {
                self.fitting::<u64>(integer, value, u64::MIN, u64::MAX)
            }
            Primitive::U128 => self.fitting::<u128>(integer, value, u128::MIN, u128::MAX),
            Primitive::I8 => self.fitting::<i8>(integer, value, i8::MIN, i8::MAX),
            Primitive::I16 => self.fitting::<i16>(integer, value, i16::MIN, i16::MAX),
            Primitive::I32 => self.fitting::<i32>(integer, value, i32::MIN, i32::MAX),
            Primitive::I64 | Primitive::Isize => {
                self.fitting::<i64>(integer, value, i64::MIN, i64::MAX)
            }
            _ => self.fitting::<i128>(integer, value, i128::MIN, i128::MAX),
        }
    }

    fn fitting<T>(
        &mut self,
        integer: Option<&Integer>,
        value: &Value,
        least: T,
        most: T,
    ) -> Result<(), Failure>
    where
        T: for<'i> TryFrom<&'i Integer> + serde::Serialize + std::fmt::Display,
    {
        match integer.and_then(|integer| T::try_from(integer).ok()) {
            Some(number) => self.append(&number),
            None => Err(Failure::mismatch(format!("an integer from {least} to {most}"), value)),
        }
    }

    fn text(&mut self, value: &Value) -> Result<(), Failure> {
        match value {
            Value::String(text) => self.append(text),
            Value::Char(letter) => self.append(letter.encode_utf8(&mut [0; 4])),
            _ => Err(Failure::mismatch("a text", value)),
        }
    }

    fn bytes(&mut self, value: &Value) -> Result<(), Failure> {
        let byte = |value: &Value| u8::try_from(value.as_integer()?).ok();
        let bytes = match value {
            Value::Bytes(bytes) => Some(bytes.clone()),
            Value::Sequence(values) => values.iter().map(byte).collect(),
            _ => None,
        };
        let Some(bytes) = bytes else {
            return Err(Failure::mismatch("bytes, or a list of integers from 0 to 255", value));
        };
        codec::append_bytes(&mut self.out, &bytes);
        Ok(())
    }
}

/// Nothing is written, if there is nothing.
pub(super) fn unit(value: &Value) -> Result<(), Failure> {
    let is_empty = match value {
        Value::Null => true,
        // As serde writes structs without fields in formats for people.
        Value::Map(entries) => entries.is_empty(),
        Value::Struct(fields) => fields.is_empty(),
        _ => value.is_null(),
    };
    if is_empty { Ok(()) } else { Err(Failure::mismatch("null", value)) }
}

/// The integer that a text is, if this is how that integer is written: `05` is not, or two keys would
/// become one.
pub(super) fn integer_of_text(text: &str) -> Option<Integer> {
    text.parse::<Integer>().ok().filter(|integer| integer.to_string() == text)
}

fn only_char(value: &Value) -> Option<char> {
    match value {
        Value::Char(letter) => Some(*letter),
        Value::String(text) => {
            let mut chars = text.chars();
            let first = chars.next()?;
            chars.next().is_none().then_some(first)
        }
        _ => None,
    }
}

/// The short float that a number is.
fn short_float(value: &Value) -> Option<f32> {
    match value {
        Value::F32(value) => Some(*value),
        _ => float::short(value.as_f64()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use crate::schema::descriptor::Descriptor;

    fn encode<T: Schema>(value: impl Into<Value>) -> Result<Vec<u8>, String> {
        let error = |error: crate::Error| error.to_string().split_once(": ").unwrap().1.to_owned();
        Descriptor::of::<T>().encode(&value.into()).map_err(error)
    }

    #[test]
    fn integers_have_to_fit() {
        assert_eq!(encode::<u8>(255).unwrap(), [255]);
        assert_eq!(encode::<i8>(-128).unwrap(), [128]);
        let refused =
            |found: &str| Err(format!("expected an integer from 0 to 255, found {found}"));
        assert_eq!(encode::<u8>(256), refused("256"));
        assert_eq!(encode::<u8>(-1), refused("-1"));
        assert_eq!(encode::<u8>("1"), refused("\"1\""));
        assert_eq!(encode::<u8>(1.0), refused("1.0"));
        assert_eq!(encode::<u8>(()), refused("null"));
        let all = "expected an integer from -170141183460469231731687303715884105728 to";
        assert!(encode::<i128>(u128::MAX).unwrap_err().starts_with(all));
    }

    #[test]
    fn floats_are_taken_where_nothing_is_lost() {
        let short = |value: f32| Ok(value.to_le_bytes().to_vec());
        assert_eq!(encode::<f32>(0.5_f64), short(0.5));
        assert_eq!(encode::<f32>(0.1_f64), short(0.1));
        assert_eq!(encode::<f32>(1e30_f64), short(1e30));
        assert_eq!(encode::<f32>(-0.0_f64), short(-0.0));
        assert_eq!(encode::<f32>(f64::INFINITY), short(f32::INFINITY));
        assert_eq!(encode::<f32>(f64::NAN), short(f32::NAN));
        assert_eq!(encode::<f32>(16_777_216), short(16_777_216.0));
        for value in [0.1_f64 + 0.2, 1e39, 1e-50, f64::MAX] {
            let expected = "expected a number that is exact as an `f32`";
            assert!(encode::<f32>(value).unwrap_err().starts_with(expected), "{value}");
        }
        assert!(encode::<f32>(16_777_217).is_err());
        assert_eq!(encode::<f64>(0.5_f32).unwrap(), 0.5_f64.to_le_bytes());
        assert_eq!(encode::<f64>(3).unwrap(), 3.0_f64.to_le_bytes());
        assert!(encode::<f64>(9_007_199_254_740_993_u64).is_err());
    }

    /// `2174405.25` has two shortest decimals as an `f32`. The one that JSON had was refused, since the
    /// standard library writes the other.
    #[test]
    fn short_floats_come_back_from_either_of_two_texts() {
        for text in [2_174_405.2, 2_174_405.3] {
            assert_eq!(encode::<f32>(text).unwrap(), 2_174_405.2_f32.to_le_bytes());
        }
        assert!(encode::<f32>(2_174_405.27).is_err());
    }

    #[test]
    fn texts_and_characters_stand_for_each_other() {
        assert_eq!(encode::<char>("é").unwrap(), encode::<char>('é').unwrap());
        assert_eq!(encode::<String>('é').unwrap(), encode::<String>("é").unwrap());
        assert_eq!(encode::<char>("").unwrap_err(), "expected one character, found \"\"");
        assert!(encode::<char>("ab").is_err());
    }

    #[test]
    fn nothing_is_null_or_empty() {
        for nothing in [Value::Null, Value::Map(vec![]), Value::Struct(vec![]), Some(()).into()] {
            assert!(encode::<()>(nothing).unwrap().is_empty());
        }
        assert_eq!(encode::<()>(0).unwrap_err(), "expected null, found 0");
    }
}
