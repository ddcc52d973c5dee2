//! Parses the attributes of `#[derive(Record)]`: `#[record(…)]` on the type, `#[key]` and
//! `#[index]` on its fields.
//!
//! Only the grammar is checked here. Whether the fields exist and the names differ is for the
//! modules that put the parts together.

use crate::problems::Problems;
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, Ident, LitInt, LitStr, Member, Meta, Path, Result, Token, TypePath,
    parenthesized, token,
};

/// What can stand on the type, for messages.
const GRAMMAR: &str = "`#[record(…)]` takes `name = \"…\"`, `version = 2`, `from = EarlierType`, \
                       `unordered`, `expires = field`, `index(name = fields)` and \
                       `unique(name = fields)`";

const TEXT_ALONE: &str = "a full-text index finds records by their words: it can't be unique, and there is no \
                          `each` or `hash` of it";

/// What stands on the type.
#[derive(Default)]
pub(crate) struct TypeAttributes {
    pub(crate) name: Option<LitStr>,
    pub(crate) version: Option<u32>,
    /// The earlier type that this one migrates from.
    pub(crate) from: Option<TypePath>,
    /// Whether the records lie in a hash map.
    pub(crate) is_unordered: bool,
    /// The field that has the deadline.
    pub(crate) expires: Option<Member>,
    pub(crate) indexes: Vec<TypeIndex>,
}

/// An index declared on the type: `index(name = fields, hash, when = condition)`.
pub(crate) struct TypeIndex {
    pub(crate) name: Ident,
    pub(crate) unique: bool,
    pub(crate) hash: bool,
    pub(crate) text: Option<TextOption>,
    pub(crate) fields: IndexedFields,
    pub(crate) when: Option<Expr>,
}

/// The fields of an index as they are written.
pub(crate) enum IndexedFields {
    /// `field`: its keys are those of the field.
    One(Member),
    /// `(field, field)`: its keys are tuples.
    Several(Vec<Member>),
}

/// What stands on a field.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    pub(crate) is_key: bool,
    pub(crate) indexes: Vec<FieldIndex>,
}

/// An index declared on a field.
pub(crate) struct FieldIndex {
    pub(crate) attribute: Path,
    pub(crate) name: Option<LitStr>,
    pub(crate) unique: bool,
    pub(crate) each: bool,
    pub(crate) hash: bool,
    pub(crate) text: Option<TextOption>,
}

/// `text`, or `text = "language"`.
pub(crate) struct TextOption {
    pub(crate) word: Span,
    pub(crate) language: Option<LitStr>,
}

impl TextOption {
    /// What follows the word.
    fn read(word: Span, input: ParseStream) -> Result<Self> {
        let language = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Some(input.parse()?)
        } else {
            None
        };
        Ok(Self { word, language })
    }
}

