//! Writes `impl folio::Schema`: the description of a type's wire form, under the names that serde
//! gives its parts.

use crate::case::Rule;
use crate::problems::Problems;
use crate::serde_check::{Place, SerdeAttributes};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{
    Data, DataEnum, DeriveInput, Error, Fields, GenericParam, Generics, Ident, Result, Variant,
    parse_quote,
};

/// The whole implementation.
pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let mut problems = Problems::default();
    let of_type = SerdeAttributes::read(&input.attrs, Place::Type, &mut problems);
    refuse_lifetimes(&input.generics, &mut problems);
    let body = match &input.data {
        Data::Struct(data) => of_struct(&data.fields, &of_type, &mut problems),
        Data::Enum(data) => of_enum(data, &of_type, &mut problems),
        Data::Union(data) => {
            let advice = "a union does not say which of its fields it holds; make it an enum";
            problems.push(Error::new(data.union_token.span, advice));
            TokenStream::new()
        }
    };
    problems.finish()?;

    let ident = &input.ident;
    let name = of_type.transparent.is_none().then(|| {
        let name = of_type.rename.clone().unwrap_or_else(|| ident.unraw().to_string());
        let name = name_with_arguments(&name, &input.generics);
        quote!(let name = #name;)
    });
    let generics = bounded(&input.generics);
    let (implemented, arguments, conditions) = generics.split_for_impl();
    // Who deprecates a part of a type is not to be warned of it by what the type derives.
    Ok(quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #implemented ::folio::Schema for #ident #arguments #conditions {
            fn describe(types: &mut ::folio::Types) -> ::folio::TypeRef {
                #name
                #body
            }
        }
    })
}

