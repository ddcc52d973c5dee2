//! The files of a store's log, for whoever reads it beside the writer: which segments there are, in the store's
//! directory or in an archive, and what to say of one that is not there.
//!
//! A segment that is not there may be damage; or a checkpoint stands for it, so that it was removed, which is
//! what happens to a store that is no ledger; or it is one of a ledger and was moved to an
//! [`archive`](super::archive) that was not given. What checkpoints make superfluous is removed in any order, as far as a
//! crash lets it, so of a store that is no ledger only the segments count that have no gap behind them.

use crate::envelope::cipher::Gcm;
use crate::envelope::keyring::Keyring;
use crate::error::{Error, Result};
use crate::log::archive::WithArchive;
use crate::log::checkpoint;
use crate::log::segment::{self, BadHeader, FORMAT_VERSION, FileKind, HEADER_BYTES};
use crate::media::Medium;
use crate::when::Version;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// The files of a store's log.
#[derive(Debug, Clone)]
pub(crate) struct LogFiles {
    /// All of them.
    pub(crate) medium: Arc<dyn Medium>,
    pub(crate) keyring: Arc<Keyring>,
    /// Those in the store's own directory, which are the same where there is no archive.
    store: Arc<dyn Medium>,
    /// The first segment of a ledger.
    ledger: Option<u64>,
    archive: Option<PathBuf>,
}

impl LogFiles {
    /// Files that are all in one directory.
    pub(crate) fn of(medium: Arc<dyn Medium>, keyring: Arc<Keyring>) -> Self {
        Self { store: medium.clone(), medium, keyring, ledger: None, archive: None }
    }

    /// The files of a ledger, which begins with a segment, some of them perhaps in an archive.
    pub(crate) fn of_ledger(
        store: Arc<dyn Medium>,
        archive: Option<Arc<dyn Medium>>,
        first: u64,
        keyring: Arc<Keyring>,
    ) -> Self {
        let path = archive.as_ref().map(|archive| archive.path(""));
        let medium = archive.map_or_else(
            || store.clone(),
            |archive| Arc::new(WithArchive::new(store.clone(), archive, first)),
        );
        Self { medium, keyring, store, ledger: Some(first), archive: path }
    }

    /// Whether the store's own directory has the beginning of the log.
    pub(crate) fn begins_in_store(&self) -> Result<bool> {
        let newest = self.newest_checkpoint()?;
        Ok(newest == 0 || self.numbers(&*self.store)?.first() == Some(&1))
    }

    /// The header of the segment that has the commit behind version `from`, or of the first one where none has;
    /// `None` where there are no segments.
    pub(super) fn find(&self, from: u64, until: u64) -> Result<Option<segment::Header>> {
        let header = loop {
            let mut listed = self.numbers(&*self.store)?;
            let mut first = self.last_before(&listed, from)?;
            if self.archive.is_some() && first.as_ref().is_none_or(|header| header.base > from) {
                listed = self.numbers(&*self.medium)?;
                first = self.last_before(&listed, from)?;
            }
            match (first, listed.first()) {
                (Some(header), _) => break header,
                // A checkpoint may stand for all of the log.
                (None, None) if from < until => {
                    let missing = self.missing_before(self.newest_checkpoint()?);
                    return missing.map_or(Ok(None), Err);
                }
                // It went meanwhile.
                (None, Some(number)) if !self.numbers(&*self.medium)?.contains(number) => {}
                (None, Some(number)) if until > 0 => {
                    return Err(Error::Corrupt {
                        file: self.medium.path(&segment::file_name(*number)),
                        offset: 0,
                        expected: "the header of a segment".to_owned(),
                        found: format!("other bytes, though version {until} was written"),
                    });
                }
                (None, _) => return Ok(None),
            }
        };
        if header.base > from
            && let Some(missing) = self.missing_before(header.number)
        {
            return Err(missing);
        }
        Ok(Some(header))
    }

    /// The header of the last of these segments that begins with version `from` or before; of the first
    /// one where none does. A segment without an intact header counts as one behind.
    fn last_before(&self, numbers: &[u64], from: u64) -> Result<Option<segment::Header>> {
        let (mut found, mut rest) = (None, numbers);
        while !rest.is_empty() {
            let (before, behind) = rest.split_at(rest.len() / 2);
            let Some((middle, behind)) = behind.split_first() else { break };
            rest = match self.header(*middle)? {
                Some(header) if header.base <= from => {
                    found = Some(header);
                    behind
                }
                _ => before,
            };
        }
        match (found, numbers.first()) {
            (None, Some(first)) => self.header(*first),
            (found, _) => Ok(found),
        }
    }

