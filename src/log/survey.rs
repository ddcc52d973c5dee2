//! Going through a log that may be damaged, to say all that is wrong with it and to find all that is not.
//!
//! [`scan`](super::scan) stops at the first damage, since a store must not be opened behind it. A [`Walk`]
//! goes on: where bytes are no frame, it looks for the next intact frame of the same store and takes that up. The
//! frame itself says which version it stands behind, and so how many commits are missing before it.
//!
//! # What is taken for intact
//!
//! A frame counts if its checksum is right, it is linked to the frame before it by the chain, and its payload
//! comes out of its envelope. Behind a gap there is no frame before it to be linked to, so there the checksum
//! alone counts; the frames behind that one are linked to it. A frame whose link is broken although
//! nothing is missing before it was altered by somebody who computed the checksum anew, or what is before it
//! was: it is left out. Who computes the whole chain anew is found by a witness alone.
//!
//! A frame that says to stand before what was seen already, or so far behind it that nobody can have lost
//! so much ([`walk`]), is misplaced, and left out too.
//!
//! # What is no damage
//!
//! The torn end of the last segment of a store that nobody has open, by the rule that
//! [`scan`](super::scan) has; and of one that is open, whatever stands behind the version that was written
//! when the walk began.

mod walk;

pub(crate) use walk::Walk;

use crate::error::Result;
use crate::log::frame::Chain;
use std::ops::Range;
use std::path::PathBuf;

/// Versions that follow each other; where the last one is not known, all behind the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) first: u64,
    pub(crate) last: Option<u64>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) file: PathBuf,
    pub(crate) offset: u64,
    pub(crate) expected: String,
    pub(crate) found: String,
    /// The versions whose commits it concerns.
    pub(crate) versions: Option<Missing>,
}

/// What a walk comes across, in the order of the log.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// An intact frame.
    Frame(&'a Intact<'a>),
    /// Commits that are not there before what follows.
    Lost(Missing),
    Wrong(Wrong),
    /// An end that a crash tore.
    Torn {
        file: PathBuf,
        offset: u64,
        bytes: u64,
    },
}

/// An intact frame, opened.
#[derive(Debug)]
pub(crate) struct Intact<'a> {
    pub(crate) file: PathBuf,
    pub(crate) offset: u64,
    /// The version before its first commit.
    pub(crate) base: u64,
    /// The version behind its last.
    pub(crate) version: u64,
    pub(crate) chain: Chain,
    payload: &'a [u8],
    commits: Vec<Range<usize>>,
}

impl Intact<'_> {
    /// Its commits, each with its version.
    pub(crate) fn commits(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let bytes = |range: &Range<usize>| self.payload.get(range.clone()).unwrap_or_default();
        (self.base + 1..).zip(self.commits.iter().map(bytes))
    }
}

/// Takes what is found. An error ends the walk.
pub(crate) type Take<'a> = dyn FnMut(Found<'_>) -> Result<()> + 'a;
