//! The history of one record: what every commit made of it.
//!
//! With a log, its commits are walked from the oldest on. Each collection in a commit says in which form
//! its keys and records are, so that old ones are read as today's type the way attaching reads them. A
//! record whose key had another form is followed by the bytes of its key: a record read under them says
//! which key it would have today.
//!
//! A commit that writes a collection anew for another type ([`crate::engine`]) changes no record, so it
//! counts for a record only where that comes out as something else.
//!
//! A store in memory has the versions that it keeps, and what differs between them.

use crate::codec;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::log::commit::{Commit, TableChanges};
use crate::log::reader::{LogReader, LoggedFrame};
use crate::schema::descriptor::Descriptor;
use crate::table::reading::Plan;
use crate::table::record::Record;
use crate::table::secondary::Row;
use crate::table::stored::read;
use crate::version::slot::Identity;
use crate::when::Version;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What a commit made of a record. Given by [`Collection::history`](crate::Collection::history).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revision<T> {
    /// The version that the commit made.
    pub version: Version,
    /// When that was.
    pub time: SystemTime,
    /// What the commit says of itself: see [`TransactionOptions::meta`](crate::TransactionOptions::meta).
    pub meta: Vec<(String, String)>,
    /// The record; `None` where it was removed.
    pub value: Option<Arc<T>>,
}

/// The revisions of a record, oldest first, found one by one as they are asked for. Made by
/// [`Collection::history`](crate::Collection::history).
pub struct Revisions<T: Record> {
    source: Source<T>,
}

enum Source<T: Record> {
    Log(Box<Walk<T>>),
    Memory(Memory<T>),
    /// An error was given out, or there is nothing.
    Ended,
}

impl<T: Record> Revisions<T> {
    pub(crate) fn of(engine: Arc<Engine>, identity: Arc<Identity>, key: T::Key) -> Result<Self> {
        let key_bytes = codec::encode(&key)?;
        let source = match engine.read_log(0) {
            Err(Error::NoLog) => {
                let until = engine.pipeline().read(|root| root.number);
                Source::Memory(Memory { engine, identity, key, until, last: None, record: None })
            }
            Err(error) => return Err(error),
            Ok(None) => Source::Ended,
            Ok(Some(reader)) => Source::Log(Box::new(Walk {
                asked: Descriptor::of_record::<T>(),
                identity,
                key,
                key_bytes,
                reader,
                frame: None,
                newest_micros: 0,
                forms: HashMap::new(),
                now: None,
            })),
        };
        Ok(Self { source })
    }
}

impl<T: Record> Iterator for Revisions<T> {
    type Item = Result<Revision<T>>;

    fn next(&mut self) -> Option<Result<Revision<T>>> {
        let next = match &mut self.source {
            Source::Log(walk) => walk.next().transpose(),
            Source::Memory(memory) => memory.next().transpose(),
            Source::Ended => None,
        };
        if !matches!(next, Some(Ok(_))) {
            self.source = Source::Ended;
        }
        next
    }
}

impl<T: Record> fmt::Debug for Revisions<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revisions").finish_non_exhaustive()
    }
}

/// A form in which records are stored, and how it is read.
struct Form<T> {
    stored: Arc<Descriptor>,
    plan: Plan<T>,
    /// Whether it is the one that the type writes.
    is_own: bool,
}

/// The record as it is at some point of the log.
struct Now<T> {
    row: Row<T>,
    /// The key as it is stored there.
    key: Vec<u8>,
}

/// What a commit does to the record.
enum Step<T> {
    Nothing,
    Put(Now<T>),
    Remove,
}

/// A walk through the log.
struct Walk<T: Record> {
    asked: Descriptor,
    identity: Arc<Identity>,
    key: T::Key,
    key_bytes: Vec<u8>,
    reader: LogReader,
    /// The frame at hand, and the place of its next commit.
    frame: Option<(LoggedFrame, usize)>,
    newest_micros: u64,
    forms: HashMap<u32, Form<T>>,
    now: Option<Now<T>>,
}

impl<T: Record> Walk<T> {
    fn next(&mut self) -> Result<Option<Revision<T>>> {
        loop {
            let Some((frame, place)) = self.frame.take() else {
                let Some(frame) = self.reader.next_frame()? else { return Ok(None) };
                self.frame = Some((frame, 0));
                continue;
            };
            let Some((number, bytes)) = frame.commit(place, self.reader.until()) else { continue };
            let commit = Commit::parse(bytes)
                .map_err(|error| frame.bad_commit(number, &error.to_string()))?;
            let revision = self.take_in(number, &commit)?;
            self.frame = Some((frame, place + 1));
            if revision.is_some() {
                return Ok(revision);
            }
        }
    }

