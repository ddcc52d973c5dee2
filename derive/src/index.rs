//! The indexes of a record: brings the declarations on its type and on its fields to one form,
//! keeps their names apart, and writes their constants.

use crate::attributes::{FieldIndex, TypeIndex};
use crate::case::constant_name;
use crate::field::Field;
use crate::keys::Keys;
use crate::problems::Problems;
use crate::text::TextFields;
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Expr, Ident, Member, Result, Visibility, parse_str};

/// An index as it is generated.
pub(crate) struct RecordIndex<'a> {
    name: String,
    constant: Ident,
    /// Where its name is written, for messages.
    place: Span,
    kind: Kind<'a>,
    when: Option<&'a Expr>,
}

/// What an index finds records by.
enum Kind<'a> {
    Keys { unique: bool, hash: bool, keys: Keys<'a> },
    Text(TextFields<'a>),
}

impl<'a> RecordIndex<'a> {
    /// The index that an `#[index]` on this field declares.
    pub(crate) fn on_field(declared: &FieldIndex, field: &'a Field<'a>) -> Result<Self> {
        let (name, place) = match (&declared.name, &field.member) {
            (Some(name), _) => (name.value(), name.span()),
            (None, Member::Named(ident)) => (field.name.clone(), ident.span()),
            (None, Member::Unnamed(_)) => {
                let advice = "this field has no name to give to its index; write \
                              `#[index(name = \"…\")]`";
                return Err(Error::new_spanned(&declared.attribute, advice));
            }
        };
        let constant = constant(&name, place)?;
        let FieldIndex { unique, hash, each, .. } = *declared;
        let kind = match &declared.text {
            Some(option) => Kind::Text(TextFields::of_field(field, option)?),
            None => Kind::Keys { unique, hash, keys: Keys::of_field(field, each)? },
        };
        Ok(Self { name, constant, place, kind, when: None })
    }

    /// The index that the attribute on the type declares.
    pub(crate) fn on_type(
        declared: &'a TypeIndex,
        record: &Ident,
        fields: &'a [Field<'a>],
    ) -> Result<Self> {
        let name = declared.name.unraw().to_string();
        let place = declared.name.span();
        let constant = constant(&name, place)?;
        let TypeIndex { unique, hash, fields: ref written, ref when, ref text, .. } = *declared;
        let kind = match text {
            Some(option) => Kind::Text(TextFields::of_fields(written, option, record, fields)?),
            None => Kind::Keys { unique, hash, keys: Keys::of_fields(written, record, fields)? },
        };
        Ok(Self { name, constant, place, kind, when: when.as_ref() })
    }

    /// Errors for all indexes but the first of each name.
    pub(crate) fn refuse_same_names(indexes: &[Self], problems: &mut Problems) {
        for (count, index) in indexes.iter().enumerate() {
            if indexes.iter().take(count).any(|before| before.constant == index.constant) {
                let message = format!(
                    "another index has the constant `{}`; give this one a name of its own, with \
                     `name = \"…\"` in the `#[index]` of a field, or before the `=` on the type",
                    index.constant
                );
                problems.push(Error::new(index.place, message));
            }
        }
    }

    /// The associated constant by which the index is named.
    pub(crate) fn constant(&self, visibility: &Visibility) -> TokenStream {
        let Self { name, constant, .. } = self;
        let documentation = self.documentation();
        let (extract, same) = (self.extract(), self.same());
        let (of, end) = match &self.kind {
            Kind::Keys { unique, hash, keys } => {
                let handle = format_ident!("{}", if *unique { "Unique" } else { "Index" });
                let order = format_ident!("{}", if *hash { "Hashed" } else { "Ordered" });
                let key = keys.of();
                (quote!(#handle<Self, #key, ::folio::#order>), None)
            }
            Kind::Text(text) => (quote!(Text<Self>), text.in_language()),
        };
        let handle = match (&self.kind, self.handle()) {
            (Kind::Keys { .. }, handle) => quote!(#handle),
            // What follows it needs the type.
            (Kind::Text(_), handle) => quote!(#handle::<Self>),
        };
        quote! {
            #[doc = #documentation]
            #visibility const #constant: ::folio::#of =
                ::folio::#handle::comparing(#name, #extract, #same) #end;
        }
    }

    /// The call that lists it among the record's indexes. It stands at the indexed field, which is
    /// where a type that can't be a key is to be reported.
    pub(crate) fn listing(&self) -> TokenStream {
        let constant = &self.constant;
        let (first, with) = match &self.kind {
            Kind::Keys { keys, .. } => (keys.first(), format_ident!("with")),
            Kind::Text(text) => (text.first(), format_ident!("with_text")),
        };
        let place = first.map_or_else(Span::call_site, |field| field.of.span());
        quote_spanned!(place.resolved_at(Span::call_site())=> .#with(Self::#constant))
    }

    fn handle(&self) -> Ident {
        match &self.kind {
            Kind::Keys { unique: true, .. } => format_ident!("Unique"),
            Kind::Keys { unique: false, .. } => format_ident!("Index"),
            Kind::Text(_) => format_ident!("Text"),
        }
    }

    /// The function that calls `emit` with each key, or each text, of a record.
    fn extract(&self) -> TokenStream {
        let condition = self.when.map(|when| {
            quote! {
                let when: fn(&Self) -> bool = #when;
                if !when(record) {
                    return;
                }
            }
        });
        let emitted = match &self.kind {
            Kind::Keys { keys, .. } => keys.emitted(),
            Kind::Text(text) => text.emitted(),
        };
        quote! {
            |record, emit| {
                #condition
                #emitted
            }
        }
    }

    /// The function that tells whether two records have the same keys, from what the keys are made of.
    fn same(&self) -> TokenStream {
        let fields = match &self.kind {
            Kind::Keys { keys, .. } => keys.compared(),
            Kind::Text(text) => text.compared(),
        };
        let condition = self.when.map(|when| {
            quote! {
                && {
                    let when: fn(&Self) -> bool = #when;
                    when(before) == when(after)
                }
            }
        });
        quote!(|before, after| #fields #condition)
    }

    fn documentation(&self) -> String {
        let Self { name, .. } = self;
        let among =
            if self.when.is_some() { ", among those that its condition lets in" } else { "" };
        let (unique, hash, keys) = match &self.kind {
            Kind::Keys { unique, hash, keys } => (*unique, *hash, keys),
            Kind::Text(text) => {
                let by = text.documentation();
                return format!(
                    "The full-text index `{name}`: the records by words of {by}{among}."
                );
            }
        };
        let by = keys.documentation();
        match (unique, hash) {
            (true, false) => {
                format!("The unique index `{name}`: the one record with {by}{among}.")
            }
            (true, true) => {
                format!("The unique index `{name}`, by hash: the one record with {by}{among}.")
            }
            (false, false) => {
                format!("The index `{name}`: the records in the order of {by}{among}.")
            }
            (false, true) => {
                format!("The index `{name}`, by hash: the records with the same {by}{among}.")
            }
        }
    }
}

fn constant(name: &str, place: Span) -> Result<Ident> {
    let mut constant: Ident = parse_str(&constant_name(name)).map_err(|_| {
        let message = format!(
            "{name:?} can't name an index, since no constant can be called like it; take a name of \
             letters, digits and underscores that does not begin with a digit"
        );
        Error::new(place, message)
    })?;
    // The constant is shown at its declaration, but is code of the derive, not of its user.
    constant.set_span(place.resolved_at(Span::call_site()));
    Ok(constant)
}
