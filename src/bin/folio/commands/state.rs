//! `stats`, `verify`: how a store is.

use crate::exit::{Failure, Result};
use crate::output::Rows;
use crate::session::Session;
use crate::text::{Stdout, print};
use crate::{json, time};
use folio::{Error, Report};
use std::path::Path;
use std::{fs, io};

pub(super) fn stats(session: Session<'_>, prometheus: bool) -> Result<()> {
    session.must_be_now()?;
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
    let (files, bytes) = on_disk(session.path()?)?;
    let opening = &stats.opening;
    let checkpoint = opening.checkpoint.map_or("null".to_owned(), |version| version.to_string());
    let mut rows = Rows::new(&session.common().format);
    for (name, value) in [
        ("version", snapshot.version().to_string()),
        ("time", json::of_text(&time::text(snapshot.time()))),
        ("ledger", store.is_ledger().to_string()),
        ("collections", collections.len().to_string()),
        ("records", records.to_string()),
        ("files", files.to_string()),
        ("bytes", bytes.to_string()),
        ("opened_from_checkpoint", checkpoint),
        ("opened_log_bytes", opening.log_bytes.to_string()),
        ("opening_ms", opening.duration.as_millis().to_string()),
    ] {
        rows.push(&[("name", json::of_text(name)), ("value", value)])?;
    }
    rows.finish()
}

/// How many files there are in a directory, and their size. A writer may remove some meanwhile.
fn on_disk(path: &Path) -> Result<(u64, u64)> {
    let failed = |source: io::Error| Failure::Io {
        what: format!("could not list `{}`", path.display()),
        source,
    };
    let (mut files, mut bytes) = (0, 0);
    for file in fs::read_dir(path).map_err(failed)? {
        match file.and_then(|file| file.metadata()) {
            Ok(metadata) => {
                files += 1;
                bytes += metadata.len();
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok((files, bytes))
}

pub(super) fn verify(session: Session<'_>) -> Result<()> {
    session.must_be_now()?;
    let path = session.path()?;
    let about = |error: Error| Failure::from(error).about(path);
    let verified = if let Some(store) = session.held_store() {
        let shown = session.goes_on("verifying");
        store.observed(|step| shown.step(step)).verify()
    } else {
        let options = session.options()?;
        let shown = session.goes_on("verifying");
        options.observed(|step| shown.step(step)).verify(path)
    };
    let report: Report = verified.map_err(about)?;
    print(report.to_string().trim_end())?;
    if report.is_intact() { Ok(()) } else { Err(Failure::Damaged) }
}
