//! A ledger whose older segments are in another directory: everything that looks back reads both.

use crate::common::{Random, contents, segments};
use crate::{Item, Truth, attach, commit_something};
use folio::{EncryptionKey, Error, Head, Options, Result, Store, Version};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A place for a store, its archive, and what else a test needs.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn store(&self) -> PathBuf {
        self.path("store")
    }

    fn options(&self) -> Options {
        Store::options().archive(self.path("archive"))
    }
}

/// What was, version by version, and a head for each checkpoint.
#[derive(Default)]
struct Past {
    truths: Vec<Truth>,
    heads: Vec<Head>,
}

impl Past {
    /// Commits so many times, with a checkpoint behind each fourth.
    fn live(&mut self, store: &Store, random: &mut Random, count: usize) {
        attach(store);
        while self.truths.len() <= usize::try_from(store.version().number()).unwrap() {
            self.truths.push(Truth::default());
        }
        for number in 0..count {
            commit_something(store, random);
            self.truths.push(Truth::of(&store.snapshot()));
            if number % 4 == 3 {
                self.heads.push(store.head().unwrap());
                store.checkpoint().unwrap();
            }
        }
    }

    /// Everything that looks back sees all of it.
    fn check(&self, store: &Store) -> Result<()> {
        let commits = store.commits(..)?.collect::<Result<Vec<_>>>()?;
        let versions: Vec<u64> = commits.iter().map(|commit| commit.version.number()).collect();
        assert_eq!(versions, (1..self.truths.len() as u64).collect::<Vec<_>>());
        let mut trail = Vec::new();
        assert_eq!(store.audit(&mut trail)?, commits.len() as u64);
        for (number, truth) in (0..).zip(&self.truths) {
            if number >= 2 {
                assert_eq!(Truth::of(&store.as_of(Version::new(number))?), *truth, "{number}");
            }
        }
        for head in &self.heads {
            store.check_witness(head)?;
        }
        let items = store.collection::<Item>()?;
        let mut revisions = 0;
        for id in 0..40 {
            revisions += items.history(id)?.collect::<Result<Vec<_>>>()?.len();
        }
        let of_items = |commit: &&folio::CommitInfo| {
            let changes = commit.changes.iter().filter(|changes| changes.collection == "items");
            changes.map(|changes| changes.puts + changes.removes).sum::<usize>() > 0
        };
        assert!(revisions >= commits.iter().filter(of_items).count());
        Ok(())
    }
}

fn is_missing(result: Result<impl Sized>, number: u64) -> bool {
    let name = format!("{number:016}.log");
    matches!(result, Err(Error::MissingSegment { file, .. }) if file.ends_with(name))
}

#[test]
fn older_segments_are_moved_and_everything_is_still_there() -> Result<()> {
    for key in [None, Some(EncryptionKey::from_bytes([3; 32]))] {
        let place = Place::new();
        let options = || match &key {
            Some(key) => place.options().encryption(key.clone()),
            None => place.options(),
        };
        let (mut past, mut random) = (Past::default(), Random::new(1));
        for round in 1..4 {
            let store = options().open(place.store())?;
            assert!(store.is_ledger());
            past.live(&store, &mut random, 12);
            past.check(&store)?;
            let archived = store.stats().archived_segments;
            assert!(archived > 1, "{archived} segments in round {round}");
            assert_eq!(
                (store.stats().failed_archivings, store.stats().last_archive_error),
                (0, None)
            );
            store.close()?;
        }
        assert!(!place.store().join("0000000000000001.log").exists());
        let (here, there) =
            (segments(&place.store()).len(), segments(&place.path("archive")).len());
        assert!(here >= 1 && there > 6, "{here} here, {there} there");

        let store = options().read_only(true).open(place.store())?;
        past.check(&store)?;
        drop(store);
        let report = options().verify(place.store())?;
        assert!(report.is_intact() && report.commits == past.truths.len() as u64 - 1, "{report}");

        // A backup has all of it, and needs no archive.
        let store = options().open(place.store())?;
        let (backup, restored) = (place.path("backup"), place.path("restored"));
        assert_eq!(store.backup(&backup)?.oldest, Version::new(0));
        let plainly = || match &key {
            Some(key) => Store::options().encryption(key.clone()),
            None => Store::options(),
        };
        plainly().restore(&backup, &restored)?;
        past.check(&plainly().open(&restored)?)?;

        // Without a commit behind it the checkpoint stands for everything.
        past.live(&store, &mut random, 2);
        store.compact()?;
        assert_eq!(segments(&place.store()).len(), 0);
        past.check(&store)?;
        let head = store.head()?;
        assert_eq!(store.check_witness(&head)?, head);
        store.close()?;
        past.check(&options().open(place.store())?)?;
    }
    Ok(())
}

