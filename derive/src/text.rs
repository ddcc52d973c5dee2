//! Full-text indexes: whose words they have, and in which language.

use crate::attributes::{IndexedFields, TextOption};
use crate::field::{Field, find};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Ident, Result};

/// The languages that `folio::Language` has.
const LANGUAGES: [&str; 34] = [
    "arabic",
    "armenian",
    "basque",
    "catalan",
    "czech",
    "danish",
    "dutch",
    "english",
    "esperanto",
    "estonian",
    "finnish",
    "french",
    "german",
    "greek",
    "hindi",
    "hungarian",
    "indonesian",
    "irish",
    "italian",
    "lithuanian",
    "nepali",
    "norwegian",
    "persian",
    "polish",
    "portuguese",
    "romanian",
    "russian",
    "serbian",
    "spanish",
    "swedish",
    "tamil",
    "turkish",
    "ukrainian",
    "yiddish",
];

/// What a full-text index takes its texts from.
pub(crate) struct TextFields<'a> {
    fields: Vec<&'a Field<'a>>,
    /// The constant of its language.
    language: Option<Ident>,
}

impl<'a> TextFields<'a> {
    pub(crate) fn of_field(field: &'a Field<'a>, option: &TextOption) -> Result<Self> {
        Ok(Self { fields: vec![field], language: language(option)? })
    }

    pub(crate) fn of_fields(
        written: &IndexedFields,
        option: &TextOption,
        record: &Ident,
        fields: &'a [Field<'a>],
    ) -> Result<Self> {
        let members = match written {
            IndexedFields::One(member) => std::slice::from_ref(member),
            IndexedFields::Several(members) => members,
        };
        let fields = members.iter().map(|member| find(member, record, fields));
        Ok(Self { fields: fields.collect::<Result<_>>()?, language: language(option)? })
    }

    /// Statements that call `emit` with each text of `record`.
    pub(crate) fn emitted(&self) -> TokenStream {
        let texts = self.fields.iter().map(|field| {
            let (member, of) = (&field.member, field.of);
            // Where the type has no text, the compiler points at the field.
            quote_spanned! {of.span().resolved_at(Span::call_site())=>
                <#of as ::folio::Searchable>::each_text(&record.#member, emit);
            }
        });
        quote!(#(#texts)*)
    }

    /// An expression for whether the records `before` and `after` have the same texts.
    pub(crate) fn compared(&self) -> TokenStream {
        let members = self.fields.iter().map(|field| &field.member);
        let equal = members.map(|member| quote!(before.#member == after.#member));
        quote!(#(#equal)&&*)
    }

    /// What follows the index to give it its language.
    pub(crate) fn in_language(&self) -> Option<TokenStream> {
        let language = self.language.as_ref()?;
        Some(quote!(.in_language(::folio::Language::#language)))
    }

    /// The fields as they are called in the documentation of the index.
    pub(crate) fn documentation(&self) -> String {
        let names: Vec<String> =
            self.fields.iter().map(|field| format!("`{}`", field.name)).collect();
        names.join(" and ")
    }

    pub(crate) fn first(&self) -> Option<&Field<'a>> {
        self.fields.first().copied()
    }
}

fn language(option: &TextOption) -> Result<Option<Ident>> {
    let Some(written) = &option.language else { return Ok(None) };
    let name = written.value();
    if LANGUAGES.contains(&name.as_str()) {
        let mut constant = format_ident!("{}", name.to_uppercase());
        constant.set_span(written.span().resolved_at(Span::call_site()));
        return Ok(Some(constant));
    }
    let message = format!(
        "there are no stems for {name:?}; the languages are {}; without one, words are found as they are",
        LANGUAGES.join(", ")
    );
    Err(Error::new(written.span(), message))
}
