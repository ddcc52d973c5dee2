//! Documents: set, get, has, keys, delete, clear, batch.

use super::Place;

#[test]
fn what_is_set_is_there_until_it_is_deleted() {
    let place = Place::new();
    assert_eq!(place.ok(&["set", "greeting", "\"hello\""]), "");
    assert_eq!(place.ok(&["get", "greeting"]), "\"hello\"\n");
    assert_eq!(place.ok(&["get", "--raw", "greeting"]), "hello\n");
    assert_eq!(place.ok(&["has", "greeting"]), "true\n");
    place.ok(&["set", "greeting", "[1, 2.5, null, {\"a\": true}]"]);
    assert_eq!(place.ok(&["get", "greeting"]), "[1,2.5,null,{\"a\":true}]\n");
    let deleted = place.run(&["--quiet", "delete", "greeting"]);
    assert_eq!((deleted.code, deleted.stderr.as_str()), (Some(0), ""));
    place.refused(1, "nothing under \"greeting\"", &["get", "greeting"]);
    let had = place.run(&["has", "greeting"]);
    assert_eq!((had.code, had.stdout.as_str()), (Some(1), "false\n"));
    place.refused(1, "nothing under", &["delete", "greeting"]);
}

/// Whatever a shell lets through is a key.
#[test]
fn any_text_is_a_key() {
    let place = Place::new();
    let keys = ["", " ", "-", "-n", "--help me", "a b", "\"quoted\"", "ключ", "🦀\n\t", "{}", "7"];
    for (number, key) in keys.iter().enumerate() {
        place.ok(&["set", "--", key, &number.to_string()]);
    }
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(place.ok(&["get", "--", key]), format!("{number}\n"), "{key:?}");
    }
    assert_eq!(place.ok(&["count"]), format!("{}\n", keys.len()));
    // Each is told apart in what a program reads.
    let rows = place.ok(&["scan", "--jsonl"]);
    assert_eq!(rows.lines().count(), keys.len());
    for row in rows.lines() {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let key = row["key"].as_str().unwrap();
        let number = usize::try_from(row["value"].as_u64().unwrap()).unwrap();
        assert_eq!(keys[number], key);
    }
}

#[test]
fn keys_are_listed_in_their_order() {
    let place = Place::new();
    for key in ["b", "a:2", "a:1", "c"] {
        place.ok(&["set", key, "0"]);
    }
    assert_eq!(place.ok(&["keys"]), "a:1\na:2\nb\nc\n");
    assert_eq!(place.ok(&["keys", "--prefix", "a:"]), "a:1\na:2\n");
    assert_eq!(place.ok(&["keys", "-n", "1"]), "a:1\n");
    let cleared = place.run(&["clear"]);
    assert_eq!((cleared.code, cleared.stderr.as_str()), (Some(0), "folio: 4 keys removed\n"));
    assert_eq!(place.ok(&["keys"]), "");
}

#[test]
fn a_batch_is_one_commit_or_nothing() {
    let place = Place::new();
    let input = "# a comment\n\nset a 1\nset \"b c\" {\"d\": [2]}\nset gone 3\ndelete gone\n";
    let ran = place.feed(&["batch"], input.as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), "folio: 4 changes made\n"));
    assert_eq!(place.ok(&["keys"]), "a\nb c\n");
    let commits = place.ok(&["log", "--jsonl"]).lines().count();
    for (input, code, words) in [
        ("set x 1\nset y {\n", 2, "line 2: the value is no JSON"),
        ("set x 1\nfrobnicate\n", 2, "line 2: expected `set KEY JSON`"),
        ("set x 1\nput {\"key\": 1}\n", 3, "line 2:"),
    ] {
        place.feed(&["batch"], input.as_bytes()).is_refused(code, words);
    }
    place.feed(&["batch"], b"set x \"\xff\"\n").is_refused(2, "UTF-8");
    assert_eq!(place.ok(&["log", "--jsonl"]).lines().count(), commits, "nothing was committed");
}

/// Lesson 19: a long line ended a session without a word.
#[test]
fn a_line_of_ten_megabytes_is_a_line() {
    let place = Place::new();
    let text = "x".repeat(10 << 20);
    let input = format!("set before 1\nset long \"{text}\"\nset behind 2\n");
    let ran = place.feed(&["--quiet", "batch"], input.as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(place.ok(&["get", "-r", "long"]).trim_end().len(), text.len());
    assert_eq!(place.ok(&["keys"]), "before\nbehind\nlong\n");
    let ran = place.feed(&["set", "again", "-"], format!("\"{text}\"\n").as_bytes());
    assert_eq!(ran.code, Some(0));
    assert_eq!(place.ok(&["get", "-r", "again"]).trim_end().len(), text.len());
}

#[test]
fn rows_come_in_four_forms() {
    let place = Place::new();
    place.ok(&["set", "a", "{\"n\": 1, \"text\": \"x, \\\"y\\\"\"}"]);
    place.ok(&["set", "b", "\"wide: 漢字\""]);
    let lines = "{\"key\":\"a\",\"value\":{\"n\":1,\"text\":\"x, \\\"y\\\"\"}}\n{\"key\":\"b\",\"value\":\"wide: 漢字\"}\n";
    assert_eq!(place.ok(&["scan"]), lines, "lines of JSON where nobody looks on");
    assert_eq!(place.ok(&["scan", "--jsonl"]), lines);
    let array: serde_json::Value = serde_json::from_str(&place.ok(&["scan", "--json"])).unwrap();
    assert_eq!(array.as_array().unwrap().len(), 2);
    let fields = place.ok(&["scan", "--csv", "--fields", "key,n,text"]);
    assert_eq!(fields, "key,n,text\na,1,\"x, \"\"y\"\"\"\nb,,\n");
    let table = place.ok(&["scan", "--table", "--fields", "key,value"]);
    let widths: Vec<usize> = table.lines().map(width).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
    assert_eq!(place.ok(&["scan", "--json", "--where", "n=9"]), "[]\n");
}

/// How many columns a line takes on a screen: letters of these texts beyond U+2E80 take two.
fn width(line: &str) -> usize {
    line.chars().map(|letter| if letter > '\u{2e80}' { 2 } else { 1 }).sum()
}
