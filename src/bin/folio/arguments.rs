//! The arguments, and the only module that knows how they are taken apart.

mod options;

pub(crate) use options::{
    BenchOptions, Lasting, LoadOptions, MergeBy, Narrowed, RowsAs, Selection, Shown, TopOptions,
    Wanted,
};

use crate::color::{self, Color};
use crate::exit::{self, Failure, Result};
use crate::manual;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

/// A line of arguments.
#[derive(Debug, Parser)]
#[command(
    name = "folio",
    version,
    about = "Folio stores on the command line",
    after_help = "Keys of encrypted stores come from FOLIO_KEY or --key-file, never from an argument.\n\
        Exit codes: 0 done, 1 not found, 2 usage, 3 conflict or constraint, 4 damaged, 5 in use, 6 key, 7 input or output."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What goes with every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are flags, each of which can be given or not"
)]
pub(crate) struct Common {
    /// The directory of the store
    #[arg(short, long, global = true, env = "FOLIO_FILE", value_name = "STORE")]
    pub(crate) file: Option<PathBuf>,
    /// The collection
    #[arg(short, long, global = true, default_value = "documents", value_name = "NAME")]
    pub(crate) collection: String,
    /// The file that has the key, instead of `FOLIO_KEY`
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Ask for the key, without showing what is typed
    #[arg(long, global = true)]
    pub(crate) ask_key: bool,
    /// Read the version with this number, or the newest one of this time (RFC 3339, or a date, in UTC)
    #[arg(long, global = true, value_name = "VERSION|TIME")]
    pub(crate) at: Option<String>,
    /// Refuse to write
    #[arg(long, global = true)]
    pub(crate) read_only: bool,
    /// Keep all of the log from now on: goes with commands that write
    #[arg(long, global = true)]
    pub(crate) ledger: bool,
    /// The directory that older segments of the ledger were moved to
    #[arg(long, global = true, value_name = "DIRECTORY")]
    pub(crate) archive: Option<PathBuf>,
    /// Say nothing but data and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) format: FormatFlags,
}

