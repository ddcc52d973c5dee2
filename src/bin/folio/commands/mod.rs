//! The commands, a module for each family of them.

pub(crate) mod batch;
mod bench;
mod catalog;
pub(crate) mod contents;
mod diff;
pub(crate) mod edit;
mod keeping;
mod live;
mod load;
mod past;
mod secrets;
mod select;
mod state;
mod top;
mod transfer;

use crate::arguments::{Command, completions, page};
use crate::exit::{Failure, Result};
use crate::session::Session;
use crate::text::Stdout;
use std::fmt::Display;

/// Does a command in a session.
pub(crate) fn run(session: Session<'_>, command: &Command) -> Result<()> {
    match command {
        Command::Interactive => {
            Err(Failure::Usage("this is an interactive session already".to_owned()))
        }
        Command::Set { key, value } => edit::set(session, key, value),
        Command::Put { record } => edit::put(session, record),
        Command::Delete { keys } => edit::delete(session, keys),
        Command::Clear => edit::clear(session),
        Command::Batch => batch::run(session),
        Command::Get { key, raw, exact } => contents::get(session, key, *raw, *exact),
        Command::Has { key } => contents::has(session, key),
        Command::Keys { prefix, limit } => contents::keys(session, prefix.as_deref(), *limit),
        Command::Collections => catalog::collections(session),
        Command::Schema { name } => catalog::schema(session, name.as_deref()),
        Command::Scan(selection) => select::scan(session, selection),
        Command::Find(wanted) => select::find(session, wanted),
        Command::Count { name, narrowed } => select::count(session, name.as_deref(), narrowed),
        Command::Log { limit, diff: true, .. } => diff::log(session, *limit),
        Command::Log { limit, full, .. } => past::log(session, *limit, *full),
        Command::History { key, diff: true } => diff::history(session, key),
        Command::History { key, .. } => past::history(session, key),
        Command::Stats { prometheus } => state::stats(session, *prometheus),
        Command::Verify => state::verify(session),
        Command::Repair { target } => keeping::repair(session, target),
        Command::Compact => keeping::compact(session),
        Command::Backup { directory } => keeping::backup(session, directory),
        Command::Restore { backup, until } => keeping::restore(session, backup, until.as_deref()),
        Command::Export { output, only, export_key_file } => {
            transfer::export(session, output.as_deref(), only, export_key_file.as_deref())
        }
        Command::Import { input, merge, check, export_key_file } => {
            let key = export_key_file.as_deref();
            transfer::import(session, input.as_deref(), *merge, *check, key)
        }
        Command::Load(options) => load::run(session, options),
        Command::Watch { name, limit } => live::watch(session, name.as_deref(), *limit),
        Command::RotateKey { new_key_file, full } => {
            secrets::rotate(session, new_key_file.as_ref(), *full)
        }
        Command::Bench(options) => bench::run(session, options),
        Command::Top(options) => top::run(session, options),
        Command::Man => {
            let page = page().map_err(|source| Failure::Io {
                what: "could not write the page of the manual".to_owned(),
                source,
            })?;
            let mut out = Stdout::new();
            out.write(&page)?;
            out.finish()
        }
        Command::Completions { shell } => {
            let mut out = Stdout::new();
            out.write(&String::from_utf8_lossy(&completions(*shell)))?;
            out.finish()
        }
    }
}

/// A count and what is counted, in the singular or the plural.
fn counted<N: Display + PartialEq + From<u8>>(count: &N, one: &str, many: &str) -> String {
    let noun = if *count == N::from(1) { one } else { many };
    format!("{count} {noun}")
}
