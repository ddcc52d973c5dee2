//! What only the process that writes a store knows of it, from a file of numbers that it writes for Prometheus.

use crate::exit::{Failure, Result};
use std::fs;
use std::path::Path;

/// The numbers that are shown.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Metrics {
    pub(super) conflicts: f64,
    pub(super) retries: f64,
    commits: f64,
    commit_seconds: f64,
}

impl Metrics {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|source| Failure::Io {
            what: format!(
                "could not read `{}`, where the program that has the store open is to write its numbers",
                path.display()
            ),
            source,
        })?;
        Self::of(&text).ok_or_else(|| {
            Failure::Usage(format!(
                "`{}` has no numbers of a store; the program is to write `store.stats().to_prometheus()` into it",
                path.display()
            ))
        })
    }

    /// Those in a text of Prometheus, if it has any.
    fn of(text: &str) -> Option<Self> {
        let (mut metrics, mut is_of_folio) = (Self::default(), false);
        for line in text.lines() {
            let Some((name, value)) = line.rsplit_once(' ') else { continue };
            let Ok(value) = value.parse::<f64>() else { continue };
            // Labels may say which store it is, of several.
            let place = match name.split('{').next().unwrap_or(name) {
                "folio_conflicts_total" => &mut metrics.conflicts,
                "folio_retries_total" => &mut metrics.retries,
                "folio_commit_seconds_count" => &mut metrics.commits,
                "folio_commit_seconds_sum" => &mut metrics.commit_seconds,
                _ => continue,
            };
            *place += value;
            is_of_folio = true;
        }
        is_of_folio.then_some(metrics)
    }

    /// How long a commit took since an earlier moment, if there was any.
    pub(super) fn mean_commit_ms(&self, before: &Self) -> Option<f64> {
        let commits = self.commits - before.commits;
        (commits > 0.0).then(|| (self.commit_seconds - before.commit_seconds) * 1e3 / commits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use folio::Store;

    #[test]
    fn the_numbers_of_a_store_are_read() {
        let store = Store::in_memory();
        let before = Metrics::of(&store.stats().to_prometheus()).unwrap();
        assert_eq!(before, Metrics::default());
        let documents = store.documents("a").unwrap();
        documents.set("k", &1).unwrap();
        let after = Metrics::of(&store.stats().to_prometheus_with(&[("store", "a b")])).unwrap();
        assert!(after.commits >= 1.0 && after.mean_commit_ms(&before).unwrap() > 0.0, "{after:?}");
        assert_eq!(after.mean_commit_ms(&after), None);
        assert_eq!(Metrics::of("other_total 3\n# folio_conflicts_total 1 x\n"), None);
    }
}
