//! The run: fills the stores, opens each of them alone, lets them take turns.
//!
//! All stores are open together while they take turns, each in a process of its own. In each round of a
//! workload every peer has one turn, in another order each time, so that what a peer leaves behind
//! (dirty pages) meets different successors, and a machine that drifts drifts for all of them.
//! A peer that fails in a workload is out of that row, with its reason in the report.

use crate::arguments::Arguments;
use crate::footprint;
use crate::peer::{Commit, Outcome};
use crate::peers::Kind;
use crate::random::Random;
use crate::raw::Raw;
use crate::row::{Row, Unit};
use crate::served::Served;
use crate::workloads::{self, Workload};
use std::fs;
use std::path::{Path, PathBuf};

/// Everything that was measured, in the order of the table.
pub struct Results {
    pub rows: Vec<Row>,
    /// Raw appends per second, where W4 was run.
    pub raw: Vec<f64>,
}

struct Contest<'a> {
    arguments: &'a Arguments,
    directory: &'a Path,
    /// Those that could be filled.
    kinds: Vec<Kind>,
    peers: Vec<(Kind, Served)>,
    /// Who comes when.
    order: Random,
    results: Results,
}

/// Runs everything that was asked for, with stores below `directory`.
pub fn run(arguments: &Arguments, directory: &Path) -> Outcome<Results> {
    let results = Results { rows: Vec::new(), raw: Vec::new() };
    let (kinds, peers) = (Vec::new(), Vec::new());
    let order = Random::new(arguments.seed);
    let mut contest = Contest { arguments, directory, kinds, peers, order, results };
    contest.fill()?;
    contest.open_alone()?;
    contest.open_all()?;
    contest.take_turns()?;
    contest.close_all();
    let mut results = contest.results;
    results.rows.sort_by_key(Row::place);
    Ok(results)
}

/// The same list, beginning elsewhere in each round.
fn rotated<T>(list: &[T], round: u64) -> Outcome<impl Iterator<Item = &T>> {
    let first = usize::try_from(round)? % list.len().max(1);
    let (early, late) = list.split_at(first);
    Ok(late.iter().chain(early))
}

impl Contest<'_> {
    fn store(&self, kind: Kind) -> PathBuf {
        self.directory.join(kind.name())
    }

    /// W8 and W12. A peer that cannot be filled takes no further part.
    fn fill(&mut self) -> Outcome {
        let mut speed = Row::new("W8", "bulk load, records/s", Unit::PerSecond).durable(true);
        let mut disk = Row::new("W12", "on disk after the load", Unit::Mebibytes);
        let mut resident = Row::new("W12", "resident after the load", Unit::Mebibytes);
        let mut anonymous = Row::new("W12", "of that, not pages of a file", Unit::Mebibytes);
        for &kind in &self.arguments.peers {
            eprintln!("loading {kind}");
            let directory = self.store(kind);
            fs::create_dir_all(&directory)?;
            match footprint::load(kind, &directory, self.arguments) {
                Ok(footprint) => {
                    speed.add(kind, footprint.records_per_second);
                    disk.add(kind, footprint.disk_mib);
                    resident.add(kind, footprint.resident_mib);
                    anonymous.add(kind, footprint.anonymous_mib);
                    self.kinds.push(kind);
                }
                Err(failure) => speed.fail(kind, &failure),
            }
        }
        for row in [speed, disk, resident, anonymous] {
            self.finish(row);
        }
        Ok(())
    }

    /// W11, of what the load has left.
    fn open_alone(&mut self) -> Outcome {
        let title = "open after a clean close, read one record";
        let mut row = Row::new("W11", title, Unit::Milliseconds);
        let mut random = Random::new(self.arguments.seed);
        let rounds = if self.arguments.wants(row.id) { self.arguments.rounds } else { 0 };
        for round in 0..rounds {
            eprintln!("W11 round {round}");
            for &kind in rotated(&self.kinds, round)? {
                if !row.takes(kind) {
                    continue;
                }
                match footprint::open(kind, &self.store(kind), self.arguments, &mut random) {
                    Ok(milliseconds) => row.add(kind, milliseconds),
                    Err(failure) => row.fail(kind, &failure),
                }
            }
        }
        self.finish(row);
        Ok(())
    }

    fn open_all(&mut self) -> Outcome {
        for &kind in &self.kinds {
            let served = Served::start(kind, &self.store(kind), self.arguments)?;
            self.peers.push((kind, served));
        }
        Ok(())
    }

    /// Keeps a row that was asked for, or that has something to report.
    fn finish(&mut self, row: Row) {
        if self.arguments.wants(row.id) || row.has_failures() {
            self.results.rows.push(row);
        }
    }

    /// Reads first, durable commits next, relaxed ones last: some peers have to be opened anew to
    /// change between them.
    fn take_turns(&mut self) -> Outcome {
        let mut order: Vec<(usize, Workload)> = workloads::ALL
            .into_iter()
            .enumerate()
            .filter(|(_, workload)| self.arguments.wants(workload.id))
            .collect();
        order.sort_by_key(|(_, workload)| workload.commit.map(|commit| commit as u8));
        for (place, workload) in order {
            eprintln!("{} {}", workload.id, workload.title);
            let row = self.measure(place, &workload)?;
            self.results.rows.push(row);
        }
        Ok(())
    }

    fn measure(&mut self, place: usize, workload: &Workload) -> Outcome<Row> {
        let mut row = Row::new(workload.id, workload.title, Unit::PerSecond)
            .at(place)
            .durable(workload.commit == Some(Commit::Durable));
        let mut raw = match workload.id {
            "W4" => Some(Raw::create(self.directory)?),
            _ => None,
        };
        self.leave_out(workload, &mut row);
        for round in 0..self.arguments.rounds {
            self.shuffle()?;
            for (kind, served) in &mut self.peers {
                if !row.takes(*kind) {
                    continue;
                }
                match served.turn(place, round) {
                    Ok(rate) => row.add(*kind, rate),
                    Err(failure) => row.fail(*kind, &failure),
                }
            }
            if let Some(raw) = &mut raw {
                self.results.raw.push(raw.turn(self.arguments.turn)?);
            }
        }
        Ok(row)
    }

    /// The order of the next round (Fisher and Yates).
    fn shuffle(&mut self) -> Outcome {
        for last in (1..self.peers.len()).rev() {
            let other = self.order.below(u64::try_from(last + 1)?);
            self.peers.swap(last, usize::try_from(other)?);
        }
        Ok(())
    }

    /// Those that do not have what a workload is about.
    fn leave_out(&self, workload: &Workload, row: &mut Row) {
        for (kind, _) in &self.peers {
            let commits = workload.commit.is_none_or(|commit| kind.offers(commit));
            if !commits || workload.scans() && !kind.scans() {
                row.leave_out(*kind);
            }
        }
    }

    /// A store that does not close well is in the report too.
    fn close_all(&mut self) {
        let mut row = Row::new("end", "close", Unit::Milliseconds);
        for (kind, served) in self.peers.drain(..) {
            if let Err(failure) = served.close() {
                row.fail(kind, &failure);
            }
        }
        if row.has_failures() {
            self.results.rows.push(row);
        }
    }
}