#[test]
fn without_the_archive_what_is_in_it_is_missed_by_name() -> Result<()> {
    let place = Place::new();
    let (mut past, mut random) = (Past::default(), Random::new(2));
    let store = place.options().open(place.store())?;
    past.live(&store, &mut random, 16);
    store.close()?;
    let first_here = segments(&place.store())
        .iter()
        .filter_map(|file| file.file_stem()?.to_str()?.parse::<u64>().ok())
        .min()
        .unwrap();
    assert!(first_here > 2);

    let store = Store::open(place.store())?;
    assert!(store.is_ledger());
    attach(&store);
    let missing = first_here - 1;
    let error = store.commits(..).unwrap_err();
    assert!(error.to_string().contains("Options::archive"), "{error}");
    assert!(is_missing(Err::<(), _>(error), missing));
    assert!(is_missing(store.audit(Vec::new()), missing));
    assert!(is_missing(store.as_of(Version::new(3)), missing));
    assert!(is_missing(store.check_witness(&past.heads[0]), missing));
    assert!(is_missing(store.collection::<Item>()?.history(1), missing));
    // What is here is read as before, and the store goes on.
    let newest = store.version();
    assert_eq!(store.commits(newest..)?.collect::<Result<Vec<_>>>()?.len(), 1);
    let last = store.as_of(Version::new(newest.number() - 1))?;
    assert_eq!(Truth::of(&last), past.truths[past.truths.len() - 2]);
    let report = store.verify()?;
    assert!(!report.is_intact() && report.to_string().contains("archive"), "{report}");
    past.live(&store, &mut random, 8);
    store.close()?;

    // An empty directory in the place of the archive, such as a disk that is not mounted.
    let elsewhere = || Store::options().archive(place.path("elsewhere"));
    let store = elsewhere().open(place.store())?;
    assert!(is_missing(store.commits(..), missing));
    let before = contents(&place.store());
    let refused = store.compact();
    assert!(matches!(refused, Err(Error::NotTheArchive { .. })), "{refused:?}");
    let after = contents(&place.store());
    let segments = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
        files.keys().filter(|name| name.contains(".log")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(segments(&before), segments(&after));
    assert_eq!(store.stats().failed_archivings, 1);
    assert!(store.stats().last_archive_error.unwrap().contains("elsewhere"));
    store.close()?;

    let store = place.options().open(place.store())?;
    past.check(&store)
}

/// What a store must not take for its archive.
#[test]
fn nothing_is_moved_to_where_it_does_not_belong() -> Result<()> {
    let place = Place::new();
    let other = Store::options().archive(place.path("of another")).open(place.path("other"))?;
    Past::default().live(&other, &mut Random::new(3), 12);
    other.backup(place.path("backup"))?;
    fs::create_dir(place.path("different")).unwrap();
    fs::write(place.path("different").join("0000000000000001.log"), "something else").unwrap();
    fs::write(place.path("file"), "no directory").unwrap();
    fs::create_dir(place.path("link target")).unwrap();
    for name in ["store", "other", "of another", "backup", "different", "file"] {
        let _ = fs::remove_dir_all(place.store());
        let before = Path::new(name).file_name().map(|_| contents_of(&place.path(name)));
        let store = Store::options().archive(place.path(name)).open(place.store())?;
        let (mut past, mut random) = (Past::default(), Random::new(4));
        // The checkpoints themselves are written all the same.
        past.live(&store, &mut random, 12);
        assert_eq!(store.stats().checkpoints, 3);
        assert_eq!(store.stats().archived_segments, 0);
        assert!(store.stats().failed_archivings > 0, "{name}");
        let refused = store.compact();
        let is_right = match &refused {
            Err(Error::NotTheArchive { path, .. }) => *path == place.path(name),
            Err(Error::Io { .. }) => name == "file",
            _ => false,
        };
        assert!(is_right, "{name}: {refused:?}");
        store.close()?;
        assert!(place.store().join("0000000000000001.log").exists());
        past.check(&Store::open(place.store())?)?;
        if name != "store" {
            assert_eq!(before, Some(contents_of(&place.path(name))), "{name}");
        }
    }
    Ok(())
}

fn contents_of(path: &Path) -> Vec<(String, Vec<u8>)> {
    if path.is_dir() { contents(path).into_iter().collect() } else { Vec::new() }
}

/// A store that is restored from a backup and goes on differently has other segments under the same numbers.
#[test]
fn two_histories_do_not_share_an_archive() -> Result<()> {
    let place = Place::new();
    let (mut past, mut random) = (Past::default(), Random::new(5));
    let store = place.options().open(place.store())?;
    past.live(&store, &mut random, 12);
    store.backup(place.path("backup"))?;
    let mut other_past = Past { truths: past.truths.clone(), heads: past.heads.clone() };
    past.live(&store, &mut random, 12);
    let fork = place.path("fork");
    Store::restore(place.path("backup"), &fork)?;
    let other = place.options().open(&fork)?;
    other_past.check(&other)?;
    other_past.live(&other, &mut random, 12);
    // What both have in common is there already, and goes here.
    assert!(other.stats().archived_segments > 0);
    let refused = other.compact();
    assert!(matches!(refused, Err(Error::NotTheArchive { .. })), "{refused:?}");
    other_past.check(&other)?;
    other.close()?;
    other_past.check(&place.options().open(&fork)?)?;
    let witness = past.heads.last().unwrap();
    let other = place.options().open(&fork)?;
    assert!(matches!(other.check_witness(witness), Err(Error::WitnessMismatch { .. })));
    store.compact()?;
    past.check(&store)
}

#[test]
fn who_is_reading_goes_on_in_the_archive() -> Result<()> {
    let place = Place::new();
    let (mut past, mut random) = (Past::default(), Random::new(6));
    let store = place.options().ledger(true).open(place.store())?;
    past.live(&store, &mut random, 20);
    let mut commits = store.commits(..)?;
    let mut late = store.commits(..)?;
    assert_eq!(commits.next().unwrap()?.version, Version::new(1));
    store.compact()?;
    assert_eq!(segments(&place.store()).len(), 0);
    assert_eq!(commits.collect::<Result<Vec<_>>>()?.len(), past.truths.len() - 2);
    assert_eq!(late.by_ref().collect::<Result<Vec<_>>>()?.len(), past.truths.len() - 1);
    Ok(())
}

/// A segment that a checkpoint has made superfluous may go while somebody reads it. Then what is in it is not
/// kept any more, which is no failure of the disk and no damage.
#[test]
fn who_is_reading_what_is_not_kept_is_told_so() -> Result<()> {
    let place = Place::new();
    let store = Store::open(place.store())?;
    let mut random = Random::new(7);
    attach(&store);
    (0..20).for_each(|_| commit_something(&store, &mut random));
    store.checkpoint()?;
    (0..20).for_each(|_| commit_something(&store, &mut random));
    let (mut begun, mut not_begun) = (store.commits(..)?, store.commits(..)?);
    begun.next().unwrap()?;
    store.compact()?;
    commit_something(&store, &mut random);
    let oldest = Version::new(store.version().number() - 1);
    for commits in [&mut begun, &mut not_begun] {
        let end = commits.find(Result::is_err).map(Result::unwrap_err);
        let is_told = matches!(end, Some(Error::OutOfHistory { oldest: o }) if o == oldest);
        assert!(is_told, "{end:?}");
    }
    assert_eq!(store.commits(..)?.collect::<Result<Vec<_>>>()?.len(), 1);
    Ok(())
}

/// Behind `compact` one checkpoint is left; the archive is what the store is opened from if that is damaged.
#[test]
fn a_store_without_an_intact_checkpoint_is_opened_from_the_archive() -> Result<()> {
    let place = Place::new();
    let (mut past, mut random) = (Past::default(), Random::new(8));
    let store = place.options().open(place.store())?;
    past.live(&store, &mut random, 12);
    store.compact()?;
    past.live(&store, &mut random, 3);
    store.close()?;
    let checkpoint = fs::read_dir(place.store())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "ckp"))
        .unwrap();
    let mut bytes = fs::read(&checkpoint).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&checkpoint, bytes).unwrap();
    let opened = Store::open(place.store());
    assert!(matches!(opened, Err(Error::Corrupt { .. })), "{opened:?}");
    let store = place.options().open(place.store())?;
    assert_eq!(store.stats().opening.damaged_checkpoints, 1);
    past.check(&store)?;
    past.live(&store, &mut random, 8);
    store.close()?;
    past.check(&place.options().open(place.store())?)
}

/// The archive has segments of before encryption was turned on, and of when it was off again.
#[test]
fn what_is_archived_keeps_the_keys_that_it_needs() -> Result<()> {
    let place = Place::new();
    let key = || EncryptionKey::from_bytes([9; 32]);
    let (mut past, mut random) = (Past::default(), Random::new(9));
    for options in [
        place.options(),
        place.options().encryption(key()),
        place.options().encryption_off(key()),
        place.options().encryption(key()),
        place.options().encryption_off(key()),
        place.options().encryption_off(key()),
    ] {
        let store = options.open(place.store())?;
        past.live(&store, &mut random, 8);
        store.compact()?;
        past.check(&store)?;
        store.close()?;
    }
    let store = place.options().encryption_off(key()).open(place.store())?;
    past.check(&store)
}
