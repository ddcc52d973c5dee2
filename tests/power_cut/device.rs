//! A block device with a file system on it, of which the state at one moment can be had.

use super::mounts::{Mounted, make_image, run};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

const DEVICE_BYTES: u64 = 256 << 20;
const OUTER_BYTES: u64 = 4 << 30;

/// The fields are unmounted in this order.
pub(crate) struct Device {
    disk: Mounted,
    outer: Mounted,
    directory: PathBuf,
}

/// The file system as it was at a cut.
pub(crate) struct Cut {
    disk: Mounted,
    image: PathBuf,
}

impl Device {
    /// Makes one anew. Everything is in sparse files: they take the space that is written to.
    pub(crate) fn new(directory: &Path, options: &str) -> Result<Self, String> {
        let outer_image = directory.join("outer.image");
        make_image(&outer_image, OUTER_BYTES, "mkfs.xfs", &["-q", "-f", "-m", "reflink=1"])?;
        let outer = Mounted::image(&directory.join("outer"), &outer_image, "rw")?;
        let image = outer.path().join("disk.image");
        // Everything about the file system is there before the first cut.
        let eager = ["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"];
        make_image(&image, DEVICE_BYTES, "mkfs.ext4", &eager)?;
        let disk = Mounted::image(&directory.join("disk"), &image, options)?;
        Ok(Self { disk, outer, directory: directory.to_owned() })
    }

    pub(crate) fn path(&self) -> &Path {
        self.disk.path()
    }

    /// Copies the device as it is at one moment, and mounts the copy. A reflink shares the blocks of
    /// the file while no write to it can begin or end, so the copy is of one moment.
    pub(crate) fn cut(&self) -> Result<Cut, String> {
        let (from, image) =
            (self.outer.path().join("disk.image"), self.outer.path().join("cut.image"));
        let copied = [OsStr::new("--reflink=always"), from.as_os_str(), image.as_os_str()];
        run("cp", copied)?;
        let disk = Mounted::image(&self.directory.join("cut"), &image, "rw")?;
        Ok(Cut { disk, image })
    }
}

impl Cut {
    pub(crate) fn path(&self) -> &Path {
        self.disk.path()
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        // Its name alone: the blocks go when the file system in it is unmounted, which is next.
        fs::remove_file(&self.image).expect("the copy is there");
    }
}
