//! The steps of random transactions.

use super::history::{By, CLASSES, Event, GROUP, IDS, Look, Part};
use super::record::{Readable, Register, document, key};
use super::run::{DOCUMENTS, RECORDS, Shared};
use crate::common::Random;
use folio::{Error, Result, Transaction, TxCollection, TxDocuments, Value};
use std::sync::atomic::Ordering;
use std::thread;

/// Some random steps, between which other threads get their turn.
pub(super) fn steps(shared: &Shared, tx: &Transaction, random: &mut Random) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for _ in 0..=random.below(3) {
        if random.below(8) == 0 {
            events.push(nested(shared, tx, random)?);
        } else {
            step(shared, tx, random, &mut events)?;
        }
        if random.below(2) == 0 {
            thread::yield_now();
        }
    }
    Ok(events)
}

fn nested(shared: &Shared, tx: &Transaction, random: &mut Random) -> Result<Event> {
    let stays = random.below(2) == 0;
    let mut events = Vec::new();
    let result = tx.nested(|tx| {
        events = steps(shared, tx, random)?;
        if stays { Ok(()) } else { Err(Error::abort("on purpose")) }
    });
    match result {
        Err(error) if !error.is_abort() => Err(error),
        _ => Ok(Event::Nested { events, stays }),
    }
}

/// A random look at a collection in which `newest` is about the newest value.
pub(super) fn random_look(random: &mut Random, collection: usize, newest: u64) -> Look {
    let mut small = |limit: u32| u32::try_from(random.below(limit.into())).unwrap_or_default();
    let (id, width, group) = (small(IDS), 1 + small(3), small(IDS / GROUP));
    let range = By::Ids(id, (id + width).min(IDS));
    let class = random.below(CLASSES);
    let kinds = if collection < RECORDS.len() { 14 } else { 6 };
    let by = match random.below(kinds) {
        0 | 1 => By::Key(id),
        2 => range,
        3 => By::Group(group),
        4 | 5 => By::Ids(0, IDS),
        6 => By::Class(class),
        7 => By::Classes(class, class + 2),
        8 => By::GroupClass(group, class),
        9 => By::GroupInIndex(group),
        10 => By::Digit([0, 1, 2, 10, 11].get(random.place(5)).copied().unwrap_or_default()),
        11 => By::OddClass(random.below(3)),
        // One of the newest values, or one that is yet to come.
        _ if random.below(3) > 0 => By::Value((newest + 12).saturating_sub(random.below(24))),
        _ => {
            let from = newest.saturating_sub(random.below(60));
            By::Values(from, from + random.below(60))
        }
    };
    let part = match (by, random.below(4)) {
        (By::Key(_) | By::Value(_), _) | (_, 0 | 1) => Part::All,
        (_, 2) => Part::First(1 + random.place(2)),
        _ => Part::Last(1 + random.place(2)),
    };
    Look { by, part }
}

/// One step, of which `events` tells.
fn step(
    shared: &Shared,
    tx: &Transaction,
    random: &mut Random,
    events: &mut Vec<Event>,
) -> Result<()> {
    let collection = random.place(RECORDS.len() + 1);
    let newest = shared.values.load(Ordering::Relaxed);
    let step = Step { shared, tx, collection, id: small_id(random) };
    match random.below(10) {
        0..=3 => step.write(random, events),
        4 => {
            let by = random_look(random, collection, newest).by;
            let count = step.readable(|readable| readable.count(by))?;
            events.push(Event::Count { collection, by, count });
            Ok(())
        }
        _ => {
            let (look, way) = (random_look(random, collection, newest), random.next());
            let found = step.readable(|readable| readable.look(look, way))?;
            events.push(Event::Read { collection, look, found });
            Ok(())
        }
    }
}

fn small_id(random: &mut Random) -> u32 {
    u32::try_from(random.below(IDS.into())).unwrap_or_default()
}

/// A step on one register of a collection.
struct Step<'a> {
    shared: &'a Shared,
    tx: &'a Transaction,
    collection: usize,
    id: u32,
}

