//! Whether a history is serializable, decided in two ways.
//!
//! [`replay`] trusts the versions that commits report: it carries the transactions out again, one
//! after the other in that order, and compares everything they read. [`graph`] trusts nothing but
//! what was read: in a history of appends the lists themselves give the order of the writes (as in
//! Elle), from which follow the edges *writer before writer*, *writer before reader* and *reader
//! before writer*; real time adds that who ended before another began comes before it. The history
//! is serializable, in an order that respects real time, if these edges have no cycle.

use super::graph::{Graph, Kind, Place};
use super::history::GROUPS;
use std::collections::{BTreeMap, HashMap};

/// A way of reading, of which it is known which records it should find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    Key(u32),
    /// From the first to below the second.
    Range(u32, u32),
    Group(u32),
    Length(usize),
    Last(u64),
    First,
}

impl Look {
    /// Whether it finds this record, where it is there.
    fn finds(self, id: u32, list: &[u64]) -> bool {
        match self {
            Self::Key(key) => id == key,
            Self::Range(from, to) => (from..to).contains(&id),
            Self::Group(group) => id % GROUPS == group,
            Self::Length(length) => list.len() == length,
            Self::Last(value) => list.last() == Some(&value),
            Self::First => true,
        }
    }

    /// The ids of which a result without them says that there are no such records.
    fn absent(self, found: &[(u32, Vec<u64>)]) -> Vec<u32> {
        let is_found = |id: u32| found.iter().any(|(other, _)| *other == id);
        let first = found.first().map_or(u32::MAX, |(id, _)| *id);
        let tells = |id: u32| match self {
            Self::Key(_) | Self::Range(..) | Self::Group(_) => self.finds(id, &[]) && !is_found(id),
            // Of these it is not known how long they are, or where they end.
            Self::Length(_) | Self::Last(_) => false,
            Self::First => id < first,
        };
        (0..32).filter(|id| tells(*id)).collect()
    }
}

/// A step of a transaction, and what it saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Read {
        collection: usize,
        look: Look,
        found: Vec<(u32, Vec<u64>)>,
    },
    Count {
        collection: usize,
        count: usize,
    },
    /// What was found is the list with the new value at its end.
    Append {
        collection: usize,
        id: u32,
        value: u64,
        found: Vec<u64>,
    },
    Remove {
        collection: usize,
        id: u32,
        found: bool,
    },
}

/// A transaction that committed.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) begin: u64,
    pub(crate) end: u64,
    /// The version it became or, where it wrote nothing, read.
    pub(crate) version: u64,
    pub(crate) events: Vec<Event>,
}

impl Finished {
    fn writes(&self) -> bool {
        self.events.iter().any(|event| match event {
            Event::Append { .. } => true,
            Event::Remove { found, .. } => *found,
            Event::Read { .. } | Event::Count { .. } => false,
        })
    }
}

/// All transactions that committed, and a last one that read everything.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) finished: Vec<Finished>,
    /// Whether lists were removed.
    pub(crate) removes: bool,
    /// Whether the versions of the transactions are known.
    pub(crate) versions: bool,
}

/// Checks a history in the ways that it allows.
pub(crate) fn serializable(history: &History) -> Result<(), String> {
    assert!(history.versions || !history.removes, "such a history can't be checked");
    if history.versions {
        replay(history)?;
    }
    if !history.removes {
        graph(history)?;
    }
    Ok(())
}

type Lists = BTreeMap<u32, Vec<u64>>;

/// Carries the transactions out again in the order of their versions.
pub(crate) fn replay(history: &History) -> Result<(), String> {
    let mut order: Vec<&Finished> = history.finished.iter().collect();
    // A reader of a version comes behind the writer that made it.
    order.sort_by_key(|finished| (finished.version, !finished.writes()));
    let mut state: [Lists; 2] = Default::default();
    for finished in order {
        for event in &finished.events {
            let wrong = |expected: &dyn std::fmt::Debug| {
                format!("version {}: {event:?}, but {expected:?}", finished.version)
            };
            take_step(&mut state, event).map_err(|expected| wrong(&expected))?;
        }
    }
    Ok(())
}

