//! Carries a history out again in the order of its versions.
//!
//! That trusts the numbers of the versions, and is exact: whatever any transaction saw, counts
//! included, must be what a serial execution in that order shows. A transaction that committed
//! writes stands directly before its version; others, the undone ones among them, directly behind
//! the one they started from.

use super::super::graph::Place;
use super::history::{End, Event, History};
use std::collections::BTreeMap;

/// The registers there are, with their values.
type State = BTreeMap<Place, u64>;

/// Checks a history of which all versions are known.
pub(super) fn replay(history: &History) -> Result<(), String> {
    let mut order: Vec<_> = history.transactions.iter().enumerate().collect();
    order.sort_by_key(|(_, transaction)| (transaction.version, transaction.writes().is_empty()));
    let mut state = State::new();
    for (number, transaction) in order {
        let mut inside = state.clone();
        take_steps(&mut inside, &transaction.events)
            .map_err(|why| format!("T{number}: {why}\nin {transaction:?}"))?;
        if transaction.ended == End::Committed {
            state = inside;
        }
    }
    Ok(())
}

fn take_steps(state: &mut State, events: &[Event]) -> Result<(), String> {
    events.iter().try_for_each(|event| {
        take_step(state, event).map_err(|expected| format!("{event:?}, but there is {expected}"))
    })
}

/// Does what the event did; an error says what it should have seen.
fn take_step(state: &mut State, event: &Event) -> Result<(), String> {
    let of = |state: &State, wanted: usize| -> Vec<(u32, u64)> {
        let registers = state.iter().filter(|((collection, _), _)| *collection == wanted);
        registers.map(|((_, id), value)| (*id, *value)).collect()
    };
    match event {
        Event::Read { collection, look, found } => {
            let expected = look.find(of(state, *collection).into_iter());
            let same = |((id, value), (other, seen)): (&(u32, u64), &(u32, Option<u64>))| {
                id == other && seen.is_none_or(|seen| seen == *value)
            };
            let all = expected.len() == found.len() && expected.iter().zip(found).all(same);
            if all { Ok(()) } else { Err(format!("{expected:?}")) }
        }
        Event::Count { collection, by, count } => {
            let registers = of(state, *collection).into_iter();
            let expected = registers.filter(|(id, value)| by.matches(*id, *value)).count();
            if expected == *count { Ok(()) } else { Err(expected.to_string()) }
        }
        Event::Write { place, value, before } => {
            let there = state.get(place).copied();
            if before.is_some_and(|before| before != there) {
                return Err(format!("{there:?}"));
            }
            match value {
                Some(value) => state.insert(*place, *value),
                None => state.remove(place),
            };
            Ok(())
        }
        Event::Nested { events, stays } => {
            let mut inside = state.clone();
            take_steps(&mut inside, events)?;
            if *stays {
                *state = inside;
            }
            Ok(())
        }
    }
}
