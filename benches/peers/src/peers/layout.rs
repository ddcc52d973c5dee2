//! Records and their two indexes in a store that knows nothing but ordered bytes.
//!
//! | space | key | value |
//! |---|---|---|
//! | users | id, big-endian | the record in postcard |
//! | emails | email | id, big-endian |
//! | cities | city, a zero byte, id, big-endian | nothing |
//!
//! A write reads the record that is there, and touches an index only where its key changed: what
//! Folio does, and what anybody would do by hand.

use crate::peer::{Failure, Outcome, decode, encode, taken};
use crate::record::User;

/// One of the three trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    Users,
    Emails,
    Cities,
}

impl Space {
    /// The key in a store that has one tree for everything.
    pub fn key(self, key: &[u8]) -> Vec<u8> {
        let first = match self {
            Self::Users => b'u',
            Self::Emails => b'e',
            Self::Cities => b'c',
        };
        let mut whole = Vec::with_capacity(1 + key.len());
        whole.push(first);
        whole.extend_from_slice(key);
        whole
    }
}

/// A write transaction of such a store.
pub trait Writes {
    /// What a read returns.
    type Bytes: AsRef<[u8]>;
    /// What stops a transaction.
    type Stop;

    fn read(&mut self, space: Space, key: &[u8]) -> Result<Option<Self::Bytes>, Self::Stop>;
    fn write(&mut self, space: Space, key: &[u8], value: Vec<u8>) -> Result<(), Self::Stop>;
    fn erase(&mut self, space: Space, key: &[u8]) -> Result<(), Self::Stop>;
    /// The transaction cannot go on, whatever the store thinks of it.
    fn stop(failure: Failure) -> Self::Stop;
}

/// Inserts or replaces a record.
pub fn put<W: Writes>(tx: &mut W, user: &User) -> Result<(), W::Stop> {
    let old = read(tx, user.id)?;
    replace(tx, old.as_ref(), user)
}

/// Changes a record; false if there is none.
pub fn update<W: Writes>(
    tx: &mut W,
    id: u64,
    mut change: impl FnMut(&mut User),
) -> Result<bool, W::Stop> {
    let Some(old) = read(tx, id)? else { return Ok(false) };
    let mut new = old.clone();
    change(&mut new);
    replace(tx, Some(&old), &new)?;
    Ok(true)
}

fn read<W: Writes>(tx: &mut W, id: u64) -> Result<Option<User>, W::Stop> {
    let bytes = tx.read(Space::Users, &id.to_be_bytes())?;
    bytes.map(|bytes| decode(bytes.as_ref())).transpose().map_err(W::stop)
}

fn replace<W: Writes>(tx: &mut W, old: Option<&User>, new: &User) -> Result<(), W::Stop> {
    let id = new.id.to_be_bytes();
    if old.is_none_or(|old| old.email != new.email) {
        if tx.read(Space::Emails, new.email.as_bytes())?.is_some() {
            return Err(W::stop(taken(&new.email)));
        }
        if let Some(old) = old {
            tx.erase(Space::Emails, old.email.as_bytes())?;
        }
        tx.write(Space::Emails, new.email.as_bytes(), id.to_vec())?;
    }
    if old.is_none_or(|old| old.city != new.city) {
        if let Some(old) = old {
            tx.erase(Space::Cities, &city_key(&old.city, old.id))?;
        }
        tx.write(Space::Cities, &city_key(&new.city, new.id), Vec::new())?;
    }
    tx.write(Space::Users, &id, encode(new).map_err(W::stop)?)
}

/// The key of a record in the cities.
pub fn city_key(city: &str, id: u64) -> Vec<u8> {
    let mut key = city_start(city);
    key.extend_from_slice(&id.to_be_bytes());
    key
}

/// All keys of a city are from its start up to, and without, its end.
pub fn city_start(city: &str) -> Vec<u8> {
    [city.as_bytes(), &[0]].concat()
}

/// See [`city_start`].
pub fn city_end(city: &str) -> Vec<u8> {
    [city.as_bytes(), &[1]].concat()
}

/// The id at the end of a key in the cities, or in the value of an email.
pub fn id(bytes: &[u8]) -> Outcome<[u8; 8]> {
    bytes.last_chunk().copied().ok_or_else(|| "an index entry without an id".into())
}
