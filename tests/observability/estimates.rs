//! How near the estimates come to what is there.

use crate::of;
use folio::{Record, Result, Store};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "texts")]
struct Text {
    #[key]
    id: u64,
    text: String,
}

/// The size of a record of so many letters and its key, as they are encoded: the numbers of a test take
/// three bytes, and the length of a text two.
fn encoded(letters: u64) -> u64 {
    3 + 3 + 2 + letters
}

#[test]
fn the_encoded_size_is_exact_where_all_are_of_one_size() -> Result<()> {
    let store = Store::in_memory();
    let texts = store.collection::<Text>()?;
    let text = |id| Text { id, text: "x".repeat(300) };
    texts.put_all((20_000..22_000).map(text))?;
    assert_eq!(of(&store.stats(), "texts").encoded_bytes, 2_000 * encoded(300));
    texts.remove_range(20_000..21_500)?;
    assert_eq!(of(&store.stats(), "texts").encoded_bytes, 500 * encoded(300));
    Ok(())
}

#[test]
fn the_encoded_size_follows_records_that_grow() -> Result<()> {
    let store = Store::in_memory();
    let texts = store.collection::<Text>()?;
    let text = |id, letters| Text { id, text: "x".repeat(letters) };
    texts.put_all((20_000..22_000).map(|id| text(id, 200)))?;
    for _ in 0..12 {
        texts.put_all((20_000..22_000).map(|id| text(id, 2_000)))?;
    }
    let (found, exact) = (of(&store.stats(), "texts").encoded_bytes, 2_000 * encoded(2_000));
    assert!(found <= exact && found > exact / 100 * 95, "{found} of {exact}");
    Ok(())
}
