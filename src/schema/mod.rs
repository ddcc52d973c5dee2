//! What the bytes of a record mean, as far as the store must know to refuse a wrong type.
//!
//! Records are stored in an encoding that names nothing: read as another type, they would give
//! garbage or an error far from its cause. So each type describes its wire form ([`Schema`]), the
//! description is stored with the collection when it is created, and a type whose description
//! differs is refused when it is attached ([`Error::SchemaMismatch`](crate::Error)).
//!
//! The description is text in the form of Rust declarations, so that people and `diff` can read it.
//! It never looks at stored data.

mod describe;
mod types;

pub(crate) use describe::difference;
pub use describe::{Fields, Types, Variants};

/// A type whose wire form can be described. Derived with `#[derive(Schema)]`, or with
/// `#[derive(Record)]` for records.
///
/// Implemented for the integers, floats, `bool`, `char`, `String`, `()`, tuples, arrays, `Option`,
/// the standard collections, `Box`, `Arc`, `Rc`, `Cow`, `SystemTime`, `Duration` and IP addresses.
///
/// ```
/// use folio::Schema;
///
/// #[derive(Schema, serde::Serialize, serde::Deserialize)]
/// enum Shape {
///     Point,
///     Circle { radius: f64 },
/// }
/// assert_eq!(folio::Types::text_of::<Shape>(), "Shape\nenum Shape {\n    Point,\n    Circle { radius: f64 },\n}\n");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not describe its wire form",
    label = "this type can't be part of a record",
    note = "add `#[derive(folio::Schema)]` to it if it is yours; else wrap it in a type that has it"
)]
pub trait Schema: 'static {
    /// The name by which other descriptions refer to this type. A type of the user's own is defined
    /// in `types` on the way.
    fn describe(types: &mut Types) -> String;
}
