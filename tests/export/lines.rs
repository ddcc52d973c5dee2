//! Lines that make no sense: each is told with its number, what was expected and what is there.

use crate::{exported, import_error, sample, text};

/// The error where one text of a sample is another.
fn with(old: &str, new: &str) -> String {
    let export = exported(&sample());
    let changed = text(&export).replacen(old, new, 1);
    assert_ne!(changed.as_bytes(), export, "`{old}` is in the sample");
    import_error(changed.as_bytes()).to_string()
}

/// What is replaced in the sample, and by what; the line of the error, what it expected, and what it found.
type Case = (&'static str, &'static str, u32, &'static str, &'static str);

const CASES: &[Case] = &[
    ("{\"folio_export\":1", "{\"folio_export\":2", 1, "an export of form 1", "form 2"),
    (
        "{\"folio_export\":1",
        "{\"folio\":1",
        1,
        "the line `{\"folio_export\":1,…}`",
        "an object with \"folio\"",
    ),
    ("\"store\":\"", "\"store\":\"xx", 1, "`store`, 32 hexadecimal digits", "an object with"),
    ("\"records\":6", "\"records\":-6", 1, "a natural number `records`", "an object with"),
    (
        "\"collections\":2,\"records\":6,\"sha",
        "\"collections\":3,\"records\":6,\"sha",
        10,
        "3 collections and 6 records",
        "2 and 6",
    ),
    ("{\"collection\":\"users\"", "{\"collection\":7", 4, "the name of a collection", "7"),
    (
        "{\"collection\":\"users\"",
        "{\"collection\":\"settings\"",
        4,
        "each collection once",
        "`settings` again",
    ),
    (
        "\"users\",\"records\":5",
        "\"users\",\"records\":4",
        10,
        "4 records of collection `users`",
        "5",
    ),
    (
        "\"descriptor\":\"",
        "\"descriptor\":\"x",
        2,
        "a `descriptor` in hexadecimal digits",
        "an object",
    ),
    (
        "\"descriptor\":\"",
        "\"descriptor\":\"ffffffffffff",
        2,
        "the descriptor of a type",
        "a descriptor",
    ),
    ("\"forms\":[", "\"form\":[", 2, "a list of `forms`", "an object"),
    (
        "{\"record\":{\"id\":1",
        "{\"record\":{\"id\":-1",
        5,
        "a record of its type",
        "`id`: expected an integer from 0 to",
    ),
    (
        "{\"record\":{\"id\":1",
        "{\"record\":{\"id\":1.0",
        5,
        "a record of its type",
        "id: expected an integer, found 1.0",
    ),
    (
        "{\"record\":{\"id\":1",
        "{\"record\":{\"id\":\"x\"",
        5,
        "a record of its type",
        "id: expected an integer, found \"x\"",
    ),
    (
        "{\"record\":{\"id\":1",
        "{\"record\":{\"i\":1",
        5,
        "a record of its type",
        "i: expected one of the fields id, email, city",
    ),
    (
        "{\"record\":{\"id\":1",
        "{\"record\":{\"id\":1,\"id\":1",
        5,
        "a record of its type",
        "the field `id` is there twice",
    ),
    ("\"email\":\"1@example.org\",", "", 5, "a record of its type", "the field `email` is missing"),
    (
        "\"city\":null",
        "\"city\":[]",
        5,
        "a record of its type",
        "city: expected a string, found a list of 0 items",
    ),
    ("{\"record\":{\"id\":1", "{\"form\":1,\"record\":{\"id\":1", 5, "a form below 1", "1"),
    (
        "{\"record\":{\"id\":1",
        "{\"form\":\"x\",\"record\":{\"id\":1",
        5,
        "the number of a form",
        "\"x\"",
    ),
    (
        "{\"record\":{\"id\":1",
        "{\"key\":null,\"record\":{\"id\":1",
        5,
        "a record of its type",
        "expected an integer, found null",
    ),
    (
        "{\"record\":{\"id\":1",
        "{\"rekord\":{\"id\":1",
        5,
        "a record, a collection or the end",
        "an object with \"rekord\"",
    ),
    ("{\"record\":{\"id\":1", "{\"record\" {\"id\":1", 5, "JSON: `:` at byte 10", "{\\\"id\\\":1"),
    ("{\"$f32\":0.5}", "{\"$f33\":0.5}", 3, "a record of its type", "a known mark"),
    ("{\"$f32\":0.5}", "{\"$f32\":\"x\"}", 3, "a record of its type", "what belongs to `$f32`"),
    ("{\"end\":", "{\"ende\":", 10, "a record, a collection or the end", "an object with \"ende\""),
    ("1@example.org", "2@example.com", 10, "the SHA-256 of all lines before", "another one"),
];

#[test]
fn malformed_lines_are_told() {
    for (old, new, line, expected, found) in CASES {
        let error = with(old, new);
        assert!(
            error.starts_with(&format!("line {line} of the export: expected ")),
            "{old} → {new}: {error}"
        );
        assert!(error.contains(expected), "{old} → {new}: {error}");
        assert!(error.contains(found), "{old} → {new}: {error}");
    }
}

#[test]
fn what_is_behind_the_end_is_told() {
    let export = exported(&sample());
    let error = import_error(&[export.as_slice(), b"{}\n"].concat()).to_string();
    assert!(
        error.contains("line 11 of the export: expected the end, found another line"),
        "{error}"
    );
}

#[test]
fn depth_ends_in_an_error() {
    let deep = format!("{{\"$some\":{}", "[".repeat(1_000_000));
    let error = with("{\"$f32\":0.5}", &deep);
    assert!(error.contains("not so deep in each other"), "{error}");
    let deep = format!("{}1{}", "[".repeat(400), "]".repeat(400));
    let error = with("{\"$f32\":0.5}", &deep);
    assert!(error.contains("nested more than 128 deep"), "{error}");
}
