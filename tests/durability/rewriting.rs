//! What a type of today makes of the records of an earlier one stays made: over reopening, updates and
//! removals. All types of changes are in `tests/evolution`; these are the few in which a record could
//! come back from the dead, or be another at each opening.

use super::place;
use folio::{Record, Result, Store};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users")]
#[serde(rename = "User")]
struct Plain {
    #[key]
    id: u8,
    name: String,
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users")]
#[serde(rename = "User")]
struct Ticketed {
    #[key]
    id: u8,
    name: String,
    #[serde(default = "next_ticket")]
    ticket: u64,
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users")]
#[serde(rename = "User")]
struct Wide {
    #[key]
    id: u64,
    name: String,
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "users")]
#[serde(rename = "User")]
struct Turned {
    name: String,
    #[key]
    id: u8,
}

/// A default that is another each time.
fn next_ticket() -> u64 {
    static TICKETS: AtomicU64 = AtomicU64::new(1);
    TICKETS.fetch_add(1, Ordering::Relaxed)
}

/// A store with users of the earliest type.
fn write_plain(path: &Path) -> Result<()> {
    let store = Store::open(path)?;
    let users = store.collection::<Plain>()?;
    users.put_all([1, 2, 200, 201].map(|id| Plain { id, name: format!("user {id}") }))?;
    store.close()
}

/// All records, as a program of this type finds them at its start.
fn read<T: Record>(path: &Path) -> Result<Vec<T>> {
    let store = Store::open(path)?;
    let records = store.collection::<T>()?.view().iter().cloned().collect();
    store.close()?;
    Ok(records)
}

#[test]
fn what_was_filled_in_once_stays() -> Result<()> {
    let (_directory, path) = place();
    write_plain(&path)?;
    let filled = read::<Ticketed>(&path)?;
    assert_eq!(filled.len(), 4);
    assert_eq!(read::<Ticketed>(&path)?, filled);
    Ok(())
}

/// The wider type writes keys of one byte in two. The last operation on a key is found by its bytes: a
/// key that is there in two spellings is two keys.
#[test]
fn what_was_removed_under_a_wider_key_is_gone() -> Result<()> {
    let (_directory, path) = place();
    write_plain(&path)?;
    let store = Store::open(&path)?;
    let users = store.collection::<Wide>()?;
    users.remove(&200)?;
    users.update(&201, |user| user.name = "changed".to_owned())?;
    store.close()?;
    let users = read::<Wide>(&path)?;
    let found: Vec<_> = users.iter().map(|user| (user.id, user.name.as_str())).collect();
    assert_eq!(found, [(1, "user 1"), (2, "user 2"), (201, "changed")]);
    Ok(())
}

/// Each operation is read by the form that it was written in, and of several on one key the last
/// counts, whichever forms they have.
#[test]
fn what_was_written_by_several_types_is_read_in_order() -> Result<()> {
    let (_directory, path) = place();
    write_plain(&path)?;
    let store = Store::open(&path)?;
    let users = store.collection::<Turned>()?;
    users.update(&1, |user| user.name = "turned".to_owned())?;
    users.remove(&2)?;
    users.remove(&200)?;
    users.put(Turned { name: "again".to_owned(), id: 200 })?;
    store.close()?;
    let users = read::<Plain>(&path)?;
    let found: Vec<_> = users.iter().map(|user| (user.id, user.name.as_str())).collect();
    assert_eq!(found, [(1, "turned"), (200, "again"), (201, "user 201")]);
    Ok(())
}
