//! File systems of a test's own, mounted where nobody else sees them.
//!
//! A test that needs some starts itself again in a *mount namespace*: what is mounted in there is
//! seen by that process and its children alone, and is gone when the last of them ends, however it
//! ends. Root may mount anything; others get a user namespace as well, in which they may mount a
//! `tmpfs` but no image of a disk, where the system lets them.
#![allow(dead_code, reason = "each test program uses a part of this")]

use super::figures;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the test that runs in the namespace finds its directory.
const INSIDE: &str = "FOLIO_MOUNTS";

/// Runs the test called `test` again, where it may mount file systems under a new directory, and
/// fails if it does. What it prints is printed. The test learns from [`directory`] that it is
/// inside; where there are no namespaces to be had, that is printed and nothing is run.
pub(crate) fn run_inside(test: &str) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let Some(unshare) = namespace() else {
        figures::skipped(test, "`unshare` gives this user no namespace to mount in");
        return;
    };
    let program = std::env::current_exe().expect("a test program knows its file");
    let output = Command::new("unshare")
        .args(unshare)
        .arg(program)
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(INSIDE, directory.path())
        .stderr(Stdio::inherit())
        .output()
        .expect("`unshare` was there a moment ago");
    let printed = String::from_utf8_lossy(&output.stdout);
    printed.lines().filter(|line| !line.is_empty()).for_each(|line| println!("{line}"));
    assert!(output.status.success(), "{test} failed, see above");
}

/// The directory that a test may mount things under; `None` where it runs with all others.
pub(crate) fn directory() -> Option<PathBuf> {
    std::env::var_os(INSIDE).map(PathBuf::from)
}

/// How `unshare` is to be asked for a namespace with mounts.
fn namespace() -> Option<&'static [&'static str]> {
    let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    ways.into_iter().find(|way| run("unshare", way.iter().chain(&["true"])).is_ok())
}

/// Runs a program to its end; an error says what it said.
pub(crate) fn run(
    program: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> Result<(), String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program}: {}", said.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// A mounted file system, until the value is dropped.
#[derive(Debug)]
pub(crate) struct Mounted {
    point: PathBuf,
}

impl Mounted {
    /// An empty file system in memory.
    pub(crate) fn tmpfs(point: &Path, size_kib: u64) -> Result<Self, String> {
        let size = format!("size={size_kib}k");
        Self::mount(point, &["-t", "tmpfs", "-o", &size, "folio"], &[])
    }

    /// The file system in an image.
    pub(crate) fn image(point: &Path, image: &Path, options: &str) -> Result<Self, String> {
        let options = format!("loop,{options}");
        Self::mount(point, &["-o", &options], &[image])
    }

    fn mount(point: &Path, options: &[&str], source: &[&Path]) -> Result<Self, String> {
        std::fs::create_dir_all(point).map_err(|error| error.to_string())?;
        let arguments = options.iter().map(OsStr::new);
        let paths = source.iter().copied().chain([point]).map(Path::as_os_str);
        run("mount", arguments.chain(paths))?;
        Ok(Self { point: point.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.point
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // While a panic goes on, a file may still be open in there: then it goes when that is closed.
        let point = [self.point.as_os_str()];
        let unmounted =
            run("umount", point).or_else(|_| run("umount", [OsStr::new("-l"), point[0]]));
        if let Err(error) = unmounted {
            println!("{error}");
        }
    }
}

/// Makes an image of `size_bytes` in which nothing is yet, with the file system that `maker` makes.
pub(crate) fn make_image(
    image: &Path,
    size_bytes: u64,
    maker: &str,
    options: &[&str],
) -> Result<(), String> {
    let file = std::fs::File::create(image).map_err(|error| error.to_string())?;
    file.set_len(size_bytes).map_err(|error| error.to_string())?;
    let options = options.iter().map(OsStr::new);
    run(maker, options.chain([image.as_os_str()]))
}
