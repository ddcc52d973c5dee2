//! Every state in which a writer leaves the files, one after the other: a follower sees a version that was committed, the
//! newest that is in the files, and none before it again.

use super::{Account, account, accounts, place, quiet};
use folio::simulation::Disk;
use folio::{Durability, EncryptionKey, Options, Result, Snapshot, Store, Version};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What each version has, and after how many operations on the disk its commit returned.
#[derive(Default)]
struct Written {
    versions: BTreeMap<Version, BTreeMap<u64, i64>>,
    acknowledged: Vec<(usize, Version)>,
}

impl Written {
    fn note(&mut self, disk: &Disk, snapshot: &Snapshot) {
        self.versions.insert(snapshot.version(), accounts(snapshot));
        self.acknowledged.push((disk.operations(), snapshot.version()));
    }
}

fn options() -> Options {
    let key = EncryptionKey::from_bytes([5; 16]);
    quiet().encryption(key).durability(Durability::Write).segment_bytes(64 << 10)
}

/// Commits, checkpoints, compacts and closes.
fn write(disk: &Disk, written: &mut Written, first: u64) -> Result<()> {
    let store = options().open_simulated(disk)?;
    written.note(disk, &store.snapshot());
    let accounts = store.collection::<Account>()?;
    // The creation of a collection is a version too.
    written.versions.entry(Version::new(1)).or_default();
    for id in first..first + 12 {
        accounts.put(account(id, 1))?;
        written.note(disk, &store.snapshot());
        if id % 3 == 0 {
            accounts.remove(&(id / 2))?;
            written.note(disk, &store.snapshot());
        }
        match id % 6 {
            2 => store.checkpoint()?,
            4 => store.compact()?,
            5 => drop(store.reencrypt(EncryptionKey::from_bytes([5; 16]))?),
            _ => {}
        }
    }
    store.close()
}

/// Makes the files of a directory those of a disk.
fn put(disk: &Disk, path: &Path, before: &mut BTreeMap<String, Vec<u8>>) {
    let files = disk.files();
    for (name, bytes) in &files {
        if before.get(name) != Some(bytes) {
            fs::write(path.join(name), bytes).unwrap();
        }
    }
    for name in before.keys().filter(|name| !files.contains_key(*name)) {
        fs::remove_file(path.join(name)).unwrap();
    }
    *before = files;
}

/// Goes through the states of a disk from a number of operations on; returns how many versions were seen.
fn watch(
    disk: &Disk,
    path: &Path,
    files: &mut BTreeMap<String, Vec<u8>>,
    follower: &mut Option<Store>,
    written: &Written,
) -> Result<usize> {
    let mut seen = 0;
    for at in 0..=disk.operations() {
        put(&disk.after_kill(at), path, files);
        if follower.is_none() {
            if !files.contains_key("MANIFEST") {
                continue;
            }
            *follower = Some(options().follow(path)?);
        }
        let fresh = options().follow(path)?;
        let Some(follower) = follower else { continue };
        let before = follower.version();
        let now = follower.refresh()?;
        assert!(now >= before, "after {at} operations it went back to {now} from {before}");
        seen += usize::from(now > before);
        assert_eq!(accounts(&follower.snapshot()), written.versions[&now], "after {at} operations");
        assert_eq!(fresh.version(), now, "after {at} operations");
        assert_eq!(accounts(&fresh.snapshot()), written.versions[&now]);
        let known = written.acknowledged.iter().filter(|(operations, _)| *operations <= at);
        assert!(known.map(|(_, version)| *version).max() <= Some(now), "after {at} operations");
    }
    Ok(seen)
}

#[test]
fn each_state_of_the_files_shows_a_version() -> Result<()> {
    for attach in [false, true] {
        let (_directory, path) = place();
        fs::create_dir_all(&path).unwrap();
        let (disk, mut written) = (Disk::new(), Written::default());
        write(&disk, &mut written, 1)?;
        let (mut files, mut follower) = (BTreeMap::new(), None);
        let seen = watch(&disk, &path, &mut files, &mut follower, &written)?;
        assert!(seen > 12, "{seen}");
        let follower_now = follower.as_ref().unwrap();
        let attached = attach.then(|| follower_now.collection::<Account>()).transpose()?;

        // The next process, on what the first one left.
        let next = Disk::from_files(files.clone());
        written.acknowledged.clear();
        write(&next, &mut written, 20)?;
        let seen = watch(&next, &path, &mut files, &mut follower, &written)?;
        assert!(seen > 12, "{seen}");
        if let Some(attached) = attached {
            assert_eq!(
                Some(&attached.len()),
                written.versions.values().last().map(BTreeMap::len).as_ref()
            );
        }
    }
    Ok(())
}

/// A frame of which only a part was written when its process ended: it is never seen, and cut by the next one.
#[test]
fn half_a_frame_is_never_seen() -> Result<()> {
    let (_directory, path) = place();
    fs::create_dir_all(&path).unwrap();
    let disk = Disk::new();
    let store = options().open_simulated(&disk)?;
    let written = store.collection::<Account>()?;
    written.put(account(1, 1))?;
    let before = disk.files();
    let shown = store.version();
    written.put(account(2, 2))?;
    let behind = disk.files();
    let name = "0000000000000001.log";
    let (old, new) = (&before[name], &behind[name]);
    let changed: Vec<usize> = (0..new.len()).filter(|at| old.get(*at) != new.get(*at)).collect();
    let (first, last) = (changed[0], changed[changed.len() - 1]);
    let mut files = BTreeMap::new();
    put(&Disk::from_files(before.clone()), &path, &mut files);
    let follower = options().follow(&path)?;
    for end in first..=last {
        let mut torn = old.clone();
        torn[first..end].copy_from_slice(&new[first..end]);
        let torn = Disk::from_files([
            ("MANIFEST".to_owned(), before["MANIFEST"].clone()),
            (name.to_owned(), torn),
        ]);
        put(&torn, &path, &mut files);
        assert_eq!(follower.refresh()?, shown, "with {} bytes", end - first);
        if (end - first) % 16 == 0 {
            assert_eq!(options().follow(&path)?.version(), shown);
        }
    }
    // The next process cuts it and goes another way.
    let next = Disk::from_files(files.clone());
    let store = options().open_simulated(&next)?;
    store.collection::<Account>()?.put(account(3, 3))?;
    put(&next, &path, &mut files);
    assert_eq!(follower.refresh()?, store.version());
    assert_eq!(accounts(&follower.snapshot()), BTreeMap::from([(1, 1), (3, 3)]));
    Ok(())
}
