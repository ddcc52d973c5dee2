//! The nodes of a trie, and how a change goes through them.
//!
//! A hash is read from its highest bits down, six at a time, so that the order of all that is in the trie
//! is the order of the hashes. A node has 64 *places*, one for each value of its digit, but mostly
//! fewer children: a bucket covers as many places as it takes to fill it, 64, 32, 16 … or one. A full
//! bucket is split in half, and so are its places; if it has one place only, it becomes a node. So buckets
//! are at least about half full whatever the number of entries, and a node is no longer than what is in
//! it. Which child a place belongs to is told by a word with a bit for each place where a child begins:
//! the bits up to the place are counted.
//!
//! Behind the last digit of the hash nothing tells keys apart: a bucket there has all that are left.
//!
//! Entries of a bucket and children of a node are blocks of exactly their number. What others share is
//! copied before it is changed, as in the ordered map.

use crate::persistent::hashed::{HashKey, HashProbe};
use std::ops::Range;
use std::sync::Arc;
use std::vec;

/// The bits of a hash that choose a place.
const DIGIT: u32 = 6;

/// The places of a node.
pub(super) const PLACES: u32 = 1 << DIGIT;

/// The digits of a hash.
pub(super) const DIGITS: u32 = u64::BITS / DIGIT;

/// The most entries of a bucket, but behind the last digit.
const BUCKET: usize = 16;

/// The most entries of two buckets that are made one again. Far fewer than a bucket may have, so that
/// splitting and joining do not come in turns.
const FEW: usize = BUCKET / 2;

const MISSING_CHILD: &str = "each place of a node belongs to a child";

/// How a key lies in its entry.
pub(super) trait Keeps {
    type Key;

    fn new(key: Self::Key) -> Self;

    fn key(&self) -> &Self::Key;
}

/// A key as it is.
#[derive(Clone)]
pub(super) struct Plain<K>(K);

impl<K> Keeps for Plain<K> {
    type Key = K;

    fn new(key: K) -> Self {
        Self(key)
    }

    fn key(&self) -> &K {
        &self.0
    }
}

/// A key behind a pointer.
impl<K> Keeps for Arc<K> {
    type Key = K;

    fn new(key: K) -> Self {
        Arc::new(key)
    }

    fn key(&self) -> &K {
        self
    }
}

/// A key, its hash and its value.
#[derive(Clone)]
pub(super) struct Entry<H, V> {
    pub(super) hash: u64,
    pub(super) held: H,
    pub(super) value: V,
}

impl<H: Keeps, V> Entry<H, V> {
    fn is<P: HashProbe<H::Key> + ?Sized>(&self, hash: u64, probe: &P) -> bool {
        self.hash == hash && probe.is(self.held.key())
    }

    pub(super) fn pair(&self) -> (&H::Key, &V) {
        (self.held.key(), &self.value)
    }
}

/// What is under one beginning of the hash.
pub(super) enum Node<H, V> {
    Inner(Inner<H, V>),
    Bucket(Bucket<H, V>),
}

/// Entries in the order of their hashes.
pub(super) struct Bucket<H, V> {
    /// The last byte of the hash of each entry, of as many as there are. A lookup compares all of them
    /// at once with its own, here beside the pointer, so that of the entries it mostly touches the one that it
    /// wants; and without a branch that depends on memory, so that the processor goes on meanwhile.
    tags: [u8; BUCKET],
    pub(super) entries: Arc<[Entry<H, V>]>,
}

/// A node with places.
pub(super) struct Inner<H, V> {
    /// A bit for each place where a child begins. The lowest is always set.
    pub(super) starts: u64,
    pub(super) children: Arc<[Node<H, V>]>,
}

impl<H, V> Clone for Node<H, V> {
    fn clone(&self) -> Self {
        match self {
            Node::Inner(inner) => Node::Inner(inner.clone()),
            Node::Bucket(bucket) => Node::Bucket(bucket.clone()),
        }
    }
}

impl<H, V> Clone for Bucket<H, V> {
    fn clone(&self) -> Self {
        Self { tags: self.tags, entries: self.entries.clone() }
    }
}

impl<H, V> Clone for Inner<H, V> {
    fn clone(&self) -> Self {
        Self { starts: self.starts, children: self.children.clone() }
    }
}

impl<H, V> Default for Node<H, V> {
    fn default() -> Self {
        Node::Bucket(Bucket::new(Arc::default()))
    }
}

/// What tells the entries of a bucket apart first.
fn tag(hash: u64) -> u8 {
    let [last, ..] = hash.to_le_bytes();
    last
}

impl<H, V> Bucket<H, V> {
    fn new(entries: Arc<[Entry<H, V>]>) -> Self {
        let mut tags = [0; BUCKET];
        for (at, entry) in tags.iter_mut().zip(entries.iter()) {
            *at = tag(entry.hash);
        }
        Self { tags, entries }
    }
}

