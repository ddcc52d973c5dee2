//! Changes that are refused, with what is said of them.

use super::golden::Golden;
use folio::{Result, Store};
use std::collections::BTreeSet;

/// What is said where nothing but a migration helps.
const MIGRATE: &str = "nothing tells how to make one of the other; keep the type, or migrate: \
                       `#[record(version = …, from = …)]`";

/// What is said of a number that gets narrower.
const NUMBERS: &str = "not all stored numbers fit; keep a type that has room for them, or migrate: \
                       `#[record(version = …, from = …)]`";

/// What is said of fields without names.
const UNNAMED: &str = "fields without names can't be removed, and new ones at the end need \
                       `#[serde(default)]`; keep the fields, or migrate: \
                       `#[record(version = …, from = …)]`";

parts! {
    enum Role { Guest, Member(u16) }
    struct Pair(u8, String, char);
    #[serde(rename = "Pair")]
    struct Shorter(u8);
    #[serde(rename = "Pair")]
    struct Short(u8, String);
    #[serde(rename = "Pair")]
    struct Longer(u8, String, char, u8);
    #[serde(rename = "Role")]
    struct Struct { since: u16 }
}

users! {
    struct Earlier {
        #[key]
        id: u64,
        name: String,
        age: u32,
        city: Option<String>,
        tags: Vec<String>,
        role: Role,
        pair: Pair,
    }
}

fn earlier() -> Vec<Earlier> {
    vec![Earlier {
        id: 7,
        name: "Ada".into(),
        age: 36,
        city: Some("London".into()),
        tags: vec!["a".into(), "a".into()],
        role: Role::Member(1_833),
        pair: Pair(1, "one".into(), '1'),
    }]
}