/// How rows are printed: a table on a terminal, lines of JSON elsewhere.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags, of which one can be given")]
pub(crate) struct FormatFlags {
    /// One JSON array
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// A line of JSON for each row
    #[arg(long, global = true)]
    pub(crate) jsonl: bool,
    /// Comma-separated values, with a header
    #[arg(long, global = true)]
    pub(crate) csv: bool,
    /// A table
    #[arg(long, global = true)]
    pub(crate) table: bool,
    /// Whether there are colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Put a value under a key of a collection of documents
    Set {
        /// The key
        key: String,
        /// The value, as JSON; `-` reads it from stdin
        #[arg(allow_negative_numbers = true)]
        value: String,
    },
    /// Put a typed record, as JSON, in the place of the one with its key
    Put {
        /// The record, as JSON; `-` reads it from stdin
        record: String,
    },
    /// Print what is under a key, as JSON
    Get {
        /// The key: a text, or JSON for keys of other types
        #[arg(allow_negative_numbers = true)]
        key: String,
        /// Print a text as it is, without quotes
        #[arg(short, long)]
        raw: bool,
        /// Print values of documents with all marks of their kinds
        #[arg(long)]
        exact: bool,
    },
    /// Say whether there is something under a key: `true`, or `false` with exit code 1
    Has {
        /// The key
        #[arg(allow_negative_numbers = true)]
        key: String,
    },
    /// Print the keys, one on a line
    Keys {
        /// Only those that begin with this
        #[arg(long, value_name = "TEXT")]
        prefix: Option<String>,
        /// At most so many
        #[arg(short = 'n', long, value_name = "COUNT")]
        limit: Option<usize>,
    },
    /// Remove what is under keys, all in one commit
    Delete {
        /// The keys
        #[arg(required = true, allow_negative_numbers = true)]
        keys: Vec<String>,
    },
    /// Remove everything in the collection
    Clear,
    /// Make changes from stdin, all in one commit: lines `set KEY JSON`, `put JSON`, `delete KEY`
    Batch,
    /// List the collections
    Collections,
    /// Print what the records of a collection look like
    Schema {
        /// The collection, instead of --collection
        name: Option<String>,
    },
    /// Print records, in the order of their keys unless told otherwise
    Scan(Selection),
    /// Print the records for which conditions hold; exit code 1 where there are none
    Find(Wanted),
    /// Print how many records there are
    Count {
        /// The collection, instead of --collection
        name: Option<String>,
        #[command(flatten)]
        narrowed: Narrowed,
    },
    /// Print the commits in the log, oldest first
    Log {
        /// Only the last so many
        #[arg(short = 'n', long, value_name = "COUNT")]
        limit: Option<u64>,
        /// With all keys and records, as the audit trail has them
        #[arg(long)]
        full: bool,
        /// Each field that was changed, from what to what
        #[arg(long, conflicts_with = "full")]
        diff: bool,
    },
    /// Print what every commit made of the record under a key, oldest first
    History {
        /// The key
        #[arg(allow_negative_numbers = true)]
        key: String,
        /// Only the fields that were changed, from what to what
        #[arg(long)]
        diff: bool,
    },
    /// Print sizes and counts
    Stats {
        /// In the text format of Prometheus
        #[arg(long)]
        prometheus: bool,
    },
    /// Check everything that can be checked; exit code 4 where something is damaged
    Verify,
    /// Make a new store of everything that is intact in a damaged one
    Repair {
        /// The directory of the new store, empty or not there yet
        target: PathBuf,
    },
    /// Bring the files to their least size
    Compact,
    /// Make a backup, or continue the one that is there
    Backup {
        /// The directory of the backup
        directory: PathBuf,
    },
    /// Make the store, which is not there yet, of a backup
    Restore {
        /// The directory of the backup
        backup: PathBuf,
        /// Only up to this version, or the newest one of this time
        #[arg(long, value_name = "VERSION|TIME")]
        until: Option<String>,
    },
    /// Write all collections, or some, as lines of JSON that `import` reads
    Export {
        /// The file; stdout where there is none
        output: Option<PathBuf>,
        /// Only this collection; may be given several times
        #[arg(long = "only", value_name = "NAME")]
        only: Vec<String>,
        /// Encrypt with the key in this file
        #[arg(long, value_name = "FILE")]
        export_key_file: Option<PathBuf>,
    },
    /// Read what `export` wrote
    Import {
        /// The file; stdin where there is none
        input: Option<PathBuf>,
        /// What becomes of records whose keys are there
        #[arg(long, value_enum, default_value_t = MergeBy::Refuse)]
        merge: MergeBy,
        /// Only check that the export is whole
        #[arg(long)]
        check: bool,
        /// Decrypt with the key in this file
        #[arg(long, value_name = "FILE")]
        export_key_file: Option<PathBuf>,
    },
    /// Read comma-separated values with a header, or lines of JSON: each row becomes a document
    Load(LoadOptions),
    /// Take commands from the terminal, or a script from stdin, with transactions across them
    Interactive,
    /// Print what is committed from now on, a line for each record
    Watch {
        /// Only this collection
        name: Option<String>,
        /// Only so many commits
        #[arg(short = 'n', long, value_name = "COUNT")]
        limit: Option<u64>,
    },
    /// Give an encrypted store another key, from `FOLIO_NEW_KEY` or a file
    RotateKey {
        /// The file that has the new key, instead of `FOLIO_NEW_KEY`
        #[arg(long, value_name = "FILE")]
        new_key_file: Option<PathBuf>,
        /// Encrypt everything that is there anew, too
        #[arg(long)]
        full: bool,
    },
    /// Show how a store changes that another process writes, live
    Top(TopOptions),
    /// Measure how much this machine and this disk do, in a store that is removed at the end
    Bench(BenchOptions),
    /// Print the page of the manual, with all commands: `folio man | man -l -`
    Man,
    /// Print a script that completes commands in a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Takes the arguments of this process apart.
pub(crate) fn parse() -> Result<Arguments> {
    let line: Vec<OsString> = std::env::args_os().collect();
    let parsed = Arguments::try_parse_from(&line);
    color::choose(match &parsed {
        Ok(arguments) => arguments.common.format.color,
        Err(_) => color_in(&line),
    });
    checked(parsed)
}

/// What a line says of colours that makes no sense otherwise.
fn color_in(line: &[OsString]) -> Color {
    let words = line.iter().map(|word| word.to_str().unwrap_or_default());
    let words: Vec<&str> = words.take_while(|word| *word != "--").collect();
    let said = words.iter().zip(words.iter().skip(1).chain([&""])).find_map(|(word, next)| {
        word.strip_prefix("--color=").or_else(|| (*word == "--color").then_some(*next))
    });
    said.and_then(|said| Color::from_str(said, false).ok()).unwrap_or(Color::Auto)
}

/// Takes a line of an interactive session apart; what it does not say is as in the session.
pub(crate) fn parse_line(session: &Common, words: &[String]) -> Result<(Common, Command)> {
    let mut line = vec!["folio".to_owned(), "--collection".to_owned(), session.collection.clone()];
    line.extend_from_slice(words);
    let Arguments { common: given, command } = checked(Arguments::try_parse_from(line))?;
    let mut common = session.clone();
    common.collection = given.collection;
    common.at = given.at.or(common.at);
    common.quiet |= given.quiet;
    let color = match given.format.color {
        Color::Auto => common.format.color,
        color => color,
    };
    if given.format.count() > 0 {
        common.format = given.format;
    }
    common.format.color = color;
    Ok((common, command))
}

/// The names of the commands.
pub(crate) fn command_names() -> Vec<String> {
    let mut names: Vec<String> = Arguments::command()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    names.sort();
    names
}

fn checked(parsed: clap::error::Result<Arguments>) -> Result<Arguments> {
    let arguments = parsed.map_err(|error| {
        let code = error.exit_code();
        if code == 0 {
            // Help is data, and whoever reads it may stop, or have no room for it.
            let printed = error.print().and_then(|()| io::stdout().flush());
            return printed.err().map_or(Failure::Stopped, Failure::of_stdout);
        }
        exit::say_usage(&error.render().to_string());
        Failure::UsageTold
    })?;
    // Not a matter of clap: it does not see those before a command and those behind it together.
    if arguments.common.format.count() > 1 {
        return Err(Failure::Usage(
            "--json, --jsonl, --csv and --table exclude each other; give one, or --help".to_owned(),
        ));
    }
    Ok(arguments)
}

impl FormatFlags {
    fn count(&self) -> usize {
        let Self { json, jsonl, csv, table, color: _ } = *self;
        [json, jsonl, csv, table].into_iter().filter(|is_given| *is_given).count()
    }
}

/// The page of the manual, in the language of roff.
pub(crate) fn page() -> std::io::Result<String> {
    manual::page(&Arguments::command())
}

/// The script that completes commands in a shell.
pub(crate) fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "folio", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_options_have_one_name() {
        Arguments::command().debug_assert();
    }

