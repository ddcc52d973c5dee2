//! What types say of their stored form: as text, as bytes on the wire, and as fingerprints.

#![cfg(feature = "derive")]

mod declarations;
mod fingerprints;
mod names;
mod standard;
mod wire;

/// The descriptor of a type as text.
fn text_of<T: folio::Schema>() -> String {
    folio::Descriptor::of::<T>().to_string()
}
