//! The page of the manual has everything, and is one.

use super::Place;
use std::process::Command;

fn names(place: &Place) -> Vec<String> {
    let help = place.ok(&["--help"]);
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = commands.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn the_page_has_every_command_once() {
    let place = Place::new();
    let page = place.ok(&["man"]);
    assert!(page.lines().any(|line| line.starts_with(".TH folio 1")), "{page}");
    let heads: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    assert_eq!(
        heads,
        [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "COMMANDS",
            "OPTIONS",
            "\"COMMON OPTIONS\"",
            "NOTES",
            "VERSION"
        ]
    );
    let sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SS ")).collect();
    let names = names(&place);
    assert!(names.len() > 25, "{names:?}");
    assert_eq!(sections, names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>());
    for option in ["export\\-key\\-file", "new\\-key\\-file", "merge", "FOLIO_KEY", "Exit codes"] {
        assert!(page.contains(option), "{option}: {page}");
    }
    // Those that go with every command are told once.
    let archives = page.lines().filter(|line| line.starts_with("\\fB\\-\\-archive"));
    assert_eq!(archives.count(), 1, "{page}");
}

/// Lines that begin with a dot are requests, and there are no others than those of manual pages.
#[test]
fn the_page_is_one() {
    let place = Place::new();
    let page = place.ok(&["man"]);
    for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
        let request = line.split_whitespace().next().unwrap();
        let known = [".ie", ".el", ".TH", ".SH", ".SS", ".TP", ".PP", ".RS", ".RE", ".IP", ".br"];
        assert!(known.contains(&request), "{line}");
    }
    std::fs::write(place.path("folio.1"), &page).unwrap();
    for (program, arguments) in
        [("mandoc", &["-Tlint", "-Wwarning"][..]), ("groff", &["-man", "-Tutf8", "-ww", "-z"])]
    {
        let mut checked = Command::new(program);
        // Not every machine has them.
        if let Ok(output) = checked.args(arguments).arg(place.path("folio.1")).output() {
            let told =
                String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(output.status.success() && told.is_empty(), "{program}: {told}");
        }
    }
}
