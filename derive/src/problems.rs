//! Gathers errors, so that one compilation shows all that is wrong with a type.

use syn::{Error, Result};

/// The errors found so far.
#[derive(Default)]
pub(crate) struct Problems {
    found: Option<Error>,
}

impl Problems {
    pub(crate) fn push(&mut self, problem: Error) {
        match &mut self.found {
            Some(found) => found.combine(problem),
            None => self.found = Some(problem),
        }
    }

    /// The value, or nothing and one problem more.
    pub(crate) fn keep<T>(&mut self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(problem) => {
                self.push(problem);
                None
            }
        }
    }

    /// All that was found, as one error that shows each at its place.
    pub(crate) fn finish(self) -> Result<()> {
        self.found.map_or(Ok(()), Err)
    }
}
