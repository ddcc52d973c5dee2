//! Sessions that expire: `cargo run --example ttl_sessions`.
//!
//! A login makes a session for half an hour, and each visit prolongs it. Nobody has to remove the old ones: from
//! its deadline on a session does not exist, and a sweeper takes it out of memory and of the log's future some
//! time after.

use folio::{Error, Record, Store};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "sessions", expires = expires_at)]
struct Session {
    #[key]
    token: String,
    /// Each user has one session at most.
    #[index(unique)]
    user: u64,
    visits: u32,
    expires_at: SystemTime,
}

const HALF_AN_HOUR: Duration = Duration::from_mins(30);

fn main() -> folio::Result<()> {
    let store = Store::in_memory();
    let sessions = store.collection::<Session>()?;
    let now = SystemTime::now();
    let session = |token: &str, user: u64, expires_at| Session {
        token: token.to_owned(),
        user,
        visits: 1,
        expires_at,
    };

    // Ada is here; Bob was, until just now.
    sessions.insert(session("ada-1", 1, now + HALF_AN_HOUR))?;
    sessions.insert(session("bob-1", 2, now))?;
    println!("{} of the two sessions is there", sessions.len());
    assert_eq!(sessions.len(), 1);
    assert!(sessions.get("bob-1").is_none());
    assert!(sessions.find(Session::USER, &2).is_none());

    // A visit prolongs a session, and finds none that is over.
    let visit = |token: &str| {
        sessions.update(token, |session| {
            session.visits += 1;
            session.expires_at = SystemTime::now() + HALF_AN_HOUR;
        })
    };
    assert_eq!(visit("ada-1")?.visits, 2);
    assert!(matches!(visit("bob-1"), Err(Error::NotFound { .. })));

    // Bob's old session still lies there, perhaps, but is not in the way of a new one.
    sessions.insert(session("bob-2", 2, now + HALF_AN_HOUR))?;
    assert_eq!(
        sessions.find(Session::USER, &2).map(|session| session.token.clone()).as_deref(),
        Some("bob-2")
    );

    // Eve logged out: her session is over from now on for whoever begins to read, and stays in a snapshot
    // that was taken before.
    sessions.insert(session("eve-1", 3, now + HALF_AN_HOUR))?;
    let before = store.snapshot();
    sessions.update("eve-1", |session| session.expires_at = SystemTime::now())?;
    assert!(!sessions.contains("eve-1"));
    assert!(before.collection::<Session>()?.contains("eve-1"));

    // What is expired is removed in the background; here we don't wait for that.
    let swept = sessions.sweep()?;
    println!("swept now: {swept}; by the sweeper and by us: {}", store.stats().swept);
    assert_eq!(sessions.sweep()?, 0, "nothing is left to sweep");
    assert_eq!(sessions.len(), 2);
    Ok(())
}
