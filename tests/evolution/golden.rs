//! Stores that an earlier type wrote, and what later types make of them.
//!
//! All of this is compiled once for each of more than a hundred types, so it does each thing in one way
//! only.

use super::common::{contents, figures};
use folio::{Descriptor, Error, Record, Result, Store, View};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What is set to 1 for golden stores that are missing to be written.
const WRITE: &str = "FOLIO_WRITE_GOLDEN";

/// What a record must be to be compared.
pub(crate) trait Tested: Record<Key: Debug> + PartialEq + Debug {}

impl<T: Record<Key: Debug> + PartialEq + Debug> Tested for T {}

/// A copy of a golden store, which goes away with the value.
pub(crate) struct Golden {
    _directory: TempDir,
    pub(crate) path: PathBuf,
}

impl Golden {
    /// A copy of the store of `case`, into which `A` wrote these records.
    pub(crate) fn written<A: Tested>(case: &str, records: &[A]) -> Result<Self> {
        let golden =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evolution/golden").join(case);
        if !golden.exists() {
            assert!(
                std::env::var(WRITE).is_ok_and(|value| value == "1"),
                "the case `{case}` has no golden store yet: run this test with {WRITE}=1 to have it \
                 written, and commit {}",
                golden.display()
            );
            write(&golden, records)?;
        }
        figures::count("evolution", "stores of an earlier type read", 1);
        let copy = Self::copied(&golden);
        copy.holds(records)?;
        Ok(copy)
    }

    /// A copy of any store.
    pub(crate) fn copied(from: &Path) -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = directory.path().join("store.folio");
        fs::create_dir_all(&path).expect("the copy can be made");
        for (name, bytes) in contents(from) {
            fs::write(path.join(name), bytes).expect("the copy can be written");
        }
        // Of no account, and left behind by whoever had the store open.
        fs::write(path.join("LOCK"), "").expect("the copy can be written");
        Self { _directory: directory, path }
    }

    /// Reads the records as `B`: they are `expected`, in a store that is opened for reading only and in
    /// one that is written to, at once and after it was closed with one of them written again. `look`
    /// is called with each.
    pub(crate) fn reads<B: Tested>(
        &self,
        expected: &[B],
        look: impl Fn(&View<B>),
    ) -> Result<&Self> {
        let before = contents(&self.path);
        self.holds(expected)?;
        assert!(contents(&self.path) == before, "reading changes no file");
        for _ in 0..3 {
            let store = Store::open(&self.path)?;
            let users = store.collection::<B>()?;
            look(&users.view());
            // The others stay in the form in which they are.
            users.put(one(expected))?;
            check(&users.view(), expected);
            look(&users.view());
            for known in store.collections() {
                assert!(known.descriptor == Descriptor::of_record::<B>(), "{}", known.schema);
            }
            store.close()?;
        }
        Ok(self)
    }

    /// Reads the records as `B`, without writing anything.
    pub(crate) fn holds<B: Tested>(&self, expected: &[B]) -> Result<()> {
        let store = Store::options().read_only(true).open(&self.path)?;
        check(&store.snapshot().collection::<B>()?, expected);
        Ok(())
    }

    /// The difference for which `B` is refused, however it asks. No file is changed, and the records
    /// are there for the type that wrote them.
    pub(crate) fn refuses<A: Tested, B: Tested>(&self, records: &[A]) -> Result<String> {
        let error = self.fails::<A, B>(records)?;
        let Error::SchemaMismatch { collection, diff } = error else { panic!("{error:?}") };
        assert_eq!(collection, "users");
        Ok(diff)
    }

    /// The error that `B` gets, however it asks. No file is changed, and the records are there for the
    /// type that wrote them.
    pub(crate) fn fails<A: Tested, B: Tested>(&self, records: &[A]) -> Result<Error> {
        let before = contents(&self.path);
        {
            let store = Store::options().read_only(true).open(&self.path)?;
            assert!(store.snapshot().collection::<B>().is_err());
        }
        let store = Store::open(&self.path)?;
        assert!(store.snapshot().collection::<B>().is_err());
        let version = store.version();
        let error = store.collection::<B>().expect_err("the type is refused");
        assert_eq!(store.version(), version);
        store.close()?;
        drop(store);
        assert!(contents(&self.path) == before, "a type that is refused changes no file");
        // The same again, and then the earlier type in the same process.
        let store = Store::open(&self.path)?;
        assert!(store.collection::<B>().is_err());
        let users = store.collection::<A>()?;
        check(&users.view(), records);
        users.put(one(records))?;
        store.close()?;
        self.holds(records)?;
        Ok(error)
    }

    /// The files of the store.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        contents(&self.path)
    }
}

/// Writes records, of which none but the first is put once only.
fn write<A: Tested>(path: &Path, records: &[A]) -> Result<()> {
    let store = Store::open(path)?;
    let users = store.collection::<A>()?;
    users.put(one(records))?;
    for record in records {
        users.put(record.clone())?;
    }
    store.close()?;
    drop((users, store));
    fs::remove_file(path.join("LOCK")).expect("it is there");
    Ok(())
}

/// One of the records of a case.
fn one<A: Tested>(records: &[A]) -> A {
    records.first().expect("a case has records").clone()
}

/// The records of a view are these, in key order, and found by their keys.
#[track_caller]
fn check<B: Tested>(view: &View<B>, expected: &[B]) {
    let found: Vec<B> = view.iter().cloned().collect();
    assert_eq!(found, expected);
    for record in expected {
        assert_eq!(view.get(&record.key()), Some(record), "{:?}", record.key());
    }
}
