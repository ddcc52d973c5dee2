//! `log`, `history` and `--at`: what was.

use crate::cities::Place;

fn with_a_past() -> Place {
    let place = Place::new();
    for arguments in [
        &["set", "price", "250"][..],
        &["set", "price", "275"],
        &["delete", "price"],
        &["set", "price", "300"],
    ] {
        place.run(&[&["--ledger"], arguments].concat()).done();
    }
    place
}

#[test]
fn an_old_version_is_read() {
    let place = with_a_past();
    // The first version made the collection.
    for (at, expected) in [("2", "250\n"), ("3", "275\n"), ("5", "300\n")] {
        assert_eq!(place.out(&["get", "price", "--at", at]), expected, "{at}");
    }
    place.run(&["get", "price", "--at", "4"]).failed(1, "has nothing under \"price\"");
    for command in [&["get", "price"][..], &["scan"], &["schema"], &["count"], &["keys"]] {
        place
            .run(&[command, &["--at", "0"]].concat())
            .failed(1, "there was no collection `documents` at 0; `folio collections --at 0`");
    }
    assert_eq!(place.out(&["count", "--at", "4"]), "0\n");
    assert_eq!(place.out(&["scan", "--at", "3"]), "{\"key\":\"price\",\"value\":275}\n");
    let export = place.out(&["export", "--at", "3"]);
    assert!(export.contains("\n{\"record\":{\"key\":\"price\",\"value\":275}}\n"), "{export}");

    // What `log` prints as a time is a time that `--at` takes.
    let commit = place.out(&["log", "--at", "3", "-n", "1"]);
    let commit: serde_json::Value = serde_json::from_str(&commit).unwrap();
    assert_eq!(commit["version"], 3);
    let time = commit["time"].as_str().unwrap();
    assert_eq!(place.out(&["get", "price", "--at", time]), "275\n");
    // All of it is newer than that, and older than this.
    place.run(&["get", "price", "--at", "1999-12-31"]).failed(1, "no collection");
    assert_eq!(place.out(&["get", "price", "--at", "9000-01-01T12:30"]), "300\n");
}

#[test]
fn the_log_lists_commits() {
    let place = with_a_past();
    let lines = place.out(&["log", "--csv"]);
    let changes: Vec<&str> =
        lines.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    assert_eq!(
        changes,
        [
            "documents created",
            "documents 1 put",
            "documents 1 put",
            "documents 1 removed",
            "documents 1 put"
        ]
    );
    assert_eq!(place.out(&["log", "-n", "2"]).lines().count(), 2);
    assert_eq!(place.out(&["log", "-n", "0"]), "");
    assert_eq!(place.out(&["log", "-n", "99"]).lines().count(), 5);
    let full = place.out(&["log", "--full", "-n", "1"]);
    assert!(full.contains("\"hash\":") && full.contains("\"key\":\"price\""), "{full}");
}

#[test]
fn the_history_of_a_key_is_what_was_under_it() {
    let place = with_a_past();
    place.run(&["set", "other", "1"]).done();
    place.run(&["delete", "other"]).done();
    let lines = place.out(&["history", "price", "--csv"]);
    let cells = lines.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        format!("{} {} {}", cells[0], cells[2], cells[3])
    });
    assert_eq!(cells.collect::<Vec<_>>(), ["2 put 250", "3 put 275", "4 removed ", "5 put 300"]);
    assert_eq!(place.out(&["history", "price", "--at", "3"]).lines().count(), 2);
    place.run(&["history", "nobody"]).failed(1, "has anything under \"nobody\"");
}

/// What the log does not have any more is not the same as what was not.
#[test]
fn a_log_that_was_cut_says_so() {
    let place = Place::new();
    place.run(&["set", "a", "1"]).done();
    place.run(&["compact"]).done();
    place.run(&["history", "a"]).failed(1, "the log has no commit up to version 2 any more");
    place.run(&["get", "a", "--at", "1"]).failed(1, "the oldest is 2");
    place.run(&["set", "a", "2"]).done();
    let run = place.run(&["history", "a"]);
    assert_eq!((run.code, run.out.lines().count()), (0, 1), "{}", run.err);
    assert!(run.err.contains("the log begins with version 3"), "{}", run.err);
    // Neither is a removal lost, of what was put before.
    place.run(&["compact"]).done();
    place.run(&["delete", "a"]).done();
    let run = place.run(&["history", "a"]);
    assert!(run.code == 0 && run.out.contains("\"change\":\"removed\""), "{}{}", run.out, run.err);
}

#[test]
fn typed_records_have_a_past_too() {
    let place = Place::with_cities();
    place.run(&["-c", "cities", "delete", "2"]).done();
    let lines = place.out(&["-c", "cities", "history", "2"]);
    let changes: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(changes.len(), 2);
    assert_eq!(
        (&changes[0]["change"], &changes[0]["value"]["name"]),
        (&"put".into(), &"Bergen".into())
    );
    assert_eq!((&changes[1]["change"], &changes[1]["value"]), (&"removed".into(), &().into()));
}
