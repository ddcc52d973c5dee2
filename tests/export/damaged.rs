//! Exports that were cut or changed, and bytes that are no export.

use crate::{exported, import_error, sample, text};
use folio::{Error, ImportOptions, Store};
use proptest::prelude::*;

#[test]
fn every_cut_is_found() {
    let export = exported(&sample());
    for length in 0..export.len() {
        let error = import_error(&export[..length]);
        assert!(matches!(error, Error::NotAnExport { .. }), "cut to {length}: {error}");
    }
}

#[test]
fn every_altered_byte_is_found() {
    let export = exported(&sample());
    for place in 0..export.len() {
        let mut altered = export.clone();
        altered[place] ^= 1;
        let error = import_error(&altered);
        let is_clear = matches!(error, Error::NotAnExport { .. } | Error::NotImported { .. });
        assert!(is_clear, "at {place}: {error}");
    }
}

#[test]
fn lines_that_are_gone_doubled_or_moved_are_found() {
    let export = exported(&sample());
    let lines: Vec<&str> = text(&export).lines().collect();
    let joined = |lines: &[&str]| lines.join("\n") + "\n";
    assert_eq!(joined(&lines).as_bytes(), export);
    for place in 0..lines.len() {
        let mut gone = lines.clone();
        gone.remove(place);
        import_error(joined(&gone).as_bytes());
        let mut doubled = lines.clone();
        doubled.insert(place, lines[place]);
        import_error(joined(&doubled).as_bytes());
        if place > 0 {
            let mut moved = lines.clone();
            moved.swap(place - 1, place);
            import_error(joined(&moved).as_bytes());
        }
    }
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    let endless = std::io::Read::chain("{\"a\":\"".as_bytes(), std::io::repeat(b'x'));
    let options = ImportOptions::new().max_line_bytes(100_000);
    let error = Store::in_memory().import(endless, options).unwrap_err();
    assert!(error.to_string().contains("a line of at most 100000 bytes"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Bytes anywhere, and none of them panics.
    #[test]
    fn nothing_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut export = exported(&sample());
        for (place, byte) in changes {
            let place = place.index(export.len());
            export[place] = byte;
        }
        let store = Store::in_memory();
        let _ = store.import(export.as_slice(), ImportOptions::new());
        for collection in store.collections() {
            if let Ok(values) = store.values(&collection.name) {
                values.iter().for_each(drop);
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        import_error(&bytes);
    }
}
