//! `batch`: all changes or none, and lines of any length.

use crate::cities::Place;

#[test]
fn changes_are_made_in_their_order_and_in_one_commit() {
    let place = Place::new();
    let input = "set a 1\n\n# a comment\nset \"with space\" {\"b\": [1, 2]}\r\nset c \"x\"\ndelete a\nset c \"y\"\n";
    let run = place.run_with(input, &["batch"]);
    assert_eq!((run.code, run.err.as_str()), (0, "folio: 5 changes made\n"));
    assert_eq!(
        place.out(&["scan"]),
        "{\"key\":\"c\",\"value\":\"y\"}\n{\"key\":\"with space\",\"value\":{\"b\":[1,2]}}\n"
    );
    // The one that made the collection, and one for all changes.
    assert_eq!(place.out(&["log"]).lines().count(), 2);
}

/// A line that can't be read ended the session silently in a predecessor, and a batch left a part of it.
#[test]
fn a_line_that_is_wrong_leaves_nothing_behind() {
    let place = Place::new();
    for (wrong, said) in [
        ("sett b 2", "line 3: expected `set KEY JSON`"),
        ("set b", "line 3: expected"),
        ("set b {", "line 3: the value is no JSON"),
        ("set \"b 2", "line 3: the key in quotes does not end"),
        ("delete", "line 3: expected"),
        ("put {", "line 3: the record is no JSON"),
        ("put {\"name\":\"b\"}", "line 3: that is no record of collection `documents`"),
    ] {
        let run = place.run_with(&format!("set a 1\n\n{wrong}\nset c 3\n"), &["batch"]);
        let code = if wrong.starts_with("put {\"") { 3 } else { 2 };
        run.failed(code, said);
        assert!(run.err.ends_with("nothing was changed\n"), "{}", run.err);
        let there = place.run(&["keys"]);
        assert!(there.code == 1 && there.out.is_empty(), "{wrong}: {}", there.out);
    }
}

#[test]
fn keys_that_were_not_there_are_told() {
    let place = Place::new();
    place.run(&["set", "a", "1"]).done();
    let run = place.run_with("delete a\ndelete b\nset c 1\n", &["batch"]);
    let told = "folio: 2 changes made; 1 key that was to be removed was not there\n";
    assert_eq!((run.code, run.err.as_str()), (0, told));
    let run = place.run_with("delete a\ndelete b\n", &["batch"]);
    let told = "folio: 0 changes made; 2 keys that were to be removed were not there\n";
    assert_eq!((run.code, run.err.as_str()), (0, told));
}

#[test]
fn a_line_of_ten_megabytes_is_a_line() {
    let place = Place::new();
    let long = "x".repeat(10 << 20);
    let run = place.run_with(&format!("set long \"{long}\"\nset short 1\n"), &["batch"]);
    assert_eq!((run.code, run.err.as_str()), (0, "folio: 2 changes made\n"));
    assert_eq!(place.out(&["get", "--raw", "long"]).len(), long.len() + 1);
    assert_eq!(place.out(&["get", "short"]), "1\n");
}

#[test]
fn what_is_no_text_is_refused() {
    let place = Place::new();
    let run = crate::cities::Run::of(place.command(&["batch"]), b"set a 1\nset b \"\xff\"\n");
    run.failed(2, "stdin is not text in UTF-8");
    assert!(!place.path("app.folio").exists());
}

#[test]
fn nothing_to_remove_makes_no_store() {
    let place = Place::new();
    place.run_with("delete a\n", &["batch"]).failed(1, "is `app.folio` there?");
    assert!(!place.path("app.folio").exists());
}

#[test]
fn typed_records_go_in_too() {
    let place = Place::with_cities();
    let input = "put {\"id\":7,\"name\":\"Rome\",\"country\":\"IT\",\"area\":1285.0,\"tags\":[]}\ndelete 2\n";
    place.run_with(input, &["-c", "cities", "batch"]).done();
    assert_eq!(place.out(&["-c", "cities", "keys"]), "1\n3\n7\n\"18446744073709551615\"\n");
    place
        .run_with("set a 1\n", &["-c", "cities", "batch"])
        .failed(2, "collection `cities` has typed records");
    place
        .run_with("delete 1\ndelete x\n", &["-c", "cities", "batch"])
        .failed(2, "line 2: `x` is no key of this collection");
    assert_eq!(place.out(&["-c", "cities", "has", "1"]), "true\n");
}
