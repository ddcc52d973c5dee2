//! How far something is, shown on a terminal and nowhere else.

use super::Place;
use rexpect::session::spawn_command;
use std::fmt::Write as _;
use std::fs;

/// What a run shows at a terminal, which must be well.
fn shown(place: &Place, arguments: &[&str]) -> String {
    let mut command = place.program();
    command.env("TERM", "xterm").args(arguments);
    let mut session = spawn_command(command, Some(60_000)).unwrap();
    let shown = session.exp_eof().unwrap();
    assert!(!shown.contains("panicked"), "{shown}");
    shown
}

fn place() -> Place {
    let place = Place::new();
    let mut rows = "n,text\n".to_owned();
    for number in 0..12_000 {
        writeln!(rows, "{number},text {number}").unwrap();
    }
    fs::write(place.path("rows.csv"), rows).unwrap();
    fs::write(place.path("key"), "correct horse battery staple").unwrap();
    place
}

#[test]
fn a_terminal_shows_how_far_it_is() {
    let place = place();
    for (arguments, progress, last) in [
        (&["load", "rows.csv"][..], " left", "12000 rows are in"),
        (&["export", "all.jsonl"], "/12000 records", "12000 records of 1 collection"),
        (&["export", "--export-key-file", "key", "secret"], "/12000 records", "12000 records of 1"),
        (&["-f", "copy.folio", "import", "all.jsonl"], " left", "12000 records imported"),
        (&["import", "--check", "all.jsonl"], "checking", "the export is whole"),
        (&["backup", "monday"], "backup, copying [", "bytes copied"),
        (&["verify"], "verifying, reading [", "intact"),
        (&["compact"], "/12000 records", ""),
        (&["-f", "new.folio", "restore", "monday"], "restoring, copying [", "version"),
        (&["repair", "repaired"], "repairing, reading [", ""),
    ] {
        let shown = shown(&place, arguments);
        let at = shown.find(progress).unwrap_or_else(|| panic!("{arguments:?}: {shown}"));
        // What is said at last stands on a line that was cleared before.
        let end = shown.rfind("\x1b[2K").unwrap_or_else(|| panic!("{arguments:?}: {shown}"));
        assert!(at < end && shown[end..].contains(last), "{arguments:?}: {shown}");
    }
    let quiet = shown(&place, &["-q", "load", "rows.csv", "-c", "other"]);
    assert_eq!(quiet, "");
    // A bar would be among the data.
    assert!(!shown(&place, &["export"]).contains("exporting"));
}

#[test]
fn a_pipe_shows_nothing() {
    let place = place();
    let ran = place.run(&["load", "rows.csv"]);
    assert_eq!(ran.stderr, "folio: 12000 rows are in, 0 were kept as they were\n", "{ran:?}");
    assert_eq!(place.run(&["compact"]).stderr, "");
    let ran = place.run(&["export", "all.jsonl"]);
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
    assert!(!ran.stderr.contains('\x1b'), "{ran:?}");
}
