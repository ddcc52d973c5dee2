//! The building of values that have parts.

use super::{Builder, reserved, variant};
use crate::value::error::{Failure, Step};
use crate::value::{Value, Variant};
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use std::sync::Arc;

/// What becomes of elements when all are there.
#[derive(Debug)]
enum Purpose {
    Sequence,
    Variant(&'static str),
    /// They are the name and the content of a variant that already was a value.
    MarkedVariant,
}

/// A sequence, or a variant with one in it.
#[derive(Debug)]
pub(in crate::value) struct Elements {
    inner: Builder,
    values: Vec<Value>,
    purpose: Purpose,
}

impl Elements {
    pub(super) fn new(builder: Builder, length: usize) -> Result<Self, Failure> {
        let purpose = Purpose::Sequence;
        Ok(Self { inner: builder.inner()?, values: reserved(length), purpose })
    }

    pub(super) fn of_variant(
        builder: Builder,
        name: &'static str,
        length: usize,
    ) -> Result<Self, Failure> {
        let purpose = Purpose::Variant(name);
        Ok(Self { inner: builder.inner()?.inner()?, values: reserved(length), purpose })
    }

    pub(super) fn of_marked_variant(builder: Builder) -> Result<Self, Failure> {
        let purpose = Purpose::MarkedVariant;
        Ok(Self { inner: builder.inner()?, values: reserved(2), purpose })
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        let value = value.serialize(self.inner).map_err(|failure| self.place(failure))?;
        self.values.push(value);
        Ok(())
    }

    fn place(&self, failure: Failure) -> Failure {
        let index = Step::Index(self.values.len());
        match self.purpose {
            Purpose::Sequence => failure.inside(index),
            Purpose::Variant(name) => failure.inside(index).inside(Step::Name(name.into())),
            Purpose::MarkedVariant => failure,
        }
    }

    fn finish(self) -> Result<Value, Failure> {
        match self.purpose {
            Purpose::Sequence => Ok(Value::Sequence(self.values)),
            Purpose::Variant(name) => Ok(variant(name, Value::Sequence(self.values))),
            Purpose::MarkedVariant => match <[Value; 2]>::try_from(self.values) {
                Ok([Value::String(name), value]) => {
                    Ok(Value::from(Variant { name: name.into(), value }))
                }
                _ => Err(Failure::new("a variant is not a name and a value")),
            },
        }
    }
}

impl SerializeSeq for Elements {
    type Ok = Value;
    type Error = Failure;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.push(value)
    }

    fn end(self) -> Result<Value, Failure> {
        self.finish()
    }
}

impl SerializeTuple for Elements {
    type Ok = Value;
    type Error = Failure;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.push(value)
    }

    fn end(self) -> Result<Value, Failure> {
        self.finish()
    }
}

impl SerializeTupleStruct for Elements {
    type Ok = Value;
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.push(value)
    }

    fn end(self) -> Result<Value, Failure> {
        self.finish()
    }
}

impl SerializeTupleVariant for Elements {
    type Ok = Value;
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.push(value)
    }

    fn end(self) -> Result<Value, Failure> {
        self.finish()
    }
}

/// A map.
#[derive(Debug)]
pub(in crate::value) struct Entries {
    inner: Builder,
    done: Vec<(Value, Value)>,
    /// The key whose value comes next.
    key: Option<Value>,
}

impl Entries {
    pub(super) fn new(builder: Builder, length: usize) -> Result<Self, Failure> {
        Ok(Self { inner: builder.inner()?, done: reserved(length), key: None })
    }
}

impl SerializeMap for Entries {
    type Ok = Value;
    type Error = Failure;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failure> {
        self.key = Some(key.serialize(self.inner)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        let Some(key) = self.key.take() else {
            return Err(Failure::new("a value of a map came before its key"));
        };
        let value =
            value.serialize(self.inner).map_err(|failure| failure.inside(Step::of_key(&key)))?;
        self.done.push((key, value));
        Ok(())
    }

    fn end(self) -> Result<Value, Failure> {
        if self.key.is_some() {
            return Err(Failure::new("a map ended before the value of its last key"));
        }
        Ok(Value::Map(self.done))
    }
}

/// A struct, or a variant with one in it.
#[derive(Debug)]
pub(in crate::value) struct Fields {
    inner: Builder,
    done: Vec<(Arc<str>, Value)>,
    variant: Option<&'static str>,
}

impl Fields {
    pub(super) fn new(builder: Builder, length: usize) -> Result<Self, Failure> {
        Ok(Self { inner: builder.inner()?, done: reserved(length), variant: None })
    }

    pub(super) fn of_variant(
        builder: Builder,
        name: &'static str,
        length: usize,
    ) -> Result<Self, Failure> {
        let inner = builder.inner()?.inner()?;
        Ok(Self { inner, done: reserved(length), variant: Some(name) })
    }

    fn push<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Failure> {
        let value = value.serialize(self.inner).map_err(|failure| {
            let failure = failure.inside(Step::Name(name.into()));
            match self.variant {
                Some(variant) => failure.inside(Step::Name(variant.into())),
                None => failure,
            }
        })?;
        self.done.push((name.into(), value));
        Ok(())
    }
}

impl SerializeStruct for Fields {
    type Ok = Value;
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        self.push(name, value)
    }

    fn end(self) -> Result<Value, Failure> {
        Ok(Value::Struct(self.done))
    }
}

impl SerializeStructVariant for Fields {
    type Ok = Value;
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failure> {
        self.push(name, value)
    }

    fn end(self) -> Result<Value, Failure> {
        let fields = Value::Struct(self.done);
        Ok(match self.variant {
            Some(name) => variant(name, fields),
            None => fields,
        })
    }
}
