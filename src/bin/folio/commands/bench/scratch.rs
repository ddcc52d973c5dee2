//! A directory for a store that is to be gone at the end, Ctrl-C included.
//!
//! Whoever works looks between two operations whether the end was asked for ([`interrupt`]), so that the store is closed
//! before its files are removed. What can't be caught, such as `kill -9`, leaves the directory behind, and so does asking twice; its
//! name says what it is.

use crate::exit::{Failure, Result};
use crate::interrupt::{self, Gently};
use folio::{Error, Store};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The directory, removed when the value is.
pub(super) struct Scratch {
    path: PathBuf,
    _gently: Gently,
}

impl Scratch {
    /// A new directory below another one, which is no store.
    pub(super) fn below(directory: &Path) -> Result<Self> {
        must_be_no_store(directory)?;
        let gently = interrupt::gently();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("folio-bench-{}-{}", std::process::id(), since.as_micros());
        let path = directory.join(name);
        fs::create_dir(&path).map_err(|source| Failure::Io {
            what: format!(
                "could not make a directory in `{}`; name another one, on the disk that is to be measured",
                directory.display()
            ),
            source,
        })?;
        Ok(Self { path, _gently: gently })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Which disk it is on, in words for behind its name, where that is known.
    pub(super) fn disk(&self) -> String {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        let path = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        disk_in(&mounts, &path).map_or_else(String::new, |disk| format!(", on {disk}"))
    }

    /// Removes it.
    pub(super) fn remove(self) -> Result<()> {
        fs::remove_dir_all(&self.path).map_err(|source| Failure::Io {
            what: format!("could not remove `{}`; it may be removed by hand", self.path.display()),
            source,
        })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may be gone already, or nothing more can be done.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Holds that a directory has no store, encrypted or damaged ones included: it is not for measurements.
fn must_be_no_store(directory: &Path) -> Result<()> {
    match Store::options().follow_interval(Duration::MAX).follow(directory) {
        Err(Error::NotAStore { .. }) => Ok(()),
        // That no directory can be made in it is told where it is made.
        Err(Error::Io { source, .. })
            if matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
        {
            Ok(())
        }
        // Nobody knows what is in it.
        Err(error @ Error::Io { .. }) => Err(Failure::from(error).about(directory)),
        Ok(_) | Err(_) => Err(Failure::Usage(format!(
            "`{}` has a store; name a directory that has none, and a store for measuring is made in it and removed again",
            directory.display()
        ))),
    }
}

/// The device and the kind of file system that a path is on: the mount that has most of the path.
fn disk_in(mounts: &str, path: &Path) -> Option<String> {
    let found = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (device, place, kind) = (words.next()?, words.next()?, words.next()?);
        // Spaces in names are written so.
        let place = place.replace("\\040", " ");
        path.starts_with(&place).then(|| (place.len(), format!("{device} ({kind})")))
    });
    // Of two in one place, the later hides the earlier.
    found.max_by_key(|(length, _)| *length).map(|(_, disk)| disk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_is_the_nearest_mount() {
        let mounts = "/dev/a / ext4 rw 0 0\n/dev/b /home xfs rw 0 0\ntmpfs /my\\040disk tmpfs rw 0 0\n/dev/c /home btrfs rw 0 0\n";
        for (path, disk) in [
            ("/tmp/x", "/dev/a (ext4)"),
            ("/home/ada", "/dev/c (btrfs)"),
            ("/homes", "/dev/a (ext4)"),
            ("/my disk/x", "tmpfs (tmpfs)"),
        ] {
            assert_eq!(disk_in(mounts, Path::new(path)).as_deref(), Some(disk), "{path}");
        }
        assert_eq!(disk_in("", Path::new("/tmp")), None);
    }
}
