//! The types of other crates, each crate behind the feature of its name and in the module of its
//! name, as their `serde` implementations store them in formats that are not for people.
//!
//! Equal keys must have the same encoding ([`Key`](crate::Key)), and two of these types call values equal
//! that they write differently: decimals with more or fewer zeros at the end, and `DateTime`s of one
//! instant in several zones. As keys they do if a program writes each value in one way.

#[cfg(feature = "bytes")]
mod bytes;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
#[cfg(feature = "uuid")]
mod uuid;