impl<'a> Step<'a> {
    fn records(&self) -> Option<Result<TxCollection<'a, Register>>> {
        let name = RECORDS.get(self.collection)?;
        Some(self.tx.collection_named(name))
    }

    fn documents(&self) -> Result<TxDocuments<'a>> {
        self.tx.documents(DOCUMENTS)
    }

    fn readable<R>(&self, look: impl FnOnce(&dyn Readable) -> Result<R>) -> Result<R> {
        match self.records() {
            Some(records) => look(&records?),
            None => look(&self.documents()?),
        }
    }

    fn value(&self) -> u64 {
        self.shared.values.fetch_add(1, Ordering::Relaxed)
    }

    /// A write, of which the event tells what was there before, unless it is a blind one.
    fn event(&self, value: Option<u64>, before: Option<Option<u64>>) -> Event {
        Event::Write { place: (self.collection, self.id), value, before }
    }

    fn write(&self, random: &mut Random, events: &mut Vec<Event>) -> Result<()> {
        let workload = self.shared.workload;
        let removes = workload.removes && random.below(3) == 0;
        let blind = workload.blind && random.below(2) == 0;
        match self.records() {
            Some(records) if removes => self.remove(&records?, random, events),
            Some(_) if blind && random.below(2) == 0 => {
                let value = self.value();
                let records = self.tx.values(RECORDS.get(self.collection).unwrap_or(&""))?;
                records.put(&Value::of(&Register::new(self.id, value))?)?;
                events.push(self.event(Some(value), None));
                Ok(())
            }
            Some(records) => {
                let (value, records) = (self.value(), records?);
                let before = self.replace(&records, value, random)?;
                match before {
                    Ok(before) => {
                        events.push(self.event(Some(value), Some(before).filter(|_| !blind)));
                    }
                    Err(look) => events.push(look),
                }
                Ok(())
            }
            None if removes => {
                let was_there = self.documents()?.delete(&document(self.id))?;
                events.push(self.event(None, if was_there { None } else { Some(None) }));
                Ok(())
            }
            None if blind => {
                let value = self.value();
                self.documents()?.set(document(self.id), &value)?;
                events.push(self.event(Some(value), None));
                Ok(())
            }
            None => {
                let (mut before, value) = (0, self.value());
                self.documents()?.update(&document(self.id), |held: &mut u64| {
                    before = std::mem::replace(held, value);
                })?;
                let before = Some(before).filter(|before| *before > 0);
                events.push(self.event(Some(value), Some(before)));
                Ok(())
            }
        }
    }

    /// Writes a record in one of the ways there are; gives what was there before or, where the write
    /// was refused, what that told.
    fn replace(
        &self,
        records: &TxCollection<'_, Register>,
        value: u64,
        random: &mut Random,
    ) -> Result<Result<Option<u64>, Event>> {
        let id = self.id;
        let mut before = None;
        let told = |found| {
            let look = Look::all(By::Key(id));
            Err(Event::Read { collection: self.collection, look, found })
        };
        match random.below(4) {
            0 => match records.insert(Register::new(id, value)) {
                Ok(_) => Ok(Ok(None)),
                Err(Error::KeyExists { .. }) => Ok(told(vec![(id, None)])),
                Err(error) => Err(error),
            },
            1 => {
                let change = |register: &mut Register| {
                    before = Some(register.value);
                    register.set(value);
                };
                match records.update(&key(id), change) {
                    Ok(_) => Ok(Ok(before)),
                    Err(Error::NotFound { .. }) => Ok(told(vec![])),
                    Err(error) => Err(error),
                }
            }
            2 => {
                let change = |register: &mut Register| {
                    before = Some(register.value);
                    register.set(value);
                };
                records.upsert(&key(id), || Register::new(id, value), change)?;
                Ok(Ok(before))
            }
            _ => Ok(Ok(records.put(Register::new(id, value))?.map(|before| before.value))),
        }
    }

    fn remove(
        &self,
        records: &TxCollection<'_, Register>,
        random: &mut Random,
        events: &mut Vec<Event>,
    ) -> Result<()> {
        if random.below(4) > 0 {
            let before = records.remove(&key(self.id))?.map(|before| before.value);
            events.push(self.event(None, Some(before)));
            return Ok(());
        }
        // What a range is emptied of can be known only from looking at it first.
        let look = Look::all(By::Ids(self.id, (self.id + 2).min(IDS)));
        let found = records.look(look, 1)?;
        events.push(Event::Read { collection: self.collection, look, found: found.clone() });
        let removed = records.remove_range(key(self.id)..key((self.id + 2).min(IDS)))?;
        assert_eq!(removed, found.len());
        events.extend(found.into_iter().map(|(id, value)| Event::Write {
            place: (self.collection, id),
            value: None,
            before: Some(value),
        }));
        Ok(())
    }
}
