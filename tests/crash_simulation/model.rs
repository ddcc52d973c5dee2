//! The records that the workloads write, and a plain model of what a store must hold.

use folio::{Record, Store, Transaction};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[record(name = "accounts")]
pub(crate) struct Account {
    #[key]
    pub(crate) id: u64,
    #[index(unique)]
    pub(crate) email: String,
    #[index]
    pub(crate) city: String,
    #[index(each)]
    pub(crate) tags: Vec<String>,
    pub(crate) cents: i64,
}

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[record(name = "notes", index(by_author_stars = (author, stars)))]
pub(crate) struct Note {
    #[key]
    pub(crate) path: String,
    pub(crate) author: u64,
    pub(crate) stars: u8,
    pub(crate) text: String,
}

/// An account that depends on its key and a number alone.
pub(crate) fn account(id: u64, variant: u64) -> Account {
    const CITIES: [&str; 3] = ["Lisbon", "London", "Lyon"];
    const TAGS: [&str; 3] = ["ink", "math", "sea"];
    let city = CITIES[usize::try_from(variant % 3).unwrap()].to_owned();
    let tags = TAGS[..usize::try_from(variant / 3 % 4).unwrap()].iter();
    let tags = tags.map(|tag| (*tag).to_owned()).collect();
    let cents = i64::try_from(variant).unwrap() * 7 - 100;
    Account { id, email: format!("{id}.{}@example.org", variant % 5), city, tags, cents }
}

/// A note with a text of this size, which does not look like zeros.
pub(crate) fn note(number: u64, size_bytes: usize) -> Note {
    let text = "all work and no play ".chars().cycle().take(size_bytes).collect();
    let stars = u8::try_from(number % 5).unwrap();
    Note { path: format!("/notes/{number}"), author: number % 4, stars, text }
}

/// A change that a transaction makes.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    PutAccount(Account),
    /// Changes a balance, if the account is there.
    AddCents {
        id: u64,
        cents: i64,
    },
    RemoveAccount(u64),
    PutNote(Note),
    RemoveNote(String),
    ClearNotes,
}

impl Edit {
    fn is_of_accounts(&self) -> bool {
        matches!(self, Self::PutAccount(_) | Self::AddCents { .. } | Self::RemoveAccount(_))
    }

    /// Carries it out in a transaction whose collections are there.
    pub(crate) fn run(&self, tx: &Transaction) -> folio::Result<()> {
        match self {
            Self::PutAccount(account) => {
                tx.collection::<Account>()?.put(account.clone())?;
            }
            Self::AddCents { id, cents } => {
                let accounts = tx.collection::<Account>()?;
                if accounts.contains(id) {
                    accounts.update(id, |account| account.cents += cents)?;
                }
            }
            Self::RemoveAccount(id) => {
                tx.collection::<Account>()?.remove(id)?;
            }
            Self::PutNote(note) => {
                tx.collection::<Note>()?.put(note.clone())?;
            }
            Self::RemoveNote(path) => {
                tx.collection::<Note>()?.remove(path.as_str())?;
            }
            Self::ClearNotes => {
                tx.collection::<Note>()?.clear()?;
            }
        }
        Ok(())
    }
}

/// What a store holds; `None` is a collection that was not created yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) accounts: Option<BTreeMap<u64, Arc<Account>>>,
    pub(crate) notes: Option<BTreeMap<String, Arc<Note>>>,
}

impl State {
    /// Carries out an edit, of a collection that is there.
    pub(crate) fn apply(&mut self, edit: &Edit) {
        if edit.is_of_accounts() {
            let accounts = self.accounts.as_mut().expect("the collection was created");
            match edit {
                Edit::PutAccount(account) => {
                    accounts.insert(account.id, Arc::new(account.clone()));
                }
                Edit::AddCents { id, cents } => {
                    if let Some(account) = accounts.get_mut(id) {
                        Arc::make_mut(account).cents += cents;
                    }
                }
                Edit::RemoveAccount(id) => {
                    accounts.remove(id);
                }
                _ => unreachable!("an edit of accounts"),
            }
            return;
        }
        let notes = self.notes.as_mut().expect("the collection was created");
        match edit {
            Edit::PutNote(note) => {
                notes.insert(note.path.clone(), Arc::new(note.clone()));
            }
            Edit::RemoveNote(path) => {
                notes.remove(path);
            }
            _ => notes.clear(),
        }
    }

