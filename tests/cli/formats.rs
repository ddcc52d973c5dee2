//! Tables, comma-separated values, JSON and lines of JSON.

use crate::cities::Place;

fn filled() -> Place {
    let place = Place::new();
    let input = "set a {\"name\":\"Ada, \\\"Countess\\\"\",\"n\":1}\nset b {\"name\":\"東京\"}\nset c \"\\u001b[31mred\\n\"\nset d null\n";
    place.run_with(input, &["batch"]).done();
    place
}

#[test]
fn lines_of_json_are_what_a_pipe_gets() {
    let place = filled();
    let lines = place.out(&["scan"]);
    assert_eq!(lines, place.out(&["scan", "--jsonl"]));
    let values: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(values[0]["value"]["name"], "Ada, \"Countess\"");
    let array: Vec<serde_json::Value> =
        serde_json::from_str(&place.out(&["scan", "--json"])).unwrap();
    assert_eq!(array, values);
}

#[test]
fn nothing_is_an_array_too() {
    let place = filled();
    assert_eq!(place.out(&["scan", "-w", "n>9", "--json"]), "[]\n");
    for format in ["--jsonl", "--csv", "--table"] {
        assert_eq!(place.out(&["scan", "-w", "n>9", format]), "");
    }
}

#[test]
fn comma_separated_values_are_quoted_where_they_must_be() {
    let place = filled();
    assert_eq!(
        place.out(&["scan", "--csv", "--fields", "key,name,n"]),
        "key,name,n\na,\"Ada, \"\"Countess\"\"\",1\nb,東京,\nc,,\nd,,\n"
    );
    assert_eq!(
        place.out(&["scan", "--csv", "-n", "1"]),
        "key,value\na,\"{\"\"name\"\":\"\"Ada, \\\"\"Countess\\\"\"\"\",\"\"n\"\":1}\"\n"
    );
}

/// More rows than go out at once.
#[test]
fn comma_separated_values_have_one_head_and_every_row() {
    let place = Place::new();
    let rows: Vec<String> = (0..2_500).map(|n| format!("set {n:05} {{\"n\":{n}}}\n")).collect();
    place.run_with(&rows.concat(), &["batch"]).done();
    for count in [0, 1, 999, 1_000, 1_001, 2_000, 2_500] {
        let limit = count.to_string();
        let mut expected = vec!["key,n\n".to_owned()];
        expected.extend((0..count).map(|n| format!("{n:05},{n}\n")));
        let out = place.out(&["scan", "--csv", "--fields", "key,n", "-n", &limit]);
        // Where nothing is found there is no head, either.
        assert_eq!(out, if count == 0 { String::new() } else { expected.concat() }, "{count}");
    }
}

/// A letter of twice the width takes two columns, and a text can't move the cursor or colour the screen.
#[test]
fn tables_are_aligned_and_tame() {
    let place = filled();
    let table = place.out(&["scan", "--table", "--fields", "key,name,value"]);
    assert!(table.contains("│ b   ┆ 東京            ┆ {\"name\":\"東京\"} "), "{table}");
    assert!(table.contains("\\u{1b}[31mred\\n"), "{table}");
    assert!(!table.contains('\u{1b}'), "{table}");
    let small = place.out(&["scan", "--table", "--fields", "key,name", "-n", "2"]);
    let expected = "\
┌─────┬─────────────────┐
│ key ┆ name            │
╞═════╪═════════════════╡
│ a   ┆ Ada, \"Countess\" │
│ b   ┆ 東京            │
└─────┴─────────────────┘
";
    assert_eq!(small, expected);
}

/// Records of several forms, or documents of any, make the columns of all of them.
#[test]
fn records_make_the_columns() {
    let place = Place::with_cities();
    let csv = place.out(&["scan", "cities", "--csv", "-n", "2"]);
    assert_eq!(
        csv,
        "id,name,country,people,area,tags\n1,Oslo,NO,717710,454.0,[]\n2,Bergen,NO,291940,464.7,[]\n"
    );
}

#[test]
fn values_are_plain_unless_all_marks_are_wanted() {
    let place = Place::new();
    place.run(&["set", "a", "{\"$some\":{\"$char\":\"x\"}}"]).done();
    assert_eq!(place.out(&["get", "a"]), "\"x\"\n");
    assert_eq!(place.out(&["get", "a", "--exact"]), "{\"$some\":{\"$char\":\"x\"}}\n");
    assert_eq!(
        place.out(&["scan", "--exact"]),
        "{\"key\":\"a\",\"value\":{\"$some\":{\"$char\":\"x\"}}}\n"
    );
    place.run(&["set", "b", place.out(&["get", "a", "--exact"]).trim()]).done();
    assert_eq!(place.out(&["get", "b", "--exact"]), place.out(&["get", "a", "--exact"]));
}