fn of_struct(fields: &Fields, of_type: &SerdeAttributes, problems: &mut Problems) -> TokenStream {
    let described = described(fields, of_type.rename_all, of_type, problems);
    if let Some(place) = of_type.transparent {
        return problems.keep(only_field(fields, place)).unwrap_or_default();
    }
    match fields {
        Fields::Unnamed(_) => quote!(types.tuple_structure::<Self>(name, #described)),
        Fields::Named(_) | Fields::Unit => quote!(types.structure::<Self>(name, #described)),
    }
}

fn of_enum(data: &DataEnum, of_type: &SerdeAttributes, problems: &mut Problems) -> TokenStream {
    if let Some(place) = of_type.transparent {
        problems
            .push(Error::new(place, "only a struct of one field can be transparent; remove it"));
    }
    let lines = data.variants.iter().map(|variant| of_variant(variant, of_type, problems));
    let lines: Vec<TokenStream> = lines.collect();
    let variants = argument("variants", lines.is_empty());
    quote!(types.enumeration::<Self>(name, |#variants| { #(#lines)* }))
}

fn of_variant(
    variant: &Variant,
    of_type: &SerdeAttributes,
    problems: &mut Problems,
) -> TokenStream {
    let own = SerdeAttributes::read(&variant.attrs, Place::Variant, problems);
    let name = wire_name(&variant.ident, own.rename.clone(), of_type.rename_all, Rule::variant);
    let rename_all = own.rename_all.or(of_type.rename_all_fields);
    // The `default` of a type is about its own fields, which those of a variant are not.
    let of_fields = SerdeAttributes { default: false, deny_unknown: of_type.deny_unknown, ..own };
    let described = described(&variant.fields, rename_all, &of_fields, problems);
    let aliases = aliases(&of_fields);
    match &variant.fields {
        Fields::Unit => quote!(variants.unit(#name)#aliases;),
        Fields::Unnamed(_) => quote!(variants.tuple(#name, #described)#aliases;),
        Fields::Named(_) => quote!(variants.structure(#name, #described)#aliases;),
    }
}

/// The function that tells the fields one by one.
fn described(
    fields: &Fields,
    rename_all: Option<Rule>,
    around: &SerdeAttributes,
    problems: &mut Problems,
) -> TokenStream {
    let mut lines = Vec::new();
    if around.deny_unknown && matches!(fields, Fields::Named(_)) {
        lines.push(quote!(fields.deny_unknown();));
    }
    for field in fields {
        let own = SerdeAttributes::read(&field.attrs, Place::Field, problems);
        let of = &field.ty;
        let aliases = aliases(&own);
        let default = (own.default || around.default).then(|| quote!(.default()));
        lines.push(if let Some(ident) = &field.ident {
            let name = wire_name(ident, own.rename, rename_all, Rule::field);
            quote!(fields.field::<#of>(#name)#aliases #default;)
        } else {
            quote!(fields.item::<#of>()#default;)
        });
    }
    let fields = argument("fields", lines.is_empty());
    quote!(|#fields| { #(#lines)* })
}

/// The other names from which a field or variant is read.
fn aliases(of: &SerdeAttributes) -> TokenStream {
    let aliases = &of.aliases;
    quote!(#(.alias(#aliases))*)
}

/// The names under which the fields of a struct are stored; numbers where they have none. What is
/// wrong with their attributes is told by [`derive`].
pub(crate) fn field_names(input: &DeriveInput) -> Vec<String> {
    let Data::Struct(data) = &input.data else { return Vec::new() };
    let mut ignored = Problems::default();
    let of_type = SerdeAttributes::read(&input.attrs, Place::Type, &mut ignored);
    let mut name = |(place, field): (usize, &syn::Field)| {
        let own = SerdeAttributes::read(&field.attrs, Place::Field, &mut ignored);
        let named = |ident| wire_name(ident, own.rename, of_type.rename_all, Rule::field);
        field.ident.as_ref().map_or_else(|| place.to_string(), named)
    };
    data.fields.iter().enumerate().map(&mut name).collect()
}

fn wire_name(
    ident: &Ident,
    rename: Option<String>,
    rename_all: Option<Rule>,
    apply: fn(Rule, &str) -> String,
) -> String {
    let written = ident.unraw().to_string();
    rename
        .unwrap_or_else(|| rename_all.map_or_else(|| written.clone(), |rule| apply(rule, &written)))
}

/// A closure's argument, named so that it may be left unused.
fn argument(name: &str, is_unused: bool) -> Ident {
    if is_unused { format_ident!("_{name}") } else { format_ident!("{name}") }
}

/// The description of a transparent struct: that of its field.
fn only_field(fields: &Fields, transparent: Span) -> Result<TokenStream> {
    let mut all = fields.iter();
    let (Some(field), None) = (all.next(), all.next()) else {
        let advice = "a transparent struct is stored as its only field, so it must have exactly \
                      one; remove the attribute, or the other fields";
        return Err(Error::new(transparent, advice));
    };
    let of = &field.ty;
    Ok(quote!(<#of as ::folio::Schema>::describe(types)))
}

/// An expression for the name, with what the type's parameters stand for: `Pair<u8, String>`.
fn name_with_arguments(name: &str, generics: &Generics) -> TokenStream {
    let arguments = generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Lifetime(_) => None,
        GenericParam::Type(parameter) => {
            let ident = &parameter.ident;
            Some(quote! {{
                let argument = <#ident as ::folio::Schema>::describe(types);
                types.name(argument)
            }})
        }
        GenericParam::Const(parameter) => {
            let ident = &parameter.ident;
            Some(quote!(::std::string::ToString::to_string(&#ident)))
        }
    });
    let arguments: Vec<TokenStream> = arguments.collect();
    if arguments.is_empty() {
        return quote!(#name);
    }
    quote!(&::std::format!("{}<{}>", #name, [#(#arguments),*].join(", ")))
}

fn bounded(generics: &Generics) -> Generics {
    let mut bounded = generics.clone();
    let bounds: Vec<_> = generics
        .type_params()
        .map(|parameter| {
            let ident = &parameter.ident;
            parse_quote!(#ident: ::folio::Schema)
        })
        .collect();
    if !bounds.is_empty() {
        bounded.make_where_clause().predicates.extend::<Vec<syn::WherePredicate>>(bounds);
    }
    bounded
}

fn refuse_lifetimes(generics: &Generics, problems: &mut Problems) {
    for parameter in generics.lifetimes() {
        let advice = "a stored type owns what it holds; replace what it borrows, such as `&str` \
                      by `String`";
        problems.push(Error::new_spanned(parameter, advice));
    }
}
