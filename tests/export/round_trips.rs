//! Any value comes back as it was.

use crate::zoo::{
    Addresses, Dynamic, Generic, Level, Lists, Maps, OddMaps, Options, Scalars, Shape, Standard,
    Tree, Wide,
};
use crate::{User, any, exported, sample, text, user};
use folio::{Format, Indexes, Record, Schema, Store, TypeRef, Types, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A record that holds any type. Its key is no field of it, so that it stands beside it in an export.
#[derive(Serialize, Deserialize, Clone, Debug)]
struct Holder<T> {
    held: T,
    place: u64,
}

impl<T: Schema> Schema for Holder<T> {
    fn describe(types: &mut Types) -> TypeRef {
        types.structure::<Self>("Holder", |fields| {
            fields.field::<T>("held");
            fields.field::<u64>("place");
        })
    }
}

impl<T: Schema + Serialize + DeserializeOwned + Clone + Send + Sync> Record for Holder<T> {
    type Key = (u64, i128);
    const NAME: &'static str = "holders";

    fn key(&self) -> (u64, i128) {
        (self.place, -i128::from(self.place) << 60)
    }

    fn indexes() -> Indexes<Self> {
        Indexes::new()
    }
}

/// What a store has of a type, as values, which are equal only bit by bit.
fn typed_values<T: Record>(store: &Store) -> Vec<Value> {
    let records = store.collection::<T>().unwrap().view();
    records.iter().map(|record| Value::of(record).unwrap()).collect()
}

fn comes_back<T>(values: Vec<T>)
where
    T: Schema + Serialize + DeserializeOwned + Clone + Send + Sync,
{
    let store = Store::in_memory();
    let holders = store.collection::<Holder<T>>().unwrap();
    let records = values.into_iter().zip(0_u64..).map(|(held, place)| Holder { held, place });
    holders.insert_all(records).unwrap();
    let export = exported(&store);
    let stored = |store: &Store| -> Vec<_> {
        let values = store.values("holders").unwrap();
        values.iter().map(|entry| entry.unwrap()).collect()
    };

    // Without the type, first as values and then as the type; and through it.
    let other = Store::in_memory();
    other.import(export.as_slice(), Format::JsonLines).unwrap();
    assert_eq!(stored(&other), stored(&store));
    assert_eq!(typed_values::<Holder<T>>(&other), typed_values::<Holder<T>>(&store));
    let typed = Store::in_memory();
    typed.collection::<Holder<T>>().unwrap();
    typed.import(export.as_slice(), Format::JsonLines).unwrap();
    assert_eq!(stored(&typed), stored(&store));

    // The lines of records are the same, wherever they come from.
    let records =
        |export: &[u8]| text(export).lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let (first, again) = (records(&export), records(&exported(&other)));
    assert_eq!(first[..first.len() - 1], again[..again.len() - 1]);
}

macro_rules! come_back {
    ($($name:ident: $strategy:expr,)*) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(48))]
            $(
                #[test]
                fn $name(values in vec($strategy, 0..4)) {
                    comes_back(values);
                }
            )*
        }
    };
}

come_back! {
    scalars: Scalars::any(),
    wide_numbers_and_all_floats: Wide::any(),
    options: Options::any(),
    lists: Lists::any(),
    maps: Maps::any(),
    maps_with_keys_of_other_kinds: OddMaps::any(),
    types_of_the_standard_library: Standard::any(),
    addresses: Addresses::any(),
    generic_types: Generic::any(),
    values_that_describe_themselves: Dynamic::any(),
    enums: Shape::any(),
    recursive_types: Tree::any(),
    bare_values: any::value(),
    short_floats: prop::num::f32::ANY,
    options_of_options: proptest::arbitrary::any::<Option<Option<Option<()>>>>(),
    variants_alone: prop_oneof![Just(Level::Low), Just(Level::High)],
}

/// Lesson of the predecessors: integers went through doubles, bytes became text.
#[test]
fn what_other_json_loses_is_there() {
    comes_back(vec![9_007_199_254_740_993_i64, i64::MIN, i64::MAX, -9_007_199_254_740_993]);
    comes_back(vec![u128::MAX, 1 << 53, (1 << 53) - 1]);
    comes_back(vec![i128::MIN, i128::MAX]);
    comes_back(vec![f64::NAN, -f64::NAN, f64::from_bits(0x7ff8_0000_0000_0001), -0.0, 5e-324]);
    comes_back(vec![
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::from_bits(0x7fc0_0001),
        f32::MIN_POSITIVE,
    ]);
    comes_back(vec!["\u{0}\u{7f}\u{2028}\"\\\n\t\u{10ffff}".to_owned(), String::new()]);
    comes_back(vec![vec![0_u8, 255], vec![]]);
    comes_back(vec!['"', '\u{0}', '😀']);
    comes_back(vec![Some(Some(None)), Some(None), None, Some(Some(Some(Value::Null)))]);
}

