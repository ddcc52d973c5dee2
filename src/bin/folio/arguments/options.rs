//! What single commands take beside what goes with all of them.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Which records.
#[derive(Debug, Args)]
pub(crate) struct Narrowed {
    /// A condition: FIELD, one of = != < <= > >= ^= (begins with) *= (contains), and a value; several must all hold
    #[arg(short = 'w', long = "where", value_name = "CONDITION")]
    pub(crate) conditions: Vec<String>,
    /// Only keys that are texts and begin with this
    #[arg(long, value_name = "TEXT")]
    pub(crate) prefix: Option<String>,
    /// Only this key and those behind it
    #[arg(long, value_name = "KEY", allow_negative_numbers = true)]
    pub(crate) from: Option<String>,
    /// Only keys before this one
    #[arg(long, value_name = "KEY", allow_negative_numbers = true)]
    pub(crate) to: Option<String>,
}

/// Which records, in which order, and what of them.
#[derive(Debug, Args)]
pub(crate) struct Shown {
    /// Order by this field
    #[arg(short, long, value_name = "FIELD")]
    pub(crate) order: Option<String>,
    /// The other way round
    #[arg(short, long)]
    pub(crate) reverse: bool,
    /// At most so many
    #[arg(short = 'n', long, value_name = "COUNT")]
    pub(crate) limit: Option<usize>,
    /// Only these fields, with commas between them
    #[arg(long, value_delimiter = ',', value_name = "FIELDS")]
    pub(crate) fields: Vec<String>,
    /// Print values of documents with all marks of their kinds
    #[arg(long)]
    pub(crate) exact: bool,
}

/// What `scan` takes.
#[derive(Debug, Args)]
pub(crate) struct Selection {
    /// The collection, instead of --collection
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) narrowed: Narrowed,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

/// What `find` takes.
#[derive(Debug, Args)]
pub(crate) struct Wanted {
    /// The collection
    pub(crate) name: String,
    /// Conditions such as `city=London`; all must hold
    #[arg(required = true, value_name = "CONDITION")]
    pub(crate) conditions: Vec<String>,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

/// What `bench` takes.
#[derive(Debug, Args)]
pub(crate) struct BenchOptions {
    /// The directory, on the disk that is to be measured; else that for temporary files
    pub(crate) directory: Option<PathBuf>,
    /// How many records there are
    #[arg(long, default_value_t = 10_000, value_name = "COUNT")]
    pub(crate) records: usize,
    /// How many threads there are, where there are several
    #[arg(long, default_value_t = 4, value_name = "COUNT")]
    pub(crate) threads: usize,
    /// When a commit is done
    #[arg(long, value_enum, default_value_t = Lasting::Sync)]
    pub(crate) durability: Lasting,
}

/// What `load` takes.
#[derive(Debug, Args)]
pub(crate) struct LoadOptions {
    /// The file; stdin where there is none
    pub(crate) input: Option<PathBuf>,
    /// The columns that make the key, with commas between them; else it is the number of the row
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    pub(crate) key: Vec<String>,
    /// What becomes of rows whose keys are there
    #[arg(long, value_enum, default_value_t = MergeBy::Refuse)]
    pub(crate) merge: MergeBy,
    /// What the rows are; else lines of JSON where the first letter is a brace or a bracket
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    pub(crate) rows_as: Option<RowsAs>,
    /// What is between the cells of a row, instead of a comma: a character, or `tab`
    #[arg(long, value_parser = delimiter, value_name = "CHARACTER")]
    pub(crate) delimiter: Option<u8>,
}

/// What `load` reads.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RowsAs {
    /// Comma-separated values with a header
    Csv,
    /// An object of JSON on each line
    Jsonl,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(b'\t'),
        [byte] if !byte.is_ascii_alphanumeric() && !matches!(byte, b'"' | b'\n' | b'\r') => {
            Ok(*byte)
        }
        _ => Err("expected one character that is no letter, digit or quote, or `tab`".to_owned()),
    }
}

/// What `top` takes.
#[derive(Debug, Args)]
pub(crate) struct TopOptions {
    /// Seconds from one look to the next
    #[arg(short, long, default_value_t = 1.0, value_name = "SECONDS")]
    pub(crate) interval: f64,
    /// Print what one interval was like, and end
    #[arg(long)]
    pub(crate) once: bool,
    /// The file into which the program that writes the store puts its numbers, as Prometheus reads them
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
}

/// What has become of a commit when it is done.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Lasting {
    /// It is on disk
    Sync,
    /// The operating system has it
    Write,
    /// It is in memory, and is written soon
    Background,
}

/// What `import` does with keys that are there.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum MergeBy {
    /// End with an error
    Refuse,
    /// Keep what is there
    Keep,
    /// Put the new record in its place
    Replace,
    /// End with an error before anything is written to a collection that has records
    IntoEmpty,
}
