//! Keys that are looked up by what they borrow as: these have to be found under the hash of the key.

use folio::{Lookup, Record, Result, Schema, Store};
use serde::{Deserialize, Serialize};
use std::borrow::{Borrow, Cow};
use std::path::{Path, PathBuf};

macro_rules! keyed {
    ($name:ident, $key:ty) => {
        #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
        #[record(unordered)]
        struct $name {
            #[key]
            id: $key,
        }
    };
}

keyed!(Text, String);
keyed!(Shared, Cow<'static, str>);
keyed!(Bytes, Vec<u8>);
keyed!(Parts, Vec<(String, u32)>);
keyed!(File, PathBuf);
keyed!(Mail, Email);
keyed!(Sign, char);
keyed!(Pair, (Option<i64>, bool));

#[derive(Serialize, Deserialize, Schema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Email(String);

impl Borrow<str> for Email {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Lookup<Email> for str {
    fn owned(&self) -> Email {
        Email(self.to_owned())
    }
}

/// Looks some keys up in all three contexts.
fn finds<T, Q>(keys: &[T::Key], record: impl Fn(T::Key) -> T, other: &Q) -> Result<()>
where
    T: Record + PartialEq + std::fmt::Debug,
    T::Key: Borrow<Q>,
    Q: Lookup<T::Key> + ?Sized,
{
    let store = Store::in_memory();
    let records = store.collection::<T>()?;
    records.insert_all(keys.iter().cloned().map(&record))?;
    let view = records.view();
    for key in keys {
        let (expected, sought): (T, &Q) = (record(key.clone()), key.borrow());
        assert_eq!(records.get(sought).as_deref(), Some(&expected));
        assert_eq!(records.with(sought, T::clone).as_ref(), Some(&expected));
        assert_eq!(view.get(sought), Some(&expected));
        assert!(records.contains(sought) && view.contains(sought));
        store.transact(|tx| {
            let records = tx.collection::<T>()?;
            assert_eq!(records.get(sought).as_deref(), Some(&expected));
            assert_eq!(records.remove(sought)?.as_deref(), Some(&expected));
            assert!(!records.contains(sought));
            Ok(())
        })?;
        assert!(!records.contains(sought));
    }
    assert!(!view.contains(other) && records.get(other).is_none());
    assert_eq!((records.len(), view.len()), (0, keys.len()));
    Ok(())
}

#[test]
fn keys_are_found_by_what_they_borrow_as() -> Result<()> {
    let texts = ["", "a", "ab", "ä", "a name that is longer than sixteen bytes"];
    finds::<Text, str>(&texts.map(String::from), |id| Text { id }, "b")?;
    finds::<Text, String>(&texts.map(String::from), |id| Text { id }, &"b".to_owned())?;
    finds::<Shared, str>(&texts.map(Cow::Borrowed), |id| Shared { id }, "b")?;
    finds::<Mail, str>(&texts.map(|text| Email(text.to_owned())), |id| Mail { id }, "b")?;
    finds::<File, Path>(&texts.map(PathBuf::from), |id| File { id }, Path::new("b"))?;
    let bytes = [vec![], vec![0], vec![0, 0], vec![255; 300]];
    finds::<Bytes, [u8]>(&bytes, |id| Bytes { id }, &[1])?;
    let part = |text: &str, number| (text.to_owned(), number);
    let parts = [vec![], vec![part("a", 1)], vec![part("a", 1), part("", 2)]];
    finds::<Parts, [(String, u32)]>(&parts, |id| Parts { id }, &[part("a", 2)])?;
    finds::<Sign, char>(&['a', 'ä', '\u{10ffff}'], |id| Sign { id }, &'b')?;
    let pairs = [(None, true), (None, false), (Some(-1), true), (Some(i64::MAX), false)];
    finds::<Pair, (Option<i64>, bool)>(&pairs, |id| Pair { id }, &(Some(0), true))
}
