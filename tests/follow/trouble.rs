//! What can be wrong with the files: where there is no store, damage, a log that went back.

use super::common::{SEGMENT_HEADER_BYTES, contents, crash_image, last_segment};
use super::{Account, account, accounts, assert_same, follow, place, quiet};
use folio::{Error, Record, Result, Store};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

fn is_missing(result: &Result<Store>) -> bool {
    matches!(result, Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound)
}

#[test]
fn where_there_is_no_store_there_is_none_to_follow() -> Result<()> {
    let (directory, path) = place();
    assert!(is_missing(&quiet().follow(&path)));
    assert!(!path.exists());
    assert!(is_missing(&quiet().follow(directory.path())));
    assert_eq!(contents(directory.path()).len(), 0);
    fs::write(directory.path().join("letter.txt"), "Dear Ada").unwrap();
    assert!(matches!(quiet().follow(directory.path()), Err(Error::NotAStore { .. })));

    let backup = directory.path().join("backup");
    Store::open(&path)?.backup(&backup)?;
    assert!(matches!(quiet().follow(&backup), Err(Error::IsBackup { .. })));
    Ok(())
}

/// A follower touches nothing, and takes no lock that a writer needs.
#[test]
fn a_follower_leaves_no_trace() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Account>()?.put(account(1, 1))?;
    let before = contents(&path);
    let follower = follow(&path);
    follower.refresh()?;
    assert_eq!(contents(&path), before);
    let writer = Store::open(&path)?;
    assert!(matches!(Store::open(&path), Err(Error::Locked { .. })));
    writer.close()?;
    let follower = Store::follow(&path)?;
    drop(follower);
    Store::open(&path)?.close()
}

/// Changes bytes of a file.
fn damage(file: &Path, offset: u64, with: impl Fn(u8) -> u8) {
    let mut bytes = fs::read(file).unwrap();
    let offset = usize::try_from(offset).unwrap();
    bytes[offset] = with(bytes[offset]);
    fs::write(file, bytes).unwrap();
}

#[test]
fn damage_stops_it_at_the_version_before() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    let written = writer.collection::<Account>()?;
    written.put(account(1, 1))?;
    let follower = follow(&path);
    let (version, place) = (follower.version(), SEGMENT_HEADER_BYTES + writer.stats().log_bytes);
    written.put(account(2, 2))?;
    let segment = last_segment(&path);
    // Not even a frame any more, though what comes next says that it was one.
    for (offset, mask) in [(100, 0x10), (1, 0x01)] {
        damage(&segment, place + offset, |byte| byte ^ mask);
        // Nobody can know yet whether it is still being written.
        assert_eq!(follower.refresh()?, version);
        damage(&segment, place + offset, |byte| byte ^ mask);
    }
    written.put(account(3, 3))?;
    for (offset, mask) in [(100, 0x10), (1, 0x01)] {
        damage(&segment, place + offset, |byte| byte ^ mask);
        let failed = follower.refresh().unwrap_err();
        let Error::Corrupt { file, offset: at, .. } = &failed else { panic!("{failed}") };
        assert_eq!((file, *at), (&segment, place));
        let stats = follower.stats().follower.unwrap();
        assert_eq!(stats.error, Some(failed.to_string()));
        assert_eq!(follower.version(), version);
        damage(&segment, place + offset, |byte| byte ^ mask);
    }
    // What was repaired is read on.
    follower.refresh()?;
    assert_same(&follower, &writer);
    assert_eq!(follower.stats().follower.unwrap().error, None);
    Ok(())
}

#[test]
fn a_format_of_the_future_is_refused() -> Result<()> {
    let (_directory, path) = place();
    Store::open(&path)?.collection::<Account>()?.put(account(1, 1))?;
    let follower = follow(&path);
    let of_version_2 = |bytes: &mut Vec<u8>, checked: usize| {
        bytes[12] = 2;
        let checksum = crc32fast::hash(&bytes[12..checked]).to_le_bytes();
        bytes[8..12].copy_from_slice(&checksum);
    };
    // The next segment, by a later program.
    let mut next = fs::read(last_segment(&path)).unwrap();
    next.truncate(128);
    of_version_2(&mut next, 128);
    fs::write(path.join("0000000000000002.log"), next).unwrap();
    assert!(matches!(follower.refresh(), Err(Error::UnsupportedFormat { found: 2, .. })));
    let mut manifest = fs::read(path.join("MANIFEST")).unwrap();
    let end = manifest.len();
    of_version_2(&mut manifest, end);
    fs::write(path.join("MANIFEST"), manifest).unwrap();
    assert!(matches!(quiet().follow(&path), Err(Error::UnsupportedFormat { found: 2, .. })));
    Ok(())
}

/// The writer's type has no such index.
#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "accounts", index(lucky = title, when = |account| lucky(account.cents)))]
struct Fragile {
    #[key]
    id: u64,
    title: String,
    cents: i64,
}

fn lucky(cents: i64) -> bool {
    assert_ne!(cents, 13, "an index function that panics");
    cents > 0
}

/// A function of the user's that panics takes the thread with it, and no version.
#[test]
fn a_panic_leaves_the_version_before() -> Result<()> {
    let (_directory, path) = place();
    let writer = Store::open(&path)?;
    let written = writer.collection::<Account>()?;
    written.put(account(1, 100))?;
    let follower = Store::follow(&path)?;
    let seen = follower.collection::<Fragile>()?;
    let version = follower.version();
    written.put(account(2, 13))?;
    let error = || follower.stats().follower.unwrap().error;
    super::common::wait_until("the thread ends", || error().is_some());
    assert!(error().unwrap().contains("panicked"));
    assert_eq!((follower.version(), seen.len()), (version, 1));
    follower.close()
}

/// Puts the files of an image in the place of those of a store.
fn put_back(image: &Path, path: &Path) {
    for name in contents(path).into_keys() {
        fs::remove_file(path.join(name)).unwrap();
    }
    for (name, bytes) in contents(image) {
        fs::write(path.join(name), bytes).unwrap();
    }
}

/// What a loss of power takes from under a follower that it leaves alone: commits that it has shown, and that were
/// not durable. It notices as soon as the store is opened again, and goes neither back nor another way.
#[test]
fn a_log_that_went_back_is_not_followed() -> Result<()> {
    let (directory, path) = place();
    let image = directory.path().join("image");
    let writer = Store::open(&path)?;
    let written = writer.collection::<Account>()?;
    written.put(account(1, 1))?;
    crash_image(&path, &image);
    written.put(account(2, 2))?;
    written.put(account(3, 3))?;
    let follower = follow(&path);
    let (version, shown) = (follower.version(), accounts(&follower.snapshot()));
    writer.close()?;
    put_back(&image, &path);

    let writer = Store::open(&path)?;
    for commits in 0..3 {
        let failed = follower.refresh().unwrap_err();
        assert!(
            matches!(failed, Error::Diverged { version: found, .. } if found == version),
            "{failed}"
        );
        assert_eq!((follower.version(), accounts(&follower.snapshot())), (version, shown.clone()));
        // As many as were lost, so that the numbers of the versions fit again.
        writer.collection::<Account>()?.put(account(7 + commits, 7))?;
    }
    writer.compact()?;
    writer.collection::<Account>()?.put(account(90, 7))?;
    follower.refresh().unwrap_err();
    assert_eq!(accounts(&follower.snapshot()), shown);
    assert_same(&follow(&path), &writer);
    Ok(())
}
