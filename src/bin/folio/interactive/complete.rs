//! What a line can go on with: commands, collections, keys, fields that have an index.

use crate::arguments::command_names;
use folio::{Snapshot, Store};

/// So many keys are offered, and so many are looked at for them.
const MOST_KEYS: usize = 50;
const MOST_LOOKED_AT: usize = 100_000;

/// The commands that take a key first.
const OF_KEYS: [&str; 5] = ["get", "has", "set", "delete", "history"];
/// The commands that take a collection first.
const OF_COLLECTIONS: [&str; 6] = ["scan", "find", "count", "schema", "watch", ".use"];
/// What there is beside commands.
const OTHERS: [&str; 9] =
    ["begin", "commit", "rollback", ".help", ".index", ".indexes", ".quit", ".timing", ".use"];

/// The words with which the part of a line before the cursor can go on, and where the last word begins in it.
///
/// `indexed` are the fields that have an index; one of them may begin a condition.
pub(super) fn candidates(
    store: &Store,
    collection: &str,
    indexed: &[String],
    before: &str,
) -> (usize, Vec<String>) {
    let begins = before.rfind(char::is_whitespace).map_or(0, |space| space + 1);
    let (head, word) = before.split_at(begins);
    let mut words = head.split_whitespace();
    let found = match (words.next(), words.last()) {
        (None, _) => {
            let commands = command_names().into_iter();
            commands.chain(OTHERS.map(str::to_owned)).collect()
        }
        (Some(_), Some("-c" | "--collection")) => collections(&store.snapshot()),
        (Some(_), Some("--where")) | (Some("find"), Some(_)) => {
            indexed.iter().map(|field| format!("{field}=")).collect()
        }
        (Some(command), None) if OF_COLLECTIONS.contains(&command) => {
            collections(&store.snapshot())
        }
        (Some(command), None) if OF_KEYS.contains(&command) => {
            keys(&store.snapshot(), collection, word)
        }
        _ => Vec::new(),
    };
    (begins, found.into_iter().filter(|found: &String| found.starts_with(word)).collect())
}

fn collections(snapshot: &Snapshot) -> Vec<String> {
    snapshot.collections().into_iter().map(|info| info.name).collect()
}

/// Keys that are texts without spaces and begin with a word.
fn keys(snapshot: &Snapshot, collection: &str, word: &str) -> Vec<String> {
    let Ok(values) = snapshot.values(collection) else { return Vec::new() };
    let keys = values.iter().take(MOST_LOOKED_AT).filter_map(|entry| {
        let key = entry.ok()?.0.as_str()?.to_owned();
        let is_plain = !key.contains(|letter: char| letter.is_whitespace() || letter == '"');
        (is_plain && key.starts_with(word)).then_some(key)
    });
    keys.take(MOST_KEYS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_on_with_what_can_be_there() {
        let store = Store::in_memory();
        let documents = store.documents("documents").unwrap();
        documents.set_all([("user:alice", 1), ("user:bob", 2), ("with space", 3)]).unwrap();
        store.documents("settings").unwrap();
        let indexed = ["city".to_owned(), "country".to_owned()];
        let candidates = |before| candidates(&store, "documents", &indexed, before);
        let fields = vec!["city=".to_owned(), "country=".to_owned()];
        assert_eq!(candidates("scan --where c"), (13, fields.clone()));
        assert_eq!(candidates("find documents "), (15, fields));
        assert_eq!(candidates("sc"), (0, vec!["scan".to_owned(), "schema".to_owned()]));
        assert_eq!(candidates("get user:a"), (4, vec!["user:alice".to_owned()]));
        assert_eq!(candidates("scan set"), (5, vec!["settings".to_owned()]));
        assert_eq!(candidates("count -c d"), (9, vec!["documents".to_owned()]));
        assert_eq!(candidates("get "), (4, vec!["user:alice".to_owned(), "user:bob".to_owned()]));
        assert_eq!(candidates("set user:alice {"), (15, Vec::new()));
        assert!(candidates("").1.contains(&"rollback".to_owned()));
    }
}
