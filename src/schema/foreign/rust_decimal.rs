//! The decimals of `rust_decimal`: texts, with all their digits.
//!
//! The feature `serde-str` of that crate is on, since without it decimals are written in any format but
//! read only from those that describe themselves. Its feature `serde-float`, which any crate of a
//! program may turn on for all others, makes them floats: only what is written tells.

use crate::codec;
use crate::schema::Schema;
use crate::schema::build::Types;
use crate::schema::node::TypeRef;
use rust_decimal::Decimal;

impl Schema for Decimal {
    fn describe(types: &mut Types) -> TypeRef {
        let stored = if are_floats() { f64::describe(types) } else { String::describe(types) };
        types.known("Decimal", stored)
    }
}

/// Whether decimals are written as floats, of eight bytes. The text of one is a length and a digit.
fn are_floats() -> bool {
    let mut written = Vec::new();
    codec::append(&mut written, &Decimal::ONE).is_ok() && written.len() == size_of::<f64>()
}
