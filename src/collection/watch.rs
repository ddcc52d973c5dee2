//! Watching a collection.
//!
//! A watcher remembers the version that it gave out last and compares it with the newest published one, by
//! the walk that [`crate::collection::changes`] is. There is no queue: whoever is slow gets the net change, in
//! one piece, and keeps one table in memory. Filters look at the records before and behind a change, so
//! that one that moves into what is watched is inserted, and one that moves out is removed.

use crate::collection::changes::{Change, Changes};
use crate::engine::pipeline::Pipeline;
use crate::engine::watchers::{Patience, Place};
use crate::table::index::IndexHandle;
use crate::table::key::{KeyPart, KeyRange, Prefix, span_of_prefix, span_of_range};
use crate::table::record::Record;
use crate::table::row_map::needs_order;
use crate::table::rows::Table;
use crate::version::{CollectionId, Root};
use crate::when::Version;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Whether a record is among those that are watched.
type Filter<T> = Arc<dyn Fn(&T) -> bool + Send + Sync>;

/// Watches a collection: gives what changed in it, whenever something did. Made by
/// [`Collection::watch`](crate::Collection::watch).
///
/// Each [`Delta`] leads from the version before to a newer one, the newest published at that time, and never to
/// the middle of a commit. Applied one after the other they lead from the version at which watching began
/// to the newest. Nothing is lost, but what came and went between two looks is not seen: a watcher that is
/// slow gets fewer and larger deltas. What is given is durable as far as its commits asked for.
///
/// As an iterator it waits for the next delta; [`try_next`](Self::try_next) does not wait,
/// [`next_timeout`](Self::next_timeout) only so long, and [`poll_next`](Self::poll_next) is for tasks. The end
/// comes, once everything published was given, when the store is closed, when its last handle is
/// dropped, or when its log failed: a watcher does not keep the store open.
///
/// A watcher keeps one version of its collection in memory, the last that it looked at, as
/// [`Stats`](crate::Stats) shows. A commit to another collection does not wake one that waits; each
/// commit to this one does, even where the filter lets nothing through. A delta costs what changed in the
/// collection, whatever the filter.
///
/// Changes are of stored records. One that [expires](Record::EXPIRES) is gone for readers at its deadline; for
/// a watcher it is removed when the sweeper removes it.
///
/// ```
/// # use folio::{Change, Record, Store};
/// # fn main() -> folio::Result<()> {
/// #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
/// struct User { #[key] id: u64, #[index] city: String }
///
/// let store = Store::in_memory();
/// let users = store.collection::<User>()?;
/// let mut londoners = users.watch().index(User::CITY, "London");
///
/// users.put(User { id: 1, city: "Paris".into() })?;
/// assert!(londoners.try_next().is_none());
/// users.update(&1, |user| user.city = "London".into())?;
/// let delta = londoners.next().expect("the store is open");
/// assert!(matches!(&delta.changes().next(), Some(Change::Inserted(user)) if user.id == 1));
/// assert_eq!(delta.version(), store.version());
/// # Ok(()) }
/// ```
pub struct Watcher<T: Record> {
    place: Place,
    collection: CollectionId,
    table: Arc<Table<T>>,
    filter: Option<Filter<T>>,
}

impl<T: Record> Watcher<T> {
    pub(crate) fn new(
        pipeline: Arc<Pipeline>,
        collection: CollectionId,
        root: &Root,
        table: Arc<Table<T>>,
    ) -> Self {
        let place = Place::at(pipeline, Some(collection), root);
        Self { place, collection, table, filter: None }
    }

    /// Watches the record with this key alone. Of several filters, a record has to fit all.
    #[must_use]
    pub fn key(self, key: impl KeyPart<T::Key>) -> Self {
        let key = key.to_key();
        self.filtered(move |record| record.key() == key)
    }

    /// Watches the records whose keys lie in a range.
    #[must_use]
    pub fn range(self, range: impl KeyRange<T::Key>) -> Self {
        const { needs_order::<T>() };
        let span = span_of_range(range);
        self.filtered(move |record| span.contains(&record.key()))
    }

    /// Watches the records whose keys begin with a prefix.
    #[must_use]
    pub fn prefix(self, prefix: impl Prefix<T::Key>) -> Self {
        const { needs_order::<T>() };
        let span = span_of_prefix(prefix);
        self.filtered(move |record| span.contains(&record.key()))
    }

    /// Watches the records that an index has under this key: one that gets there is
    /// [inserted](Change::Inserted), one that goes from there is [removed](Change::Removed).
    #[must_use]
    pub fn index<I: IndexHandle<T>>(self, index: I, key: impl KeyPart<I::Key>) -> Self {
        let (extract, key) = (index.extract(), key.to_key());
        self.filtered(move |record| {
            let mut is_under = false;
            extract(record, &mut |found| is_under |= found == key);
            is_under
        })
    }

