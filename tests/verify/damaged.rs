//! Damaged stores: what is wrong is found where it is, and repair gives nothing that was not committed.

use super::{Item, fill, options};
use folio::simulation::Disk;
use folio::{EncryptionKey, Error, Options, Place, Record, RepairReport, Report, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

type Files = BTreeMap<String, Vec<u8>>;

/// A second collection, which is created later.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "notes")]
struct Note {
    #[key]
    id: u64,
    text: String,
}

fn key() -> EncryptionKey {
    EncryptionKey::from_bytes([3; 16])
}

/// A closed store of three segments, and with `checkpoint` one before the last two.
fn closed(options: &Options, checkpoint: bool) -> Result<Files> {
    let disk = Disk::new();
    for session in 0..3 {
        let store = options.clone().open_simulated(&disk)?;
        if session == 1 {
            if checkpoint {
                store.checkpoint()?;
            }
            store.collection::<Note>()?.put(Note { id: 1, text: "one".to_owned() })?;
        }
        fill(&store, session..session + 1)?;
        store.close()?;
    }
    Ok(disk.files())
}

/// What each version says: the records of all collections as JSON.
fn history(files: &Files, options: &Options) -> Result<Vec<BTreeMap<String, String>>> {
    let disk = Disk::from_files(files.clone());
    let store = options.clone().read_only(true).open_simulated(&disk)?;
    (0..=store.version().number())
        .map(|number| records(&store.as_of(folio::Version::new(number))?))
        .collect()
}

fn records(snapshot: &folio::Snapshot) -> Result<BTreeMap<String, String>> {
    let mut records = BTreeMap::new();
    for collection in snapshot.collections() {
        for entry in snapshot.values(&collection.name)?.iter() {
            let (key, value) = entry?;
            let key = format!("{} {}", collection.name, key.to_json()?);
            records.insert(key, sorted(&value.to_json()?));
        }
    }
    Ok(records)
}

/// The parts of a record may be in any order, so only the characters are compared.
fn sorted(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes.sort_unstable();
    String::from_utf8(bytes).expect("the records are ASCII")
}

/// What a repaired store should have: that with which it begins, and each change behind it that was not lost.
fn without(
    history: &[BTreeMap<String, String>],
    repaired: &RepairReport,
) -> BTreeMap<String, String> {
    let number =
        |version: folio::Version| usize::try_from(version.number()).expect("there are few");
    let begins = number(repaired.begins);
    let is_lost = |version: usize| {
        let behind = |last: folio::Version| version > number(last);
        repaired
            .lost
            .iter()
            .any(|lost| number(lost.first) <= version && !lost.last.is_some_and(behind))
    };
    let mut records = if is_lost(begins) { BTreeMap::new() } else { history[begins].clone() };
    for version in begins + 1..=number(repaired.result.newest) {
        let (before, after) = (&history[version - 1], &history[version]);
        if is_lost(version) {
            continue;
        }
        records.retain(|key, _| !before.contains_key(key) || after.contains_key(key));
        let changed = after.iter().filter(|(key, value)| before.get(*key) != Some(value));
        records.extend(changed.map(|(key, value)| (key.clone(), value.clone())));
    }
    records
}

fn verify(files: &Files, options: &Options) -> Result<Report> {
    let disk = Disk::from_files(files.clone());
    let report = options.clone().verify_simulated(&disk)?;
    assert_eq!(disk.files(), *files, "verifying changes nothing");
    Ok(report)
}

/// Repairs, and checks what always holds: nothing is changed in the damaged store, and the new one is intact.
fn repair(files: &Files, options: &Options) -> Result<(RepairReport, Disk)> {
    let (damaged, target) = (Disk::from_files(files.clone()), Disk::new());
    let report = options.clone().repair_simulated(&damaged, &target)?;
    assert_eq!(damaged.files(), *files, "repairing changes nothing in the damaged store");
    assert!(report.result.is_intact(), "{report}");
    let again = options.clone().verify_simulated(&target)?;
    assert!(again.is_intact() && again.torn.is_none(), "{again}");
    Ok((report, target))
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == extension)
}

