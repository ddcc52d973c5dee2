//! The tickets, and what can be done with them.

use crate::Shared;
use crate::answer::Failure;
use axum::Json;
use axum::extract::{Path, Query, State as Handed};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use folio::{Committing, Record, Schema};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is to be done.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "tickets")]
pub struct Ticket {
    #[key]
    pub id: u64,
    #[index(unique)]
    pub title: String,
    #[index]
    pub state: State,
    pub votes: u32,
}

/// How far one is.
#[derive(Schema, Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Open,
    Closed,
}

/// Which tickets are asked for.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    pub(crate) state: Option<State>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    title: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    title: Option<String>,
    state: Option<State>,
}

pub(crate) async fn list(
    Handed(shared): Handed<Shared>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<Ticket>>, Failure> {
    // One version, whatever is written meanwhile.
    let tickets = shared.tickets.view();
    Ok(Json(match wanted.state {
        Some(state) => tickets.by(Ticket::STATE).get(&state).cloned().collect(),
        None => tickets.iter().cloned().collect(),
    }))
}

pub(crate) async fn show(
    Handed(shared): Handed<Shared>,
    Path(id): Path<u64>,
) -> Result<Json<Arc<Ticket>>, Failure> {
    let ticket = shared.tickets.get(&id).ok_or(Failure::NoTicket(id))?;
    Ok(Json(ticket))
}

pub(crate) async fn add(
    Handed(shared): Handed<Shared>,
    Json(new): Json<New>,
) -> Result<impl IntoResponse, Failure> {
    let ticket = shared
        .store
        .transact_async(|tx| {
            let tickets = tx.collection::<Ticket>()?;
            let id = tickets.next_id()?;
            let ticket = Ticket { id, title: new.title.clone(), state: State::Open, votes: 0 };
            tickets.insert(ticket.clone())?;
            Ok(ticket)
        })
        .await?;
    let place = format!("/tickets/{}", ticket.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(ticket)))
}

pub(crate) async fn edit(
    Handed(shared): Handed<Shared>,
    Path(id): Path<u64>,
    Json(edit): Json<Edit>,
) -> Result<Json<Arc<Ticket>>, Failure> {
    let change = |ticket: &mut Ticket| {
        if let Some(title) = &edit.title {
            ticket.title.clone_from(title);
        }
        ticket.state = edit.state.unwrap_or(ticket.state);
    };
    Ok(Json(changed(&shared, id, change).await?))
}

pub(crate) async fn vote(
    Handed(shared): Handed<Shared>,
    Path(id): Path<u64>,
) -> Result<Json<Arc<Ticket>>, Failure> {
    // However many vote at once, every vote counts: a transaction that has lost runs again.
    let vote = |ticket: &mut Ticket| ticket.votes = ticket.votes.saturating_add(1);
    Ok(Json(changed(&shared, id, vote).await?))
}

/// Changes a ticket, and gives it when that is durable.
fn changed(shared: &Shared, id: u64, change: impl Fn(&mut Ticket)) -> Committing<Arc<Ticket>> {
    shared.store.transact_async(|tx| tx.collection::<Ticket>()?.update(&id, &change))
}

pub(crate) async fn remove(
    Handed(shared): Handed<Shared>,
    Path(id): Path<u64>,
) -> Result<StatusCode, Failure> {
    let removed = shared.store.transact_async(|tx| tx.collection::<Ticket>()?.remove(&id));
    removed.await?.ok_or(Failure::NoTicket(id))?;
    Ok(StatusCode::NO_CONTENT)
}
