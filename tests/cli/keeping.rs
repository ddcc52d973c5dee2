//! Backups, exports, repairs: a store's own upkeep.

use super::{Place, fill_shop};
use std::fs;

fn filled() -> Place {
    let place = Place::new();
    fill_shop(&place.path("app.folio"));
    place.ok(&["set", "a", "1"]);
    place
}

#[track_caller]
fn quiet(place: &Place, arguments: &[&str]) {
    let ran = place.run(&[&["--quiet"], arguments].concat());
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""), "{ran:?}");
}

#[test]
fn a_backup_is_continued_verified_and_restored() {
    let place = filled();
    quiet(&place, &["backup", "copy"]);
    let version = place.ok(&["stats", "--csv"]).lines().nth(1).unwrap().replace("version,", "");
    quiet(&place, &["set", "b", "2"]);
    quiet(&place, &["backup", "copy"]);
    assert!(place.ok(&["--file", "copy", "verify"]).starts_with("intact"));
    quiet(&place, &["--file", "back", "restore", "copy"]);
    assert_eq!(place.ok(&["--file", "back", "keys"]), "a\nb\n");
    quiet(&place, &["--file", "earlier", "restore", "copy", "--until", &version]);
    assert_eq!(place.ok(&["--file", "earlier", "keys"]), "a\n");
    // Nothing is ever written over.
    place.refused(3, "app.folio", &["restore", "copy"]);
    place.refused(2, "is a backup and not a store", &["--file", "copy", "keys"]);
    place.refused(2, "BACKUP.json", &["--file", "new", "restore", "app.folio"]);
}

#[test]
fn an_export_is_imported_elsewhere() {
    let place = filled();
    quiet(&place, &["export", "all.jsonl"]);
    place.refused(3, "all.jsonl", &["export", "all.jsonl"]);
    let text = place.ok(&["export"]);
    assert_eq!(fs::read_to_string(place.path("all.jsonl")).unwrap(), text);
    quiet(&place, &["--file", "new", "import", "all.jsonl"]);
    assert_eq!(place.ok(&["--file", "new", "count", "products"]), "3\n");
    let again = ["--file", "new", "import", "all.jsonl"];
    place.run(&again).is_refused(3, "that key is there already; --merge says");
    quiet(&place, &[&again[..], &["--merge", "keep"]].concat());
    quiet(&place, &["export", "some.jsonl", "--only", "products"]);
    let piped = place
        .feed(&["-q", "--file", "third", "import"], &fs::read(place.path("some.jsonl")).unwrap());
    assert_eq!(piped.code, Some(0));
    assert!(!place.ok(&["--file", "third", "collections"]).contains("documents"));

    let cut = &text[..text.len() - 40];
    fs::write(place.path("cut.jsonl"), cut).unwrap();
    place.refused(4, "", &["import", "cut.jsonl", "--check"]);
    quiet(&place, &["import", "all.jsonl", "--check"]);
    place.refused(7, "nowhere", &["import", "nowhere"]);
}

#[test]
fn damage_is_told_and_repaired() {
    let place = filled();
    let file = fs::read_dir(place.path("app.folio")).unwrap().map(|entry| entry.unwrap().path());
    let file =
        file.filter(|path| path.extension().is_some_and(|ending| ending == "log")).min().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.windows(5).position(|text| text == b"Cocoa").unwrap_or(bytes.len() / 2);
    bytes[at] ^= 1;
    fs::write(&file, &bytes).unwrap();
    place.refused(4, "is damaged at byte", &["keys"]);
    place.refused(4, "folio repair", &["set", "b", "2"]);
    let verified = place.run(&["verify"]);
    assert_eq!(verified.code, Some(4));
    assert!(verified.stdout.starts_with("damaged"), "{verified:?}");
    let repaired = place.run(&["repair", "saved"]);
    assert!(repaired.code == Some(0) || repaired.code == Some(4), "{repaired:?}");
    assert_eq!(place.ok(&["--file", "saved", "get", "a"]), "1\n");
    assert!(place.ok(&["--file", "saved", "verify"]).starts_with("intact"));
}

