//! The text for Prometheus, read by a parser of somebody else's.

use crate::{Item, item, lose, of};
use folio::{Result, Stats, Store};
use prometheus_parse::{HistogramCount, Scrape, Value};
use std::collections::HashSet;

fn scraped(text: &str) -> Scrape {
    Scrape::parse(text.lines().map(|line| Ok(line.to_owned()))).expect("the text can be read")
}

/// The value of the one series that has a name and these labels.
fn value(scrape: &Scrape, name: &str, labels: &[(&str, &str)]) -> f64 {
    let has = |(label, value): &(&str, &str), found: &prometheus_parse::Labels| {
        found.get(label) == Some(value)
    };
    let mut found = scrape.samples.iter().filter(|sample| {
        sample.metric == name
            && sample.labels.len() == labels.len()
            && labels.iter().all(|label| has(label, &sample.labels))
    });
    let sample = found.next().unwrap_or_else(|| panic!("there is a {name}"));
    assert!(found.next().is_none(), "{name} comes twice");
    match sample.value {
        Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => value,
        ref other => panic!("{name} is {other:?}"),
    }
}

fn histogram(scrape: &Scrape, name: &str) -> Vec<HistogramCount> {
    let sample = scrape.samples.iter().find(|sample| sample.metric == name);
    match &sample.unwrap_or_else(|| panic!("there is a {name}")).value {
        Value::Histogram(counts) => counts.clone(),
        other => panic!("{name} is {other:?}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "the numbers of a test are small")]
fn number(value: u64) -> f64 {
    value as f64
}

fn worked() -> Result<(tempfile::TempDir, Stats)> {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path())?;
    store.collection::<Item>()?.put_all((0..50).map(|id| item(id, "text")))?;
    lose(&store, 2)?;
    store.checkpoint()?;
    Ok((directory, store.stats()))
}

#[test]
fn a_parser_finds_the_numbers_again() -> Result<()> {
    let (_directory, stats) = worked()?;
    let scrape = scraped(&stats.to_prometheus());
    for (name, expected) in [
        ("folio_commits_total", stats.commits),
        ("folio_conflicts_total", 2),
        ("folio_retries_total", 2),
        ("folio_log_syncs_total", stats.syncs),
        ("folio_checkpoints_total", 1),
        ("folio_checkpoint_bytes", stats.files.checkpoint_bytes),
        ("folio_memory_bytes", stats.memory_bytes),
        ("folio_poisoned", 0),
    ] {
        assert_eq!(value(&scrape, name, &[]), number(expected), "{name}");
    }
    let items = [("collection", "items")];
    assert_eq!(value(&scrape, "folio_collection_records", &items), 50.0);
    assert_eq!(value(&scrape, "folio_collection_conflicts_total", &items), 2.0);
    let tags = of(&stats, "items").indexes.iter().find(|of| of.name == "tags").unwrap().entries;
    let labels = [("collection", "items"), ("index", "tags")];
    assert_eq!(value(&scrape, "folio_index_entries", &labels), number(tags));
    Ok(())
}

#[test]
fn histograms_are_cumulative_and_whole() -> Result<()> {
    let (_directory, stats) = worked()?;
    let scrape = scraped(&stats.to_prometheus());
    let latency = &stats.latency;
    for (name, expected, per_one) in [
        ("folio_commit_seconds", &latency.commit, 1e9),
        ("folio_validation_seconds", &latency.validation, 1e9),
        ("folio_sync_seconds", &latency.sync, 1e9),
        ("folio_group_commits", &stats.group_commits, 1.0),
    ] {
        let counts = histogram(&scrape, name);
        let in_order = |pair: &[HistogramCount]| {
            pair[0].less_than < pair[1].less_than && pair[0].count <= pair[1].count
        };
        assert!(counts.len() > 10 && counts.windows(2).all(in_order), "{name}: {counts:?}");
        let last = counts.last().unwrap();
        assert_eq!((last.less_than, last.count), (f64::INFINITY, number(expected.count())));
        assert!(expected.count() > 0, "{name}");
        // Each value is in the right bucket: as many below an end as the histogram has there.
        for HistogramCount { less_than, count } in &counts {
            let below = |(greatest, _): &(u64, u64)| number(*greatest) <= less_than * per_one;
            let below: u64 = expected.buckets().filter(below).map(|(_, count)| count).sum();
            assert_eq!(*count, number(below), "{name} up to {less_than}");
        }
        let sum = value(&scrape, &format!("{name}_sum"), &[]);
        assert!((sum - number(expected.sum()) / per_one).abs() < 1e-9);
        assert_eq!(value(&scrape, &format!("{name}_count"), &[]), number(expected.count()));
    }
    Ok(())
}

#[test]
fn every_name_is_described_once_before_its_values() -> Result<()> {
    let (_directory, stats) = worked()?;
    let text = stats.to_prometheus();
    let mut described = HashSet::new();
    let (mut helped, mut typed) = ("", "");
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            helped = rest.split(' ').next().unwrap();
            assert!(described.insert(helped), "{helped} comes twice");
            assert!(rest.len() > helped.len() + 1, "{helped} says nothing");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            typed = rest.split(' ').next().unwrap();
            assert_eq!(typed, helped);
        } else {
            let name = line.split(['{', ' ']).next().unwrap();
            let suffixes = ["", "_bucket", "_sum", "_count"];
            assert!(suffixes.iter().any(|suffix| name == format!("{typed}{suffix}")), "{line}");
            let is_counter = text.contains(&format!("# TYPE {name} counter\n"));
            assert_eq!(name.ends_with("_total"), is_counter, "{name}");
        }
    }
    assert!(described.len() > 30 && text.ends_with('\n'));
    Ok(())
}

#[test]
fn labels_are_escaped() -> Result<()> {
    let store = Store::in_memory();
    let odd = "a \"name\" with \\ and\na line";
    store.collection_named::<Item>(odd)?.put(item(1, "text"))?;
    let text =
        store.stats().to_prometheus_with(&[("store", "c:\\data \"x\"\n"), ("9 lives", "yes")]);
    assert!(text.contains(
        "\nfolio_collection_records{store=\"c:\\\\data \\\"x\\\"\\n\",_9_lives=\"yes\",\
         collection=\"a \\\"name\\\" with \\\\ and\\na line\"} 1\n"
    ));
    // The parser reads the escapes of quotes and lines as what they are, or as they stand; either way
    // each line stays one sample.
    let scrape = scraped(&text);
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let lines = samples.filter(|line| !line.contains("_bucket{")).count();
    let of_histograms = scrape.samples.iter();
    let of_histograms = of_histograms.filter(|of| matches!(of.value, Value::Histogram(_))).count();
    assert_eq!(scrape.samples.len() - of_histograms, lines);
    Ok(())
}