impl TypeAttributes {
    pub(crate) fn read(attributes: &[Attribute], problems: &mut Problems) -> Self {
        let mut read = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("record") {
                problems.keep(read.take_all(attribute));
            } else if attribute.path().is_ident("key") {
                let advice = "`#[key]` belongs on a field: the one that the record is found by, or \
                              several for a key of several parts";
                problems.push(Error::new_spanned(attribute, advice));
            } else if attribute.path().is_ident("index") {
                let advice = "`#[index]` belongs on a field; for an index of several fields write \
                              `#[record(index(name = (field, field)))]` here";
                problems.push(Error::new_spanned(attribute, advice));
            }
        }
        problems.keep(read.check_version());
        read
    }

    fn take_all(&mut self, attribute: &Attribute) -> Result<()> {
        if !matches!(attribute.meta, Meta::List(_)) {
            return Err(Error::new_spanned(attribute, GRAMMAR));
        }
        attribute.parse_nested_meta(|meta| self.take(&meta))
    }

    fn take(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        if meta.path.is_ident("name") {
            let name: LitStr = meta.value()?.parse()?;
            if name.value().is_empty() {
                return Err(Error::new(name.span(), "a collection needs a name that is not empty"));
            }
            if self.name.replace(name).is_some() {
                return Err(meta.error("the name of the collection is given twice; remove one"));
            }
        } else if meta.path.is_ident("version") {
            if self.version.replace(version(meta)?).is_some() {
                return Err(meta.error("the version is given twice; remove one"));
            }
        } else if meta.path.is_ident("from") {
            if self.from.replace(earlier_type(meta)?).is_some() {
                return Err(meta.error(
                    "a record type migrates from one earlier type; that one tells what it migrates \
                     from itself",
                ));
            }
        } else if meta.path.is_ident("unordered") {
            if meta.input.peek(Token![=]) || meta.input.peek(token::Paren) {
                return Err(
                    meta.error("`unordered` takes nothing: without it, records are in order")
                );
            }
            if std::mem::replace(&mut self.is_unordered, true) {
                return Err(meta.error("`unordered` is there twice; remove one"));
            }
        } else if meta.path.is_ident("expires") {
            if self.expires.replace(deadline(meta)?).is_some() {
                return Err(meta.error(
                    "a record has one deadline; where there are several, keep the first of them in a \
                     field of its own",
                ));
            }
        } else if meta.path.is_ident("index") || meta.path.is_ident("unique") {
            self.indexes.push(TypeIndex::read(meta)?);
        } else {
            return Err(meta.error(GRAMMAR));
        }
        Ok(())
    }

    /// Which of two types is the earlier one is told by their versions.
    fn check_version(&self) -> Result<()> {
        let Some(from) = &self.from else { return Ok(()) };
        if self.version.unwrap_or(1) > 1 {
            return Ok(());
        }
        Err(Error::new_spanned(
            from,
            "a record type that migrates from another has a version of its own, greater than that \
             of the other: `#[record(version = 2, from = …)]`",
        ))
    }
}

/// The `= 2` of a version.
fn version(meta: &ParseNestedMeta) -> Result<u32> {
    let number: LitInt = meta.value()?.parse()?;
    match number.base10_parse()? {
        0 => Err(Error::new(
            number.span(),
            "versions count from 1, which is that of a type without one; the next is 2",
        )),
        version => Ok(version),
    }
}

/// The `= v1::User` of an earlier type.
fn earlier_type(meta: &ParseNestedMeta) -> Result<TypePath> {
    let value = meta.value()?;
    if value.peek(LitStr) {
        return Err(value.error("the earlier type stands without quotes: `from = v1::User`"));
    }
    value.parse()
}

/// The `= field` of a deadline.
fn deadline(meta: &ParseNestedMeta) -> Result<Member> {
    if !meta.input.peek(Token![=]) {
        return Err(meta.error(
            "`expires` takes the field that has the deadline: `expires = expires_at`, where that is a \
             `SystemTime` or an `Option<SystemTime>`",
        ));
    }
    let value = meta.value()?;
    if value.peek(LitStr) {
        return Err(value.error("the field stands without quotes: `expires = expires_at`"));
    }
    value.parse()
}

impl TypeIndex {
    fn read(meta: &ParseNestedMeta) -> Result<Self> {
        if !meta.input.peek(token::Paren) {
            return Err(meta.error(
                "an index on the type has a name and fields: `index(by_city_age = (city, age))`, \
                 or `unique(…)` likewise",
            ));
        }
        let inside;
        parenthesized!(inside in meta.input);
        let name = Ident::parse_any(&inside)?;
        if !inside.peek(Token![=]) {
            return Err(Error::new_spanned(
                name,
                "an index on the type needs a name: `index(by_city = city)`; for an index of one \
                 field, `#[index]` on the field does as well",
            ));
        }
        inside.parse::<Token![=]>()?;
        let fields = inside.parse()?;
        let IndexOptions { hash, text, when } = inside.parse()?;
        let unique = meta.path.is_ident("unique");
        if let Some(text) = &text
            && (unique || hash)
        {
            return Err(Error::new(text.word, TEXT_ALONE));
        }
        Ok(Self { name, unique, hash, text, fields, when })
    }
}

impl Parse for IndexedFields {
    fn parse(input: ParseStream) -> Result<Self> {
        if !input.peek(token::Paren) {
            return Ok(Self::One(input.parse()?));
        }
        let inside;
        let parenthesis = parenthesized!(inside in input);
        let fields = Punctuated::<Member, Token![,]>::parse_terminated(&inside)?;
        if fields.len() < 2 {
            return Err(Error::new(
                parenthesis.span.join(),
                "parentheses stand for keys of several fields; for one field write \
                 `index(name = field)`",
            ));
        }
        Ok(Self::Several(fields.into_iter().collect()))
    }
}

