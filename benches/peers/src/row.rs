//! A row of the table: what each peer reached in one workload, turn by turn.

use crate::peer::Failure;
use crate::peers::Kind;
use std::collections::BTreeMap;

/// What a row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    PerSecond,
    Milliseconds,
    Mebibytes,
}

impl Unit {
    fn less_is_better(self) -> bool {
        self != Self::PerSecond
    }

    /// A figure with its unit.
    pub fn format(self, value: f64) -> String {
        match self {
            Self::PerSecond if value >= 999_500.0 => format!("{:.2} M", value / 1e6),
            Self::PerSecond if value >= 99_950.0 => format!("{:.0} k", value / 1e3),
            Self::PerSecond if value >= 1_000.0 => format!("{:.1} k", value / 1e3),
            Self::Milliseconds => format!("{value:.1} ms"),
            Self::Mebibytes if value < 10.0 => format!("{value:.1} MiB"),
            Self::Mebibytes => format!("{value:.0} MiB"),
            Self::PerSecond => format!("{value:.0}"),
        }
    }
}

/// The samples of one workload.
#[derive(Debug)]
pub struct Row {
    pub id: &'static str,
    pub title: &'static str,
    pub unit: Unit,
    place: usize,
    durable: bool,
    samples: BTreeMap<Kind, Vec<f64>>,
    /// With nothing for a peer that does not have what the row is about.
    out: BTreeMap<Kind, Option<String>>,
}

impl Row {
    /// A row without figures.
    pub fn new(id: &'static str, title: &'static str, unit: Unit) -> Self {
        let (samples, out) = (BTreeMap::new(), BTreeMap::new());
        Self { id, title, unit, place: 0, durable: false, samples, out }
    }

    /// Sets the place among rows of the same workload.
    pub fn at(mut self, place: usize) -> Self {
        self.place = place;
        self
    }

    /// Says that commits are durable in this row.
    pub fn durable(mut self, durable: bool) -> Self {
        self.durable = durable;
        self
    }

    /// By the number of the workload, then as listed.
    pub fn place(&self) -> (u32, usize) {
        let digits = self.id.trim_matches(|c: char| !c.is_ascii_digit());
        (digits.parse().unwrap_or(u32::MAX), self.place)
    }

    /// Adds the figure of one turn.
    pub fn add(&mut self, kind: Kind, value: f64) {
        self.samples.entry(kind).or_default().push(value);
    }

    /// Takes a peer out of the row, with the reason.
    pub fn fail(&mut self, kind: Kind, failure: &Failure) {
        eprintln!("{kind} failed in {} {}: {failure}", self.id, self.title);
        self.out.insert(kind, Some(failure.to_string()));
    }

    /// Takes a peer out of a row that it has nothing for.
    pub fn leave_out(&mut self, kind: Kind) {
        self.out.insert(kind, None);
    }

    /// Whether a peer is out for a reason that should be reported.
    pub fn has_failures(&self) -> bool {
        self.failures().next().is_some()
    }

    /// Whether a peer is still in the row.
    pub fn takes(&self, kind: Kind) -> bool {
        !self.out.contains_key(&kind)
    }

    /// A peer that failed half-way has no median.
    pub fn median(&self, kind: Kind) -> Option<f64> {
        if self.takes(kind) { median(self.samples.get(&kind)?) } else { None }
    }

    /// How much better a peer is than Folio: above 1 Folio loses.
    pub fn ratio(&self, kind: Kind) -> Option<f64> {
        let (folio, peer) = (self.median(Kind::Folio)?, self.median(kind)?);
        Some(if self.unit.less_is_better() { folio / peer } else { peer / folio })
    }

    /// From the least to the greatest sample, as a part of the median.
    pub fn spread(&self, kind: Kind) -> Option<f64> {
        let median = self.median(kind)?;
        let samples = self.samples.get(&kind).filter(|samples| samples.len() > 1)?;
        let greatest = samples.iter().copied().fold(f64::MIN, f64::max);
        let least = samples.iter().copied().fold(f64::MAX, f64::min);
        Some((greatest - least) / median)
    }

    /// A sign for peers that do less than the row asks for.
    pub fn mark(&self, kind: Kind) -> &'static str {
        if self.durable && !kind.really_syncs() { "†" } else { "" }
    }

    /// Whether nobody who does what the row asks for did it better.
    pub fn is_best(&self, kind: Kind) -> bool {
        let fit = |kind: Kind| if self.mark(kind).is_empty() { self.ratio(kind) } else { None };
        let best = Kind::ALL.into_iter().filter_map(fit).fold(0.0, f64::max);
        fit(kind).is_some_and(|ratio| ratio >= best)
    }

    /// Who failed, and why.
    pub fn failures(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.out.iter().filter_map(|(kind, reason)| Some((*kind, reason.as_deref()?)))
    }

    /// What stands in the table for a peer.
    pub fn cell(&self, kind: Kind, format: impl FnOnce(&Self) -> Option<String>) -> String {
        match self.out.get(&kind) {
            Some(Some(_)) => "failed".to_owned(),
            Some(None) => "–".to_owned(),
            None => match format(self) {
                Some(text) => format!("{text}{}", self.mark(kind)),
                None => "–".to_owned(),
            },
        }
    }
}

/// The middle sample, or what lies between the middle two.
pub fn median(samples: &[f64]) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(lower.midpoint(upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_above_one_is_a_loss_whatever_the_unit() {
        let mut speed = Row::new("W1", "reads", Unit::PerSecond);
        let mut size = Row::new("W12", "size", Unit::Mebibytes);
        for row in [&mut speed, &mut size] {
            for value in [10.0, 30.0, 20.0] {
                row.add(Kind::Folio, value);
            }
            row.add(Kind::Redb, 40.0);
        }
        assert_eq!((speed.ratio(Kind::Redb), size.ratio(Kind::Redb)), (Some(2.0), Some(0.5)));
        assert_eq!(speed.spread(Kind::Folio), Some(1.0));
        assert!(speed.is_best(Kind::Redb) && size.is_best(Kind::Folio));
    }

    #[test]
    fn who_does_not_sync_is_never_the_best_of_a_durable_row() {
        let mut row = Row::new("W4", "commits", Unit::PerSecond).durable(true);
        row.add(Kind::Folio, 1.0);
        row.add(Kind::Sled, 5.0);
        assert!(row.is_best(Kind::Folio) && !row.is_best(Kind::Sled));
        assert_eq!(row.cell(Kind::Sled, |_| Some("5".to_owned())), "5†");
    }

    #[test]
    fn a_peer_that_failed_half_way_has_no_figure() {
        let mut row = Row::new("W4", "commits", Unit::PerSecond);
        row.add(Kind::Redb, 1.0);
        row.fail(Kind::Redb, &"the disk is full".into());
        assert_eq!((row.median(Kind::Redb), row.takes(Kind::Redb)), (None, false));
        assert_eq!(row.cell(Kind::Redb, |_| None), "failed");
    }
}
