//! Looking into a value without making anything of it.

use super::{Integer, Value};

/// These see through [`Value::Some`]: whether a field is optional is rarely of interest to who asks
/// for what is in it.
impl Value {
    /// What is in it, if it is a `Some`, else itself.
    pub(super) fn bare(&self) -> &Self {
        let mut value = self;
        while let Self::Some(inner) = value {
            value = inner;
        }
        value
    }

    /// What kind of value it is, in a word for people: `"null"`, `"an integer"`, `"a string"`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.bare() {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::F32(_) | Self::F64(_) => "a float",
            Self::Char(_) => "a character",
            Self::String(_) => "a string",
            Self::Bytes(_) => "bytes",
            Self::Some(_) => "an option",
            Self::Sequence(_) => "a sequence",
            Self::Map(_) => "a map",
            Self::Struct(_) => "a struct",
            Self::Variant(_) => "a variant",
        }
    }

    /// Whether there is nothing: `None` or `()`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.bare(), Self::Null)
    }

    /// The boolean that it is.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self.bare() { Some(*value) } else { None }
    }

    /// The integer that it is.
    #[must_use]
    pub fn as_integer(&self) -> Option<&Integer> {
        if let Self::Integer(value) = self.bare() { Some(value) } else { None }
    }

    /// The integer that it is, if it fits.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_integer()?.try_into().ok()
    }

    /// The integer that it is, if it fits.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        self.as_integer()?.try_into().ok()
    }

    /// The number that it is, if a float can be exactly that number.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self.bare() {
            Self::F64(value) => Some(*value),
            Self::F32(value) => Some(f64::from(*value)),
            Self::Integer(value) => value.exact_f64(),
            _ => None,
        }
    }

    /// The text that it is.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(value) = self.bare() { Some(value) } else { None }
    }

    /// The bytes that it is.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(value) = self.bare() { Some(value) } else { None }
    }

    /// The elements, if it is a sequence.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Self]> {
        if let Self::Sequence(values) = self.bare() { Some(values) } else { None }
    }

    /// The first field of a struct, or the first entry of a map, that has this name. Looks at one
    /// after the other.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self.bare() {
            Self::Struct(fields) => {
                fields.iter().find(|(field, _)| **field == *name).map(|(_, value)| value)
            }
            Self::Map(entries) => {
                let named = |key: &Self| matches!(key, Self::String(key) if key == name);
                entries.iter().find(|(key, _)| named(key)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The element of a sequence at a position, counted from zero.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<&Self> {
        self.as_sequence()?.get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_seen_through() {
        let value = Value::Some(Box::new(Value::Some(Box::new(Value::from("x")))));
        assert_eq!((value.as_str(), value.kind()), (Some("x"), "a string"));
        assert!(Value::from(Some(())).is_null());
        assert_eq!(Value::from("x").as_bool(), None);
    }

    #[test]
    fn parts_are_found_by_name_and_by_position() {
        let part = Value::from(vec![Value::from(1), Value::from(-2)]);
        let fields = Value::Struct(vec![("a".into(), part.clone())]);
        let entries = Value::Map(vec![(Value::from(5), Value::Null), (Value::from("a"), part)]);
        for value in [fields, entries] {
            assert_eq!(value.get("a").and_then(|part| part.at(1)?.as_i64()), Some(-2));
            assert_eq!(value.get("a").and_then(|part| part.at(1)?.as_u64()), None);
            assert_eq!(value.get("b"), None);
        }
    }

    #[test]
    fn numbers_are_given_as_floats_only_if_exact() {
        assert_eq!(Value::from(3).as_f64(), Some(3.0));
        assert_eq!(Value::F32(0.5).as_f64(), Some(0.5));
        assert_eq!(Value::from(9_007_199_254_740_993_u64).as_f64(), None);
        assert_eq!(Value::F64(3.0).as_i64(), None);
    }
}
