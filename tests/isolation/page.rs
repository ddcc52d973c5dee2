//! A table in a page of the documentation that is made by what the code does.

use std::fs;
use std::path::Path;

/// Compares the table under `head` in a page with the rows it should have. Where
/// `FOLIO_WRITE_TABLES` is set, writes them into the page.
///
/// # Panics
///
/// If the page has other rows, or no such table.
pub(crate) fn hold(page: &str, head: &str, rows: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = fs::read_to_string(&path).expect("the page can be read");
    let (before, rest) = text.split_once(head).expect("the page has the head of the table");
    let end = rest.find("\n\n").map_or(rest.len(), |end| end + 1);
    let (there, after) = rest.split_at(end);
    if std::env::var_os("FOLIO_WRITE_TABLES").is_some() {
        if there != rows {
            let text = [before, head, rows, after].concat();
            fs::write(&path, text).expect("the page can be written");
        }
        return;
    }
    assert_eq!(there, rows, "{page} says something else: FOLIO_WRITE_TABLES=1 writes it anew");
}
