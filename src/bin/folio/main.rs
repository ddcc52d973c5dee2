//! `folio`: stores on the command line.
//!
//! The guide is `src/docs/cli.md`. The program sees only the public API of the library.
//!
//! A run is one command: [`arguments`] takes the line apart, [`session`] opens the store as the command needs it, a
//! module of [`commands`] does it, [`output`] prints rows. Everything that can go wrong is a [`Failure`](exit::Failure), and [`exit`] alone
//! says which code and which advice that is.
//!
//! - Data go to stdout, everything else to stderr.
//! - Commands that read take no lock: they follow the store, whoever writes it. Commands that write have it for
//!   themselves, and say so where they can't.
//! - Keys come from the environment or a file, never from an argument, which others can see.
//! - Whoever reads the output may stop: a closed pipe ends the program quietly.

mod arguments;
mod color;
mod commands;
mod condition;
mod difference;
mod exit;
mod holder;
mod indexes;
mod interactive;
mod interrupt;
mod json;
mod keys;
mod manual;
mod output;
mod progress;
mod rows;
mod session;
mod text;
mod time;

use arguments::{Arguments, Command};
use session::Session;
use std::process::ExitCode;

fn main() -> ExitCode {
    exit::code_of(arguments::parse().and_then(|arguments| run(&arguments)))
}

/// Does what the arguments say.
fn run(Arguments { common, command }: &Arguments) -> exit::Result<()> {
    let session = Session::new(common);
    match command {
        Command::Interactive => interactive::run(session),
        command => commands::run(session, command),
    }
}
