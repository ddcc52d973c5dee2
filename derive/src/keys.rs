//! What an index finds its records by: one field, several, or the elements of one.
//!
//! Parts that are `Option`s must all be there for a record to be indexed, so each becomes an early
//! return from the function that gives the keys, and what follows speaks of the inner values.

use crate::attributes::IndexedFields;
use crate::field::{Field, MAXIMUM_PARTS, find};
use crate::types::{element, inside_option, refuse_float};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::{Error, Ident, Member, Result, Type};

/// The fields from which an index takes its keys.
pub(crate) enum Keys<'a> {
    Field(&'a Field<'a>),
    Tuple(Vec<&'a Field<'a>>),
    Elements(&'a Field<'a>, &'a Type),
}

impl<'a> Keys<'a> {
    /// The keys of an index on one field.
    pub(crate) fn of_field(field: &'a Field<'a>, each: bool) -> Result<Self> {
        let keys =
            if each { Self::Elements(field, element(field.of)?) } else { Self::Field(field) };
        keys.refuse_floats()?;
        Ok(keys)
    }

    /// The keys of an index declared on the type.
    pub(crate) fn of_fields(
        written: &IndexedFields,
        record: &Ident,
        fields: &'a [Field<'a>],
    ) -> Result<Self> {
        let keys = match written {
            IndexedFields::One(member) => Self::Field(find(member, record, fields)?),
            IndexedFields::Several(members) => Self::Tuple(parts(members, record, fields)?),
        };
        keys.refuse_floats()?;
        Ok(keys)
    }

    /// The type of one key.
    pub(crate) fn of(&self) -> TokenStream {
        match self {
            Self::Field(field) => present(field).to_token_stream(),
            Self::Tuple(fields) => {
                let parts = fields.iter().map(|field| present(field));
                quote!((#(#parts,)*))
            }
            Self::Elements(_, element) => element.to_token_stream(),
        }
    }

    /// Statements that call `emit` with each key of `record`.
    pub(crate) fn emitted(&self) -> TokenStream {
        match self {
            Self::Field(field) => {
                let (guard, key) = part(field, 0);
                quote!(#guard emit(#key);)
            }
            Self::Tuple(fields) => {
                let parts = fields.iter().enumerate().map(|(place, field)| part(field, place));
                let (guards, keys): (Vec<_>, Vec<_>) = parts.unzip();
                quote!(#(#guards)* emit((#(#keys,)*));)
            }
            Self::Elements(field, _) => {
                let member = &field.member;
                quote! {
                    for element in record.#member.iter() {
                        emit(::core::clone::Clone::clone(element));
                    }
                }
            }
        }
    }

    /// An expression for whether the records `before` and `after` give the same keys. It may say no
    /// where they do.
    pub(crate) fn compared(&self) -> TokenStream {
        match self {
            Self::Field(Field { member, .. }) => quote!(before.#member == after.#member),
            Self::Tuple(fields) => {
                let members = fields.iter().map(|field| &field.member);
                let equal = members.map(|member| quote!(before.#member == after.#member));
                quote!(#(#equal)&&*)
            }
            // The field's own type need not be comparable.
            Self::Elements(Field { member, .. }, _) => {
                quote!(::core::iter::Iterator::eq(before.#member.iter(), after.#member.iter()))
            }
        }
    }

    /// The field, or the first of several.
    pub(crate) fn first(&self) -> Option<&Field<'a>> {
        match self {
            Self::Field(field) | Self::Elements(field, _) => Some(field),
            Self::Tuple(fields) => fields.first().copied(),
        }
    }

    /// The keys as they are called in the documentation of the index.
    pub(crate) fn documentation(&self) -> String {
        match self {
            Self::Field(field) => format!("`{}`", field.name),
            Self::Tuple(fields) => {
                let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                format!("`({})`", names.join(", "))
            }
            Self::Elements(field, _) => format!("each element of `{}`", field.name),
        }
    }

    fn refuse_floats(&self) -> Result<()> {
        let role = "the key of an index";
        match self {
            Self::Field(field) => refuse_float(field.of, role),
            Self::Tuple(fields) => fields.iter().try_for_each(|field| refuse_float(field.of, role)),
            Self::Elements(_, element) => refuse_float(element, role),
        }
    }
}

/// The fields of an index of several.
fn parts<'a>(
    members: &[Member],
    record: &Ident,
    fields: &'a [Field<'a>],
) -> Result<Vec<&'a Field<'a>>> {
    let mut parts: Vec<&Field> = Vec::new();
    for member in members {
        let field = find(member, record, fields)?;
        if parts.iter().any(|part| part.name == field.name) {
            let message = format!("the index has `{}` in it already; remove one", field.name);
            return Err(Error::new_spanned(member, message));
        }
        if parts.len() == MAXIMUM_PARTS {
            return Err(too_many_parts(member));
        }
        parts.push(field);
    }
    Ok(parts)
}

/// The error for a key, of a record or of an index, that goes on with this field.
pub(crate) fn too_many_parts(member: &Member) -> Error {
    let message = format!(
        "a key has {MAXIMUM_PARTS} parts at most; group some of the fields in a type of their own"
    );
    Error::new_spanned(member, message)
}

/// The type of the keys that a field gives: what an `Option` holds, any other as it is.
fn present<'a>(field: &Field<'a>) -> &'a Type {
    inside_option(field.of).unwrap_or(field.of)
}

/// The value of one field: what must hold for there to be one, and the value.
fn part(field: &Field, place: usize) -> (TokenStream, TokenStream) {
    let member = &field.member;
    if inside_option(field.of).is_none() {
        return (TokenStream::new(), quote!(::core::clone::Clone::clone(&record.#member)));
    }
    let part = format_ident!("part_{place}");
    let guard = quote! {
        let ::core::option::Option::Some(#part) = &record.#member else {
            return;
        };
    };
    (guard, quote!(::core::clone::Clone::clone(#part)))
}