/// Does what the event did; an error says what it should have seen.
fn take_step(state: &mut [Lists; 2], event: &Event) -> Result<(), String> {
    let collection = match event {
        Event::Read { collection, .. }
        | Event::Count { collection, .. }
        | Event::Append { collection, .. }
        | Event::Remove { collection, .. } => *collection,
    };
    let lists = state.get_mut(collection).ok_or("no such collection")?;
    let (is_right, expected) = match event {
        Event::Read { look, found, .. } => {
            let most = if *look == Look::First { 1 } else { usize::MAX };
            let matching = lists.iter().filter(|(id, list)| look.finds(**id, list)).take(most);
            let expected: Vec<_> = matching.map(|(id, list)| (*id, list.clone())).collect();
            (*found == expected, format!("{expected:?}"))
        }
        Event::Count { count, .. } => (*count == lists.len(), lists.len().to_string()),
        Event::Append { id, value, found, .. } => {
            let list = lists.entry(*id).or_default();
            list.push(*value);
            (list == found, format!("{list:?}"))
        }
        Event::Remove { id, found, .. } => {
            let removed = lists.remove(id);
            (removed.is_some() == *found, format!("{removed:?}"))
        }
    };
    if is_right { Ok(()) } else { Err(expected) }
}

/// Looks for a cycle among what must have come before what.
pub(crate) fn graph(history: &History) -> Result<(), String> {
    let order = Order::of(history)?;
    let mut graph = Graph::new(history.finished.len());
    order.chain_writers(&mut graph)?;
    for (reader, finished) in history.finished.iter().enumerate() {
        for (place, prefix) in observations(finished) {
            order.connect(reader, place, &prefix, &mut graph)?;
        }
    }
    let times: Vec<_> =
        history.finished.iter().map(|finished| (finished.begin, finished.end)).collect();
    graph.real_time(&times);
    match graph.cycle() {
        None => Ok(()),
        Some(cycle) => Err(cycle.describe(|number| format!("{:?}", history.finished.get(number)))),
    }
}

/// The order of the appends to each list, and who made them.
struct Order {
    lists: HashMap<Place, Vec<u64>>,
    writers: HashMap<u64, usize>,
}

impl Order {
    /// The longest list that anybody read holds all that were committed, in their order.
    fn of(history: &History) -> Result<Self, String> {
        let mut lists: HashMap<Place, Vec<u64>> = HashMap::new();
        let mut writers = HashMap::new();
        for (number, finished) in history.finished.iter().enumerate() {
            for event in &finished.events {
                if let Event::Append { value, .. } = event {
                    writers.insert(*value, number);
                }
            }
            for (place, list) in observations(finished) {
                let longest = lists.entry(place).or_default();
                if list.len() > longest.len() {
                    *longest = list;
                }
            }
        }
        let known: usize = lists.values().map(Vec::len).sum();
        if known < writers.len() {
            return Err(format!("{} appends were lost", writers.len() - known));
        }
        Ok(Self { lists, writers })
    }

    fn writer(&self, value: u64) -> Result<usize, String> {
        let writer = self.writers.get(&value).copied();
        writer.ok_or_else(|| format!("{value} was read, but never committed"))
    }

    /// Whoever appended to a list comes before who appended to it next.
    fn chain_writers(&self, graph: &mut Graph) -> Result<(), String> {
        for (place, list) in &self.lists {
            let writers: Result<Vec<_>, _> = list.iter().map(|value| self.writer(*value)).collect();
            for pair in writers?.windows(2) {
                if let [before, after] = pair {
                    graph.add(*before, Kind::Ww, *after, Some(*place));
                }
            }
        }
        Ok(())
    }

    /// Adds what follows from a reader having seen a list so far and no further.
    fn connect(
        &self,
        reader: usize,
        place: Place,
        prefix: &[u64],
        graph: &mut Graph,
    ) -> Result<(), String> {
        let list = self.lists.get(&place).map_or(&[][..], Vec::as_slice);
        let Some(rest) = list.strip_prefix(prefix) else {
            return Err(format!("{place:?} was read as {prefix:?}, which is no start of {list:?}"));
        };
        let before = prefix.last().map(|value| self.writer(*value)).transpose()?;
        let after = rest.first().map(|value| self.writer(*value)).transpose()?;
        if before.is_some() && before == after && before != Some(reader) {
            return Err(format!("{place:?} was read in the middle of a transaction: {prefix:?}"));
        }
        if let Some(before) = before {
            graph.add(before, Kind::Wr, reader, Some(place));
        }
        if let Some(after) = after {
            graph.add(reader, Kind::Rw, after, Some(place));
        }
        Ok(())
    }
}

