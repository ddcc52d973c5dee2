//! What a transaction saw of others, once its own writes are taken away.

use super::super::graph::Place;
use super::history::{By, Event, Found, IDS, Look, Part, Transaction, Writes};

/// A register that a transaction looked at before it wrote it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Seen<'a> {
    Value {
        place: Place,
        value: u64,
    },
    /// It was not among what was found.
    Without {
        place: Place,
        look: Look,
        found: &'a Found,
    },
}

impl Seen<'_> {
    /// What it says exactly of a register: its value, or that there is none.
    pub(super) fn exactly(&self, wanted: Place) -> Option<Option<u64>> {
        match *self {
            Self::Value { place, value } if place == wanted => Some(Some(value)),
            Self::Without { place, look, .. } if place == wanted && look.tells_by_id(place.1) => {
                Some(None)
            }
            _ => None,
        }
    }
}

static NOTHING: Found = Vec::new();

/// What a transaction saw of others; an error says where it did not see what it wrote itself.
pub(super) fn seen_by(transaction: &Transaction) -> Result<Vec<Seen<'_>>, String> {
    let mut seen = Vec::new();
    walk(&transaction.events, &mut Writes::new(), &mut seen)?;
    Ok(seen)
}

fn walk<'a>(events: &'a [Event], own: &mut Writes, seen: &mut Vec<Seen<'a>>) -> Result<(), String> {
    for event in events {
        match event {
            Event::Read { collection, look, found } => {
                read(*collection, *look, found, own, seen)
                    .map_err(|own| format!("{event:?}, after it wrote {own:?} itself"))?;
            }
            Event::Count { .. } => {}
            Event::Write { place, value, before } => {
                let told = before.map(|before| before.map(|value| (place.1, Some(value))));
                let look = Look { by: By::Key(place.1), part: Part::All };
                match (own.get(place), told) {
                    (Some(mine), Some(told)) if told != mine.map(|mine| (place.1, Some(mine))) => {
                        return Err(format!("{event:?}, after it wrote {mine:?} itself"));
                    }
                    (None, Some(Some((_, Some(value))))) => {
                        seen.push(Seen::Value { place: *place, value });
                    }
                    (None, Some(None)) => {
                        seen.push(Seen::Without { place: *place, look, found: &NOTHING });
                    }
                    _ => {}
                }
                // Removing what is not there writes nothing.
                if (value, before) != (&None, &Some(None)) {
                    own.insert(*place, *value);
                }
            }
            Event::Nested { events, stays } => {
                let mut inside = own.clone();
                walk(events, &mut inside, seen)?;
                if *stays {
                    *own = inside;
                }
            }
        }
    }
    Ok(())
}

/// An error is the own write that was not seen, or was seen after its removal.
fn read<'a>(
    collection: usize,
    look: Look,
    found: &'a Found,
    own: &Writes,
    seen: &mut Vec<Seen<'a>>,
) -> Result<(), Option<u64>> {
    for id in 0..IDS {
        let place = (collection, id);
        let there = found.iter().find(|(other, _)| *other == id).map(|(_, value)| *value);
        match (own.get(&place), there) {
            (Some(Some(mine)), Some(value)) if value.is_none_or(|value| value == *mine) => {}
            (Some(Some(mine)), None) if !look.excludes(found, id, *mine) => {}
            (Some(None), None) | (None, Some(None)) => {}
            (Some(mine), _) => return Err(*mine),
            (None, Some(Some(value))) => seen.push(Seen::Value { place, value }),
            (None, None) => seen.push(Seen::Without { place, look, found }),
        }
    }
    Ok(())
}
