//! Going the way that was chosen.

use crate::collection::query::on_index::Size;
use crate::collection::query::order::first_of;
use crate::collection::query::plan::{self, Part, Plan, Way};
use crate::collection::query::reader::Reader;
use crate::collection::query::readers::{Keys, Rows};
use crate::collection::query::wanted::Wanted;
use crate::table::index::IndexHandle;
use crate::table::record::Record;
use crate::table::span::Span;
use std::collections::BTreeMap;
use std::iter;

/// The first of the rows.
pub(super) fn first<'q, T, R>(reader: &R, wanted: &'q Wanted<'_, T>) -> Option<R::Row>
where
    T: Record,
    R: Reader<T> + 'q,
{
    limited(reader, wanted, Some(wanted.limit.map_or(1, |limit| limit.min(1)))).next()
}

pub(super) fn rows<'q, T, R>(reader: &R, wanted: &'q Wanted<'_, T>) -> Rows<'q, R::Row>
where
    T: Record,
    R: Reader<T> + 'q,
{
    limited(reader, wanted, wanted.limit)
}

/// As many of the rows as are asked for.
fn limited<'q, T, R>(
    reader: &R,
    wanted: &'q Wanted<'_, T>,
    limit: Option<usize>,
) -> Rows<'q, R::Row>
where
    T: Record,
    R: Reader<T> + 'q,
{
    if limit == Some(0) {
        return Box::new(iter::empty());
    }
    let plan = reader.look(|table| plan::choose(table, wanted, limit));
    let checks = wanted.unanswered(&plan.answered);
    let is_sorted = plan.is_sorted;
    let found = found(reader, plan, wanted);
    let holds = move |row: &R::Row| checks.iter().all(|check| check.holds(R::record(row)));
    let matching = found.filter(holds);
    let rows = if is_sorted { sorted::<T, R>(matching, wanted, limit) } else { Box::new(matching) };
    Box::new(rows.skip(wanted.offset).take(limit.unwrap_or(usize::MAX)))
}

pub(super) fn count<'q, T, R>(reader: &R, wanted: &'q Wanted<'_, T>) -> usize
where
    T: Record,
    R: Reader<T> + 'q,
{
    if wanted.order.is_some() || T::EXPIRES.is_some() || wanted.limit == Some(0) {
        return rows(reader, wanted).count();
    }
    let plan = reader.look(|table| plan::choose(table, wanted, wanted.limit));
    let is_answered = wanted.unanswered(&plan.answered).is_empty();
    match &plan.way {
        Way::Keys(parts) if is_answered => match parts.as_slice() {
            [(part, _)] if part.is_in_key_order() => {
                let keys = keys_of(reader, part).skip(wanted.offset);
                keys.take(wanted.limit.unwrap_or(usize::MAX)).count()
            }
            parts => wanted.part_of(in_common(reader, parts).len()),
        },
        Way::Rows(None, _) if is_answered => wanted.part_of(reader.len()),
        _ => rows(reader, wanted).count(),
    }
}

pub(super) fn group_count<'q, T, R, I>(
    reader: &R,
    wanted: &'q Wanted<'_, T>,
    index: I,
) -> BTreeMap<I::Key, usize>
where
    T: Record,
    R: Reader<T> + 'q,
    I: IndexHandle<T>,
{
    let (mut groups, mut keys) = (BTreeMap::new(), Vec::new());
    for row in rows(reader, wanted) {
        (index.extract())(R::record(&row), &mut |key| keys.push(key));
        keys.sort_unstable();
        keys.dedup();
        for key in keys.drain(..) {
            *groups.entry(key).or_default() += 1;
        }
    }
    groups
}

/// What a way leads to, in the order that is wanted unless it is sorted later.
fn found<'q, T, R>(reader: &R, plan: Plan<'q, T>, wanted: &'q Wanted<'_, T>) -> Rows<'q, R::Row>
where
    T: Record,
    R: Reader<T> + 'q,
{
    let descending = wanted.descending;
    let keys: Keys<'q, R::Key> = match plan.way {
        Way::Rows(Some((span, _)), _) => return reader.rows(span, descending),
        Way::Rows(None, _) => return reader.rows(&Span::all(), descending),
        Way::Index(within, _) => {
            let Some(order) = wanted.order.as_deref() else { return Box::new(iter::empty()) };
            return reader.along(order, within, descending);
        }
        Way::Keys(parts) => match parts.as_slice() {
            [(part, _)] if part.is_in_key_order() => keys_of(reader, part),
            parts => Box::new(in_common(reader, parts).into_iter()),
        },
    };
    reader.rows_at(if descending { Box::new(keys.rev()) } else { keys })
}

/// The primary keys that a part gives, in order only where it says so.
fn keys_of<'q, T, R>(reader: &R, part: &Part<'_, T>) -> Keys<'q, R::Key>
where
    T: Record,
    R: Reader<T> + 'q,
{
    match part {
        Part::Index(condition) => reader.under(*condition),
        Part::Span(span, _) => reader.keys(span),
        Part::Any(parts) => {
            let of_parts: Vec<_> = parts.iter().map(|part| keys_of(reader, part)).collect();
            Box::new(of_parts.into_iter().flatten())
        }
    }
}

/// The primary keys that all parts give, in order, each once. O(n log n) in their entries.
fn in_common<'q, T, R>(reader: &R, parts: &[(Part<'_, T>, Size)]) -> Vec<R::Key>
where
    T: Record,
    R: Reader<T> + 'q,
{
    let mut lists = parts.iter().map(|(part, _)| {
        let mut keys: Vec<R::Key> = keys_of(reader, part).collect();
        if !part.is_in_key_order() {
            keys.sort_unstable();
            keys.dedup();
        }
        keys
    });
    let first = lists.next().unwrap_or_default();
    lists.fold(first, |common, others| {
        let mut others = others.into_iter().peekable();
        let is_in_others = |key: &R::Key| {
            while others.next_if(|other| other < key).is_some() {}
            others.peek() == Some(key)
        };
        common.into_iter().filter(is_in_others).collect()
    })
}

/// The rows in the order that is wanted, of which as many as are wanted.
fn sorted<'q, T, R>(
    rows: impl Iterator<Item = R::Row>,
    wanted: &'q Wanted<'_, T>,
    limit: Option<usize>,
) -> Rows<'q, R::Row>
where
    T: Record,
    R: Reader<T> + 'q,
{
    let rows: Vec<R::Row> = rows.collect();
    let (descending, most) = (wanted.descending, wanted.most(limit).unwrap_or(usize::MAX));
    let records: Vec<&T> = rows.iter().map(R::record).collect();
    let places = if let Some(order) = wanted.order.as_deref() {
        let within = wanted.within(order).map(|(_, condition)| condition);
        order.sorted(&records, within, descending, most)
    } else {
        let placed = records.iter().enumerate().map(|(at, record)| (record.key(), at));
        let first = first_of(placed.collect(), descending, most);
        first.into_iter().map(|(_, at)| at).collect()
    };
    let mut rows: Vec<Option<R::Row>> = rows.into_iter().map(Some).collect();
    Box::new(places.into_iter().filter_map(move |at| rows.get_mut(at)?.take()))
}
