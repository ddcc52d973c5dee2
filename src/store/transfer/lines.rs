//! Lines that are counted, hashed and, where a key is given, encrypted.

use crate::envelope::key::EncryptionKey;
use crate::envelope::stream::{MAGIC, Opener, Sealer, not_given, not_taken};
use crate::error::{Error, Result};
use sha2::{Digest, Sha256};
use std::io::{BufWriter, Read, Write};

/// How much is read at once.
const READ_BYTES: usize = 64 << 10;

/// Where lines go.
enum Out<W: Write> {
    Plain(BufWriter<W>),
    Sealed(Sealer<W>),
}

/// Writes lines.
pub(super) struct LineWriter<W: Write> {
    out: Out<W>,
    hash: Sha256,
    pub(super) bytes: u64,
}

impl<W: Write> LineWriter<W> {
    pub(super) fn new(out: W, key: Option<&EncryptionKey>) -> Result<Self> {
        let out = match key {
            None => Out::Plain(BufWriter::with_capacity(READ_BYTES, out)),
            Some(key) => Out::Sealed(Sealer::new(out, key)?),
        };
        Ok(Self { out, hash: Sha256::new(), bytes: 0 })
    }

    /// Writes a line, which has its end.
    pub(super) fn line(&mut self, line: &str) -> Result<()> {
        self.hash.update(line);
        self.bytes += line.len() as u64;
        match &mut self.out {
            Out::Plain(out) => out.write_all(line.as_bytes()).map_err(not_taken),
            Out::Sealed(out) => out.write(line.as_bytes()),
        }
    }

    /// The SHA-256 of all lines so far.
    pub(super) fn sha256(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    pub(super) fn finish(self) -> Result<()> {
        match self.out {
            Out::Plain(mut out) => out.flush().map_err(not_taken),
            Out::Sealed(out) => out.finish(),
        }
    }
}

/// Where lines come from.
enum From<R> {
    Plain(R),
    Sealed(Box<Opener<R>>),
}

/// Reads lines.
pub(super) struct LineReader<R> {
    from: From<R>,
    hash: Sha256,
    /// What was read and is not of a line yet, from `start` on.
    buffer: Vec<u8>,
    start: usize,
    chunk: Vec<u8>,
    most_bytes: usize,
    /// The number of the line that was read last.
    pub(super) number: u64,
    /// The size of the lines that were read.
    pub(super) bytes: u64,
}

impl<R: Read> LineReader<R> {
    /// Looks at what it is, and whether the key fits.
    pub(super) fn new(mut from: R, key: Option<&EncryptionKey>, most_bytes: usize) -> Result<Self> {
        let mut start = Vec::new();
        (&mut from).take(MAGIC.len() as u64).read_to_end(&mut start).map_err(not_given)?;
        let (from, buffer) = match (start == MAGIC, key) {
            (true, Some(key)) => (From::Sealed(Box::new(Opener::new(from, key)?)), Vec::new()),
            (true, None) => return Err(Error::WrongKey),
            (false, None) => (From::Plain(from), start),
            (false, Some(_)) => {
                return Err(Error::NotAnExport {
                    line: 1,
                    expected: "an encrypted export, since there is a key".to_owned(),
                    found: "one that is not encrypted".to_owned(),
                });
            }
        };
        let (hash, chunk) = (Sha256::new(), Vec::new());
        Ok(Self { from, hash, buffer, start: 0, chunk, most_bytes, number: 0, bytes: 0 })
    }

    /// The SHA-256 of the lines before the one that was read last, and of those before it.
    pub(super) fn sha256(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }

    /// Takes a line that was read into the hash.
    pub(super) fn accept(&mut self, line: &str) {
        self.hash.update(line);
        self.hash.update(b"\n");
    }

    /// The next line, without its end; `None` where there is none.
    pub(super) fn next(&mut self) -> Result<Option<String>> {
        let mut looked = self.start;
        loop {
            let unseen = self.buffer.get(looked..).unwrap_or_default();
            if let Some(length) = unseen.iter().position(|byte| *byte == b'\n') {
                return self.take(looked + length).map(Some);
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            looked = self.buffer.len();
            if looked > self.most_bytes {
                self.number += 1;
                let expected = format!("a line of at most {} bytes", self.most_bytes);
                return Err(self.error(&expected, "a longer one"));
            }
            if !self.fill()? {
                self.number += 1;
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(self.error("a whole line", "the end in the middle of it"))
                };
            }
        }
    }

    fn take(&mut self, end: usize) -> Result<String> {
        self.number += 1;
        let line = self.buffer.get(self.start..end).unwrap_or_default();
        if line.len() > self.most_bytes {
            let expected = format!("a line of at most {} bytes", self.most_bytes);
            return Err(self.error(&expected, "a longer one"));
        }
        let line = str::from_utf8(line).map(str::to_owned);
        let line = line.map_err(|error| self.error("UTF-8", &format!("{error}")))?;
        self.start = end + 1;
        self.bytes += line.len() as u64 + 1;
        Ok(line)
    }

    fn fill(&mut self) -> Result<bool> {
        match &mut self.from {
            From::Sealed(from) => {
                let is_more = from.next(&mut self.chunk)?;
                self.buffer.extend_from_slice(&self.chunk);
                Ok(is_more)
            }
            From::Plain(from) => {
                let read = from.take(READ_BYTES as u64).read_to_end(&mut self.buffer);
                Ok(read.map_err(not_given)? > 0)
            }
        }
    }

    /// What is wrong with the line that was read last.
    pub(super) fn error(&self, expected: &str, found: &str) -> Error {
        let (expected, found) = (expected.to_owned(), found.to_owned());
        Error::NotAnExport { line: self.number, expected, found }
    }
}
