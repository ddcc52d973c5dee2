//! The fields of a record, named or numbered, and how they are found by what is written in an
//! attribute.

use crate::attributes::FieldAttributes;
use crate::problems::Problems;
use syn::ext::IdentExt;
use syn::{Error, Fields, Ident, Member, Result, Type};

/// How many parts a key can have: the longest tuple that has a `folio::Schema`.
pub(crate) const MAXIMUM_PARTS: usize = 8;

/// A field of a record.
pub(crate) struct Field<'a> {
    pub(crate) member: Member,
    /// Its name as people read it, or its number.
    pub(crate) name: String,
    pub(crate) of: &'a Type,
    pub(crate) attributes: FieldAttributes,
}

impl<'a> Field<'a> {
    pub(crate) fn all(fields: &'a Fields, problems: &mut Problems) -> Vec<Self> {
        fields
            .members()
            .zip(fields)
            .map(|(member, field)| Self {
                name: name(&member),
                member,
                of: &field.ty,
                attributes: FieldAttributes::read(&field.attrs, problems),
            })
            .collect()
    }
}

/// The field that a member names, or an error that lists those that there are.
pub(crate) fn find<'a>(
    member: &Member,
    record: &Ident,
    fields: &'a [Field<'a>],
) -> Result<&'a Field<'a>> {
    let wanted = name(member);
    fields.iter().find(|field| field.name == wanted).ok_or_else(|| {
        let names: Vec<String> = fields.iter().map(|field| format!("`{}`", field.name)).collect();
        let message =
            format!("`{}` has no field `{wanted}`; it has {}", record.unraw(), names.join(", "));
        Error::new_spanned(member, message)
    })
}

fn name(member: &Member) -> String {
    match member {
        Member::Named(ident) => ident.unraw().to_string(),
        Member::Unnamed(place) => place.index.to_string(),
    }
}
