//! The numbers of a store as Prometheus reads them: its [text format, version 0.0.4][format].
//!
//! [format]: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

use super::Stats;
use super::series::{Family, Kind, Labels, Sink, Unit, number, tell};
use crate::histogram::Histogram;
use std::fmt::Write;
use std::ops::RangeInclusive;

/// The buckets of times end at these powers of two, in nanoseconds: from a microsecond to half a minute.
const TIME_POWERS: RangeInclusive<u32> = 10..=35;

/// Those of other numbers.
const NUMBER_POWERS: RangeInclusive<u32> = 0..=12;

impl Stats {
    /// All numbers, as the text that Prometheus scrapes (version 0.0.4 of its format): with `# HELP` and `# TYPE`
    /// of each name, times in seconds, histograms with cumulative buckets. The page
    /// [`operating`](crate::docs::operating) says what they mean. O(what there is to say).
    ///
    /// ```
    /// let text = folio::Store::in_memory().stats().to_prometheus();
    /// assert!(text.contains("# TYPE folio_commits_total counter\nfolio_commits_total 0\n"));
    /// ```
    #[must_use]
    pub fn to_prometheus(&self) -> String {
        self.to_prometheus_with(&[])
    }

    /// Like [`to_prometheus`](Self::to_prometheus), with labels of the program's own on each series: where it has
    /// several stores, say. Names of labels are ASCII letters, digits and underscores, and
    /// begin with no digit: whatever else is in one becomes an underscore. In values anything goes. The names `collection`, `index`
    /// and `le` are taken.
    ///
    /// ```
    /// let text = folio::Store::in_memory().stats().to_prometheus_with(&[("store", "orders")]);
    /// assert!(text.contains("\nfolio_commits_total{store=\"orders\"} 0\n"));
    /// ```
    #[must_use]
    pub fn to_prometheus_with(&self, labels: &[(&str, &str)]) -> String {
        let common =
            labels.iter().map(|(name, value)| format!("{}={}", label(name), quoted(value)));
        let mut text = Text { out: String::new(), common: common.collect(), name: "" };
        tell(self, &mut text);
        text.out
    }
}

/// What was told so far.
struct Text {
    out: String,
    /// Labels that all series have, as they stand in the text.
    common: Vec<String>,
    /// The name of the family at hand.
    name: &'static str,
}

impl Text {
    fn line(&mut self, suffix: &str, labels: &[String], value: impl std::fmt::Display) {
        let labels: Vec<&str> = self.common.iter().chain(labels).map(String::as_str).collect();
        let labels =
            if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        // Writing to a string does not fail.
        let _ = writeln!(self.out, "{}{suffix}{labels} {value}", self.name);
    }
}

impl Sink for Text {
    fn family(&mut self, Family { name, kind, help }: Family) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.name = name;
        let _ = writeln!(self.out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn count(&mut self, labels: Labels<'_>, value: u64) {
        self.line("", &written(labels), value);
    }

    fn gauge(&mut self, labels: Labels<'_>, value: f64) {
        self.line("", &written(labels), value);
    }

    fn histogram(&mut self, histogram: &Histogram, unit: Unit) {
        let (powers, per_one) = match unit {
            Unit::Time => (TIME_POWERS, 1e9),
            Unit::Number => (NUMBER_POWERS, 1.0),
        };
        for power in powers {
            let end = number((1 << power) - u64::from(unit == Unit::Number)) / per_one;
            self.line("_bucket", &[format!("le=\"{end}\"")], histogram.below_power(power));
        }
        let count = histogram.count();
        self.line("_bucket", &["le=\"+Inf\"".to_owned()], count);
        self.line("_sum", &[], number(histogram.sum()) / per_one);
        self.line("_count", &[], count);
    }
}

fn written(labels: Labels<'_>) -> Vec<String> {
    labels.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect()
}

/// The name of a label, with nothing in it that may not be.
fn label(name: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut label: String =
        name.chars().map(|letter| if allowed(letter) { letter } else { '_' }).collect();
    if label.chars().next().is_none_or(|first| first.is_ascii_digit()) {
        label.insert(0, '_');
    }
    label
}

/// The value of a label, as the format has it.
fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