#[test]
fn a_store_is_compacted_and_tells_how_it_is() {
    let place = filled();
    for number in 0..20 {
        quiet(&place, &["set", "a", &number.to_string()]);
    }
    quiet(&place, &["compact"]);
    assert_eq!(place.ok(&["get", "a"]), "19\n");
    let stats = place.ok(&["stats", "--jsonl"]);
    assert!(stats.contains("{\"name\":\"records\",\"value\":4}"), "{stats}");
    assert!(place.ok(&["stats", "--prometheus"]).contains("# TYPE folio_"));
    assert!(place.ok(&["collections"]).contains("\"name\":\"products\",\"records\":3"));
}

#[test]
fn comma_separated_values_become_documents() {
    let place = Place::new();
    let text = "carrier,flight,delay,origin\nUA,1545,2.0,EWR\nUA,1714,,LGA\n\"B,6\",79,-5,\"a \"\"b\"\"\"\n";
    fs::write(place.path("flights.csv"), text).unwrap();
    let load = ["-c", "flights", "load", "flights.csv", "--key", "carrier,flight"];
    let ran = place.run(&load);
    assert_eq!(ran.stderr, "folio: 3 rows are in, 0 were kept as they were\n");
    let get = |key: &str| place.ok(&["-c", "flights", "get", key]);
    assert_eq!(
        get("UA:1545"),
        "{\"carrier\":\"UA\",\"flight\":1545,\"delay\":2.0,\"origin\":\"EWR\"}\n"
    );
    assert!(get("UA:1714").contains("\"delay\":null"));
    assert!(get("B,6:79").contains("\"origin\":\"a \\\"b\\\"\""));
    assert_eq!(place.ok(&["count", "flights", "-w", "delay<0"]), "1\n");

    place.run(&load).is_refused(3, "\"UA:1545\" is there already");
    quiet(&place, &[&load[..], &["--merge", "replace"]].concat());
    let ran = place.run(&[&load[..], &["--merge", "keep"]].concat());
    assert_eq!(ran.stderr, "folio: 0 rows are in, 3 were kept as they were\n");
    place.feed(&["load"], b"a,b,a\n1,2,3\n").is_refused(2, "there are two columns `a`");
    place.refused(2, "no column `tail`", &["load", "flights.csv", "--key", "tail"]);
    place.refused(7, "nowhere.csv", &["load", "nowhere.csv"]);

    // A row with too few cells ends it; what came before is there, and told.
    let ran = place.feed(&["-c", "rows", "load"], b"a,b\n1,2\n3\n4,5\n");
    ran.is_refused(2, "line: 3");
    assert!(ran.stderr.contains("1 rows are in"), "{ran:?}");
    assert_eq!(place.ok(&["-c", "rows", "keys"]), "000000000001\n");
    // And out again.
    let csv = place.ok(&["scan", "flights", "--csv", "--fields", "carrier,flight,delay,origin"]);
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.contains("\"B,6\",79,-5,\"a \"\"b\"\"\""), "{csv}");
}

