//! `collections`, `schema`: what there is.

use crate::exit::Result;
use crate::output::Rows;
use crate::session::Session;
use crate::text::Stdout;
use crate::{json, rows};
use folio::Error;

pub(super) fn collections(session: Session<'_>) -> Result<()> {
    let snapshot = session.snapshot()?;
    let mut rows = Rows::new(&session.common().format);
    for info in snapshot.collections() {
        let holds = if info.holds_documents() { "documents" } else { "records" };
        // The first line of a schema says what is kept by which key: `User by u64`.
        let form = info.schema.lines().next().unwrap_or_default();
        rows.push(&[
            ("name", json::of_text(&info.name)),
            ("records", info.records.to_string()),
            ("holds", json::of_text(holds)),
            ("form", json::of_text(form)),
        ])?;
    }
    rows.finish()
}

pub(super) fn schema(session: Session<'_>, name: Option<&str>) -> Result<()> {
    let name = name.unwrap_or(&session.common().collection);
    let snapshot = session.snapshot()?;
    let missing = || Error::NotFound { collection: name.to_owned(), key: None };
    let info =
        rows::find(&snapshot, name).ok_or_else(|| session.of_collection(missing().into()))?;
    let mut out = Stdout::new();
    out.write(&info.schema)?;
    out.finish()
}
