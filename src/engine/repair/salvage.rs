//! Which commits of a damaged log still mean something, and what they say in the new one.
//!
//! Collections have numbers in the order of their creation. Where one is lost with its creation, the new store has
//! no number for it, and those behind it get others. The forms of a collection have numbers too, in the order in
//! which they were announced. A number that is not announced may have been lost, and with it a commit
//! that wrote the whole collection anew in another encoding of its keys. So once an announcement may be missing
//! ([`Collection::is_unsure`]), nothing more is taken into the collection until a commit writes all of it anew in
//! a form that is known.
//!
//! As long as nothing was left out, commits stay as they are, byte for byte.

use crate::engine::verify::contents::check;
use crate::log::commit::{
    Commit, CommitWriter, Create, NewSchema, PUT, REMOVE, TableChanges, TableHead,
};
use crate::schema::descriptor::Descriptor;
use std::collections::BTreeMap;

/// A part of a commit that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// The collection's name; its number where that is lost; nothing where no commit could be read.
    pub(crate) collection: Of,
    /// The first and the last version that has such a part.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// How many operations were left out.
    pub(crate) operations: u64,
    /// Why the first was.
    pub(crate) reason: String,
}

/// Which collection something is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Of {
    Name(String),
    Number(u32),
    Unknown,
}

/// What is known of the collections so far.
#[derive(Debug, Default)]
pub(crate) struct Salvage {
    collections: BTreeMap<u32, Collection>,
    /// Commits are missing, or something was left out of one, so that numbers may be others.
    has_gap: bool,
    pub(crate) unreadable: Vec<Unreadable>,
}

#[derive(Debug)]
struct Collection {
    /// Its number in the new store.
    number: u32,
    name: String,
    /// Each form by its number in the damaged store, with its number in the new one.
    schemas: BTreeMap<u32, (u32, Descriptor)>,
    /// How many forms the new store has of it.
    announcements: u32,
    /// Commits are missing since the last form was announced.
    has_gap: bool,
    /// A form was announced behind a gap, and its number is not known.
    announced: Option<(u32, Descriptor)>,
    /// It may have been written anew in a commit that was lost.
    is_unsure: bool,
}

/// A commit as it goes into the new log.
pub(crate) struct Taken {
    pub(crate) bytes: Vec<u8>,
    pub(crate) time_micros: u64,
    /// Whether nothing of it was left out.
    pub(crate) is_whole: bool,
}

/// A commit that does nothing.
pub(crate) fn nothing(time_micros: u64, mark: Option<(&str, &str)>) -> Vec<u8> {
    let meta = mark.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let mut writer = CommitWriter::new(time_micros, meta.as_slice());
    writer.creates(&[]);
    writer.schemas(&[]);
    writer.tables(0);
    writer.into_bytes()
}

impl Salvage {
    /// Notes that commits are missing here.
    pub(crate) fn lose(&mut self) {
        self.has_gap = true;
        for collection in self.collections.values_mut() {
            collection.has_gap = true;
            // Another form may have been announced since.
            collection.is_unsure |= collection.announced.take().is_some();
        }
    }