/// What may follow the fields: `, hash, text, when = condition`.
#[derive(Default)]
struct IndexOptions {
    hash: bool,
    text: Option<TextOption>,
    when: Option<Expr>,
}

impl Parse for IndexOptions {
    fn parse(input: ParseStream) -> Result<Self> {
        let mut read = Self::default();
        while !input.is_empty() {
            if !input.peek(Token![,]) {
                return Err(input.error(
                    "an index takes fields, not expressions; keep what is calculated in a field of \
                     its own, or write `impl folio::Record` by hand",
                ));
            }
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            read.take(Ident::parse_any(input)?, input)?;
        }
        Ok(read)
    }
}

impl IndexOptions {
    fn take(&mut self, option: Ident, input: ParseStream) -> Result<()> {
        if option == "each" {
            return Err(Error::new_spanned(
                option,
                "`each` belongs on the field: `#[index(each, name = \"…\")]`",
            ));
        }
        if option == "hash" && !self.hash {
            self.hash = true;
            return Ok(());
        }
        if option == "text" && self.text.is_none() {
            self.text = Some(TextOption::read(option.span(), input)?);
            return Ok(());
        }
        if option != "when" || self.when.is_some() {
            return Err(Error::new_spanned(
                option,
                "after its fields an index takes `hash` or `text`, and one condition: \
                 `when = |record| record.active`; a unique index is declared with `unique(…)`",
            ));
        }
        input.parse::<Token![=]>()?;
        self.when = Some(input.parse()?);
        Ok(())
    }
}

impl FieldAttributes {
    pub(crate) fn read(attributes: &[Attribute], problems: &mut Problems) -> Self {
        let mut read = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("key") {
                problems.keep(read.take_key(attribute));
            } else if attribute.path().is_ident("index") {
                let index = problems.keep(FieldIndex::read(attribute));
                read.indexes.extend(index);
            } else if attribute.path().is_ident("record") {
                let advice =
                    "`#[record(…)]` belongs on the type; on a field write `#[key]` or `#[index]`";
                problems.push(Error::new_spanned(attribute, advice));
            }
        }
        read
    }

    fn take_key(&mut self, attribute: &Attribute) -> Result<()> {
        let is_key_already = std::mem::replace(&mut self.is_key, true);
        if !matches!(attribute.meta, Meta::Path(_)) {
            return Err(Error::new_spanned(
                attribute,
                "`#[key]` takes nothing; on several fields it makes a key of several parts, in the \
                 order of the fields",
            ));
        }
        if is_key_already {
            return Err(Error::new_spanned(
                attribute,
                "this field is marked as key twice; remove one",
            ));
        }
        Ok(())
    }
}

impl FieldIndex {
    fn read(attribute: &Attribute) -> Result<Self> {
        let mut read = Self {
            attribute: attribute.path().clone(),
            name: None,
            unique: false,
            each: false,
            hash: false,
            text: None,
        };
        if matches!(attribute.meta, Meta::Path(_)) {
            return Ok(read);
        }
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("unique") {
                read.unique = true;
            } else if meta.path.is_ident("each") {
                read.each = true;
            } else if meta.path.is_ident("hash") {
                read.hash = true;
            } else if meta.path.is_ident("text") {
                read.text = Some(TextOption::read(meta.path.span(), meta.input)?);
            } else if meta.path.is_ident("name") {
                read.name = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("when") {
                return Err(meta.error(
                    "an index with a condition is declared on the type: \
                     `#[record(index(name = field, when = |record| record.active))]`",
                ));
            } else {
                return Err(meta.error(
                    "`#[index(…)]` takes `unique`, `each`, `hash`, `text` and `name = \"…\"`",
                ));
            }
            Ok(())
        })?;
        if let Some(text) = &read.text
            && (read.unique || read.each || read.hash)
        {
            return Err(Error::new(text.word, TEXT_ALONE));
        }
        Ok(read)
    }
}
