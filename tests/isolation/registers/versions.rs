//! The versions that each register had, as far as their order is known.
//!
//! Where the transactions told their versions, these give the order. Where they did not, a write
//! whose transaction saw the value before it comes directly behind that one; if all writes of a
//! register hang together like that, their order is known too. Else what is left is real time: of
//! two writes the one is later that began after the other had ended.

use super::super::graph::{Graph, Place};
use super::history::{End, Event, History, Transaction};
use super::seen::{Seen, seen_by};
use std::collections::{BTreeMap, HashMap};

/// What a transaction left in a register.
#[derive(Debug, Clone, Copy)]
pub(super) struct Version {
    pub(super) transaction: usize,
    /// `None` where it was removed.
    pub(super) value: Option<u64>,
    /// What was there before, if the transaction saw it.
    pub(super) before: Option<Option<u64>>,
}

/// All versions of one register.
#[derive(Debug)]
pub(super) struct Register {
    /// In their order, or in that of the beginnings of their transactions.
    pub(super) versions: Vec<Version>,
    pub(super) is_ordered: bool,
    pub(super) removed: bool,
    /// Of each version its number, or else the first beginning of this one and, where the order is
    /// known, all behind it: whoever ended before that saw none of these.
    bounds: Vec<u64>,
    /// Nodes that lead to the transactions of this and all later versions, and to those of this and
    /// all earlier ones. Only where the order is not known.
    forward: Vec<usize>,
    backward: Vec<usize>,
    /// The place of each transaction's version.
    positions: HashMap<usize, usize>,
    /// The transactions that replaced a value, as far as they saw it.
    replaced: HashMap<u64, Vec<usize>>,
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was what its transaction left.
    Left,
    /// The transaction itself replaced it.
    Replaced,
    Undone,
}

/// Who wrote a value, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) transaction: usize,
    pub(super) place: Place,
    pub(super) fate: Fate,
}

/// All registers of a history.
pub(super) struct Registers<'a> {
    history: &'a History,
    has_versions: bool,
    pub(super) all: BTreeMap<Place, Register>,
    pub(super) origins: HashMap<u64, Origin>,
    /// What each transaction saw of others.
    pub(super) seen: Vec<Vec<Seen<'a>>>,
}

impl<'a> Registers<'a> {
    /// An error says which transaction did not see its own writes.
    pub(super) fn of(history: &'a History, graph: &mut Graph) -> Result<Self, String> {
        let has_versions = history.has_versions();
        let mut seen = Vec::new();
        let mut origins = HashMap::new();
        let mut all: BTreeMap<Place, Vec<Version>> = BTreeMap::new();
        for (number, transaction) in history.transactions.iter().enumerate() {
            let looks = seen_by(transaction).map_err(|why| format!("T{number}: {why}"))?;
            for (place, value) in transaction.writes() {
                let before = looks.iter().find_map(|look| look.exactly(place));
                all.entry(place).or_default().push(Version { transaction: number, value, before });
            }
            note_origins(number, transaction, &mut origins);
            seen.push(looks);
        }
        let mut registers = Self { history, has_versions, all: BTreeMap::new(), origins, seen };
        for (place, versions) in all {
            let register = registers.order(versions, graph);
            registers.all.insert(place, register);
        }
        Ok(registers)
    }

    fn transaction(&self, number: usize) -> &Transaction {
        self.history.transactions.get(number).expect("numbers are those of transactions")
    }

    fn order(&self, mut versions: Vec<Version>, graph: &mut Graph) -> Register {
        let removed = versions.iter().any(|version| version.value.is_none());
        let begin = |version: &Version| self.transaction(version.transaction).begin;
        if self.has_versions {
            let number = |version: &Version| {
                self.transaction(version.transaction).version.unwrap_or_default()
            };
            versions.sort_by_key(number);
            let bounds = versions.iter().map(number).collect();
            return Register::new(versions, bounds, None);
        }
        if let Some(chain) = chain(&versions).filter(|_| !removed) {
            // The smallest beginning of this version and all later ones.
            let mut bounds: Vec<u64> = chain
                .iter()
                .rev()
                .scan(u64::MAX, |least, version| {
                    *least = begin(version).min(*least);
                    Some(*least)
                })
                .collect();
            bounds.reverse();
            return Register::new(chain, bounds, None);
        }
        versions.sort_by_key(begin);
        let transactions = versions.iter().map(|version| version.transaction);
        let forward = graph.chain(transactions.clone());
        let mut backward = graph.chain(transactions.rev());
        backward.reverse();
        let bounds = versions.iter().map(begin).collect();
        Register::new(versions, bounds, Some((forward, backward)))
    }