    /// Takes a commit; a part of it that can't be read is left out, and the rest gets a mark.
    pub(crate) fn take_in(
        &mut self,
        version: u64,
        bytes: &[u8],
        mark: Option<(&str, &str)>,
    ) -> Taken {
        let commit = match Commit::parse(bytes) {
            Ok(commit) => commit,
            Err(error) => {
                self.lose();
                self.leave_out(Of::Unknown, version, 0, &error.to_string());
                return Taken { bytes: nothing(0, mark), time_micros: 0, is_whole: false };
            }
        };
        let before = self.unreadable.clone();
        let creates: Vec<Create<'_>> =
            commit.creates.iter().filter_map(|create| self.create(version, create)).collect();
        let tables = &commit.tables;
        let announces: Vec<NewSchema<'_>> = (commit.schemas.iter())
            .filter_map(|schema| self.announce(version, schema, tables))
            .collect();
        let kept: Vec<(TableHead, Vec<Put<'_>>)> =
            tables.iter().filter_map(|table| self.table(version, table)).collect();
        let is_whole = self.unreadable == before;
        let time_micros = commit.time_micros;
        if is_whole && !self.has_gap {
            return Taken { bytes: bytes.to_vec(), time_micros, is_whole };
        }
        let pair = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let mark = mark.filter(|_| !is_whole);
        let meta: Vec<_> = commit.meta.iter().copied().chain(mark).map(pair).collect();
        let mut writer = CommitWriter::new(time_micros, &meta);
        writer.creates(&creates);
        writer.schemas(&announces);
        writer.tables(kept.len());
        for (head, operations) in &kept {
            writer.table(*head, operations.len());
            for (key, record) in operations {
                let out = writer.operations();
                out.push(if record.is_some() { PUT } else { REMOVE });
                crate::codec::append_bytes(out, key);
                if let Some(record) = record {
                    crate::codec::append_bytes(out, record);
                }
            }
        }
        Taken { bytes: writer.into_bytes(), time_micros, is_whole }
    }

    /// A new collection, with its number in the new store.
    fn create<'a>(&mut self, version: u64, create: &Create<'a>) -> Option<Create<'a>> {
        if self.collections.contains_key(&create.collection) {
            let reason = "it was created before";
            self.leave_out(Of::Name(create.name.to_owned()), version, 0, reason);
            return None;
        }
        let number = u32::try_from(self.collections.len()).unwrap_or(u32::MAX);
        let collection = Collection {
            number,
            name: create.name.to_owned(),
            schemas: BTreeMap::new(),
            announcements: 0,
            has_gap: false,
            announced: None,
            is_unsure: false,
        };
        self.collections.insert(create.collection, collection);
        Some(Create { collection: number, name: create.name })
    }

    /// A new form of a collection, which is known by now.
    fn announce<'a>(
        &mut self,
        version: u64,
        schema: &NewSchema<'a>,
        tables: &[TableChanges<'_>],
    ) -> Option<NewSchema<'a>> {
        let number = schema.collection;
        let Some(collection) = self.collections.get_mut(&number) else {
            self.leave_out(Of::Number(number), version, 0, "its creation was lost");
            return None;
        };
        let descriptor = match Descriptor::parse(schema.descriptor) {
            Ok(descriptor) => descriptor,
            Err(error) => {
                let name = collection.name.clone();
                collection.is_unsure = true;
                self.leave_out(Of::Name(name), version, 0, &error.to_string());
                return None;
            }
        };
        let next = collection.announcements;
        collection.announcements += 1;
        let of_table = tables.iter().find(|table| table.head.collection == number);
        let known_as = of_table.map(|table| table.head.schema);
        collection.announced = Some((next, descriptor));
        if !collection.has_gap {
            // All forms before it are known, so it has the number behind them.
            let behind = collection.schemas.last_key_value().map_or(0, |(last, _)| last + 1);
            collection.resolve(behind);
        } else if let Some(known_as) = known_as {
            collection.resolve(known_as);
        }
        Some(NewSchema { collection: collection.number, descriptor: schema.descriptor })
    }

    /// What a commit does to a collection, as far as that can be read.
    fn table<'a>(
        &mut self,
        version: u64,
        table: &TableChanges<'a>,
    ) -> Option<(TableHead, Vec<Put<'a>>)> {
        let TableHead { collection: number, schema, reset, ids_used } = table.head;
        let count = table.operations.len() as u64;
        let Some(collection) = self.collections.get_mut(&number) else {
            self.leave_out(Of::Number(number), version, count, "its creation was lost");
            return None;
        };
        let name = collection.name.clone();
        if collection.announced.is_some() {
            collection.resolve(schema);
        }
        collection.is_unsure &= !reset;
        let known = collection.schemas.get(&schema).filter(|_| !collection.is_unsure);
        let Some((form, descriptor)) = known else {
            collection.is_unsure = true;
            let reason = "the form of its records was lost, or may have been";
            self.leave_out(Of::Name(name), version, count, reason);
            return None;
        };
        let mut kept = Vec::with_capacity(table.operations.len());
        let mut wrong = (0, String::new());
        for (key, record) in &table.operations {
            match check(descriptor, key, *record) {
                Ok(()) => kept.push((*key, *record)),
                Err(reason) => wrong = (wrong.0 + 1, reason),
            }
        }
        let head = TableHead { collection: collection.number, schema: *form, reset, ids_used };
        if wrong.0 > 0 {
            self.leave_out(Of::Name(name), version, wrong.0, &wrong.1);
        }
        Some((head, kept))
    }

    fn leave_out(&mut self, collection: Of, version: u64, operations: u64, reason: &str) {
        self.has_gap = true;
        let known = self.unreadable.iter_mut().find(|of| of.collection == collection);
        if let Some(known) = known {
            known.last = version;
            known.operations += operations;
            return;
        }
        let (first, last, reason) = (version, version, reason.to_owned());
        self.unreadable.push(Unreadable { collection, first, last, operations, reason });
    }
}

impl Collection {
    /// Gives the form that was announced last the number that it has in the damaged store.
    fn resolve(&mut self, number: u32) {
        let behind = self.schemas.last_key_value().map_or(0, |(last, _)| last + 1);
        if number < behind {
            // Written in an older form, behind the announcement: not by this library.
            return;
        }
        let Some((new, descriptor)) = self.announced.take() else { return };
        // Forms between the two were lost, and perhaps with them a whole new collection.
        self.is_unsure |= number > behind;
        self.schemas.insert(number, (new, descriptor));
        self.has_gap = false;
    }
}

/// A key, and its new record.
type Put<'a> = (&'a [u8], Option<&'a [u8]>);