impl<H: Keeps, V> Bucket<H, V> {
    /// Where the entry of a key is.
    fn find<P: HashProbe<H::Key> + ?Sized>(&self, hash: u64, probe: &P) -> Option<usize> {
        let tag = tag(hash);
        let mut alike = 0_u32;
        for (at, other) in self.tags.iter().enumerate() {
            alike |= u32::from(*other == tag) << at;
        }
        while alike != 0 {
            let at = alike.trailing_zeros() as usize;
            if self.entries.get(at).is_some_and(|entry| entry.is(hash, probe)) {
                return Some(at);
            }
            alike &= alike - 1;
        }
        let more = self.entries.get(BUCKET..)?;
        more.iter().position(|entry| entry.is(hash, probe)).map(|at| BUCKET + at)
    }

    pub(super) fn get<P: HashProbe<H::Key> + ?Sized>(
        &self,
        hash: u64,
        probe: &P,
    ) -> Option<&Entry<H, V>> {
        self.entries.get(self.find(hash, probe)?)
    }
}

/// The digit of a hash at some depth. Hashes differ first in the first of them.
pub(super) fn digit(hash: u64, depth: u32) -> u32 {
    let below = u64::BITS - DIGIT * (depth + 1);
    u32::try_from(hash >> below & u64::from(PLACES - 1)).unwrap_or_default()
}

/// The bits of all places up to this one.
fn upto(place: u32) -> u64 {
    u64::MAX >> (PLACES - 1 - place)
}

impl<H, V> Inner<H, V> {
    /// The number of the child that a place belongs to.
    pub(super) fn number(&self, place: u32) -> usize {
        (self.starts & upto(place)).count_ones() as usize - 1
    }

    /// The child that a place belongs to.
    pub(super) fn child(&self, place: u32) -> &Node<H, V> {
        self.children.get(self.number(place)).expect(MISSING_CHILD)
    }

    /// All places of the child that a place belongs to.
    fn places(&self, place: u32) -> Range<u32> {
        let (before, behind) = (self.starts & upto(place), self.starts & !upto(place));
        u64::BITS - 1 - before.leading_zeros()..behind.trailing_zeros()
    }
}

impl<H, V> Node<H, V> {
    /// Whether both are one and the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Node::Inner(ours), Node::Inner(theirs)) => {
                Arc::ptr_eq(&ours.children, &theirs.children)
            }
            (
                Node::Bucket(Bucket { entries: ours, .. }),
                Node::Bucket(Bucket { entries: theirs, .. }),
            ) => Arc::ptr_eq(ours, theirs) || (ours.is_empty() && theirs.is_empty()),
            _ => false,
        }
    }
}

/// Children of a node that are being made, and where they begin.
struct Dealt<H, V> {
    starts: u64,
    children: Vec<Node<H, V>>,
}

impl<H: Keeps + Clone, V: Clone> Dealt<H, V> {
    /// Makes children of all entries for some places of a node at this depth.
    fn new(entries: Vec<Entry<H, V>>, places: Range<u32>, depth: u32) -> Self {
        let mut dealt = Self { starts: 0, children: Vec::new() };
        let count = entries.len();
        dealt.deal(&mut entries.into_iter(), count, places, depth);
        dealt
    }

    /// Goes on with the next so many entries, which are in the order of their hashes.
    fn deal(
        &mut self,
        entries: &mut vec::IntoIter<Entry<H, V>>,
        count: usize,
        places: Range<u32>,
        depth: u32,
    ) {
        if count <= BUCKET || places.len() == 1 {
            self.starts |= 1 << places.start;
            self.children.push(Node::build(entries, count, depth + 1));
            return;
        }
        let middle = u32::midpoint(places.start, places.end);
        let next = entries.as_slice().get(..count).unwrap_or_default();
        let left = next.partition_point(|entry| digit(entry.hash, depth) < middle);
        self.deal(entries, left, places.start..middle, depth);
        self.deal(entries, count - left, middle..places.end, depth);
    }
}

impl<H: Keeps + Clone, V: Clone> Node<H, V> {
    /// Makes a node of the next so many entries, which are in the order of their hashes.
    pub(super) fn build(
        entries: &mut vec::IntoIter<Entry<H, V>>,
        count: usize,
        depth: u32,
    ) -> Self {
        if count <= BUCKET || depth == DIGITS {
            return Node::Bucket(Bucket::new(entries.take(count).collect()));
        }
        let mut dealt = Dealt { starts: 0, children: Vec::new() };
        dealt.deal(entries, count, 0..PLACES, depth);
        Node::Inner(Inner { starts: dealt.starts, children: dealt.children.into() })
    }

