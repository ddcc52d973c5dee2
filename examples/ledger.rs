//! A ledger that somebody tampers with, and how that is found out.
//!
//! ```text
//! cargo run --example ledger
//! ```
//!
//! A club keeps its accounts in a ledger and prints its audit trail. After each meeting the treasurer writes
//! the head of the log on paper. Later somebody changes a byte in the file, which the log itself shows;
//! and somebody with more skill puts a whole other history in its place, whose checksums and hashes are all in
//! order. That the log can't show, and the paper does.

use folio::{Error, Head, Record, Store};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Record, Serialize, Deserialize, Clone, Debug)]
#[record(name = "accounts")]
struct Account {
    #[key]
    owner: String,
    cents: i64,
}

/// Who moves how much at each meeting.
const MEETINGS: [&[(&str, i64)]; 3] = [
    &[("ada", 5_000), ("grace", 5_000)],
    &[("ada", -1_250), ("grace", 700)],
    &[("grace", -2_000), ("ada", 300)],
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("club.folio");
    let paper = hold_meetings(&path, &MEETINGS)?;

    let store = open(&path)?;
    println!("The audit trail:");
    let mut trail = Vec::new();
    let lines = store.audit(&mut trail)?;
    print!("{}", String::from_utf8(trail)?);
    assert_eq!(lines, 7, "one for the collection, and one for each movement");
    for line in &paper {
        store.check_witness(&line.parse::<Head>()?)?;
    }
    println!("All {} heads on paper fit.\n", paper.len());
    store.close()?;
    drop(store);

    // Somebody changes one byte, without knowing more of the format.
    let file = first_segment(&path)?;
    let intact = fs::read(&file)?;
    let place = intact.len() / 2;
    let mut bytes = intact.clone();
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 1;
    }
    fs::write(&file, bytes)?;
    match open(&path) {
        Err(Error::Corrupt { file, offset, expected, .. }) => {
            println!(
                "A byte was changed: at byte {offset} of {} there is no {expected} any more.\n",
                name(&file)
            );
            assert!(offset <= place as u64);
        }
        other => panic!("a changed byte went unseen: {other:?}"),
    }
    let report = Store::options().ledger(true).verify(&path)?;
    print!("What verify says:\n{report}");
    let versions: Vec<_> = report.problems.iter().filter_map(|problem| problem.versions).collect();
    assert_eq!(versions.len(), 1, "one movement was hit");
    for versions in &versions {
        println!("So what to look for on paper is {versions}.\n");
    }
    fs::write(&file, intact)?;

    // Somebody writes another history from the first meeting on, of the same store and with all hashes right.
    // A copy of the store after the first meeting is all it takes.
    let copy = directory.path().join("copy.folio");
    forge(&path, &copy)?;
    let store = open(&copy)?;
    println!("A forged ledger opens without complaint. Held against the paper:");
    let mut verdicts = Vec::new();
    for (meeting, line) in (1..).zip(&paper) {
        let checked = store.check_witness(&line.parse::<Head>()?);
        match &checked {
            Ok(_) => println!("  meeting {meeting}: as it was"),
            Err(Error::WitnessMismatch { version, found }) => {
                println!(
                    "  meeting {meeting}: not what was written down at version {version}: {found}"
                );
            }
            Err(other) => panic!("{other}"),
        }
        verdicts.push(checked.is_ok());
    }
    assert_eq!(verdicts, [true, false, false]);
    println!("So it was changed between the first meeting and the second.");
    Ok(())
}

fn open(path: &Path) -> folio::Result<Store> {
    Store::options().ledger(true).open(path)
}

/// Books the movements of some meetings. Gives what the treasurer writes down after each.
fn hold_meetings(path: &Path, meetings: &[&[(&str, i64)]]) -> folio::Result<Vec<String>> {
    let mut paper = Vec::new();
    for movements in meetings {
        // A meeting is an evening of its own: the ledger is closed behind it.
        let store = open(path)?;
        for &(owner, cents) in *movements {
            store.collection::<Account>()?;
            store.transaction().meta("actor", "treasurer").run(|tx| {
                let new = || Account { owner: owner.to_owned(), cents };
                let accounts = tx.collection::<Account>()?;
                accounts.upsert(owner, new, |account| account.cents += cents).map(drop)
            })?;
        }
        paper.push(store.head()?.to_string());
        store.close()?;
    }
    Ok(paper)
}

/// Makes a copy of a ledger as it was after the first meeting, and another history from there on.
fn forge(path: &Path, copy: &Path) -> Result<(), Box<dyn std::error::Error>> {
    fs::create_dir(copy)?;
    let first = first_segment(path)?;
    for file in [path.join("MANIFEST"), first] {
        fs::copy(&file, copy.join(name(&file)))?;
    }
    hold_meetings(copy, &[&[("ada", -1_250), ("grace", 900)], &[("grace", -2_200), ("ada", 300)]])?;
    Ok(())
}

fn first_segment(path: &Path) -> std::io::Result<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "log"));
    files.sort();
    Ok(files.swap_remove(0))
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
