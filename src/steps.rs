//! Long pieces of work, step by step: how far they are, and how they are ended.
//!
//! A backup, a verification or a checkpoint takes the longer the larger the store is. Whoever does such work says so at its steps,
//! each of about a mebibyte: how much of the part at hand is done. What is told goes to whoever waits for the work, and
//! comes back as whether to go on: the store may be closed meanwhile, or its [observer](crate::Observed) may have ended it.
//! An end comes between two steps, as an error like any other: what is undone after a failure is undone then.
//!
//! Nothing here knows a lock, a file or a clock.

use crate::error::Result;
use std::cell::Cell;
use std::fmt;

/// How far a long piece of work is: it has parts, one after the other, each of which begins with nothing done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// What is being done.
    pub part: Part,
    /// How much of it is done, in bytes or records ([`Part::is_in_bytes`]); never more than `of`.
    pub done: u64,
    /// How much there is, as far as it is known at the beginning of the part.
    pub of: u64,
}

/// A part of a long piece of work. As text it is one word for people: `copying`, say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// Files are copied, in bytes.
    Copying,
    /// Files are read and checked, those that were just written among them, in bytes.
    Reading,
    /// Records are written, in records.
    Writing,
    /// Indexes are held against their records, in records.
    Indexes,
}

impl Part {
    /// Whether its steps count bytes, and not records.
    #[must_use]
    pub fn is_in_bytes(self) -> bool {
        matches!(self, Self::Copying | Self::Reading)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Copying => "copying",
            Self::Reading => "reading",
            Self::Writing => "writing",
            Self::Indexes => "indexes",
        })
    }
}

/// Takes a step, and says whether to go on.
pub(crate) type GoOn<'a> = &'a dyn Fn(Step) -> Result<()>;

/// For work that nobody observes, and nobody ends.
pub(crate) const UNOBSERVED: GoOn<'static> = &|_| Ok(());

/// The steps of one part.
pub(crate) struct Steps<'a> {
    part: Part,
    of: u64,
    done: Cell<u64>,
    go_on: GoOn<'a>,
}

impl<'a> Steps<'a> {
    /// Steps that nobody is told of.
    pub(crate) fn unobserved() -> Self {
        Self { part: Part::Reading, of: 0, done: Cell::new(0), go_on: UNOBSERVED }
    }

    /// Begins a part that has so many bytes or records.
    pub(crate) fn begin(part: Part, of: u64, go_on: GoOn<'a>) -> Result<Self> {
        let steps = Self { part, of, done: Cell::new(0), go_on };
        steps.tell()?;
        Ok(steps)
    }

    /// Says that so many more are done.
    pub(crate) fn advance(&self, by: u64) -> Result<()> {
        // A file may have grown since it was measured.
        self.done.set(self.done.get().saturating_add(by).min(self.of));
        self.tell()
    }

    /// Says that the part is done, whether or not all was there that was thought to be.
    pub(crate) fn end(self) -> Result<()> {
        self.advance(self.of)
    }

    fn tell(&self) -> Result<()> {
        (self.go_on)(Step { part: self.part, done: self.done.get(), of: self.of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use std::cell::RefCell;

    #[test]
    fn steps_never_pass_their_end() -> Result<()> {
        let told = RefCell::new(Vec::new());
        let go_on = |step: Step| {
            told.borrow_mut().push((step.done, step.of));
            Ok(())
        };
        let steps = Steps::begin(Part::Copying, 10, &go_on)?;
        steps.advance(7)?;
        steps.advance(7)?;
        steps.end()?;
        Steps::begin(Part::Reading, 5, &go_on)?.end()?;
        assert_eq!(told.into_inner(), [(0, 10), (7, 10), (10, 10), (10, 10), (0, 5), (5, 5)]);
        Ok(())
    }

    #[test]
    fn whoever_is_told_can_end_it() -> Result<()> {
        let go_on = |step: Step| if step.done < 2 { Ok(()) } else { Err(Error::Cancelled) };
        let steps = Steps::begin(Part::Reading, 3, &go_on)?;
        steps.advance(1)?;
        assert!(matches!(steps.advance(1), Err(Error::Cancelled)));
        Ok(())
    }
}
