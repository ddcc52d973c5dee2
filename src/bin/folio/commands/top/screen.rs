//! The whole of a terminal, given back as it was: at the end, after a failure and after a panic. The only module that knows how terminals
//! are driven.

use crate::exit::{Failure, Result};
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::terminal::{
    self, Clear, ClearType, DisableLineWrap, EnableLineWrap, EnterAlternateScreen,
    LeaveAlternateScreen,
};
use crossterm::{execute, queue};
use std::io::{self, Write};
use std::sync::Once;
use std::time::Instant;

/// Lines of a terminal that does not say how many it has.
const LINES: usize = 24;

/// What somebody at the terminal may want.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    Leave,
    Pause,
    Longer,
    Shorter,
}

/// The terminal, while the value is there.
pub(super) struct Screen {
    out: io::Stdout,
}

impl Screen {
    pub(super) fn open() -> Result<Self> {
        static HOOK: Once = Once::new();
        // What a panic says is to be seen, and would go away with the screen.
        HOOK.call_once(|| {
            let hook = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                restore();
                hook(info);
            }));
        });
        terminal::enable_raw_mode().map_err(failed)?;
        // From here on it is given back.
        let mut screen = Self { out: io::stdout() };
        execute!(screen.out, EnterAlternateScreen, DisableLineWrap, Hide).map_err(failed)?;
        Ok(screen)
    }

    /// Shows as much of a text as there is room for.
    pub(super) fn draw(&mut self, text: &str) -> Result<()> {
        let lines = terminal::size().map_or(0, |(_, lines)| usize::from(lines));
        let lines = if lines == 0 { LINES } else { lines };
        let mut out = self.out.lock();
        queue!(out, MoveTo(0, 0)).map_err(failed)?;
        for (number, line) in text.lines().take(lines).enumerate() {
            let end = if number == 0 { "" } else { "\r\n" };
            write!(out, "{end}{line}").map_err(failed)?;
            queue!(out, Clear(ClearType::UntilNewLine)).map_err(failed)?;
        }
        queue!(out, Clear(ClearType::FromCursorDown)).map_err(failed)?;
        out.flush().map_err(failed)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Waits for a key that means something, but not for longer than to a moment. A terminal that changed its size is drawn at the next
/// moment.
pub(super) fn key(until: Instant) -> Result<Option<Key>> {
    while event::poll(until.saturating_duration_since(Instant::now())).map_err(failed)? {
        let Event::Key(key) = event::read().map_err(failed)? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        return Ok(Some(match key.code {
            KeyCode::Char('c') if is_control => Key::Leave,
            KeyCode::Char('q') | KeyCode::Esc => Key::Leave,
            KeyCode::Char('p') => Key::Pause,
            KeyCode::Char('+') => Key::Longer,
            KeyCode::Char('-') => Key::Shorter,
            _ => continue,
        }));
    }
    Ok(None)
}

/// Gives the terminal back. Doing it twice does no harm, and where it fails there is nobody left to tell.
fn restore() {
    let _ = execute!(io::stdout(), Show, EnableLineWrap, LeaveAlternateScreen);
    let _ = terminal::disable_raw_mode();
}

fn failed(source: io::Error) -> Failure {
    match source.kind() {
        io::ErrorKind::BrokenPipe => Failure::Stopped,
        _ => Failure::Io { what: "could not use the terminal".to_owned(), source },
    }
}
