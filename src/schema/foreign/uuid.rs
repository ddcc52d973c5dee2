//! The types of `uuid`: 16 bytes, stored like any other bytes with their length.

use crate::persistent::abbreviation::Abbreviator;
use crate::schema::Schema;
use crate::schema::build::Types;
use crate::schema::node::TypeRef;
use uuid::{NonNilUuid, Uuid};

impl Schema for Uuid {
    fn describe(types: &mut Types) -> TypeRef {
        let stored = types.bytes();
        types.known("Uuid", stored)
    }

    fn abbreviate(&self, out: &mut Abbreviator) {
        out.fixed(self.as_bytes());
    }
}

/// Stored like one that may be nil.
impl Schema for NonNilUuid {
    fn describe(types: &mut Types) -> TypeRef {
        Uuid::describe(types)
    }
}
