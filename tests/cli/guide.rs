//! The sessions of the README and of the pages are typed again, and must give what is shown there. (Lesson 18: commands that
//! fail, since nobody had ever typed them.)

use super::{Place, fill_shop};
use folio::{Record, Store};
#[cfg(unix)]
use rexpect::session::spawn_command;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "jobs")]
struct Job {
    #[key]
    id: u64,
    state: String,
}

/// A command, and what it prints.
struct Step {
    line: usize,
    command: String,
    expected: String,
}

/// The pages that may have sessions.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("src/docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> =
        docs.filter(|path| path.extension().is_some_and(|kind| kind == "md")).collect();
    pages.sort();
    pages.insert(0, root.join("README.md"));
    pages
}

fn guide() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/docs/cli.md");
    fs::read_to_string(path).unwrap()
}

/// The blocks of a page of some kind, each with the number of its first line.
fn blocks<'p>(page: &'p str, kind: &str) -> Vec<(usize, Vec<&'p str>)> {
    let (mut blocks, mut open) = (Vec::new(), None);
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(found), None) => open = Some((found == kind, number + 2, Vec::new())),
            (Some(_), Some(_)) => {
                if let Some((true, number, lines)) = open.take() {
                    blocks.push((number, lines));
                }
            }
            (None, Some((_, _, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    blocks
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (first, lines) in blocks(page, "console") {
        for (number, line) in lines.into_iter().enumerate() {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step {
                    line: first + number,
                    command: command.to_owned(),
                    expected: String::new(),
                }),
                (None, Some(step)) => {
                    step.expected.push_str(line);
                    step.expected.push('\n');
                }
                (None, None) => panic!("line {}: output of no command", first + number),
            }
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

/// Types the sessions of a page one after the other; returns how many commands they have.
#[cfg(unix)]
fn type_again(page: &Path) -> usize {
    let (place, text) = (Place::new(), fs::read_to_string(page).unwrap());
    fill_shop(&place.path("shop.folio"));
    let program = Path::new(env!("CARGO_BIN_EXE_folio"));
    let path = std::env::join_paths(
        [program.parent().unwrap().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let path = path.unwrap();
    let steps = steps(&text);
    let (mut status, count) = (0, steps.len());
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
            "{}:{line}: {command}\nshown:\n{expected}\nfound:\n{found}",
            page.display()
        );
    }
    count
}

#[cfg(unix)]
#[test]
fn the_pages_show_what_happens() {
    let counts = pages().iter().map(|page| type_again(page)).collect::<Vec<_>>();
    assert!(counts[0] > 0, "the README has a session");
    assert!(counts.iter().sum::<usize>() > 60, "only {counts:?} commands");
}

/// Sessions with a program that waits are typed at a terminal, below; there are no others than these that are not typed
/// as they stand.
#[test]
fn no_session_is_not_typed() {
    let mut waiting = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for kind in ["text", "sh", "bash", "shell", ""] {
            for (_, lines) in blocks(&text, kind) {
                let commands = lines.iter().filter_map(|line| line.strip_prefix("$ "));
                waiting.extend(commands.map(str::to_owned));
            }
        }
    }
    assert_eq!(waiting, ["folio watch jobs", "folio interactive"]);
}

/// The block that begins with a command, without it.
fn waiting_session(command: &str) -> Vec<String> {
    let guide = guide();
    let blocks = blocks(&guide, "text").into_iter();
    let mut found = blocks.filter(|(_, lines)| lines[0] == format!("$ {command}"));
    let (_, lines) = found.next().unwrap();
    lines.into_iter().skip(1).map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn watching_shows_what_happens() {
    let (place, shown) = (Place::new(), waiting_session("folio watch jobs"));
    let store = Store::open(place.path("app.folio")).unwrap();
    let jobs = store.collection::<Job>().unwrap();
    jobs.put(Job { id: 1, state: "done".to_owned() }).unwrap();
    let mut command = place.program();
    command.args(["watch", "jobs"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let read = |from: &mut dyn BufRead| {
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        line
    };
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut found = read(&mut stderr);
    jobs.put(Job { id: 7, state: "waiting".to_owned() }).unwrap();
    found.push_str(&read(&mut stdout));
    child.kill().unwrap();
    child.wait().unwrap();
    let shown = format!("{}\n", shown.join("\n"));
    assert!(is_as_shown(&shown, &found), "shown:\n{shown}\nfound:\n{found}");
}

/// What is behind a prompt is typed; lines behind that which go on with its JSON, too; what is left must be printed.
#[cfg(unix)]
#[test]
fn an_interactive_session_shows_what_happens() {
    let (place, shown) = (Place::new(), waiting_session("folio interactive"));
    for (collection, key, json) in
        [("documents", "user:dora", "1"), ("settings", "theme", "\"dark\"")]
    {
        place.ok(&["-c", collection, "set", key, json]);
    }
    let mut command = place.program();
    command.arg("interactive").env("TERM", "xterm").env("FOLIO_HISTORY", place.path("history"));
    let mut session = spawn_command(command, Some(60_000)).unwrap();
    let is_open = |typed: &str| typed.matches('{').count() > typed.matches('}').count();
    let mut typed = String::new();
    for line in &shown {
        let prompt = ["documents> ", "documents*> ", "settings> "];
        let input =
            prompt.into_iter().find_map(|prompt| Some((prompt, line.strip_prefix(prompt)?)));
        if let Some((prompt, input)) = input {
            session.exp_string(prompt).unwrap();
            session.send_line(input).unwrap();
            input.clone_into(&mut typed);
        } else if is_open(&typed) {
            session.send_line(line).unwrap();
            // The prompt is drawn anew with it.
            session.exp_string(line).unwrap();
            typed.push_str(line);
        } else {
            session.exp_string(line).unwrap();
        }
    }
    session.exp_string("settings> ").unwrap();
    session.send_control('d').unwrap();
    session.exp_eof().unwrap();
    assert_eq!(place.ok(&["get", "user:eve"]), "{\"name\":\"Eve\",\"age\":29}\n");
    assert_eq!(place.run(&["has", "user:dora"]).code, Some(1));
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
