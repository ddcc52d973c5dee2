//! The types of `bytes`, which are plain bytes in storage.

use crate::schema::Schema;
use crate::schema::build::Types;
use crate::schema::node::TypeRef;
use bytes::{Bytes, BytesMut};

impl Schema for Bytes {
    fn describe(types: &mut Types) -> TypeRef {
        types.bytes()
    }
}

impl Schema for BytesMut {
    fn describe(types: &mut Types) -> TypeRef {
        types.bytes()
    }
}
