//! `interactive`: one command after the other, and transactions across them.
//!
//! The store is opened once and held: for writing, or, where somebody else has it or nothing may be written, by following it. A
//! line is a command as in a shell, but for `set` and `put`, whose JSON stands as it is and goes on over several lines until it
//! is whole. Between `begin` and `commit` the commands that look at keys and change them are part of a transaction.
//!
//! At a terminal ([`editor`]) a command that fails is told, and the session goes on. Lines that come from a file or a
//! pipe are a script: the first that fails ends it, with the exit code that the command has. Of a script the commands that read stdin,
//! `batch`, `load` and `import`, take all that is left.

mod complete;
mod editor;
mod line;
mod transaction;

use crate::arguments::{Command, Common, parse_line};
use crate::exit::{Failure, Result, say};
use crate::indexes::{About, Indexes};
use crate::output::Rows;
use crate::session::Session;
use crate::text::{self, print};
use crate::{commands, holder, json, time};
use folio::{Error, Store};
use line::Line;
use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::time::Instant;
use transaction::Open;

/// What `.help` prints.
const HELP: &str = "\
Commands are those of `folio help`, without `folio`; `COMMAND --help` tells more. JSON needs no quotes here:

  set user:alice {\"name\": \"Alice\"}     put {\"sku\": \"tea\", …}     get KEY     has KEY     delete KEY
  keys     scan     find     count     collections     schema     log     history KEY     …

  begin, commit, rollback    a transaction, in which keys can be looked at and changed
  .use NAME                  the collection that commands are about
  .index FIELD, .indexes     an index of a field of that collection, for as long as this lasts; all of them
  .timing                    whether it is told how long each command takes
  .help, .quit               this; the end, as Ctrl-D. Ctrl-C gives up the line, or ends the command";

/// A session at work.
struct Shell {
    common: Common,
    store: Store,
    /// Whether it is followed, since somebody else has it open for writing.
    is_followed: bool,
    open: Option<Open>,
    indexes: Indexes,
    is_timed: bool,
}

/// Runs a session.
pub(crate) fn run(session: Session<'_>) -> Result<()> {
    let common = session.common().clone();
    let (store, is_followed) = open(session)?;
    let indexes = Indexes::default();
    let mut shell = Shell { common, store, is_followed, open: None, indexes, is_timed: false };
    let done = if io::stdin().is_terminal() { editor::run(&mut shell) } else { script(&mut shell) };
    if shell.open.take().is_some() {
        say("the transaction was not committed, and is rolled back");
    }
    let path = shell.common.file.clone().unwrap_or_default();
    let closed = shell.store.close().map_err(|error| Failure::from(error).about(path));
    done.and(closed)
}

/// Opens the store for writing, if that can be. Whether it is followed since it can't, comes beside.
fn open(session: Session<'_>) -> Result<(Store, bool)> {
    let path = session.path()?;
    if session.common().read_only || session.common().at.is_some() {
        return Ok((session.follower()?, false));
    }
    let is_new = !path.exists();
    let mut options = session.options()?;
    if session.common().ledger {
        options = options.ledger(true);
    }
    match options.open(path) {
        Ok(store) => {
            if is_new {
                session.say(&format!("`{}` is a new store", path.display()));
            }
            Ok((store, false))
        }
        Err(Error::Locked { .. }) => {
            session.say(&format!(
                "`{}` is open for writing {}, and is followed; nothing can be changed here",
                path.display(),
                holder::place_of(path)
            ));
            Ok((session.follower()?, true))
        }
        Err(error) => Err(Failure::from(error).about(path)),
    }
}

/// Runs the lines of a file or a pipe, until one fails.
fn script(shell: &mut Shell) -> Result<()> {
    let mut number = 0;
    while let Some(mut text) = next_line()? {
        number += 1;
        let first = number;
        while line::goes_on(&text) {
            let Some(more) = next_line()? else { break };
            text.push('\n');
            text.push_str(&more);
            number += 1;
        }
        match shell.run(&text) {
            Ok(ControlFlow::Continue(())) => {}
            Ok(ControlFlow::Break(())) => return Ok(()),
            Err(Failure::Stopped) => return Err(Failure::Stopped),
            Err(failure) => {
                say(&format!("line {first} failed, and nothing behind it was run:"));
                return Err(failure);
            }
        }
    }
    Ok(())
}

/// The next line of stdin, which is not held: a command that reads it, such as `batch`, takes what is left.
fn next_line() -> Result<Option<String>> {
    let mut line = String::new();
    if io::stdin().read_line(&mut line).map_err(text::of_stdin)? == 0 {
        return Ok(None);
    }
    let end = line.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    line.truncate(end.map_or(line.len(), str::len));
    Ok(Some(line))
}

impl Shell {
    /// Runs a line. Whether there is to be another one.
    fn run(&mut self, text: &str) -> Result<ControlFlow<()>> {
        let began = Instant::now();
        let next = match line::parse(text)? {
            Line::Nothing => return Ok(ControlFlow::Continue(())),
            Line::Quit => ControlFlow::Break(()),
            other => {
                self.carry_out(other).map_err(|failure| self.told(failure))?;
                ControlFlow::Continue(())
            }
        };
        if self.is_timed {
            say(&time::lasted(began.elapsed()));
        }
        Ok(next)
    }

    /// Why nothing can be changed is that somebody else has the store.
    fn told(&self, failure: Failure) -> Failure {
        let path = self.common.file.clone().unwrap_or_default();
        if self.is_followed && failure.is_read_only() {
            return Failure::from(Error::Locked { path });
        }
        failure.about(path)
    }

    fn carry_out(&mut self, line: Line) -> Result<()> {
        match line {
            Line::Nothing | Line::Quit => Ok(()),
            Line::Help => print(HELP),
            Line::Timing => {
                self.is_timed = !self.is_timed;
                Ok(())
            }
            Line::Use(name) => {
                self.common.collection = name;
                Ok(())
            }
            Line::Index(field) => {
                let session = Session::held(&self.common, &self.store, &self.indexes);
                self.indexes.add(&session.collection(&self.common.collection)?, &field)
            }
            Line::Indexes => self.show_indexes(),
            Line::Begin => self.begin(),
            Line::Commit => self.commit(),
            Line::Rollback => self.rollback(),
            Line::Set { key, value } => self.command(Command::Set { key, value }),
            Line::Put(record) => self.command(Command::Put { record }),
            Line::Words(words) => {
                let (common, command) = match parse_line(&self.common, &words) {
                    // It was help, which is printed.
                    Err(Failure::Stopped) => return Ok(()),
                    parsed => parsed?,
                };
                if let Some(open) = &self.open {
                    return open.run(&common, command);
                }
                commands::run(Session::held(&common, &self.store, &self.indexes), &command)
            }
        }
    }

    fn command(&self, command: Command) -> Result<()> {
        match &self.open {
            Some(open) => open.run(&self.common, command),
            None => {
                commands::run(Session::held(&self.common, &self.store, &self.indexes), &command)
            }
        }
    }

    fn show_indexes(&self) -> Result<()> {
        let session = Session::held(&self.common, &self.store, &self.indexes);
        for About { collection, .. } in self.indexes.all() {
            self.indexes.refresh(&self.store, &session.collection(&collection)?)?;
        }
        let mut rows = Rows::new(&self.common.format);
        for About { collection, field, records, values } in self.indexes.all() {
            rows.push(&[
                ("collection", json::of_text(&collection)),
                ("field", json::of_text(&field)),
                ("records", records.to_string()),
                ("values", values.to_string()),
            ])?;
        }
        rows.finish()
    }

    fn begin(&mut self) -> Result<()> {
        if self.open.is_some() {
            return Err(Failure::Usage("a transaction is open already".to_owned()));
        }
        Session::held(&self.common, &self.store, &self.indexes).must_write()?;
        if self.is_followed {
            return Err(Error::ReadOnly.into());
        }
        self.open = Some(Open::begin(&self.store));
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        let version = self.taken()?.commit()?;
        print(&format!("committed as version {version}"))
    }

    fn rollback(&mut self) -> Result<()> {
        self.taken().map(drop)
    }

    fn taken(&mut self) -> Result<Open> {
        let none = || Failure::Usage("no transaction is open; `begin` opens one".to_owned());
        self.open.take().ok_or_else(none)
    }
}
