//! Building a table of types: [`Types`] collects them, [`Fields`] and [`Variants`] the insides of
//! one.

use crate::schema::Schema;
use crate::schema::node::{self, Field, Item, Names, Node, Primitive, Shape, TypeRef, Variant};
use std::any::TypeId;
use std::collections::HashMap;

/// The table of types that a descriptor is made of, in the order in which they are first met. Each
/// is in it once.
#[derive(Debug, Default)]
pub struct Types {
    nodes: Vec<Node>,
    named: HashMap<TypeId, TypeRef>,
    others: HashMap<Node, TypeRef>,
}

impl Types {
    pub(crate) fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }

    /// Defines `struct name { fields }`. Stored are the fields, in this order.
    pub fn structure<T: ?Sized + 'static>(
        &mut self,
        name: &str,
        fields: impl FnOnce(&mut Fields<'_>),
    ) -> TypeRef {
        self.define::<T>(name, |types| {
            let fields = Fields::named(types, fields);
            let shape = if fields.list.is_empty() { Shape::Unit } else { Shape::Fields(fields) };
            Node::Struct(name.into(), shape)
        })
    }

    /// Defines `struct name(items)`. Stored are the items, in this order.
    pub fn tuple_structure<T: ?Sized + 'static>(
        &mut self,
        name: &str,
        items: impl FnOnce(&mut Fields<'_>),
    ) -> TypeRef {
        self.define::<T>(name, |types| {
            Node::Struct(name.into(), items_shape(Fields::unnamed(types, items)))
        })
    }

    /// Defines `enum name { variants }`. Stored are the number of the variant and its fields.
    pub fn enumeration<T: ?Sized + 'static>(
        &mut self,
        name: &str,
        variants: impl FnOnce(&mut Variants<'_>),
    ) -> TypeRef {
        self.define::<T>(name, |types| {
            let mut collected = Variants { types, list: Vec::new() };
            variants(&mut collected);
            Node::Enum(name.into(), collected.list)
        })
    }

    /// A type that is known by its name, such as `Uuid`, and what is stored of it.
    pub fn known(&mut self, name: &str, stored: TypeRef) -> TypeRef {
        self.intern(Node::Named(name.into(), stored))
    }

    /// Bytes: stored like a list of `u8`.
    pub fn bytes(&mut self) -> TypeRef {
        self.primitive(Primitive::Bytes)
    }

    /// Nothing, or one of these.
    pub fn option(&mut self, of: TypeRef) -> TypeRef {
        self.intern(Node::Option(of))
    }

    /// A list of these.
    pub fn sequence(&mut self, of: TypeRef) -> TypeRef {
        self.intern(Node::Sequence(of))
    }

    /// A set of these: stored like a list.
    pub fn set(&mut self, of: TypeRef) -> TypeRef {
        self.intern(Node::Set(of))
    }

    /// So many of these, whose number is not stored.
    pub fn array(&mut self, of: TypeRef, length: usize) -> TypeRef {
        self.intern(Node::Array(of, length as u64))
    }

    /// Keys, each with a value.
    pub fn map(&mut self, key: TypeRef, value: TypeRef) -> TypeRef {
        self.intern(Node::Map(key, value))
    }

    /// These, one after the other.
    pub fn tuple(&mut self, items: impl Into<Vec<TypeRef>>) -> TypeRef {
        self.intern(Node::Tuple(items.into()))
    }

    pub(crate) fn primitive(&mut self, primitive: Primitive) -> TypeRef {
        self.intern(Node::Primitive(primitive))
    }

    /// The type's name as other types show it, such as `Vec<User>`. For the names of generic types,
    /// which list their arguments.
    #[must_use]
    pub fn name(&self, of: TypeRef) -> String {
        crate::schema::text::name(&self.nodes, of)
    }

    /// Gives the type a place, and its name, before its insides are looked at: it may contain itself,
    /// and the names of generic types in it may show its own.
    fn define<T: ?Sized + 'static>(
        &mut self,
        name: &str,
        body: impl FnOnce(&mut Self) -> Node,
    ) -> TypeRef {
        let id = TypeId::of::<T>();
        if let Some(place) = self.named.get(&id) {
            return *place;
        }
        let place = self.push(Node::Struct(name.into(), Shape::Unit));
        self.named.insert(id, place);
        let node = body(self);
        if let Some(reserved) = self.nodes.get_mut(place.place()) {
            *reserved = node;
        }
        place
    }

    fn intern(&mut self, node: Node) -> TypeRef {
        if let Some(place) = self.others.get(&node) {
            return *place;
        }
        let place = self.push(node.clone());
        self.others.insert(node, place);
        place
    }

    fn push(&mut self, node: Node) -> TypeRef {
        self.nodes.push(node);
        TypeRef::new(self.nodes.len() - 1)
    }
}

