//! Passing over values that nobody asks for.
//!
//! What is still to be passed over is kept in a list and not on the stack, so that a value may be
//! nested as deep as its bytes are long: nobody asks for it, so it must not be what a record fails at.

use crate::codec::Reader;
use crate::schema::node::{Node, Primitive, Shape, TypeRef};
use crate::schema::read::{ReadError, Stored, parts};
use crate::value::Value;
use std::slice;

/// How many types may be met in a row that take no bytes. A descriptor that was made to harm could go
/// on for ever.
const MOST_IDLE: usize = 1 << 16;

/// What is to be passed over.
enum Step<'r> {
    One(TypeRef),
    Items(slice::Iter<'r, TypeRef>),
    /// From this part on.
    Parts(&'r Shape, usize),
    /// So many times a key, where there is one, and an item.
    Times {
        left: u64,
        key: Option<TypeRef>,
        of: TypeRef,
        /// The bytes that were left before the last time.
        before: Option<usize>,
    },
}

impl<'r> Stored<'r, '_> {
    pub(super) fn skip(&mut self) -> Result<(), ReadError> {
        let of = self.of;
        self.skip_all(Step::One(of))
    }

    pub(super) fn skip_shape(&mut self, shape: &'r Shape) -> Result<(), ReadError> {
        self.skip_all(Step::Parts(shape, 0))
    }

    fn skip_all(&mut self, first: Step<'r>) -> Result<(), ReadError> {
        let mut todo = vec![first];
        let (mut idle, mut remaining) = (0, self.reader.remaining());
        while let Some(step) = todo.pop() {
            match step {
                Step::One(of) => todo.extend(self.step(of)?),
                Step::Items(mut items) => {
                    if let Some(of) = items.next() {
                        todo.extend([Step::Items(items), Step::One(*of)]);
                    }
                }
                Step::Parts(shape, next) => {
                    if let Some(of) = shape.parts().nth(next) {
                        todo.extend([Step::Parts(shape, next + 1), Step::One(of)]);
                    }
                }
                // What takes no bytes once never does.
                Step::Times { before, .. } if before == Some(self.reader.remaining()) => {}
                Step::Times { left: 0, .. } => {}
                Step::Times { left, key, of, .. } => {
                    let before = Some(self.reader.remaining());
                    todo.push(Step::Times { left: left - 1, key, of, before });
                    todo.push(Step::One(of));
                    todo.extend(key.map(Step::One));
                }
            }
            idle = if self.reader.remaining() == remaining { idle + 1 } else { 0 };
            remaining = self.reader.remaining();
            if idle > MOST_IDLE {
                return Err(serde::de::Error::custom("a type without end that takes no bytes"));
            }
        }
        Ok(())
    }

    /// Passes over what a value begins with; the rest is to be passed over then.
    fn step(&mut self, of: TypeRef) -> Result<Option<Step<'r>>, ReadError> {
        let nodes: &'r [Node] = self.nodes;
        let Some(node) = nodes.get(of.place()) else {
            return Err(serde::de::Error::custom("an unknown type"));
        };
        let reader = &mut *self.reader;
        let times = |left, key, of| Some(Step::Times { left, key, of, before: None });
        Ok(match node {
            Node::Primitive(primitive) => {
                skip_primitive(*primitive, reader)?;
                None
            }
            Node::Option(of) => match reader.value::<u8>()? {
                0 => None,
                1 => Some(Step::One(*of)),
                _ => return Err(postcard::Error::DeserializeBadOption.into()),
            },
            Node::Sequence(of) | Node::Set(of) => times(reader.number()?, None, *of),
            Node::Array(of, count) => times(*count, None, *of),
            Node::Map(key, value) => times(reader.number()?, Some(*key), *value),
            Node::Tuple(items) => Some(Step::Items(items.iter())),
            Node::Struct(_, shape) => Some(Step::Parts(shape, 0)),
            Node::Enum(_, variants) => {
                Some(Step::Parts(&parts::variant(variants, reader)?.shape, 0))
            }
            Node::Named(_, of) => Some(Step::One(*of)),
        })
    }
}

fn skip_primitive(primitive: Primitive, reader: &mut Reader<'_>) -> Result<(), ReadError> {
    match primitive {
        Primitive::Unit => {}
        Primitive::Bool | Primitive::U8 | Primitive::I8 => {
            reader.take(1)?;
        }
        Primitive::F32 => {
            reader.take(4)?;
        }
        Primitive::F64 => {
            reader.take(8)?;
        }
        Primitive::String | Primitive::Bytes | Primitive::Char => {
            reader.bytes()?;
        }
        Primitive::U128 | Primitive::I128 => {
            reader.value::<u128>()?;
        }
        Primitive::Value => {
            reader.value::<Value>()?;
        }
        _ => {
            reader.number()?;
        }
    }
    Ok(())
}
