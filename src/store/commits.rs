//! The commits in the log, for people and tools: when, by whom, and what they changed.

use crate::engine::Engine;
use crate::error::Result;
use crate::log::commit::{Commit, place_in};
use crate::log::reader::{LogReader, LoggedFrame};
use crate::schema::descriptor::Descriptor;
use crate::value::Value;
use crate::version::slot::Slot;
use crate::version::{CollectionId, Root};
use crate::when::Version;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Bound, Range, RangeBounds};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A commit, as the log has it. Given by [`Store::commits`](crate::Store::commits).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CommitInfo {
    /// The version that it made.
    pub version: Version,
    /// When it was made, by the clock of the machine. Where that was set back, it is before the time of
    /// the [`Snapshot`](crate::Snapshot), which is never before that of an earlier version.
    pub time: SystemTime,
    /// What it says of itself: see [`TransactionOptions::meta`](crate::TransactionOptions::meta).
    pub meta: Vec<(String, String)>,
    /// The hash of the part of the log that it was written in, and of everything before. Commits that
    /// were written together have one.
    pub hash: [u8; 32],
    /// What it changed, in the order of the collections' creation. Empty in a commit that announces
    /// nothing but a form of records that is known already.
    pub changes: Vec<CollectionChanges>,
}

/// What a commit did to a collection.
#[derive(Clone)]
#[non_exhaustive]
pub struct CollectionChanges {
    /// The name of the collection.
    pub collection: String,
    /// Whether the commit created it.
    pub created: bool,
    /// Whether it announced another form of records, which is what attaching a type that has changed does.
    pub announced: bool,
    /// Whether it wrote all records anew, for a type that reads them as others: the puts are everything
    /// that is in the collection then.
    pub rewritten: bool,
    /// How many records it put.
    pub puts: usize,
    /// How many it removed.
    pub removes: usize,
    /// The form of the keys and records.
    schema: Option<Arc<Descriptor>>,
    frame: Arc<LoggedFrame>,
    /// Where keys and records are in the frame's payload.
    operations: Vec<(Range<usize>, Option<Range<usize>>)>,
}

impl CollectionChanges {
    /// The keys in their order, each with the record that was put, or `None` where it was removed; as
    /// values, decoded one by one by the form in which they were stored.
    ///
    /// # Errors
    ///
    /// The items are [`Error::Decode`](crate::Error::Decode) where the bytes are not of that form.
    pub fn entries(&self) -> impl Iterator<Item = Result<(Value, Option<Value>)>> {
        let schema = self.schema.iter();
        schema.flat_map(|schema| {
            self.operations.iter().map(|(key, record)| {
                let decode = || {
                    let key = schema.decode_key(self.bytes(key))?;
                    let record = record
                        .as_ref()
                        .map(|record| schema.decode(self.bytes(record)))
                        .transpose()?;
                    Ok((key, record))
                };
                decode().map_err(|error: crate::error::Error| {
                    error.within(Some(&self.collection), None)
                })
            })
        })
    }

    /// The form in which these keys and records were stored, to show them by ([`Descriptor::to_json`]); `None` where the commit
    /// put and removed nothing.
    #[must_use]
    pub fn form(&self) -> Option<&Descriptor> {
        self.schema.as_deref()
    }

    fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.frame.payload.get(range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for CollectionChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CollectionChanges")
            .field("collection", &self.collection)
            .field("created", &self.created)
            .field("announced", &self.announced)
            .field("rewritten", &self.rewritten)
            .field("puts", &self.puts)
            .field("removes", &self.removes)
            .finish_non_exhaustive()
    }
}

/// The commits in a range of versions, oldest first, read one by one as they are asked for. Made by
/// [`Store::commits`](crate::Store::commits).
pub struct Commits {
    /// `None` at the end, and behind an error.
    reader: Option<LogReader>,
    /// The last commit that is wanted.
    last: u64,
    /// The next one.
    next: u64,
    frame: Option<Arc<LoggedFrame>>,
    /// Knows the names of all collections, and the forms of their records.
    catalog: Arc<Root>,
}

