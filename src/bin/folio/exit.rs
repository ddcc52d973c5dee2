//! What a run ends with: the exit codes, and what is said on stderr.
//!
//! | code | meaning |
//! |----:|---|
//! | 0 | done; also where whoever read the output stopped reading |
//! | 1 | what was asked for is not there: a store, a collection, a key, a version |
//! | 2 | the arguments or the input make no sense |
//! | 3 | a conflict or a constraint: a key that is there, a record that does not fit, a limit |
//! | 4 | something is damaged, or of a format that this program does not know |
//! | 5 | the store is open for writing elsewhere |
//! | 6 | a key is wrong, missing, superfluous, or none |
//! | 7 | input or output failed, on disk or on the way |

use crate::{color, holder};
use folio::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// What a command gives.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a run is not simply done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no more to do and nothing to say: whoever read the output stopped, or help was asked for.
    Stopped,
    /// Somebody asked for the end with Ctrl-C.
    Interrupted,
    /// Something is not there, which the output tells.
    Missing,
    /// Something is damaged, which the output tells.
    Damaged,
    /// The arguments make no sense, which was said already.
    UsageTold,
    /// What was asked for is not there.
    NotFound(String),
    /// The arguments or the input make no sense.
    Usage(String),
    /// What was given does not fit the store.
    Constraint(String),
    /// Something is wrong with a key.
    Key(String),
    /// Reading or writing something that is no store failed.
    Io { what: String, source: io::Error },
    /// The library said so; of the store in this directory.
    Library { source: Box<Error>, store: Option<PathBuf> },
}

impl From<Error> for Failure {
    fn from(source: Error) -> Self {
        if matches!(source, Error::Cancelled) {
            return Self::Interrupted;
        }
        Self::Library { source: Box::new(source), store: None }
    }
}

impl Failure {
    /// A failure of stdout, which may be no failure.
    pub(crate) fn of_stdout(source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::BrokenPipe => Self::Stopped,
            _ => Self::Io { what: "could not write to stdout".to_owned(), source },
        }
    }

    /// A failure about the store in a directory.
    pub(crate) fn about(self, path: impl Into<PathBuf>) -> Self {
        match self {
            Self::Library { source, store: None } => {
                Self::Library { source, store: Some(path.into()) }
            }
            other => other,
        }
    }

    /// Whether it is that nothing can be written.
    pub(crate) fn is_read_only(&self) -> bool {
        matches!(self, Self::Library { source, .. } if matches!(**source, Error::ReadOnly))
    }

    /// The collection that is not there, if that is what failed.
    pub(crate) fn missing_collection(&self) -> Option<&str> {
        match self {
            Self::Library { source, .. } => match &**source {
                Error::NotFound { collection, key: None } => Some(collection),
                _ => None,
            },
            _ => None,
        }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Stopped => 0,
            Self::Missing | Self::NotFound(_) => 1,
            Self::UsageTold | Self::Usage(_) => 2,
            Self::Constraint(_) => 3,
            Self::Damaged => 4,
            Self::Key(_) => 6,
            Self::Io { .. } => 7,
            // As shells have it.
            Self::Interrupted => 130,
            Self::Library { source, .. } => code_of_error(source),
        }
    }

    /// What is said of it, if anything is left to say.
    fn message(&self) -> Option<String> {
        match self {
            Self::Stopped | Self::Missing | Self::Damaged | Self::UsageTold => None,
            Self::Interrupted => Some("stopped".to_owned()),
            Self::NotFound(text) | Self::Usage(text) | Self::Constraint(text) | Self::Key(text) => {
                Some(text.clone())
            }
            Self::Io { what, source } => Some(format!("{what}: {source}")),
            Self::Library { source, store } => Some(told(source, store.as_ref())),
        }
    }
}

