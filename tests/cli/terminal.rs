//! The interactive mode, at a terminal and as a script.

use super::Place;
use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};
use std::fs;

/// Nothing takes so long, in milliseconds.
const LONGEST: u64 = 60_000;

fn start(place: &Place) -> PtySession {
    let mut command = place.program();
    command.arg("interactive").env("TERM", "xterm").env("FOLIO_HISTORY", place.path("history"));
    spawn_command(command, Some(LONGEST)).unwrap()
}

fn leave(mut session: PtySession) {
    session.send_control('d').unwrap();
    session.exp_eof().unwrap();
    assert!(matches!(session.process().wait().unwrap(), WaitStatus::Exited(_, 0)));
}

#[test]
fn a_session_at_a_terminal() {
    let place = Place::new();
    let mut session = start(&place);
    session.exp_string("is a new store").unwrap();
    session.exp_string("documents> ").unwrap();
    session.send_line("set user:alice {\"name\": \"Alice\"}").unwrap();
    session.exp_string("documents> ").unwrap();
    // A command that fails is told, and the session goes on.
    session.send_line("get nobody").unwrap();
    session.exp_string("has nothing under \"nobody\"").unwrap();
    session.exp_string("documents> ").unwrap();
    session.send_line("scan").unwrap();
    // A table, though the lines between its columns are not read as letters here.
    session.exp_string(" key        ").unwrap();
    session.exp_string(" user:alice ").unwrap();
    session.exp_string("documents> ").unwrap();
    // JSON that is not whole goes on.
    session.send_line("set list [1,").unwrap();
    session.send_line("2]").unwrap();
    session.exp_string("documents> ").unwrap();
    session.send_line("get list").unwrap();
    session.exp_string("\n[1,2]").unwrap();
    session.exp_string("documents> ").unwrap();
    // The rest of a word, and of a key.
    session.send("ge\tuser:a\t").unwrap();
    session.flush().unwrap();
    session.exp_string("user:alice").unwrap();
    session.send_line("").unwrap();
    session.exp_string("\n{\"name\":\"Alice\"}").unwrap();
    session.exp_string("documents> ").unwrap();
    // Ctrl-C gives up a line, and nothing else.
    session.send("delete user:alice").unwrap();
    session.flush().unwrap();
    session.exp_string("delete user:alice").unwrap();
    session.send_control('c').unwrap();
    session.exp_string("documents> ").unwrap();
    session.send_line("has user:alice").unwrap();
    session.exp_string("\ntrue").unwrap();
    session.exp_string("documents> ").unwrap();
    leave(session);
    let history = fs::read_to_string(place.path("history")).unwrap();
    assert!(history.contains("scan\n") && history.contains("get nobody\n"), "{history}");
    assert_eq!(place.ok(&["keys"]), "list\nuser:alice\n");
}

#[test]
fn a_transaction_across_lines() {
    let place = Place::new();
    place.ok(&["set", "a", "1"]);
    let mut session = start(&place);
    session.exp_string("documents> ").unwrap();
    session.send_line("begin").unwrap();
    session.exp_string("documents*> ").unwrap();
    session.send_line("set b 2").unwrap();
    session.exp_string("documents*> ").unwrap();
    session.send_line("delete a").unwrap();
    session.exp_string("documents*> ").unwrap();
    session.send_line("get b").unwrap();
    session.exp_string("\n2").unwrap();
    session.exp_string("documents*> ").unwrap();
    session.send_line("scan").unwrap();
    session.exp_string("`commit` or `rollback` ends it").unwrap();
    session.exp_string("documents*> ").unwrap();
    // Nothing of it shows elsewhere before it is committed.
    assert_eq!(place.ok(&["keys"]), "a\n");
    session.send_line("commit").unwrap();
    session.exp_string("committed as version").unwrap();
    session.exp_string("documents> ").unwrap();
    assert_eq!(place.ok(&["keys"]), "b\n");
    session.send_line("begin").unwrap();
    session.send_line("delete b").unwrap();
    session.exp_string("documents*> ").unwrap();
    session.send_control('d').unwrap();
    session.exp_string("is rolled back").unwrap();
    session.exp_eof().unwrap();
    assert_eq!(place.ok(&["keys"]), "b\n");
}

