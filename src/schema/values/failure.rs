//! What decoding and encoding say when they fail, and where in the value that was.
//!
//! The place is put together while the error travels up, so that it costs nothing when all goes well.

use crate::value::Value;
use std::error::Error as StdError;
use std::fmt::{self, Display, Write};
use std::sync::Arc;

/// How much of a value is shown, in bytes of text.
const SHOWN_BYTES: usize = 60;

/// The source of [`Error::Decode`](crate::Error::Decode) and [`Error::Encode`](crate::Error::Encode).
/// Boxed: it travels through every `Result` here.
#[derive(Debug)]
pub(super) struct Failure(Box<Report>);

#[derive(Debug)]
struct Report {
    cause: Cause,
    /// From the innermost step to the outermost.
    path: Vec<Step>,
    /// The place in the bytes, where there are any.
    offset: Option<usize>,
}

/// What went wrong.
#[derive(Debug)]
pub(super) enum Cause {
    /// The bytes are none of a type.
    Bytes {
        wanted: &'static str,
        source: postcard::Error,
    },
    /// An enum of so many variants has none with this number.
    NoVariant {
        number: u32,
        count: usize,
    },
    /// A reference that leads nowhere. [`Descriptor::from_bytes`](crate::Descriptor::from_bytes) lets
    /// none through.
    NoType,
    /// The descriptor is not one of a collection.
    NoKey,
    Deep(usize),
    Many(usize),
    /// So many bytes are left over.
    Left(usize),
    Mismatch {
        expected: Box<str>,
        found: Box<str>,
    },
    /// A field that is not given.
    Missing(Arc<str>),
    /// The name of a field or variant that is not known, and those that are.
    Unknown {
        what: &'static str,
        name: Box<str>,
        known: Vec<Arc<str>>,
    },
    /// Something that would be lost.
    Twice(Box<str>),
    /// There are two of this name: fields of a struct, or variants of an enum.
    Ambiguous(&'static str, Arc<str>),
    /// A value can't be written.
    Refused(crate::Error),
}

/// One step from a value to a value in it.
#[derive(Debug)]
pub(super) enum Step {
    /// To a field, or to the content of a variant.
    Name(Arc<str>),
    /// To an item.
    Index(usize),
    /// To the value of a key.
    Key(Box<str>),
    /// To the key of an entry.
    Entry(usize),
}

impl Failure {
    pub(super) fn new(cause: Cause) -> Self {
        Self(Box::new(Report { cause, path: Vec::new(), offset: None }))
    }

    pub(super) fn mismatch(expected: impl Into<Box<str>>, found: &Value) -> Self {
        Self::new(Cause::Mismatch { expected: expected.into(), found: shown(found) })
    }

    /// Says that it happened one step further in.
    pub(super) fn inside(mut self, step: Step) -> Self {
        self.0.path.push(step);
        self
    }

    /// Says where in the bytes it happened, unless that is said.
    pub(super) fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self::new(cause)
    }
}

/// A value as text, as much of it as a message needs.
pub(super) fn shown(value: &Value) -> Box<str> {
    let mut text = Short(String::new());
    // It fails where the text gets too long, before the rest of the value is looked at.
    if write!(text, "{value}").is_err() {
        text.0.push('…');
    }
    text.0.into()
}

/// A text that takes no more than is shown.
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = SHOWN_BYTES.saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        self.0.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
        Err(fmt::Error)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { cause, path, offset } = &*self.0;
        if !path.is_empty() {
            f.write_char('`')?;
            for (position, step) in path.iter().rev().enumerate() {
                step.write(f, position == 0)?;
            }
            f.write_char('`')?;
        }
        match offset {
            Some(offset) if path.is_empty() => write!(f, "at byte {offset}: ")?,
            Some(offset) => write!(f, " at byte {offset}: ")?,
            None if path.is_empty() => {}
            None => f.write_str(": ")?,
        }
        cause.fmt(f)
    }
}

impl Step {
    pub(super) fn index(index: u64) -> Self {
        Self::Index(usize::try_from(index).unwrap_or(usize::MAX))
    }

    pub(super) fn entry(index: u64) -> Self {
        Self::Entry(usize::try_from(index).unwrap_or(usize::MAX))
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, is_first: bool) -> fmt::Result {
        match self {
            Self::Name(name) if is_first => f.write_str(name),
            Self::Name(name) => write!(f, ".{name}"),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(key) => write!(f, "[{key}]"),
            Self::Entry(index) => write!(f, "[key {index}]"),
        }
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes { wanted, source } => write!(f, "expected {wanted}: {source}"),
            Self::NoVariant { number, count } => {
                write!(f, "variant number {number} of an enum with {count}")
            }
            Self::NoType => f.write_str("the descriptor refers to a type that it does not have"),
            Self::NoKey => f.write_str(
                "the descriptor is of a type and not of a collection: it says nothing of keys",
            ),
            Self::Deep(most) => write!(f, "values are nested more than {most} deep"),
            Self::Many(most) => write!(f, "there are more than {most} values in it"),
            Self::Left(bytes) => write!(f, "{bytes} bytes are left over"),
            Self::Mismatch { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::Missing(name) => write!(f, "the field `{name}` is missing"),
            Self::Unknown { what, name, known } => {
                write!(f, "there is no {what} `{name}`; there is {}", list(known))
            }
            Self::Twice(what) => write!(f, "{what} is there twice"),
            Self::Ambiguous(what, name) => write!(f, "two {what} have the name `{name}`"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.cause {
            Cause::Bytes { source, .. } => Some(source),
            Cause::Refused(source) => Some(source),
            _ => None,
        }
    }
}

/// Names as a list for people, not too long a one.
pub(super) fn list(names: &[Arc<str>]) -> String {
    const SHOWN: usize = 20;
    let mut text: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        text.push("none".to_owned());
    }
    if names.len() > SHOWN {
        text.push(format!("{} more", names.len() - SHOWN));
    }
    text.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_reads_from_the_outside_in() {
        let failure = || Failure::new(Cause::Left(3));
        assert_eq!(failure().to_string(), "3 bytes are left over");
        assert_eq!(failure().at(7).at(9).to_string(), "at byte 7: 3 bytes are left over");
        let inside = failure().inside(Step::Name("name".into())).inside(Step::Index(2));
        let inside = inside.inside(Step::Key("\"x\"".into())).inside(Step::Name("users".into()));
        assert_eq!(inside.to_string(), "`users[\"x\"][2].name`: 3 bytes are left over");
        let key = failure().inside(Step::Entry(4)).at(1);
        assert_eq!(key.to_string(), "`[key 4]` at byte 1: 3 bytes are left over");
    }

    #[test]
    fn long_and_deep_values_are_shown_in_part() {
        let long = shown(&Value::from("ä".repeat(1_000)));
        assert!(long.len() < 70 && long.ends_with("ä…"), "{long}");
        assert_eq!(&*shown(&Value::from("x".repeat(58))), format!("\"{}\"", "x".repeat(58)));
        // So deep that writing all of it would exhaust the stack.
        let mut deep = Value::Null;
        for _ in 0..100_000 {
            deep = Value::Sequence(vec![deep]);
        }
        assert!(shown(&deep).ends_with("[…"));
        // Dropping it must not recurse either.
        while let Value::Sequence(mut inner) = deep {
            deep = inner.pop().unwrap_or_default();
        }
    }
}
