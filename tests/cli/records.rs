//! Typed collections without their Rust types.

use crate::cities::{City, Place, cities, city};
use folio::Store;

#[test]
fn records_are_shown_by_their_descriptor() {
    let place = Place::with_cities();
    assert_eq!(
        place.out(&["-c", "cities", "get", "1"]),
        "{\"id\":1,\"name\":\"Oslo\",\"country\":\"NO\",\"people\":717710,\"area\":454.0,\"tags\":[]}\n"
    );
    // Integers beyond what other programs read exactly are texts, keys too.
    let nowhere = place.out(&["-c", "cities", "get", "18446744073709551615"]);
    assert!(
        nowhere.starts_with("{\"id\":\"18446744073709551615\",\"name\":\"Nowhere\""),
        "{nowhere}"
    );
    assert_eq!(place.out(&["count", "cities"]), "4\n");
    place.run(&["-c", "cities", "get", "9"]).failed(1, "has nothing under \"9\"");
    place.run(&["-c", "cities", "get", "Oslo"]).failed(2, "`Oslo` is no key of this collection");
    place.run(&["-c", "cities", "get", "-1"]).failed(2, "`-1` is no key of this collection");
}

#[test]
fn the_catalog_says_what_there_is() {
    let place = Place::with_cities();
    assert_eq!(
        place.out(&["collections"]),
        "{\"name\":\"cities\",\"records\":4,\"holds\":\"records\",\"form\":\"City by u64\"}\n"
    );
    let schema = place.out(&["schema", "cities"]);
    assert!(schema.contains("    people: Option<u64>,\n"), "{schema}");
    assert_eq!(place.out(&["-c", "cities", "schema"]), schema);
    place.run(&["schema", "none"]).failed(1, "there is no collection `none`");
}

#[test]
fn records_are_put_as_json_and_are_records_to_the_program() {
    let place = Place::with_cities();
    let rome = "{\"tags\":[\"old\"],\"area\":1285,\"name\":\"Rome\",\"id\":4,\"country\":\"IT\"}";
    place.run(&["-c", "cities", "put", rome]).done();
    place.run(&["-c", "cities", "delete", "1"]).done();
    place.run_with(&place.out(&["-c", "cities", "get", "2"]), &["-c", "cities", "put", "-"]).done();

    let store = Store::open(place.path("app.folio")).unwrap();
    let mut expected = cities()[1..].to_vec();
    expected.insert(2, City { tags: vec!["old".into()], ..city(4, "Rome", "IT", None, 1285.0) });
    let found = store.collection::<City>().unwrap();
    assert_eq!(found.len(), expected.len());
    for city in expected {
        assert_eq!(*found.get(&city.id).unwrap(), city);
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_place() {
    let place = Place::with_cities();
    let put = |json: &str| place.run(&["-c", "cities", "put", json]);
    put("{\"id\":4}").failed(3, "that is no record of collection `cities`");
    put("{\"id\":-4,\"name\":\"x\",\"country\":\"y\",\"area\":1,\"tags\":[]}").failed(3, "id");
    put("{\"id\":4,\"name\":7,\"country\":\"y\",\"area\":1,\"tags\":[]}").failed(3, "name");
    put("{\"id\":4,\"name\":\"x\",\"country\":\"y\",\"area\":1,\"tags\":[],\"mayor\":\"z\"}")
        .failed(3, "mayor");
    put("[]").failed(3, "that is no record");
    put("{").failed(2, "the record is no JSON");
    place.run(&["-c", "cities", "set", "a", "1"]).failed(2, "has typed records and no documents");
    place.run(&["put", "{}"]).failed(1, "there is no collection `documents`");
    assert_eq!(place.out(&["count", "cities"]), "4\n");
}
