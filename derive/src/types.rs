//! Looks at types as they are written: what is in an `Option`, what a list is of, where a float
//! hides.
//!
//! A derive sees tokens, not types, so these answers hold for types that are written out. What goes
//! under an alias or a newtype is taken to be a type of its own.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Error, GenericArgument, Ident, PathArguments, PathSegment, Result, Type};

/// The `T` of an `Option<T>`.
pub(crate) fn inside_option(of: &Type) -> Option<&Type> {
    let (name, arguments) = generic(of)?;
    match *arguments {
        [inside] if name == "Option" => Some(inside),
        _ => None,
    }
}

/// The type of the elements of a list, a set, an array or an `Option`.
pub(crate) fn element(of: &Type) -> Result<&Type> {
    match bare(of) {
        Type::Array(array) => return Ok(&array.elem),
        Type::Slice(slice) => return Ok(&slice.elem),
        _ => {}
    }
    let (name, arguments) = generic(of).ok_or_else(|| no_elements(of))?;
    if ["HashMap", "BTreeMap"].iter().any(|map| name == map) {
        return Err(Error::new_spanned(
            of,
            "the entries of a map are pairs, and `each` can't know whether to index keys or \
             values; keep one of them in a field of its own, or write `impl folio::Record` by hand",
        ));
    }
    let Some(first) = arguments.first() else { return Err(no_elements(of)) };
    if is_pointer(name) { element(first) } else { Ok(first) }
}

/// The first `f32` or `f64` that takes part in the order of this type.
pub(crate) fn float(of: &Type) -> Option<&Type> {
    match bare(of) {
        Type::Array(array) => float(&array.elem),
        Type::Slice(slice) => float(&slice.elem),
        Type::Reference(reference) => float(&reference.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(float),
        Type::Path(_) => {
            if let Some((name, arguments)) = generic(of) {
                // Others, such as `OrderedFloat<f64>`, have an order of their own.
                let ordered_as_inside = is_pointer(name)
                    || ["Option", "Vec", "VecDeque", "BTreeSet", "BTreeMap"]
                        .iter()
                        .any(|container| name == container);
                return arguments.into_iter().filter(|_| ordered_as_inside).find_map(float);
            }
            let name = &last_segment(of)?.ident;
            (name == "f32" || name == "f64").then_some(of)
        }
        _ => None,
    }
}

/// An error at this type if it has floats in it and is to be a key.
pub(crate) fn refuse_float(of: &Type, role: &str) -> Result<()> {
    let Some(found) = float(of) else { return Ok(()) };
    let message = format!(
        "`{}` can't be {role}: floats have no total order (NaN is not even equal to itself); \
         store an integer instead, such as cents for an amount of money, or a newtype that \
         implements `Ord`",
        found.to_token_stream()
    );
    Err(Error::new_spanned(found, message))
}

/// The type as tokens for messages, without the spaces that tokens are joined with.
pub(crate) fn text(of: &TokenStream) -> String {
    of.to_string().replace(" < ", "<").replace(" >", ">").replace(" :: ", "::").replace(" ,", ",")
}

fn no_elements(of: &Type) -> Error {
    let message = format!(
        "can't see what `{}` holds, so `each` has no type for the keys; write the type out, as in \
         `Vec<String>`, or leave `each` away to index the field as a whole",
        text(&of.to_token_stream())
    );
    Error::new_spanned(of, message)
}

/// The last name of a path, and its type arguments if it has any.
fn generic(of: &Type) -> Option<(&Ident, Vec<&Type>)> {
    let segment = last_segment(of)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(argument) => Some(argument),
        _ => None,
    });
    Some((&segment.ident, types.collect()))
}

fn last_segment(of: &Type) -> Option<&PathSegment> {
    match bare(of) {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The type without the parentheses and invisible groups around it.
fn bare(of: &Type) -> &Type {
    match of {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        _ => of,
    }
}

fn is_pointer(name: &Ident) -> bool {
    ["Box", "Arc", "Rc", "Cow"].iter().any(|pointer| name == pointer)
}

#[cfg(test)]
mod tests {
    use super::{element, float, inside_option, text};
    use quote::ToTokens;
    use syn::{Type, parse_str};

    fn parsed(of: &str) -> Type {
        parse_str(of).expect("a type")
    }

    fn shown(of: &Type) -> String {
        text(&of.to_token_stream())
    }

    #[test]
    fn options_are_seen_through_by_any_path() {
        for of in ["Option<u8>", "std::option::Option<u8>", "(Option<u8>)"] {
            assert_eq!(inside_option(&parsed(of)).map(shown).as_deref(), Some("u8"), "{of}");
        }
        for of in ["u8", "Vec<u8>", "Option", "(Option<u8>, u8)", "MyOption<u8>"] {
            assert!(inside_option(&parsed(of)).is_none(), "{of}");
        }
    }

    #[test]
    fn elements_of_lists_sets_and_arrays() {
        for (of, elements) in [
            ("Vec<u8>", "u8"),
            ("std::vec::Vec<Vec<u8>>", "Vec<u8>"),
            ("Option<String>", "String"),
            ("HashSet<u8, RandomState>", "u8"),
            ("[u8; 4]", "u8"),
            ("Box<[u8]>", "u8"),
            ("Arc<Vec<u8>>", "u8"),
            ("Tags<u8>", "u8"),
        ] {
            assert_eq!(shown(element(&parsed(of)).expect("has elements")), elements, "{of}");
        }
        for of in ["String", "Tags", "BTreeMap<u8, u8>", "(u8, u8)", "Box<str>"] {
            assert!(element(&parsed(of)).is_err(), "{of}");
        }
    }

    #[test]
    fn floats_are_found_where_they_would_be_compared() {
        for of in
            ["f32", "f64", "Option<f64>", "Vec<(u8, f32)>", "[f32; 2]", "core::primitive::f64"]
        {
            assert!(float(&parsed(of)).is_some(), "{of}");
        }
        for of in ["u8", "OrderedFloat<f64>", "Reverse<Money>", "Vec<u8>"] {
            assert!(float(&parsed(of)).is_none(), "{of}");
        }
    }
}
