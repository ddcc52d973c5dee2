//! The sessions of the guide are typed again, and must give what the guide shows.

use super::{Place, fill_shop};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A command, and what it prints.
struct Step {
    line: usize,
    command: String,
    expected: String,
}

fn guide() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/docs/cli.md");
    fs::read_to_string(path).unwrap()
}

fn steps(guide: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_session = false;
    for (number, line) in guide.lines().enumerate() {
        match line {
            "```console" => is_session = true,
            "```" => is_session = false,
            _ if !is_session => {}
            _ => match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step {
                    line: number + 1,
                    command: command.to_owned(),
                    expected: String::new(),
                }),
                (None, Some(step)) => {
                    step.expected.push_str(line);
                    step.expected.push('\n');
                }
                (None, None) => panic!("line {number}: output of no command"),
            },
        }
    }
    steps
}

/// Whether a text is as it is shown, where `…` stands for anything on a line.
fn is_as_shown(shown: &str, found: &str) -> bool {
    let is_line = |shown: &str, found: &str| {
        let mut parts = shown.split('…');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = found.strip_prefix(first) else { return false };
        let mut has_gap = false;
        for part in parts {
            has_gap = true;
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.is_empty() || has_gap && shown.ends_with('…')
    };
    shown.lines().count() == found.lines().count()
        && shown.lines().zip(found.lines()).all(|(shown, found)| is_line(shown, found))
}

#[cfg(unix)]
#[test]
fn the_guide_shows_what_happens() {
    let (place, guide) = (Place::new(), guide());
    fill_shop(&place.path("shop.folio"));
    let program = Path::new(env!("CARGO_BIN_EXE_folio"));
    let path = std::env::join_paths(
        [program.parent().unwrap().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let path = path.unwrap();
    let steps = steps(&guide);
    assert!(steps.len() > 40, "only {} commands", steps.len());
    let mut status = 0;
    for Step { line, command, expected } in steps {
        // Each in a shell of its own, which knows how the one before has ended.
        let script = format!("FOLIO_FILE=app.folio; export FOLIO_FILE; (exit {status})\n{command}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec 2>&1\n{script}")]).current_dir(place.root.path());
        shell.env("PATH", &path).env_remove("FOLIO_KEY");
        let output = shell.output().unwrap();
        status = output.status.code().unwrap();
        let found = String::from_utf8(output.stdout).unwrap();
        assert!(
            is_as_shown(&expected, &found),
            "line {line}: {command}\nshown:\n{expected}\nfound:\n{found}"
        );
    }
}

#[test]
fn gaps_stand_for_anything_on_a_line() {
    assert!(is_as_shown("a … c\n", "a b c\n"));
    assert!(is_as_shown("a …\n", "a b c\n"));
    assert!(!is_as_shown("a … c\n", "a b d\n"));
    assert!(!is_as_shown("a\n", "a b\n"));
    assert!(!is_as_shown("a\n", "a\nb\n"));
    assert!(!is_as_shown("a … c\n", "a b c d\n"));
}

/// What the guide and the program say of exit codes is the same.
#[test]
fn the_guide_has_the_exit_codes() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/folio/exit.rs");
    let source = fs::read_to_string(source).unwrap();
    let codes = |text: &str| -> Vec<String> {
        let rows = text.lines().map(|line| line.trim_start_matches("//! "));
        rows.filter(|line| {
            line.strip_prefix("| ")
                .is_some_and(|row| row.starts_with(|letter: char| letter.is_ascii_digit()))
        })
        .map(str::to_owned)
        .collect()
    };
    assert_eq!(codes(&source).len(), 8);
    assert_eq!(codes(&source), codes(&guide()));
}