/// The lists that a transaction saw, without its own appends.
fn observations(finished: &Finished) -> Vec<(Place, Vec<u64>)> {
    let mut own: HashMap<Place, usize> = HashMap::new();
    let mut seen = Vec::new();
    let foreign = |list: &[u64], own: usize| list.iter().take(list.len() - own).copied().collect();
    for event in &finished.events {
        match event {
            Event::Read { collection, look, found } => {
                for (id, list) in found {
                    let place = (*collection, *id);
                    let own = own.get(&place).copied().unwrap_or_default();
                    seen.push((place, foreign(list, own)));
                }
                let absent = look.absent(found).into_iter();
                seen.extend(absent.map(|id| ((*collection, id), Vec::new())));
            }
            Event::Append { collection, id, found, .. } => {
                let place = (*collection, *id);
                let own = own.entry(place).or_default();
                *own += 1;
                seen.push((place, foreign(found, *own)));
            }
            Event::Count { .. } | Event::Remove { .. } => {}
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(begin: u64, end: u64, version: u64, events: Vec<Event>) -> Finished {
        Finished { begin, end, version, events }
    }

    fn append(collection: usize, value: u64, found: &[u64]) -> Event {
        Event::Append { collection, id: 1, value, found: found.to_vec() }
    }

    fn read(collection: usize, list: &[u64]) -> Event {
        let found = if list.is_empty() { vec![] } else { vec![(1, list.to_vec())] };
        Event::Read { collection, look: Look::Key(1), found }
    }

    fn history(finished: Vec<Finished>) -> History {
        History { finished, removes: false, versions: true }
    }

    #[track_caller]
    fn both_find(history: &History) {
        println!("{:?}\n{:?}", replay(history), graph(history));
        assert!(replay(history).is_err() && graph(history).is_err());
    }

    #[test]
    fn a_serial_history_is_serializable() {
        let history = history(vec![
            finished(0, 1, 1, vec![read(0, &[]), append(0, 7, &[7]), read(0, &[7])]),
            finished(2, 3, 2, vec![read(0, &[7]), append(1, 8, &[8])]),
            finished(2, 4, 1, vec![read(0, &[7]), read(1, &[])]),
            finished(5, 6, 2, vec![read(0, &[7]), read(1, &[8])]),
        ]);
        assert_eq!(serializable(&history), Ok(()));
    }

    #[test]
    fn write_skew_is_found() {
        both_find(&history(vec![
            finished(0, 2, 1, vec![read(0, &[]), append(1, 7, &[7])]),
            finished(1, 3, 2, vec![read(1, &[]), append(0, 8, &[8])]),
            finished(4, 5, 2, vec![read(0, &[8]), read(1, &[7])]),
        ]));
    }

    #[test]
    fn a_lost_update_is_found() {
        both_find(&history(vec![
            finished(0, 2, 1, vec![append(0, 7, &[7])]),
            finished(1, 3, 2, vec![append(0, 8, &[8])]),
            finished(4, 5, 2, vec![read(0, &[8])]),
        ]));
    }

    #[test]
    fn a_read_of_what_was_rolled_back_is_found() {
        both_find(&history(vec![finished(0, 1, 0, vec![read(0, &[9])])]));
    }

    #[test]
    fn a_stale_read_is_found() {
        // Serializable, but not in an order that respects real time.
        let history = history(vec![
            finished(0, 1, 1, vec![append(0, 7, &[7])]),
            finished(2, 3, 0, vec![read(0, &[])]),
            finished(4, 5, 1, vec![read(0, &[7])]),
        ]);
        assert!(graph(&history).is_err());
    }

    #[test]
    fn half_a_transaction_is_found() {
        both_find(&history(vec![
            finished(0, 3, 1, vec![append(0, 7, &[7]), append(0, 8, &[7, 8])]),
            finished(1, 2, 0, vec![read(0, &[7])]),
            finished(4, 5, 1, vec![read(0, &[7, 8])]),
        ]));
    }
}
