//! Whether comma-separated values end within quotes, which who takes them apart does not tell: a file that was cut off, or a
//! quote too many, would make one cell of all that follows.

use std::io::{self, Read};

/// A reader that knows whether what it has given ends within a quoted cell (RFC 4180).
pub(super) struct Quoted<R> {
    inner: R,
    separator: u8,
    place: Place,
}

/// Where in a cell the last byte was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// None of it was there yet.
    Begin,
    Bare,
    Within,
    /// At a quote in quotes, which ends them unless another one follows.
    AtQuote,
}

impl<R> Quoted<R> {
    pub(super) fn new(inner: R, separator: u8) -> Self {
        Self { inner, separator, place: Place::Begin }
    }

    /// Whether the quotes have not ended.
    pub(super) fn is_open(&self) -> bool {
        self.place == Place::Within
    }
}

impl Place {
    fn behind(self, byte: u8, separator: u8) -> Self {
        match (self, byte) {
            (Self::Within, b'"') => Self::AtQuote,
            (Self::Begin | Self::AtQuote, b'"') | (Self::Within, _) => Self::Within,
            (_, b'\n' | b'\r') => Self::Begin,
            (_, byte) if byte == separator => Self::Begin,
            _ => Self::Bare,
        }
    }
}

impl<R: Read> Read for Quoted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let bytes = buffer.iter().take(count);
        self.place = bytes.fold(self.place, |place, byte| place.behind(*byte, self.separator));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_that_do_not_end_are_told() {
        for (text, is_open) in [
            ("", false),
            ("a,b\n1,2\n", false),
            ("a,\"b\"\n", false),
            ("a,\"b\"", false),
            ("a,\"b\"\"\"\n", false),
            ("a,\"b\"\"\n", true),
            ("a,\"b\n1,2\n", true),
            ("\"", true),
            ("a,5\" pipe\n", false),
            ("a,\"b\" c\"\n", false),
            ("a,\"b,\n\"\r\n", false),
        ] {
            for separator in [',', ';', '\t'] {
                let text = text.replace(',', &separator.to_string());
                let mut quoted = Quoted::new(text.as_bytes(), separator as u8);
                io::copy(&mut quoted, &mut io::sink()).unwrap();
                assert_eq!(quoted.is_open(), is_open, "{text:?}");
            }
        }
    }
}
