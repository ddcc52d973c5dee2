//! Who reads what is printed may stop, and other processes may have the store.

use super::{Place, Ran};
use folio::Store;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

#[test]
fn a_reader_that_stops_is_no_failure() {
    let place = Place::new();
    let lines: Vec<_> = (0..20_000).map(|number| format!("set k{number} {number}")).collect();
    assert_eq!(place.feed(&["-q", "batch"], lines.join("\n").as_bytes()).code, Some(0));
    for arguments in [
        &["keys"][..],
        &["scan"],
        &["scan", "--json"],
        &["scan", "--csv"],
        &["export"],
        &["log", "--full"],
    ] {
        let mut command = place.program();
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut some = [0; 10];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut some).unwrap();
        drop(stdout);
        let ran = Ran::of(&child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn who_reads_follows_and_who_writes_is_told_who_has_it() {
    let place = Place::new();
    place.ok(&["set", "a", "1"]);
    let store = Store::open(place.path("app.folio")).unwrap();
    let documents = store.documents("documents").unwrap();
    documents.set("b", &2).unwrap();
    assert_eq!(place.ok(&["keys"]), "a\nb\n", "what was just committed is seen");
    assert_eq!(place.ok(&["get", "b"]), "2\n");
    // Who has it, as far as the system tells.
    let holder = if cfg!(target_os = "linux") {
        format!("`app.folio` is open for writing in process {} (", std::process::id())
    } else {
        "`app.folio` is open for writing elsewhere".to_owned()
    };
    for command in
        [&["set", "c", "3"][..], &["delete", "a"], &["clear"], &["compact"], &["backup", "x"]]
    {
        place.refused(5, &holder, command);
    }
    place.feed(&["batch"], b"set c 3\n").is_refused(5, &holder);
    documents.set("d", &4).unwrap();
    store.close().unwrap();
    drop((documents, store));
    assert_eq!(place.run(&["-q", "delete", "a", "b"]).code, Some(0));
    assert_eq!(place.ok(&["keys"]), "d\n");
}

#[test]
fn what_is_committed_is_shown_as_it_comes() {
    let place = Place::new();
    place.ok(&["set", "a", "1"]);
    let store = Store::open(place.path("app.folio")).unwrap();
    let mut command = place.program();
    command.args(["watch", "documents", "-n", "3"]).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut shown = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    assert!(line.contains("behind version 2"), "{line}");
    let documents = store.documents("documents").unwrap();
    let mut next = || {
        let mut line = String::new();
        shown.read_line(&mut line).unwrap();
        serde_json::from_str::<serde_json::Value>(&line).unwrap()
    };
    documents.set("b", &[1, 2]).unwrap();
    let change = next();
    assert_eq!((&change["change"], &change["key"]), (&"put".into(), &"b".into()));
    assert_eq!(change["value"], serde_json::json!([1, 2]));
    // What nobody asked for is not shown, and what is committed together comes together.
    store.documents("others").unwrap().set("x", &0).unwrap();
    documents.set_all([("c", 1), ("d", 2)]).unwrap();
    assert_eq!([next()["key"].clone(), next()["key"].clone()], ["c", "d"]);
    documents.delete("b").unwrap();
    let change = next();
    assert_eq!(
        (&change["change"], &change["value"]),
        (&"removed".into(), &serde_json::Value::Null)
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn watching_for_nothing_ends_at_once() {
    let place = Place::new();
    place.ok(&["set", "a", "1"]);
    let ran = place.run(&["watch", "other", "-n", "0"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.stderr.contains("there is no collection `other` yet"), "{ran:?}");
}
