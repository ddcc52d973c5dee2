//! `scan`, `find`, `count`: records by what is in them.

use crate::arguments::{Narrowed, Selection, Shown, Wanted};
use crate::exit::{Failure, Result};
use crate::output::Rows;
use crate::rows::{self, Collection, Filter};
use crate::session::Session;
use crate::text::print;
use folio::Snapshot;

pub(super) fn scan(session: Session<'_>, selection: &Selection) -> Result<()> {
    let (snapshot, collection) = open(session, selection.name.as_deref())?;
    let mut filter = Filter::of(&collection, &selection.narrowed)?;
    session.narrow(&snapshot, &collection, &mut filter)?;
    show(session, &collection, &filter, &selection.shown).map(drop)
}

pub(super) fn find(session: Session<'_>, wanted: &Wanted) -> Result<()> {
    let mut filter = Filter::of_conditions(&wanted.conditions)?;
    let (snapshot, collection) = open(session, Some(&wanted.name))?;
    session.narrow(&snapshot, &collection, &mut filter)?;
    match show(session, &collection, &filter, &wanted.shown)? {
        0 => Err(Failure::Missing),
        _ => Ok(()),
    }
}

fn show(
    session: Session<'_>,
    collection: &Collection,
    filter: &Filter,
    shown: &Shown,
) -> Result<usize> {
    let rows = Rows::new(&session.common().format);
    let printed = rows::print(collection, filter, shown, rows)?;
    if printed.count == 0 {
        tell_unknown_fields(session, filter);
    }
    for field in printed.unknown {
        session.say(&unknown(field));
    }
    Ok(printed.count)
}

pub(super) fn count(session: Session<'_>, name: Option<&str>, narrowed: &Narrowed) -> Result<()> {
    let (snapshot, collection) = open(session, name)?;
    let mut filter = Filter::of(&collection, narrowed)?;
    session.narrow(&snapshot, &collection, &mut filter)?;
    let mut count = 0_usize;
    for entry in filter.entries(&collection)? {
        count += usize::from(filter.wants(&collection, &entry?));
    }
    if count == 0 {
        tell_unknown_fields(session, &filter);
    }
    print(&count.to_string())
}

/// Nothing was found, perhaps for want of a letter in a name.
fn tell_unknown_fields(session: Session<'_>, filter: &Filter) {
    for field in filter.unknown_fields() {
        session.say(&unknown(field));
    }
}

fn unknown(field: &str) -> String {
    format!("no record has a field `{field}`")
}

fn open(session: Session<'_>, name: Option<&str>) -> Result<(Snapshot, Collection)> {
    session.collection(name.unwrap_or(&session.common().collection))
}
