//! `top`: a store that another process writes, as it changes.
//!
//! The store is followed, so whoever writes it is not disturbed. Every interval a [`sample`] is taken, and what it differs in from the one
//! before is shown as a change per second. What only the writing process knows, its conflicts and how long its commits take, is in a file
//! of [`metrics`], if it writes one. The [`screen`] is given back as it was, whatever the end is.

mod metrics;
mod sample;
mod screen;

use crate::arguments::TopOptions;
use crate::exit::{Failure, Result};
use crate::output::{Rows, drawn};
use crate::session::Session;
use folio::Store;
use sample::Sample;
use screen::{Key, Screen};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::{Duration, Instant};

/// The interval is not to be shorter, in seconds, or longer.
const INTERVALS: (f64, f64) = (0.1, 60.0);

pub(super) fn run(session: Session<'_>, options: &TopOptions) -> Result<()> {
    session.must_be_now()?;
    if !(INTERVALS.0..=INTERVALS.1).contains(&options.interval) {
        let (least, most) = INTERVALS;
        return Err(Failure::Usage(format!("give an interval of {least} to {most} seconds")));
    }
    let is_terminal = io::stdout().is_terminal() && io::stdin().is_terminal();
    if !options.once && !is_terminal {
        return Err(Failure::Usage(
            "`top` needs a terminal; `top --once` prints what one interval was like".to_owned(),
        ));
    }
    let (path, store) = (session.path()?, session.reader()?);
    let metrics = options.metrics.as_deref();
    let first = Sample::take(&store, path, metrics)?;
    let interval = Duration::from_secs_f64(options.interval);
    if options.once {
        std::thread::sleep(interval);
        let mut rows = Rows::new(&session.common().format);
        let lines = Sample::take(&store, path, metrics)?.rows(&first);
        lines.iter().try_for_each(|line| rows.push_object(line))?;
        return rows.finish();
    }
    Live { store, path, metrics, interval, is_paused: false }.watch(first)
}

/// What is shown and how.
struct Live<'l> {
    store: Store,
    path: &'l Path,
    metrics: Option<&'l Path>,
    interval: Duration,
    is_paused: bool,
}

impl Live<'_> {
    fn watch(mut self, first: Sample) -> Result<()> {
        let mut screen = Screen::open()?;
        let (mut before, mut now) = (None, first);
        loop {
            screen.draw(&self.text(&now, before.as_ref())?)?;
            let until = Instant::now() + self.interval;
            loop {
                match screen::key(until)? {
                    Some(Key::Leave) => return Ok(()),
                    Some(key) => self.obey(key),
                    None if self.is_paused => {}
                    None => break,
                }
                screen.draw(&self.text(&now, before.as_ref())?)?;
            }
            let next = Sample::take(&self.store, self.path, self.metrics)?;
            before = Some(std::mem::replace(&mut now, next));
        }
    }

    fn obey(&mut self, key: Key) {
        let (least, most) = INTERVALS;
        let seconds = self.interval.as_secs_f64();
        match key {
            Key::Leave => {}
            Key::Pause => self.is_paused = !self.is_paused,
            Key::Longer => self.interval = Duration::from_secs_f64((seconds * 2.0).min(most)),
            Key::Shorter => self.interval = Duration::from_secs_f64((seconds / 2.0).max(least)),
        }
    }

    fn text(&self, now: &Sample, before: Option<&Sample>) -> Result<String> {
        let paused = if self.is_paused { ", paused" } else { "" };
        let mut text = format!(
            "folio top: `{}`, version {}, every {:.1} s{paused}\n",
            self.path.display(),
            now.version(),
            self.interval.as_secs_f64()
        );
        text += "q leaves, p pauses, + and - change the interval\n";
        text += &drawn(&now.rows(before.unwrap_or(now)))?;
        if self.metrics.is_none() {
            text += "\nconflicts and times of commits are known to the program that writes: --metrics FILE";
        }
        text += "\n";
        text += &drawn(&now.commits(&self.store)?)?;
        Ok(text)
    }
}
