//! Which way to the records is the cheapest.
//!
//! There are three. *Along the rows*: in the order of their keys, all or those of a span, each checked. *By
//! keys*: the primary keys that an index has for a condition, or those that several indexes have in common,
//! or that any of several has; then the record of each. *Along the index* that gives the order.
//!
//! Each has a price in steps, from how many entries the indexes have for the conditions
//! ([`Size`](super::on_index::Size)): counted up to 64, else estimated from where a range begins and ends in the tree,
//! in O(log n). Conditions count as independent of each other, and closures as true of every record, since
//! nothing is known about them. With a limit, a way that gives records in the order that is wanted is given up half-way,
//! so that it costs as much of it as it takes, by the share of records that the other conditions let pass.

use crate::collection::query::condition::{Condition, Tree};
use crate::collection::query::on_index::{IndexCondition, Size};
use crate::collection::query::wanted::Wanted;
use crate::table::record::Record;
use crate::table::rows::Table;
use crate::table::span::Span;

/// What it costs to pass an entry of an index, which is the unit: 1.5 ns, with a million records whose keys are
/// integers. The others were measured beside it and rounded; with keys that are strings all but the first
/// are several times dearer, and keep about their proportions.
const ENTRY: u64 = 1;
/// To pass a row and look at its record.
const ROW: u64 = 15;
/// To put a primary key into a list that is sorted and held against others.
const COLLECTED: u64 = 10;
/// To find a row by its key.
const LOOKUP: u64 = 100;
/// To make the index keys of a record.
const KEYS_MADE: u64 = 20;
/// To put a record into a list that is sorted.
const SORTED: u64 = 20;

/// A way to the records.
pub(super) struct Plan<'q, T: Record> {
    pub(super) way: Way<'q, T>,
    /// The places of the conditions that need not be checked any more.
    pub(super) answered: Vec<usize>,
    /// Whether what is found is then sorted.
    pub(super) is_sorted: bool,
    cost: u64,
}

pub(super) enum Way<'q, T: Record> {
    Rows(Option<(&'q Span<T::Key>, &'q str)>, Size),
    /// What all parts have in common.
    Keys(Vec<(Part<'q, T>, Size)>),
    Index(Option<&'q dyn IndexCondition<T>>, Size),
}

/// Where primary keys come from.
#[derive(Clone)]
pub(super) enum Part<'q, T: Record> {
    Index(&'q dyn IndexCondition<T>),
    Span(&'q Span<T::Key>, &'q str),
    Any(Vec<Part<'q, T>>),
}

impl<T: Record> Part<'_, T> {
    pub(super) fn is_in_key_order(&self) -> bool {
        match self {
            Part::Index(condition) => condition.is_in_key_order(),
            Part::Span(..) => true,
            Part::Any(_) => false,
        }
    }
}

/// A condition that indexes or keys can help with.
struct Help<'q, T: Record> {
    place: usize,
    part: Part<'q, T>,
    size: Size,
    /// Whether nothing is left to check.
    is_whole: bool,
}

/// What helps with a condition, and whether nothing is left to check then.
fn help<'q, T: Record>(
    table: &Table<T>,
    condition: &'q Condition<'_, T>,
) -> Option<(Part<'q, T>, Size, bool)> {
    match &condition.tree {
        Tree::Index(condition) => Some((Part::Index(&**condition), condition.size(table), true)),
        Tree::Keys(span, text) => {
            let rows = table.rows().ordered();
            let within = span.of(rows);
            let size =
                within.map_or(Size::exact(0), |of| Size::of(&of, || of.estimate(rows.len())));
            Some((Part::Span(span, text), size, true))
        }
        Tree::All(conditions) => {
            let helps = conditions.iter().filter_map(|condition| help(table, condition));
            let (part, size, is_whole) = helps.min_by_key(|(_, size, _)| size.entries)?;
            Some((part, size, is_whole && conditions.len() == 1))
        }
        Tree::Any(conditions) => {
            let (mut parts, mut all, mut are_whole) = (Vec::new(), Size::exact(0), true);
            for condition in conditions {
                let (part, size, is_whole) = help(table, condition)?;
                parts.push(part);
                all = all.and(size);
                are_whole &= is_whole;
            }
            Some((Part::Any(parts), all, are_whole))
        }
        Tree::Filter(_) | Tree::Not(_) => None,
    }
}

/// What is known when a way is chosen.
struct Known<'w, 'q, 'c, T: Record> {
    table: &'w Table<T>,
    wanted: &'q Wanted<'c, T>,
    limit: Option<usize>,
    /// The fewest entries first.
    helps: Vec<Help<'q, T>>,
    records: u64,
}

