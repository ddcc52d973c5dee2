//! `top`: a store that somebody else writes, as it changes.

use super::Place;
use folio::Store;
use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use serde_json::Value;
use std::fs;

fn start(place: &Place, arguments: &[&str]) -> PtySession {
    let mut command = place.program();
    command.env("TERM", "xterm").arg("top").args(arguments);
    spawn_command(command, Some(60_000)).unwrap()
}

fn ends_well(mut session: PtySession) {
    // The cursor is shown again, and the screen is that from before.
    session.exp_string("\x1b[?25h").unwrap();
    session.exp_string("\x1b[?1049l").unwrap();
    session.exp_eof().unwrap();
    assert!(matches!(session.process().wait().unwrap(), WaitStatus::Exited(_, 0)));
}

#[test]
fn commits_of_another_process_show() {
    let place = Place::new();
    let store = Store::open(place.path("app.folio")).unwrap();
    let documents = store.documents("jobs").unwrap();
    documents.set("a", &1).unwrap();
    let mut session = start(&place, &["--interval", "0.1"]);
    session.exp_string("\x1b[?1049h").unwrap();
    session.exp_string("version 2,").unwrap();
    session.exp_string("jobs: records").unwrap();
    session.exp_string("--metrics FILE").unwrap();
    store
        .transaction()
        .meta("actor", "ada")
        .run(|tx| tx.documents("jobs")?.set("b", &2).map(drop))
        .unwrap();
    session.exp_string("version 3,").unwrap();
    session.exp_string("ada").unwrap();
    session.exp_string("jobs 1 put").unwrap();
    session.send("p").unwrap();
    session.flush().unwrap();
    session.exp_string(", paused").unwrap();
    session.send("+").unwrap();
    session.flush().unwrap();
    session.exp_string("every 0.2 s, paused").unwrap();
    session.send("q").unwrap();
    session.flush().unwrap();
    ends_well(session);
    let mut session = start(&place, &[]);
    session.exp_string("version 3,").unwrap();
    session.send_control('c').unwrap();
    ends_well(session);
}

/// The file of numbers that a program writes is gone: the terminal is given back before that is told.
#[test]
fn a_failure_gives_the_terminal_back() {
    let place = Place::new();
    let store = Store::open(place.path("app.folio")).unwrap();
    store.documents("jobs").unwrap().set("a", &1).unwrap();
    fs::write(place.path("numbers"), store.stats().to_prometheus()).unwrap();
    let mut session = start(&place, &["--interval", "0.1", "--metrics", "numbers"]);
    session.exp_string("mean time of a commit").unwrap();
    fs::remove_file(place.path("numbers")).unwrap();
    session.exp_string("\x1b[?1049l").unwrap();
    session.exp_string("could not read `numbers`").unwrap();
    session.exp_eof().unwrap();
    assert!(matches!(session.process().wait().unwrap(), WaitStatus::Exited(_, 1 | 7)));
}

#[test]
fn one_sample_needs_no_terminal() {
    let place = Place::new();
    let store = Store::open(place.path("app.folio")).unwrap();
    store.documents("jobs").unwrap().set("a", &1).unwrap();
    fs::write(place.path("numbers"), store.stats().to_prometheus()).unwrap();
    let once = ["top", "--once", "--interval", "0.1", "--metrics", "numbers"];
    let lines = place.ok(&once);
    let value = |name: &str| -> Value {
        let rows = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let found = rows.into_iter().find(|row| row["name"] == name);
        found.unwrap_or_else(|| panic!("{name}: {lines}"))
    };
    assert_eq!(value("commits")["value"], 2);
    assert_eq!(value("commits")["per_second"], 0.0);
    assert_eq!(value("jobs: records")["value"], 1);
    assert!(value("log bytes")["value"].as_u64().unwrap() > 0, "{lines}");
    assert!(value("memory bytes of this process")["value"].as_u64().unwrap() > 0, "{lines}");
    assert_eq!(value("conflicts")["value"].as_f64(), Some(0.0));
    store.checkpoint().unwrap();
    let lines = place.ok(&once);
    assert!(lines.contains("{\"name\":\"checkpoint bytes\",\"value\":"), "{lines}");
    assert!(!lines.contains("{\"name\":\"checkpoint bytes\",\"value\":0,"), "{lines}");
    place.refused(2, "`top --once` prints", &["top"]);
    place.refused(2, "0.1 to 60", &["top", "--once", "--interval", "0"]);
    fs::write(place.path("numbers"), "nothing\n").unwrap();
    place.refused(2, "has no numbers of a store", &once);
}