    /// The first transactions of a register that began after this one had ended; a node that leads
    /// to them all. `reader` is not among them.
    pub(super) fn later(&self, register: &Register, than: usize, reader: usize) -> Option<usize> {
        let end = self.transaction(than).end;
        let after = register.bounds.partition_point(|begin| *begin <= end);
        let own = register.position(reader).map_or(0, |own| own + 1);
        register.forward.get(after.max(own)).copied()
    }

    /// Below this the bounds of all versions lie that a transaction can have seen.
    fn limit(&self, reader: usize) -> u64 {
        let transaction = self.transaction(reader);
        match transaction.version {
            Some(version) if self.has_versions => {
                version + u64::from(transaction.writes().is_empty())
            }
            _ => transaction.end,
        }
    }

    /// Where the order is known: the first version whose transaction must come behind a reader who
    /// saw none that `excluded` holds of, and nothing else of the register.
    ///
    /// The reader saw one of those that are not excluded; at the latest the last of them that it can
    /// have seen at all. Behind that one, whatever is excluded was written after the reader looked.
    pub(super) fn missed(
        &self,
        register: &Register,
        reader: usize,
        excluded: impl Fn(&Version) -> bool,
    ) -> Option<usize> {
        let limit = self.limit(reader);
        let open = register.bounds.partition_point(|bound| *bound < limit);
        let (before, after) = register.versions.split_at(open);
        let others = |version: &&Version| version.transaction != reader;
        let last = before.iter().rposition(|version| others(&version) && !excluded(version));
        let behind = before.iter().skip(last.map_or(0, |last| last + 1));
        let mut behind = behind.chain(after).filter(others);
        behind.find(|version| excluded(version)).map(|version| version.transaction)
    }
}

impl Register {
    fn new(
        versions: Vec<Version>,
        bounds: Vec<u64>,
        unordered: Option<(Vec<usize>, Vec<usize>)>,
    ) -> Self {
        let is_ordered = unordered.is_none();
        let (forward, backward) = unordered.unwrap_or_default();
        let removed = versions.iter().any(|version| version.value.is_none());
        let mut register = Self {
            versions,
            is_ordered,
            removed,
            bounds,
            forward,
            backward,
            positions: HashMap::new(),
            replaced: HashMap::new(),
        };
        for (position, version) in register.versions.iter().enumerate() {
            register.positions.insert(version.transaction, position);
            if let Some(Some(value)) = version.before {
                register.replaced.entry(value).or_default().push(version.transaction);
            }
        }
        register
    }

    /// Who replaced a value that this transaction left, as far as that is known from the order or
    /// from what they saw.
    pub(super) fn next(&self, writer: usize, value: u64) -> impl Iterator<Item = usize> {
        let own = self.position(writer).filter(|_| self.is_ordered);
        let next = own.and_then(|own| self.versions.get(own + 1));
        let saw = self.replaced.get(&value).filter(|_| !self.is_ordered);
        next.map(|next| next.transaction).into_iter().chain(saw.into_iter().flatten().copied())
    }

    fn position(&self, transaction: usize) -> Option<usize> {
        self.positions.get(&transaction).copied()
    }

    /// Nodes that lead to all transactions but this one.
    pub(super) fn others(&self, reader: usize) -> impl Iterator<Item = usize> {
        let own = self.position(reader);
        let behind = self.forward.get(own.map_or(0, |own| own + 1));
        let before = own.and_then(|own| self.backward.get(own.checked_sub(1)?));
        behind.into_iter().chain(before).copied()
    }
}

/// The versions one behind the other, if each tells the one before it, and none is left over.
fn chain(versions: &[Version]) -> Option<Vec<Version>> {
    let mut next: HashMap<Option<u64>, &Version> = HashMap::new();
    for version in versions {
        if next.insert(version.before?, version).is_some() {
            return None;
        }
    }
    let first = *next.get(&None)?;
    let chain = std::iter::successors(Some(first), |last| next.get(&last.value).copied());
    let chain: Vec<_> = chain.take(versions.len()).copied().collect();
    (chain.len() == versions.len()).then_some(chain)
}

fn note_origins(number: usize, transaction: &Transaction, origins: &mut HashMap<u64, Origin>) {
    let left = transaction.writes();
    let undone = transaction.ended == End::Undone;
    each_write(&transaction.events, undone, &mut |place, value, undone| {
        let fate = match left.get(&place) {
            _ if undone => Fate::Undone,
            Some(Some(last)) if *last == value => Fate::Left,
            _ => Fate::Replaced,
        };
        origins.insert(value, Origin { transaction: number, place, fate });
    });
}

fn each_write(events: &[Event], undone: bool, note: &mut impl FnMut(Place, u64, bool)) {
    for event in events {
        match event {
            Event::Write { place, value: Some(value), .. } => note(*place, *value, undone),
            Event::Nested { events, stays } => each_write(events, undone || !stays, note),
            _ => {}
        }
    }
}
