//! W8, W11 and W12: filling a store, opening it, and what it takes on disk and in memory.
//!
//! Each store is filled in a process of its own, so that what is resident belongs to it alone; the
//! stores of the other workloads are the ones that were filled there.

use crate::arguments::{Arguments, Load};
use crate::peer::{Outcome, missing};
use crate::peers::Kind;
use crate::random::Random;
use crate::record::user;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Records per transaction of the load.
const BATCH_RECORDS: u64 = 10_000;

/// What filling a store has shown.
#[derive(Debug)]
pub struct Footprint {
    pub records_per_second: f64,
    pub disk_mib: f64,
    pub resident_mib: f64,
    /// The part of it that is not a page of a file, which the system could take back.
    pub anonymous_mib: f64,
}

/// Fills a new store in a child process.
pub fn load(kind: Kind, directory: &Path, arguments: &Arguments) -> Outcome<Footprint> {
    let load = Load {
        kind,
        directory: directory.to_owned(),
        records: arguments.records,
        folio_relaxed: arguments.folio_relaxed,
    };
    let child = Command::new(std::env::current_exe()?).args(load.to_command_line()).output()?;
    let said = String::from_utf8_lossy(&child.stdout);
    if !child.status.success() {
        return Err(String::from_utf8_lossy(&child.stderr).trim().to_owned().into());
    }
    let numbers: Vec<f64> = said.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let &[records_per_second, resident_kib, anonymous_kib] = numbers.as_slice() else {
        return Err(format!("the child process said {said:?}").into());
    };
    Ok(Footprint {
        records_per_second,
        disk_mib: disk_bytes(directory)? as f64 / f64::from(1 << 20),
        resident_mib: resident_kib / 1024.0,
        anonymous_mib: anonymous_kib / 1024.0,
    })
}

/// The child process: fills the store, and says records per second, resident and anonymous KiB.
/// Making the records is not in the time; the durable commit of each batch is.
pub fn load_here(load: &Load) -> Outcome<String> {
    let peer = load.kind.open(&load.directory, load.folio_relaxed)?;
    let mut session = peer.session()?;
    let mut spent = Duration::ZERO;
    let mut start = 0;
    while start < load.records {
        let end = load.records.min(start + BATCH_RECORDS);
        let users = (start..end).map(user).collect();
        let begun = Instant::now();
        session.put(users)?;
        spent += begun.elapsed();
        start = end;
    }
    let (resident, anonymous) = (status_kib("VmRSS:")?, status_kib("RssAnon:")?);
    drop(session);
    peer.close()?;
    let rate = load.records as f64 / spent.as_secs_f64();
    Ok(format!("{rate} {resident} {anonymous}"))
}

fn status_kib(field: &str) -> Outcome<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    Ok(number.ok_or_else(|| format!("/proc/self/status has no {field}"))?.parse()?)
}

/// What a directory takes, in allocated blocks: holes in files are not counted.
fn disk_bytes(directory: &Path) -> Outcome<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes +=
            if metadata.is_dir() { disk_bytes(&entry.path())? } else { metadata.blocks() * 512 };
    }
    Ok(bytes)
}

/// Milliseconds from opening a store that was closed cleanly to having read a random record, with its
/// files in the page cache.
pub fn open(
    kind: Kind,
    directory: &Path,
    arguments: &Arguments,
    random: &mut Random,
) -> Outcome<f64> {
    let id = random.below(arguments.records);
    let mut seen = false;
    let begun = Instant::now();
    let peer = kind.open(directory, arguments.folio_relaxed)?;
    peer.session()?.get(id, &mut |user| seen = user.id == id)?;
    let spent = begun.elapsed();
    peer.close()?;
    if seen { Ok(spent.as_secs_f64() * 1e3) } else { Err(missing(id)) }
}
