//! In one predecessor's command line every error ended with 1 and `has` of a missing key with 0; errors of a session did too, a
//! long line ended it without a word, and so did a quote. The other one had no commands for data at all.
//!
//! What each command does with each error is in [`refused`](super::refused), [`exit_codes`](super::exit_codes) and
//! [`wrong_keys`](super::wrong_keys); lines of ten megabytes are in [`documents`](super::documents) and
//! [`terminal`](super::terminal); pipes that end are in [`pipes`](super::pipes). Here is the story itself.

use super::{Place, fill_shop};
use std::fmt::Write;

#[test]
fn a_missing_key_and_an_error_are_not_alike() {
    let place = Place::new();
    place.ok(&["set", "a", "1"]);
    assert_eq!(place.ok(&["has", "a"]), "true\n");
    let missing = place.run(&["has", "b"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(1), "false\n"));
    place.refused(1, "nothing under \"b\"", &["get", "b"]);
    place.refused(2, "is no JSON", &["set", "b", "{oops"]);
    place.refused(1, "no-such-store", &["-f", "no-such-store", "get", "a"]);
}

/// Each of the texts comes back as it was, whatever stands in it.
#[test]
fn no_quoting_ends_a_session() {
    let place = Place::new();
    let long = "x".repeat(3 << 20);
    let texts =
        ["it's", "a \\ b", "\\\"", "$HOME `id` %s", "tab\\there", "漢字 🦀", "# no comment", &long];
    for program in ["batch", "interactive"] {
        let mut script = String::new();
        for (number, text) in texts.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"");
            writeln!(script, "set \"a key {number}\" \"{text}\"").unwrap();
        }
        script.push_str("set last 1\n");
        let ran = place.feed(&["-q", program], script.as_bytes());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{program}");
        for (number, text) in texts.iter().enumerate() {
            let found = place.ok(&["get", "-r", &format!("a key {number}")]);
            assert!(found.trim_end_matches('\n') == *text, "{program}: {number}: {found:.80}");
        }
        assert_eq!(place.ok(&["get", "last"]), "1\n");
        place.ok(&["-q", "clear"]);
    }
}

#[test]
fn typed_collections_have_commands_for_their_data() {
    let place = Place::new();
    fill_shop(&place.path("app.folio"));
    assert_eq!(place.ok(&["-c", "products", "count"]), "3\n");
    assert!(place.ok(&["-c", "products", "get", "tea"]).contains("\"cents\":250"));
    let ran = place.run(&["-c", "products", "put", "{\"sku\":\"tea\",\"cents\":\"much\"}"]);
    ran.is_refused(3, "that is no record of collection `products`");
}