/// The fields of a struct or of an enum's variant, in the order of the wire.
#[derive(Debug)]
pub struct Fields<'a> {
    types: &'a mut Types,
    named: Vec<Field>,
    unnamed: Vec<Item>,
    deny_unknown: bool,
}

impl<'a> Fields<'a> {
    /// A named field.
    pub fn field<T: Schema>(&mut self, name: &str) -> FieldOptions<'_> {
        let of = T::describe(self.types);
        let field = self.named.push_mut(Field { names: Names::new(name), of, default: false });
        FieldOptions { aliases: Some(&mut field.names.aliases), default: &mut field.default }
    }

    /// A field without a name.
    pub fn item<T: Schema>(&mut self) -> FieldOptions<'_> {
        let of = T::describe(self.types);
        let item = self.unnamed.push_mut(Item { of, default: false });
        FieldOptions { aliases: None, default: &mut item.default }
    }

    /// The type refuses stored fields that it does not know, as `#[serde(deny_unknown_fields)]` says.
    pub fn deny_unknown(&mut self) {
        self.deny_unknown = true;
    }

    fn new(types: &'a mut Types) -> Self {
        Self { types, named: Vec::new(), unnamed: Vec::new(), deny_unknown: false }
    }

    fn named(types: &mut Types, tell: impl FnOnce(&mut Fields<'_>)) -> node::Fields {
        let mut fields = Fields::new(types);
        tell(&mut fields);
        node::Fields { list: fields.named, deny_unknown: fields.deny_unknown }
    }

    fn unnamed(types: &mut Types, tell: impl FnOnce(&mut Fields<'_>)) -> Vec<Item> {
        let mut fields = Fields::new(types);
        tell(&mut fields);
        fields.unnamed
    }
}

/// What a type says of a field besides its name and type. None of it is stored: it is about reading
/// what earlier types have stored.
#[derive(Debug)]
pub struct FieldOptions<'a> {
    aliases: Option<&'a mut Vec<std::sync::Arc<str>>>,
    default: &'a mut bool,
}

#[expect(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "the field is told already"
)]
impl FieldOptions<'_> {
    /// The type reads this field from another stored name too, as `#[serde(alias)]` says. Of a field
    /// without a name it means nothing.
    pub fn alias(mut self, name: &str) -> Self {
        if let Some(aliases) = &mut self.aliases {
            aliases.push(name.into());
        }
        self
    }

    /// The type has a value for this field where none is stored, as `#[serde(default)]` says.
    pub fn default(self) -> Self {
        *self.default = true;
        self
    }
}

/// The variants of an enum, in the order of the wire.
#[derive(Debug)]
pub struct Variants<'a> {
    types: &'a mut Types,
    list: Vec<Variant>,
}

impl Variants<'_> {
    /// A variant without fields.
    pub fn unit(&mut self, name: &str) -> VariantOptions<'_> {
        self.push(name, Shape::Unit)
    }

    /// A variant with fields that have no names.
    pub fn tuple(&mut self, name: &str, items: impl FnOnce(&mut Fields<'_>)) -> VariantOptions<'_> {
        let items = Fields::unnamed(self.types, items);
        self.push(name, items_shape(items))
    }

    /// A variant with named fields.
    pub fn structure(
        &mut self,
        name: &str,
        fields: impl FnOnce(&mut Fields<'_>),
    ) -> VariantOptions<'_> {
        let fields = Fields::named(self.types, fields);
        self.push(name, Shape::Fields(fields))
    }

    fn push(&mut self, name: &str, shape: Shape) -> VariantOptions<'_> {
        let variant = self.list.push_mut(Variant { names: Names::new(name), shape });
        VariantOptions { aliases: &mut variant.names.aliases }
    }
}

/// What a type says of a variant besides its name and shape. Not stored.
#[derive(Debug)]
pub struct VariantOptions<'a> {
    aliases: &'a mut Vec<std::sync::Arc<str>>,
}

#[expect(
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    reason = "the variant is told already"
)]
impl VariantOptions<'_> {
    /// The type reads this variant from another stored name too, as `#[serde(alias)]` says.
    pub fn alias(self, name: &str) -> Self {
        self.aliases.push(name.into());
        self
    }
}

fn items_shape(items: Vec<Item>) -> Shape {
    match items.as_slice() {
        [item] => Shape::Newtype(item.of),
        _ => Shape::Tuple(items),
    }
}
