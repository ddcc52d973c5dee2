//! What several test files need: seeded random numbers, images of a store's directory, waiting for a
//! condition, and child processes.
#![allow(dead_code, reason = "each test file uses a part of this")]

pub(crate) mod figures;

use std::collections::BTreeMap;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Read, Write};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// The bytes before the first frame of a segment, as the format describes them.
pub(crate) const SEGMENT_HEADER_BYTES: u64 = 128;

/// How long a test waits for something that must happen before it says that it did not. Nothing is
/// concluded from how long it took.
const PATIENCE: Duration = Duration::from_mins(1);

/// The seed of a random test: `FOLIO_SEED` where that is set, so that a failure can be repeated, else
/// a new one each time. Printed, which the test harness shows where the test fails.
pub(crate) fn seed(test: &str) -> u64 {
    let given = std::env::var("FOLIO_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().hash_one(test));
    println!("{test}: FOLIO_SEED={seed}");
    seed
}

/// A small generator (`SplitMix64`), so that a seed alone gives the same numbers everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Another generator that shares nothing with this one, for another thread.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// One of several.
    pub(crate) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        *all.get(self.place(all.len())).expect("there is one to pick")
    }

    /// A number from 0 to below `limit`, for places.
    pub(crate) fn place(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).expect("a place fits")
    }
}

/// Copies a store's directory as a crash of its process would leave it: the files as the operating
/// system has them, without the lock, which ends with its process.
pub(crate) fn crash_image(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the image's directory can be made");
    for (name, bytes) in contents(from) {
        if name != "LOCK" {
            fs::write(to.join(name), bytes).expect("the image can be written");
        }
    }
}

/// The names and bytes of all files in a directory.
pub(crate) fn contents(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(directory).expect("the directory can be listed");
    let files = entries.map(|entry| {
        let path = entry.expect("the directory can be listed").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name, fs::read(path).expect("the file can be read"))
    });
    files.collect()
}

/// The segments of a store's log, in order.
pub(crate) fn segments(directory: &Path) -> Vec<PathBuf> {
    let names = contents(directory).into_keys();
    let paths = names.map(|name| directory.join(name));
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "log")).collect()
}

/// The segment that was written last.
pub(crate) fn last_segment(directory: &Path) -> PathBuf {
    segments(directory).pop().expect("the store has a segment")
}

/// Waits until `condition` holds.
///
/// # Panics
///
/// If it never does.
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "it never happened that {what}");
        thread::yield_now();
    }
}

/// Where a child process finds the path that it is to work on.
const CHILD: &str = "FOLIO_CHILD";

/// What the lines begin with that a child process means for its parent.
const MARK: char = '@';

/// How long a parent waits for the next line of a child: far longer than any step takes on a machine
/// that is busy with other tests.
const PATIENCE_WITH_CHILDREN: Duration = Duration::from_mins(5);

/// A child process that ends with its guard: a test that fails leaves none behind.
#[derive(Debug)]
pub(crate) struct Process(pub(crate) Child);

impl Deref for Process {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Process {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Where this fails there is nothing left to end, and a panic here would hide the test's own.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts this test program again as another process, in which only the test called `test` runs. That
/// test learns from [`child_path`] that it is the child.
pub(crate) fn start_child(test: &str, path: &Path) -> Process {
    start_child_with(test, path, &[])
}

/// Like [`start_child`], with more in the child's environment.
pub(crate) fn start_child_with(test: &str, path: &Path, settings: &[(&str, String)]) -> Process {
    let program = std::env::current_exe().expect("a test program knows its file");
    let child = Command::new(program)
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, path)
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("this test program can be started again");
    Process(child)
}

/// The path that was given to [`start_child`], in the child; `None` where the test runs with all
/// others.
pub(crate) fn child_path() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

/// Tells the parent something, in one write, past the test harness.
pub(crate) fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n{MARK}{line}\n").as_bytes()).expect("the parent listens");
    out.flush().expect("the parent listens");
}

/// What the child tells, line by line. A line whose end was cut off by the child's death is left
/// out. A child that says nothing for very long fails the test.
pub(crate) fn told(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let out = child.stdout.take().expect("it was asked to be piped");
    // Without room: a child must not run far ahead of a parent that does not listen.
    let (lines, told) = sync_channel(0);
    // Reading a pipe can't be given up; waiting for another thread can.
    thread::spawn(move || pass_on(out, &lines));
    std::iter::from_fn(move || match told.recv_timeout(PATIENCE_WITH_CHILDREN) {
        Ok(line) => Some(line),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => panic!("the child hangs"),
    })
}

/// Passes on what a child tells, until its end, or until nobody listens any more.
fn pass_on(out: ChildStdout, lines: &SyncSender<String>) {
    let mut out = BufReader::new(out);
    loop {
        let mut line = String::new();
        out.read_line(&mut line).expect("the child writes text");
        let Some(whole) = line.strip_suffix('\n') else { return };
        let Some(told) = whole.strip_prefix(MARK) else { continue };
        if lines.send(told.to_owned()).is_err() {
            return;
        }
    }
}

/// Waits, in the child, until the parent has nothing more to say or is gone.
pub(crate) fn wait_for_parent() {
    let mut rest = String::new();
    std::io::stdin().read_to_string(&mut rest).expect("the parent says nothing but the end");
}