/// Who comes second reads.
#[test]
fn a_store_that_is_open_is_followed() {
    let place = Place::new();
    place.ok(&["set", "a", "1"]);
    let store = folio::Store::open(place.path("app.folio")).unwrap();
    let mut session = start(&place);
    session.exp_string("is followed; nothing can be changed here").unwrap();
    session.exp_string("documents> ").unwrap();
    session.send_line("set b 2").unwrap();
    session.exp_string("close it there first").unwrap();
    session.exp_string("documents> ").unwrap();
    for script in ["set b 2", "delete a", "begin", "clear", "compact", "backup b"] {
        let ran = place.feed(&["interactive"], format!("get a\n{script}\n").as_bytes());
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(5), "1\n"), "{script}: {ran:?}");
        // The one that opens it says so, and the one that would write.
        assert_eq!(ran.stderr.matches("is open for writing").count(), 2, "{ran:?}");
    }
    store.documents("documents").unwrap().set("c", &3).unwrap();
    session.send_line("watch -n 1").unwrap();
    session.exp_string("watching").unwrap();
    store.documents("documents").unwrap().set("d", &4).unwrap();
    session.exp_string("\"put\"").unwrap();
    session.exp_string("documents> ").unwrap();
    leave(session);
}

#[test]
fn a_command_ends_and_the_session_goes_on() {
    let place = Place::new();
    let mut session = start(&place);
    session.exp_string("documents> ").unwrap();
    session.send_line("set a 1").unwrap();
    session.exp_string("documents> ").unwrap();
    for _ in 0..2 {
        session.send_line("watch").unwrap();
        session.exp_string("watching").unwrap();
        session.exp_string("ends it").unwrap();
        session.send_control('c').unwrap();
        session.exp_string("stopped").unwrap();
        session.exp_string("documents> ").unwrap();
    }
    session.send_line("get a").unwrap();
    session.exp_string("\n1").unwrap();
    session.exp_string("documents> ").unwrap();
    leave(session);
}

#[test]
fn a_script_ends_with_its_first_failure() {
    let place = Place::new();
    let script =
        "set a {\"x\":\n  1}\n# a comment\nbegin\nset b 2\ncommit\n.use other\nset c 3\nget c\n";
    let ran = place.feed(&["-q", "interactive"], script.as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.starts_with("committed as version") && ran.stdout.ends_with("\n3\n"));
    assert_eq!(place.ok(&["keys"]), "a\nb\n");
    // Lesson 19: errors in a session ended with 0.
    for (script, code, words) in [
        ("set d 4\nget nothing\nset e 5\n", 1, "line 2 failed"),
        ("set d {oops\n", 2, "line 1 failed"),
        ("commit\n", 2, "no transaction is open"),
        ("frobnicate\n", 2, "unrecognized subcommand"),
        ("begin\nset f 6\n", 0, "rolled back"),
        (".use new\nbegin\nset f 6\nget f\ndelete f\nget f\n", 1, "line 6 failed"),
        // As outside of one: of several keys one must be there.
        ("begin\nset f 6\ndelete f nothing\ndelete nothing nobody\n", 1, "line 4 failed"),
    ] {
        let ran = place.feed(&["interactive"], script.as_bytes());
        assert_eq!(ran.code, Some(code), "{script}: {ran:?}");
        assert!(ran.stderr.contains(words), "{script}: {ran:?}");
    }
    assert_eq!(place.ok(&["keys"]), "a\nb\nd\n");
    // Whatever is done first to what was there before, all else can be done behind it.
    for first in ["delete a", "batch\ndelete a", "begin\ndelete a\ncommit", "clear"] {
        place.ok(&["-c", "first", "set", "a", "1"]);
        let script = format!("{first}\n");
        let rest = if first.starts_with("batch") {
            ""
        } else {
            "set b 2\nget b\ndelete b\nclear\nset b 3\n"
        };
        let ran = place.feed(&["-q", "interactive", "-c", "first"], (script + rest).as_bytes());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{first}: {ran:?}");
    }
    // What reads stdin takes the rest of the script.
    for (script, keys) in [
        ("batch\nset g 1\nset h 2\n", "g\nh\n"),
        ("set g 1\nload --key id\nid,n\nh,1\ni,2\n", "g\nh\ni\n"),
    ] {
        let ran = place.feed(&["interactive", "-c", "rest"], script.as_bytes());
        assert_eq!(ran.code, Some(0), "{script}: {ran:?}");
        assert_eq!(place.ok(&["keys", "-c", "rest"]), keys);
        place.ok(&["-q", "clear", "-c", "rest"]);
    }
    let long = "x".repeat(10 << 20);
    let ran =
        place.feed(&["-q", "interactive"], format!("set long \"{long}\"\nhas long\n").as_bytes());
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "true\n"), "{}", ran.stderr);
}

