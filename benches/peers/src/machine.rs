//! What a table has to say about where it comes from.

use crate::peers::Kind;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// The versions of all crates, as they were built.
const LOCK: &str = include_str!("../Cargo.lock");

/// Date, processor, memory, kernel, file system and compiler, as a Markdown list.
pub fn describe(directory: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let file_system = file_system(directory);
    let warning = match file_system.as_str() {
        "tmpfs" | "ramfs" => " (**in memory: nothing here is durable, see `--dir`**)",
        _ => "",
    };
    let kernel = read_word("/proc/sys/kernel/osrelease");
    format!(
        "- date: {}\n- processor: {}, {cores} cores\n- memory: {}\n- kernel: Linux {kernel}\n\
         - file system: {file_system}{warning}\n- compiler: {}\n",
        date(),
        field("/proc/cpuinfo", "model name"),
        field("/proc/meminfo", "MemTotal"),
        compiler(),
    )
}

/// The version of a peer, with that of the C library in it.
pub fn version(kind: Kind) -> String {
    let package = locked(kind.package()).unwrap_or("unknown");
    match kind {
        Kind::Lmdb => {
            let lmdb = heed::lmdb_version();
            format!("heed {package}, LMDB {}.{}.{}", lmdb.major, lmdb.minor, lmdb.patch)
        }
        Kind::Sqlite => format!("rusqlite {package}, SQLite {}", rusqlite::version()),
        _ => package.to_owned(),
    }
}

/// The greatest version of a package in the lock file, which lists them in ascending order.
fn locked(package: &str) -> Option<&'static str> {
    let name = format!("name = \"{package}\"");
    let after = LOCK.lines().zip(LOCK.lines().skip(1)).filter(|(line, _)| *line == name);
    after.filter_map(|(_, line)| line.strip_prefix("version = \"")?.strip_suffix('"')).last()
}

fn read_word(path: &str) -> String {
    fs::read_to_string(path).map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
}

fn field(path: &str, name: &str) -> String {
    let text = read_word(path);
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim());
    value.unwrap_or("unknown").to_owned()
}

/// The type of the deepest mount that holds the directory.
fn file_system(directory: &Path) -> String {
    let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let mounts = read_word("/proc/self/mounts");
    let holding = mounts.lines().filter_map(|line| {
        let mut words = line.split_whitespace().skip(1);
        let (place, kind) = (words.next()?, words.next()?);
        directory.starts_with(place).then_some((place.len(), kind))
    });
    // Of two mounts on one place the later one is seen.
    holding.max_by_key(|(depth, _)| *depth).map_or("unknown", |(_, kind)| kind).to_owned()
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.ok().filter(|text| !text.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

/// Today in UTC, by the civil calendar (Hinnant, *chrono-compatible low-level date algorithms*).
fn date() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let days = now.as_secs() / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
