//! The record behind a register, and how it is looked for.

use super::history::{By, CLASSES, Found, GROUP, IDS, Look, Part, digits};
use folio::{Document, DocumentsView, Record, Result, TxCollection, TxDocuments, View};
use serde::{Deserialize, Serialize};

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "registers")]
#[record(index(by_group_class = (group, class)))]
#[record(index(odd = third, when = |register| register.value % 2 == 1))]
pub(super) struct Register {
    #[key]
    group: u32,
    #[key]
    id: u32,
    #[index(unique)]
    pub(super) value: u64,
    #[index]
    class: u64,
    third: u64,
    #[index(each)]
    digits: Vec<u64>,
}

impl Register {
    pub(super) fn new(id: u32, value: u64) -> Self {
        let mut register =
            Self { group: id / GROUP, id, value: 0, class: 0, third: 0, digits: vec![] };
        register.set(value);
        register
    }

    pub(super) fn set(&mut self, value: u64) {
        self.value = value;
        self.class = value % CLASSES;
        self.third = value % 3;
        self.digits = digits(value);
    }

    fn pair(&self) -> (u32, Option<u64>) {
        (self.id, Some(self.value))
    }
}

pub(super) fn key(id: u32) -> (u32, u32) {
    (id / GROUP, id)
}

/// The key of a document that stands for a register.
pub(super) fn document(id: u32) -> String {
    format!("{}/{id}", id / GROUP)
}

fn document_pair(document: &Document) -> Result<(u32, Option<u64>)> {
    let id = document.key().rsplit('/').next().and_then(|id| id.parse().ok());
    Ok((id.expect("the keys end in ids"), Some(document.to()?)))
}

/// What looks for registers.
pub(super) trait Readable {
    /// What a look finds, in the order of ids. `way` says from which end what is taken.
    fn look(&self, look: Look, way: u64) -> Result<Found>;

    /// How many registers match.
    fn count(&self, by: By) -> Result<usize>;
}

/// Views give records as `&Register` and transactions as `Arc<Register>`; all else is alike.
macro_rules! readable {
    ($of:ty) => {
        impl Readable for $of {
            fn look(&self, look: Look, way: u64) -> Result<Found> {
                let part = look.part;
                Ok(match look.by {
                    By::Key(id) if way % 4 == 0 => {
                        self.contains(&key(id)).then_some((id, None)).into_iter().collect()
                    }
                    By::Key(id) if way % 4 == 1 => {
                        let found = self.get_all([key(id)]).into_iter().flatten();
                        found.map(|register| register.pair()).collect()
                    }
                    By::Key(id) => self.get(&key(id)).iter().map(|found| found.pair()).collect(),
                    By::Ids(0, IDS) if part == Part::First(1) && way % 2 == 0 => {
                        self.first().iter().map(|found| found.pair()).collect()
                    }
                    By::Ids(0, IDS) if part == Part::Last(1) && way % 2 == 0 => {
                        self.last().iter().map(|found| found.pair()).collect()
                    }
                    By::Ids(0, IDS) if way % 3 == 0 => {
                        take(part, way, self.keys().map(|key| (key.1, None)))
                    }
                    By::Ids(0, IDS) => take(part, way, self.iter().map(|found| found.pair())),
                    By::Ids(from, to) => {
                        let range = self.range(key(from)..key(to));
                        take(part, way, range.map(|found| found.pair()))
                    }
                    By::Group(group) => {
                        take(part, way, self.prefix((group,)).map(|found| found.pair()))
                    }
                    By::Class(class) => {
                        let found = self.by(Register::CLASS).get(&class);
                        take(part, way, found.map(|found| found.pair()))
                    }
                    By::Classes(from, to) => {
                        let found = self.by(Register::CLASS).range(from..to);
                        take(part, way, found.map(|found| found.pair()))
                    }
                    By::GroupClass(group, class) => {
                        let found = self.by(Register::BY_GROUP_CLASS).get(&(group, class));
                        take(part, way, found.map(|found| found.pair()))
                    }
                    By::GroupInIndex(group) => {
                        let found = self.by(Register::BY_GROUP_CLASS).prefix((group,));
                        take(part, way, found.map(|found| found.pair()))
                    }
                    By::Digit(digit) => {
                        let found = self.by(Register::DIGITS).get(&digit);
                        take(part, way, found.map(|found| found.pair()))
                    }
                    By::OddClass(class) => {
                        let found = self.by(Register::ODD).get(&class);
                        take(part, way, found.map(|found| found.pair()))
                    }
                    By::Value(value) => {
                        let found = self.find(Register::VALUE, &value);
                        found.iter().map(|found| found.pair()).collect()
                    }
                    By::Values(from, to) => {
                        let found = self.by(Register::VALUE).range(from..to);
                        take(part, way, found.map(|found| found.pair()))
                    }
                })
            }

            fn count(&self, by: By) -> Result<usize> {
                Ok(match by {
                    By::Class(class) => self.by(Register::CLASS).count(&class),
                    By::GroupClass(group, class) => {
                        self.by(Register::BY_GROUP_CLASS).count(&(group, class))
                    }
                    By::Digit(digit) => self.by(Register::DIGITS).count(&digit),
                    By::OddClass(class) => self.by(Register::ODD).count(&class),
                    By::Value(value) => self.by(Register::VALUE).count(&value),
                    By::Ids(0, IDS) => self.len(),
                    other => self.look(Look::all(other), 2)?.len(),
                })
            }
        }
    };
}

