//! `compact`, `backup`, `restore`, `repair`: keeping a store.

use crate::exit::{Failure, Result};
use crate::session::Session;
use crate::text::print;
use crate::time;
use folio::Error;
use std::path::Path;

pub(super) fn compact(session: Session<'_>) -> Result<()> {
    session.write(|store| {
        let shown = session.goes_on("compacting");
        Ok(store.observed(|step| shown.step(step)).compact()?)
    })
}

pub(super) fn backup(session: Session<'_>, directory: &Path) -> Result<()> {
    session.write(|store| {
        let shown = session.goes_on("backup");
        let info = store.observed(|step| shown.step(step)).backup(directory)?;
        drop(shown);
        let continued = match info.continues {
            Some(version) => format!(", continued from version {version}"),
            None => String::new(),
        };
        session.say(&format!(
            "version {} is in `{}`: {} bytes copied{continued}",
            info.version,
            directory.display(),
            info.copied_bytes
        ));
        Ok(())
    })
}

pub(super) fn restore(session: Session<'_>, backup: &Path, until: Option<&str>) -> Result<()> {
    let target = session.path()?;
    session.must_write()?;
    let options = session.options_elsewhere()?;
    let shown = session.goes_on("restoring");
    let options = options.observed(|step| shown.step(step));
    let restored = match until {
        Some(until) => options.restore_until(backup, target, time::when(until)?),
        None => options.restore(backup, target),
    };
    drop(shown);
    let version = restored.map_err(|error: Error| Failure::from(error).about(backup))?;
    session.say(&format!("version {version} is in `{}`", target.display()));
    session.tell_unused_key(target)
}

pub(super) fn repair(session: Session<'_>, target: &Path) -> Result<()> {
    let damaged = session.path()?;
    session.must_write()?;
    let about = |error: Error| Failure::from(error).about(damaged);
    let options = session.options_elsewhere()?;
    let shown = session.goes_on("repairing");
    let options = options.observed(|step| shown.step(step));
    let report = options.repair(damaged, target).map_err(about)?;
    drop(shown);
    print(report.to_string().trim_end())?;
    session.tell_unused_key(target)?;
    if report.is_complete() { Ok(()) } else { Err(Failure::Damaged) }
}
