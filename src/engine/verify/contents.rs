//! What the commits of a log say, taken in one after the other and held against each other.

use crate::engine::verify::report::CollectionReport;
use crate::log::commit::{Commit, TableChanges};
use crate::schema::descriptor::Descriptor;
use crate::schema::node::Node;
use crate::value::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What was expected, and what was found.
pub(crate) type Unfit = (String, String);

/// The collections as the commits so far leave them: their keys, and a hash of each record.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    collections: BTreeMap<u32, Collection>,
    /// Commits are missing: what is not known may have been in them.
    is_incomplete: bool,
}

#[derive(Debug)]
struct Collection {
    name: String,
    schemas: Vec<Arc<Descriptor>>,
    records: HashMap<Box<[u8]>, Stored>,
    operations: u64,
}

/// A record as it is stored.
#[derive(Debug, Clone, Copy)]
struct Stored {
    schema: u32,
    hash: [u8; 16],
    /// Like the hash, but the same in whichever order the bytes are.
    unordered: u64,
}

impl Contents {
    /// Of a log whose beginning is not there.
    pub(crate) fn incomplete() -> Self {
        Self { is_incomplete: true, ..Self::default() }
    }

    /// Notes that commits are missing here.
    pub(crate) fn lose(&mut self) {
        self.is_incomplete = true;
    }

    /// Takes in a commit; says what is wrong with it.
    pub(crate) fn take_in(&mut self, bytes: &[u8]) -> Vec<Unfit> {
        let commit = match Commit::parse(bytes) {
            Ok(commit) => commit,
            Err(error) => {
                self.lose();
                return vec![("the bytes of a commit".to_owned(), error.to_string())];
            }
        };
        let mut unfit = Vec::new();
        for create in &commit.creates {
            let known = self.collections.len();
            if !self.is_incomplete && create.collection as usize != known {
                let expected = format!("collection {known} to be created");
                unfit.push((expected, format!("collection {}", create.collection)));
            }
            let name = create.name.to_owned();
            let (schemas, records) = (Vec::new(), HashMap::new());
            let created = Collection { name, schemas, records, operations: 0 };
            self.collections.insert(create.collection, created);
        }
        for schema in &commit.schemas {
            let Some(collection) = self.collections.get_mut(&schema.collection) else {
                unfit.extend(self.unknown(schema.collection));
                continue;
            };
            match Descriptor::parse(schema.descriptor) {
                Ok(descriptor) => collection.schemas.push(Arc::new(descriptor)),
                Err(error) => unfit.push(("a descriptor".to_owned(), error.to_string())),
            }
        }
        for table in &commit.tables {
            match self.collections.get_mut(&table.head.collection) {
                Some(collection) => {
                    unfit.extend(collection.take_in(table, self.is_incomplete));
                }
                None => unfit.extend(self.unknown(table.head.collection)),
            }
        }
        unfit
    }

    /// That nobody created a collection; nothing where that may have been lost.
    fn unknown(&self, number: u32) -> Option<Unfit> {
        let expected = format!("one of the {} collections created so far", self.collections.len());
        (!self.is_incomplete).then(|| (expected, format!("collection {number}")))
    }

    /// What another account of the same version says that this one does not; `None` where both say the same, or this
    /// one is incomplete.
    pub(crate) fn differs(&self, other: &Self) -> Option<String> {
        if self.is_incomplete {
            return None;
        }
        if self.collections.len() != other.collections.len() {
            return Some(format!("{} collections", other.collections.len()));
        }
        let mut pairs = self.collections.values().zip(other.collections.values());
        pairs.find_map(|(one, other)| one.differs(other))
    }

    /// Takes the numbers of operations that another account counted.
    pub(crate) fn take_counts_of(&mut self, other: &Self) {
        for (number, collection) in &mut self.collections {
            let before = other.collections.get(number).map_or(0, |before| before.operations);
            // Those of a checkpoint are none of the log.
            collection.operations = before;
        }
    }

    /// What is said of each collection in a report.
    pub(crate) fn report(self) -> Vec<CollectionReport> {
        let mut reports: Vec<CollectionReport> =
            self.collections.into_values().map(Collection::report).collect();
        reports.sort_by(|one, other| one.name.cmp(&other.name));
        reports
    }
}

impl Collection {
    fn take_in(&mut self, table: &TableChanges<'_>, is_incomplete: bool) -> Vec<Unfit> {
        let number = table.head.schema;
        let Some(schema) = self.schemas.get(number as usize).cloned() else {
            let known = self.schemas.len();
            let expected = format!("one of the {known} forms of collection `{}`", self.name);
            let unknown = (expected, format!("form {number}"));
            return if is_incomplete { Vec::new() } else { vec![unknown] };
        };
        if table.head.reset {
            self.records.clear();
        }
        let mut unfit = Vec::new();
        for (key, record) in &table.operations {
            self.operations += 1;
            if let Err(error) = check(&schema, key, *record) {
                let text = schema.key_text(key);
                unfit.push((format!("a record of `{}` under its key {text}", self.name), error));
            }
            match record {
                Some(record) => self.records.insert((*key).into(), Stored::of(number, record)),
                None => self.records.remove(*key),
            };
        }
        unfit
    }

    fn differs(&self, other: &Self) -> Option<String> {
        let name = &self.name;
        if *name != other.name {
            return Some(format!("a collection `{}` in the place of `{name}`", other.name));
        }
        let form = |collection: &Self, stored: &Stored| {
            collection.schemas.get(stored.schema as usize).cloned()
        };
        for (key, stored) in &self.records {
            let text = || form(self, stored).map_or_else(String::new, |form| form.key_text(key));
            let Some(found) = other.records.get(key) else {
                return Some(format!("no record {} in `{name}`", text()));
            };
            // One that was written in another form says the same in other bytes.
            if let (Some(one), Some(another)) = (form(self, stored), form(other, found))
                && one == another
                && !found.is_same(stored, &one)
            {
                return Some(format!("another record {} in `{name}`", text()));
            }
        }
        let (here, there) = (self.records.len(), other.records.len());
        (here != there).then(|| format!("{there} records in `{name}` instead of {here}"))
    }

