//! `export`, `import`: lines of JSON, out of a store and into one.

use super::counted;
use crate::arguments::MergeBy;
use crate::exit::{Failure, Result};
use crate::interrupt;
use crate::progress::{Ended, Progress};
use crate::session::{Session, key_in};
use folio::{Error, ExportOptions, ImportOptions, Imported, Merge, Store};
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

pub(super) fn export(
    session: Session<'_>,
    output: Option<&Path>,
    only: &[String],
    key_file: Option<&Path>,
) -> Result<()> {
    let store = session.path()?;
    let snapshot = session.snapshot()?;
    let mut options = ExportOptions::new();
    if !only.is_empty() {
        options = options.collections(only.iter().cloned());
    }
    if let Some(file) = key_file {
        options = options.encryption(key_in(file)?);
    }
    let Some(path) = output else {
        let is_hidden = session.common().quiet || Progress::would_be_in_the_way();
        let shown = Progress::of_records(is_hidden, "exporting");
        let out = Ended::new(BufWriter::new(io::stdout().lock()));
        let exported = snapshot.export(out, options.progress(|to| shown.reached(to))).map(drop);
        shown.end();
        return exported.map_err(|error| interrupt::unless_asked(of_writing(error).about(store)));
    };
    let failed = |source: io::Error| Failure::Io {
        what: format!("could not write the export to `{}`", path.display()),
        source,
    };
    // A file that is there may be an export that somebody needs.
    let file = File::create_new(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => Failure::Constraint(format!(
            "`{}` is there already; name another file, or remove it first",
            path.display()
        )),
        _ => failed(source),
    })?;
    let _gently = interrupt::gently();
    let shown = Progress::of_records(session.common().quiet, "exporting");
    let mut out = BufWriter::new(file);
    let done = snapshot.export(Ended::new(&mut out), options.progress(|to| shown.reached(to)));
    shown.end();
    let done = done.map_err(|error| interrupt::unless_asked(Failure::from(error).about(store)));
    let exported = match done.and_then(|exported| {
        out.flush().and_then(|()| out.get_ref().sync_all()).map_err(failed)?;
        Ok(exported)
    }) {
        Ok(exported) => exported,
        Err(failure) => {
            // What is not whole can't be imported.
            let _ = std::fs::remove_file(path);
            return Err(failure);
        }
    };
    session.say(&format!(
        "{} at version {} exported",
        records_of(exported.records, &exported.collections),
        exported.version
    ));
    Ok(())
}

/// A pipe that is closed is no failure.
fn of_writing(error: Error) -> Failure {
    match error {
        Error::Io { source, .. } if source.kind() == io::ErrorKind::BrokenPipe => Failure::Stopped,
        other => other.into(),
    }
}

pub(super) fn import(
    session: Session<'_>,
    input: Option<&Path>,
    merge: MergeBy,
    check: bool,
    key_file: Option<&Path>,
) -> Result<()> {
    let mut options = ImportOptions::new().check_only(check).merge(match merge {
        MergeBy::Refuse => Merge::Refuse,
        MergeBy::Keep => Merge::Keep,
        MergeBy::Replace => Merge::Replace,
        MergeBy::IntoEmpty => Merge::IntoEmpty,
    });
    if let Some(file) = key_file {
        options = options.encryption(key_in(file)?);
    }
    let path = input;
    let file = input.map(File::open).transpose().map_err(|source| Failure::Io {
        what: format!("could not read the export `{}`", input.unwrap_or("".as_ref()).display()),
        source,
    })?;
    let _gently = interrupt::gently_reading(file.is_some());
    let what = if check { "checking" } else { "importing" };
    let shown = Progress::of_reading(session.common().quiet, what, file.as_ref());
    let input: Box<dyn Read> = match file {
        None => Box::new(shown.reading(io::stdin().lock())),
        Some(file) => Box::new(BufReader::new(shown.reading(file))),
    };
    let imported = if check {
        // No store is touched, so none is needed.
        Store::in_memory().import(input, options).map_err(Failure::from)
    } else {
        session.write_or_create(|store| Ok(store.import(input, options)?))
    };
    shown.end();
    let imported =
        imported.map_err(|failure| ended_import(session, check, of_reading(failure, path)))?;
    session.say(&told(&imported, check));
    Ok(())
}

/// A failure to read the export names its file.
fn of_reading(failure: Failure, path: Option<&Path>) -> Failure {
    match (failure, path) {
        (Failure::Library { source, store }, Some(path)) => match *source {
            Error::Io { path: of, source, .. } if of == Path::new("the export") => {
                Failure::Io { what: format!("could not read `{}`", path.display()), source }
            }
            other => Failure::Library { source: Box::new(other), store },
        },
        (failure, _) => failure,
    }
}

/// An import that was ended has done a part of its work.
fn ended_import(session: Session<'_>, check: bool, failure: Failure) -> Failure {
    let failure = interrupt::unless_asked(failure);
    if !check && matches!(failure, Failure::Interrupted) {
        session.say("what was imported until now stays");
    }
    failure
}

fn told(imported: &Imported, check: bool) -> String {
    let (records, collections) = (imported.records, imported.collections.len());
    if check {
        return format!("the export is whole: {}", records_of(records, &collections));
    }
    let (mut inserted, mut replaced, mut kept) = (0, 0, 0);
    for collection in &imported.collections {
        inserted += collection.inserted;
        replaced += collection.replaced;
        kept += collection.kept;
    }
    let inserted = counted(&inserted, "record", "records");
    format!("{inserted} imported, {replaced} replaced, {kept} kept as they were")
}

fn records_of<N: Display + PartialEq + From<u8>>(records: u64, collections: &N) -> String {
    let collections = counted(collections, "collection", "collections");
    format!("{} of {collections}", counted(&records, "record", "records"))
}
