//! Lines from a terminal: editing, history, completion. The only module that knows the line editor.

use super::{Shell, complete, line};
use crate::exit::{Failure, Result, code_of, say};
use crate::interrupt;
use folio::Store;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// So many lines are remembered.
const HISTORY_LINES: usize = 10_000;

/// Runs lines until there are no more.
pub(super) fn run(shell: &mut Shell) -> Result<()> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .max_history_size(HISTORY_LINES)
        .and_then(|config| config.history_ignore_dups(true))
        .map_err(failed)?
        .auto_add_history(true)
        .build();
    let mut editor = Editor::<Known, _>::with_config(config).map_err(failed)?;
    let history = history_file();
    if let Some(history) = &history {
        // There is none at first; and without one it goes as well.
        let _ = editor.load_history(history);
    }
    if !shell.common.quiet {
        say(&format!(
            "version {}; `.help` tells what there is, Ctrl-D leaves",
            shell.store.version()
        ));
    }
    let done = read(shell, &mut editor);
    if let Some(history) = &history
        && let Err(error) = editor.save_history(history)
    {
        say(&format!("the history could not be kept in `{}`: {error}", history.display()));
    }
    done
}

fn read(
    shell: &mut Shell,
    editor: &mut Editor<Known, rustyline::history::FileHistory>,
) -> Result<()> {
    loop {
        let collection = shell.common.collection.clone();
        let mark = if shell.open.is_some() { "*" } else { "" };
        let prompt = format!("{collection}{mark}> ");
        let of_it = shell.indexes.all().into_iter().filter(|index| index.collection == collection);
        let indexed = of_it.map(|index| index.field).collect();
        editor.set_helper(Some(Known { store: shell.store.clone(), collection, indexed }));
        let line = editor.readline(&prompt);
        match line {
            Ok(line) => match gently(|| shell.run(&line)) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return Ok(()),
                // It is told, and the session goes on.
                Err(failure) => drop(code_of(Err(failure))),
            },
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(failed(error)),
        }
    }
}

/// Where the history is kept; `None` where there is no place for it.
fn history_file() -> Option<PathBuf> {
    if let Some(file) = std::env::var_os("FOLIO_HISTORY") {
        return (!file.is_empty()).then(|| PathBuf::from(file));
    }
    let state = std::env::var_os("XDG_STATE_HOME").filter(|place| !place.is_empty());
    let place = match state {
        Some(place) => PathBuf::from(place),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".local/state"),
    };
    let directory = place.join("folio");
    fs::create_dir_all(&directory).ok()?;
    Some(directory.join("history"))
}

fn failed(error: ReadlineError) -> Failure {
    let source = match error {
        ReadlineError::Io(source) => source,
        other => std::io::Error::other(other),
    };
    Failure::Io { what: "could not read from the terminal".to_owned(), source }
}

/// What the editor has to know of the session.
struct Known {
    store: Store,
    collection: String,
    /// The fields of the collection that have an index.
    indexed: Vec<String>,
}

impl Completer for Known {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = line.get(..at).unwrap_or(line);
        let (begins, words) =
            complete::candidates(&self.store, &self.collection, &self.indexed, before);
        // What is whole is followed by the next word; a condition goes on.
        let pair = |word: String| {
            let end = if word.ends_with('=') { "" } else { " " };
            Pair { replacement: format!("{word}{end}"), display: word }
        };
        Ok((begins, words.into_iter().map(pair).collect()))
    }
}

impl Validator for Known {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let goes_on = line::goes_on(context.input());
        Ok(if goes_on { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl Hinter for Known {
    type Hint = String;
}

impl Highlighter for Known {}

impl Helper for Known {}

/// Runs a command, which Ctrl-C ends.
fn gently<R>(command: impl FnOnce() -> R) -> R {
    let _gently = interrupt::gently();
    command()
}
