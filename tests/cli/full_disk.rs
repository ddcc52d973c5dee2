//! Whoever has no room for the output is told.

use crate::cities::{Place, Run};
use std::fmt::Write as _;
use std::fs::File;
use std::process::Stdio;

/// More than any pipe holds.
fn large() -> Place {
    let place = Place::new();
    let text = "x".repeat(200);
    let input = (0..5000).fold(String::new(), |mut input, number| {
        let _ = writeln!(input, "set key{number:05} \"{text}\"");
        input
    });
    place.run_with(&input, &["batch"]).done();
    place
}

#[test]
fn a_full_disk_is_told() {
    let place = large();
    for arguments in [
        &["scan"][..],
        &["keys"],
        &["get", "key00000"],
        &["export"],
        &["count"],
        &["stats"],
        &["verify"],
        &["--help"],
        &["help", "scan"],
        &["--version"],
    ] {
        let mut command = place.command(arguments);
        command.stdout(File::create("/dev/full").unwrap()).stderr(Stdio::piped());
        let run = Run::ended(command.output().unwrap());
        run.failed(7, "No space left on device");
    }
}
