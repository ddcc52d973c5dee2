//! A store of cities, and how runs end, for the tests that look at every exit code and at stderr.

use folio::{Record, Store};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "cities")]
pub(super) struct City {
    #[key]
    pub(super) id: u64,
    #[index(unique)]
    pub(super) name: String,
    pub(super) country: String,
    pub(super) people: Option<u64>,
    pub(super) area: f64,
    pub(super) tags: Vec<String>,
}

pub(super) fn city(id: u64, name: &str, country: &str, people: Option<u64>, area: f64) -> City {
    let (name, country) = (name.to_owned(), country.to_owned());
    City { id, name, country, people, area, tags: Vec::new() }
}

pub(super) fn cities() -> [City; 4] {
    [
        city(1, "Oslo", "NO", Some(717_710), 454.0),
        city(2, "Bergen", "NO", Some(291_940), 464.7),
        city(3, "東京", "JP", Some(14_178_000), 2194.0),
        City { tags: vec!["ghost".into()], ..city(u64::MAX, "Nowhere", "XX", None, 0.5) },
    ]
}

/// A directory for stores, in which commands run.
pub(super) struct Place {
    directory: TempDir,
}

/// How a run ended.
pub(super) struct Run {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

impl Place {
    pub(super) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// With a store `app.folio` that has cities, made by a program that knows their type.
    pub(super) fn with_cities() -> Self {
        let place = Self::new();
        let store = Store::open(place.path("app.folio")).unwrap();
        store.collection::<City>().unwrap().insert_all(cities()).unwrap();
        store.close().unwrap();
        place
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A line of arguments for the store `app.folio`.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_folio"));
        command.current_dir(self.directory.path()).args(arguments);
        command.env("FOLIO_FILE", "app.folio");
        command.env_remove("FOLIO_KEY").env_remove("FOLIO_NEW_KEY");
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with("", arguments)
    }

    /// With this on stdin.
    pub(super) fn run_with(&self, input: &str, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments), input.as_bytes())
    }

    /// With this key.
    pub(super) fn run_as(&self, key: &str, arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        command.env("FOLIO_KEY", key);
        Run::of(command, b"")
    }

    /// What a run prints that must be well.
    pub(super) fn out(&self, arguments: &[&str]) -> String {
        self.run(arguments).done()
    }
}

impl Run {
    pub(super) fn of(mut command: Command, input: &[u8]) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // What reads nothing may be gone before all is written.
            scope.spawn(move || drop(stdin.write_all(input)));
            child.wait_with_output().unwrap()
        });
        Self::ended(output)
    }

    pub(super) fn ended(output: Output) -> Self {
        let out = String::from_utf8(output.stdout).unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!err.contains("panicked"), "{err}");
        Self { code: output.status.code().expect("no signal ended it"), out, err }
    }

    #[track_caller]
    pub(super) fn done(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// Holds that it failed with a code, printed nothing, and said something that has this in it, with its name before.
    #[track_caller]
    pub(super) fn failed(&self, code: i32, said: &str) {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(self.err.contains(said), "{}", self.err);
        assert!(self.err.starts_with("folio: "), "{}", self.err);
        assert_eq!(self.out, "");
    }
}
