//! The numbers of a store for the recorder of the crate `metrics`, with the feature of that name. No other module
//! names the crate.

use super::Stats;
use super::series::{Family, Kind, Labels, Sink, Unit, number, tell};
use crate::histogram::Histogram;
use metrics::{Label, counter, describe_counter, describe_gauge, gauge};

/// The parts of a histogram that are told, and how they are called.
const QUANTILES: [(&str, f64); 4] = [("0.5", 0.5), ("0.9", 0.9), ("0.99", 0.99), ("0.999", 0.999)];

impl Stats {
    /// Gives all numbers to the recorder that the program has installed with the crate `metrics`, under the names of
    /// [`to_prometheus`](Self::to_prometheus), with labels of the program's own on each. With the feature `metrics`. Call it as often as
    /// the numbers are looked at, or before they are rendered: nothing is recorded in between.
    ///
    /// Counters are set, not added to. Of a histogram there are gauges, since what was counted in buckets can't be
    /// recorded again value by value: one for each of the quantiles 0.5, 0.9, 0.99 and 0.999 since the store was opened
    /// (label `quantile`), and the counter `…_count` and the gauge `…_sum`.
    pub fn record_metrics(&self, labels: &[(&str, &str)]) {
        tell(self, &mut Recorded { common: labels, family: None });
    }
}

/// Labels of the program's own, and the family at hand.
struct Recorded<'a> {
    common: Labels<'a>,
    family: Option<Family>,
}

impl Recorded<'_> {
    fn labels(&self, labels: Labels<'_>) -> Vec<Label> {
        let label =
            |(name, value): &(&str, &str)| Label::new((*name).to_owned(), (*value).to_owned());
        self.common.iter().chain(labels).map(label).collect()
    }

    fn name(&self) -> &'static str {
        self.family.map_or("folio", |family| family.name)
    }
}

impl Sink for Recorded<'_> {
    fn family(&mut self, family: Family) {
        match family.kind {
            Kind::Counter => describe_counter!(family.name, family.help),
            Kind::Gauge | Kind::Histogram => describe_gauge!(family.name, family.help),
        }
        self.family = Some(family);
    }

    fn count(&mut self, labels: Labels<'_>, value: u64) {
        counter!(self.name(), self.labels(labels)).absolute(value);
    }

    fn gauge(&mut self, labels: Labels<'_>, value: f64) {
        gauge!(self.name(), self.labels(labels)).set(value);
    }

    fn histogram(&mut self, histogram: &Histogram, unit: Unit) {
        let per_one = if unit == Unit::Time { 1e9 } else { 1.0 };
        for (name, part) in QUANTILES {
            let value = number(histogram.quantile(part)) / per_one;
            self.gauge(&[("quantile", name)], value);
        }
        let name = self.name();
        gauge!(format!("{name}_sum"), self.labels(&[])).set(number(histogram.sum()) / per_one);
        counter!(format!("{name}_count"), self.labels(&[])).absolute(histogram.count());
    }
}
