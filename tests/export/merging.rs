//! What becomes of what is there.

use crate::{User, exported, sample, text, user};
use folio::{Error, Format, ImportOptions, Merge, Store};

/// Has user 2 and user 7; `typed` says whether their type is known.
fn target(directory: &tempfile::TempDir, typed: bool) -> Store {
    let store = Store::open(directory.path()).unwrap();
    store.collection::<User>().unwrap().insert_all([user(2, "two"), user(7, "seven")]).unwrap();
    store.close().unwrap();
    let store = Store::open(directory.path()).unwrap();
    if typed {
        store.collection::<User>().unwrap();
    }
    store
}

fn emails(store: &Store) -> Vec<String> {
    store.collection::<User>().unwrap().view().iter().map(|user| user.email.clone()).collect()
}

#[test]
fn the_default_refuses_keys_that_are_there_and_names_them() {
    let export = exported(&sample());
    for typed in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let store = target(&directory, typed);
        let error = store.import(export.as_slice(), Format::JsonLines).unwrap_err();
        let Error::NotImported { line, collection, key, source } = &error else {
            panic!("{error}")
        };
        assert_eq!((*line, collection.as_str(), key.as_deref()), (6, "users", Some("2")));
        assert!(matches!(**source, Error::KeyExists { .. }), "{source}");
        assert!(error.to_string().contains("line 6"), "{error}");
        assert_eq!(emails(&store), ["two", "seven"]);
    }
}

#[test]
fn others_are_kept_or_replaced() {
    let export = exported(&sample());
    for typed in [false, true] {
        for (merge, second) in [(Merge::Keep, "two"), (Merge::Replace, "2@example.org")] {
            let directory = tempfile::tempdir().unwrap();
            let store = target(&directory, typed);
            let imported = store.import(export.as_slice(), merge).unwrap();
            let users = &imported.collections[1];
            assert!(!users.created);
            let counts = (users.inserted, users.replaced, users.kept);
            assert_eq!(counts, if merge == Merge::Keep { (4, 0, 1) } else { (4, 1, 0) });
            assert_eq!(emails(&store)[1], second);
            assert_eq!(emails(&store).len(), 6);
            // Once more is no harm: how an import that failed is gone on with.
            store.import(export.as_slice(), merge).unwrap();
            assert_eq!(emails(&store).len(), 6);
        }
    }
}

#[test]
fn only_an_empty_collection_where_that_is_asked_for() {
    let export = exported(&sample());
    for typed in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let store = target(&directory, typed);
        let error = store.import(export.as_slice(), Merge::IntoEmpty).unwrap_err();
        assert!(
            matches!(&error, Error::NotImported { collection, key: None, .. } if collection == "users"),
            "{error}"
        );
        assert_eq!(emails(&store).len(), 2);
    }
    let store = Store::in_memory();
    store.collection::<User>().unwrap();
    store.import(export.as_slice(), Merge::IntoEmpty).unwrap();
    assert_eq!(emails(&store).len(), 5);
}

#[test]
fn a_unique_value_that_is_there_names_both_records() {
    let store = Store::in_memory();
    let users = store.collection::<User>().unwrap();
    users.insert(user(70, "3@example.org")).unwrap();
    let error = store.import(exported(&sample()).as_slice(), Merge::Replace).unwrap_err();
    let Error::NotImported { line: 7, key, source, .. } = &error else { panic!("{error}") };
    assert_eq!(key.as_deref(), Some("3"));
    assert!(
        matches!(&**source, Error::UniqueViolation { existing, .. } if existing == "70"),
        "{source}"
    );
    assert_eq!(users.len(), 1);
}

#[test]
fn what_was_committed_before_a_failure_stays_and_an_import_goes_on_from_there() {
    let export = exported(&sample());
    let cut = text(&export).split_inclusive('\n').take(8).collect::<String>();
    let store = Store::in_memory();
    let options = ImportOptions::new().batch_bytes(1);
    let error = store.import(cut.as_bytes(), options).unwrap_err();
    assert!(matches!(error, Error::NotAnExport { line: 9, .. }), "{error}");
    assert_eq!(store.values("users").unwrap().len(), 3);
    let imported = store.import(export.as_slice(), Merge::Keep).unwrap();
    assert_eq!((imported.collections[1].kept, imported.collections[1].inserted), (3, 2));
    assert_eq!(emails(&store).len(), 5);
}

#[test]
fn checking_touches_nothing() {
    let store = Store::in_memory();
    let export = exported(&sample());
    let imported = store.import(export.as_slice(), ImportOptions::new().check_only(true)).unwrap();
    assert_eq!(imported.records, 6);
    assert_eq!(store.version().number(), 0);
}

#[test]
fn a_key_that_is_there_twice_is_refused() {
    // In the same batch, and in the next.
    let export = exported(&sample());
    let twice = text(&export).replace("{\"id\":3,", "{\"id\":2,");
    for bytes in [1, 1 << 20] {
        let store = Store::in_memory();
        let error =
            store.import(twice.as_bytes(), ImportOptions::new().batch_bytes(bytes)).unwrap_err();
        assert!(
            matches!(&error, Error::NotImported { line: 7, key: Some(key), .. } if key == "2"),
            "{error}"
        );
    }
}

#[test]
fn a_read_only_store_takes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    Store::open(directory.path()).unwrap().close().unwrap();
    let store = Store::options().read_only(true).open(directory.path()).unwrap();
    let error = store.import(exported(&sample()).as_slice(), Merge::Keep).unwrap_err();
    assert!(matches!(error, Error::ReadOnly));
}