    /// The collections that the edits need and that are not there: accounts, notes.
    pub(crate) fn missing(&self, edits: &[Edit]) -> (bool, bool) {
        let accounts = self.accounts.is_none() && edits.iter().any(Edit::is_of_accounts);
        let notes = self.notes.is_none() && !edits.iter().all(Edit::is_of_accounts);
        (accounts, notes)
    }

    /// Reads a store: records by key, and each index, which must agree with the records.
    ///
    /// # Errors
    ///
    /// What is wrong.
    pub(crate) fn read(store: &Store) -> Result<Self, String> {
        let snapshot = store.snapshot();
        let infos = snapshot.collections();
        let mut state = Self::default();
        for info in &infos {
            let records = match info.name.as_str() {
                "accounts" => {
                    let accounts = read_accounts(&snapshot)?;
                    state.accounts.insert(accounts).len()
                }
                "notes" => {
                    let notes = read_notes(&snapshot)?;
                    state.notes.insert(notes).len()
                }
                other => return Err(format!("a collection `{other}` that nobody created")),
            };
            if info.records != records {
                return Err(format!("`{}`: {} counted, {records} found", info.name, info.records));
            }
        }
        Ok(state)
    }
}

/// Checks that two ways to the same answer agree.
fn agree<T: PartialEq>(what: &str, left: &T, right: &T) -> Result<(), String> {
    if left == right { Ok(()) } else { Err(format!("the index `{what}` differs from the records")) }
}

fn read_accounts(snapshot: &folio::Snapshot) -> Result<BTreeMap<u64, Arc<Account>>, String> {
    let view = snapshot.collection::<Account>().map_err(|error| error.to_string())?;
    let accounts: BTreeMap<u64, Arc<Account>> =
        view.iter().map(|account| (account.id, Arc::new(account.clone()))).collect();
    agree("len", &view.len(), &accounts.len())?;
    let mut by_city = BTreeSet::new();
    let mut by_tag = BTreeSet::new();
    for account in accounts.values() {
        by_city.insert((account.city.as_str(), account.id));
        by_tag.extend(account.tags.iter().map(|tag| (tag.as_str(), account.id)));
        agree("email", &view.find(Account::EMAIL, &account.email), &Some(account.as_ref()))?;
    }
    agree("email", &view.by(Account::EMAIL).iter().count(), &accounts.len())?;
    let city = view.by(Account::CITY);
    let found = city.iter().map(|account| (account.city.as_str(), account.id));
    agree("city", &found.collect::<Vec<_>>(), &by_city.into_iter().collect())?;
    let tags = view.by(Account::TAGS);
    let found =
        tags.keys().flat_map(|tag| tags.get(tag).map(move |found| (tag.as_str(), found.id)));
    agree("tags", &found.collect::<Vec<_>>(), &by_tag.into_iter().collect())?;
    Ok(accounts)
}

fn read_notes(snapshot: &folio::Snapshot) -> Result<BTreeMap<String, Arc<Note>>, String> {
    let view = snapshot.collection::<Note>().map_err(|error| error.to_string())?;
    let notes: BTreeMap<String, Arc<Note>> =
        view.iter().map(|note| (note.path.clone(), Arc::new(note.clone()))).collect();
    agree("len", &view.len(), &notes.len())?;
    let expected: BTreeSet<_> =
        notes.values().map(|note| (note.author, note.stars, note.path.as_str())).collect();
    let index = view.by(Note::BY_AUTHOR_STARS);
    let found = index.iter().map(|note| (note.author, note.stars, note.path.as_str()));
    agree("by_author_stars", &found.collect::<Vec<_>>(), &expected.into_iter().collect())?;
    Ok(notes)
}