    fn take_in(&mut self, number: u64, commit: &Commit<'_>) -> Result<Option<Revision<T>>> {
        self.newest_micros = self.newest_micros.max(commit.time_micros);
        let id = self.identity.id;
        let Some(table) = commit.tables.iter().find(|table| table.head.collection == id) else {
            return Ok(None);
        };
        let value = match self.step(table)? {
            Step::Nothing => return Ok(None),
            Step::Put(now) => {
                let is_same = table.head.reset && self.is_now(&now)?;
                self.now = Some(now);
                if is_same {
                    return Ok(None);
                }
                self.now.as_ref().map(|now| now.row.0.clone())
            }
            Step::Remove if self.now.is_none() => return Ok(None),
            Step::Remove => {
                self.now = None;
                None
            }
        };
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Ok(Some(Revision {
            version: Version::new(number),
            time: SystemTime::UNIX_EPOCH + Duration::from_micros(self.newest_micros),
            meta: commit.meta.iter().map(owned).collect(),
            value,
        }))
    }

    /// Whether the record is this one already.
    fn is_now(&self, other: &Now<T>) -> Result<bool> {
        let Some(now) = &self.now else { return Ok(false) };
        Ok(codec::encode(&*now.row)? == codec::encode(&*other.row)?)
    }

    fn step(&mut self, table: &TableChanges<'_>) -> Result<Step<T>> {
        if table.operations.is_empty() {
            return Ok(if table.head.reset { Step::Remove } else { Step::Nothing });
        }
        self.learn(table.head.schema)?;
        let form = self.forms.get(&table.head.schema).expect("it was just learned");
        let mut step = if table.head.reset { Step::Remove } else { Step::Nothing };
        for (key, record) in &table.operations {
            if let Some(found) = self.operation(form, key, *record)? {
                step = found;
            }
        }
        Ok(step)
    }

    /// What one operation does to the record; `None` where it is about another one.
    fn operation(
        &self,
        form: &Form<T>,
        key: &[u8],
        record: Option<&[u8]>,
    ) -> Result<Option<Step<T>>> {
        let is_now = self.now.as_ref().is_some_and(|now| now.key == key);
        let is_sought = if form.is_own {
            key == self.key_bytes
        } else {
            // `None` where only a record tells its key.
            let known = form.plan.key.read::<T::Key>(key).map_err(|source| {
                let error = Error::decode(std::any::type_name::<T::Key>(), source);
                error.within(Some(&self.identity.name), Some(form.stored.key_text(key)))
            })?;
            match (known, record) {
                (Some(known), _) => known == self.key,
                (None, None) => is_now,
                (None, Some(_)) => true,
            }
        };
        if !is_sought {
            return Ok(None);
        }
        let Some(record) = record else { return Ok(Some(Step::Remove)) };
        let read = read::<T>(key, record, &self.identity.name, &form.stored, &form.plan)?;
        if read.key == self.key {
            return Ok(Some(Step::Put(Now { row: read.row, key: key.to_vec() })));
        }
        // Under the key that the record had, there is one now that today would have another key.
        Ok(is_now.then_some(Step::Remove))
    }

    /// Makes a plan for a form, once.
    fn learn(&mut self, schema: u32) -> Result<()> {
        if self.forms.contains_key(&schema) {
            return Ok(());
        }
        let mismatch =
            |diff: String| Error::SchemaMismatch { collection: self.identity.name.clone(), diff };
        let stored = self.identity.schemas.get(schema).ok_or_else(|| {
            mismatch(format!("  the form {schema} of the records is not known\n"))
        })?;
        let plan = Plan::of(&stored).map_err(mismatch)?;
        let is_own = *stored == self.asked;
        self.forms.insert(schema, Form { stored, plan, is_own });
        Ok(())
    }
}

/// A walk through the versions in memory.
struct Memory<T: Record> {
    engine: Arc<Engine>,
    identity: Arc<Identity>,
    key: T::Key,
    /// The newest version when the walk began.
    until: u64,
    last: Option<u64>,
    record: Option<Row<T>>,
}

impl<T: Record> Memory<T> {
    fn next(&mut self) -> Result<Option<Revision<T>>> {
        while let Some(kept) = self.engine.pipeline().kept_after(self.last, self.until) {
            let number = kept.root.number;
            if self.last.is_some_and(|last| last + 1 != number) {
                // Some of them went since: what was done there can't be told any more.
                return Err(Error::OutOfHistory { oldest: Version::new(number) });
            }
            self.last = Some(number);
            let row = match kept.root.slot(self.identity.id) {
                Some(slot) => slot.typed::<T>()?.rows().get(&self.key).cloned(),
                None => None,
            };
            if row != self.record {
                self.record.clone_from(&row);
                return Ok(Some(Revision {
                    version: Version::new(number),
                    time: kept.root.time(),
                    meta: kept.meta,
                    value: row.map(|row| row.0),
                }));
            }
        }
        Ok(None)
    }
}