/// The files that the problems are in.
fn damaged_files(report: &Report) -> Vec<String> {
    let mut names: Vec<String> = report
        .problems
        .iter()
        .filter_map(|problem| match &problem.place {
            Place::File { path, .. } => Some(path.file_name()?.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect();
    names.dedup();
    names
}

/// Flips a byte at each place of each file, some way apart, and holds what verify and repair say against what was there.
fn flip_bytes(options: &Options, checkpoint: bool, stride: usize) -> Result<(usize, usize)> {
    let files = closed(options, checkpoint)?;
    let history = history(&files, options)?;
    let all: BTreeMap<&str, Vec<&str>> = history.iter().flatten().fold(
        BTreeMap::new(),
        |mut all: BTreeMap<&str, Vec<&str>>, (key, value)| {
            all.entry(key).or_default().push(value);
            all
        },
    );
    let (mut flips, mut losses) = (0, 0);
    for (name, bytes) in &files {
        for place in (0..bytes.len()).step_by(stride) {
            flips += 1;
            let mut damaged = files.clone();
            damaged.get_mut(name).expect("it is there")[place] ^= 0x10;
            let at = format!("{name} at {place}");
            let report = match verify(&damaged, options) {
                Ok(report) => report,
                // The keys are in the manifest alone; and a format of another version is none that is known.
                Err(Error::Corrupt { .. } | Error::WrongKey) if name == "MANIFEST" => continue,
                Err(error) => panic!("{at}: {error}"),
            };
            if report.problems.is_empty() {
                // The end of the last segment, for which nothing vouches.
                assert!(report.torn.is_some(), "{at}: {report}");
                assert_eq!(Some(name), files.keys().rfind(|name| has_extension(name, "log")));
            } else {
                assert_eq!(damaged_files(&report), std::slice::from_ref(name), "{at}: {report}");
            }
            let (repaired, target) = repair(&damaged, options)?;
            let store = options.clone().read_only(true).open_simulated(&target)?;
            let snapshot = store.snapshot();
            if repaired.unreadable.is_empty() {
                let expected = without(&history, &repaired);
                assert_eq!(records(&snapshot)?, expected, "{at}: {repaired}");
            }
            for (key, value) in records(&snapshot)? {
                let known = all.get(&*key).is_some_and(|known| known.contains(&&*value));
                assert!(known, "{at}: {key} = {value}: {repaired}");
            }
            if repaired.is_complete() && repaired.torn.is_none() {
                assert_eq!(Some(&records(&snapshot)?), history.last(), "{at}: {repaired}");
            } else {
                losses += 1;
            }
        }
    }
    Ok((flips, losses))
}

#[test]
fn a_flipped_byte_is_found_where_it_is_and_repair_gives_only_what_was_committed() -> Result<()> {
    for (kind, options, checkpoint, stride) in [
        ("plain", options(), false, 61),
        ("with a checkpoint", options(), true, 89),
        ("encrypted", options().encryption(key()), true, 127),
    ] {
        let (flips, losses) = flip_bytes(&options, checkpoint, stride)?;
        assert!(losses > 10 && losses < flips, "{kind}: {losses} losses of {flips} flips");
    }
    Ok(())
}

/// Where the frames of a segment begin, by their magic.
fn frames(segment: &[u8]) -> Vec<usize> {
    let is_frame = |place: &usize| segment[*place..].starts_with(b"fRm1");
    (128..segment.len()).filter(is_frame).collect()
}

/// Gives the frame that begins at a place a checksum that fits it again.
fn recompute_checksum(segment: &mut [u8], place: usize) {
    let size = u32::from_le_bytes(segment[place + 12..place + 16].try_into().expect("four bytes"))
        as usize;
    let checksum = crc32fast::hash(&segment[place + 8..place + 96 + size]);
    segment[place + 4..place + 8].copy_from_slice(&checksum.to_le_bytes());
}

#[test]
fn a_record_that_was_altered_with_its_checksum_is_found_by_the_chain_and_not_taken_over()
-> Result<()> {
    let mut files = closed(&options(), false)?;
    let segment = files.get_mut("0000000000000002.log").expect("there are three");
    let places = frames(segment);
    let place = places[4];
    // The last byte of the frame is in the last record that it puts.
    segment[places[5] - 1] ^= 1;
    recompute_checksum(segment, place);

    let report = verify(&files, &options())?;
    let [problem] = &report.problems[..] else { panic!("{report}") };
    let Place::File { offset, .. } = &problem.place else { panic!("{report}") };
    assert_eq!(*offset, place as u64);
    let (repaired, _) = repair(&files, &options())?;
    let [lost] = &repaired.lost[..] else { panic!("{repaired}") };
    assert_eq!(Some(lost.first), lost.last);
    assert_eq!(problem.versions, Some(*lost));
    Ok(())
}

#[test]
fn a_missing_segment_is_named_and_the_versions_in_it_are_lost() -> Result<()> {
    let mut files = closed(&options(), false)?;
    let before = history(&files, &options())?;
    files.remove("0000000000000002.log");
    let report = verify(&files, &options())?;
    assert_eq!(damaged_files(&report), ["0000000000000002.log"], "{report}");
    let (repaired, target) = repair(&files, &options())?;
    let [lost] = &repaired.lost[..] else { panic!("{repaired}") };
    assert_eq!(report.problems[0].versions, Some(*lost));

    let store = options().open_simulated(&target)?;
    assert_eq!(store.version().number() + 1, before.len() as u64, "versions keep their numbers");
    let marked = store.commits(lost.first..=lost.last.expect("it is known"))?;
    for commit in marked {
        let commit = commit?;
        assert_eq!(commit.meta, [("folio.repair".to_owned(), "lost".to_owned())]);
        assert!(commit.changes.is_empty());
    }
    // The notes were created in what is lost, and the items written over behind it.
    assert!(store.collections().iter().all(|collection| collection.name == "items"));
    assert_eq!(store.collection::<Item>()?.len(), 7);
    Ok(())
}

#[test]
fn what_belongs_to_a_collection_whose_creation_was_lost_is_listed() -> Result<()> {
    let disk = Disk::new();
    let store = options().open_simulated(&disk)?;
    store.collection::<Note>()?.put(Note { id: 1, text: "one".to_owned() })?;
    fill(&store, 0..1)?;
    store.close()?;
    let mut files = disk.files();
    let segment = files.get_mut("0000000000000001.log").expect("there is one");
    segment[130] ^= 1; // the frame that creates the notes
    let (repaired, target) = repair(&files, &options())?;
    let [part] = &repaired.unreadable[..] else { panic!("{repaired}") };
    assert_eq!((part.collection.as_str(), part.operations), ("collection 0", 1));
    // The items have another number now.
    let store = options().open_simulated(&target)?;
    assert_eq!(store.collection::<Item>()?.len(), 7);
    store.collection::<Note>()?.put(Note { id: 2, text: "two".to_owned() })?;
    assert!(store.verify()?.is_intact());
    Ok(())
}

#[test]
fn a_store_without_its_manifest_is_repaired_unless_the_keys_were_in_it() -> Result<()> {
    for (options, is_plain) in [(options(), true), (options().encryption(key()), false)] {
        let mut files = closed(&options, true)?;
        let before = history(&files, &options)?;
        files.remove("MANIFEST");
        if is_plain {
            let report = verify(&files, &options)?;
            assert_eq!(damaged_files(&report), ["MANIFEST"]);
            let (repaired, target) = repair(&files, &options)?;
            assert!(repaired.is_complete(), "{repaired}");
            let store = options.open_simulated(&target)?;
            assert_eq!(Some(&records(&store.snapshot())?), before.last());
        } else {
            assert!(verify(&files, &options).unwrap_err().is_corrupt());
            let target = Disk::new();
            let repaired = options.repair_simulated(&Disk::from_files(files), &target);
            assert!(repaired.unwrap_err().is_corrupt());
            assert!(!target.files().contains_key("MANIFEST"), "nothing that would open is left");
        }
    }
    Ok(())
}

#[test]
fn without_checkpoint_and_beginning_what_is_behind_is_saved_as_far_as_it_can_be_read() -> Result<()>
{
    let disk = Disk::new();
    let store = options().open_simulated(&disk)?;
    fill(&store, 0..1)?;
    store.compact()?;
    let compacted = store.version();
    store.collection::<Note>()?.put(Note { id: 1, text: "one".to_owned() })?;
    fill(&store, 1..2)?;
    store.close()?;
    let mut files = disk.files();
    files.retain(|name, _| !has_extension(name, "ckp"));
    let report = verify(&files, &options())?;
    assert!(!report.is_intact());
    let (repaired, target) = repair(&files, &options())?;
    assert_eq!(repaired.begins, compacted);
    assert_eq!(repaired.lost[0].last, Some(compacted));
    let store = options().open_simulated(&target)?;
    assert_eq!(store.collection::<Note>()?.len(), 1);
    assert!(store.version() > compacted);
    Ok(())
}

#[test]
fn a_checkpoint_that_says_other_than_the_log_is_found() -> Result<()> {
    // Two stores with one identity and one history, but for the last commit of each.
    let one = Disk::new();
    let store = options().open_simulated(&one)?;
    fill(&store, 0..1)?;
    store.close()?;
    let forked = Disk::from_files(one.files());
    for (disk, text) in [(&one, "one"), (&forked, "other")] {
        let store = options().open_simulated(disk)?;
        store.collection::<Note>()?.put(Note { id: 1, text: text.to_owned() })?;
        store.checkpoint()?;
        store.close()?;
    }
    let mut files = one.files();
    let (name, bytes) = (forked.files().into_iter())
        .find(|(name, _)| has_extension(name, "ckp"))
        .expect("there is a checkpoint");
    assert!(verify(&files, &options())?.is_intact());
    files.insert(name.clone(), bytes);
    let report = verify(&files, &options())?;
    assert!(damaged_files(&report).contains(&name), "{report}");
    Ok(())
}

#[test]
fn what_is_damaged_before_a_checkpoint_is_no_torn_end_though_no_segment_follows() -> Result<()> {
    let disk = Disk::new();
    let store = options().open_simulated(&disk)?;
    fill(&store, 0..1)?;
    store.checkpoint()?;
    let before = records(&store.snapshot())?;
    store.close()?;
    let mut files = disk.files();
    let segment = files.get_mut("0000000000000001.log").expect("there is one");
    for from_end in [1, 97] {
        // In the seal, and in the last frame with a commit.
        let place = segment.len() - from_end;
        segment[place] ^= 1;
    }
    let report = verify(&files, &options())?;
    assert_eq!(damaged_files(&report), ["0000000000000001.log"], "{report}");
    assert!(report.torn.is_none(), "{report}");
    let (repaired, target) = repair(&files, &options())?;
    assert!(repaired.is_complete(), "the checkpoint has it all: {repaired}");
    assert_eq!(records(&options().open_simulated(&target)?.snapshot())?, before);
    Ok(())
}

#[test]
fn repair_refuses_a_directory_that_has_something() -> Result<()> {
    let files = closed(&options(), false)?;
    let target = Disk::from_files([("mine.txt".to_owned(), vec![1])]);
    let repaired = options().repair_simulated(&Disk::from_files(files), &target);
    assert!(matches!(repaired, Err(Error::TargetExists { .. })));
    assert_eq!(target.files().len(), 1);
    Ok(())
}

#[test]
fn damage_is_found_in_a_store_that_is_open() -> Result<()> {
    let disk = Disk::new();
    let store = options().open_simulated(&disk)?;
    fill(&store, 0..3)?;
    assert!(store.verify()?.is_intact());
    let places = frames(&disk.files()["0000000000000001.log"]);
    disk.flip_bit("0000000000000001.log", 8 * places[places.len() - 1] + 800);
    let report = store.verify()?;
    let [problem] = &report.problems[..] else { panic!("{report}") };
    assert_eq!(problem.versions.and_then(|versions| versions.last), Some(store.version()));
    Ok(())
}
