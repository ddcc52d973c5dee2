//! The command line, as its users run it: the program itself, with arguments, stdin and exit codes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

mod batch;
mod bench;
mod beside_a_writer;
mod cities;
mod colors;
mod diff;
mod documents;
mod exit_codes;
mod flights;
mod formats;
#[cfg(target_os = "linux")]
mod full_disk;
mod guide;
#[cfg(unix)]
mod interrupted;
mod keeping;
mod keys;
mod lesson_19_what_a_session_says;
mod manual;
mod past;
mod pipes;
#[cfg(unix)]
mod progress;
mod records;
mod refused;
mod selection;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod top;
mod typed;
mod values;
mod wrong_keys;

use folio::{Record, Store};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// What a shop sells: the records of a program that the command line knows nothing of.
#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "products")]
struct Product {
    #[key]
    sku: String,
    name: String,
    #[index]
    shelf: u32,
    cents: u64,
    tags: Vec<String>,
}

fn product(sku: &str, name: &str, shelf: u32, cents: u64, tags: &[&str]) -> Product {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    Product { sku: sku.to_owned(), name: name.to_owned(), shelf, cents, tags }
}

/// Makes the store of the shop.
fn fill_shop(path: &Path) {
    let store = Store::open(path).unwrap();
    let products = store.collection::<Product>().unwrap();
    products
        .insert_all([
            product("tea", "Tea", 2, 250, &["hot", "drink"]),
            product("cocoa", "Cocoa", 2, 520, &["hot", "drink"]),
            product("bread", "Bread", 1, 310, &["food"]),
        ])
        .unwrap();
    store.close().unwrap();
}

/// A directory to work in, which goes away with the value.
struct Place {
    root: TempDir,
}

/// What a run left behind.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Place {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The program in this directory, with nothing of the environment that concerns it but the store's name.
    fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_folio"));
        command.current_dir(self.root.path());
        for name in ["FOLIO_KEY", "FOLIO_NEW_KEY", "NO_COLOR"] {
            command.env_remove(name);
        }
        command.env("FOLIO_FILE", "app.folio");
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.program().args(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// The same, with something on stdin.
    fn feed(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.program();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::scope(|scope| {
            // A program that has heard enough does not read on.
            scope.spawn(move || drop(stdin.write_all(input)));
            Ran::of(&child.wait_with_output().unwrap())
        })
    }

    /// A run that must succeed and have nothing to say on stderr; gives its output.
    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}: {ran:?}");
        ran.stdout
    }

    /// A run that must end with an exit code and say so on stderr alone, with these words.
    #[track_caller]
    fn refused(&self, code: i32, words: &str, arguments: &[&str]) {
        self.run(arguments).is_refused(code, words);
    }
}

impl Ran {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    #[track_caller]
    fn is_refused(&self, code: i32, words: &str) {
        assert_eq!((self.code, self.stdout.as_str()), (Some(code), ""), "{self:?}");
        assert!(self.stderr.contains(words), "{words}: {self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
    }
}
