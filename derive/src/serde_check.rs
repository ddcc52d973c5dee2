//! Reads the `#[serde(…)]` attributes: takes the names from those that can be followed, and refuses
//! those that change the wire form in ways a description can't tell.
//!
//! Records are stored field by field, without names and lengths around them. A field that is at
//! times left out, or written by a function of its own, would shift all bytes after it, and the
//! store would find that out when reading, far too late. An attribute that is not known here is
//! refused as well, since it may do the same.

use crate::case::Rule;
use crate::problems::Problems;
use proc_macro2::{Span, TokenStream};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, LitStr, Result, Token, parenthesized, token};

/// What the attributes stand on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Type,
    Variant,
    Field,
}

/// What the attributes of a type, a variant or a field say about its names.
#[derive(Default)]
pub(crate) struct SerdeAttributes {
    /// Its own name.
    pub(crate) rename: Option<String>,
    /// How the names of its fields or variants change.
    pub(crate) rename_all: Option<Rule>,
    /// How the names of the fields of all its variants change.
    pub(crate) rename_all_fields: Option<Rule>,
    /// Where it is said that a struct is stored as its only field.
    pub(crate) transparent: Option<Span>,
    /// The other names from which it is read.
    pub(crate) aliases: Vec<String>,
    /// Whether there is a value for it, or for its fields, where none is stored.
    pub(crate) default: bool,
    /// Whether fields are refused that it does not know.
    pub(crate) deny_unknown: bool,
}

impl SerdeAttributes {
    pub(crate) fn read(attributes: &[Attribute], place: Place, problems: &mut Problems) -> Self {
        let mut read = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            let parsed = attribute.parse_nested_meta(|meta| {
                if let Err(problem) = read.take(&meta, place) {
                    problems.push(problem);
                    skip_value(&meta)?;
                }
                Ok(())
            });
            problems.keep(parsed);
        }
        read
    }

    /// Takes in one item. On an error of its own making nothing has been read of the value.
    fn take(&mut self, meta: &ParseNestedMeta, place: Place) -> Result<()> {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match name.as_str() {
            "rename" => self.rename = Some(one_name(meta)?.value()),
            "rename_all" => self.rename_all = Some(rule(meta)?),
            "rename_all_fields" => self.rename_all_fields = Some(rule(meta)?),
            "transparent" => self.transparent = Some(meta.path.span()),
            "alias" => self.aliases.push(meta.value()?.parse::<LitStr>()?.value()),
            "default" => {
                self.default = true;
                skip_value(meta)?;
            }
            "deny_unknown_fields" => self.deny_unknown = true,
            "bound" | "borrow" | "crate" | "expecting" => skip_value(meta)?,
            other => return Err(meta.error(refusal(other, place))),
        }
        Ok(())
    }
}

/// Why an attribute is refused, and what to do instead.
fn refusal(name: &str, place: Place) -> String {
    let advice = match name {
        "flatten" => {
            "it stores the field as a map of unknown length; keep the field as it is, or copy the \
             inner fields to this type"
        }
        "untagged" | "tag" | "content" => {
            "it needs an encoding that names its fields; remove it: the store writes the number of \
             the variant, which takes one byte"
        }
        "skip" | "skip_serializing" | "skip_deserializing" if place == Place::Variant => {
            "records with this variant could be made but not stored; remove the attribute, or the \
             variant"
        }
        "skip" | "skip_serializing" | "skip_deserializing" => {
            "fields are stored one after the other, without names, so one that is left out shifts \
             all others; move it out of the record, or store it as an `Option`"
        }
        "skip_serializing_if" => {
            "fields are stored one after the other, without names, so one that is at times left \
             out shifts all others; remove it: an empty value takes one byte"
        }
        "with" | "serialize_with" | "deserialize_with" => {
            "a function decides what is stored; give the field a newtype of its own, with \
             `Serialize`, `Deserialize` and `folio::Schema` that fit together"
        }
        "from" | "try_from" | "into" => {
            "the bytes are those of another type; store that type, and convert where your program \
             reads and writes it"
        }
        "remote" | "getter" => {
            "it stands for a type of another crate; store a type of your own, and convert where \
             your program reads and writes it"
        }
        "other" => {
            "stored variants are numbers, and an unknown number is refused; remove it, and give \
             the unknown a variant of its own if you store it"
        }
        "variant_identifier" | "field_identifier" => {
            "it stores the enum as a name; remove it: the store writes the number of the variant"
        }
        _ => {
            "it is not known to this derive, and may change what is stored; remove it, or write \
             the `folio::Schema` of the type by hand"
        }
    };
    format!("`#[serde({name})]` can't be followed by the store: {advice}")
}

/// The one name that is both written and read.
fn one_name(meta: &ParseNestedMeta) -> Result<LitStr> {
    if meta.input.peek(token::Paren) {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        return Err(meta.error(format!(
            "the store reads what it has written, so both directions need one name: \
             write `#[serde({name} = \"…\")]`"
        )));
    }
    meta.value()?.parse()
}

fn rule(meta: &ParseNestedMeta) -> Result<Rule> {
    let name = one_name(meta)?;
    Rule::named(&name.value()).ok_or_else(|| {
        let message =
            format!("serde has no rule called {:?}; it has {}", name.value(), Rule::NAMES);
        Error::new(name.span(), message)
    })
}

/// Passes over `= value` or `(…)`, so that the items after it are read too.
fn skip_value(meta: &ParseNestedMeta) -> Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(token::Paren) {
        let inside;
        parenthesized!(inside in meta.input);
        inside.parse::<TokenStream>()?;
    }
    Ok(())
}