    /// The numbers of the segments in a directory, in order. What a crash left of those that a checkpoint had made
    /// superfluous is not among them: there may be gaps in that.
    fn numbers(&self, medium: &dyn Medium) -> Result<Vec<u64>> {
        let names = list(medium)?;
        let mut numbers: Vec<u64> =
            names.iter().filter_map(|name| segment::number_of(name)).collect();
        numbers.sort_unstable();
        if self.ledger.is_some() {
            return Ok(numbers);
        }
        let newest = names.iter().filter_map(|name| checkpoint::number_of(name)).max().unwrap_or(0);
        let mut from = numbers.partition_point(|number| *number < newest);
        let mut expected = newest;
        while let Some(before) = from.checked_sub(1)
            && numbers.get(before).copied() == expected.checked_sub(1)
        {
            (from, expected) = (before, expected - 1);
        }
        Ok(numbers.split_off(from))
    }

    /// The number of the newest checkpoint; 0 where there is none.
    pub(super) fn newest_checkpoint(&self) -> Result<u64> {
        let names = list(&*self.store)?;
        Ok(names.iter().filter_map(|name| checkpoint::number_of(name)).max().unwrap_or(0))
    }

    /// That of a ledger the segment before this one is missing; `None` where nothing is.
    fn missing_before(&self, number: u64) -> Option<Error> {
        let first = self.ledger?;
        (first < number).then(|| self.missing(number - 1))
    }

    fn missing(&self, number: u64) -> Error {
        let file = self.store.path(&segment::file_name(number));
        Error::MissingSegment { file, archive: self.archive.clone() }
    }

    /// What to say of a segment that is not there: that it was removed because a checkpoint stands for it, or
    /// moved to an archive that was not given. `None` where it should be there.
    pub(super) fn gone(&self, number: u64) -> Result<Option<Error>> {
        let newest = self.newest_checkpoint()?;
        if number >= newest {
            return Ok(None);
        }
        if self.ledger.is_some_and(|first| first <= number) {
            return Ok(Some(self.missing(number)));
        }
        let oldest = match self.numbers(&*self.store)?.first() {
            Some(first) => self.header(*first)?.map(|header| header.base),
            None => None,
        };
        let oldest = match oldest {
            Some(oldest) => oldest,
            None => checkpoint::read(&*self.store, &self.keyring, newest)?.place.version,
        };
        Ok(Some(Error::OutOfHistory { oldest: Version::new(oldest) }))
    }

    /// The key of a segment's frames.
    pub(super) fn key(&self, header: &segment::Header) -> Result<Option<Gcm>> {
        let key = self.keyring.for_segment(header.number, &header.mark);
        key.map_err(|expected| Error::Corrupt {
            file: self.medium.path(&segment::file_name(header.number)),
            offset: 0,
            expected,
            found: "a segment that says otherwise".to_owned(),
        })
    }

    /// The header of a segment; `None` where there is no such segment, or its creation is not done.
    pub(super) fn header(&self, number: u64) -> Result<Option<segment::Header>> {
        let name = segment::file_name(number);
        let bytes = match self.medium.read_part(&name, 0, HEADER_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(self.medium.path(&name), "read", error)),
        };
        match segment::Header::parse(&bytes, FileKind::Segment) {
            Ok(header) if header.store == self.keyring.store() && header.number == number => {
                Ok(Some(header))
            }
            Ok(_) => Err(Error::Corrupt {
                file: self.medium.path(&name),
                offset: 0,
                expected: format!("segment {number} of this store"),
                found: "another segment, or one of another store".to_owned(),
            }),
            Err(BadHeader::Damaged) => Ok(None),
            Err(BadHeader::Version(found)) => {
                Err(Error::UnsupportedFormat { found, supported: FORMAT_VERSION })
            }
        }
    }
}

/// The names in a directory.
fn list(medium: &dyn Medium) -> Result<Vec<String>> {
    medium.list().map_err(|error| Error::io(medium.path(""), "list", error))
}
