//! Ctrl-C while something long goes on: it ends, nothing is left half done, and a session goes on.

use super::Place;
use folio::{Durability, Store};
use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::BuildHasher;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Nothing takes so long, in milliseconds.
const LONGEST: u64 = 60_000;
/// How often something is tried that may be over before the signal comes.
const ATTEMPTS: usize = 20;
/// As shells have it.
const INTERRUPTED: i32 = 130;

/// A store of some 40 MB that can't be compressed: work on it takes longer than a key press.
fn place() -> Place {
    let place = Place::new();
    let store =
        Store::options().durability(Durability::Write).open(place.path("app.folio")).unwrap();
    let (texts, state) = (store.documents("documents").unwrap(), RandomState::new());
    for number in 0..20 {
        let mut text = String::with_capacity(2 << 20);
        for place in 0..(2 << 20) / 16 {
            write!(text, "{:016x}", state.hash_one((number, place))).unwrap();
        }
        texts.set(format!("text:{number}"), &text).unwrap();
    }
    store.close().unwrap();
    place
}

fn start(place: &Place, arguments: &[&str]) -> PtySession {
    let mut command = place.program();
    command.env("TERM", "xterm").env("FOLIO_HISTORY", place.path("history")).args(arguments);
    spawn_command(command, Some(LONGEST)).unwrap()
}

/// What is in a directory, but for its lock.
fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "LOCK").collect()
}

/// Presses Ctrl-C when a command shows that it is at work, until one was ended by that. What it would have made is removed
/// where it was quicker.
fn interrupt(place: &Place, arguments: &[&str], shown: &str, made: Option<&str>) {
    for _ in 0..ATTEMPTS {
        let mut session = start(place, arguments);
        session.exp_string(shown).unwrap();
        session.send_control('c').unwrap();
        let said = session.exp_eof().unwrap();
        match session.process().wait().unwrap() {
            WaitStatus::Exited(_, INTERRUPTED) => {
                assert!(said.contains("stopped"), "{arguments:?}: {said}");
                return;
            }
            WaitStatus::Exited(_, 0) => {}
            status => panic!("{arguments:?}: {status:?}: {said}"),
        }
        match made.map(|made| place.path(made)) {
            Some(made) if made.is_dir() => fs::remove_dir_all(made).unwrap(),
            Some(made) => fs::remove_file(made).unwrap(),
            None => {}
        }
    }
    panic!("{arguments:?} was over before the signal, {ATTEMPTS} times");
}

#[test]
fn what_was_ended_leaves_no_half() {
    let place = place();
    interrupt(&place, &["verify"], "verifying", None);
    interrupt(&place, &["export", "all.jsonl"], "exporting", Some("all.jsonl"));
    assert!(!place.path("all.jsonl").exists());
    interrupt(&place, &["backup", "monday"], "backup, copying", Some("monday"));
    place.run(&["backup", "monday"]);
    interrupt(&place, &["-f", "new.folio", "restore", "monday"], "restoring", Some("new.folio"));
    assert_eq!(names(&place.path("new.folio")), [] as [&str; 0]);
    interrupt(&place, &["repair", "repaired"], "repairing", Some("repaired"));
    assert_eq!(names(&place.path("repaired")), [] as [&str; 0]);
    assert_eq!(place.run(&["-f", "new.folio", "restore", "monday"]).code, Some(0));
    let left = place.ok(&["-f", "new.folio", "count"]);
    assert_eq!(left, "20\n");
}

#[test]
fn a_session_goes_on_behind_what_was_ended() {
    let place = place();
    let mut session = start(&place, &["interactive"]);
    session.exp_string("documents> ").unwrap();
    for (line, shown) in [("backup monday", "backup, "), ("verify", "verifying")] {
        let mut is_ended = false;
        for _ in 0..ATTEMPTS {
            session.send_line(line).unwrap();
            session.exp_string(shown).unwrap();
            session.send_control('c').unwrap();
            let said = session.exp_string("documents> ").unwrap();
            is_ended = said.contains("stopped");
            if is_ended {
                break;
            }
            // Else there is nothing left to copy.
            let _ = fs::remove_dir_all(place.path("monday"));
        }
        assert!(is_ended, "`{line}` was over before the signal, {ATTEMPTS} times");
        session.send_line("has text:7").unwrap();
        session.exp_string("\ntrue").unwrap();
        session.exp_string("documents> ").unwrap();
    }
    session.send_control('d').unwrap();
    session.exp_eof().unwrap();
    assert!(matches!(session.process().wait().unwrap(), WaitStatus::Exited(_, 0)));
}

