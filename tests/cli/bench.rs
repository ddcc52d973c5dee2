//! `bench`: every kind of work has its row, and nothing is left behind.

use super::Place;
use serde_json::Value;
use std::fs;

#[test]
fn every_kind_of_work_has_a_row_and_the_store_is_removed() {
    let place = Place::new();
    fs::create_dir(place.path("disk")).unwrap();
    for durability in ["sync", "write", "background"] {
        let ran = place.run(&[
            "bench",
            "disk",
            "--records",
            "2100",
            "--threads",
            "2",
            "--durability",
            durability,
        ]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let rows: Vec<Value> =
            ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let operations: Vec<u64> =
            rows.iter().map(|row| row["operations"].as_u64().unwrap()).collect();
        assert_eq!(operations, [2100, 210, 420, 2100, 21_000, 420], "{ran:?}");
        for row in &rows {
            assert!(row["what"].is_string() && row["per_second"].as_u64().unwrap() > 0, "{row}");
            assert!(row["p50_us"].as_f64().unwrap() <= row["p99_us"].as_f64().unwrap(), "{row}");
        }
        assert!(rows[5]["conflicts"].is_u64() && rows[4]["conflicts"].is_null(), "{ran:?}");
        assert!(ran.stderr.contains("measuring in `disk"), "{ran:?}");
        assert!(ran.stderr.contains("depends on the disk and the machine"), "{ran:?}");
        assert_eq!(fs::read_dir(place.path("disk")).unwrap().count(), 0);
    }
    // The store that other commands are about is not touched.
    assert!(!place.path("app.folio").exists());
}

#[test]
fn a_store_that_is_there_is_refused() {
    let place = Place::new();
    place.ok(&["set", "a", "1"]);
    place.refused(2, "has a store", &["bench", "app.folio"]);
    place.refused(2, "at least one record", &["bench", "--records", "0"]);
    place.refused(2, "1 to 1024 threads", &["bench", "--threads", "0"]);
    place.refused(7, "could not make a directory in `nowhere`", &["bench", "nowhere"]);
    assert_eq!(place.ok(&["keys"]), "a\n");
    // What is no directory has no store either.
    fs::write(place.path("file"), "no directory").unwrap();
    place.refused(7, "could not make a directory in `file`", &["bench", "file"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_nothing_behind() {
    use rexpect::process::WaitStatus;
    let place = Place::new();
    fs::create_dir(place.path("disk")).unwrap();
    let mut command = place.program();
    command.env("TERM", "xterm").args(["bench", "disk", "--records", "50000000"]);
    let mut session = rexpect::session::spawn_command(command, Some(60_000)).unwrap();
    session.exp_string("put in batches").unwrap();
    assert_eq!(fs::read_dir(place.path("disk")).unwrap().count(), 1);
    session.send_control('c').unwrap();
    session.exp_string("stopped").unwrap();
    session.exp_eof().unwrap();
    assert!(matches!(session.process().wait().unwrap(), WaitStatus::Exited(_, 130)));
    assert_eq!(fs::read_dir(place.path("disk")).unwrap().count(), 0);
}
