//! The checker: every state that a crash may leave, opened, compared, written to, and crashed again.

use crate::figures;
use crate::history::{History, Run, Step};
use crate::model::{Edit, State, account};
use folio::Durability;
use folio::simulation::Disk;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::AddAssign;

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) workloads: usize,
    /// Points at which a crash was looked at.
    pub(crate) points: usize,
    /// States that crashes left there: no two of one point are alike, those of several may be.
    pub(crate) states: usize,
    /// Points of a second crash, in or after the recovery from the first.
    pub(crate) second_points: usize,
    pub(crate) second_states: usize,
    /// How often a store was opened. What is like a disk that was opened before is opened again only
    /// if it is to be written to; its version is that of its twin, and is compared with what must be
    /// there at *its* point.
    pub(crate) opened: usize,
}

impl Figures {
    /// Says what was looked at, for the table of all suites.
    pub(crate) fn count(&self) {
        let Self { workloads, points, states, second_points, second_states, opened } = *self;
        for (what, number) in [
            ("workloads", workloads),
            ("crash points", points),
            ("crash states", states),
            ("points of a second crash", second_points),
            ("states of a second crash", second_states),
            ("stores opened", opened),
        ] {
            figures::count("crash", what, number as u64);
        }
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.workloads += other.workloads;
        self.points += other.points;
        self.states += other.states;
        self.second_points += other.second_points;
        self.second_states += other.second_states;
        self.opened += other.opened;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workloads, points, states, second_points, second_states, opened } = self;
        write!(
            f,
            "{workloads} workloads, {points} crash points with {states} states, {second_points} \
             points of a second crash with {second_states} states; {opened} stores opened"
        )
    }
}

/// Checks workloads, one after the other.
pub(crate) struct Explorer {
    pub(crate) figures: Figures,
    /// Whether a store that was opened after a crash writes a checkpoint too.
    with_checkpoints: bool,
    /// Of so many disks one is opened, written to and crashed again; the others are opened.
    thrift: u64,
    turn: u64,
    /// The version that a disk recovers to, by fingerprint.
    known: HashMap<u64, usize>,
    /// What a first crash left, and had its turn. That a disk is known is not enough: those that only
    /// a second crash left were opened and no more, and those of a process that was killed lived on
    /// with more at risk and less promised.
    crashed: HashSet<u64>,
    /// Disks that were written to once they were open.
    lived: HashSet<(u64, u64)>,
}

impl Explorer {
    /// Looks at everything.
    pub(crate) fn thorough() -> Self {
        Self::thrifty(1)
    }

    /// Opens every disk, and looks at the further life of one in so many.
    pub(crate) fn thrifty(thrift: u64) -> Self {
        let (known, crashed, lived) = Default::default();
        let figures = Figures::default();
        Self { figures, with_checkpoints: false, thrift, turn: 0, known, crashed, lived }
    }

    /// From now on, a store that was opened after a crash writes checkpoints too.
    pub(crate) fn write_checkpoints(&mut self) {
        self.with_checkpoints = true;
    }

    /// Turns to the next workload, one that no other test counts.
    pub(crate) fn begin(&mut self) {
        self.figures.workloads += 1;
        self.forget();
    }

