//! Values under keys: what goes in comes out, and what is not there is told by the exit code.

use crate::cities::Place;

#[test]
fn a_value_of_each_kind_comes_back() {
    let place = Place::new();
    for (json, shown) in [
        ("{\"name\":\"Alice\",\"tags\":[\"a\",null,true]}", None),
        (
            "\"text with \\\"quotes\\\", \\u0007 and 東京\"",
            Some("\"text with \\\"quotes\\\", \\u0007 and 東京\""),
        ),
        ("-1", None),
        ("-0", Some("-0.0")),
        ("[-0,0]", Some("[-0.0,0]")),
        ("1.0", None),
        ("9007199254740991", None),
        // Beyond what other programs read exactly.
        ("9007199254740993", Some("{\"$integer\":\"9007199254740993\"}")),
        ("18446744073709551615", Some("{\"$integer\":\"18446744073709551615\"}")),
        ("{\"$bytes\":\"ffd8\"}", None),
        (" [ 1 , 2 ] ", Some("[1,2]")),
        ("{}", None),
        ("null", None),
        ("\"\"", None),
    ] {
        place.run(&["set", "key", json]).done();
        assert_eq!(place.out(&["get", "key"]), format!("{}\n", shown.unwrap_or(json)), "{json}");
    }
}

#[test]
fn keys_are_any_text() {
    let place = Place::new();
    for key in [
        "user:alice",
        "with space",
        "\"quoted\"",
        "'single'",
        "-n",
        "",
        "a\nb",
        "東京",
        "$HOME",
        "[1]",
    ] {
        place.run(&["set", "--", key, "1"]).done();
        assert_eq!(place.out(&["get", "--", key]), "1\n", "{key:?}");
        assert_eq!(place.out(&["has", "--", key]), "true\n", "{key:?}");
    }
    // What would not be seen, not stay on its line, or be taken for a text of JSON, is one.
    let keys = place.out(&["keys"]);
    assert_eq!(
        keys.lines().collect::<Vec<_>>(),
        [
            "\"\"",
            "\"\\\"quoted\\\"\"",
            "$HOME",
            "'single'",
            "-n",
            "[1]",
            "\"a\\nb\"",
            "user:alice",
            "with space",
            "東京"
        ],
    );
    assert_eq!(place.out(&["keys", "--prefix", "w"]), "with space\n");
    assert_eq!(place.out(&["keys", "-n", "2"]).lines().count(), 2);
    assert_eq!(place.out(&["keys", "-n", "0"]), "");
}

#[test]
fn a_value_may_come_from_stdin_and_a_text_go_out_bare() {
    let place = Place::new();
    place.run_with("\n\"first\\nsecond\"\n", &["set", "text", "-"]).done();
    assert_eq!(place.out(&["get", "text"]), "\"first\\nsecond\"\n");
    assert_eq!(place.out(&["get", "--raw", "text"]), "first\nsecond\n");
    // What is no text has nothing to be taken off.
    place.run(&["set", "list", "[\"a\"]"]).done();
    assert_eq!(place.out(&["get", "--raw", "list"]), "[\"a\"]\n");
}

#[test]
fn what_is_no_json_changes_nothing() {
    let place = Place::new();
    place.run(&["set", "greeting", "hello"]).failed(2, "written in quotes: '\"hello\"'");
    assert!(!place.path("app.folio").exists());
    place.run(&["set", "greeting", "\"hello\""]).done();
    for wrong in ["", "{", "{\"a\":1,}", "nul", "1 2", "01", "\"open"] {
        place.run(&["set", "greeting", wrong]).failed(2, "the value is no JSON: ");
    }
    // Readers of JSON don't agree on what that means.
    for twice in ["{\"a\":1,\"a\":2}", "[{\"b\":{\"a\":1,\"c\":0,\"a\":1}}]"] {
        place.run(&["set", "greeting", twice]).failed(2, "has the name \"a\" twice in one object");
    }
    assert_eq!(place.out(&["get", "greeting"]), "\"hello\"\n");
}

#[test]
fn what_is_removed_is_gone() {
    let place = Place::new();
    for key in ["a", "b", "c", "d"] {
        place.run(&["set", key, "1"]).done();
    }
    // One commit, whatever of it is there.
    let run = place.run(&["delete", "a", "b", "nobody"]);
    assert_eq!((run.code, run.err.as_str()), (0, "folio: 2 keys removed\n"));
    place.run(&["delete", "a", "nobody"]).failed(1, "has nothing under \"a\", \"nobody\"");
    assert_eq!(place.out(&["keys"]), "c\nd\n");
    let run = place.run(&["has", "a"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (1, "false\n", ""));
    place.run(&["get", "a"]).failed(1, "collection `documents` has nothing under \"a\"");
    let run = place.run(&["--quiet", "clear"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(place.out(&["count"]), "0\n");
    // Clearing what is empty is no failure.
    assert_eq!(place.run(&["clear"]).err, "folio: 0 keys removed\n");
}

#[test]
fn collections_are_apart() {
    let place = Place::new();
    place.run(&["set", "a", "1"]).done();
    place.run(&["-c", "other", "set", "a", "2"]).done();
    assert_eq!(place.out(&["get", "a"]), "1\n");
    assert_eq!(place.out(&["get", "a", "--collection", "other"]), "2\n");
    place.run(&["-c", "other", "clear"]).done();
    assert_eq!(place.out(&["get", "a"]), "1\n");
    place.run(&["-c", "none", "get", "a"]).failed(1, "no collection `none` in `app.folio`");
    assert_eq!(
        place.out(&["collections", "--csv"]),
        "name,records,holds,form\ndocuments,1,documents,Document by String\nother,0,documents,Document by String\n"
    );
}
