//! Each exit code, and that scripts can tell them apart: in a predecessor every error was 1, and a missing key 0.

use crate::cities::Place;
use folio::Store;
use std::fs;

#[test]
fn done_is_0_and_so_is_help() {
    let place = Place::new();
    place.run(&["set", "a", "1"]).done();
    for arguments in [&["--help"][..], &["--version"], &["help", "scan"], &["completions", "bash"]]
    {
        let out = place.out(arguments);
        assert!(out.contains("folio"), "{out}");
    }
    for shell in ["zsh", "fish", "powershell", "elvish"] {
        assert!(place.out(&["completions", shell]).contains("rotate-key"));
    }
}

#[test]
fn what_is_not_there_is_1() {
    let place = Place::new();
    place
        .run(&["get", "a"])
        .failed(1, "is `app.folio` there? `set`, `batch`, `import` and `restore` make a store");
    for command in
        [&["verify"][..], &["stats"], &["compact"], &["clear"], &["delete", "a"], &["log"]]
    {
        place.run(command).failed(1, "is `app.folio` there?");
    }
    assert!(!place.path("app.folio").exists());
    place.run(&["set", "a", "1"]).done();
    place.run(&["get", "b"]).failed(1, "has nothing under \"b\"");
    place.run(&["-c", "none", "keys"]).failed(1, "no collection `none`");
    place.run(&["-c", "none", "clear"]).failed(1, "no collection `none`");
    place.run(&["export", "--only", "none"]).failed(1, "no collection `none`");
    place.run(&["get", "a", "--at", "99"]).failed(1, "there is no version 99 yet");
}

#[test]
fn what_makes_no_sense_is_2() {
    let place = Place::new();
    place.run(&["set", "a", "1"]).done();
    for arguments in [
        &[][..],
        &["nonsense"],
        &["get"],
        &["get", "a", "b"],
        &["scan", "--json", "--csv"],
        &["--table", "scan", "--jsonl"],
        &["delete", "a", "-x"],
        &["scan", "--limit", "-1"],
        &["import", "--merge", "perhaps"],
        &["completions", "tcsh"],
        &["--key", "secret", "get", "a"],
    ] {
        let run = place.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}: {}", run.err);
        assert!(run.err.contains("Usage:") || run.err.contains("--help"), "{}", run.err);
    }
    place.run(&["get", "a", "--at", "soon"]).failed(2, "`soon` is no version and no time");
    place.run(&["stats", "--at", "1"]).failed(2, "as it is now, which --at does not allow");
    place.run(&["watch", "--at", "1"]).failed(2, "--at does not allow");
    place.run(&["verify", "--at", "1"]).failed(2, "--at does not allow");
    for command in [
        &["set", "b", "2"][..],
        &["delete", "a"],
        &["clear"],
        &["compact"],
        &["batch"],
        &["import"],
    ] {
        for against in [&["--read-only"][..], &["--at", "1"]] {
            place.run(&[command, against].concat()).failed(2, "this command writes, which --");
        }
    }
    let mut nowhere = place.command(&["get", "a"]);
    nowhere.env_remove("FOLIO_FILE");
    crate::cities::Run::of(nowhere, b"").failed(2, "which store? name its directory with --file");
    fs::create_dir(place.path("other")).unwrap();
    fs::write(place.path("other/letter.txt"), "Dear Ada").unwrap();
    for command in [&["get", "a"][..], &["set", "a", "1"]] {
        place.run(&[&["--file", "other"], command].concat()).failed(2, "`other` is not a store");
    }
    assert_eq!(place.out(&["keys"]), "a\n");
}

#[test]
fn a_conflict_is_3() {
    let place = Place::new();
    place.run(&["set", "a", "1"]).done();
    place.run(&["export", "all.jsonl"]).done();
    place.run(&["export", "all.jsonl"]).failed(3, "`all.jsonl` is there already");
    place.run(&["import", "all.jsonl"]).failed(3, "that key is there already; --merge says");
    place.run(&["backup", "copy"]).done();
    place.run(&["restore", "copy"]).failed(3, "nothing is restored into `app.folio`");
}

#[test]
fn damage_is_4() {
    let place = Place::new();
    place.run_with("set a \"some text that is long enough\"\nset b 2\n", &["batch"]).done();
    place.run(&["export", "all.jsonl"]).done();
    let log = place.path("app.folio/0000000000000001.log");
    let mut bytes = fs::read(&log).unwrap();
    let middle = bytes.windows(9).position(|found| found == b"some text").unwrap();
    bytes[middle] ^= 1;
    fs::write(&log, &bytes).unwrap();

    for command in [&["get", "b"][..], &["set", "c", "3"], &["log"], &["compact"], &["export"]] {
        let run = place.run(command);
        run.failed(4, "is damaged at byte");
        assert!(run.err.contains("`folio repair` one of all that is intact"), "{}", run.err);
    }
    let run = place.run(&["verify"]);
    assert_eq!((run.code, run.err.as_str()), (4, ""));
    assert!(run.out.contains("damage"), "{}", run.out);

    // What is intact is saved, and that something is not is told.
    let run = place.run(&["repair", "saved.folio"]);
    assert_eq!(run.code, 4, "{}{}", run.out, run.err);
    assert_eq!(fs::read(&log).unwrap(), bytes, "the damaged store stays as it is");
    assert!(place.out(&["--file", "saved.folio", "verify"]).starts_with("intact: "));

    let export = fs::read_to_string(place.path("all.jsonl")).unwrap();
    fs::write(place.path("all.jsonl"), export.replace("long enough", "long enougH")).unwrap();
    place.run(&["import", "--check", "all.jsonl"]).failed(4, "the export is damaged");
}

#[test]
fn a_store_in_use_is_5() {
    let place = Place::new();
    place.run(&["set", "a", "1"]).done();
    let held = Store::open(place.path("app.folio")).unwrap();
    for command in [
        &["set", "b", "2"][..],
        &["delete", "a"],
        &["clear"],
        &["compact"],
        &["backup", "x"],
        &["rotate-key"],
    ] {
        let mut command = place.command(command);
        command.env("FOLIO_NEW_KEY", "another");
        crate::cities::Run::of(command, b"").failed(5, "`app.folio` is open for writing ");
    }
    place.run_with("set b 2\n", &["batch"]).failed(5, "is open for writing ");
    held.close().unwrap();
    assert_eq!(place.out(&["keys"]), "a\n");
}

#[test]
fn a_key_that_does_not_fit_is_6() {
    let place = Place::new();
    place.run(&["set", "a", "1"]).done();
    place
        .run_as("a superfluous key", &["get", "a"])
        .failed(6, "is not encrypted, yet a key was given");
    // See `keys` for all others.
}

#[test]
#[cfg(unix)]
fn input_and_output_that_fail_are_7() {
    let place = Place::new();
    place.run(&["set", "a", "1"]).done();
    place
        .run(&["--key-file", "none.key", "get", "a"])
        .failed(7, "could not read the key in `none.key`");
    place.run(&["import", "none.jsonl"]).failed(7, "could not read the export `none.jsonl`");
    place
        .run(&["export", "none/all.jsonl"])
        .failed(7, "could not write the export to `none/all.jsonl`");
    fs::write(place.path("file"), "").unwrap();
    place.run(&["--file", "file", "get", "a"]).failed(7, "Not a directory");
}
