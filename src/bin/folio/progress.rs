//! How far something is, on stderr, while it goes on. The only module that knows how bars are drawn.
//!
//! There is something to see on a terminal only, and never with `--quiet`. What is drawn is gone when the value is: before anything is
//! said of how it went. Where there are no numbers, the time that has passed is shown.
//!
//! Whoever shows how far something is, is also who hears first that its end was asked for ([`interrupt`]).

use crate::interrupt::{self, Gently};
use folio::Step;
use indicatif::style::TemplateError;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::fs::{File, Metadata};
use std::io::{self, IsTerminal, Read, Write};
use std::ops::ControlFlow;
use std::time::Duration;

/// Bytes that are read, of all that there are.
const OF_BYTES: &str = "{msg} [{bar:30}] {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left";
/// Bytes that are read, of nobody knows how many.
const BYTES: &str = "{msg} {spinner} {bytes}, {bytes_per_sec}, {elapsed}";
/// Records that are written, of all that there are.
const OF_RECORDS: &str = "{msg} [{bar:30}] {pos}/{len} records, {per_sec}, {eta} left";
/// The time that passes.
const TIME: &str = "{msg} {spinner} {elapsed}";
/// How often what only shows the time is drawn.
const TICK: Duration = Duration::from_millis(100);

/// Something that goes on, shown while this value is there.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Something of which only the time is known.
    pub(crate) fn of_time(is_quiet: bool, what: &str) -> Self {
        let progress = Self::new(is_quiet, what, None, TIME);
        if !progress.bar.is_hidden() {
            progress.bar.enable_steady_tick(TICK);
        }
        progress
    }

    /// Something that the library tells the steps of. Until the first one only the time is known.
    pub(crate) fn of_steps(is_quiet: bool, what: &'static str) -> Steps {
        // Before anybody sees that there is something to end.
        let gently = interrupt::gently();
        let progress = Self::of_time(is_quiet, what);
        Steps { progress, what, last: Cell::new(None), _gently: gently }
    }

    /// Something that reads a file, or stdin where there is none.
    pub(crate) fn of_reading(is_quiet: bool, what: &str, file: Option<&File>) -> Self {
        let size = file.and_then(|file| file.metadata().ok()).filter(Metadata::is_file);
        match size.map(|metadata| metadata.len()) {
            Some(bytes) => Self::new(is_quiet, what, Some(bytes), OF_BYTES),
            None => Self::new(is_quiet, what, None, BYTES),
        }
    }

    /// Something that writes records, as many as the library says on the way.
    pub(crate) fn of_records(is_quiet: bool, what: &str) -> Self {
        Self::new(is_quiet, what, Some(0), OF_RECORDS)
    }

    /// How far the library is with its records.
    pub(crate) fn reached(&self, to: &folio::Progress<'_>) {
        self.bar.set_length(to.of_records);
        self.bar.set_position(to.records);
    }

    /// What goes to stdout is seen there, if that is a terminal, and is in the way of a bar.
    pub(crate) fn would_be_in_the_way() -> bool {
        io::stdout().is_terminal()
    }

    /// Begins anew, with another thing of which there is so much.
    fn turn_to(&self, what: String, length: u64, template: &str) {
        if let Ok(style) = style(template) {
            self.bar.set_style(style);
        }
        self.bar.reset();
        self.bar.set_length(length);
        self.tell(what);
    }

    fn new(is_quiet: bool, what: &str, length: Option<u64>, template: &str) -> Self {
        let target =
            if is_quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(length, target);
        if let Ok(style) = style(template) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        // From the beginning on, however soon it ends.
        bar.tick();
        Self { bar }
    }

    /// What has become of it so far, in a few words.
    pub(crate) fn tell(&self, what: String) {
        self.bar.set_message(what);
    }

    /// The end of it, for those who can't give the value away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// A reader whose bytes are counted.
    pub(crate) fn reading<R: Read>(&self, reader: R) -> Counted<'_, R> {
        Counted { inner: reader, bar: &self.bar }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

fn style(template: &str) -> Result<ProgressStyle, TemplateError> {
    Ok(ProgressStyle::with_template(template)?.progress_chars("=> "))
}

/// Something that has steps, and can be ended at each.
#[derive(Debug)]
pub(crate) struct Steps {
    progress: Progress,
    what: &'static str,
    last: Cell<Option<Step>>,
    _gently: Gently,
}

impl Steps {
    /// Shows a step. Says that it is to be the last one where the end was asked for.
    pub(crate) fn step(&self, step: &Step) -> ControlFlow<()> {
        let is_next = self.last.replace(Some(*step)).is_none_or(|last| {
            (last.part, last.of) != (step.part, step.of) || step.done < last.done
        });
        if is_next {
            let template = if step.part.is_in_bytes() { OF_BYTES } else { OF_RECORDS };
            self.progress.turn_to(format!("{}, {}", self.what, step.part), step.of, template);
        }
        self.progress.bar.set_position(step.done);
        if interrupt::check().is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// Ends what reads or writes, where that was asked for.
fn go_on() -> io::Result<()> {
    interrupt::check().map_err(|_| io::Error::other("the end was asked for"))
}

/// A reader, beside the bar that shows how far it is.
#[derive(Debug)]
pub(crate) struct Counted<'p, I> {
    inner: I,
    bar: &'p ProgressBar,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        go_on()?;
        let read = self.inner.read(buffer)?;
        self.bar.inc(read as u64);
        Ok(read)
    }
}

/// A writer that fails where the end was asked for.
#[derive(Debug)]
pub(crate) struct Ended<W> {
    inner: W,
}

impl<W> Ended<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner }
    }
}

impl<W: Write> Write for Ended<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        go_on()?;
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