    /// Turns to disks that are like none before, of the same workload.
    ///
    /// Whose turn it is stays: most workloads leave fewer disks than `thrift`, and none of those
    /// would be written to if the count began anew each time.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
        self.crashed.clear();
        self.lived.clear();
    }

    /// Looks at each state that a crash at each point of a history may leave.
    ///
    /// # Errors
    ///
    /// What is wrong with one of them.
    pub(crate) fn power_loss(
        &mut self,
        disk: &Disk,
        history: &History,
        seed: u64,
    ) -> Result<(), String> {
        self.power_loss_every(disk, history, 1, seed)
    }

    /// The same at one point in so many.
    pub(crate) fn power_loss_every(
        &mut self,
        disk: &Disk,
        history: &History,
        stride: usize,
        seed: u64,
    ) -> Result<(), String> {
        let mut points = (0..=disk.operations()).step_by(stride);
        points.try_for_each(|at| self.power_loss_at(disk, history, at, seed))
    }

    /// Looks at each state that a crash after `at` operations may leave.
    pub(crate) fn power_loss_at(
        &mut self,
        disk: &Disk,
        history: &History,
        at: usize,
        seed: u64,
    ) -> Result<(), String> {
        self.figures.points += 1;
        let bounds = history.floor(at, Durability::Fsync)..=history.ceiling(at);
        for (index, crashed) in disk.crash_states(at, seed ^ at as u64).enumerate() {
            self.figures.states += 1;
            let what = || format!("crash after {at} operations, state {index}, seed {seed}");
            let fingerprint = crashed.fingerprint();
            let version = match self.known.get(&fingerprint) {
                Some(version) if self.crashed.contains(&fingerprint) => *version,
                _ => {
                    let version = self.live_on(&crashed, history, None, seed);
                    version.map_err(|wrong| format!("{}: {wrong}", what()))?
                }
            };
            self.crashed.insert(fingerprint);
            if !bounds.contains(&version) {
                return Err(format!("{}: version {version}, not in {bounds:?}", what()));
            }
        }
        Ok(())
    }

    /// Looks at what the end of the process after `at` operations leaves, now and after a loss of
    /// power later on.
    pub(crate) fn kill_at(
        &mut self,
        disk: &Disk,
        history: &History,
        at: usize,
        seed: u64,
    ) -> Result<(), String> {
        self.figures.points += 1;
        self.figures.states += 1;
        let bounds = history.floor(at, Durability::Write)..=history.ceiling(at);
        let power_floor = history.floor(at, Durability::Fsync);
        let what = || format!("killed after {at} operations, seed {seed}");
        let version = self.live_on(&disk.after_kill(at), history, Some(power_floor), seed);
        let version = version.map_err(|wrong| format!("{}: {wrong}", what()))?;
        if bounds.contains(&version) {
            Ok(())
        } else {
            Err(format!("{}: version {version}, not in {bounds:?}", what()))
        }
    }

    /// Opens what a crash left, compares, commits once more, and looks at each second crash. What is
    /// on the disk is durable, or, up to `power_floor` only, what a process left.
    fn live_on(
        &mut self,
        disk: &Disk,
        history: &History,
        power_floor: Option<usize>,
        seed: u64,
    ) -> Result<usize, String> {
        let fingerprint = disk.fingerprint();
        self.turn += 1;
        let is_its_turn = self.turn.is_multiple_of(self.thrift);
        if let Some(version) = self.known.get(&fingerprint)
            && !is_its_turn
        {
            return Ok(*version);
        }
        self.figures.opened += 1;
        let (store, version) = open(disk, history)?;
        self.known.insert(fingerprint, version);
        if !is_its_turn {
            return Ok(version);
        }
        let opened = disk.operations();
        let mut run = Run::resume(disk, store, history, version);
        run.history.acknowledge(0, power_floor.unwrap_or(version), Durability::Fsync);
        // Recovery leaves everything that it found durable.
        run.history.acknowledge(opened, version, Durability::Fsync);

        // Once open, disks that are alike go on alike.
        let volatile = disk.crash_states(opened, 0).next().map_or(0, |disk| disk.fingerprint());
        if self.lived.insert((disk.fingerprint(), volatile)) {
            let edits = vec![Edit::PutAccount(account(77, version as u64))];
            let mut steps = vec![Step::Commit { durability: Durability::Fsync, edits }];
            if self.with_checkpoints {
                steps.push(Step::Checkpoint);
            }
            steps.push(Step::Reopen);
            run.steps(&steps).map_err(|error| format!("writing after recovery: {error}"))?;
            if State::read(run.store())? != run.state {
                return Err("what was written after recovery is not there".to_owned());
            }
        }
        for at in 0..=disk.operations() {
            self.second_crash(disk, &run.history, at, seed)?;
        }
        Ok(version)
    }

    fn second_crash(
        &mut self,
        disk: &Disk,
        history: &History,
        at: usize,
        seed: u64,
    ) -> Result<(), String> {
        self.figures.second_points += 1;
        let bounds = history.floor(at, Durability::Fsync)..=history.ceiling(at);
        for (index, crashed) in disk.crash_states(at, seed ^ at as u64).enumerate() {
            self.figures.second_states += 1;
            let what = || format!("second crash after {at} operations, state {index}");
            let fingerprint = crashed.fingerprint();
            let version = if let Some(version) = self.known.get(&fingerprint) {
                *version
            } else {
                self.figures.opened += 1;
                let found = open(&crashed, history).map_err(|wrong| format!("{}: {wrong}", what()));
                let (_, version) = found?;
                self.known.insert(fingerprint, version);
                version
            };
            if !bounds.contains(&version) {
                return Err(format!("{}: version {version}, not in {bounds:?}", what()));
            }
        }
        Ok(())
    }
}

/// Opens a store, which must be in one of the states of a history.
pub(crate) fn open(disk: &Disk, history: &History) -> Result<(folio::Store, usize), String> {
    let opened = history.options.clone().open_simulated(disk);
    let store = opened.map_err(|error| format!("opening: {error}"))?;
    let version = usize::try_from(store.version().number()).expect("few versions");
    let state = State::read(&store)?;
    match history.state(version) {
        Some(expected) if **expected == state => Ok((store, version)),
        Some(expected) => {
            Err(format!("version {version} is not what it was: {state:?}, not {expected:?}"))
        }
        None => Err(format!("version {version}, which nobody made")),
    }
}
