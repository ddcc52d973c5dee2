//! Colours are on terminals, and nowhere else.

use super::Place;

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[1;31m";

fn place() -> Place {
    let place = Place::new();
    place.ok(&["set", "東京", "\"Tokyo\""]);
    place
}

#[test]
fn a_pipe_has_none_unless_it_is_told() {
    let place = place();
    assert!(!place.ok(&["scan", "--table"]).contains('\x1b'));
    let colored = place.ok(&["scan", "--table", "--color", "always"]);
    assert!(colored.contains(BOLD), "{colored}");
    let plain = colored.replace(BOLD, "").replace("\x1b[0m", "");
    assert_eq!(plain, place.ok(&["scan", "--table"]));
    // Data are never coloured.
    for format in ["--json", "--jsonl", "--csv"] {
        assert!(!place.ok(&["scan", format, "--color", "always"]).contains('\x1b'), "{format}");
    }
    assert!(!place.run(&["get", "nobody"]).stderr.contains('\x1b'));
    assert!(!place.run(&["frobnicate"]).stderr.contains('\x1b'));
    for line in [
        &["--color", "always", "get", "nobody"][..],
        &["frobnicate", "--color=always"],
        &["--color", "always", "frobnicate"],
    ] {
        let ran = place.run(line);
        assert!(ran.stderr.starts_with(RED), "{line:?}: {ran:?}");
    }
    // What stands behind `--` is a key.
    let ran = place.run(&["get", "nobody", "--", "--color", "always"]);
    assert!(ran.code == Some(2) && !ran.stderr.contains('\x1b'), "{ran:?}");
    place.refused(2, "invalid value 'blue'", &["--color", "blue", "keys"]);
}

#[cfg(unix)]
#[test]
fn a_terminal_has_them_unless_it_is_told() {
    let place = place();
    let run = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = place.program();
        command.env("TERM", "xterm").envs(environment.iter().copied()).args(arguments);
        rexpect::session::spawn_command(command, Some(60_000)).unwrap().exp_eof().unwrap()
    };
    let scan = run(&["scan"], &[]);
    assert!(scan.contains(BOLD) && scan.contains("Tokyo"), "{scan}");
    assert!(run(&["get", "nobody"], &[]).starts_with(RED));
    assert!(run(&["frobnicate"], &[]).starts_with(RED));
    assert!(run(&["scan"], &[("NO_COLOR", "")]).contains(BOLD));
    for (arguments, environment) in [
        (&["scan"][..], ("NO_COLOR", "1")),
        (&["get", "nobody"], ("NO_COLOR", "1")),
        (&["scan"], ("TERM", "dumb")),
        (&["frobnicate"], ("TERM", "dumb")),
        (&["scan", "--color", "never"], ("TERM", "xterm")),
        (&["get", "nobody", "--color", "never"], ("TERM", "xterm")),
    ] {
        let shown = run(arguments, &[environment]);
        assert!(!shown.is_empty() && !shown.contains('\x1b'), "{arguments:?}: {shown}");
    }
    assert!(run(&["scan", "--color", "always"], &[("NO_COLOR", "1")]).contains(BOLD));
}
