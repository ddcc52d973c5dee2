//! What makes no sense: every exit code, and words that help. (Lesson 19: every error ended with 1, a missing key
//! with 0.)

use super::Place;
use std::fs;

#[test]
fn arguments_that_make_no_sense_are_refused() {
    let place = Place::new();
    for arguments in [
        &["frobnicate"][..],
        &[],
        &["set", "a"],
        &["get"],
        &["scan", "--json", "--csv"],
        &["scan", "-n", "many"],
        &["completions", "tcl"],
        &["find", "documents"],
    ] {
        let ran = place.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {ran:?}");
        assert!(!ran.stderr.is_empty());
    }
    place.refused(2, "no JSON", &["set", "a", "hello"]);
    place.refused(2, "'\"hello\"'", &["set", "a", "hello"]);
    place.refused(2, "does not allow", &["--read-only", "set", "a", "1"]);
    assert!(!place.path("app.folio").exists(), "nothing was made");
    place.ok(&["set", "a", "1"]);
    place.refused(2, "no condition", &["scan", "--where", "nonsense"]);
    let mut command = place.program();
    command.env_remove("FOLIO_FILE").arg("keys");
    super::Ran::of(&command.output().unwrap()).is_refused(2, "--file, or in FOLIO_FILE");
}

#[test]
fn what_is_not_there_is_told() {
    let place = Place::new();
    for command in [
        &["keys"][..],
        &["get", "a"],
        &["scan"],
        &["log"],
        &["stats"],
        &["verify"],
        &["delete", "a"],
        &["compact"],
        &["backup", "b"],
    ] {
        place.refused(1, "is `app.folio` there?", command);
    }
    assert!(!place.path("app.folio").exists(), "nothing was made");
    place.ok(&["set", "a", "1"]);
    place.refused(1, "no collection `other`", &["-c", "other", "get", "a"]);
    place.refused(1, "no collection `other`", &["scan", "other"]);
    place.refused(1, "nothing under", &["delete", "b"]);
}

#[test]
fn what_is_no_store_is_left_alone() {
    let place = Place::new();
    fs::create_dir(place.path("app.folio")).unwrap();
    fs::write(place.path("app.folio/notes.txt"), "mine").unwrap();
    for command in [&["set", "a", "1"][..], &["keys"]] {
        let ran = place.run(command);
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
    let names: Vec<_> = fs::read_dir(place.path("app.folio")).unwrap().collect();
    assert_eq!(names.len(), 1);
    fs::write(place.path("file"), "no directory").unwrap();
    let ran = place.run(&["--file", "file", "keys"]);
    assert!(matches!(ran.code, Some(2 | 7)), "{ran:?}");
}

/// A file that is cut off within quotes: the rest of it would be one cell.
#[test]
fn a_file_that_ends_within_quotes_is_told() {
    let place = Place::new();
    let ran = place.feed(&["load"], b"n,text\n1,one\n2,\"two\n3,three\n");
    ran.is_refused(2, "the row that begins at line 3 ends within quotes");
    assert!(ran.stderr.contains("1 rows are in"), "{ran:?}");
    assert_eq!(place.ok(&["get", "000000000001"]), "{\"n\":1,\"text\":\"one\"}\n");
    place.feed(&["load", "-c", "other"], b"n,\"text").is_refused(2, "ends within quotes");
    // More rows than are committed at once, and a last one that is whole.
    let rows = "1,\"a\"\"b,\n\"\n".repeat(10_000);
    let ran = place.feed(&["load", "-c", "many"], format!("n,text\n{rows}").as_bytes());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(place.ok(&["count", "many"]), "10000\n");
}

#[test]
fn messages_name_what_they_are_about() {
    let place = Place::new();
    place.ok(&["set", "", "1"]);
    assert_eq!(place.ok(&["keys"]), "\"\"\n", "a key of nothing is seen");
    fs::create_dir(place.path("directory")).unwrap();
    place.refused(7, "could not read `directory`", &["import", "directory"]);
    place.refused(7, "could not read `directory`", &["load", "directory"]);
    #[cfg(target_os = "linux")]
    place.refused(7, "could not create `/proc/nothing`", &["backup", "/proc/nothing"]);
    #[cfg(target_os = "linux")]
    assert!(!place.run(&["backup", "/proc/nothing"]).stderr.contains("make a store"));
}

#[test]
fn help_is_data() {
    let place = Place::new();
    for arguments in [
        &["--help"][..],
        &["help", "scan"],
        &["--version"],
        &["completions", "bash"],
        &["completions", "fish"],
    ] {
        let ran = place.run(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(ran.stdout.contains("folio"));
    }
    assert!(place.ok(&["--help"]).contains("Exit codes"));
}
