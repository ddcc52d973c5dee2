//! A store in a process of its own, which works when it is its turn and stands still when it is not.
//!
//! Stores that are open in one process share a heap, and go on in the background while another one is
//! measured: flushing, compacting, in the time of whoever comes next. So each has a process to itself,
//! which is stopped (`SIGSTOP`) between its turns: what a store puts off it does in its own time.
//!
//! The processes speak in lines: `turn PLACE ROUND` or `close` to the child, which answers with
//! operations per second, `done`, or `failed` and why.

use crate::arguments::{Arguments, Load, Serve};
use crate::measure;
use crate::peer::{Commit, Outcome, Peer};
use crate::peers::Kind;
use crate::random::mix;
use crate::workloads::{ALL, Shape, Workload};
use std::io::{BufRead, BufReader, Lines, Write, stdin, stdout};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The child, as the parent has it. Stopped, but while it answers.
#[derive(Debug)]
pub struct Served {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Served {
    /// Opens a store that was filled before.
    pub fn start(kind: Kind, directory: &Path, arguments: &Arguments) -> Outcome<Self> {
        let serve = Serve {
            load: Load {
                kind,
                directory: directory.to_owned(),
                records: arguments.records,
                folio_relaxed: arguments.folio_relaxed,
            },
            turn: arguments.turn,
            seed: arguments.seed,
        };
        let mut child = Command::new(std::env::current_exe()?)
            .args(serve.to_command_line())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take().ok_or("a child process without standard input")?;
        let answers = child.stdout.take().ok_or("a child process without standard output")?;
        let answers = BufReader::new(answers).lines();
        let mut served = Self { child, orders, answers };
        served.answer()?;
        served.signal("STOP")?;
        Ok(served)
    }

    /// One turn in the workload at a place of [`ALL`]: operations per second.
    pub fn turn(&mut self, place: usize, round: u64) -> Outcome<f64> {
        self.signal("CONT")?;
        writeln!(self.orders, "turn {place} {round}")?;
        let answer = self.answer();
        self.signal("STOP")?;
        Ok(answer?.parse()?)
    }

    /// Closes the store cleanly, and ends the process.
    pub fn close(mut self) -> Outcome {
        self.signal("CONT")?;
        writeln!(self.orders, "close")?;
        self.answer()?;
        self.child.wait()?;
        Ok(())
    }

    fn answer(&mut self) -> Outcome<String> {
        let answer = self.answers.next().ok_or("its process has ended")??;
        match answer.strip_prefix("failed ") {
            Some(failure) => Err(failure.into()),
            None => Ok(answer),
        }
    }

    fn signal(&self, name: &str) -> Outcome {
        let process = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &process]).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("kill -s {name} {process}: {status}").into())
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // One that has been closed has ended, and is not harmed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child process: opens the store and does as it is told.
pub fn serve_here(serve: &Serve) -> Outcome {
    let Load { kind, directory, records, folio_relaxed } = &serve.load;
    let mut peer = match kind.open(directory, *folio_relaxed) {
        Ok(peer) => peer,
        Err(failure) => return say(&format!("failed {failure}")),
    };
    say("done")?;
    let (shape, mut commit) = (Shape::new(*records), Commit::Durable);
    for order in stdin().lines() {
        let order = order?;
        let mut words = order.split(' ');
        if words.next() != Some("turn") {
            return match peer.close() {
                Ok(()) => say("done"),
                Err(failure) => say(&format!("failed {failure}")),
            };
        }
        let mut number = || words.next().unwrap_or_default().parse::<u64>();
        let (place, round) = (number()?, number()?);
        let workload = ALL.get(usize::try_from(place)?).ok_or("there is no such workload")?;
        let seed = mix(serve.seed ^ mix(place) ^ mix(round << 32));
        let rate = prepare(&mut *peer, &mut commit, workload).and_then(|()| {
            let make = |thread| workload.operation(&shape, seed ^ mix(thread));
            measure::turn(&*peer, workload.threads, serve.turn, &make)
        });
        match rate {
            Ok(rate) => say(&rate.to_string())?,
            Err(failure) => say(&format!("failed {failure}"))?,
        }
    }
    Ok(())
}

/// Changes to the commits of the workload, where it has others than the one before.
fn prepare(peer: &mut dyn Peer, commit: &mut Commit, workload: &Workload) -> Outcome {
    match workload.commit {
        Some(wanted) if wanted != *commit => {
            *commit = wanted;
            peer.prepare(wanted)
        }
        _ => Ok(()),
    }
}

/// In one line, whatever a failure has to say.
fn say(answer: &str) -> Outcome {
    let mut out = stdout().lock();
    writeln!(out, "{}", answer.replace('\n', "; "))?;
    Ok(out.flush()?)
}
