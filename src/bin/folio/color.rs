//! Colours: whether there are any, and the few that are used.
//!
//! There are some on a terminal, and on nothing else, unless `--color` says otherwise. `NO_COLOR` (not empty), `TERM=dumb` and no `TERM` at
//! all turn them off. Colours are put around texts that are laid out already, so they never move a column.

use clap::ValueEnum;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;

/// When there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Whatever the output is
    Always,
    /// Not at all
    Never,
}

/// What was chosen for messages on stderr, which are said from everywhere.
static FOR_MESSAGES: OnceLock<Color> = OnceLock::new();

/// Chooses for the messages of this run; what was chosen first stays.
pub(crate) fn choose(color: Color) {
    let _ = FOR_MESSAGES.set(color);
}

impl Color {
    /// Whether there are colours on stdout.
    pub(crate) fn is_on_stdout(self) -> bool {
        self.is_on(io::stdout().is_terminal())
    }

    fn is_on(self, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => is_terminal && can_show(),
        }
    }
}

/// Whether the environment lets a terminal have colours.
fn can_show() -> bool {
    let is_refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let terminal = std::env::var_os("TERM");
    // A console of Windows has no such variable.
    let is_able = terminal.map_or(cfg!(windows), |name| name != "dumb");
    !is_refused && is_able
}

/// What stands before the message of a failure, as it is to be on stderr.
pub(crate) fn alarm(text: &str) -> String {
    let color = FOR_MESSAGES.get().copied().unwrap_or(Color::Auto);
    if color.is_on(io::stderr().is_terminal()) { red(text) } else { text.to_owned() }
}

fn red(text: &str) -> String {
    format!("\x1b[1;31m{text}\x1b[0m")
}

/// A text for heads of tables.
pub(crate) fn bold(text: &str) -> String {
    format!("\x1b[1m{text}\x1b[0m")
}