#[test]
fn records_are_plain_objects() {
    let export = exported(&sample());
    let lines: Vec<&str> = text(&export).lines().collect();
    assert!(lines[0].starts_with(r#"{"folio_export":1,"store":""#), "{}", lines[0]);
    assert!(
        lines[1].starts_with(r#"{"collection":"settings","records":1,"ids_used":0,"forms":[{"#)
    );
    assert_eq!(lines[2], r#"{"record":{"key":"theme","value":["dark",{"$f32":0.5}]}}"#);
    assert!(lines[3].starts_with(r#"{"collection":"users","records":5,"#), "{}", lines[3]);
    assert_eq!(lines[4], r#"{"record":{"id":1,"email":"1@example.org","city":null}}"#);
    assert_eq!(lines[5], r#"{"record":{"id":2,"email":"2@example.org","city":"Oslo"}}"#);
    assert!(lines[9].starts_with(r#"{"end":{"collections":2,"records":6,"sha256":""#));
    assert_eq!(lines.len(), 10);
}

/// Lesson of the predecessors: an import was undone by the next replay of the log.
#[test]
fn an_import_is_there_after_the_store_was_opened_anew() {
    let directory = tempfile::tempdir().unwrap();
    let export = exported(&sample());
    let store = Store::open(directory.path()).unwrap();
    store.import(export.as_slice(), Format::JsonLines).unwrap();
    store.checkpoint().unwrap();
    store.close().unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(store.values("users").unwrap().len(), 5);
    store.close().unwrap();
    let store = Store::open(directory.path()).unwrap();
    let users = store.collection::<User>().unwrap();
    assert_eq!(users.find(User::EMAIL, "3@example.org").map(|user| user.id), Some(3));
    users.put(user(6, "6@example.org")).unwrap();
    store.close().unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(store.collection::<User>().unwrap().len(), 6);
    assert_eq!(
        store.documents("settings").unwrap().get::<(String, f32)>("theme").unwrap(),
        ("dark".to_owned(), 0.5)
    );
}

#[test]
fn a_type_opens_what_was_imported_without_it_in_the_same_process() {
    let export = exported(&sample());
    let store = Store::in_memory();
    let before = store.snapshot();
    let imported = store.import(export.as_slice(), Format::JsonLines).unwrap();
    assert!(imported.collections.iter().all(|collection| collection.created));
    assert_eq!(imported.records, 6);
    let users = store.collection::<User>().unwrap();
    assert_eq!(users.view().by(User::CITY).get("Oslo").count(), 2);
    users.insert(user(9, "9@example.org")).unwrap();
    assert!(users.insert(user(10, "9@example.org")).unwrap_err().is_constraint());
    assert_eq!(before.collection::<User>().unwrap().len(), 0);
}

#[test]
fn ids_that_were_given_out_are_not_given_again() {
    let store = sample();
    let id = store.transact(folio::Transaction::next_id::<User>).unwrap();
    assert_eq!(id, 6);
    let export = exported(&store);
    let untyped = Store::in_memory();
    untyped.import(export.as_slice(), Format::JsonLines).unwrap();
    let typed = Store::in_memory();
    typed.collection::<User>().unwrap();
    typed.import(export.as_slice(), Format::JsonLines).unwrap();
    for store in [untyped, typed] {
        assert_eq!(store.transact(folio::Transaction::next_id::<User>).unwrap(), 7);
    }
}

#[test]
fn some_collections_and_old_versions_can_be_exported() {
    let store = Store::options().history(folio::History::Versions(10)).in_memory();
    let users = store.collection::<User>().unwrap();
    users.insert(user(1, "a")).unwrap();
    let then = store.version();
    store.documents("settings").unwrap().set("theme", &"dark").unwrap();
    users.insert(user(2, "b")).unwrap();

    let mut out = Vec::new();
    let options = folio::ExportOptions::new().collections(["users"]);
    let done = store.as_of(then).unwrap().export(&mut out, options).unwrap();
    assert_eq!((done.version, done.collections, done.records), (then, 1, 1));
    let other = Store::in_memory();
    let imported = other.import(out.as_slice(), Format::JsonLines).unwrap();
    assert_eq!((imported.version, imported.bytes), (then, out.len() as u64));
    assert_eq!(other.collections().len(), 1);

    let options = folio::ExportOptions::new().collections(["nobody"]);
    let mut nothing = Vec::new();
    assert!(store.export(&mut nothing, options).unwrap_err().is_not_found());
    assert!(nothing.is_empty());
}
