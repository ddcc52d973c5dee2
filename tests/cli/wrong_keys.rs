//! Encrypted stores: keys from the environment and from files, and what a wrong one does: nothing.

use crate::cities::{Place, Run};
use std::fs;

const KEY: &str = "000102030405060708090a0b0c0d0e0f";
const OTHER: &str = "ff0102030405060708090a0b0c0d0e0f";

fn encrypted() -> Place {
    let place = Place::new();
    place.run_as(KEY, &["set", "a", "\"a secret text\""]).done();
    place
}

/// All files of a store, as they are.
fn files(place: &Place) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(place.path("app.folio"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_key_in_the_environment_or_a_file_opens_the_store() {
    let place = encrypted();
    assert_eq!(place.run_as(KEY, &["get", "a"]).done(), "\"a secret text\"\n");
    assert_eq!(place.run_as(&KEY.to_uppercase(), &["get", "a"]).done(), "\"a secret text\"\n");
    for end in ["", "\n", "\r\n"] {
        fs::write(place.path("app.key"), format!("{KEY}{end}")).unwrap();
        assert_eq!(place.out(&["--key-file", "app.key", "get", "a"]), "\"a secret text\"\n");
    }
    // The file counts where both are given.
    assert_eq!(place.run_as(OTHER, &["--key-file", "app.key", "count"]).done(), "1\n");
    for (name, bytes) in files(&place) {
        assert!(!bytes.windows(6).any(|found| found == b"secret"), "{name}");
    }
}

/// In a predecessor a wrong key opened an empty database, and what was written then was lost with it.
#[test]
fn a_wrong_key_changes_nothing() {
    let place = encrypted();
    let before = files(&place);
    let commands = [
        &["get", "a"][..],
        &["set", "a", "1"],
        &["scan"],
        &["verify"],
        &["stats"],
        &["compact"],
        &["log"],
        &["clear"],
        &["export"],
        &["backup", "copy"],
        &["rotate-key"],
    ];
    for command in commands {
        for key in [Some(OTHER), None] {
            let mut command = place.command(command);
            command.env("FOLIO_NEW_KEY", OTHER);
            if let Some(key) = key {
                command.env("FOLIO_KEY", key);
            }
            let run = Run::of(command, b"");
            run.failed(6, "is encrypted with another key than the one given, or none was given");
            assert!(!run.err.contains("0102030405"), "a key is not shown: {}", run.err);
        }
    }
    assert_eq!(files(&place), before);
    for (key, said) in [("", "empty"), (" ", "")] {
        place.run_as(key, &["get", "a"]).failed(6, said);
    }
}

#[test]
fn a_key_for_a_store_without_one_does_not_encrypt_it() {
    let place = Place::new();
    place.run(&["set", "a", "1"]).done();
    let before = files(&place);
    for command in [&["get", "a"][..], &["set", "a", "2"], &["compact"], &["verify"]] {
        place
            .run_as(KEY, command)
            .failed(6, "is not encrypted, yet a key was given; unset FOLIO_KEY");
    }
    assert_eq!(files(&place), before);
    place.run(&["rotate-key"]).failed(2, "give the new key in FOLIO_NEW_KEY");
    let mut rotate = place.command(&["rotate-key"]);
    rotate.env("FOLIO_NEW_KEY", KEY);
    Run::of(rotate, b"").failed(6, "is not encrypted, so its key can't be changed");
}

#[test]
fn a_key_is_rotated() {
    let place = encrypted();
    let rotate = |from: &str, arguments: &[&str]| {
        let mut command = place.command(&[&["rotate-key"], arguments].concat());
        command.env("FOLIO_KEY", from);
        command.env("FOLIO_NEW_KEY", OTHER);
        Run::of(command, b"").done();
    };
    rotate(KEY, &[]);
    place.run_as(KEY, &["get", "a"]).failed(6, "another key");
    assert_eq!(place.run_as(OTHER, &["get", "a"]).done(), "\"a secret text\"\n");
    fs::write(place.path("new.key"), KEY).unwrap();
    rotate(OTHER, &["--full", "--new-key-file", "new.key"]);
    place.run_as(OTHER, &["get", "a"]).failed(6, "another key");
    assert_eq!(place.run_as(KEY, &["get", "a"]).done(), "\"a secret text\"\n");
}

#[test]
fn backups_and_exports_of_what_is_encrypted_need_keys_too() {
    let place = encrypted();
    place.run_as(KEY, &["backup", "copy"]).done();
    place.run(&["--file", "copy", "verify"]).failed(6, "is encrypted");
    assert!(place.run_as(KEY, &["--file", "copy", "verify"]).done().starts_with("intact"));
    place.run(&["--file", "new.folio", "restore", "copy"]).failed(6, "is encrypted");
    assert!(!place.path("new.folio").exists());
    place.run_as(KEY, &["--file", "new.folio", "restore", "copy"]).done();
    place.run(&["--file", "new.folio", "get", "a"]).failed(6, "is encrypted");

    fs::write(place.path("export.key"), OTHER).unwrap();
    place.run_as(KEY, &["export", "--export-key-file", "export.key", "all"]).done();
    assert!(!fs::read(place.path("all")).unwrap().windows(6).any(|found| found == b"secret"));
    let import = ["--file", "plain.folio", "import", "all"];
    let run = place.run(&import);
    assert_eq!(run.code, 6, "{}", run.err);
    place.run(&[&import[..], &["--export-key-file", "export.key"]].concat()).done();
    assert_eq!(place.out(&["--file", "plain.folio", "get", "a"]), "\"a secret text\"\n");
}

/// Restoring a backup that is not encrypted with a key gives a store that is not: whoever gave the key is told.
#[test]
fn a_key_that_was_of_no_use_is_told() {
    let place = Place::new();
    place.run(&["set", "a", "1"]).done();
    place.run(&["backup", "copy"]).done();
    let run = place.run_as(KEY, &["--file", "new.folio", "restore", "copy"]);
    assert!(run.code == 0 && run.err.contains("the key was not needed"), "{}", run.err);
    assert_eq!(place.out(&["--file", "new.folio", "get", "a"]), "1\n");
}
