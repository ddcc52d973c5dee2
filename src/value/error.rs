//! What building or reading a value says when it fails, and where in the value that was.
//!
//! The place is put together while the error travels up, so that it costs nothing when all goes well.

use super::Value;
use serde::de::{Expected, Unexpected};
use std::fmt::{self, Display};

/// The cause inside [`Error::Encode`](crate::error::Error) and [`Error::Decode`](crate::error::Error).
/// Boxed: it travels through every `Result` of the module.
#[derive(Debug)]
pub(super) struct Failure(Box<Report>);

#[derive(Debug)]
struct Report {
    message: String,
    /// From the innermost step to the outermost.
    path: Vec<Step>,
}

/// One step from a value to a value in it.
#[derive(Debug)]
pub(super) enum Step {
    /// To a field, or to the content of a variant.
    Name(String),
    /// To an element.
    Index(usize),
    /// To the value of a key that is no string.
    Key(String),
}

impl Step {
    /// To the value of a key.
    pub(super) fn of_key(key: &Value) -> Self {
        match key {
            Value::String(name) => Self::Name(name.clone()),
            other => Self::Key(other.to_string()),
        }
    }
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Report { message: message.into(), path: Vec::new() }))
    }

    /// One kind of value stands where another is needed.
    pub(super) fn expected(expected: &dyn Expected, found: impl Display) -> Self {
        Self::new(format!("expected {expected}, found {found}"))
    }

    pub(super) fn too_deep() -> Self {
        Self::new(too_deep())
    }

    /// Says that it happened one step further in.
    pub(super) fn inside(mut self, step: Step) -> Self {
        self.0.path.push(step);
        self
    }
}

/// The message about values in values in values.
pub(super) fn too_deep() -> String {
    format!("values are nested more than {} deep", super::MAX_DEPTH)
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { message, path } = &*self.0;
        if path.is_empty() {
            return f.write_str(message);
        }
        f.write_str("at `")?;
        for (position, step) in path.iter().rev().enumerate() {
            match step {
                Step::Name(name) if position == 0 => f.write_str(name)?,
                Step::Name(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => write!(f, "[{key}]")?,
            }
        }
        write!(f, "`: {message}")
    }
}

impl std::error::Error for Failure {}

impl serde::ser::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}

impl serde::de::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected, found)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::expected(expected, found)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::expected(expected, format_args!("{length} elements"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_reads_from_the_outside_in() {
        let failure = Failure::new("no")
            .inside(Step::Name("name".into()))
            .inside(Step::Index(3))
            .inside(Step::Name("users".into()));
        assert_eq!(failure.to_string(), "at `users[3].name`: no");
        let failure = Failure::new("no").inside(Step::Key("7".into())).inside(Step::Index(0));
        assert_eq!(failure.to_string(), "at `[0][7]`: no");
        assert_eq!(Failure::new("no").to_string(), "no");
    }
}
