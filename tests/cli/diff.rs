//! `log --diff`, `history --diff`: which fields were changed, and by whom.

use super::Place;
use super::{Product, product};
use folio::Store;
use serde_json::{Value, json};

/// The rows, without what differs from run to run.
fn rows(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let ran = place.run(&[arguments, &["--jsonl"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let rows = ran.stdout.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        assert!(row["time"].is_string() && row["version"].is_u64(), "{row}");
        json!([row["key"], row["change"], row["field"], row["old"], row["new"]])
    });
    rows.collect()
}

#[test]
fn each_field_that_differs_is_a_row() {
    let place = Place::new();
    for arguments in [
        &["set", "ada", r#"{"name":"Ada","address":{"city":"Paris"},"tags":["a"]}"#][..],
        &["set", "ada", r#"{"name":"Ada","address":{"city":"London"},"tags":["a","b"]}"#],
        &["set", "bob", "1"],
        &["set", "ada", r#"{"tags":["a","b"],"name":"Ada","address":{"city":"London"}}"#],
        &["set", "ada", r#"{"address":null,"tags":["a","b"]}"#],
    ] {
        place.ok(arguments);
    }
    place.run(&["delete", "ada"]);
    let first = json!({"name": "Ada", "address": {"city": "Paris"}, "tags": ["a"]});
    let last = json!({"address": null, "tags": ["a", "b"]});
    let of_ada = vec![
        json!(["ada", "added", null, null, first]),
        json!(["ada", "changed", "address.city", "Paris", "London"]),
        json!(["ada", "added", "tags.1", null, "b"]),
        json!(["ada", "same", null, null, null]),
        json!(["ada", "removed", "name", "Ada", null]),
        json!(["ada", "changed", "address", {"city": "London"}, null]),
        json!(["ada", "removed", null, last, null]),
    ];
    assert_eq!(rows(&place, &["history", "ada", "--diff"]), of_ada);
    let mut all = of_ada.clone();
    all.insert(3, json!(["bob", "added", null, null, 1]));
    assert_eq!(rows(&place, &["log", "--diff"]), all);
    // What was before the first commit that is shown is known nevertheless.
    assert_eq!(rows(&place, &["log", "--diff", "-n", "2"]), all[5..]);
    assert_eq!(rows(&place, &["log", "--diff", "-n", "2", "--at", "3"]), all[..3]);
    let table = place.ok(&["history", "ada", "--diff", "--table"]);
    assert!(table.contains("┆ address.city ┆ Paris"), "{table}");
    place.refused(1, "has anything under", &["history", "nobody", "--diff"]);
    place.refused(2, "cannot be used with", &["log", "--diff", "--full"]);
}

/// What a checkpoint has taken out of the log is still what was before.
#[test]
fn a_log_that_was_cut_knows_what_was_before() {
    let place = Place::new();
    place.ok(&["set", "a", "1"]);
    place.ok(&["compact"]);
    place.ok(&["set", "a", "2"]);
    assert_eq!(rows(&place, &["history", "a", "--diff"]), [json!(["a", "changed", null, 1, 2])]);
}

#[test]
fn who_changed_a_typed_record_is_told() {
    let place = Place::new();
    let store = Store::open(place.path("app.folio")).unwrap();
    let products = store.collection::<Product>().unwrap();
    products.insert_all([product("tea", "Tea", 2, 250, &[])]).unwrap();
    let changed = product("tea", "Tea", 3, 275, &["hot"]);
    let transaction = store.transaction().meta("actor", "ada");
    transaction.run(|tx| tx.collection::<Product>()?.put(changed.clone())).unwrap();
    let lines = place.ok(&["-c", "products", "history", "tea", "--diff", "--jsonl"]);
    let fields: Vec<Value> = lines
        .lines()
        .skip(1)
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            json!([row["field"], row["old"], row["new"], row["meta"]["actor"]])
        })
        .collect();
    assert_eq!(
        fields,
        [
            json!(["shelf", 2, 3, "ada"]),
            json!(["cents", 250, 275, "ada"]),
            json!(["tags.0", null, "hot", "ada"]),
        ]
    );
    // What is removed all at once is removed one by one.
    store.close().unwrap();
    place.run(&["-c", "products", "clear"]);
    let removed = rows(&place, &["log", "--diff", "-n", "1"]);
    assert_eq!(
        (removed.len(), &removed[0][1], &removed[0][3]["cents"]),
        (1, &"removed".into(), &275.into())
    );
}
