//! What a store is like at one moment, and how fast that changes.

use super::metrics::Metrics;
use crate::commands::past;
use crate::exit::{Failure, Result};
use crate::json;
use crate::output::row;
use crate::time;
use folio::{Store, Version};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io};

/// So many of the last commits are shown.
const COMMITS: u64 = 8;

/// One moment.
pub(super) struct Sample {
    at: Instant,
    version: Version,
    /// How long it took to read what was new.
    catching_up: Duration,
    log_bytes: u64,
    checkpoint_bytes: u64,
    memory_bytes: u64,
    /// Records and about their encoded size, by collection.
    collections: BTreeMap<String, (u64, u64)>,
    metrics: Option<Metrics>,
}

impl Sample {
    /// Takes one, with all that has been written up to now.
    pub(super) fn take(store: &Store, path: &Path, metrics: Option<&Path>) -> Result<Self> {
        let began = Instant::now();
        let version = store.refresh()?;
        let at = Instant::now();
        let snapshot = store.snapshot();
        // What nobody has looked at yet is only estimated.
        for info in snapshot.collections() {
            snapshot.values(&info.name)?;
        }
        let stats = store.stats();
        let (log_bytes, checkpoint_bytes) = on_disk(path)?;
        let collections = snapshot.collections().into_iter().map(|info| {
            let found = stats.collections.iter().find(|of| of.name == info.name);
            (info.name, (info.records as u64, found.map_or(0, |found| found.encoded_bytes)))
        });
        Ok(Self {
            at,
            version,
            catching_up: at - began,
            log_bytes,
            checkpoint_bytes,
            memory_bytes: memory().unwrap_or(stats.memory_bytes),
            collections: collections.collect(),
            metrics: metrics.map(Metrics::read).transpose()?,
        })
    }

    /// What it is like, and what became of it since an earlier one: rows of a name, a value and its change per second.
    pub(super) fn rows(&self, before: &Self) -> Vec<String> {
        let seconds = (self.at - before.at).as_secs_f64().max(f64::MIN_POSITIVE);
        let number = |name: &str, now: u64, old: u64| {
            cells(name, &now.to_string(), Some((float(now) - float(old)) / seconds))
        };
        let mut rows = vec![
            number("commits", self.version.number(), before.version.number()),
            number("log bytes", self.log_bytes, before.log_bytes),
            number("checkpoint bytes", self.checkpoint_bytes, before.checkpoint_bytes),
            number("memory bytes of this process", self.memory_bytes, before.memory_bytes),
            cells("catching up, ms", &format!("{:.1}", self.catching_up.as_secs_f64() * 1e3), None),
        ];
        for (name, (records, bytes)) in &self.collections {
            let (old_records, old_bytes) =
                before.collections.get(name).copied().unwrap_or_default();
            rows.push(number(&format!("{name}: records"), *records, old_records));
            rows.push(number(&format!("{name}: bytes"), *bytes, old_bytes));
        }
        if let (Some(now), Some(old)) = (&self.metrics, &before.metrics) {
            rows.push(cells(
                "conflicts",
                &now.conflicts.to_string(),
                Some((now.conflicts - old.conflicts) / seconds),
            ));
            rows.push(cells(
                "retries",
                &now.retries.to_string(),
                Some((now.retries - old.retries) / seconds),
            ));
            let latency =
                now.mean_commit_ms(old).map_or("null".to_owned(), |ms| format!("{ms:.3}"));
            rows.push(cells("mean time of a commit, ms", &latency, None));
        }
        rows
    }

    /// The last commits, newest first, each a row.
    pub(super) fn commits(&self, store: &Store) -> Result<Vec<String>> {
        let last = self.version.number();
        let first = (last + 1).saturating_sub(COMMITS);
        let commits = store.commits(Version::new(first)..=self.version)?;
        let mut rows = commits
            .map(|commit| {
                let commit = commit?;
                let changes: Vec<String> = commit.changes.iter().map(past::told).collect();
                let actor = commit.meta.iter().find(|(name, _)| name == "actor");
                Ok(row([
                    ("version", commit.version.to_string()),
                    ("time", json::of_text(&time::text(commit.time))),
                    ("actor", actor.map_or("null".to_owned(), |(_, actor)| json::of_text(actor))),
                    ("changes", json::of_text(&changes.join(", "))),
                ]))
            })
            .collect::<Result<Vec<String>>>()?;
        rows.reverse();
        Ok(rows)
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }
}

fn cells(name: &str, value: &str, per_second: Option<f64>) -> String {
    let per_second = per_second.map_or("null".to_owned(), |change| format!("{change:.1}"));
    row([("name", json::of_text(name)), ("value", value.to_owned()), ("per_second", per_second)])
}

#[expect(clippy::cast_precision_loss, reason = "it is rounded to a few digits anyway")]
fn float(number: u64) -> f64 {
    number as f64
}

/// What this process takes of memory, where the system says so.
fn memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1_024)
}

/// The size of the log and of the checkpoints. The writer may remove files meanwhile.
fn on_disk(path: &Path) -> Result<(u64, u64)> {
    let failed = |source: io::Error| Failure::Io {
        what: format!("could not list `{}`", path.display()),
        source,
    };
    let (mut log, mut checkpoints) = (0, 0);
    for file in fs::read_dir(path).map_err(failed)? {
        let size = file.and_then(|file| Ok((file.file_name(), file.metadata()?.len())));
        let (name, bytes) = match size {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error)),
        };
        let name = name.to_string_lossy();
        if name.ends_with(".log") {
            log += bytes;
        } else if name.ends_with(".ckp") {
            checkpoints += bytes;
        }
    }
    Ok((log, checkpoints))
}
