//! What changes, as [server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html).
//!
//! Each event is what one look has found: all of some transactions, and half of none. The first has the tickets that are
//! there already, so whoever connects, for the first time or again, knows everything from then on. A
//! client that is slow gets fewer and larger events; nothing is queued for it.

use crate::Shared;
use crate::tickets::{Ticket, Wanted};
use axum::extract::{Query, State as Handed};
use axum::response::sse::{Event, KeepAlive, Sse};
use folio::{Change, Delta};
use futures_util::{Stream, StreamExt};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "lowercase", tag = "change", content = "ticket")]
enum Changed<'a> {
    Inserted(&'a Ticket),
    Updated(&'a Ticket),
    Removed(&'a Ticket),
}

pub(crate) async fn listen(
    Handed(shared): Handed<Shared>,
    Query(wanted): Query<Wanted>,
) -> Sse<impl Stream<Item = Result<Event, axum::Error>>> {
    let watcher = shared.tickets.watch().with_existing();
    let watcher = match wanted.state {
        Some(state) => watcher.index(Ticket::STATE, state),
        None => watcher,
    };
    let mut stopping = shared.stopping;
    let stopped = async move { drop(stopping.wait_for(|is_stopping| *is_stopping).await) };
    let events = watcher.into_stream().map(|delta| event(&delta)).take_until(Box::pin(stopped));
    Sse::new(events).keep_alive(KeepAlive::default())
}

fn event(delta: &Delta<Ticket>) -> Result<Event, axum::Error> {
    let changes: Vec<Change<Ticket>> = delta.changes().collect();
    let changes: Vec<Changed<'_>> = changes
        .iter()
        .map(|change| match change {
            Change::Inserted(new) => Changed::Inserted(new),
            Change::Updated { new, .. } => Changed::Updated(new),
            Change::Removed(old) => Changed::Removed(old),
        })
        .collect();
    Event::default().id(delta.version().number().to_string()).json_data(changes)
}
