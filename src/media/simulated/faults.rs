//! Faults: which operation is to fail, when, and how.

use std::io;

/// What a program does to a [`Disk`](super::Disk).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operation {
    /// Making the directory.
    CreateDirectory,
    /// Listing the names in it.
    List,
    /// Taking a lock.
    Lock,
    /// Reading a whole file.
    Read,
    /// Creating a file.
    Create,
    /// Opening an existing file to change it.
    Open,
    /// Writing to a file.
    Write,
    /// Cutting or growing a file.
    SetLength,
    /// Making a file's bytes durable.
    Sync,
    /// Giving a file another name.
    Rename,
    /// Giving a file a second name.
    Link,
    /// Removing a file.
    Remove,
    /// Making names durable.
    SyncDirectory,
}

/// Something that goes wrong on a [`Disk`](super::Disk).
///
/// By default the next operation of the kind fails, once, with [`io::ErrorKind::Other`], and has no
/// effect; a sync that fails leaves what it should have made durable at the mercy of a crash for
/// good, as Linux file systems do, whatever later syncs say ([`retryable`](Self::retryable) makes it
/// milder).
///
/// ```
/// use folio::simulation::{Fault, Operation};
/// use std::io::ErrorKind;
///
/// // From the fourth write on, no space is left.
/// let fault = Fault::on(Operation::Write).after(3).error(ErrorKind::StorageFull).forever();
/// # let _ = fault;
/// ```
#[derive(Debug, Clone)]
#[must_use = "a fault does nothing until it is given to a disk"]
pub struct Fault {
    operation: Option<Operation>,
    after: usize,
    error: io::ErrorKind,
    forever: bool,
    retryable: bool,
    silent: bool,
    /// How much of a write happens all the same.
    written: usize,
}

impl Fault {
    /// Meets operations of one kind.
    pub fn on(operation: Operation) -> Self {
        Self::new(Some(operation))
    }

    /// Meets operations of any kind.
    pub fn on_any() -> Self {
        Self::new(None)
    }

    fn new(operation: Option<Operation>) -> Self {
        let error = io::ErrorKind::Other;
        let (after, written) = (0, 0);
        let (forever, retryable, silent) = (false, false, false);
        Self { operation, after, error, forever, retryable, silent, written }
    }

    /// Lets so many of them pass first.
    pub fn after(mut self, operations: usize) -> Self {
        self.after = operations;
        self
    }

    /// The error that they fail with.
    pub fn error(mut self, error: io::ErrorKind) -> Self {
        self.error = error;
        self
    }

    /// All of them fail from then on, and not just one.
    pub fn forever(mut self) -> Self {
        self.forever = true;
        self
    }

    /// A sync that fails leaves to the next one what it should have made durable.
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// A write puts the first `bytes` bytes in the file before it fails, but never all of them.
    /// Other operations just fail.
    pub fn short(mut self, bytes: usize) -> Self {
        self.written = bytes;
        self
    }

    /// The disk lies: a write, a sync and whatever else only changes the disk has no effect and says
    /// that it had.
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }
}

/// What an operation comes to.
#[derive(Debug)]
pub(super) enum Verdict {
    Proceed,
    Fail(Failure),
    /// Nothing happens, and nobody is told.
    Silent,
}

/// How an operation fails.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: io::Error,
    /// How much of a write happens all the same.
    pub(super) written: usize,
    /// Whether what a sync should have made durable is left to the next one.
    pub(super) retryable: bool,
}

/// The faults that a disk has been given.
#[derive(Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<Fault>,
    pub(super) met: usize,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Lets an operation meet its fault, if there is one for it. The one given first wins.
    pub(super) fn meet(&mut self, operation: Operation) -> Verdict {
        let mut hit = None;
        for (place, fault) in self.waiting.iter_mut().enumerate() {
            if fault.operation.is_some_and(|only| only != operation) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
            } else if hit.is_none() {
                hit = Some((place, fault.clone()));
            }
        }
        let Some((place, fault)) = hit else { return Verdict::Proceed };
        if !fault.forever {
            drop(self.waiting.remove(place));
        }
        self.met += 1;
        if fault.silent {
            return Verdict::Silent;
        }
        let error = io::Error::new(fault.error, format!("a simulated fault of {operation:?}"));
        Verdict::Fail(Failure { error, written: fault.written, retryable: fault.retryable })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(faults: &mut Faults, operation: Operation) -> bool {
        matches!(faults.meet(operation), Verdict::Fail(_))
    }

    #[test]
    fn a_fault_meets_its_operation_in_its_turn() {
        let mut faults = Faults::default();
        faults.add(Fault::on(Operation::Write).after(1));
        faults.add(Fault::on_any().after(3).forever());
        assert!(!fails(&mut faults, Operation::Write));
        assert!(!fails(&mut faults, Operation::Sync));
        assert!(fails(&mut faults, Operation::Write));
        assert!(fails(&mut faults, Operation::Sync));
        assert!(fails(&mut faults, Operation::Read));
        assert_eq!(faults.met, 3);
        faults.clear();
        assert!(!fails(&mut faults, Operation::Read));
    }
}
