//! Tickets of a help desk, as an HTTP service on Folio: a JSON API, and what changes as server-sent events.
//!
//! | request | answer |
//! |---|---|
//! | `GET /tickets`, `GET /tickets?state=open` | the tickets, by number |
//! | `POST /tickets` with `{"title": …}` | 201 and the new ticket; 409 if an open or closed one has that title |
//! | `GET /tickets/7` | the ticket; 404 |
//! | `PATCH /tickets/7` with `{"title": …}`, `{"state": …}` or both | the ticket as it is then; 404, 409 |
//! | `POST /tickets/7/votes` | the ticket with one vote more; 404 |
//! | `DELETE /tickets/7` | 204; 404 |
//! | `GET /events`, `GET /events?state=open` | all that is there, then whatever changes, for as long as one listens |
//!
//! What to look at: handlers read in place, since reading never waits; they write with
//! [`Store::transact_async`], whose future waits for the disk without a thread. An answer is sent when what it
//! says is durable. Opening and closing the store wait for the disk and are kept away from the threads that run
//! tasks.

mod answer;
mod events;
mod tickets;

pub use answer::Failure;
pub use tickets::{State, Ticket};

use axum::Router;
use axum::routing::{get, post};
use folio::{Collection, Store};
use std::future::Future;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What the handlers share. Handles of Folio are cheap to clone.
#[derive(Clone)]
struct Shared {
    store: Store,
    tickets: Collection<Ticket>,
    /// Becomes true when the service is to end.
    stopping: watch::Receiver<bool>,
}

/// Serves the tickets of a store until `stop` is done; then answers what was asked, ends the streams of events,
/// and closes the store.
///
/// # Errors
///
/// What the listener or the store say.
pub async fn serve(
    listener: TcpListener,
    store: Store,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    let (stop_all, stopping) = watch::channel(false);
    let tickets = store.collection::<Ticket>()?;
    let routes = Router::new()
        .route("/tickets", get(tickets::list).post(tickets::add))
        .route("/tickets/{id}", get(tickets::show).patch(tickets::edit).delete(tickets::remove))
        .route("/tickets/{id}/votes", post(tickets::vote))
        .route("/events", get(events::listen))
        .with_state(Shared { store: store.clone(), tickets, stopping });
    let stop = async move {
        stop.await;
        stop_all.send_replace(true);
    };
    axum::serve(listener, routes).with_graceful_shutdown(stop).await?;
    tokio::task::spawn_blocking(move || store.close()).await??;
    Ok(())
}
