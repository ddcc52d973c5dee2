//! Keys of encrypted stores: from the environment or a file, never from an argument, and never shown.

use super::{Place, Ran};
use std::fs;
use std::process::Stdio;

const DIGITS: &str = "000102030405060708090a0b0c0d0e0f";
const PHRASE: &str = "correct horse battery staple";

fn with_key(place: &Place, key: &str, arguments: &[&str]) -> Ran {
    let mut command = place.program();
    command.env("FOLIO_KEY", key).args(arguments).stdin(Stdio::null());
    Ran::of(&command.output().unwrap())
}

#[test]
fn a_store_opens_with_its_key_and_no_other() {
    let place = Place::new();
    assert_eq!(with_key(&place, DIGITS, &["set", "a", "\"sec ret\""]).code, Some(0));
    assert_eq!(with_key(&place, DIGITS, &["get", "a"]).stdout, "\"sec ret\"\n");
    fs::write(place.path("key"), format!("{DIGITS}\r\n")).unwrap();
    assert_eq!(place.ok(&["--key-file", "key", "get", "a"]), "\"sec ret\"\n");
    for command in [&["get", "a"][..], &["set", "a", "2"], &["verify"], &["export"], &["clear"]] {
        place.refused(6, "FOLIO_KEY, with --key-file or --ask-key", command);
        with_key(&place, PHRASE, command).is_refused(6, "another key");
        with_key(&place, &"0".repeat(32), command).is_refused(6, "zero");
    }
    assert_eq!(with_key(&place, DIGITS, &["get", "a"]).stdout, "\"sec ret\"\n");
    place.refused(7, "could not read the key in `no key`", &["--key-file", "no key", "keys"]);
    for file in fs::read_dir(place.path("app.folio")).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(7).any(|text| text == b"sec ret"));
    }
}

/// A key that is given by mistake does not encrypt what was plain.
#[test]
fn a_plain_store_stays_plain() {
    let place = Place::new();
    place.ok(&["set", "a", "1"]);
    for command in [&["get", "a"][..], &["set", "a", "2"], &["compact"]] {
        with_key(&place, PHRASE, command).is_refused(6, "is not encrypted, yet a key was given");
    }
    assert_eq!(place.ok(&["get", "a"]), "1\n");
}

#[test]
fn the_key_changes() {
    let place = Place::new();
    fs::write(place.path("old"), PHRASE).unwrap();
    fs::write(place.path("new"), DIGITS).unwrap();
    place.ok(&["--key-file", "old", "set", "a", "1"]);
    place.ok(&["--key-file", "old", "rotate-key", "--new-key-file", "new"]);
    place.refused(6, "another key", &["--key-file", "old", "get", "a"]);
    assert_eq!(place.ok(&["--key-file", "new", "get", "a"]), "1\n");
    let mut command = place.program();
    command.env("FOLIO_NEW_KEY", PHRASE).args(["-q", "--key-file", "new", "rotate-key", "--full"]);
    assert_eq!(Ran::of(&command.output().unwrap()).code, Some(0));
    assert_eq!(place.ok(&["--key-file", "old", "get", "a"]), "1\n");
    place.refused(2, "FOLIO_NEW_KEY", &["--key-file", "old", "rotate-key"]);
    let other = Place::new();
    other.ok(&["set", "a", "1"]);
    fs::write(other.path("new"), DIGITS).unwrap();
    other.refused(6, "not encrypted", &["rotate-key", "--new-key-file", "new"]);
}

/// Whatever goes wrong, no key is in what is said.
#[test]
fn keys_are_not_shown() {
    let place = Place::new();
    with_key(&place, PHRASE, &["set", "a", "1"]);
    for arguments in
        [&["get", "a"][..], &["get", "b"], &["stats"], &["verify"], &["oops"], &["--help"]]
    {
        for key in [PHRASE, "a phrase that is wrong"] {
            let ran = with_key(&place, key, arguments);
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!said.contains("horse") && !said.contains("phrase that is"), "{said}");
        }
    }
    // There is no argument that takes one.
    place.refused(2, "unexpected argument", &["--key", DIGITS, "keys"]);
}