fn code_of_error(error: &Error) -> u8 {
    match error {
        Error::NotFound { .. } | Error::OutOfHistory { .. } | Error::NotYet { .. } => 1,
        Error::Io { source, op, .. } if is_missing(source, op) => 1,
        Error::NotAStore { .. }
        | Error::IsBackup { .. }
        | Error::NotABackup { .. }
        | Error::OtherBackup { .. }
        | Error::NotTheArchive { .. }
        | Error::ReadOnly => 2,
        Error::Conflict { .. }
        | Error::KeyExists { .. }
        | Error::TargetExists { .. }
        | Error::UniqueViolation { .. }
        | Error::KeyChanged { .. }
        | Error::SchemaMismatch { .. }
        | Error::Encode { .. }
        | Error::TooLarge { .. }
        | Error::MemoryLimit { .. }
        | Error::Migration { .. }
        | Error::Abort(_) => 3,
        Error::Corrupt { .. }
        | Error::CorruptExport { .. }
        | Error::NotAnExport { .. }
        | Error::Decode { .. }
        | Error::MissingSegment { .. }
        | Error::MissingFeature { .. }
        | Error::UnsupportedFormat { .. }
        | Error::WitnessMismatch { .. } => 4,
        Error::NotImported { source, .. } => code_of_error(source),
        Error::Locked { .. } => 5,
        Error::WrongKey | Error::InvalidKey { .. } | Error::NotEncrypted => 6,
        _ => 7,
    }
}

/// Whether something is not there, and not only a place for what is to be made.
fn is_missing(source: &io::Error, op: &str) -> bool {
    source.kind() == io::ErrorKind::NotFound && op != "create"
}

/// An error in the words of the command line, where the library's advice is for programs.
fn told(error: &Error, store: Option<&PathBuf>) -> String {
    let place =
        store.map_or_else(|| "the store".to_owned(), |path| format!("`{}`", path.display()));
    match error {
        Error::Io { source, op, .. } if is_missing(source, op) => {
            format!(
                "{error}\nis {place} there? `set`, `batch`, `import` and `restore` make a store"
            )
        }
        Error::NotFound { collection, key: None } => format!(
            "there is no collection `{collection}` in {place}; `folio collections` lists those that are there"
        ),
        Error::Locked { path } => format!(
            "`{}` is open for writing {}; close it there first. Commands that only read (get, scan, count, log, …) work beside it",
            path.display(),
            holder::place_of(path)
        ),
        Error::WrongKey => format!(
            "{place} is encrypted with another key than the one given, or none was given; give its key in FOLIO_KEY, with --key-file or --ask-key"
        ),
        Error::InvalidKey { reason } => format!(
            "the key can't be used: {reason}; give 32, 48 or 64 hexadecimal digits, or a passphrase"
        ),
        Error::NotEncrypted => format!("{place} is not encrypted, so its key can't be changed"),
        Error::Corrupt { file, offset, expected, found } => format!(
            "`{}` is damaged at byte {offset}: expected {expected}, found {found}; nothing was changed: `folio verify` lists all damage, `folio restore` makes a store of a backup, `folio repair` one of all that is intact",
            file.display()
        ),
        Error::IsBackup { path } => format!(
            "`{}` is a backup and not a store; make a store of it with `folio --file STORE restore {}`",
            path.display(),
            path.display()
        ),
        Error::NotImported { line, collection, key: Some(key), source }
            if source.is_constraint() =>
        {
            let what = match &**source {
                Error::UniqueViolation { .. } => "another record has its value in a unique index",
                _ => "that key is there already",
            };
            format!(
                "line {line} of the export: collection `{collection}`, key {key}: {what}; --merge says what becomes of records that are there: keep, replace"
            )
        }
        Error::NotAnExport { line: 1, .. } => {
            format!("{error}\nlines of JSON that `folio export` did not write are for `folio load`")
        }
        Error::OutOfHistory { oldest } => format!(
            "that version is not kept any more, the oldest is {oldest}; a store that is opened with --ledger keeps all from then on"
        ),
        other => other.to_string(),
    }
}

/// Says on stderr why a run failed, and gives its exit code.
pub(crate) fn code_of(done: Result<()>) -> ExitCode {
    let Err(failure) = done else { return ExitCode::SUCCESS };
    if let Some(message) = failure.message() {
        let _ = writeln!(io::stderr(), "{} {message}", color::alarm("folio:"));
    }
    ExitCode::from(failure.code())
}

/// Says on stderr what is wrong with the arguments, in the words of who took them apart.
pub(crate) fn say_usage(message: &str) {
    let text = match message.strip_prefix("error:") {
        Some(rest) => format!("{}{rest}", color::alarm("error:")),
        None => message.to_owned(),
    };
    let _ = write!(io::stderr(), "{text}");
}

/// A message on stderr. If nobody takes it, there is nobody to tell.
pub(crate) fn say(message: &str) {
    let _ = writeln!(io::stderr(), "folio: {message}");
}
