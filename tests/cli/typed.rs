//! Typed collections, without their Rust types.

use super::{Place, Product, fill_shop, product};
use folio::Store;

fn shop() -> Place {
    let place = Place::new();
    fill_shop(&place.path("app.folio"));
    place
}

#[test]
fn records_are_shown_and_searched() {
    let place = shop();
    let tea = "{\"sku\":\"tea\",\"name\":\"Tea\",\"shelf\":2,\"cents\":250,\"tags\":[\"hot\",\"drink\"]}\n";
    assert_eq!(place.ok(&["-c", "products", "get", "tea"]), tea);
    assert_eq!(place.ok(&["-c", "products", "keys"]), "bread\ncocoa\ntea\n");
    assert!(place.ok(&["schema", "products"]).contains("shelf: u32"));
    let skus = |arguments: &[&str]| -> String {
        let rows =
            place.ok(&[&["scan", "products", "--csv", "--fields", "sku"], arguments].concat());
        rows.lines().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(skus(&[]), "bread cocoa tea");
    assert_eq!(skus(&["--where", "shelf=2"]), "cocoa tea");
    assert_eq!(skus(&["--where", "shelf=2", "-w", "cents<300"]), "tea");
    assert_eq!(skus(&["-w", "tags*=hot", "--order", "cents", "--reverse"]), "cocoa tea");
    assert_eq!(skus(&["--order", "name", "-n", "2"]), "bread cocoa");
    assert_eq!(skus(&["--from", "cocoa"]), "cocoa tea");
    assert_eq!(skus(&["--to", "cocoa"]), "bread");
    assert_eq!(skus(&["--prefix", "t"]), "tea");
    assert_eq!(place.ok(&["count", "products", "-w", "cents>=310"]), "2\n");
    assert_eq!(place.ok(&["find", "products", "tags.0=hot", "name!=Cocoa"]), tea);
    let found = place.run(&["find", "products", "name=Tee"]);
    assert_eq!((found.code, found.stdout.as_str()), (Some(1), ""));
    place.refused(1, "no collection `product`", &["scan", "product"]);
}

#[test]
fn a_session_searches_them_by_indexes_of_its_own() {
    let place = shop();
    let script = ".use products\n.index shelf\n.index tags\ncount --where shelf=2\nput {\"sku\": \"mate\", \"name\": \"Mate\", \"shelf\": 2, \"cents\": 390, \"tags\": []}\n\
        scan --where shelf=2 --fields sku\nfind products tags*=hot shelf=2 --fields sku -n 1\ndelete tea\ncount --where shelf=2\nget mate\n.indexes\n";
    let ran = place.feed(&["-q", "--csv", "interactive"], script.as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let mate = "{\"sku\":\"mate\",\"name\":\"Mate\",\"shelf\":2,\"cents\":390,\"tags\":[]}";
    let expected = format!(
        "2\nsku\ncocoa\nmate\ntea\nsku\ncocoa\n2\n{mate}\ncollection,field,records,values\nproducts,shelf,3,2\nproducts,tags,3,3\n"
    );
    assert_eq!(ran.stdout, expected);
    // Beside the program that has the store.
    let store = Store::open(place.path("app.folio")).unwrap();
    let products = store.collection::<Product>().unwrap();
    products.remove("mate").unwrap();
    let script = ".use products\n.index shelf\ncount --where shelf=2\n.indexes\n";
    let ran = place.feed(&["-q", "interactive"], script.as_bytes());
    assert_eq!((ran.code, ran.stdout.lines().next()), (Some(0), Some("1")), "{ran:?}");
}

#[test]
fn records_are_changed_and_held_against_their_type() {
    let place = shop();
    let put = |json: &str| place.run(&["-c", "products", "put", json]);
    let mate = r#"{"tags": [], "sku": "mate", "name": "Mate", "cents": 390, "shelf": 2}"#;
    assert_eq!(put(mate).code, Some(0));
    assert_eq!(put(&mate.replace("390", "400")).code, Some(0));
    for (json, words) in [
        (mate.replace("390", "\"cheap\""), "cents"),
        (mate.replace("390", "-1"), "cents"),
        (mate.replace(", \"cents\": 390", ""), "cents"),
        (mate.replace('}', ", \"colour\": \"green\"}"), "colour"),
    ] {
        put(&json).is_refused(3, words);
    }
    put("{oops").is_refused(2, "no JSON");
    place.refused(2, "typed records", &["-c", "products", "set", "tea", "1"]);
    assert_eq!(place.run(&["-q", "-c", "products", "delete", "tea", "bread"]).code, Some(0));
    let batch = "put {\"sku\": \"oil\", \"name\": \"Oil\", \"shelf\": 3, \"cents\": 700, \"tags\": []}\ndelete cocoa\n";
    assert_eq!(place.feed(&["-q", "-c", "products", "batch"], batch.as_bytes()).code, Some(0));

    // The program that has the type finds all of it, by its indexes too.
    let store = Store::open(place.path("app.folio")).unwrap();
    let products = store.collection::<Product>().unwrap();
    let all: Vec<_> = products.view().iter().cloned().collect();
    let expected = [product("mate", "Mate", 2, 400, &[]), product("oil", "Oil", 3, 700, &[])];
    assert_eq!(all, expected);
    assert_eq!(products.view().by(Product::SHELF).get(&2).count(), 1);
}

#[test]
fn keys_of_other_types_are_json() {
    #[derive(folio::Record, serde::Serialize, serde::Deserialize, Clone)]
    #[record(name = "seats")]
    struct Seat {
        #[key]
        row: u32,
        #[key]
        letter: char,
    }

    let place = Place::new();
    let store = Store::open(place.path("app.folio")).unwrap();
    store.collection::<Seat>().unwrap().put(Seat { row: 12, letter: 'C' }).unwrap();
    store.close().unwrap();
    drop(store);
    assert_eq!(place.ok(&["-c", "seats", "get", "[12, \"C\"]"]), "{\"row\":12,\"letter\":\"C\"}\n");
    assert_eq!(place.ok(&["-c", "seats", "keys"]), "[12,\"C\"]\n");
    for key in ["12", "[12]", "[-1,\"C\"]", "[12,\"CC\"]", "x"] {
        place.refused(2, "no key of this collection", &["-c", "seats", "get", key]);
    }
    assert_eq!(place.run(&["-q", "-c", "seats", "delete", "[12,\"C\"]"]).code, Some(0));
    assert_eq!(place.ok(&["count", "seats"]), "0\n");
}

#[test]
fn the_past_is_there() {
    let place = shop();
    let put = r#"{"sku":"tea","name":"Tea","shelf":2,"cents":300,"tags":[]}"#;
    place.ok(&["-c", "products", "put", put]);
    assert_eq!(place.run(&["-q", "-c", "products", "delete", "tea"]).code, Some(0));
    let history = place.ok(&["-c", "products", "history", "tea"]);
    let rows: Vec<serde_json::Value> =
        history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let cents: Vec<_> = rows.iter().map(|row| row["value"]["cents"].as_u64()).collect();
    assert_eq!(cents, [Some(250), Some(300), None]);
    assert_eq!(rows[2]["change"], "removed");
    let version = rows[1]["version"].to_string();
    assert!(
        place.ok(&["-c", "products", "--at", &version, "get", "tea"]).contains("\"cents\":300")
    );
    let time = rows[0]["time"].as_str().unwrap();
    assert!(place.ok(&["-c", "products", "--at", time, "get", "tea"]).contains("\"cents\":250"));
    place.refused(1, "99", &["--at", "99", "scan", "products"]);
    place.refused(2, "no version and no time", &["--at", "yesterday", "scan", "products"]);
    place.refused(2, "--at does not allow", &["--at", "1", "set", "a", "1"]);
}
