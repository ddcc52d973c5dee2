//! `scan`, `find`, `count`: records by what is in them.

use crate::arguments::{Narrowed, Selection, Shown, Wanted};
use crate::exit::{Failure, Result};
use crate::output::Rows;
use crate::rows::{self, Collection, Filter};
use crate::session::Session;
use crate::text::print;

pub(super) fn scan(session: Session<'_>, selection: &Selection) -> Result<()> {
    let collection = open(session, selection.name.as_deref())?;
    let filter = Filter::of(&collection, &selection.narrowed)?;
    show(session, &collection, &filter, &selection.shown).map(drop)
}

pub(super) fn find(session: Session<'_>, wanted: &Wanted) -> Result<()> {
    let filter = Filter::of_conditions(&wanted.conditions)?;
    let collection = open(session, Some(&wanted.name))?;
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
    if let (true, Some(field)) = (printed.unordered, &shown.order) {
        session.say(&unknown(field));
    }
    Ok(printed.count)
}

pub(super) fn count(session: Session<'_>, name: Option<&str>, narrowed: &Narrowed) -> Result<()> {
    let collection = open(session, name)?;
    let filter = Filter::of(&collection, narrowed)?;
    let mut count = 0_usize;
    for entry in collection.values.entries() {
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

fn open(session: Session<'_>, name: Option<&str>) -> Result<Collection> {
    let snapshot = session.snapshot()?;
    Collection::of(&snapshot, name.unwrap_or(&session.common().collection))
        .map_err(|failure| failure.about(session.path().unwrap_or("".as_ref())))
}
