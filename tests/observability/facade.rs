//! The crate `metrics`, with a recorder that keeps what it is given.

use crate::{Item, item, of};
use folio::{Result, Store};
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString,
    Unit,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// Values by name and labels, as text.
type Values = Arc<Mutex<BTreeMap<String, f64>>>;

#[derive(Default)]
struct Kept {
    values: Values,
    described: Mutex<BTreeSet<String>>,
}

struct One(String, Values);

impl One {
    fn new(key: &Key, values: &Values) -> Arc<Self> {
        let labels: Vec<String> =
            key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Arc::new(Self(format!("{} {}", key.name(), labels.join(" ")), values.clone()))
    }

    fn keep(&self, value: f64) {
        self.1.lock().unwrap().insert(self.0.clone(), value);
    }
}

impl CounterFn for One {
    fn increment(&self, value: u64) {
        panic!("{} is set, not added to: {value}", self.0);
    }

    #[expect(clippy::cast_precision_loss, reason = "the numbers of a test are small")]
    fn absolute(&self, value: u64) {
        self.keep(value as f64);
    }
}

impl GaugeFn for One {
    fn increment(&self, value: f64) {
        panic!("{} is set, not added to: {value}", self.0);
    }

    fn decrement(&self, value: f64) {
        panic!("{} is set, not taken from: {value}", self.0);
    }

    fn set(&self, value: f64) {
        self.keep(value);
    }
}

impl Recorder for Kept {
    fn describe_counter(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().insert(name.as_str().to_owned());
    }

    fn describe_gauge(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().insert(name.as_str().to_owned());
    }

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(One::new(key, &self.values))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(One::new(key, &self.values))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        panic!("there are no values for the histogram {key}");
    }
}

#[test]
fn a_recorder_gets_all_numbers() -> Result<()> {
    let store = Store::in_memory();
    store.collection::<Item>()?.put_all((0..20).map(|id| item(id, "text")))?;
    let stats = store.stats();
    let kept = Kept::default();
    metrics::with_local_recorder(&kept, || {
        stats.record_metrics(&[("store", "orders")]);
        // Once more, which changes nothing.
        stats.record_metrics(&[("store", "orders")]);
    });
    let values = kept.values.lock().unwrap();
    let is = |series: &str, value: f64| {
        assert_eq!(values.get(series), Some(&value), "{series} of {values:#?}");
    };
    is("folio_commits_total store=orders", 2.0);
    is("folio_collection_records store=orders collection=items", 20.0);
    is("folio_index_entries store=orders collection=items index=color", 20.0);
    is("folio_group_commits store=orders quantile=0.99", 1.0);
    is("folio_commit_seconds_count store=orders", 1.0);
    assert!(values["folio_commit_seconds_sum store=orders"] > 0.0);
    let memory = values["folio_collection_memory_bytes store=orders collection=items"];
    assert!(memory > 0.0 && of(&stats, "items").memory_bytes > 0);
    // The same names as in the text.
    let text = stats.to_prometheus();
    let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let names: BTreeSet<_> = names.map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(*kept.described.lock().unwrap(), names);
    Ok(())
}