    /// What the pages have between backticks and as lines of a session, if it is a command of this program.
    fn commands_in(page: &str) -> Vec<String> {
        let quoted = page.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
        let typed = page.lines().filter_map(|line| line.strip_prefix("$ "));
        let ours = quoted.chain(typed).filter_map(|text| text.strip_prefix("folio "));
        ours.map(|line| line.split(" | ").next().unwrap_or_default().to_owned()).collect()
    }

    fn fits(line: &str) -> Result<(), String> {
        let words = shlex::split(line).ok_or("a quote does not end")?;
        let words = words.iter().map(String::as_str).take_while(|word| *word != ">");
        // A word in capitals stands for something.
        let words = words.map(|word| if word == "COMMAND" { "get" } else { word });
        match Arguments::try_parse_from(std::iter::once("folio").chain(words)) {
            Err(error) if error.use_stderr() => Err(error.to_string()),
            _ => Ok(()),
        }
    }

    /// Lesson 18: commands on a page that the program does not know.
    #[test]
    fn the_commands_of_the_pages_are_there() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut count = 0;
        for page in ["README.md", "CHANGELOG.md", "src/docs/cli.md", "src/docs/operating.md"] {
            let text = std::fs::read_to_string(root.join(page)).unwrap();
            for line in commands_in(&text) {
                count += 1;
                // The guide shows how a mistake is told, too, and its sessions are typed again.
                let is_told = text.contains(&format!("$ folio {line}"));
                assert!(
                    is_told || fits(&line).is_ok(),
                    "{page}: `folio {line}`: {:?}",
                    fits(&line)
                );
            }
        }
        assert!(count > 80, "only {count} commands");
        assert!(fits("get user:alice --raw").is_ok());
        assert!(fits("find flights 'dest=HNL").is_err());
        assert!(fits("search flights").is_err());
        assert!(fits("scan flights --where").is_err());
    }
}
