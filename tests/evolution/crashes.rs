//! A crash while a collection is written anew leaves the old records or the new ones.

use super::common::{crash_image, last_segment};
use super::golden::Golden;
use folio::{Error, Result, Schema, Store};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

users! {
    struct First {
        #[key]
        id: u8,
        name: String,
    }
}

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename = "User")]
struct Second {
    name: String,
    length: u32,
}

impl From<First> for Second {
    fn from(First { id, name }: First) -> Self {
        Self { length: u32::from(id), name }
    }
}

migrates!(Second by name: String, version 2, from First);

fn first() -> Vec<First> {
    [(1, "one"), (130, "two"), (255, "three")]
        .map(|(id, name)| First { id, name: name.into() })
        .into()
}

fn second() -> Vec<Second> {
    let mut second: Vec<Second> = first().into_iter().map(Second::from).collect();
    second.sort_by(|left, right| left.name.cmp(&right.name));
    second
}

#[test]
fn a_rewrite_that_is_cut_anywhere() -> Result<()> {
    let golden = Golden::written("crash_in_a_migration", &first())?;
    let image = tempfile::tempdir().expect("a directory can be made");
    let (before, after) = (image.path().join("before"), image.path().join("after"));
    {
        let store = Store::open(&golden.path)?;
        store.collection::<First>()?.put(first()[0].clone())?;
        crash_image(&golden.path, &before);
    }
    let from = {
        let store = Store::open(&before)?;
        let from = written(&before).len();
        assert_eq!(store.collection::<Second>()?.len(), 3);
        crash_image(&before, &after);
        from
    };
    let whole = written(&after);
    assert_eq!(last_segment(&before).file_name(), last_segment(&after).file_name());
    let (mut old, mut new) = (0, 0);
    for length in from..=whole.len() {
        fs::write(last_segment(&after), &whole[..length]).expect("it can be written");
        let crashed = Golden::copied(&after);
        match crashed.holds(&first()) {
            Ok(()) => old += 1,
            Err(Error::SchemaMismatch { .. }) => new += 1,
            Err(error) => panic!("cut to {length}: {error:?}"),
        }
        assert!(new == 0 || length == whole.len(), "the commit counts when all of it is there");
        crashed.holds(&second())?;
        // A crash in the middle does not make the second attempt any other.
        if length % 16 == 0 {
            crashed.reads(&second(), |_| ())?;
        }
    }
    assert_eq!((old, new), (whole.len() - from, 1));
    Ok(())
}

/// The last segment, without what is reserved behind its frames. The last byte of the last one is of a
/// number that is not zero.
fn written(store: &Path) -> Vec<u8> {
    let mut bytes = fs::read(last_segment(store)).expect("it is there");
    let end = bytes.iter().rposition(|byte| *byte != 0).expect("there are frames") + 1;
    bytes.truncate(end);
    bytes
}

#[cfg(feature = "simulation")]
mod simulated {
    use super::{First, Second, first, second};
    use folio::simulation::{Disk, Fault, Operation};
    use folio::{Error, Record, Result, Store};

    fn open(disk: &Disk) -> Result<Store> {
        Store::options().open_simulated(disk)
    }

    fn all<T: Record>(disk: &Disk) -> Result<Vec<T>> {
        let store = open(disk)?;
        let users = store.collection::<T>()?.view();
        Ok(users.iter().cloned().collect())
    }

    /// A disk with the earlier records.
    fn disk() -> Result<Disk> {
        let disk = Disk::new();
        open(&disk)?.collection::<First>()?.put_all(first())?;
        Ok(disk)
    }

    #[test]
    fn the_power_goes_while_a_collection_is_written_anew() -> Result<()> {
        let disk = disk()?;
        let from = disk.operations();
        assert_eq!(all::<Second>(&disk)?, second());
        let (mut old, mut new) = (0, 0);
        for at in from..=disk.operations() {
            for state in disk.crash_states(at, 1) {
                match all::<First>(&state) {
                    Ok(found) => {
                        assert_eq!(found, first());
                        old += 1;
                    }
                    Err(Error::SchemaMismatch { .. }) => new += 1,
                    Err(error) => panic!("{error:?}"),
                }
                assert_eq!(all::<Second>(&state)?, second());
            }
        }
        assert!(old > 0 && new > 0, "{old} with the old records, {new} with the new ones");
        Ok(())
    }

    /// The type is not adopted if the rewrite can't be made durable, and another opening tries again.
    #[test]
    fn a_rewrite_that_fails() -> Result<()> {
        for operation in [Operation::Write, Operation::Sync] {
            let disk = disk()?;
            let store = open(&disk)?;
            disk.fail(Fault::on(operation));
            let failed = store.collection::<Second>();
            assert!(matches!(failed, Err(Error::OutcomeUnknown { .. })), "{failed:?}");
            // Nor is it taken for adopted by whoever asks again.
            let again = store.collection::<Second>();
            assert!(matches!(again, Err(Error::Poisoned { .. })), "{again:?}");
            drop((failed, store));
            disk.heal();
            assert_eq!(all::<Second>(&disk)?, second());
            assert_eq!(all::<Second>(&disk)?, second());
        }
        Ok(())
    }
}