#[test]
fn keys_are_asked_for_and_not_shown() {
    let place = Place::new();
    let run = |arguments: &[&str], typed: &[(&str, &str)]| {
        let mut command = place.program();
        command.args(arguments);
        let mut session = spawn_command(command, Some(LONGEST)).unwrap();
        let mut shown = String::new();
        for (prompt, text) in typed {
            shown += &session.exp_string(prompt).unwrap();
            session.send_line(text).unwrap();
        }
        shown += &session.exp_eof().unwrap();
        let WaitStatus::Exited(_, code) = session.process().wait().unwrap() else {
            panic!("it was killed: {shown}")
        };
        assert!(!shown.contains("horse"), "{shown}");
        (code, shown)
    };
    let (one, other) = ("correct horse battery staple", "another horse, of course");
    assert_eq!(run(&["--ask-key", "set", "a", "1"], &[("Key: ", one)]).0, 0);
    place.refused(6, "--ask-key", &["get", "a"]);
    assert_eq!(run(&["--ask-key", "get", "a"], &[("Key: ", other)]).0, 6);
    let rotate = ["--ask-key", "rotate-key"];
    let differ = [("New key: ", other), ("Once more: ", one)];
    assert_eq!(run(&rotate, &differ).0, 2);
    let agree = [("New key: ", other), ("Once more: ", other), ("Key: ", one)];
    assert_eq!(run(&rotate, &agree).0, 0);
    let (code, shown) = run(&["--ask-key", "get", "a"], &[("Key: ", other)]);
    assert!(code == 0 && shown.ends_with("1\r\n"), "{shown}");
}

#[test]
fn a_session_has_indexes_of_its_own() {
    let place = Place::new();
    let script = "\
set a {\"city\": \"Paris\", \"n\": 1}
set b {\"city\": \"London\", \"n\": 2}
set c {\"city\": \"Paris\", \"n\": 3}
.index city
count --where city=Paris
set b {\"city\": \"Paris\", \"n\": 2}
delete a
keys
scan --where city=Paris --where n>2 --fields key
find documents city=Paris --reverse --fields key
begin
set d {\"city\": \"Paris\"}
commit
count --where city=Paris
count --where city=London
--at 3 count --where city=Paris
.index city
.index n
.indexes
";
    let ran = place.feed(&["-q", "interactive"], script.as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let lines: Vec<&str> =
        ran.stdout.lines().filter(|line| !line.starts_with("committed")).collect();
    let expected = [
        "2",
        "b",
        "c",
        "{\"key\":\"c\"}",
        "{\"key\":\"c\"}",
        "{\"key\":\"b\"}",
        "3",
        "0",
        "1",
        "{\"collection\":\"documents\",\"field\":\"city\",\"records\":3,\"values\":1}",
        "{\"collection\":\"documents\",\"field\":\"n\",\"records\":3,\"values\":3}",
    ];
    assert_eq!(lines, expected, "{}", ran.stdout);
    place.feed(&["interactive"], b".use nowhere\n.index x\n").is_refused(1, "nowhere");
}
