//! The numbers of a store under the names that monitoring knows them by.
//!
//! Each name, its kind, what it says and where its value comes from are written down once, here; the text
//! of [`prometheus`](super::prometheus) and the feature `metrics` are two ways of telling them.

use super::Stats;
use crate::histogram::Histogram;
use std::time::{Duration, UNIX_EPOCH};

/// Names and values of what a series is about.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

/// What becomes of a value in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only grows, from 0 when the store was opened.
    Counter,
    /// It comes and goes.
    Gauge,
    Histogram,
}

/// Series of one name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) help: &'static str,
}

/// What values are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nanoseconds, which are told as seconds.
    Time,
    Number,
}

/// Who is told.
pub(super) trait Sink {
    /// What follows is of this family.
    fn family(&mut self, family: Family);

    /// A counter.
    fn count(&mut self, labels: Labels<'_>, value: u64);

    /// A gauge.
    fn gauge(&mut self, labels: Labels<'_>, value: f64);

    /// A histogram.
    fn histogram(&mut self, histogram: &Histogram, unit: Unit);
}

/// Tells everything.
pub(super) fn tell(stats: &Stats, to: &mut impl Sink) {
    commits(stats, to);
    latencies(stats, to);
    files(stats, to);
    memory(stats, to);
    collections(stats, to);
    upkeep(stats, to);
}

fn commits(stats: &Stats, to: &mut impl Sink) {
    count(to, "folio_commits_total", "Commits that became a version.", stats.commits);
    count(to, "folio_conflicts_total", "Commits refused because of a conflict.", stats.conflicts);
    count(to, "folio_retries_total", "Transactions run again after a conflict.", stats.retries);
    count(
        to,
        "folio_slow_transactions_total",
        "Transactions over the threshold.",
        stats.slow_transactions,
    );
    count(
        to,
        "folio_refused_for_memory_total",
        "Commits refused at the memory limit.",
        stats.refused_for_memory,
    );
    gauge(
        to,
        "folio_poisoned",
        "1 if a failure of the log has ended all writing.",
        f64::from(u8::from(stats.poisoned)),
    );
}

fn latencies(stats: &Stats, to: &mut impl Sink) {
    let latency = &stats.latency;
    histogram(to, "folio_commit_seconds", "Time of commits.", &latency.commit, Unit::Time);
    histogram(
        to,
        "folio_validation_seconds",
        "Time of commits under the commit lock.",
        &latency.validation,
        Unit::Time,
    );
    histogram(to, "folio_sync_seconds", "Time of syncs of the log.", &latency.sync, Unit::Time);
    histogram(
        to,
        "folio_group_commits",
        "Commits written together.",
        &stats.group_commits,
        Unit::Number,
    );
}

fn files(stats: &Stats, to: &mut impl Sink) {
    count(to, "folio_log_writes_total", "Writes to the log.", stats.writes);
    count(to, "folio_log_syncs_total", "Syncs of the log.", stats.syncs);
    count(to, "folio_log_written_bytes_total", "Bytes written to the log.", stats.log_bytes);
    gauge(
        to,
        "folio_log_bytes",
        "Size of the log behind the newest checkpoint.",
        number(stats.files.log_bytes),
    );
    gauge(
        to,
        "folio_checkpoint_bytes",
        "Size of the newest checkpoint.",
        number(stats.files.checkpoint_bytes),
    );
    gauge(
        to,
        "folio_older_files_bytes",
        "Size of files that the next checkpoint removes.",
        number(stats.files.older_bytes),
    );
    gauge(
        to,
        "folio_queued_bytes",
        "Size of commits that wait to be written.",
        number(stats.queued_bytes),
    );
    gauge(
        to,
        "folio_opening_seconds",
        "Time that reading the files took.",
        stats.opening.duration.as_secs_f64(),
    );
    gauge(
        to,
        "folio_damaged_checkpoints",
        "Damaged checkpoints passed over at opening.",
        number(stats.opening.damaged_checkpoints),
    );
}

fn memory(stats: &Stats, to: &mut impl Sink) {
    gauge(
        to,
        "folio_memory_bytes",
        "About the memory of the newest version.",
        number(stats.memory_bytes),
    );
    gauge(to, "folio_held_versions", "Old versions that somebody holds.", number(stats.held.count));
    gauge(
        to,
        "folio_oldest_held_seconds",
        "Time since the oldest of them was superseded.",
        stats.held.age.as_secs_f64(),
    );
    count(
        to,
        "folio_long_held_versions_total",
        "Versions held for longer than allowed.",
        stats.long_held_versions,
    );
    gauge(
        to,
        "folio_history_versions",
        "Versions kept for reading the past.",
        number(stats.versions),
    );
}

fn collections(stats: &Stats, to: &mut impl Sink) {
    let family =
        |to: &mut _, name, help| Sink::family(to, Family { name, kind: Kind::Gauge, help });
    let each = |to: &mut _, value: fn(&super::CollectionStats) -> u64| {
        for collection in &stats.collections {
            let labels = [("collection", &*collection.name)];
            Sink::gauge(to, &labels, number(value(collection)));
        }
    };
    family(to, "folio_collection_records", "Records of a collection.");
    each(to, |collection| collection.records);
    family(to, "folio_collection_encoded_bytes", "About the encoded size of a collection.");
    each(to, |collection| collection.encoded_bytes);
    family(to, "folio_collection_memory_bytes", "About the memory of a collection.");
    each(to, |collection| collection.memory_bytes);
    family(to, "folio_index_entries", "Entries of an index.");
    for collection in &stats.collections {
        for index in &collection.indexes {
            let labels = [("collection", &*collection.name), ("index", index.name)];
            to.gauge(&labels, number(index.entries));
        }
    }
    to.family(Family {
        name: "folio_collection_conflicts_total",
        kind: Kind::Counter,
        help: "Conflicts in a collection.",
    });
    for collection in &stats.collections {
        to.count(&[("collection", &collection.name)], collection.conflicts);
    }
}

fn upkeep(stats: &Stats, to: &mut impl Sink) {
    count(to, "folio_checkpoints_total", "Checkpoints written.", stats.checkpoints);
    count(
        to,
        "folio_failed_checkpoints_total",
        "Checkpoints that could not be written.",
        stats.failed_checkpoints,
    );
    count(to, "folio_backups_total", "Backups made by the schedule.", stats.backups);
    count(
        to,
        "folio_failed_backups_total",
        "Backups of the schedule that failed.",
        stats.failed_backups,
    );
    if let Some(time) = stats.last_backup_time {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        gauge(
            to,
            "folio_last_backup_timestamp_seconds",
            "When the newest backup was made.",
            since.as_secs_f64(),
        );
    }
    count(
        to,
        "folio_archived_segments_total",
        "Segments moved to the archive.",
        stats.archived_segments,
    );
    count(
        to,
        "folio_failed_archivings_total",
        "Segments that could not be moved.",
        stats.failed_archivings,
    );
    count(to, "folio_swept_records_total", "Expired records removed.", stats.swept);
}

fn count(to: &mut impl Sink, name: &'static str, help: &'static str, value: u64) {
    to.family(Family { name, kind: Kind::Counter, help });
    to.count(&[], value);
}

fn gauge(to: &mut impl Sink, name: &'static str, help: &'static str, value: f64) {
    to.family(Family { name, kind: Kind::Gauge, help });
    to.gauge(&[], value);
}

fn histogram(
    to: &mut impl Sink,
    name: &'static str,
    help: &'static str,
    value: &Histogram,
    unit: Unit,
) {
    to.family(Family { name, kind: Kind::Histogram, help });
    to.histogram(value, unit);
}

/// A number as monitoring has it: beyond 2^53 its last digits are lost.
#[expect(clippy::cast_precision_loss, reason = "no gauge needs more than 53 bits")]
pub(super) fn number(value: u64) -> f64 {
    value as f64
}