/// A file that does not end by itself, outside of a session.
#[test]
fn what_was_loaded_until_then_stays() {
    let place = Place::new();
    assert!(Command::new("mkfifo").arg(place.path("endless")).status().unwrap().success());
    let mut session = start(&place, &["load", "endless"]);
    let mut pipe = File::options().write(true).open(place.path("endless")).unwrap();
    session.exp_string("loading").unwrap();
    writeln!(pipe, "n,text").unwrap();
    // More than a pipe holds, so that some of it was read when it is written.
    let rows = "1,one\n".repeat(100_000);
    let is_open = |pipe: &mut File| pipe.write_all(rows.as_bytes()).is_ok();
    assert!(is_open(&mut pipe));
    session.send_control('c').unwrap();
    while is_open(&mut pipe) {}
    let said = session.exp_eof().unwrap();
    assert!(said.contains(" rows are in") && said.contains("stopped"), "{said}");
    let status = session.process().wait().unwrap();
    assert!(matches!(status, WaitStatus::Exited(_, INTERRUPTED)), "{status:?}: {said}");
}

/// The same before there is any row.
#[test]
fn the_head_of_a_file_is_not_waited_for() {
    let place = Place::new();
    assert!(Command::new("mkfifo").arg(place.path("endless")).status().unwrap().success());
    let mut session = start(&place, &["load", "endless"]);
    let mut pipe = File::options().write(true).open(place.path("endless")).unwrap();
    session.exp_string("loading").unwrap();
    let names = "n".repeat(100_000);
    assert!(pipe.write_all(names.as_bytes()).is_ok());
    session.send_control('c').unwrap();
    while pipe.write_all(names.as_bytes()).is_ok() {}
    let said = session.exp_eof().unwrap();
    assert!(said.contains("stopped") && !said.contains("could not read"), "{said}");
    let status = session.process().wait().unwrap();
    assert!(matches!(status, WaitStatus::Exited(_, INTERRUPTED)), "{status:?}: {said}");
}

/// An import from a pipe that does not end by itself.
#[test]
fn an_import_that_is_ended_keeps_what_was_committed() {
    let place = Place::new();
    place.ok(&["set", "a", "1"]);
    let exported = place.ok(&["export"]);
    assert!(Command::new("mkfifo").arg(place.path("endless")).status().unwrap().success());
    let mut session = start(&place, &["interactive"]);
    session.exp_string("documents> ").unwrap();
    session.send_line("import endless --merge replace").unwrap();
    let mut pipe = File::options().write(true).open(place.path("endless")).unwrap();
    session.exp_string("importing").unwrap();
    let lines: Vec<&str> = exported.lines().collect();
    // It says that there are so many.
    let header = lines[0].replace("\"records\":1", "\"records\":18446744073709551615");
    let mark = lines[1].replace("\"records\":1", "\"records\":18446744073709551615");
    assert!(header != lines[0] && mark != lines[1], "{exported}");
    writeln!(pipe, "{header}\n{mark}").unwrap();
    let record = format!("{}\n", lines[2]).repeat(100);
    let is_open = |pipe: &mut File| pipe.write_all(record.as_bytes()).is_ok();
    assert!(is_open(&mut pipe));
    session.send_control('c').unwrap();
    while is_open(&mut pipe) {}
    session.exp_string("what was imported until now stays").unwrap();
    session.exp_string("stopped").unwrap();
    session.exp_string("documents> ").unwrap();
    session.send_line("get a").unwrap();
    session.exp_string("\n1").unwrap();
    session.exp_string("documents> ").unwrap();
    session.send_control('d').unwrap();
    session.exp_eof().unwrap();
}