    /// Begins with what is there already: the first delta has it as [inserted](Change::Inserted), and does not let
    /// itself be waited for unless there is nothing. Nothing comes between that and the next delta. To be called
    /// before the first delta is asked for.
    ///
    /// The first delta is from version 0; reading it costs O(records of the collection).
    ///
    /// ```
    /// # use folio::{Change, Record, Store};
    /// # fn main() -> folio::Result<()> {
    /// # #[derive(Record, serde::Serialize, serde::Deserialize, Clone)]
    /// # struct User { #[key] id: u64, #[index] city: String }
    /// # let store = Store::in_memory();
    /// # let users = store.collection::<User>()?;
    /// users.put(User { id: 1, city: "London".into() })?;
    /// let mut londoners = users.watch().index(User::CITY, "London").with_existing();
    /// let delta = londoners.next().expect("the store is open");
    /// assert!(matches!(&delta.changes().next(), Some(Change::Inserted(user)) if user.id == 1));
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_existing(mut self) -> Self {
        self.place.rewind();
        self.table = Arc::new(Table::empty());
        self
    }

    fn filtered(mut self, test: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self {
        self.filter = Some(match self.filter.take() {
            Some(before) => Arc::new(move |record| before(record) && test(record)),
            None => Arc::new(test),
        });
        self
    }

    /// The version that it has reached: all changes up to it were given.
    #[must_use]
    pub fn version(&self) -> Version {
        Version::new(self.place.reached())
    }

    /// What changed, if something did. Does not wait.
    pub fn try_next(&mut self) -> Option<Delta<T>> {
        self.advance(Patience::None)
    }

    /// What changed, as soon as something did, but waits no longer than `timeout`. `None` then, and where the
    /// watcher has ended.
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Delta<T>> {
        let until = Instant::now().checked_add(timeout);
        self.advance(until.map_or(Patience::Endless, Patience::Until))
    }

    /// What changed, for a task that is woken when something did: the form of a stream. `Ready(None)` is the
    /// end. The waker of the last call counts.
    pub fn poll_next(&mut self, context: &Context<'_>) -> Poll<Option<Delta<T>>> {
        let Self { place, collection, table, filter } = self;
        let from = place.reached();
        place.poll(context, |root| step(root, *collection, table, filter.as_ref(), from))
    }

    fn advance(&mut self, patience: Patience) -> Option<Delta<T>> {
        let Self { place, collection, table, filter } = self;
        let from = place.reached();
        place.advance(patience, |root| step(root, *collection, table, filter.as_ref(), from))
    }
}

/// What became of the table in a newer version, which takes its place.
fn step<T: Record>(
    root: &Root,
    collection: CollectionId,
    table: &mut Arc<Table<T>>,
    filter: Option<&Filter<T>>,
    from: u64,
) -> Option<Delta<T>> {
    // The collection was attached before it was watched, and stays so.
    let newest = root.slot(collection).and_then(|slot| slot.typed::<T>().ok());
    let new = newest.expect("a published collection keeps its type");
    if Arc::ptr_eq(&new, table) {
        return None;
    }
    let old = std::mem::replace(table, new.clone());
    let delta = Delta { from, version: root.number, old, new, filter: filter.cloned() };
    let is_change = delta.changes().next().is_some();
    is_change.then_some(delta)
}

/// Waits for each delta; ends with the watcher.
impl<T: Record> Iterator for Watcher<T> {
    type Item = Delta<T>;

    fn next(&mut self) -> Option<Delta<T>> {
        self.advance(Patience::Endless)
    }
}

impl<T: Record> fmt::Debug for Watcher<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").field("version", &self.place.reached()).finish_non_exhaustive()
    }
}

/// What changed in a collection between two versions, from the point of view of a [`Watcher`]. It keeps both in
/// memory until it is dropped.
pub struct Delta<T: Record> {
    from: u64,
    version: u64,
    old: Arc<Table<T>>,
    new: Arc<Table<T>>,
    filter: Option<Filter<T>>,
}

impl<T: Record> Delta<T> {
    /// The version that the watcher had reached when it was asked.
    #[must_use]
    pub fn from(&self) -> Version {
        Version::new(self.from)
    }

    /// The version that it leads to.
    #[must_use]
    pub fn version(&self) -> Version {
        Version::new(self.version)
    }

    /// The changes, at least one, in the order of the keys, or in no order for an
    /// [unordered](Record::UNORDERED) collection. Found as they are asked for, and each time again: O(changes of the
    /// collection), with the logarithm of its size.
    pub fn changes(&self) -> impl Iterator<Item = Change<T>> {
        let filter = self.filter.as_deref();
        Changes::between_tables(&self.old, &self.new).filter_map(move |change| seen(change, filter))
    }
}

/// What a change is to somebody who sees only records that pass a filter.
fn seen<T>(
    change: Change<T>,
    filter: Option<&(dyn Fn(&T) -> bool + Send + Sync)>,
) -> Option<Change<T>> {
    let Some(filter) = filter else { return Some(change) };
    let before = change.before().filter(|record| filter(record));
    let after = change.after().filter(|record| filter(record));
    match (before, after) {
        (Some(_), Some(_)) => Some(change),
        (Some(old), None) => Some(Change::Removed(old.clone())),
        (None, Some(new)) => Some(Change::Inserted(new.clone())),
        (None, None) => None,
    }
}

impl<T: Record> fmt::Debug for Delta<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delta")
            .field("from", &self.from)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
