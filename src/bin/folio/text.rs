//! What goes in and out: stdin, stdout, files.

use crate::exit::{Failure, Result};
use crate::interrupt;
use std::io::{self, BufWriter, Read, StdoutLock, Write};

/// Stdout, whose end is no failure.
pub(crate) struct Stdout {
    out: BufWriter<StdoutLock<'static>>,
}

impl Stdout {
    pub(crate) fn new() -> Self {
        Self { out: BufWriter::with_capacity(64 << 10, io::stdout().lock()) }
    }

    pub(crate) fn write(&mut self, text: &str) -> Result<()> {
        interrupt::check()?;
        self.out.write_all(text.as_bytes()).map_err(Failure::of_stdout)
    }

    pub(crate) fn line(&mut self, text: &str) -> Result<()> {
        self.write(text)?;
        self.write("\n")
    }

    /// Hands over what is not handed over yet: without this, a failure would go unseen.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.out.flush().map_err(Failure::of_stdout)
    }
}

/// A line on stdout.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = Stdout::new();
    out.line(text)?;
    out.finish()
}

/// An argument, or all of stdin for `-`.
pub(crate) fn argument_or_stdin(argument: &str) -> Result<String> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let mut text = String::new();
    io::stdin().lock().read_to_string(&mut text).map_err(of_stdin)?;
    Ok(text)
}

/// A failure of stdin. What is no text is the fault of who wrote it.
pub(crate) fn of_stdin(source: io::Error) -> Failure {
    match source.kind() {
        io::ErrorKind::InvalidData => Failure::Usage("stdin is not text in UTF-8".to_owned()),
        _ => Failure::Io { what: "could not read stdin".to_owned(), source },
    }
}
