//! Values from plain Rust values that need no serde and can't fail.

use super::{Integer, Value, Variant};

macro_rules! from {
    ($($type:ty => $variant:ident,)*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from! {
    bool => Bool,
    Integer => Integer,
    u8 => Integer,
    u16 => Integer,
    u32 => Integer,
    u64 => Integer,
    u128 => Integer,
    usize => Integer,
    i8 => Integer,
    i16 => Integer,
    i32 => Integer,
    i64 => Integer,
    i128 => Integer,
    isize => Integer,
    f32 => F32,
    f64 => F64,
    char => Char,
    &str => String,
    String => String,
    // There is none from `Vec<u8>`: it would be bytes here and a sequence to `Value::of`.
    Vec<Value> => Sequence,
    Variant => Variant,
}

impl From<()> for Value {
    fn from((): ()) -> Self {
        Self::Null
    }
}

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, |value| Self::Some(Box::new(value.into())))
    }
}
