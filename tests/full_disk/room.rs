//! A small file system whose free room is known, because a file of ballast takes the rest.

use super::mounts::{Mounted, make_image};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

const SIZE_KIB: u64 = 16 << 10;

pub(crate) struct Room {
    mounted: Mounted,
}

impl Room {
    pub(crate) fn tmpfs(directory: &Path) -> Result<Self, String> {
        Ok(Self { mounted: Mounted::tmpfs(&directory.join("full"), SIZE_KIB)? })
    }

    /// Without blocks that only root may use, which would be room that the ballast can't take.
    pub(crate) fn ext4(directory: &Path) -> Result<Self, String> {
        let image = directory.join("full.image");
        make_image(&image, SIZE_KIB << 10, "mkfs.ext4", &["-q", "-F", "-m", "0"])?;
        Ok(Self { mounted: Mounted::image(&directory.join("full"), &image, "rw")? })
    }

    pub(crate) fn path(&self) -> &Path {
        self.mounted.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Takes all room but so much: everything first, and then that much is given back.
    pub(crate) fn leave_kib(&self, kib: u64) {
        let file = File::options().create(true).append(true).open(self.ballast());
        let mut file = file.expect("the ballast can be made");
        for size in [64 << 10, 4 << 10, 1 << 10] {
            let block = vec![1; size];
            // Synced as it grows: some file systems promise room that they find later to be none.
            let mut grow = || file.write_all(&block).and_then(|()| file.sync_data());
            let error = loop {
                if let Err(error) = grow() {
                    break error;
                }
            };
            assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
        }
        let length = file.metadata().expect("the ballast is there").len();
        file.set_len(length.saturating_sub(kib << 10)).expect("the ballast can be cut");
        file.sync_all().expect("the ballast can be synced");
    }

    /// Gives everything back.
    pub(crate) fn clear(&self) {
        if self.ballast().exists() {
            fs::remove_file(self.ballast()).expect("the ballast can be removed");
        }
    }
}
