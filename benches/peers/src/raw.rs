//! The floor under a durable commit: 256 bytes and an fdatasync, into a file that is already there
//! and full of zeros, as a log with preallocated segments has it.

use crate::peer::Outcome;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

const FILE_BYTES: u64 = 64 << 20;
const FRAME_BYTES: usize = 256;

/// A file to append to. At its end it begins anew.
#[derive(Debug)]
pub struct Raw {
    file: File,
    position: u64,
}

impl Raw {
    /// Writes the zeros and syncs them.
    pub fn create(directory: &Path) -> Outcome<Self> {
        let mut file = File::create(directory.join("raw"))?;
        let zeros = vec![0; 1 << 20];
        for _ in 0..FILE_BYTES >> 20 {
            file.write_all(&zeros)?;
        }
        file.sync_all()?;
        Ok(Self { file, position: 0 })
    }

    /// Appends per second.
    pub fn turn(&mut self, duration: Duration) -> Outcome<f64> {
        let (mut count, start) = (0_u32, Instant::now());
        while start.elapsed() < duration || count == 0 {
            self.file.write_all_at(&[7; FRAME_BYTES], self.position)?;
            self.file.sync_data()?;
            self.position = (self.position + FRAME_BYTES as u64) % FILE_BYTES;
            count += 1;
        }
        Ok(f64::from(count) / start.elapsed().as_secs_f64())
    }
}
