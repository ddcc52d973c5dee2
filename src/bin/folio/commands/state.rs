//! `stats`, `verify`: how a store is.

use crate::exit::{Failure, Result};
use crate::output::{Rows, row};
use crate::session::Session;
use crate::text::{Stdout, print};
use crate::{json, time};
use folio::{Error, Report};

pub(super) fn stats(session: Session<'_>, prometheus: bool) -> Result<()> {
    let store = session.reader()?;
    let stats = store.stats();
    if prometheus {
        let mut out = Stdout::new();
        out.write(&stats.to_prometheus())?;
        return out.finish();
    }
    let snapshot = store.snapshot();
    let collections = snapshot.collections();
    let records: usize = collections.iter().map(|info| info.records).sum();
    let opening = &stats.opening;
    let checkpoint = opening.checkpoint.map_or("null".to_owned(), |version| version.to_string());
    let mut rows = Rows::new(&session.common().format);
    for (name, value) in [
        ("version", snapshot.version().to_string()),
        ("time", json::of_text(&time::text(snapshot.time()))),
        ("ledger", store.is_ledger().to_string()),
        ("collections", collections.len().to_string()),
        ("records", records.to_string()),
        ("memory_bytes", stats.memory_bytes.to_string()),
        ("opened_from_checkpoint", checkpoint),
        ("opened_log_bytes", opening.log_bytes.to_string()),
        ("opening_ms", opening.duration.as_millis().to_string()),
    ] {
        rows.push(&row([("name", json::of_text(name)), ("value", value)]))?;
    }
    rows.finish()
}

pub(super) fn verify(session: Session<'_>) -> Result<()> {
    let path = session.path()?;
    let about = |error: Error| Failure::from(error).about(path);
    let report: Report = session.options()?.verify(path).map_err(about)?;
    print(report.to_string().trim_end())?;
    if report.is_intact() { Ok(()) } else { Err(Failure::Damaged) }
}
