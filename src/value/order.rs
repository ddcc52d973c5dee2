//! Values compare, equal and hash the same way, whatever is in them.
//!
//! Kinds are ranked as they are declared. Floats are ordered by `total_cmp`, so that a NaN equals
//! itself and the two zeros differ: what would be lost by storing one for the other is not equal.

use super::Value;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

impl Value {
    /// The place of its kind among the kinds.
    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Integer(_) => 2,
            Self::F32(_) => 3,
            Self::F64(_) => 4,
            Self::Char(_) => 5,
            Self::String(_) => 6,
            Self::Bytes(_) => 7,
            Self::Some(_) => 8,
            Self::Sequence(_) => 9,
            Self::Map(_) => 10,
            Self::Struct(_) => 11,
            Self::Variant(_) => 12,
        }
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::F32(a), Self::F32(b)) => a.total_cmp(b),
            (Self::F64(a), Self::F64(b)) => a.total_cmp(b),
            (Self::Char(a), Self::Char(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Some(a), Self::Some(b)) => a.cmp(b),
            (Self::Sequence(a), Self::Sequence(b)) => a.cmp(b),
            (Self::Map(a), Self::Map(b)) => a.cmp(b),
            (Self::Struct(a), Self::Struct(b)) => a.cmp(b),
            (Self::Variant(a), Self::Variant(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Integer(value) => value.hash(state),
            Self::F32(value) => value.to_bits().hash(state),
            Self::F64(value) => value.to_bits().hash(state),
            Self::Char(value) => value.hash(state),
            Self::String(value) => value.hash(state),
            Self::Bytes(value) => value.hash(state),
            Self::Some(value) => value.hash(state),
            Self::Sequence(values) => values.hash(state),
            Self::Map(entries) => entries.hash(state),
            Self::Struct(fields) => fields.hash(state),
            Self::Variant(variant) => variant.hash(state),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_told_apart_by_their_bits() {
        assert_ne!(Value::F64(0.0), Value::F64(-0.0));
        assert_eq!(Value::F64(f64::NAN), Value::F64(f64::NAN));
        assert_ne!(Value::F64(1.0), Value::F32(1.0));
        assert!(Value::F64(f64::NEG_INFINITY) < Value::F64(-1.0));
    }

    #[test]
    fn kinds_are_ranked_before_contents() {
        let ranked = [
            Value::Null,
            Value::from(true),
            Value::from(7),
            Value::F32(0.0),
            Value::F64(-7.0),
            Value::from('a'),
            Value::from(""),
            Value::Bytes(vec![]),
            Value::from(Some(())),
            Value::Sequence(vec![]),
            Value::Map(vec![]),
            Value::Struct(vec![]),
        ];
        assert!(ranked.is_sorted_by(|a, b| a < b));
    }
}
