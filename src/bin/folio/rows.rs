//! The records of a collection, whatever it holds, and which of them are wanted.

use crate::arguments::{Narrowed, Shown};
use crate::condition::{self, Condition};
use crate::exit::{Failure, Result};
use crate::json::Object;
use crate::output::{Rows, row};
use crate::{interrupt, json, keys};
use folio::{CollectionInfo, Entry, Snapshot, Value, Values};
use std::collections::BTreeSet;
use std::ops::{Bound, RangeBounds};

/// A collection in one version.
pub(crate) struct Collection {
    pub(crate) name: String,
    pub(crate) values: Values,
    /// Whether it holds documents, or typed records.
    pub(crate) documents: bool,
}

impl Collection {
    pub(crate) fn of(snapshot: &Snapshot, name: &str) -> Result<Self> {
        let values = snapshot.values(name)?;
        let documents = find(snapshot, name).is_some_and(|info| info.holds_documents());
        Ok(Self { name: name.to_owned(), values, documents })
    }

    /// What is under a key, as JSON: what a document holds, or a record.
    pub(crate) fn content(&self, entry: &Entry, exact: bool) -> Result<String> {
        if !self.documents {
            return Ok(entry.to_json()?);
        }
        json::of_document(entry.record().get("value").unwrap_or(&Value::Null), exact)
    }

    /// Prints an entry as a row: a record with named fields is one, all else gets its key beside it.
    fn push_whole(&self, rows: &mut Rows, entry: &Entry, exact: bool) -> Result<()> {
        let content = self.content(entry, exact)?;
        if self.documents {
            return rows.push(&[("key", entry.key_to_json()?), ("value", content)]);
        }
        if content.starts_with('{') {
            return rows.push_object(&content);
        }
        rows.push_object(&row([("key", entry.key_to_json()?), ("record", content)]))
    }

    /// What an entry has in these fields, as JSON.
    fn cells(&self, entry: &Entry, fields: &[String], exact: bool) -> Result<Vec<Option<String>>> {
        if self.documents {
            let found = fields.iter().map(|field| self.field(entry, field));
            let json = |value| json::of_document(value, exact);
            return found.map(|value| value.map(json).transpose()).collect();
        }
        let content = self.content(entry, exact)?;
        // Taken apart once for all fields that are not within others.
        let parts = Object::of(&content);
        let found = fields.iter().map(|field| match &parts {
            Some(parts) if !field.contains('.') => parts.get(field).map(str::to_owned),
            _ => json::at_path(&content, field),
        });
        Ok(found.collect())
    }

    /// What an entry has in a field, if it has it.
    pub(crate) fn field<'e>(&self, entry: &'e Entry, path: &str) -> Option<&'e Value> {
        match (self.documents, path) {
            (true, "key") => Some(entry.key()),
            (true, path) if !self.is_of_row(path) => {
                condition::at_path(entry.record().get("value")?, path)
            }
            (_, path) => condition::at_path(entry.record(), path),
        }
    }

    /// Whether a field of a document is its key or all of its value, and not something in it.
    fn is_of_row(&self, field: &str) -> bool {
        self.documents && (field == "key" || field == "value" || field.starts_with("value."))
    }
}

/// What the catalog has of a collection.
pub(crate) fn find(snapshot: &Snapshot, name: &str) -> Option<CollectionInfo> {
    snapshot.collections().into_iter().find(|info| info.name == name)
}

/// Entries, from either end.
pub(crate) type Entries<'a> = Box<dyn DoubleEndedIterator<Item = Result<Entry>> + 'a>;

/// Which entries are wanted.
pub(crate) struct Filter {
    conditions: Vec<Condition>,
    prefix: Option<String>,
    from: Option<Value>,
    to: Option<Value>,
    /// The keys of all entries that may be wanted, in order, where that is known.
    keys: Option<Vec<Value>>,
}

impl Filter {
    pub(crate) fn of(collection: &Collection, narrowed: &Narrowed) -> Result<Self> {
        let descriptor = collection.values.descriptor();
        let key = |text: &Option<String>| {
            text.as_ref().map(|text| keys::parse(descriptor, text)).transpose()
        };
        if narrowed.prefix.is_some() {
            keys::must_be_texts(descriptor)?;
        }
        Ok(Self {
            conditions: conditions(&narrowed.conditions)?,
            prefix: narrowed.prefix.clone(),
            from: key(&narrowed.from)?,
            to: key(&narrowed.to)?,
            keys: None,
        })
    }

    pub(crate) fn of_conditions(texts: &[String]) -> Result<Self> {
        let conditions = conditions(texts)?;
        Ok(Self { conditions, prefix: None, from: None, to: None, keys: None })
    }

    pub(crate) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Looks at no others than the entries with these keys, which are in order.
    pub(crate) fn narrow(&mut self, keys: Option<Vec<Value>>) {
        self.keys = keys;
    }

    /// The entries that may be wanted, in the order of their keys.
    pub(crate) fn entries<'a>(&'a self, collection: &'a Collection) -> Result<Entries<'a>> {
        Ok(match &self.keys {
            None => Box::new(collection.values.range(self.range())?.map(given)),
            Some(keys) => {
                let found = keys.iter().filter_map(|key| collection.values.entry(key).transpose());
                Box::new(found.map(given))
            }
        })
    }

