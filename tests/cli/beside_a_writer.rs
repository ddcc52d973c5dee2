//! A store that another process has open for writing is read beside it.

use crate::cities::{City, Place, city};
use folio::Store;

#[test]
fn commands_that_read_follow_the_writer() {
    let place = Place::with_cities();
    let writer = Store::open(place.path("app.folio")).unwrap();
    let written = writer.collection::<City>().unwrap();
    writer.documents("documents").unwrap().set("a", &1).unwrap();
    written.put(city(9, "Rome", "IT", None, 1285.0)).unwrap();

    assert_eq!(place.out(&["get", "a"]), "1\n");
    assert_eq!(place.out(&["has", "a"]), "true\n");
    assert_eq!(place.out(&["keys"]), "a\n");
    assert_eq!(place.out(&["count", "cities"]), "5\n");
    assert_eq!(place.out(&["find", "cities", "name=Rome", "--fields", "id"]), "{\"id\":9}\n");
    assert_eq!(place.out(&["collections"]).lines().count(), 2);
    assert!(place.out(&["log"]).lines().count() > 2);
    assert_eq!(place.out(&["-c", "cities", "history", "9"]).lines().count(), 1);
    assert!(place.out(&["stats"]).contains("{\"name\":\"records\",\"value\":6}"));
    assert!(place.out(&["export"]).contains("Rome"));

    // The next command sees the next commit.
    written.remove(&9).unwrap();
    assert_eq!(place.run(&["find", "cities", "name=Rome"]).code, 1);
    place.run(&["set", "a", "2"]).failed(5, "is open for writing ");
    writer.close().unwrap();
    place.run(&["set", "a", "2"]).done();
}
