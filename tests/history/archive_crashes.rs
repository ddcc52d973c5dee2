//! A crash or a failure while segments are moved to the archive loses none of them.

use crate::common::{self, Random};
use crate::{Truth, attach, commit_something};
use folio::simulation::{Disk, Fault, Shelf};
use folio::{Head, Options, Result, Store, Version};

const ARCHIVE: &str = "archive";

fn options(disk: &Disk) -> Options {
    Store::options().checkpoint_bytes(u64::MAX).archive_simulated(&Shelf::on(disk), ARCHIVE)
}

/// What is known of a store: what was, version by version, and the head at the end.
struct Known {
    truths: Vec<Truth>,
    head: Head,
}

impl Known {
    /// A ledger with several segments, of which none is in the archive yet.
    fn fill(disk: &Disk, random: &mut Random) -> Result<Self> {
        let store = Store::options().ledger(true).open_simulated(disk)?;
        attach(&store);
        let mut truths = vec![Truth::default(); 3];
        for _ in 0..4 {
            for _ in 0..2 {
                commit_something(&store, random);
                truths.push(Truth::of(&store.snapshot()));
            }
            store.checkpoint()?;
        }
        let head = store.head()?;
        store.close()?;
        Ok(Self { truths, head })
    }

    /// Everything is there, and stays there when the archiving goes on.
    fn check(&self, disk: &Disk) -> Result<()> {
        let store = options(disk).open_simulated(disk)?;
        self.look(&store)?;
        store.compact()?;
        self.look(&store)?;
        assert!(!disk.files().keys().any(|name| name.contains(".log") && !name.contains('/')));
        store.close()?;
        self.look(&options(disk).open_simulated(disk)?)
    }

    fn look(&self, store: &Store) -> Result<()> {
        let newest = store.version().number();
        assert!(newest + 1 >= self.truths.len() as u64);
        assert_eq!(store.commits(..)?.collect::<Result<Vec<_>>>()?.len() as u64, newest);
        store.check_witness(&self.head)?;
        for at in [2, newest / 2, self.truths.len() as u64 - 1] {
            let truth = &self.truths[usize::try_from(at).unwrap()];
            assert_eq!(Truth::of(&store.as_of(Version::new(at))?), *truth);
        }
        Ok(())
    }
}

#[test]
fn whatever_a_crash_leaves_has_every_segment() -> Result<()> {
    let seed = common::seed("archive crashes");
    let mut random = Random::new(seed);
    let filled = Disk::new();
    let known = Known::fill(&filled, &mut random)?;
    for compact in [false, true] {
        let disk = Disk::from_files(filled.files());
        let store = options(&disk).open_simulated(&disk)?;
        attach(&store);
        commit_something(&store, &mut random);
        if compact {
            store.compact()?;
        } else {
            store.checkpoint()?;
        }
        assert!(store.stats().archived_segments >= 3);
        drop(store);
        let mut looked_at = 0;
        for at in 0..=disk.operations() {
            let killed = std::iter::once(disk.after_kill(at));
            for crashed in disk.crash_states(at, seed).take(40).chain(killed) {
                known.check(&crashed).unwrap_or_else(|error| panic!("after {at}: {error}"));
                looked_at += 1;
            }
        }
        assert!(looked_at > 200, "only {looked_at} states");
    }
    Ok(())
}

/// Each operation fails, once and for ever.
#[test]
fn whatever_fails_while_segments_are_moved_loses_none() -> Result<()> {
    let mut random = Random::new(common::seed("archive faults"));
    let filled = Disk::new();
    let known = Known::fill(&filled, &mut random)?;
    let mut met = 0;
    for forever in [false, true] {
        for after in 0.. {
            let disk = Disk::from_files(filled.files());
            let store = options(&disk).open_simulated(&disk)?;
            let fault = Fault::on_any().after(after);
            disk.fail(if forever { fault.forever() } else { fault });
            let compacted = store.compact();
            let is_met = disk.counters().faults > 0;
            disk.heal();
            if !is_met {
                compacted?;
                break;
            }
            met += 1;
            // It goes on as if nothing had been, unless the log itself was met.
            drop(store);
            known.check(&disk).unwrap_or_else(|error| panic!("after {after}: {error}"));
        }
    }
    assert!(met > 60, "only {met} faults");
    Ok(())
}