    /// Sets the value of an entry that is there; or gives it back, in a place of its own among the others
    /// of its bucket.
    pub(super) fn insert(&mut self, entry: Entry<H, V>, depth: u32) -> Inserted<H, V>
    where
        H::Key: HashKey,
    {
        let bucket = match self {
            Node::Inner(inner) => return inner.insert(entry, depth),
            Node::Bucket(bucket) => bucket,
        };
        if let Some(at) = bucket.find(entry.hash, entry.held.key()) {
            let old = Arc::make_mut(&mut bucket.entries).get_mut(at).expect("it was just there");
            return Inserted::Replaced(std::mem::replace(&mut old.value, entry.value));
        }
        let at = bucket.entries.partition_point(|other| other.hash <= entry.hash);
        let (before, behind) = bucket.entries.split_at(at);
        let more = before.iter().cloned().chain([entry]).chain(behind.iter().cloned());
        if bucket.entries.len() < BUCKET || depth == DIGITS {
            *bucket = Bucket::new(more.collect());
            return Inserted::Added;
        }
        Inserted::Overflowed(more.collect())
    }

    /// The value under a key that is there, in nodes that nobody else has.
    pub(super) fn get_mut<P: HashProbe<H::Key> + ?Sized>(
        &mut self,
        hash: u64,
        probe: &P,
        depth: u32,
    ) -> Option<&mut V> {
        match self {
            Node::Inner(inner) => {
                inner.child_mut(digit(hash, depth)).get_mut(hash, probe, depth + 1)
            }
            Node::Bucket(bucket) => {
                let at = bucket.find(hash, probe)?;
                Some(&mut Arc::make_mut(&mut bucket.entries).get_mut(at)?.value)
            }
        }
    }

    /// Removes an entry that is there.
    pub(super) fn remove<P: HashProbe<H::Key> + ?Sized>(
        &mut self,
        hash: u64,
        probe: &P,
        depth: u32,
    ) -> Option<V> {
        let inner = match self {
            Node::Inner(inner) => inner,
            Node::Bucket(bucket) => {
                let at = bucket.find(hash, probe)?;
                let removed = bucket.entries.get(at)?.value.clone();
                let (before, behind) = bucket.entries.split_at(at);
                let rest = before.iter().chain(behind.iter().skip(1));
                *bucket = Bucket::new(rest.cloned().collect());
                return Some(removed);
            }
        };
        let place = digit(hash, depth);
        let removed = inner.child_mut(place).remove(hash, probe, depth + 1)?;
        while inner.join(place) {}
        if let [Node::Bucket(_)] = &*inner.children {
            *self = inner.child(0).clone();
        }
        Some(removed)
    }
}

/// What has come of an insertion.
pub(super) enum Inserted<H, V> {
    Added,
    Replaced(V),
    /// The bucket is full: these are its entries and the new one. It still is as it was.
    Overflowed(Vec<Entry<H, V>>),
}

impl<H: Clone, V: Clone> Inner<H, V> {
    /// The child that a place belongs to, for changing it.
    fn child_mut(&mut self, place: u32) -> &mut Node<H, V> {
        let number = self.number(place);
        Arc::make_mut(&mut self.children).get_mut(number).expect(MISSING_CHILD)
    }

    /// Puts others in the place of so many children, which begin at these places.
    fn splice(&mut self, numbers: Range<usize>, children: Vec<Node<H, V>>) {
        let (before, behind) = self.children.split_at(numbers.start);
        let behind = behind.iter().skip(numbers.len()).cloned();
        self.children = before.iter().cloned().chain(children).chain(behind).collect();
    }

    /// Makes one bucket of the one at this place and the other half of the bucket that the two could come from,
    /// if both are buckets of as many places and have few entries. Whether that was so.
    fn join(&mut self, place: u32) -> bool {
        let ours = self.places(place);
        let width = ours.end - ours.start;
        if width == PLACES {
            return false;
        }
        let first = ours.start & !width;
        let number = self.number(first);
        let Some([Node::Bucket(left), Node::Bucket(right)]) = self.children.get(number..number + 2)
        else {
            return false;
        };
        let is_pair = self.places(first) == (first..first + width)
            && self.places(first + width) == (first + width..first + 2 * width);
        if !is_pair || left.entries.len() + right.entries.len() > FEW {
            return false;
        }
        let both = left.entries.iter().chain(right.entries.iter()).cloned().collect();
        self.starts &= !(1 << (first + width));
        self.splice(number..number + 2, vec![Node::Bucket(Bucket::new(both))]);
        true
    }
}

impl<H: Keeps + Clone, V: Clone> Inner<H, V> {
    fn insert(&mut self, entry: Entry<H, V>, depth: u32) -> Inserted<H, V>
    where
        H::Key: HashKey,
    {
        let place = digit(entry.hash, depth);
        match self.child_mut(place).insert(entry, depth + 1) {
            Inserted::Overflowed(entries) => {
                let number = self.number(place);
                let dealt = Dealt::new(entries, self.places(place), depth);
                self.starts |= dealt.starts;
                self.splice(number..number + 1, dealt.children);
                Inserted::Added
            }
            inserted => inserted,
        }
    }
}
