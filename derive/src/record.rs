//! Writes `impl folio::Record`, with the key, the version and the list of indexes, and the constants
//! that name the indexes. The description of the record is [`schema`](crate::schema)'s.

use crate::attributes::TypeAttributes;
use crate::case::collection_name;
use crate::field::{Field, MAXIMUM_PARTS, find};
use crate::index::RecordIndex;
use crate::keys::too_many_parts;
use crate::problems::Problems;
use crate::schema;
use crate::types::refuse_float;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, LitStr, Result};

/// The implementations of `Record` and of `Schema`.
pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = fields_of(input)?;
    let mut problems = Problems::default();
    refuse_generics(input, &mut problems);
    let attributes = TypeAttributes::read(&input.attrs, &mut problems);
    let fields = Field::all(fields, &mut problems);
    let key = problems.keep(key(input, &fields));
    let key_fields = key_fields(input, &fields);
    let indexes = indexes(input, &attributes, &fields, &mut problems);
    let expires = problems.keep(expires(input, &attributes, &fields));
    let schema = problems.keep(schema::derive(input));
    problems.finish()?;

    let ident = &input.ident;
    let name = attributes
        .name
        .as_ref()
        .map_or_else(|| collection_name(&ident.unraw().to_string()), LitStr::value);
    let constants = constants(input, &indexes);
    let listings = indexes.iter().map(RecordIndex::listing);
    let version = version(&attributes);
    let unordered = attributes.is_unordered.then(|| {
        quote!(
            const UNORDERED: bool = true;
        )
    });
    Ok(quote! {
        #constants

        #[automatically_derived]
        #[allow(deprecated)]
        impl ::folio::Record for #ident {
            #key
            const NAME: &'static str = #name;
            #version
            #unordered
            #expires

            fn indexes() -> ::folio::Indexes<Self> {
                ::folio::Indexes::new() #(#listings)*
            }

            fn key_fields() -> &'static [&'static str] {
                &[#(#key_fields),*]
            }
        }

        #schema
    })
}

fn fields_of(input: &DeriveInput) -> Result<&Fields> {
    match &input.data {
        Data::Struct(data) => Ok(&data.fields),
        Data::Enum(data) => Err(Error::new(
            data.enum_token.span,
            "a record is a struct, since it has a key in every case; put this enum into a field of \
             a struct, with `#[derive(Schema)]` on the enum",
        )),
        Data::Union(data) => Err(Error::new(
            data.union_token.span,
            "a record is a struct; a union does not say which of its fields it holds",
        )),
    }
}

fn refuse_generics(input: &DeriveInput, problems: &mut Problems) {
    if !input.generics.params.is_empty() {
        let advice = "a record type can't be generic: its name on disk stands for one type; put \
                      the generic type into a field, with `#[derive(Schema)]` on it";
        problems.push(Error::new_spanned(&input.generics, advice));
    }
}

/// The type of the key and the method that gives it.
fn key(input: &DeriveInput, fields: &[Field]) -> Result<TokenStream> {
    let marked: Vec<&Field> = fields.iter().filter(|field| field.attributes.is_key).collect();
    for field in &marked {
        refuse_float(field.of, "a key")?;
    }
    if let Some(field) = marked.get(MAXIMUM_PARTS) {
        return Err(too_many_parts(&field.member));
    }
    let types = marked.iter().map(|field| field.of);
    let members = marked.iter().map(|field| &field.member);
    let (of, value) = match marked.as_slice() {
        [] => return Err(no_key(input)),
        [_] => (quote!(#(#types)*), quote!(#(::core::clone::Clone::clone(&self.#members))*)),
        _ => (quote!((#(#types),*)), quote!((#(::core::clone::Clone::clone(&self.#members)),*))),
    };
    Ok(quote! {
        type Key = #of;

        fn key(&self) -> Self::Key {
            #value
        }
    })
}

/// The names under which the fields of the key are stored.
fn key_fields(input: &DeriveInput, fields: &[Field]) -> Vec<String> {
    let names = schema::field_names(input);
    let marked = fields.iter().zip(names).filter(|(field, _)| field.attributes.is_key);
    marked.map(|(_, name)| name).collect()
}

fn no_key(input: &DeriveInput) -> Error {
    let message = format!(
        "`{}` has no key: put `#[key]` on the field that a record is found by, or on several \
         fields for a key of several parts",
        input.ident.unraw()
    );
    Error::new_spanned(&input.ident, message)
}

/// The version, and the earlier type that records of smaller ones are converted from.
fn version(attributes: &TypeAttributes) -> TokenStream {
    let version = attributes.version.map(|version| quote!(const VERSION: u32 = #version;));
    // Where the earlier type does not convert, the compiler points at its name.
    let previous = attributes.from.as_ref().map(|from| {
        quote_spanned! {from.span()=>
            fn previous() -> ::core::option::Option<::folio::Previous<Self>> {
                ::core::option::Option::Some(::folio::Previous::of::<#from>())
            }
        }
    });
    quote!(#version #previous)
}

/// How a record tells when it expires, if it does.
fn expires(
    input: &DeriveInput,
    attributes: &TypeAttributes,
    fields: &[Field],
) -> Result<Option<TokenStream>> {
    let Some(member) = &attributes.expires else { return Ok(None) };
    let field = find(member, &input.ident, fields)?;
    let (member, of) = (&field.member, field.of);
    // Where the type is no deadline, the compiler points at the field.
    let deadline = quote_spanned! {of.span().resolved_at(Span::call_site())=>
        <#of as ::folio::Deadline>::deadline
    };
    Ok(Some(quote! {
        const EXPIRES: ::core::option::Option<
            fn(&Self) -> ::core::option::Option<::std::time::SystemTime>,
        > = ::core::option::Option::Some(|record| #deadline(&record.#member));
    }))
}

/// All indexes: those of the fields first, in their order.
fn indexes<'a>(
    input: &DeriveInput,
    attributes: &'a TypeAttributes,
    fields: &'a [Field<'a>],
    problems: &mut Problems,
) -> Vec<RecordIndex<'a>> {
    let on_fields = fields.iter().flat_map(|field| {
        field.attributes.indexes.iter().map(move |index| RecordIndex::on_field(index, field))
    });
    let on_type =
        attributes.indexes.iter().map(|index| RecordIndex::on_type(index, &input.ident, fields));
    let indexes: Vec<RecordIndex> =
        on_fields.chain(on_type).filter_map(|index| problems.keep(index)).collect();
    RecordIndex::refuse_same_names(&indexes, problems);
    indexes
}

/// The constants that name the indexes, if there are any.
fn constants(input: &DeriveInput, indexes: &[RecordIndex]) -> Option<TokenStream> {
    let ident = &input.ident;
    let constants = indexes.iter().map(|index| index.constant(&input.vis));
    (!indexes.is_empty()).then(|| {
        quote! {
            #[allow(deprecated)]
            impl #ident {
                #(#constants)*
            }
        }
    })
}