    /// The range of the keys that are wanted.
    fn range(&self) -> (Bound<Value>, Bound<Value>) {
        let all = (Bound::Unbounded, Bound::Unbounded);
        let (mut lower, mut upper) =
            self.prefix.as_ref().map_or(all, |prefix| keys::beginning_with(prefix));
        if let Some(from) = &self.from
            && (Bound::Unbounded, upper.as_ref()).contains(from)
            && (lower.as_ref(), Bound::Unbounded).contains(from)
        {
            lower = Bound::Included(from.clone());
        }
        if let Some(to) = &self.to
            && (lower.as_ref(), upper.as_ref()).contains(to)
        {
            upper = Bound::Excluded(to.clone());
        }
        (lower, upper)
    }

    /// The fields that conditions ask for and no record has that was looked at.
    pub(crate) fn unknown_fields(&self) -> impl Iterator<Item = &str> {
        self.conditions.iter().filter_map(Condition::unknown_field)
    }

    pub(crate) fn wants(&self, collection: &Collection, entry: &Entry) -> bool {
        let key = entry.key();
        let begins = |prefix: &String| key.as_str().is_some_and(|key| key.starts_with(prefix));
        self.prefix.as_ref().is_none_or(begins)
            && self.from.as_ref().is_none_or(|from| key >= from)
            && self.to.as_ref().is_none_or(|to| key < to)
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(|path| collection.field(entry, path)))
    }
}

/// An entry, unless the end was asked for.
fn given(entry: folio::Result<Entry>) -> Result<Entry> {
    interrupt::check()?;
    Ok(entry?)
}

fn conditions(texts: &[String]) -> Result<Vec<Condition>> {
    texts.iter().map(|text| Condition::parse(text)).collect()
}

/// What was printed.
pub(crate) struct Printed<'s> {
    /// How many entries.
    pub(crate) count: usize,
    /// The fields that were to be shown or ordered by, and none of the entries had.
    pub(crate) unknown: Vec<&'s str>,
}

/// The fields that are shown, and which of them an entry had.
struct Fields<'s> {
    names: &'s [String],
    met: Vec<bool>,
}

impl<'s> Fields<'s> {
    fn of(names: &'s [String]) -> Result<Self> {
        let mut seen = BTreeSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(*name)) {
            return Err(Failure::Usage(format!(
                "--fields names `{twice}` twice; a row has it once"
            )));
        }
        Ok(Self { names, met: vec![false; names.len()] })
    }

    fn push(&mut self, rows: &mut Rows, found: Vec<Option<String>>) -> Result<()> {
        for (met, found) in self.met.iter_mut().zip(&found) {
            *met |= found.is_some();
        }
        let found = found.into_iter().map(|json| json.unwrap_or_else(|| "null".to_owned()));
        rows.push(&self.names.iter().map(String::as_str).zip(found).collect::<Vec<_>>())
    }

    fn unknown(&self) -> impl Iterator<Item = &'s str> {
        self.names.iter().zip(&self.met).filter(|(_, met)| !**met).map(|(name, _)| name.as_str())
    }
}

/// Prints what is wanted.
pub(crate) fn print<'s>(
    collection: &Collection,
    filter: &Filter,
    shown: &'s Shown,
    mut rows: Rows,
) -> Result<Printed<'s>> {
    let mut fields = Fields::of(&shown.fields)?;
    let mut count = 0;
    let mut is_unordered = false;
    let limit = shown.limit.unwrap_or(usize::MAX);
    let mut push = |entry: &Entry| {
        count += 1;
        if shown.fields.is_empty() {
            collection.push_whole(&mut rows, entry, shown.exact)
        } else {
            fields.push(&mut rows, collection.cells(entry, &shown.fields, shown.exact)?)
        }
    };
    let wanted = filter
        .entries(collection)?
        .filter(|entry| entry.as_ref().map_or(true, |entry| filter.wants(collection, entry)));
    if let Some(field) = &shown.order {
        let mut all = ordered(collection, wanted, field)?;
        if shown.reverse {
            all.reverse();
        }
        all.iter().take(limit).try_for_each(|(_, entry)| push(entry))?;
        is_unordered = !all.is_empty() && all.iter().all(|(value, _)| value.is_none());
    } else if shown.reverse {
        wanted.rev().take(limit).try_for_each(|entry| push(&entry?))?;
    } else {
        wanted.take(limit).try_for_each(|entry| push(&entry?))?;
    }
    rows.finish()?;
    let mut unknown: Vec<&str> = if count == 0 { Vec::new() } else { fields.unknown().collect() };
    let order = shown.order.as_deref().filter(|field| is_unordered && !unknown.contains(field));
    unknown.extend(order);
    Ok(Printed { count, unknown })
}

/// Entries in the order of a field, each with what it has there.
fn ordered(
    collection: &Collection,
    wanted: impl Iterator<Item = Result<Entry>>,
    field: &str,
) -> Result<Vec<(Option<Value>, Entry)>> {
    let with_field = |entry: Result<Entry>| {
        let entry = entry?;
        Ok((collection.field(&entry, field).cloned(), entry))
    };
    let mut all = wanted.map(with_field).collect::<Result<Vec<_>>>()?;
    all.sort_by(|(one, _), (other, _)| {
        let null = Value::Null;
        condition::total_order(one.as_ref().unwrap_or(&null), other.as_ref().unwrap_or(&null))
    });
    Ok(all)
}
