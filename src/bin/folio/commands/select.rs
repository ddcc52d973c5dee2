//! `scan`, `find`, `count`: records by what is in them.

use crate::arguments::{Narrowed, Selection, Wanted};
use crate::exit::{Failure, Result};
use crate::output::Rows;
use crate::rows::{self, Collection, Filter};
use crate::session::Session;
use crate::text::print;

pub(super) fn scan(session: Session<'_>, selection: &Selection) -> Result<()> {
    let collection = open(session, selection.name.as_deref())?;
    let filter = Filter::of(&collection, &selection.narrowed)?;
    let rows = Rows::new(&session.common().format);
    rows::print(&collection, &filter, &selection.shown, rows).map(drop)
}

pub(super) fn find(session: Session<'_>, wanted: &Wanted) -> Result<()> {
    let filter = Filter::of_conditions(&wanted.conditions)?;
    let collection = open(session, Some(&wanted.name))?;
    let rows = Rows::new(&session.common().format);
    match rows::print(&collection, &filter, &wanted.shown, rows)? {
        0 => Err(Failure::Missing),
        _ => Ok(()),
    }
}

pub(super) fn count(session: Session<'_>, name: Option<&str>, narrowed: &Narrowed) -> Result<()> {
    let collection = open(session, name)?;
    let filter = Filter::of(&collection, narrowed)?;
    let mut count = 0_usize;
    for entry in collection.values.entries() {
        count += usize::from(filter.wants(&collection, &entry?));
    }
    print(&count.to_string())
}

fn open(session: Session<'_>, name: Option<&str>) -> Result<Collection> {
    let snapshot = session.snapshot()?;
    Collection::of(&snapshot, name.unwrap_or(&session.common().collection))
        .map_err(|failure| failure.about(session.path().unwrap_or("".as_ref())))
}
