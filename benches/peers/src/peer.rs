//! What a store has to be able to do to take part.
//!
//! A [`Peer`] is an open store; a [`Session`] is what one thread holds while it works: nothing but a
//! reference for most, a connection for SQLite. Every read is a read transaction of its own and sees
//! the newest state; every write is one transaction that keeps the record and both of its indexes,
//! and that is repeated by the peer when it lost a conflict. A record that should be there and is
//! not is an error: a store that answers quickly and wrongly does not get into the table.

use crate::record::User;
use std::error::Error;

/// Whatever went wrong: a program that measures can only report it.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The result of everything here.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Gets the typed record that a read found.
pub type See<'a> = &'a mut dyn FnMut(&User);

/// Changes a record, perhaps several times over if the transaction is repeated.
pub type Change<'a> = &'a mut dyn FnMut(&mut User);

/// When a commit returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// When it is on disk.
    Durable,
    /// When it was handed to the operating system, or to a flush in the background.
    Relaxed,
}

/// An open store.
pub trait Peer: Send + Sync {
    /// Makes all commits from here on durable or relaxed. Never called while sessions are at work.
    fn prepare(&mut self, commit: Commit) -> Outcome;

    /// What one thread works with.
    fn session(&self) -> Outcome<Box<dyn Session + '_>>;

    /// Closes cleanly: everything is on disk afterwards.
    fn close(self: Box<Self>) -> Outcome;
}

/// The operations of one thread.
pub trait Session {
    /// Reads by primary key.
    fn get(&mut self, id: u64, see: See<'_>) -> Outcome;

    /// Reads by the unique index.
    fn find(&mut self, email: &str, see: See<'_>) -> Outcome;

    /// Reads all records of a city by the non-unique index.
    fn by_city(&mut self, city: &str, see: See<'_>) -> Outcome;

    /// Reads `count` records in key order, the first one not below `from`.
    fn scan(&mut self, from: u64, count: usize, see: See<'_>) -> Outcome;

    /// Inserts or replaces all records in one transaction.
    fn put(&mut self, users: Vec<User>) -> Outcome;

    /// Reads, changes and writes one record in one transaction.
    fn update(&mut self, id: u64, change: Change<'_>) -> Outcome;
}

/// The bytes that peers store.
pub fn encode(user: &User) -> Outcome<Vec<u8>> {
    Ok(postcard::to_allocvec(user)?)
}

/// The record that was stored as these bytes.
pub fn decode(bytes: &[u8]) -> Outcome<User> {
    Ok(postcard::from_bytes(bytes)?)
}

/// The error for a record that was loaded and cannot be found.
pub fn missing(what: impl std::fmt::Display) -> Failure {
    format!("{what} was loaded, and is not there").into()
}

/// The error for a record whose unique key belongs to another one.
pub fn taken(email: &str) -> Failure {
    format!("{email} belongs to another record").into()
}