impl Commits {
    pub(crate) fn of(engine: &Engine, range: impl RangeBounds<Version>) -> Result<Self> {
        let first = match range.start_bound() {
            Bound::Unbounded => 1,
            Bound::Included(first) => first.number().max(1),
            Bound::Excluded(before) => before.number().saturating_add(1),
        };
        let last = match range.end_bound() {
            Bound::Unbounded => u64::MAX,
            Bound::Included(last) => last.number(),
            Bound::Excluded(end) => end.number().saturating_sub(1),
        };
        let reader = engine.read_log(first - 1)?;
        let last = last.min(reader.as_ref().map_or(0, LogReader::until));
        // Newer than the last commit that the reader gives.
        let catalog = engine.pipeline().published();
        let reader = reader.filter(|_| first <= last);
        Ok(Self { reader, last, next: first, frame: None, catalog })
    }

    fn advance(&mut self) -> Result<Option<CommitInfo>> {
        loop {
            let Some(reader) = &mut self.reader else { return Ok(None) };
            if self.next > self.last {
                return Ok(None);
            }
            if let Some(frame) = &self.frame
                && let Some(place) = self.next.checked_sub(frame.base + 1)
                && let Some((number, bytes)) =
                    usize::try_from(place).ok().and_then(|place| frame.commit(place, self.last))
            {
                self.next = number + 1;
                let commit = Commit::parse(bytes)
                    .map_err(|error| frame.bad_commit(number, &error.to_string()))?;
                return Ok(Some(self.info(number, &commit, frame)));
            }
            let Some(frame) = reader.next_frame()? else { return Ok(None) };
            // The log may begin behind the first commit that was asked for.
            self.next = self.next.max(frame.base + 1);
            self.frame = Some(Arc::new(frame));
        }
    }

    fn info(&self, number: u64, commit: &Commit<'_>, frame: &Arc<LoggedFrame>) -> CommitInfo {
        let mut changes = BTreeMap::new();
        for create in &commit.creates {
            self.changes(&mut changes, create.collection, frame).created = true;
        }
        for schema in &commit.schemas {
            let changes = self.changes(&mut changes, schema.collection, frame);
            changes.announced = !changes.created;
        }
        for table in &commit.tables {
            let slot = self.catalog.slot(table.head.collection);
            let changes = self.changes(&mut changes, table.head.collection, frame);
            changes.schema = slot.and_then(|slot| slot.identity().schemas.get(table.head.schema));
            changes.rewritten = table.head.reset;
            for (key, record) in &table.operations {
                *if record.is_some() { &mut changes.puts } else { &mut changes.removes } += 1;
                let place = |part: &[u8]| place_in(&frame.payload, part);
                changes.operations.push((place(key), record.map(place)));
            }
        }
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        CommitInfo {
            version: Version::new(number),
            time: SystemTime::UNIX_EPOCH + Duration::from_micros(commit.time_micros),
            meta: commit.meta.iter().map(owned).collect(),
            hash: frame.chain,
            changes: changes.into_values().collect(),
        }
    }

    /// The entry of a collection among the changes of a commit.
    fn changes<'a>(
        &self,
        all: &'a mut BTreeMap<CollectionId, CollectionChanges>,
        id: CollectionId,
        frame: &Arc<LoggedFrame>,
    ) -> &'a mut CollectionChanges {
        all.entry(id).or_insert_with(|| {
            let name = |slot: &Arc<Slot>| slot.identity().name.clone();
            CollectionChanges {
                collection: self.catalog.slot(id).map(name).unwrap_or_default(),
                created: false,
                announced: false,
                rewritten: false,
                puts: 0,
                removes: 0,
                schema: None,
                frame: frame.clone(),
                operations: Vec::new(),
            }
        })
    }
}

impl Iterator for Commits {
    type Item = Result<CommitInfo>;

    fn next(&mut self) -> Option<Result<CommitInfo>> {
        let next = self.advance().transpose();
        if !matches!(next, Some(Ok(_))) {
            self.reader = None;
        }
        next
    }
}

impl fmt::Debug for Commits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commits")
            .field("next", &self.next)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}