/// The difference for which a type is refused that has these fields besides the key.
macro_rules! refused {
    ($case:literal, $(#[$attribute:meta])* { $($fields:tt)* }) => {{
        users! {
            $(#[$attribute])*
            struct Later {
                #[key]
                id: u64,
                $($fields)*
            }
        }
        Golden::written($case, &earlier())?.refuses::<_, Later>(&earlier())?
    }};
}

fn difference(at: &str, stored: &str, asked: &str) -> String {
    format!("  {at}\n    - {stored}\n    + {asked}\n")
}

#[test]
fn numbers_that_do_not_fit() -> Result<()> {
    let narrower = refused!("refused_narrower_integer", { age: u16 });
    assert_eq!(narrower, difference("User.age", "u32", &format!("u16: {NUMBERS}")));
    let signed = refused!("refused_signed_integer", { age: i32 });
    assert_eq!(signed, difference("User.age", "u32", &format!("i32: {NUMBERS}")));
    let float = refused!("refused_integer_for_a_float", { age: f64 });
    assert_eq!(float, difference("User.age", "u32", &format!("f64: {MIGRATE}")));
    Ok(())
}

#[test]
fn floats_and_signed_numbers() -> Result<()> {
    users! {
        struct Numbers {
            #[key]
            id: u64,
            float: f64,
            double: f64,
            signed: i8,
        }
        struct Later {
            #[key]
            id: u64,
            float: u64,
            double: f32,
            signed: u64,
        }
    }
    let numbers = [Numbers { id: 1, float: 1.0, double: 1.0, signed: 1 }];
    let diff = Golden::written("refused_float", &numbers)?.refuses::<_, Later>(&numbers)?;
    let expected = [
        difference("User.float", "f64", &format!("u64: {MIGRATE}")),
        difference("User.double", "f64", &format!("f32: {MIGRATE}")),
        difference("User.signed", "i8", &format!("u64: {NUMBERS}")),
    ];
    assert_eq!(diff, expected.concat());
    Ok(())
}

#[test]
fn another_type() -> Result<()> {
    let text = refused!("refused_number_for_a_string", { name: u64 });
    assert_eq!(text, difference("User.name", "String", &format!("u64: {MIGRATE}")));
    let list = refused!("refused_set_for_a_list", { tags: BTreeSet<String> });
    let advice = "Set<String>: it can't have an item twice, which the stored one may; keep the \
                  type, or migrate: `#[record(version = …, from = …)]`";
    assert_eq!(list, difference("User.tags", "Vec<String>", advice));
    let structure = refused!("refused_struct_for_an_enum", { role: Struct });
    assert_eq!(structure, difference("User.role", "enum Role", &format!("struct Role: {MIGRATE}")));
    Ok(())
}

#[test]
fn an_option_that_must_be_there() -> Result<()> {
    let diff = refused!("refused_value_for_an_option", { city: String });
    let advice = "String: it can't be `None`, which may be stored; keep the `Option`, or migrate: \
                  `#[record(version = …, from = …)]`";
    assert_eq!(diff, difference("User.city", "Option<String>", advice));
    Ok(())
}

#[test]
fn a_field_added_that_nothing_fills() -> Result<()> {
    let diff = refused!("refused_field_without_a_default", { name: String, level: u8 });
    let advice = "u8, which is new: give it `#[serde(default)]`, or make it an `Option`";
    assert_eq!(diff, difference("User.level", "nothing", advice));
    Ok(())
}

#[test]
fn a_field_renamed_without_an_alias() -> Result<()> {
    let diff = refused!("refused_field_without_an_alias", { title: String, years: u32 });
    let advice = |of: &str, name: &str| {
        format!(
            "{of}, which is new: give it `#[serde(default)]`, or make it an `Option`; if it was \
             renamed, give it `#[serde(alias = \"{name}\")]`"
        )
    };
    let title = difference("User.title", "nothing", &advice("String", "name"));
    let years = difference("User.years", "nothing", &advice("u32", "age"));
    assert_eq!(diff, format!("{title}{years}"));
    Ok(())
}

#[test]
fn a_field_removed_that_is_denied() -> Result<()> {
    users! {
        struct Two {
            #[key]
            id: u64,
            name: String,
        }
        #[serde(deny_unknown_fields)]
        struct One {
            #[key]
            id: u64,
        }
        // Nothing is unknown to it.
        #[serde(deny_unknown_fields)]
        struct Three {
            #[key]
            id: u64,
            city: Option<String>,
            #[serde(alias = "name")]
            title: String,
        }
    }
    let two = [Two { id: 1, name: "Ada".into() }];
    let golden = Golden::written("refused_field_that_is_denied", &two)?;
    let advice =
        "nothing: keep the field, or remove `#[serde(deny_unknown_fields)]`, which refuses it";
    assert_eq!(golden.refuses::<_, One>(&two)?, difference("User.name", "String", advice));
    golden.reads(&[Three { id: 1, city: None, title: "Ada".into() }], |_| ())?;
    Ok(())
}

#[test]
fn fields_that_become_one() -> Result<()> {
    users! {
        struct Names {
            #[key]
            id: u64,
            name: String,
            title: String,
        }
        struct One {
            #[key]
            id: u64,
            #[serde(alias = "title")]
            name: String,
        }
    }
    let names = [Names { id: 1, name: "a".into(), title: "b".into() }];
    let diff =
        Golden::written("refused_fields_that_become_one", &names)?.refuses::<_, One>(&names)?;
    let advice = "one field that goes by both names: remove an alias";
    assert_eq!(diff, difference("User.name", "two fields", advice));
    Ok(())
}

#[test]
fn fields_without_names() -> Result<()> {
    let shorter = refused!("refused_tuple_struct_shortened", { pair: Shorter });
    // A struct of one field is stored as that.
    assert_eq!(shorter, difference("User.pair", "Pair", &format!("u8: {MIGRATE}")));
    let shorter = refused!("refused_tuple_struct_shortened", { pair: Short });
    let stored = "Pair(u8, String, char)";
    assert_eq!(shorter, difference("User.pair", stored, &format!("Pair(u8, String): {UNNAMED}")));
    let longer = refused!("refused_tuple_struct_lengthened", { pair: Longer });
    let asked = "Pair(u8, String, char, u8)";
    assert_eq!(longer, difference("User.pair", stored, &format!("{asked}: {UNNAMED}")));
    Ok(())
}

#[test]
fn variants_of_another_shape() -> Result<()> {
    parts! {
        enum Shape { Unit, One(u8), Two(u8, u8), Named { a: u8, b: u8 } }
        #[serde(rename = "Shape")]
        enum Later { Unit(u8), One { a: u8 }, Two(u8), Named(u8, u8) }
    }
    users! {
        struct Shapes {
            #[key]
            id: u64,
            shape: Shape,
        }
        struct LaterShapes {
            #[key]
            id: u64,
            shape: Later,
        }
    }
    let shapes = [Shape::Unit, Shape::One(1), Shape::Two(1, 2), Shape::Named { a: 1, b: 2 }];
    let shapes: Vec<Shapes> = (1..).zip(shapes).map(|(id, shape)| Shapes { id, shape }).collect();
    let diff = Golden::written("refused_variants_of_another_shape", &shapes)?
        .refuses::<_, LaterShapes>(&shapes)?;
    let expected = [
        difference("User.shape::Unit", "Unit", &format!("Unit(u8): {UNNAMED}")),
        difference("User.shape::One", "One(u8)", &format!("One {{ a: u8 }}: {MIGRATE}")),
        difference("User.shape::Two", "Two(u8, u8)", &format!("Two(u8): {UNNAMED}")),
        difference(
            "User.shape::Named",
            "Named { a: u8, b: u8 }",
            &format!("Named(u8, u8): {MIGRATE}"),
        ),
    ];
    assert_eq!(diff, expected.concat());
    Ok(())
}

/// All that differs is said at once, and the message around it says where and what to do.
#[test]
fn the_whole_message() -> Result<()> {
    users! {
        struct Later {
            #[key]
            id: u64,
            name: Vec<String>,
            level: u8,
        }
    }
    let golden = Golden::written("refused_with_the_whole_message", &earlier())?;
    let error = Store::open(&golden.path)?.collection::<Later>().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the Rust type does not match what collection `users` stores:\n{}{}use the type it was \
             written with, change the type as it says, or use another collection name",
            difference("User.name", "String", &format!("Vec<String>: {MIGRATE}")),
            difference(
                "User.level",
                "nothing",
                "u8, which is new: give it `#[serde(default)]`, or make it an `Option`"
            ),
        )
    );
    Ok(())
}
