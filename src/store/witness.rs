//! Whether the log still is the one that it was.
//!
//! Each frame of the log has a hash of itself and of everything before it. The last one stands for the
//! whole history: who keeps it outside of the store can tell later whether that history was changed, even
//! by somebody who could compute all checksums and hashes anew. It takes no secret, and nothing but the
//! hash to be kept.

use crate::codec::hexadecimal;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::log::reader::LogReader;
use crate::when::Version;
use std::fmt;
use std::str::FromStr;

/// The version that a log ends with, and the hash of all that it was made of. Given by
/// [`Store::head`](crate::Store::head).
///
/// As text it is `version:hash`, the hash in 64 hexadecimal digits, and read back from that:
///
/// ```
/// # fn main() -> folio::Result<()> {
/// # let directory = tempfile::tempdir().unwrap();
/// # let store = folio::Store::open(directory.path().join("store"))?;
/// let head = store.head()?;
/// let kept: folio::Head = head.to_string().parse()?;
/// assert_eq!(kept, head);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// The version.
    pub version: Version,
    /// The hash.
    pub hash: [u8; 32],
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.version, hexadecimal(&self.hash))
    }
}

impl FromStr for Head {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| Error::decode("folio::Head", NotAHead))
    }
}

fn parse(text: &str) -> Option<Head> {
    let (version, digits) = text.trim().split_once(':')?;
    let digit =
        |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = digits.as_bytes().iter().map(digit).collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let hash: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    Some(Head { version: Version::new(version.parse().ok()?), hash: hash.try_into().ok()? })
}

/// Why a text is no head.
#[derive(Debug, thiserror::Error)]
#[error("expected the number of a version, a colon, and 64 hexadecimal digits")]
struct NotAHead;

/// Walks the log from its beginning and looks for the place that the witness was taken at.
pub(super) fn check(engine: &Engine, witness: &Head) -> Result<Head> {
    let mut reader = engine.read_log(0)?;
    let (first, chain) = match &reader {
        Some(reader) => (reader.version(), reader.chain()),
        // A checkpoint may stand for all of it.
        None => engine.head()?,
    };
    if witness.version.number() < first {
        return Err(Error::OutOfHistory { oldest: Version::new(first) });
    }
    let mut end = Head { version: Version::new(first), hash: chain };
    let mut is_found = end == *witness;
    // The chain of each frame is computed anew by the reader.
    while let Some(reader) = &mut reader
        && reader.next_frame()?.is_some()
    {
        end = head(reader);
        is_found |= end == *witness;
    }
    if is_found {
        return Ok(end);
    }
    let version = witness.version;
    let found = if end.version < version {
        format!("the log ends with version {}", end.version)
    } else {
        "its history up to there has another hash".to_owned()
    };
    Err(Error::WitnessMismatch { version, found })
}

fn head(reader: &LogReader) -> Head {
    Head { version: Version::new(reader.version()), hash: reader.chain() }
}