/// The cheapest way to as many records as are asked for. O(conditions × log n).
pub(super) fn choose<'q, T: Record>(
    table: &Table<T>,
    wanted: &'q Wanted<'_, T>,
    limit: Option<usize>,
) -> Plan<'q, T> {
    let helps = wanted.conditions.iter().enumerate().filter_map(|(place, condition)| {
        let (part, size, is_whole) = help(table, condition)?;
        Some(Help { place, part, size, is_whole })
    });
    let mut helps: Vec<_> = helps.collect();
    helps.sort_by_key(|help| help.size.entries);
    let known = Known { table, wanted, limit, helps, records: table.rows().len() as u64 };
    let (along_rows, along_index) = (known.along_rows(), known.along_index());
    let others = [known.by_keys(), along_index];
    let cheaper = |one: Plan<'q, T>, other: Plan<'q, T>| {
        if other.cost <= one.cost { other } else { one }
    };
    others.into_iter().flatten().fold(along_rows, cheaper)
}

impl<'q, T: Record> Known<'_, 'q, '_, T> {
    /// How many of `entries` are passed until there are enough records, if they come in the order that is
    /// wanted and `used` is the condition that they are for.
    fn passed(&self, entries: u64, used: Option<usize>) -> u64 {
        let Some(most) = self.wanted.most(self.limit) else { return entries };
        let other = self.helps.iter().find(|help| Some(help.place) != used);
        let share = other.map_or(self.records, |help| help.size.entries as u64).max(1);
        entries.min((most as u64).saturating_mul(self.records.max(1)) / share)
    }

    fn along_rows(&self) -> Plan<'q, T> {
        let spans = self.helps.iter().filter_map(|help| match help.part {
            Part::Span(span, text) => Some((help.place, (span, text), help.size)),
            Part::Index(_) | Part::Any(_) => None,
        });
        let span = spans.min_by_key(|(.., size)| size.entries);
        let used = span.as_ref().map(|(place, ..)| *place);
        let all = Size::exact(self.table.rows().len());
        let (span, size) = span.map_or((None, all), |(_, span, size)| (Some(span), size));
        let (entries, is_sorted) =
            (size.entries as u64, self.wanted.order.is_some() || T::UNORDERED);
        let cost = if is_sorted {
            let fewest = self.helps.first().map_or(entries, |help| help.size.entries as u64);
            entries * ROW + fewest.min(entries) * (KEYS_MADE + SORTED)
        } else {
            self.passed(entries, used) * ROW
        };
        Plan { way: Way::Rows(span, size), answered: used.into_iter().collect(), is_sorted, cost }
    }

    fn along_index(&self) -> Option<Plan<'q, T>> {
        let order = self.wanted.order.as_deref()?;
        let within = self.wanted.within(order);
        let used = within.map(|(place, _)| place);
        let within = within.map(|(_, condition)| condition);
        let size = order.size(self.table, within);
        let cost = self.passed(size.entries as u64, used) * (ENTRY + LOOKUP + KEYS_MADE);
        let answered = used.into_iter().collect();
        Some(Plan { way: Way::Index(within, size), answered, is_sorted: false, cost })
    }

    fn by_keys(&self) -> Option<Plan<'q, T>> {
        let is_sorted = self.wanted.order.is_some();
        let mut helps = self.helps.iter().filter(|help| !matches!(help.part, Part::Span(..)));
        let first = helps.next()?;
        let entries = first.size.entries as u64;
        let is_streamed = first.part.is_in_key_order() && !is_sorted;
        let per_record = LOOKUP + if is_sorted { KEYS_MADE + SORTED } else { 0 };
        let mut lookups = if is_sorted { entries } else { self.passed(entries, Some(first.place)) };
        let mut collecting = if is_streamed { lookups * ENTRY } else { entries * COLLECTED };
        let mut used = vec![first];
        for help in helps {
            let others = help.size.entries as u64;
            let left = lookups.saturating_mul(others) / self.records.max(1);
            // What would come one by one is collected too, where it is held against others.
            let collected = entries * COLLECTED;
            let price = others * COLLECTED + collected.saturating_sub(collecting);
            if lookups.saturating_sub(left).saturating_mul(per_record) > price {
                collecting += price;
                lookups = left;
                used.push(help);
            }
        }
        let answered = used.iter().filter(|help| help.is_whole).map(|help| help.place).collect();
        let parts = used.into_iter().map(|help| (help.part.clone(), help.size)).collect();
        let cost = collecting + lookups * per_record;
        Some(Plan { way: Way::Keys(parts), answered, is_sorted, cost })
    }
}
