//! `scan`, `find`, `count`: which records, in which order, and what of them.

use crate::cities::Place;

fn names(place: &Place, arguments: &[&str]) -> Vec<String> {
    let mut all = vec!["--fields", "name", "--jsonl"];
    all.splice(0..0, arguments.iter().copied());
    let text = place.out(&all);
    let name = |line: &str| {
        line.strip_prefix("{\"name\":\"").unwrap().strip_suffix("\"}").unwrap().to_owned()
    };
    text.lines().map(name).collect()
}

#[test]
fn conditions_and_ranges_narrow() {
    let place = Place::with_cities();
    let place = &place;
    assert_eq!(names(place, &["scan", "cities"]), ["Oslo", "Bergen", "東京", "Nowhere"]);
    assert_eq!(names(place, &["find", "cities", "country=NO"]), ["Oslo", "Bergen"]);
    assert_eq!(names(place, &["find", "cities", "country=NO", "people>=500000"]), ["Oslo"]);
    assert_eq!(names(place, &["find", "cities", "country!=NO"]), ["東京", "Nowhere"]);
    assert_eq!(names(place, &["find", "cities", "people=null"]), ["Nowhere"]);
    assert_eq!(names(place, &["find", "cities", "name^=B"]), ["Bergen"]);
    assert_eq!(names(place, &["find", "cities", "name*=京"]), ["東京"]);
    assert_eq!(names(place, &["find", "cities", "tags*=ghost"]), ["Nowhere"]);
    assert_eq!(names(place, &["find", "cities", "tags.0 = ghost"]), ["Nowhere"]);
    assert_eq!(names(place, &["find", "cities", "area<1"]), ["Nowhere"]);
    assert_eq!(names(place, &["find", "cities", "area=454"]), ["Oslo"]);
    assert_eq!(names(place, &["find", "cities", "id=18446744073709551615"]), ["Nowhere"]);
    assert_eq!(names(place, &["scan", "cities", "--from", "2", "--to", "4"]), ["Bergen", "東京"]);
    assert_eq!(names(place, &["-c", "cities", "scan", "-w", "id<3"]), ["Oslo", "Bergen"]);
    assert_eq!(place.out(&["count", "cities", "-w", "country=NO"]), "2\n");
    assert_eq!(place.out(&["count", "cities", "--from", "3"]), "2\n");
}

#[test]
fn rows_are_ordered_cut_and_projected() {
    let place = Place::with_cities();
    let place = &place;
    assert_eq!(
        names(place, &["scan", "cities", "-o", "name"]),
        ["Bergen", "Nowhere", "Oslo", "東京"]
    );
    let by_people = ["scan", "cities", "--order", "people"];
    assert_eq!(names(place, &by_people), ["Nowhere", "Bergen", "Oslo", "東京"]);
    assert_eq!(names(place, &["scan", "cities", "-o", "people", "-r", "-n", "1"]), ["東京"]);
    assert_eq!(names(place, &["scan", "cities", "-r", "-n", "2"]), ["Nowhere", "東京"]);
    assert_eq!(names(place, &["scan", "cities", "-n", "0"]), [""; 0]);
    assert_eq!(
        place.out(&["scan", "cities", "-n", "1", "--fields", "area,tags,none"]),
        "{\"area\":454.0,\"tags\":[],\"none\":null}\n"
    );
}

#[test]
fn documents_are_asked_by_what_is_in_them() {
    let place = Place::new();
    let input = "set user:a {\"name\":\"Alice\",\"at\":{\"zip\":\"4901\"}}\nset user:b {\"name\":\"Bob\"}\nset n 7\n";
    place.run_with(input, &["batch"]).done();
    assert_eq!(
        place.out(&["find", "documents", "at.zip^=49", "--fields", "key,value.name,name"]),
        "{\"key\":\"user:a\",\"value.name\":\"Alice\",\"name\":\"Alice\"}\n"
    );
    assert_eq!(place.out(&["find", "documents", "value=7"]), "{\"key\":\"n\",\"value\":7}\n");
    assert_eq!(place.out(&["count", "--prefix", "user:"]), "2\n");
    assert_eq!(place.out(&["count", "--from", "user:b"]), "1\n");
    assert_eq!(
        place.out(&["scan", "-w", "key>=user:b", "--fields", "key"]),
        "{\"key\":\"user:b\"}\n"
    );
}

/// Nothing found may be a letter missing in a name, which a person wants to know and a script does not see.
#[test]
fn a_field_that_no_record_has_is_told() {
    let place = Place::with_cities();
    let run = place.run(&["find", "cities", "nmae=Oslo"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert_eq!(run.err, "folio: no record has a field `nmae`\n");
    let run = place.run(&["scan", "cities", "--order", "nmae", "-n", "1", "--fields", "id"]);
    assert_eq!((run.code, run.out.as_str()), (0, "{\"id\":1}\n"));
    assert_eq!(run.err, "folio: no record has a field `nmae`\n");
    let run = place.run(&["find", "cities", "name=Rome"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (1, "", ""));
    let run = place.run(&["scan", "cities", "--fields", "id,nmae", "-n", "1", "-o", "nmae"]);
    assert_eq!((run.code, run.out.as_str()), (0, "{\"id\":1,\"nmae\":null}\n"));
    assert_eq!(run.err, "folio: no record has a field `nmae`\n");
    let run = place.run(&["scan", "cities", "-w", "name=Rome"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let place = Place::with_cities();
    for condition in ["city", "=x", "name!Oslo", ""] {
        place.run(&["find", "cities", condition]).failed(2, "is no condition");
    }
    for condition in ["name==Oslo", "people=>5", "name<>Oslo"] {
        place.run(&["find", "cities", condition]).failed(2, "has an operator too many");
    }
    let twice = ["scan", "cities", "--fields", "id,name,id"];
    place.run(&twice).failed(2, "--fields names `id` twice");
    place
        .run(&["scan", "cities", "--prefix", "1"])
        .failed(2, "keys of this collection are no texts");
    place.run(&["-c", "cities", "keys", "--prefix", "1"]).failed(2, "are no texts");
    place.run(&["scan", "cities", "--from", "x"]).failed(2, "`x` is no key");
    place.run(&["scan", "none"]).failed(1, "no collection `none`");
}