readable!(TxCollection<'_, Register>);
readable!(View<Register>);

macro_rules! readable_documents {
    ($of:ty) => {
        impl Readable for $of {
            fn look(&self, look: Look, way: u64) -> Result<Found> {
                let part = look.part;
                let found: Vec<_> = match look.by {
                    By::Key(id) if way % 3 == 0 => {
                        return Ok(self
                            .has(&document(id))
                            .then_some((id, None))
                            .into_iter()
                            .collect());
                    }
                    By::Key(id) => self.document(&document(id)).into_iter().collect(),
                    By::Group(group) => take_some(part, way, self.prefix(&format!("{group}/"))),
                    By::Ids(0, IDS) => take_some(part, way, self.iter()),
                    By::Ids(from, to) => {
                        let after = if to < IDS { document(to) } else { "9".to_owned() };
                        take_some(part, way, self.range(document(from)..after))
                    }
                    other => unreachable!("documents are not searched by {other:?}"),
                };
                let mut found: Found =
                    found.iter().map(|found| document_pair(found)).collect::<Result<_>>()?;
                found.sort_unstable();
                Ok(found)
            }

            fn count(&self, by: By) -> Result<usize> {
                match by {
                    By::Ids(0, IDS) => Ok(self.len()),
                    other => Ok(self.look(Look::all(other), 1)?.len()),
                }
            }
        }
    };
}

readable_documents!(TxDocuments<'_>);
readable_documents!(DocumentsView);

fn take(
    part: Part,
    way: u64,
    entries: impl DoubleEndedIterator<Item = (u32, Option<u64>)>,
) -> Found {
    let mut found = take_some(part, way, entries);
    found.sort_unstable();
    found
}

/// Takes a part of the entries; of all, from either end or by turns from both.
fn take_some<T>(part: Part, way: u64, mut entries: impl DoubleEndedIterator<Item = T>) -> Vec<T> {
    match part {
        Part::First(most) => entries.take(most).collect(),
        Part::Last(most) => entries.rev().take(most).collect(),
        Part::All if way % 5 < 2 => entries.collect(),
        Part::All if way % 5 < 4 => entries.rev().collect(),
        Part::All => {
            let mut ends = [true, false].into_iter().cycle();
            let mut next = || {
                if ends.next()? { entries.next() } else { entries.next_back() }
            };
            std::iter::from_fn(&mut next).collect()
        }
    }
}