    fn report(self) -> CollectionReport {
        let Self { name, records, operations, .. } = self;
        let records = records.len() as u64;
        CollectionReport { name, records, operations, index_entries: None }
    }
}

impl Stored {
    fn of(schema: u32, record: &[u8]) -> Self {
        let digest = Sha256::digest(record);
        let hash = digest.first_chunk::<16>().copied().unwrap_or_default();
        // Spread over 64 bits, so that sums of different bytes differ.
        let spread = |byte: &u8| {
            let spread = (u64::from(*byte) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            spread.wrapping_mul(spread ^ (spread >> 29))
        };
        let unordered = record.iter().map(spread).fold(0, u64::wrapping_add);
        Self { schema, hash, unordered }
    }

    /// Whether two records are the same, whose form is the same too: maps and sets may be written in any order.
    fn is_same(&self, other: &Self, form: &Descriptor) -> bool {
        let is_unordered = |node: &Node| matches!(node, Node::Map(..) | Node::Set(_));
        self.hash == other.hash
            || (form.parts.nodes.iter().any(is_unordered) && self.unordered == other.unordered)
    }
}

/// Checks that a key and a record are of a form, and that the record has the key.
pub(crate) fn check(schema: &Descriptor, key: &[u8], record: Option<&[u8]>) -> Result<(), String> {
    let key = schema.decode_key(key).map_err(|error| error.to_string())?;
    let Some(record) = record else { return Ok(()) };
    let record = schema.decode(record).map_err(|error| error.to_string())?;
    match key_in(schema, &record) {
        Some(inside) if inside != key => Err(format!("one whose key is {inside}")),
        _ => Ok(()),
    }
}

/// The key that a record has inside, where the descriptor says which fields it is made of.
fn key_in(schema: &Descriptor, record: &Value) -> Option<Value> {
    let field = |name: &Arc<str>| match record {
        Value::Struct(fields) => {
            fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
        }
        Value::Sequence(fields) => fields.get(name.parse::<usize>().ok()?).cloned(),
        // A struct around one value without a name is that value.
        other => (**name == *"0").then(|| other.clone()),
    };
    match schema.parts.key_fields.as_slice() {
        [] => None,
        [one] => field(one),
        several => several.iter().map(field).collect::<Option<Vec<_>>>().map(Value::Sequence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;
    use crate::log::commit::{CommitWriter, Create, NewSchema, PUT, TableHead};

    type Record = BTreeMap<u8, u8>;

    /// What is there behind a commit that creates a collection of maps with these records.
    fn contents(records: &[(u8, Vec<u8>)]) -> Contents {
        let form = Descriptor::of_collection::<Record, u8>(1, &[]);
        let mut writer = CommitWriter::new(1, &[]);
        writer.creates(&[Create { collection: 0, name: "maps" }]);
        writer.schemas(&[NewSchema { collection: 0, descriptor: form.as_bytes() }]);
        writer.tables(1);
        let head = TableHead { collection: 0, schema: 0, reset: false, ids_used: 0 };
        writer.table(head, records.len());
        for (key, record) in records {
            writer.operations().push(PUT);
            codec::append_bytes(writer.operations(), &[*key]);
            codec::append_bytes(writer.operations(), record);
        }
        let mut contents = Contents::default();
        assert_eq!(contents.take_in(&writer.into_bytes()), []);
        contents
    }

    #[test]
    fn a_checkpoint_that_says_other_than_the_log_is_told() {
        let log = contents(&[(1, vec![2, 1, 5, 2, 6]), (2, vec![0])]);
        let same = contents(&[(2, vec![0]), (1, vec![2, 2, 6, 1, 5])]);
        assert_eq!(log.differs(&same), None, "a map may be written in any order");
        let text = |checkpoint: &Contents| log.differs(checkpoint).unwrap_or_default();
        let other = contents(&[(1, vec![2, 1, 5, 2, 7]), (2, vec![0])]);
        assert_eq!(text(&other), "another record 1 in `maps`");
        let fewer = contents(&[(1, vec![2, 1, 5, 2, 6])]);
        assert_eq!(text(&fewer), "no record 2 in `maps`");
        let more = contents(&[(1, vec![2, 1, 5, 2, 6]), (2, vec![0]), (3, vec![0])]);
        assert_eq!(text(&more), "3 records in `maps` instead of 2");
        assert_eq!(text(&Contents::default()), "0 collections");
        assert_eq!(Contents::incomplete().differs(&other), None, "it is not known");
    }

    #[test]
    fn records_that_are_not_of_their_form_or_have_another_key_are_told() {
        let form = Descriptor::of_collection::<Record, u8>(1, &[]);
        assert_eq!(check(&form, &[1], Some(&[1, 2, 3])), Ok(()));
        assert_eq!(check(&form, &[1], None), Ok(()));
        assert!(check(&form, &[1, 2], None).is_err());
        assert!(check(&form, &[1], Some(&[2, 2, 3])).is_err());
        let pair = Descriptor::of_collection::<(u8, u16), (u16, u8)>(1, &["1", "0"]);
        assert_eq!(check(&pair, &[7, 5], Some(&[5, 7])), Ok(()));
        assert!(check(&pair, &[5, 7], Some(&[5, 7])).is_err());
    }
}
