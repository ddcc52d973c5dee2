//! A limit for the size of files (`RLIMIT_FSIZE`), which every user can set for a process: a write that
//! crosses it ends half-way, and the next one fails with `EFBIG`. Under a limit below the size of
//! segments, each segment runs into it.

use super::check_reason;
use super::common::{Process, child_path, figures, tell, told};
use super::entries::{Heard, Reached, check, check_kept, commit_filled_entry, tell_entry};
use folio::{Durability, Error, Result, Store};
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

const LANE: u32 = 1;
const TIMES: u64 = 5;

/// Starts a child in which files end at 100 KiB. The signal that goes with the limit is ignored from
/// the start: to a process that does not, it is the end.
fn start_limited(test: &str, path: &Path) -> Process {
    let program = std::env::current_exe().expect("a test program knows its file");
    let limited = r#"trap "" XFSZ; ulimit -f 200; exec "$0" "$@""#;
    let child = Command::new("sh")
        .args(["-c", limited])
        .arg(program)
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env("FOLIO_CHILD", path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is a shell");
    Process(child)
}

/// Commits until it can't, opens the store again, and so on.
#[test]
fn limited() -> Result<()> {
    let Some(path) = child_path() else { return Ok(()) };
    let mut known = Reached::new();
    for _ in 0..TIMES {
        let store = Store::open(&path)?;
        check_kept(&check(&store.snapshot())?, &known, "under the limit");
        let error = loop {
            match commit_filled_entry(&store, Durability::Fsync, LANE, 700) {
                Ok(number) => {
                    known.insert(LANE, number);
                    tell_entry(LANE, number, true);
                }
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}");
        check_reason(&error, ErrorKind::FileTooLarge);
        assert_eq!(check(&store.snapshot())?, known);
        assert!(matches!(store.close(), Err(Error::Poisoned { .. })));
    }
    tell("done");
    Ok(())
}

#[test]
fn a_limit_for_the_size_of_files() -> Result<()> {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("store.folio");
    let mut child = start_limited("file_size::limited", &path);
    let (mut heard, mut is_done) = (Heard::default(), false);
    for line in told(&mut child) {
        if line == "done" {
            is_done = true;
        } else {
            heard.note(&line);
        }
    }
    assert!(child.wait().expect("the child can be waited for").success() && is_done);
    let store = Store::open(&path)?;
    let reached = check(&store.snapshot())?;
    check_kept(&reached, &heard.promised, "without the limit");
    let next = commit_filled_entry(&store, Durability::Fsync, LANE, 200_000)?;
    assert_eq!(next, reached.get(&LANE).copied().unwrap_or_default() + 1);
    store.close()?;
    figures::count("full disk", "limits for the size of files met", TIMES);
    figures::count("full disk", "commits found again", heard.promised.values().sum());
    Ok(())
}
