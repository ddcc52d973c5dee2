//! Whether a history of registers is serializable, by the dependencies of its transactions.
//!
//! Nothing is carried out again: from what was read follows who must come before whom, and a cycle
//! among that says that no serial order would have shown the same. A look that did not find a
//! register depends on the write that would have made it match (a predicate anti-dependency).
//!
//! Values tell their writers, so reads that saw one are certain. Where a look passed over a
//! register, it is not told which of its versions it saw; then what follows from every one of those
//! that are possible is taken, and no more: a cycle is an anomaly always, never a guess.

use super::super::graph::{Anomaly, Graph, Kind, Place};
use super::history::{By, Found, History, Look};
use super::seen::Seen;
use super::versions::{Fate, Register, Registers, Version};

/// What is wrong with a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// A transaction did not see its own writes.
    Internal(String),
    /// What was undone was read.
    G1a(String),
    /// What its own transaction replaced was read.
    G1b(String),
    /// What nobody wrote there was read.
    FromNowhere(String),
    Cycle {
        anomaly: Anomaly,
        in_real_time: bool,
        text: String,
    },
}

/// Checks a history.
pub(super) fn dependencies(history: &History) -> Result<(), Wrong> {
    let mut graph = Graph::new(history.transactions.len());
    let registers = Registers::of(history, &mut graph).map_err(Wrong::Internal)?;
    for (place, register) in &registers.all {
        writes(&registers, *place, register, &mut graph);
    }
    for (reader, seen) in registers.seen.iter().enumerate() {
        for seen in seen {
            match *seen {
                Seen::Value { place, value } => {
                    found(&registers, reader, place, value, &mut graph)?;
                }
                Seen::Without { place, look, found } => {
                    missed(&registers, reader, place, (look, found), &mut graph);
                }
            }
        }
    }
    let times: Vec<_> = history.transactions.iter().map(|tx| (tx.begin, tx.end)).collect();
    graph.real_time(&times);
    let Some(cycle) = graph.cycle() else { return Ok(()) };
    let text = cycle.describe(|number| format!("{:?}", history.transactions.get(number)));
    Err(Wrong::Cycle { anomaly: cycle.anomaly, in_real_time: cycle.in_real_time, text })
}

/// Whoever wrote a register comes before who wrote it next.
fn writes(registers: &Registers<'_>, place: Place, register: &Register, graph: &mut Graph) {
    if register.is_ordered {
        for pair in register.versions.windows(2) {
            if let [before, after] = pair {
                graph.add(before.transaction, Kind::Ww, after.transaction, Some(place));
            }
        }
        return;
    }
    for version in &register.versions {
        let before = version.before.flatten().and_then(|value| registers.origins.get(&value));
        if let Some(before) = before {
            graph.add(before.transaction, Kind::Ww, version.transaction, Some(place));
        }
    }
}

/// A reader comes behind who wrote what it found, and before who replaced that.
fn found(
    registers: &Registers<'_>,
    reader: usize,
    place: Place,
    value: u64,
    graph: &mut Graph,
) -> Result<(), Wrong> {
    let tell = |what: &str| format!("T{reader} found {value} at {place:?}, {what}");
    let origin = registers.origins.get(&value).filter(|origin| origin.place == place);
    let Some(origin) = origin else {
        return Err(Wrong::FromNowhere(tell("which nobody wrote there")));
    };
    let writer = origin.transaction;
    match origin.fate {
        Fate::Undone => return Err(Wrong::G1a(tell(&format!("which T{writer} undid")))),
        Fate::Replaced => return Err(Wrong::G1b(tell(&format!("which T{writer} replaced")))),
        Fate::Left => graph.add(writer, Kind::Wr, reader, Some(place)),
    }
    let Some(register) = registers.all.get(&place) else { return Ok(()) };
    for next in register.next(writer, value) {
        graph.add(reader, Kind::Rw, next, Some(place));
    }
    if register.is_ordered {
        return Ok(());
    }
    if let Some(later) = registers.later(register, writer, reader) {
        graph.add(reader, Kind::Rw, later, Some(place));
    }
    Ok(())
}

/// A reader that did not find a register comes before who made it such as would have been found.
fn missed(
    registers: &Registers<'_>,
    reader: usize,
    place: Place,
    (look, found): (Look, &Found),
    graph: &mut Graph,
) {
    let Some(register) = registers.all.get(&place) else { return };
    let is_key = matches!(look.by, By::Key(_));
    let kind = if is_key { Kind::Rw } else { Kind::RwPredicate };
    let excluded =
        |version: &Version| version.value.is_some_and(|value| look.excludes(found, place.1, value));
    if register.is_ordered {
        if let Some(writer) = registers.missed(register, reader, excluded) {
            graph.add(reader, kind, writer, Some(place));
        }
    } else if !register.removed && look.tells_by_id(place.1) {
        // It was not there at all, so all who wrote it come later.
        for writer in register.others(reader) {
            graph.add(reader, kind, writer, Some(place));
        }
    }
}
