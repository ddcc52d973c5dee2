//! The service, asked over HTTP.

use folio::Store;
use folio_web::{Failure, State, Ticket, serve};
use futures_util::future::join_all;
use futures_util::{Stream, StreamExt};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use std::path::Path;
use std::pin::Pin;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running service, and a client of it.
struct Service {
    address: String,
    client: Client,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), Failure>>,
}

impl Service {
    async fn start(directory: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (stop, stopped) = oneshot::channel();
        let store = Store::open(directory).expect("the store opens");
        let ended = tokio::spawn(serve(listener, store, async { drop(stopped.await) }));
        Self { address, client: Client::new(), stop, ended }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Response {
        let request = self.client.request(method, format!("{}{path}", self.address));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        request.send().await.expect("the service answers")
    }

    async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> Response {
        self.ask(Method::POST, path, Some(body)).await
    }

    async fn events(&self, path: &str) -> Events {
        let response = self.get(path).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let pieces = Box::pin(response.bytes_stream().map(|piece| {
            String::from_utf8(piece.expect("it goes on").to_vec()).expect("events are text")
        }));
        Events { pieces, read: String::new() }
    }

    async fn stop(self) {
        self.stop.send(()).expect("it runs");
        self.ended.await.expect("it does not panic").expect("nothing fails");
    }
}

/// The events of a response.
struct Events {
    pieces: Pin<Box<dyn Stream<Item = String>>>,
    read: String,
}

impl Events {
    /// The changes in the next event; nothing behind the last.
    async fn next(&mut self) -> Option<Vec<(String, Ticket)>> {
        loop {
            if let Some(end) = self.read.find("\n\n") {
                let event: String = self.read.drain(..end + 2).collect();
                let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) else {
                    continue;
                };
                let changes: Vec<Value> = serde_json::from_str(data).expect("it is JSON");
                return Some(changes.into_iter().map(change).collect());
            }
            self.read.push_str(&self.pieces.next().await?);
        }
    }
}

fn change(mut value: Value) -> (String, Ticket) {
    let ticket = serde_json::from_value(value["ticket"].take()).expect("it is a ticket");
    (value["change"].as_str().expect("it has a name").to_owned(), ticket)
}

fn ticket(id: u64, title: &str, state: State, votes: u32) -> Ticket {
    Ticket { id, title: title.to_owned(), state, votes }
}

#[tokio::test]
async fn tickets_live() {
    let directory = tempfile::tempdir().unwrap();
    let service = Service::start(directory.path()).await;

    let added = service.post("/tickets", json!({ "title": "It is slow" })).await;
    assert_eq!(added.status(), StatusCode::CREATED);
    let place = added.headers()["location"].to_str().unwrap().to_owned();
    let slow: Ticket = added.json().await.unwrap();
    assert_eq!(slow, ticket(slow.id, "It is slow", State::Open, 0));
    let loud: Ticket =
        service.post("/tickets", json!({ "title": "It is loud" })).await.json().await.unwrap();

    // What is refused says why, and changes nothing.
    for (body, status) in [
        (json!({ "title": "It is slow" }), StatusCode::CONFLICT),
        (json!({ "name": "no title" }), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(service.post("/tickets", body).await.status(), status);
    }
    let taken = service
        .ask(Method::PATCH, &place, Some(json!({ "title": "It is loud", "state": "closed" })))
        .await;
    assert_eq!(taken.status(), StatusCode::CONFLICT);
    let why: Value = taken.json().await.unwrap();
    assert!(why["error"].as_str().unwrap().contains("title"), "{why}");
    assert_eq!(service.get(&place).await.json::<Ticket>().await.unwrap(), slow);

    let closed = service.ask(Method::PATCH, &place, Some(json!({ "state": "closed" }))).await;
    assert_eq!(closed.json::<Ticket>().await.unwrap().state, State::Closed);
    let open: Vec<Ticket> = service.get("/tickets?state=open").await.json().await.unwrap();
    assert_eq!(open, [loud]);

    assert_eq!(service.ask(Method::DELETE, &place, None).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(service.ask(Method::DELETE, &place, None).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(service.get(&place).await.status(), StatusCode::NOT_FOUND);
    let votes = format!("{place}/votes");
    assert_eq!(service.post(&votes, Value::Null).await.status(), StatusCode::NOT_FOUND);
    service.stop().await;
}

/// Every vote of many at once counts, and is there when the service has ended and begun again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn votes_are_counted_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let service = Service::start(directory.path()).await;
    let added: Ticket =
        service.post("/tickets", json!({ "title": "More light" })).await.json().await.unwrap();
    let votes = format!("/tickets/{}/votes", added.id);
    let answers = join_all((0..100).map(|_| service.post(&votes, Value::Null))).await;
    let mut counts = Vec::new();
    for answer in answers {
        counts.push(answer.json::<Ticket>().await.unwrap().votes);
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=100).collect::<Vec<_>>());
    service.stop().await;

    let service = Service::start(directory.path()).await;
    let kept: Vec<Ticket> = service.get("/tickets").await.json().await.unwrap();
    assert_eq!(kept, [ticket(added.id, "More light", State::Open, 100)]);
    service.stop().await;
}

/// A listener is told of what is there, then of what changes, from its own point of view; its stream ends with
/// the service.
#[tokio::test]
async fn events_tell_what_changes() {
    let directory = tempfile::tempdir().unwrap();
    let service = Service::start(directory.path()).await;
    let first: Ticket =
        service.post("/tickets", json!({ "title": "first" })).await.json().await.unwrap();
    let mut all = service.events("/events").await;
    let mut open = service.events("/events?state=open").await;
    let inserted = |ticket: &Ticket| Some(vec![("inserted".to_owned(), ticket.clone())]);
    assert_eq!(all.next().await, inserted(&first));
    assert_eq!(open.next().await, inserted(&first));

    let place = format!("/tickets/{}", first.id);
    let close = Some(json!({ "state": "closed" }));
    let closed: Ticket = service.ask(Method::PATCH, &place, close).await.json().await.unwrap();
    assert_eq!(all.next().await, Some(vec![("updated".to_owned(), closed.clone())]));
    assert_eq!(open.next().await, Some(vec![("removed".to_owned(), first)]));

    service.ask(Method::DELETE, &place, None).await;
    assert_eq!(all.next().await, Some(vec![("removed".to_owned(), closed)]));
    let second: Ticket =
        service.post("/tickets", json!({ "title": "second" })).await.json().await.unwrap();
    assert_eq!(all.next().await, inserted(&second));
    assert_eq!(open.next().await, inserted(&second));

    service.stop().await;
    assert_eq!((all.next().await, open.next().await), (None, None));
}