#[test]
fn lines_of_json_become_documents() {
    let place = Place::new();
    let text = "\u{feff}\n{\"id\":1,\"at\":{\"gate\":\"B6\"}}\r\n\n {\"id\":2.5,\"at\":{\"gate\":\"C1\"},\"on\":true}";
    fs::write(place.path("gates"), text).unwrap();
    let ran = place.run(&["load", "gates", "--key", "at.gate,id"]);
    assert_eq!(ran.stderr, "folio: 2 rows are in, 0 were kept as they were\n");
    assert_eq!(place.ok(&["keys"]), "B6:1\nC1:2.5\n");
    assert_eq!(place.ok(&["get", "C1:2.5"]), "{\"id\":2.5,\"at\":{\"gate\":\"C1\"},\"on\":true}\n");
    place.run(&["load", "gates", "--key", "at.gate,id"]).is_refused(3, "\"B6:1\" is there already");
    // Without a key it is the number of the row, and not that of the line.
    quiet(&place, &["-c", "rows", "load", "gates"]);
    assert_eq!(place.ok(&["-c", "rows", "keys"]), "000000000001\n000000000002\n");
    // What `scan` prints can be loaded, too.
    let printed = place.ok(&["scan", "--jsonl", "--fields", "id,on"]);
    assert_eq!(place.feed(&["-q", "-c", "again", "load"], printed.as_bytes()).code, Some(0));
    assert_eq!(place.ok(&["count", "again", "-w", "on=true"]), "1\n");

    // What is no row ends it; what came before is there, and told.
    for (wrong, words) in [
        (&b"[1]"[..], "line 2: it is no object; `jq -c '.[]'`"),
        (b"7", "line 2: it is no object"),
        (b"{", "a row is all on one line: `jq -c .`"),
        (b"{\"id\":1,}", "line 2: the row is no JSON: expected a name in quotes"),
        (b"{\"id\":1,\"id\":2}", "line 2: the row has the name \"id\" twice"),
        (b"{\"n\":1}", "line 2: it has no text and no number in `id`, for the key"),
        (b"{\"id\":null}", "line 2: it has no text and no number in `id`"),
        (b"{\"id\":\"\xff\"}", "line 2: it is not text in UTF-8"),
    ] {
        let ran = place.feed(
            &["-c", "wrong", "load", "--key", "id", "--merge", "replace"],
            &[b"{\"id\":\"a\"}\n", wrong, b"\n{\"id\":\"b\"}\n"].concat(),
        );
        ran.is_refused(2, words);
        assert!(ran.stderr.contains("1 rows are in"), "{ran:?}");
        assert_eq!(place.ok(&["-c", "wrong", "keys"]), "a\n");
    }
    place.feed(&["import"], b"{\"id\":1}\n").is_refused(4, "are for `folio load`");
}

#[test]
fn cells_may_have_something_else_between_them() {
    let place = Place::new();
    for (name, delimiter, text) in [
        ("semicolon", ";", "id;text\n1;\"a;\nb\"\n"),
        ("tab", "tab", "id\ttext\n1\t\"a\t\nb\"\n"),
        ("bar", "|", "\u{feff}\"id\"|text\n1|\"a|\nb\"\n"),
    ] {
        let load = ["-q", "-c", name, "load", "--key", "id"];
        let advice = format!(
            "give `--delimiter {}`",
            if name == "tab" { "tab".to_owned() } else { format!("'{delimiter}'") }
        );
        place.feed(&load, text.as_bytes()).is_refused(2, &advice);
        let told = [&load[..], &["--delimiter", delimiter]].concat();
        let ran = place.feed(&told, text.as_bytes());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(place.ok(&["-c", name, "count", "-w", "text*=b"]), "1\n");
        let open = text.replace("b\"", "b");
        place.feed(&told, open.as_bytes()).is_refused(2, "ends within quotes");
    }
    // It may be one column all the same, and lines of JSON may be cells.
    let ran = place.feed(&["-q", "-c", "one", "load", "--delimiter", ","], b"a;b\n1\n");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran =
        place.feed(&["-q", "-c", "one", "load", "--as", "csv", "--merge", "replace"], b"{a}\n1\n");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(place.ok(&["scan", "one"]), "{\"key\":\"000000000001\",\"value\":{\"{a}\":1}}\n");
    let both = ["load", "--as", "jsonl", "--delimiter", ";"];
    place.feed(&both, b"{}\n").is_refused(2, "--delimiter is about cells");
    for delimiter in ["", ";;", "\"", "a", "é"] {
        place.refused(2, "one character that is no letter", &["load", "--delimiter", delimiter]);
    }
}
